//! How well alerting works: times to acknowledge and to resolve, and how often it was right. Pure.

use std::collections::BTreeMap;

use super::{Incident, Mark};
use slo_core::time::{Span, Timestamp};
use slo_model::alert::Priority;

/// A number of durations and their sum, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Durations {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub seconds: f64,
}

impl Durations {
    fn add(&mut self, from: Timestamp, to: Timestamp) {
        self.count += 1;
        self.seconds += (to - from).max(Span::ZERO).as_seconds_f64();
    }

    /// Their mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.seconds / self.count as f64)
    }
}

/// Marks of one rule's incidents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Judged in any way.
    pub marked: u64,
    /// Judged to be false positives.
    pub false_positive: u64,
}

impl Marks {
    /// The share of false positives among what was judged; `None` when nothing was.
    pub fn false_positive_share(&self) -> Option<f64> {
        (self.marked > 0).then(|| self.false_positive as f64 / self.marked as f64)
    }
}

/// How well alerting worked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// From opening to the first acknowledgement.
    pub acknowledge: BTreeMap<Priority, Durations>,
    /// From opening to the last end.
    pub resolve: BTreeMap<Priority, Durations>,
    /// By rule.
    pub marks: BTreeMap<String, Marks>,
}

impl Quality {
    /// Of these incidents.
    pub fn of<'a>(incidents: impl IntoIterator<Item = &'a Incident>) -> Self {
        let mut quality = Self::default();
        for incident in incidents {
            if let Some(at) = incident.acknowledged_at {
                quality.acknowledge.entry(incident.priority).or_default().add(incident.opened_at, at);
            }
            if let Some(at) = incident.resolved_at {
                quality.resolve.entry(incident.priority).or_default().add(incident.opened_at, at);
            }
            if let Some(mark) = incident.mark {
                let marks = quality.marks.entry(incident.rule.clone()).or_default();
                marks.marked += 1;
                marks.false_positive += u64::from(mark == Mark::FalsePositive);
            }
        }
        quality
    }
}
