//! Fills an SLO's history from the source until it has caught up: when it is new, and when the engine was away.

use tokio_util::sync::CancellationToken;

use super::unit::Unit;
use super::{Settings, hydrate, on_grid};
use crate::buckets::{GroupBuckets, newest};
use crate::budget::WindowSums;
use crate::evaluate::{EvaluateError, Recorder, plan};
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::samples::Span;
use crate::source::Source;

/// How much is read and written at once.
const CHUNK_SECONDS: i64 = 2 * 86_400;

/// How far a fill has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillProgress {
    /// The SLO.
    pub slo: String,
    /// Seconds of history that were read.
    pub done: i64,
    /// Seconds of history in all.
    pub all: i64,
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
pub(super) fn begins(unit: &Unit, settings: &Settings, at: i64, step: i64) -> i64 {
    let reach = WindowSums::reach(&unit.slo, at) - super::live::slice_seconds(&unit.slo);
    on_grid(reach.min(at - settings.history), step)
}

/// Reads what is missing up to `at` and writes it in bounded chunks, then brings the windows up. What was written stays,
/// so a fill that is stopped goes on where it was.
pub(super) async fn fill(
    unit: &mut Unit,
    source: &dyn Source,
    ledger: &dyn Ledger,
    settings: &Settings,
    at: i64,
    stop: &CancellationToken,
    progress: &(dyn Fn(FillProgress) + Send + Sync),
) -> Result<(), FillError> {
    let step = i64::from(ledger.step());
    let begin = begins(unit, settings, at, step);
    let counted_from = unit.counted_from(begin);
    // Away for weeks: all of it is filled, also what no window reaches any more; reports will ask for it.
    let mut settled = unit.settled_to().unwrap_or(begin).max(on_grid(at - settings.retention, step));
    let plan = plan(&unit.slo, source, Span::seconds(begin, at)).await?;
    let mut recorder = Recorder::new(&unit.slo, plan, settings.limits.clone(), counted_from, settled);
    let first = settled;
    let target = at - settings.settle;
    while settled < target {
        if stop.is_cancelled() {
            return Err(FillError::Stopped);
        }
        let until = (settled + CHUNK_SECONDS).min(target);
        let recorded = recorder.read(source, until, until, step, &[]).await?;
        let estimated = recorded.estimated;
        unit.warnings.clone_from(&recorded.warnings);
        unit.data_until = unit.data_until.max(newest_of_all(&recorded.groups));
        let entry = Entry {
            history: unit.history.id,
            counted_from,
            settled_to: recorded.settled_to,
            estimated,
            groups: recorded.groups,
        };
        if let Err(error) = ledger.append(&[entry]).await {
            recorder.forget();
            return Err(error.into());
        }
        unit.history.counted_from = Some(counted_from);
        unit.history.settled_to = Some(recorded.settled_to);
        unit.history.estimated |= estimated;
        settled = until;
        progress(FillProgress { slo: unit.slo.key.to_string(), done: settled - first, all: target - first });
    }
    unit.groups =
        hydrate::load(&unit.slo, ledger, unit.history.id, counted_from, (recorder.settled_to(), settled))
            .await?;
    if unit.data_until.is_none() {
        let recent = hydrate::events(
            &unit.slo,
            ledger,
            unit.history.id,
            (settled - 86_400).max(on_grid(counted_from, step)),
            settled,
        )
        .await?;
        unit.data_until = recent.values().filter_map(|events| newest(events)).max();
    }
    unit.recorder = Some(recorder);
    Ok(())
}

/// The end of the last bucket with data in any group.
pub(super) fn newest_of_all(groups: &[GroupBuckets]) -> Option<i64> {
    groups.iter().filter_map(|group| newest(&group.buckets)).max()
}
