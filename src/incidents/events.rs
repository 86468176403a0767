//! What happens to alerts and plans.

use std::sync::atomic::Ordering;

use crate::alerts::IngestCounts;
use slo_base::telemetry::event::Event;

/// New alerts were refused, for there is no room for more.
pub(crate) struct AlertsRefused {
    /// How many.
    pub(crate) refused: usize,
    /// The most that are kept.
    pub(crate) most: usize,
}

impl Event for AlertsRefused {
    type Metrics = IngestCounts;

    fn emit(self, counts: &IngestCounts) {
        counts.refused.fetch_add(self.refused as u64, Ordering::Relaxed);
        tracing::warn!(
            refused = self.refused,
            most = self.most,
            "alerts were refused: there is no room for more"
        );
    }
}

/// Alerts of a batch were not valid; the others were taken.
pub(crate) struct AlertsInvalid<'a> {
    /// Why, one by one.
    pub(crate) reasons: &'a [String],
}

impl Event for AlertsInvalid<'_> {
    type Metrics = IngestCounts;

    fn emit(self, counts: &IngestCounts) {
        counts.invalid.fetch_add(self.reasons.len() as u64, Ordering::Relaxed);
        if let Some(first) = self.reasons.first() {
            tracing::debug!(invalid = self.reasons.len(), first, "alerts were not valid");
        }
    }
}

/// A plan could not be stored; it is tried until it is.
pub(crate) struct PlanNotStored<'a> {
    /// Why.
    pub(crate) reason: &'a str,
}

impl Event for PlanNotStored<'_> {
    type Metrics = ();

    fn emit(self, (): &()) {
        tracing::error!(reason = self.reason, "a plan could not be stored; it is tried again");
    }
}
