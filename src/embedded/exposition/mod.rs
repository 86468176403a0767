//! What a target exposes: Prometheus text and OpenMetrics, read into series.
//!
//! `prometheus-parse` reads the `# TYPE` and `# HELP` lines. It cannot read the samples: it drops label values with a
//! comma, `=` or `}` in them, keeps escapes as they are written, loses the text of `le` by turning it into a number,
//! skips names with a colon, reads OpenMetrics' seconds as milliseconds, and passes over a line it does not
//! understand, where Prometheus refuses the scrape because half a scrape looks like a service that lost its traffic.
//! So sample lines are read by [`line`], and every name, label and `le` is stored exactly as exposed.

mod line;

use std::collections::HashMap;

use prometheus_parse::{LineInfo, SampleType};

use self::line::Cursor;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::source::{Sample, Series};

/// Which of the two text formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' own, 0.0.4; timestamps in milliseconds.
    Text,
    /// OpenMetrics 1.0; timestamps in seconds, exemplars, and an end mark.
    OpenMetrics,
}

/// A metric's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only rises, or starts again.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets, sum and count.
    Histogram,
    /// Quantiles, sum and count.
    Summary,
    /// Not told.
    Unknown,
}

impl MetricKind {
    /// As Prometheus' API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Unknown => "unknown",
        }
    }
}

/// One sample line. The timestamp is the target's own, if it gave one.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    /// Name and labels.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// When, if the target gave a time.
    pub at: Option<Timestamp>,
}

/// What a target said of one metric family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    pub kind: MetricKind,
    pub help: String,
}

/// A parsed exposition.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exposition {
    pub samples: Vec<Exposed>,
    pub families: HashMap<String, Family>,
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    /// A line that is not valid.
    #[error("line {line}: {reason}: {text}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
        /// The start of the line.
        text: String,
    },
    /// OpenMetrics without its last line: the answer was cut off.
    #[error("the text does not end with # EOF; it was cut off")]
    Unfinished,
    /// More samples than allowed.
    #[error("more than {0} samples; raise sample_limit, or expose less")]
    TooMany(usize),
}

/// Parses a whole exposition; one bad line refuses it.
pub(super) fn parse(text: &str, format: Format, limit: usize) -> Result<Exposition, ExpositionError> {
    let mut exposition = Exposition::default();
    lines(text, format, &mut exposition.families, |number, line| {
        if exposition.samples.len() >= limit {
            return Err(ExpositionError::TooMany(limit));
        }
        let (labels, rest) = Cursor::new(line).series().map_err(|reason| bad(number, line, &reason))?;
        let (value, at) = rest.value(format).map_err(|reason| bad(number, line, &reason))?;
        exposition.samples.push(Exposed { labels, value, at });
        Ok(())
    })?;
    Ok(exposition)
}

/// Parses OpenMetrics text with a timestamp on every sample into series, each in order of time.
pub(super) fn history(text: &str) -> Result<Vec<Series>, ExpositionError> {
    let mut series: Vec<Series> = Vec::new();
    let mut known: HashMap<Labels, usize> = HashMap::new();
    // Recorded text has a series' samples one after the other, so the labels of the line before usually hold.
    let mut last: Option<(&str, usize)> = None;
    lines(text, Format::OpenMetrics, &mut HashMap::new(), |number, line| {
        let wrong = |reason: &str| bad(number, line, reason);
        let again = last.and_then(|(head, place)| Some((line.strip_prefix(head)?, place)));
        let (place, rest) = match again {
            // Only a head that ends in `}` is whole; a bare name may be the start of another line's.
            Some((rest, place)) if rest.starts_with(' ') => (place, Cursor::new(rest)),
            _ => {
                let (labels, rest) = Cursor::new(line).series().map_err(|reason| wrong(&reason))?;
                let place = *known.entry(labels).or_insert_with_key(|labels| {
                    series.push(Series { labels: labels.clone(), samples: Vec::new() });
                    series.len() - 1
                });
                let head = line.strip_suffix(rest.rest()).filter(|head| head.ends_with('}'));
                last = head.map(|head| (head, place));
                (place, rest)
            }
        };
        let (value, at) = rest.value(Format::OpenMetrics).map_err(|reason| wrong(&reason))?;
        let at = at.ok_or_else(|| wrong("a timestamp is missing"))?;
        if let Some(one) = series.get_mut(place) {
            one.samples.push(Sample { at, value });
        }
        Ok(())
    })?;
    for one in &mut series {
        one.samples.sort_by_key(|sample| sample.at);
    }
    Ok(series)
}

/// Goes through the lines: comments are read into `families`, sample lines are handed on with their number.
fn lines<'a>(
    text: &'a str,
    format: Format,
    families: &mut HashMap<String, Family>,
    mut sample: impl FnMut(usize, &'a str) -> Result<(), ExpositionError>,
) -> Result<(), ExpositionError> {
    let mut ended = false;
    for (number, line) in text.lines().enumerate().map(|(place, line)| (place + 1, line)) {
        if ended {
            return Err(bad(number, line, "text after # EOF"));
        }
        let line = line.trim_start();
        if line.is_empty() {
            continue;
        }
        if line.starts_with('#') {
            ended = format == Format::OpenMetrics && line.trim_end() == "# EOF";
            describe(line, families);
            continue;
        }
        sample(number, line)?;
    }
    if format == Format::OpenMetrics && !ended {
        return Err(ExpositionError::Unfinished);
    }
    Ok(())
}

fn bad(line: usize, text: &str, reason: &str) -> ExpositionError {
    ExpositionError::Line { line, reason: reason.to_owned(), text: text.chars().take(120).collect() }
}

fn describe(line: &str, families: &mut HashMap<String, Family>) {
    match LineInfo::parse(line) {
        LineInfo::Doc { metric_name, doc } => {
            entry(families, metric_name).help = doc.replace("\\n", "\n").replace("\\\\", "\\");
        }
        LineInfo::Type { metric_name, metric_alias, sample_type } => {
            entry(families, &metric_alias.unwrap_or(metric_name)).kind = match sample_type {
                SampleType::Counter => MetricKind::Counter,
                SampleType::Gauge => MetricKind::Gauge,
                SampleType::Histogram => MetricKind::Histogram,
                SampleType::Summary => MetricKind::Summary,
                SampleType::Untyped => MetricKind::Unknown,
            };
        }
        LineInfo::Sample { .. } | LineInfo::Empty | LineInfo::Ignored => {}
    }
}

fn entry<'a>(families: &'a mut HashMap<String, Family>, name: &str) -> &'a mut Family {
    families
        .entry(name.to_owned())
        .or_insert_with(|| Family { kind: MetricKind::Unknown, help: String::new() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str, format: Format) -> Result<Vec<Exposed>, ExpositionError> {
        parse(text, format, 1000).map(|exposition| exposition.samples)
    }

    #[test]
    fn timestamps_are_milliseconds_here_and_seconds_there() {
        assert_eq!(one("a 1 1500", Format::Text).unwrap()[0].at, Some(Timestamp::from_ms(1500)));
        assert_eq!(one("a 1 1.5\n# EOF", Format::OpenMetrics).unwrap()[0].at, Some(Timestamp::from_ms(1500)));
        assert_eq!(one("a 1", Format::Text).unwrap()[0].at, None);
        assert!(one("a 1 1.5", Format::Text).is_err());
    }

    #[test]
    fn a_name_may_stand_in_the_braces() {
        let samples = one(r#"{"küche.temp","room one"="x",} 5"#, Format::Text).unwrap();
        assert_eq!(samples[0].labels.metric(), "küche.temp");
        assert_eq!(samples[0].labels.get("room one"), "x");
        assert!(one(r#"{a="1"} 5"#, Format::Text).is_err());
        assert!(one(r#"a{"b"} 5"#, Format::Text).is_err());
    }

    #[test]
    fn an_error_names_the_line() {
        let error = one("a 1\n\n# a comment\nb{x=1} 2\n", Format::Text).unwrap_err();
        assert_eq!(error.to_string(), "line 4: a quote is missing: b{x=1} 2");
    }

    #[test]
    fn a_history_is_sorted_and_grouped() {
        let text = "a{x=\"1\"} 2 20\na{x=\"1\"} 1 10\na 5 10\na{x=\"1\",y=\"\"} 3 30.0005\nab 6 1\n# EOF\n";
        let series = history(text).unwrap();
        let have: Vec<(String, Vec<(i64, f64)>)> = series
            .iter()
            .map(|one| {
                let samples = one.samples.iter().map(|sample| (sample.at.ms(), sample.value));
                (one.labels.to_string(), samples.collect())
            })
            .collect();
        assert_eq!(
            have,
            [
                ("a{x=\"1\"}".to_owned(), vec![(10_000, 1.0), (20_000, 2.0), (30_001, 3.0)]),
                ("a".to_owned(), vec![(10_000, 5.0)]),
                ("ab".to_owned(), vec![(1000, 6.0)]),
            ]
        );
        assert!(history("a 1\n# EOF\n").unwrap_err().to_string().contains("a timestamp is missing"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", format in prop_oneof![Just(Format::Text), Just(Format::OpenMetrics)]) {
            let _ = one(&text, format);
            let _ = history(&text);
        }

        #[test]
        fn almost_valid_text_does_not_panic(text in "[ab]?\\{?([ab]=?\"?[ab\\\\\"]{0,3}\"?,? ?){0,3}\\}? ?[1N#{} ]{0,6}") {
            let _ = one(&text, Format::Text);
            let _ = one(&format!("{text}\n# EOF\n"), Format::OpenMetrics);
        }

        #[test]
        fn any_label_value_survives(value in "\\PC*|[\\\\\"\n{},= ]*", number in any::<f64>()) {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let samples = one(&format!("m{{a=\"{escaped}\",b=\"2\"}} {number}\n"), Format::Text).unwrap();
            prop_assert_eq!(samples[0].labels.get("a"), value);
            prop_assert_eq!(samples[0].labels.get("b"), "2");
            prop_assert!(samples[0].value.to_bits() == number.to_bits() || number.is_nan());
        }
    }
}
