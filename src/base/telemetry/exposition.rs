//! A registry as text, in the format that the reader asked for.
//!
//! Prometheus asks for OpenMetrics; `curl`, `promtool check metrics` and older scrapers read Prometheus' own text
//! format (0.0.4). The library writes the first. The two differ in few lines, so the second is made from the first:
//! a counter's family carries its `_total`, and OpenMetrics' own types become the nearest ones that 0.0.4 knows.

use std::fmt::{self, Write};

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;

/// The content type of OpenMetrics text.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The content type of Prometheus' text format.
pub const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A rendered registry and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposition {
    /// One of [`OPENMETRICS`] and [`PROMETHEUS_TEXT`].
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

/// Renders `registry` for a reader who sent the header `accept`: OpenMetrics when the header names it, else 0.0.4.
pub fn render(registry: &Registry, accept: Option<&str>) -> Result<Exposition, fmt::Error> {
    let mut body = String::new();
    text::encode(&mut body, registry)?;
    if accept.is_some_and(accepts_openmetrics) {
        Ok(Exposition { content_type: OPENMETRICS, body })
    } else {
        Ok(Exposition { content_type: PROMETHEUS_TEXT, body: to_prometheus_text(&body)? })
    }
}

/// True when one of the media ranges is OpenMetrics and is not refused by `q=0`.
fn accepts_openmetrics(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/openmetrics-text"))
            && !parts.any(|parameter| {
                parameter
                    .strip_prefix("q=")
                    .is_some_and(|weight| weight.trim().parse::<f64>().is_ok_and(|weight| weight <= 0.0))
            })
    })
}

/// OpenMetrics text, as this library writes it (`HELP`, then `TYPE`, then perhaps `UNIT`), to 0.0.4.
fn to_prometheus_text(openmetrics: &str) -> Result<String, fmt::Error> {
    let mut out = String::with_capacity(openmetrics.len());
    let mut help: Option<(&str, &str)> = None;
    for line in openmetrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ').or(Some((rest, "")));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "stateset" => ("", "gauge"),
                "gauge" | "histogram" | "summary" => ("", kind),
                _ => ("", "untyped"),
            };
            if let Some((_, text)) = help.take().filter(|(helped, _)| *helped == name) {
                writeln!(out, "# HELP {name}{suffix} {text}")?;
            }
            writeln!(out, "# TYPE {name}{suffix} {kind}")?;
        } else if !line.starts_with('#') {
            out.push_str(without_exemplar(line));
            out.push('\n');
        }
    }
    Ok(out)
}

/// A sample up to its value. What may follow in OpenMetrics (an exemplar) has no place in 0.0.4.
fn without_exemplar(line: &str) -> &str {
    let (mut quoted, mut escaped, mut spaces) = (false, false, 0);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' if !quoted => {
                spaces += 1;
                if spaces == 2 {
                    return line.get(..at).unwrap_or(line);
                }
            }
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_chooses_the_format() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert!(accepts_openmetrics(prometheus));
        assert!(accepts_openmetrics("text/plain, Application/OpenMetrics-Text"));
        assert!(!accepts_openmetrics("application/openmetrics-text;q=0, text/plain"));
        assert!(!accepts_openmetrics("*/*"));
        assert!(!accepts_openmetrics("text/plain;version=0.0.4"));
        assert!(!accepts_openmetrics(""));
    }

    #[test]
    fn openmetrics_becomes_the_older_text() {
        let check = |openmetrics: &str, expected: &str| {
            assert_eq!(to_prometheus_text(openmetrics).unwrap(), expected, "{openmetrics}");
        };
        check(
            "# HELP runs Runs so far.\n# TYPE runs counter\nruns_total 3\n# EOF\n",
            "# HELP runs_total Runs so far.\n# TYPE runs_total counter\nruns_total 3\n",
        );
        check(
            "# HELP d_seconds Time.\n# TYPE d_seconds histogram\n# UNIT d_seconds seconds\nd_seconds_sum 0.5\n",
            "# HELP d_seconds Time.\n# TYPE d_seconds histogram\nd_seconds_sum 0.5\n",
        );
        check("# TYPE odd unknown\nodd 1\n", "# TYPE odd untyped\nodd 1\n");
        check(
            "h_bucket{le=\"1.0\",path=\"a \\\" # {b\"} 2 # {trace=\"x\"} 0.7\n",
            "h_bucket{le=\"1.0\",path=\"a \\\" # {b\"} 2\n",
        );
    }

    #[test]
    fn bucket_edges_print_as_rules_spell_them() {
        use prometheus_client::metrics::histogram::Histogram;
        let mut registry = Registry::default();
        let buckets = slo_core::metrics::HTTP_DURATION.buckets().iter().copied();
        registry.register("d_seconds", "Time", Histogram::new(buckets));
        for accept in [None, Some("application/openmetrics-text")] {
            let body = render(&registry, accept).unwrap().body;
            for edge in ["0.005", "0.2", "0.5", "1.0", "7.5", "10.0", "+Inf"] {
                assert!(body.contains(&format!("le=\"{edge}\"")), "{edge} in {body}");
            }
        }
    }
}
