//! The platform's metrics. They exist from the start, at zero, so that no event is lost in a series' birth.

use std::fmt;
use std::sync::Arc;

use prometheus_client::registry::Registry;

pub use super::model::IngestSource;
use slo_base::clock::Clock;
use slo_base::telemetry::exposition::{self, Exposition};
use slo_base::telemetry::http::HttpMetrics;
use slo_base::telemetry::metrics::{Counters, FloatGauges};
use slo_base::telemetry::process;
use slo_core::metrics::{INGEST_LAST_SUCCESS, INGEST_RECORDS, INGEST_RUNS, PLATFORM_BUILD_INFO};
use slo_core::time::Timestamp;

/// How an ingestion run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It stored what it found, if only that there was nothing new.
    Success,
    /// It did not.
    Failure,
}

impl Outcome {
    const ALL: [Self; 2] = [Self::Success, Self::Failure];

    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// The registry and what is in it; clones share it.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Rate, errors and duration.
    pub http: Arc<HttpMetrics>,
    last_success: FloatGauges<1>,
    runs: Counters<2>,
    records: Counters<1>,
}

impl Metrics {
    /// Registers everything; the process starts now.
    pub fn new(clock: &Clock) -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry, clock, PLATFORM_BUILD_INFO);
        let http = Arc::new(HttpMetrics::register(&mut registry));
        let last_success = FloatGauges::registered(&mut registry, INGEST_LAST_SUCCESS);
        let runs = Counters::registered(&mut registry, INGEST_RUNS);
        let records = Counters::registered(&mut registry, INGEST_RECORDS);
        for source in IngestSource::ALL {
            drop(records.with([source.name()]));
            for outcome in Outcome::ALL {
                drop(runs.with([source.name(), outcome.name()]));
            }
        }
        Self { registry: Arc::new(registry), http, last_success, runs, records }
    }

    /// When `source` was last ingested.
    pub fn set_last_success(&self, source: IngestSource, at: Timestamp) {
        self.last_success.with([source.name()]).set(at.as_seconds_f64());
    }

    /// A run of `source` ended.
    pub fn count_run(&self, source: IngestSource, outcome: Outcome, records: usize) {
        self.runs.with([source.name(), outcome.name()]).inc();
        self.records.with([source.name()]).inc_by(records as u64);
    }

    /// All of it as text, in the format that the header `accept` prefers.
    pub fn render(&self, accept: Option<&str>) -> Result<Exposition, fmt::Error> {
        exposition::render(&self.registry, accept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_start_at_zero() {
        let metrics = Metrics::new(&Clock::manual(5_000));
        metrics.set_last_success(IngestSource::News, Timestamp::from_ms(1_500));
        metrics.count_run(IngestSource::News, Outcome::Success, 3);
        let text = metrics.render(None).unwrap().body;
        for line in [
            "ingest_last_success_timestamp_seconds{source=\"news\"} 1.5\n",
            "ingest_runs_total{source=\"news\",outcome=\"success\"} 1\n",
            "ingest_runs_total{source=\"sec\",outcome=\"failure\"} 0\n",
            "ingest_records_total{source=\"news\"} 3\n",
            "ingest_records_total{source=\"financial\"} 0\n",
            "# TYPE ingest_runs_total counter\n",
            "# TYPE platform_build_info gauge\n",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
