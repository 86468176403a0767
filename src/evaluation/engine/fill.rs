//! Fills an SLO's history from the source until it has caught up: when it is new, and when the engine was away.

use tokio_util::sync::CancellationToken;

use super::Settings;
use super::memo::Memos;
use super::unit::Unit;
use crate::evaluate::{EvaluateError, Recorder, plan};
use crate::ledger::{Ledger, LedgerError, Resolution};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::WindowSums;
use slo_model::source::SourceOf;

/// How much is read and written at once.
const CHUNK: Span = Span::days(2);

/// How far a fill has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillProgress {
    /// The SLO.
    pub slo: String,
    /// How much history was read.
    pub done: Span,
    /// How much history there is to read in all.
    pub all: Span,
}

/// Why a fill stopped.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum FillError {
    #[error(transparent)]
    Source(#[from] EvaluateError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("stopped")]
    Stopped,
}

/// Where the history of `unit` has to begin for verdicts at `at`.
pub(super) fn begins(unit: &Unit, settings: &Settings, at: Timestamp, step: Span) -> Timestamp {
    let reach = WindowSums::reach(&unit.slo, at) - unit.slo.budgeting.slice();
    reach.min(at - settings.history).align_down(step)
}

/// What a fill works with.
pub(super) struct Filler<'a> {
    pub(super) sources: &'a Memos<'a>,
    pub(super) ledger: &'a dyn Ledger,
    pub(super) settings: &'a Settings,
    pub(super) stop: &'a CancellationToken,
    pub(super) progress: &'a (dyn Fn(FillProgress) + Send + Sync),
}

impl Filler<'_> {
    /// Reads what is missing up to `at` and writes it in bounded chunks, then brings the windows up. What was written
    /// stays, so a fill that is stopped goes on where it was.
    pub(super) async fn fill(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        let step = self.ledger.step();
        let begin = begins(unit, self.settings, at, step);
        let counted_from = unit.counted_from(begin);
        // Away for longer than the windows reach: what lies between is no verdict's business any more, but is history.
        let settled = unit.settled_to().unwrap_or(begin).max((at - self.settings.retention).align_down(step));
        let mut recorder = match unit.recorder.take() {
            // It remembers more than could be found out again.
            Some(recorder) if recorder.settled_to() == settled => recorder,
            _ => self.recorder(unit, counted_from, settled, at).await?,
        };
        let outcome = self.read(unit, &mut recorder, counted_from, at).await;
        let settled = recorder.settled_to();
        unit.recorder = Some(recorder);
        let read_to = outcome?;
        unit.load(self.ledger, settled, read_to).await?;
        unit.in_step = true;
        Ok(())
    }

    /// A recorder that goes on after `settled`.
    async fn recorder(
        &self,
        unit: &Unit,
        counted_from: Timestamp,
        settled: Timestamp,
        at: Timestamp,
    ) -> Result<Recorder, FillError> {
        let begin = begins(unit, self.settings, at, self.ledger.step()).min(settled);
        let plan =
            plan(&unit.slo, self.sources.of(unit.slo.source.as_deref()), TimeRange::new(begin, at)).await?;
        let mut recorder =
            Recorder::new(&unit.slo, plan, self.settings.limits.clone(), counted_from, settled);
        if !unit.slo.group_by.is_empty() && settled > begin {
            let known =
                self.ledger.read(unit.history.id, TimeRange::new(begin, settled), Resolution::Coarse).await?;
            recorder.know_groups(
                known
                    .into_iter()
                    .filter(|group| group.buckets.iter().any(|bucket| bucket.total > 0.0))
                    .map(|group| group.group),
            );
        }
        Ok(recorder)
    }

    /// Reads and writes chunk by chunk; tells up to where.
    async fn read(
        &self,
        unit: &mut Unit,
        recorder: &mut Recorder,
        counted_from: Timestamp,
        at: Timestamp,
    ) -> Result<Timestamp, FillError> {
        let step = self.ledger.step();
        let first = recorder.settled_to();
        let target = (at - self.settings.settle).max(first);
        let mut read_to = first;
        while read_to < target {
            if self.stop.is_cancelled() {
                return Err(FillError::Stopped);
            }
            let until = (read_to + CHUNK).min(target);
            if recorder.plan().is_provisional() {
                recorder.replan(
                    plan(&unit.slo, self.sources.of(unit.slo.source.as_deref()), TimeRange::new(read_to, at))
                        .await?,
                );
            }
            let settled = recorder.settled_to();
            let recorded =
                recorder.read(self.sources.of(unit.slo.source.as_deref()), until, until, step, &[]).await?;
            let mut entry = unit.entry(&recorded, settled, until);
            entry.counted_from = counted_from;
            if let Err(error) = self.ledger.append(std::slice::from_ref(&entry)).await {
                recorder.forget();
                return Err(error.into());
            }
            // From here until they are read again the windows lag behind the ledger.
            unit.in_step = false;
            unit.written(&entry, &recorded.warnings);
            read_to = until;
            (self.progress)(FillProgress {
                slo: unit.slo.key.to_string(),
                done: read_to - first,
                all: target - first,
            });
        }
        Ok(read_to)
    }
}
