//! What happens to the engine itself: ticks and reloads.

use std::collections::BTreeMap;

use crate::api::EngineMetrics;
use slo_base::telemetry::event::Event;
use slo_definitions::BrokenFile;
use slo_evaluation::engine::{TickError, TickReport};

/// A tick was written and published.
pub(super) struct TickDone<'a> {
    /// What it took.
    pub(super) seconds: f64,
    /// What was read.
    pub(super) report: &'a TickReport,
}

impl Event for TickDone<'_> {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.ticked(self.seconds, true);
        metrics.samples.with([]).inc_by(self.report.samples as u64);
        metrics.late_samples.with([]).inc_by(self.report.late);
        tracing::debug!(read = self.report.read, samples = self.report.samples, "tick");
        if !self.report.failures.is_empty() {
            SourceUnavailable { failures: &self.report.failures }.emit(metrics);
        }
    }
}

/// A tick could not be written.
pub(super) struct TickFailed<'a> {
    /// What it took.
    pub(super) seconds: f64,
    /// Why.
    pub(super) error: &'a TickError,
}

impl Event for TickFailed<'_> {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.ticked(self.seconds, false);
        tracing::error!(error = %self.error, "the tick was not written; it will be done again");
    }
}

/// SLOs could not be read. Many SLOs of one server that is away have one reason, which is said once.
struct SourceUnavailable<'a> {
    /// Each SLO with its reason.
    failures: &'a [(String, String)],
}

impl Event for SourceUnavailable<'_> {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.source_errors.with([]).inc_by(self.failures.len() as u64);
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (slo, reason) in self.failures {
            reasons.entry(reason).or_default().push(slo);
        }
        for (reason, slos) in reasons {
            let slo = slos.first().copied().unwrap_or_default();
            tracing::warn!(slo, others = slos.len() - 1, reason, "not evaluated");
        }
    }
}

/// New definitions are in use.
pub(super) struct Reloaded {
    /// How many objectives there are now.
    pub(super) objectives: usize,
}

impl Event for Reloaded {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.reloaded(true);
        tracing::info!(objectives = self.objectives, "definitions reloaded");
    }
}

/// New definitions are in use, but for files that have errors.
pub(super) struct ReloadedInPart<'a> {
    /// How many objectives there are now.
    pub(super) objectives: usize,
    /// The files.
    pub(super) broken: &'a [BrokenFile],
    /// Their errors.
    pub(super) findings: &'a str,
}

impl Event for ReloadedInPart<'_> {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.reloaded(false);
        let Self { objectives, broken, findings } = self;
        let files = broken.len();
        tracing::error!(objectives, files, "files with errors were not taken; the old ones stay\n{findings}");
    }
}

/// New definitions, or a new routing file, are not in use, for they have errors or could not be taken over.
pub(super) struct ReloadRefused<'a> {
    /// What was not taken, and what stays instead.
    pub(super) what: &'static str,
    /// Why.
    pub(super) findings: &'a str,
}

impl Event for ReloadRefused<'_> {
    type Metrics = EngineMetrics;

    fn emit(self, metrics: &EngineMetrics) {
        metrics.reloaded(false);
        tracing::error!("{}\n{}", self.what, self.findings);
    }
}
