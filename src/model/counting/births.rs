//! What tells whether a counter that is seen for the first time was born just then.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::counts::Observed;
use crate::samples::Series;
use slo_core::labels::Labels;
use slo_core::names::{INSTANCE, JOB, LE, METRIC_NAME};
use slo_core::time::Timestamp;

/// What tells whether a counter was born inside the counted range.
pub(super) struct Births {
    /// Each target's first successful scrape.
    pub(super) ups: HashMap<u64, Timestamp>,
    process: HashMap<u64, Vec<(Timestamp, f64)>>,
    created: HashMap<u64, Vec<(Timestamp, f64)>>,
}

impl Births {
    pub(super) fn of(observed: &Observed) -> Self {
        Self {
            ups: first_successes(&observed.up),
            process: starts_by(&observed.process_starts, target_key),
            created: starts_by(&observed.created, |labels| hash(&labels.without(&[METRIC_NAME]))),
        }
    }

    /// When the process of a series, and the series itself, were created, as reported at `at`.
    pub(super) fn starts(&self, labels: &Labels, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        let reported =
            [self.process.get(&target_key(labels)), self.created.get(&hash(&created_labels(labels)))];
        reported.into_iter().flatten().filter_map(move |starts| start_at(starts, at))
    }
}

fn hash(labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    labels.hash(&mut hasher);
    hasher.finish()
}

/// A target is its job and instance, in every replica.
pub(super) fn target_key(labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    (labels.get(JOB), labels.get(INSTANCE)).hash(&mut hasher);
    hasher.finish()
}

/// The labels of a counter's `_created` series, without the name; buckets of a histogram share one.
fn created_labels(labels: &Labels) -> Labels {
    labels.without(&[METRIC_NAME, LE])
}

pub(super) fn first_successes(up: &[Series]) -> HashMap<u64, Timestamp> {
    let mut first = HashMap::new();
    for series in up {
        if let Some(sample) = series.samples.iter().find(|sample| sample.value > 0.0) {
            let known = first.entry(target_key(&series.labels)).or_insert(sample.at);
            *known = sample.at.min(*known);
        }
    }
    first
}

fn starts_by(series: &[Series], key: impl Fn(&Labels) -> u64) -> HashMap<u64, Vec<(Timestamp, f64)>> {
    let mut starts: HashMap<u64, Vec<(Timestamp, f64)>> = HashMap::new();
    for series in series {
        let times = series.samples.iter().map(|sample| (sample.at, sample.value));
        starts.entry(key(&series.labels)).or_default().extend(times);
    }
    for times in starts.values_mut() {
        times.sort_unstable_by_key(|(at, _)| *at);
    }
    starts
}

/// The start that was reported at `at` or last before it.
fn start_at(starts: &[(Timestamp, f64)], at: Timestamp) -> Option<Timestamp> {
    let known = starts.partition_point(|(reported, _)| *reported <= at);
    let (_, seconds) = starts.get(known.checked_sub(1)?)?;
    seconds.is_finite().then_some(Timestamp::from_ms((seconds * 1000.0) as i64))
}
