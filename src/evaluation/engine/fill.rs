//! Reads history that ticks did not: of the time that the engine was away, before it goes on; and of the time before an
//! SLO was first seen, behind its ticks, which begin at once.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::Settings;
use super::late::{Before, tell};
use super::memo::Memos;
use super::tick::told_of_giving_up;
use super::unit::Unit;
use super::windows::{Windows, take_back};
use crate::evaluate::{EvaluateError, Recorder, plan};
use crate::ledger::{Entry, Ledger, LedgerError, Resolution};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::GroupBuckets;
use slo_model::budget::WindowSums;
use slo_model::source::{SourceError, SourceOf};

/// How much is read and written at once.
const CHUNK: Span = Span::days(2);
/// By so much more is read at once where there is nothing: most of the windows of an SLO that is younger than they are.
const GROWTH: i64 = 4;

/// An SLO that is new begins to tick so far back.
const RECENT: Span = Span::minutes(10);

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
    /// Counts samples that came late and were filled in.
    pub(super) late: &'a AtomicU64,
}

impl Filler<'_> {
    /// Brings `unit` to where a tick at `at` can go on: an SLO that was never recorded begins a few minutes ago, and what was
    /// before is filled behind; one that was left behind is filled.
    pub(super) async fn catch_up(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        if unit.settled_to().is_some() { self.fill(unit, at).await } else { self.begin(unit, at).await }
    }

    async fn begin(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        let step = self.ledger.step();
        let recent = (at - RECENT).align_down(step).max(self.reach(unit, at));
        let recorder = self.recorder(unit, TimeRange::new(recent, at), at).await?;
        let from = recent.align_down(recorder.grid(step));
        unit.recorder = Some(recorder.from(from));
        unit.windows = Some(Windows::unknown(&unit.slo, from, step));
        unit.in_step = true;
        Ok(())
    }

    /// Reads what is missing up to `at` and writes it in bounded chunks, then brings the windows up. What was written
    /// stays, so a fill that is stopped goes on where it was.
    async fn fill(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        let mut before = Before::Nothing;
        let late = unit.again.take();
        if let Some(from) = late
            && let Some(kept) = unit.recorder.take()
        {
            match self.recorder(unit, TimeRange::new(from, at), at).await {
                Ok(again) => {
                    unit.recorder = Some(again);
                    before = Before::Kept(Box::new(kept));
                }
                Err(error) => {
                    unit.recorder = Some(kept);
                    return Err(error);
                }
            }
        }
        // Partial answers are whole again: what they brought is read once more.
        let ahead = unit.recorder.as_mut().filter(|recorder| recorder.may_read_again(at));
        if let Some(ahead) = ahead.and_then(Recorder::go_back) {
            before = Before::Ahead(Box::new(ahead));
        }
        // Away for longer than the windows reach: what lies between is no verdict's business any more, but is history.
        let kept = (at - self.settings.retention).align_down(self.ledger.step());
        let settled = unit.settled_to().unwrap_or(self.reach(unit, at)).max(kept);
        let mut recorder = match unit.recorder.take() {
            // It remembers more than could be found out again.
            Some(recorder) if recorder.settled_to() == settled => recorder,
            _ => self.recorder(unit, TimeRange::new(settled, at), at).await?,
        };
        if let Some(range) = recorder.give_up(at, self.settings.partial_wait) {
            told_of_giving_up(&unit.slo, range);
        }
        let pays = match &before {
            Before::Nothing => None,
            Before::Ahead(_) => Some(true),
            Before::Kept(_) => Some(false),
        };
        let outcome = self.read(unit, &mut recorder, at, pays).await;
        match (before, &outcome) {
            (Before::Ahead(ahead), Err(_) | Ok(None)) => recorder.go_on(*ahead, at),
            // Of what was written nothing need be taken back: it is as the source has it.
            (Before::Kept(kept), Err(_) | Ok(None)) => recorder = *kept,
            (Before::Kept(kept), Ok(Some(_))) => {
                let more = recorder.goes_on_from(&kept);
                self.late.fetch_add(more, Ordering::Relaxed);
                tell(unit, (late.unwrap_or(at), more), self.settings.settle, at);
            }
            (Before::Nothing | Before::Ahead(_), _) => {}
        }
        let settled = recorder.settled_to();
        unit.recorder = Some(recorder);
        let Some(read_to) = outcome? else {
            // As live as it was, unless some of it was paid.
            if !unit.in_step {
                unit.load(self.ledger, settled, settled).await?;
                unit.in_step = true;
            }
            return Ok(());
        };
        unit.load(self.ledger, settled, read_to).await?;
        unit.in_step = true;
        Ok(())
    }

    /// Reads the history before what is known of a unit that ticks, as far as verdicts at `at` reach: the newest of it first,
    /// for the short windows. What was written stays.
    pub(super) async fn back_fill(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        let known = unit.known_from();
        let outcome = self.read_back(unit, at).await;
        if unit.known_from() != known
            && let Some(settled) = unit.settled_to()
        {
            unit.load(self.ledger, settled, at).await?;
            unit.in_step = true;
        }
        outcome
    }

    async fn read_back(&self, unit: &mut Unit, at: Timestamp) -> Result<(), FillError> {
        let step = self.ledger.step();
        let begin = self.reach(unit, at);
        let (Some(first), Some(settled_to)) = (unit.known_from(), unit.final_to()) else { return Ok(()) };
        let (mut from, mut chunk) = (first, CHUNK);
        while from > begin {
            if self.stop.is_cancelled() {
                return Err(FillError::Stopped);
            }
            let after = (from - chunk).max(begin);
            let recorder = self.recorder(unit, TimeRange::new(after, from), at).await?;
            let after = after.align_down(recorder.grid(step));
            let answers = unit.recorder.as_ref().map_or(CHUNK, Recorder::chunk);
            let mut recorder = recorder.from(after).with_chunk(answers);
            let source = self.sources.of(unit.slo.source.as_deref());
            let recorded = recorder.read(source, from, from, step, &[]).await?;
            if let Some(doubt) = source.doubt(self.settings.settle) {
                return Err(EvaluateError::from(doubt).into());
            }
            if recorded.partial && !unit.takes_partial_history(at, self.settings.partial_wait) {
                let reason = "its answer is partial".to_owned();
                return Err(EvaluateError::from(SourceError::Doubtful { url: source.place(), reason }).into());
            }
            let nothing = recorded.groups.is_empty();
            let entry = Entry {
                history: unit.history.id,
                counted_from: after,
                settled_to,
                estimated: recorded.estimated,
                groups: recorded.groups,
            };
            from = after;
            chunk = if nothing { chunk * GROWTH } else { CHUNK };
            if !nothing || from <= begin {
                // Nothing but the time that was looked at would be most of the work; the next one says it too.
                let histories = self.ledger.append(std::slice::from_ref(&entry)).await?;
                unit.reaches_back(&entry, &histories);
            }
            self.tell(unit, first - from, first - begin);
        }
        Ok(())
    }

    /// How far back history of `unit` is read.
    fn reach(&self, unit: &Unit, at: Timestamp) -> Timestamp {
        unit.reach.unwrap_or_else(|| begins(unit, self.settings, at, self.ledger.step()))
    }

    fn tell(&self, unit: &Unit, done: Span, all: Span) {
        (self.progress)(FillProgress { slo: unit.slo.key.to_string(), done, all });
    }

    /// A recorder of `range` for verdicts at `at`, which knows the groups that were seen.
    async fn recorder(&self, unit: &Unit, range: TimeRange, at: Timestamp) -> Result<Recorder, FillError> {
        let begin = self.reach(unit, at);
        let source = self.sources.of(unit.slo.source.as_deref());
        let plan = plan(&unit.slo, source, TimeRange::new(begin.min(range.after), range.until)).await?;
        // Also of what is counted from a later moment on until the rest is read.
        let counted_from = unit.counted_from(begin).min(begin);
        let mut recorder =
            Recorder::new(&unit.slo, plan, self.settings.limits.clone(), counted_from, range.after);
        if let (false, Some(settled)) = (unit.slo.group_by.is_empty(), unit.history.settled_to)
            && settled > begin
        {
            let known =
                self.ledger.read(unit.history.id, TimeRange::new(begin, settled), Resolution::Coarse).await?;
            recorder.know_groups(known);
        }
        Ok(recorder)
    }

    /// Reads and writes chunk by chunk; tells up to where. `pays`: this was read before, and is not read in part
    /// again: `None` when it is not answered as a whole, and then nothing more of it was written. If it is true, what is read
    /// now was not yet counted among the final events.
    async fn read(
        &self,
        unit: &mut Unit,
        recorder: &mut Recorder,
        at: Timestamp,
        pays: Option<bool>,
    ) -> Result<Option<Timestamp>, FillError> {
        let step = self.ledger.step();
        let first = recorder.settled_to();
        let target = (at - self.settings.settle).max(first);
        let mut stale = if first < target { self.written_ahead(unit, first, at).await? } else { Vec::new() };
        let (mut read_to, mut chunk) = (first, CHUNK);
        while read_to < target {
            if self.stop.is_cancelled() {
                return Err(FillError::Stopped);
            }
            let until = (read_to + chunk).min(target);
            let source = self.sources.of(unit.slo.source.as_deref());
            if recorder.plan().is_provisional() {
                recorder.replan(plan(&unit.slo, source, TimeRange::new(read_to, at)).await?);
            }
            let settled = recorder.settled_to();
            let mut recorded = recorder.read(source, until, until, step, &[]).await?;
            if let Some(doubt) = source.doubt(self.settings.settle) {
                recorder.forget();
                return Err(EvaluateError::from(doubt).into());
            }
            if pays.is_some() && recorded.partial {
                return Ok(None);
            }
            if let Some(range) = recorded.uncovered {
                uncover(self.ledger, unit, range, &mut recorded.groups).await?;
            }
            stale = taken_back(stale, TimeRange::new(settled, until), &mut recorded.groups);
            read_to = until;
            let nothing = recorded.groups.is_empty();
            chunk = if nothing { chunk * GROWTH } else { CHUNK };
            if !nothing || until == target {
                let entry = unit.entry(&recorded, settled, until);
                let histories = match self.ledger.append(std::slice::from_ref(&entry)).await {
                    Ok(histories) => histories,
                    Err(error) => {
                        recorder.forget();
                        return Err(error.into());
                    }
                };
                // From here until they are read again the windows lag behind the ledger.
                unit.in_step = false;
                unit.written(&entry, &histories, &recorded.warnings);
                recorder.keep();
            }
            if pays == Some(true) {
                unit.count(&recorded.groups, settled, recorded.final_to);
            }
            self.tell(unit, read_to - first, target - first);
        }
        Ok(Some(read_to))
    }

    /// What the ledger has of the time after `settled`, which is not final: it is to be put right.
    async fn written_ahead(
        &self,
        unit: &Unit,
        settled: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        if unit.history.settled_to.is_none() || settled >= at {
            return Ok(Vec::new());
        }
        let ahead = TimeRange::new(settled, at.align_up(self.ledger.step()));
        self.ledger.read(unit.history.id, ahead, Resolution::Fine).await
    }
}

/// Adds what the ledger has of `range`, which was before what is in `groups`, without its coverage.
pub(super) async fn uncover(
    ledger: &dyn Ledger,
    unit: &Unit,
    range: TimeRange,
    groups: &mut Vec<GroupBuckets>,
) -> Result<(), LedgerError> {
    for GroupBuckets { group, mut buckets } in ledger.read(unit.history.id, range, Resolution::Fine).await? {
        buckets.retain(|bucket| bucket.covered > 0.0);
        for bucket in &mut buckets {
            bucket.covered = 0.0;
        }
        match groups.iter_mut().find(|known| known.group == group) {
            Some(known) => {
                buckets.append(&mut known.buckets);
                known.buckets = buckets;
            }
            None => groups.push(GroupBuckets { group, buckets }),
        }
    }
    Ok(())
}

/// Adds empty buckets to `read`, which is of `range`, where there was something before that is not there any more. Gives
/// back what was of later.
fn taken_back(
    before: Vec<GroupBuckets>,
    range: TimeRange,
    read: &mut Vec<GroupBuckets>,
) -> Vec<GroupBuckets> {
    let mut later = Vec::new();
    for GroupBuckets { group, mut buckets } in before {
        let rest = buckets.split_off(buckets.partition_point(|bucket| bucket.end <= range.until));
        if !rest.is_empty() {
            later.push(GroupBuckets { group: group.clone(), buckets: rest });
        }
        take_back(group, &buckets, range, read);
    }
    later
}
