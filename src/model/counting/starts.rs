//! When the processes of targets, and counters themselves, began, as they report it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::counts::Observed;
use crate::samples::Series;
use slo_core::labels::Labels;
use slo_core::names::{INSTANCE, JOB, LE, METRIC_NAME};
use slo_core::time::Timestamp;

/// What is reported, and when it was.
type Reports = HashMap<u64, Vec<(Timestamp, f64)>>;

/// Reported beginnings.
pub(super) struct Starts {
    process: Reports,
    created: Reports,
}

impl Starts {
    pub(super) fn of(observed: &Observed) -> Self {
        Self {
            process: reports(&observed.process_starts, target_key),
            created: reports(&observed.created, |labels| hash(&labels.without(&[METRIC_NAME]))),
        }
    }

    /// When the process of a target began, as reported at `at` or last before it.
    pub(super) fn process(&self, target: u64, at: Timestamp) -> Option<Timestamp> {
        start_at(self.process.get(&target)?, at)
    }

    /// When a counter was created; buckets of a histogram share one moment.
    pub(super) fn created(&self, labels: &Labels, at: Timestamp) -> Option<Timestamp> {
        start_at(self.created.get(&hash(&labels.without(&[METRIC_NAME, LE])))?, at)
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

fn reports(series: &[Series], key: impl Fn(&Labels) -> u64) -> Reports {
    let mut reports = Reports::new();
    for series in series {
        let times = series.samples.iter().map(|sample| (sample.at, sample.value));
        reports.entry(key(&series.labels)).or_default().extend(times);
    }
    for times in reports.values_mut() {
        times.sort_unstable_by_key(|(at, _)| *at);
    }
    reports
}

/// The start that was reported at `at` or last before it, if that is not in the future.
fn start_at(reports: &[(Timestamp, f64)], at: Timestamp) -> Option<Timestamp> {
    let known = reports.partition_point(|(reported, _)| *reported <= at);
    let (_, seconds) = reports.get(known.checked_sub(1)?)?;
    let start = seconds.is_finite().then_some(Timestamp::from_ms((seconds * 1000.0) as i64))?;
    (start <= at).then_some(start)
}
