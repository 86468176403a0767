//! From what a target exposed to what is stored: the target's labels, one row per series, and the marks that series
//! have ended. Pure.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::exposition::Exposed;
use crate::store::stale_marker;
use slo_core::labels::Labels;
use slo_core::metrics::{Gauge, SCRAPE_DURATION, SCRAPE_SAMPLES, UP};
use slo_core::names::METRIC_NAME;
use slo_core::time::Timestamp;

/// A row to store.
pub(super) type Row = (Arc<Labels>, Timestamp, f64);

/// The series that a target's last scrape brought.
pub(super) type Seen = HashSet<Arc<Labels>>;

/// The labels that are the same for every scrape of a target.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    own: Labels,
    up: Arc<Labels>,
    duration: Arc<Labels>,
    samples: Arc<Labels>,
}

impl Identity {
    /// The identity of the target with these labels.
    pub fn new(own: Labels) -> Self {
        let report = |metric: Gauge<2>| {
            let mut labels = own.clone();
            labels.set(METRIC_NAME, metric.name);
            Arc::new(labels)
        };
        Self { up: report(UP), duration: report(SCRAPE_DURATION), samples: report(SCRAPE_SAMPLES), own }
    }

    /// A label that both have is the target's; the exposed one becomes `exported_…`, as in Prometheus.
    fn with_target(&self, mut labels: Labels) -> Labels {
        for (name, value) in &self.own {
            if let Some(exposed) = labels.remove(name) {
                let mut renamed = format!("exported_{name}");
                while !labels.get(&renamed).is_empty() || !self.own.get(&renamed).is_empty() {
                    renamed.insert_str(0, "exported_");
                }
                labels.set(renamed, exposed);
            }
            labels.set(name, value);
        }
        labels
    }

    /// The rows of a scrape that worked. All of them carry its time: a target's own timestamps are not used, because
    /// they would let a series live on after the target is gone. Of a series exposed twice the first stays.
    pub fn rows(&self, exposed: Vec<Exposed>, at: Timestamp) -> (Vec<Row>, Seen) {
        let mut rows = Vec::with_capacity(exposed.len() + 3);
        let mut seen = Seen::with_capacity(exposed.len());
        for sample in exposed {
            let labels = Arc::new(self.with_target(sample.labels));
            if labels == self.up || labels == self.duration || labels == self.samples {
                continue;
            }
            if seen.insert(Arc::clone(&labels)) {
                rows.push((labels, at, sample.value));
            }
        }
        (rows, seen)
    }

    /// What a scrape says of itself.
    pub fn report(&self, at: Timestamp, up: bool, took: Duration, samples: usize) -> [Row; 3] {
        [
            (Arc::clone(&self.up), at, f64::from(u8::from(up))),
            (Arc::clone(&self.duration), at, took.as_secs_f64()),
            (Arc::clone(&self.samples), at, samples as f64),
        ]
    }
}

/// A mark for every series that was there and is not any more.
pub(super) fn ended<'a>(before: &'a Seen, now: &'a Seen, at: Timestamp) -> impl Iterator<Item = Row> + 'a {
    before
        .iter()
        .filter(|labels| !now.contains(*labels))
        .map(move |labels| (Arc::clone(labels), at, stale_marker()))
}
