//! Between this program's series and tsink's.

use tsink::{DataPoint, Label, MetricSeries, Row, Value};

use super::{StoreError, Write};
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::{TimeRange, Timestamp};
use slo_model::source::Sample;

/// Times beyond these make tsink's arithmetic saturate; nothing real is out there (the year 5138).
const TIME_LIMIT_MS: i64 = 100_000_000_000_000;

/// tsink's ranges are `[start, end)`, ours `(after, until]`; in whole milliseconds both ends move by one.
pub(super) fn bounds(range: TimeRange) -> Option<(i64, i64)> {
    let start = range.after.ms().clamp(-TIME_LIMIT_MS, TIME_LIMIT_MS) + 1;
    let end = range.until.ms().clamp(-TIME_LIMIT_MS, TIME_LIMIT_MS) + 1;
    (start < end).then_some((start, end))
}

/// A row as tsink takes it; what tsink would refuse, or could not tell apart, is named here.
pub(super) fn to_row(&(labels, at, value): &Write<'_>) -> Result<Row, StoreError> {
    let refuse = |reason: &str| StoreError::Series { series: labels.to_string(), reason: reason.to_owned() };
    if labels.metric().is_empty() {
        return Err(refuse("it has no metric name (__name__)"));
    }
    if labels.metric().len() > usize::from(u16::MAX)
        || labels.iter().any(|(name, value)| {
            name.len() > tsink::label::MAX_LABEL_NAME_LEN || value.len() > tsink::label::MAX_LABEL_VALUE_LEN
        })
    {
        return Err(refuse("a label name is longer than 256 bytes or a value longer than 16 KiB"));
    }
    if at.ms().saturating_abs() > TIME_LIMIT_MS {
        return Err(refuse("a timestamp is not a time in milliseconds"));
    }
    let own = labels
        .iter()
        .filter(|(name, _)| *name != METRIC_NAME)
        .map(|(name, value)| Label::new(name, value))
        .collect();
    Ok(Row::with_labels(labels.metric(), own, DataPoint::new(at.ms(), value)))
}

/// A series' labels, its name among them.
pub(super) fn to_labels(series: &MetricSeries) -> Labels {
    let mut labels: Labels =
        series.labels.iter().map(|label| (label.name.as_str(), label.value.as_str())).collect();
    labels.set(METRIC_NAME, series.name.as_str());
    labels
}

/// In order of time; of two samples at the same millisecond the one written last stays.
pub(super) fn to_samples(points: &[DataPoint]) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::with_capacity(points.len());
    let mut ordered = true;
    for point in points {
        let value = match point.value {
            Value::F64(value) => value,
            // Nothing here writes another kind; a folder that something else wrote into may hold one.
            Value::I64(value) => value as f64,
            Value::U64(value) => value as f64,
            Value::Bool(_) | Value::Bytes(_) | Value::String(_) | Value::Histogram(_) => continue,
        };
        let at = Timestamp::from_ms(point.timestamp);
        match samples.last_mut() {
            Some(last) if last.at == at => last.value = value,
            Some(last) if last.at > at => {
                ordered = false;
                samples.push(Sample { at, value });
            }
            _ => samples.push(Sample { at, value }),
        }
    }
    if !ordered {
        samples.sort_by_key(|sample| sample.at);
        samples.dedup_by(|later, earlier| {
            let same = later.at == earlier.at;
            if same {
                earlier.value = later.value;
            }
            same
        });
    }
    samples
}
