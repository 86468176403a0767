//! What happens to the platform's ingestion.

use super::metrics::{IngestSource, Metrics, Outcome};
use slo_base::telemetry::event::Event;
use slo_core::time::Timestamp;

/// A run of a source stored what it found.
pub(crate) struct Ingested {
    /// The source.
    pub(crate) source: IngestSource,
    /// Records that were stored.
    pub(crate) records: usize,
    /// When.
    pub(crate) at: Timestamp,
}

impl Event for Ingested {
    type Metrics = Metrics;

    fn emit(self, metrics: &Metrics) {
        metrics.set_last_success(self.source, self.at);
        metrics.count_run(self.source, Outcome::Success, self.records);
        tracing::debug!(source = self.source.name(), records = self.records, "ingested");
    }
}

/// A run of a source stored nothing.
pub(crate) struct IngestionFailed<E> {
    /// The source.
    pub(crate) source: IngestSource,
    /// Why.
    pub(crate) error: E,
}

impl<E: std::fmt::Display> Event for IngestionFailed<E> {
    type Metrics = Metrics;

    fn emit(self, metrics: &Metrics) {
        metrics.count_run(self.source, Outcome::Failure, 0);
        let (source, error) = (self.source.name(), self.error);
        tracing::warn!(source, %error, "ingestion failed; it is tried again on schedule");
    }
}
