//! What rules write: recorded series, and `ALERTS` as Prometheus has it; with an end where a series is no more.

use std::collections::{BTreeMap, BTreeSet};

use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::Timestamp;
use slo_model::alert::state::{Instance, Phase};
use slo_model::samples::{Point, Sample, Series};

/// Prometheus' marker of a series' end.
const STALE: u64 = 0x7ff0_0000_0000_0002;
/// The metric of active alerts.
const ALERTS: &str = "ALERTS";
/// Since when they are active, unix seconds.
const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";

/// The series that each rule wrote last.
#[derive(Debug, Default)]
pub(super) struct Written {
    by_rule: BTreeMap<String, BTreeSet<Labels>>,
}

impl Written {
    /// What to write for a rule's elements at `at`: their values, and ends of those that are gone.
    pub(super) fn record(&self, rule: &str, points: &[Point], at: Timestamp) -> Vec<Series> {
        let one = |labels: &Labels, value: f64| Series {
            labels: labels.clone(),
            samples: vec![Sample { at, value }],
        };
        let now: BTreeSet<&Labels> = points.iter().map(|point| &point.labels).collect();
        let gone = self.by_rule.get(rule).into_iter().flatten().filter(|labels| !now.contains(labels));
        points
            .iter()
            .map(|point| one(&point.labels, point.value))
            .chain(gone.map(|labels| one(labels, f64::from_bits(STALE))))
            .collect()
    }

    /// Remembers what was written.
    pub(super) fn remember(&mut self, rule: &str, labels: BTreeSet<Labels>) {
        if labels.is_empty() {
            self.by_rule.remove(rule);
        } else {
            self.by_rule.insert(rule.to_owned(), labels);
        }
    }
}

/// `ALERTS` and `ALERTS_FOR_STATE` of a rule's alerts.
pub(super) fn alerts(instances: &[Instance]) -> Vec<Point> {
    let active = |instance: &&Instance| match instance.phase {
        Phase::Pending | Phase::Firing => true,
        Phase::Inactive | Phase::Resolved => false,
    };
    let points = instances.iter().filter(active).flat_map(|instance| {
        let mut labels = instance.labels.clone();
        labels.set(METRIC_NAME, ALERTS_FOR_STATE);
        let since = Point { labels: labels.clone(), value: instance.active_at.as_seconds_f64() };
        labels.set(METRIC_NAME, ALERTS);
        labels.set("alertstate", instance.phase.as_str());
        [Point { labels, value: 1.0 }, since]
    });
    points.collect()
}
