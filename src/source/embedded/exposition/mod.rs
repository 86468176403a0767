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
use crate::labels::Labels;
use crate::source::{Sample, Series};

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

/// One sample line. The timestamp is the target's own, in milliseconds, if it gave one.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    /// Name and labels.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// Milliseconds since the epoch, when the target gave a time.
    pub at_ms: Option<i64>,
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
        let (value, at_ms) = rest.value(format).map_err(|reason| bad(number, line, &reason))?;
        exposition.samples.push(Exposed { labels, value, at_ms });
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
        let (value, at_ms) = rest.value(Format::OpenMetrics).map_err(|reason| wrong(&reason))?;
        let at_ms = at_ms.ok_or_else(|| wrong("a timestamp is missing"))?;
        if let Some(one) = series.get_mut(place) {
            one.samples.push(Sample { at_ms, value });
        }
        Ok(())
    })?;
    for one in &mut series {
        one.samples.sort_by_key(|sample| sample.at_ms);
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
