//! The platform's metrics. They exist from the start, at zero, so that no event is lost in a series' birth.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::model::{IngestSource, Timestamp};
use slo_base::clock::Clock;
use slo_base::telemetry::exposition::{self, Exposition};
use slo_base::telemetry::http::HttpMetrics;
use slo_base::telemetry::process;
use slo_core::names::{INGEST_LAST_SUCCESS, INGEST_RECORDS, INGEST_RUNS, PLATFORM_BUILD_INFO};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySource {
    source: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySourceAndOutcome {
    source: &'static str,
    outcome: &'static str,
}

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
    last_success: Family<BySource, Gauge<f64, AtomicU64>>,
    runs: Family<BySourceAndOutcome, Counter>,
    records: Family<BySource, Counter>,
}

impl Metrics {
    /// Registers everything; the process starts now.
    pub fn new(clock: &Clock) -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry, clock, PLATFORM_BUILD_INFO);
        let http = Arc::new(HttpMetrics::register(&mut registry));
        let last_success = Family::<BySource, Gauge<f64, AtomicU64>>::default();
        let runs = Family::<BySourceAndOutcome, Counter>::default();
        let records = Family::<BySource, Counter>::default();
        registry.register(
            INGEST_LAST_SUCCESS,
            "When a source was last ingested without an error, unix seconds",
            last_success.clone(),
        );
        // The library appends `_total` to a counter's name itself.
        let family = |name: &'static str| name.strip_suffix("_total").unwrap_or(name);
        registry.register(family(INGEST_RUNS), "Ingestion runs by how they ended", runs.clone());
        registry.register(family(INGEST_RECORDS), "Records that ingestion stored", records.clone());
        for source in IngestSource::ALL {
            drop(records.get_or_create(&BySource { source: source.name() }));
            for outcome in Outcome::ALL {
                let labels = BySourceAndOutcome { source: source.name(), outcome: outcome.name() };
                drop(runs.get_or_create(&labels));
            }
        }
        Self { registry: Arc::new(registry), http, last_success, runs, records }
    }

    /// When `source` was last ingested.
    pub fn set_last_success(&self, source: IngestSource, at: Timestamp) {
        let labels = BySource { source: source.name() };
        self.last_success.get_or_create(&labels).set(at.0 as f64 / 1000.0);
    }

    /// A run of `source` ended.
    pub fn count_run(&self, source: IngestSource, outcome: Outcome, records: usize) {
        let source = source.name();
        self.runs.get_or_create(&BySourceAndOutcome { source, outcome: outcome.name() }).inc();
        self.records.get_or_create(&BySource { source }).inc_by(records as u64);
    }

    /// All of it as text, in the format that the header `accept` prefers.
    pub fn render(&self, accept: Option<&str>) -> Result<Exposition, fmt::Error> {
        exposition::render(&self.registry, accept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::names::{INGEST_OUTCOME, INGEST_SOURCE};

    #[test]
    fn names_are_those_of_the_conventions_and_counters_start_at_zero() {
        let metrics = Metrics::new(&Clock::manual(5_000));
        metrics.set_last_success(IngestSource::News, Timestamp(1_500));
        metrics.count_run(IngestSource::News, Outcome::Success, 3);
        let text = metrics.render(None).unwrap().body;
        for line in [
            format!("{INGEST_LAST_SUCCESS}{{{INGEST_SOURCE}=\"news\"}} 1.5\n"),
            format!("{INGEST_RUNS}{{{INGEST_SOURCE}=\"news\",{INGEST_OUTCOME}=\"success\"}} 1\n"),
            format!("{INGEST_RUNS}{{{INGEST_SOURCE}=\"sec\",{INGEST_OUTCOME}=\"failure\"}} 0\n"),
            format!("{INGEST_RECORDS}{{{INGEST_SOURCE}=\"news\"}} 3\n"),
            format!("{INGEST_RECORDS}{{{INGEST_SOURCE}=\"financial\"}} 0\n"),
            format!("# TYPE {INGEST_RUNS} counter\n"),
            format!("# TYPE {PLATFORM_BUILD_INFO} gauge\n"),
        ] {
            assert!(text.contains(&line), "{line} in\n{text}");
        }
    }
}
