//! The engine itself: its SLOs, and one tick.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{FutureExt, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::fill::{FillError, FillProgress, Filler, begins, uncover};
use super::identity::Identities;
use super::live::Times;
use super::memo::{Asked, Askers, Memos};
use super::snapshot::SnapshotChannel;
use super::unit::{Unit, definition};
use super::{Settings, estimates, late};
use crate::evaluate::{EvaluateError, Recorded, Recorder, plan};
use crate::ledger::{Entry, History, Ledger, LedgerError};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::slo::{Indicator, Slo, SloKey};
use slo_model::source::{Source, SourceOf, Sources};

/// While some fills wait for the source, others count; each holds an answer of the source and what it counts of it.
const FILLS_AT_ONCE: usize = 4;

/// Fine buckets are kept at least this long: the review of a month, asked for at any time of the next one, counts time slices
/// and divides incidents exactly.
const REVIEWED: Span = Span::days(62);

/// Why a tick came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TickError {
    /// What was read could not be written; it will be read again.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What a tick did, for logs and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickReport {
    /// SLOs that were read.
    pub read: usize,
    /// Samples that came.
    pub samples: usize,
    /// Samples that came late and were filled in since the tick before.
    pub late: u64,
    /// Messages of reads that failed, with the SLO's name.
    pub failures: Vec<(String, String)>,
}

/// The engine: what it watches and where it stands.
pub struct Engine {
    pub(super) settings: Settings,
    sources: Sources,
    ledger: Arc<dyn Ledger>,
    pub(super) units: Vec<Unit>,
    pub(super) composites: Vec<Arc<Slo>>,
    snapshots: SnapshotChannel,
    identities: Arc<Identities>,
    /// Sources that hung in the last tick.
    hung: BTreeSet<String>,
    /// Samples that came late and were filled in since the last tick.
    late: Arc<AtomicU64>,
}

impl Engine {
    /// An engine for `slos`, which are registered in the ledger. Nothing is read yet.
    pub async fn new<S: Into<Arc<Slo>>>(
        slos: Vec<S>,
        sources: impl Into<Sources>,
        ledger: Arc<dyn Ledger>,
        settings: Settings,
        snapshots: SnapshotChannel,
    ) -> Result<Self, LedgerError> {
        let mut engine = Self {
            settings,
            sources: sources.into(),
            ledger,
            units: Vec::new(),
            composites: Vec::new(),
            snapshots,
            identities: Arc::default(),
            hung: BTreeSet::new(),
            late: Arc::default(),
        };
        engine.replace(slos).await?;
        Ok(engine)
    }

    /// Takes new definitions. An SLO whose indicator and grouping stayed as they were keeps its windows.
    pub async fn replace<S: Into<Arc<Slo>>>(&mut self, slos: Vec<S>) -> Result<(), LedgerError> {
        let (composites, measured): (Vec<Arc<Slo>>, Vec<Arc<Slo>>) = slos
            .into_iter()
            .map(Into::into)
            .partition(|slo| matches!(slo.indicator, Indicator::Composite { .. }));
        let definitions: Vec<_> = measured.iter().map(|slo| definition(slo)).collect();
        let histories = self.ledger.register(&definitions).await?;
        let mut known: BTreeMap<SloKey, Unit> =
            self.units.drain(..).map(|unit| (unit.slo.key.clone(), unit)).collect();
        // Exactly: half again as many would be a kilobyte an SLO.
        self.units = Vec::with_capacity(measured.len());
        for (slo, history) in measured.into_iter().zip(histories) {
            let kept = known.remove(&slo.key).filter(|unit| {
                unit.history.id == history.id
                    && unit.slo.window == slo.window
                    && unit.slo.budgeting == slo.budgeting
                    && unit.slo.no_data == slo.no_data
            });
            self.units.push(match kept {
                Some(unit) => Unit { slo, ..unit },
                None => Unit::new(slo, history),
            });
        }
        self.composites = composites;
        Ok(())
    }

    /// Where snapshots are published.
    pub fn snapshots(&self) -> &SnapshotChannel {
        &self.snapshots
    }

    /// The ledger's grid.
    pub fn step(&self) -> Span {
        self.ledger.step()
    }

    /// Brings every SLO to where a tick can go on, a few at once, then reads the history that they lack, until `stop`: one
    /// that is new begins a few minutes ago, and what was before is read behind; what was missed by one that was left behind
    /// is read first. One that is stopped, or whose source does not answer, goes on with the next call.
    pub async fn catch_up(
        &mut self,
        now: Timestamp,
        stop: &CancellationToken,
        progress: &(dyn Fn(FillProgress) + Send + Sync),
    ) -> Result<(), LedgerError> {
        let at = now.align_down(self.step());
        let (asked, identities) = (self.asked(), Arc::clone(&self.identities));
        let memos = Memos::of_tick(&asked, self.askers(), &identities, at);
        let (ledger, settings) = (self.ledger.as_ref(), &self.settings);
        let late = self.late.as_ref();
        let filler = &Filler { sources: &memos, ledger, settings, stop, progress, late };
        for unit in &mut self.units {
            if unit.reach.is_none() {
                unit.reach = Some(begins(unit, settings, at, ledger.step()));
            }
        }
        let behind = self.units.iter_mut().filter(|unit| !unit.is_live(at));
        all(behind.map(|unit| take_up(filler, unit, at))).await?;
        let lacking = self.units.iter_mut().filter(|unit| unit.is_live(at) && unit.wants_history(at));
        all(lacking.map(|unit| back_fill(filler, unit, at))).await
    }

    /// One tick at `now`: reads, writes once, judges and publishes. SLOs that are still to be filled are
    /// shown as far as they are known. When the ledger cannot be written nothing moves, and what was read will be read
    /// again.
    #[tracing::instrument(name = "tick", skip_all, fields(at = now.seconds()))]
    pub async fn tick(&mut self, now: Timestamp) -> Result<TickReport, TickError> {
        let at = now.align_down(self.step());
        let (asked, identities) = (self.asked(), Arc::clone(&self.identities));
        let memos = Memos::of_tick(&asked, self.askers(), &identities, at);
        let mut report = TickReport { late: self.late.swap(0, Ordering::Relaxed), ..TickReport::default() };
        let mut reads = self.read_all(&memos, at).await;
        self.hung = memos.hung();
        memos.ask_for_versions().await;
        // Only now: what one of them finds out about a source is true of all that it answered.
        for (unit, read) in self.units.iter_mut().zip(&mut reads) {
            let source = memos.of(unit.slo.source.as_deref());
            if let (Some(Ok(_)), Some(doubt)) = (&read, source.doubt(self.settings.settle)) {
                unit.recorder.iter_mut().for_each(Recorder::forget);
                *read = Some(Err(doubt.into()));
            }
        }
        let trouble = self.uncover(&mut reads).await.err();
        if let Some(error) = trouble {
            self.publish(at, Some(&error));
            return Err(error.into());
        }
        let mut entries = Vec::new();
        for (unit, read) in self.units.iter_mut().zip(&reads) {
            match read {
                Some(Ok((settled, recorded))) => {
                    report.read += 1;
                    report.samples += recorded.samples;
                    unit.error = None;
                    entries.push(unit.entry(recorded, *settled, at));
                }
                Some(Err(error)) => unit.error = Some(error.clone()),
                None => {}
            }
            if let Some(error) = &unit.error {
                report.failures.push((unit.slo.key.to_string(), error.to_string()));
            }
        }
        let write = tracing::debug_span!("ledger.write", entries = entries.len());
        let histories = match self.ledger.append(&entries).instrument(write).await {
            Ok(histories) => histories,
            Err(error) => {
                for (unit, read) in self.units.iter_mut().zip(&reads) {
                    if let (Some(recorder), Some(Ok(_))) = (&mut unit.recorder, read) {
                        recorder.forget();
                    }
                }
                self.publish(at, Some(&error));
                return Err(error.into());
            }
        };
        let mut entries = entries.into_iter();
        let mut trouble = None;
        for (unit, read) in self.units.iter_mut().zip(reads) {
            if let Some(recorder) = &mut unit.recorder {
                recorder.keep();
            }
            if let Some(Ok((settled, recorded))) = read
                && let Some(entry) = entries.next()
                && let Err(error) = advance(
                    unit,
                    self.ledger.as_ref(),
                    (&entry, &histories),
                    recorded,
                    TimeRange::new(settled, at),
                )
                .await
            {
                report.failures.push((unit.slo.key.to_string(), error.to_string()));
                trouble = Some(error);
            }
        }
        for (slo, error) in estimates::refresh(&mut self.units, &memos, self.settings.concurrency, at).await {
            report.failures.push((slo, error.to_string()));
        }
        late::look(&mut self.units, &memos, self.settings.concurrency, at).await;
        self.publish(at, trouble.as_ref());
        Ok(report)
    }

    /// Takes back the coverage of totals that turned out to have ended before. When the ledger does not answer, all that was
    /// read is forgotten.
    async fn uncover(&mut self, reads: &mut [Option<Read>]) -> Result<(), LedgerError> {
        let mut outcome = Ok(());
        for (unit, read) in self.units.iter().zip(reads.iter_mut()) {
            if let Some(Ok((_, recorded))) = read
                && let Some(range) = recorded.uncovered
                && outcome.is_ok()
            {
                outcome = uncover(self.ledger.as_ref(), unit, range, &mut recorded.groups).await;
            }
        }
        if outcome.is_err() {
            for (unit, read) in self.units.iter_mut().zip(reads) {
                if let (Some(recorder), Some(Ok(_))) = (&mut unit.recorder, read) {
                    recorder.forget();
                }
            }
        }
        outcome
    }

    /// Reads what came after the last settled moment for every live SLO, several at once. `None` for those that are not
    /// live.
    #[tracing::instrument(name = "read", level = "debug", skip_all)]
    async fn read_all(&mut self, sources: &Memos<'_>, at: Timestamp) -> Vec<Option<Read>> {
        let (step, settings) = (self.step(), &self.settings);
        let reads = stream::iter(self.units.iter_mut().enumerate()).map(|(place, unit)| {
            let source = sources.of(unit.slo.source.as_deref());
            async move { (place, read(unit, source, settings, at, step).await) }.boxed()
        });
        let mut results: Vec<_> =
            reads.buffer_unordered(self.settings.concurrency.max(1)).collect().boxed().await;
        results.sort_unstable_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, read)| read).collect()
    }

    /// The sources of its SLOs.
    fn asked(&self) -> Asked {
        let mut asked = Asked::by(self.units.iter().map(|unit| unit.slo.as_ref()), &self.sources);
        asked.hung.clone_from(&self.hung);
        asked
    }

    /// How many SLOs read each selector.
    fn askers(&self) -> Askers {
        let mut askers = Askers::new();
        for recorder in self.units.iter().filter_map(|unit| unit.recorder.as_ref()) {
            for selector in recorder.plan().reads() {
                *askers.entry(selector.to_string()).or_default() += 1;
            }
        }
        askers
    }

    /// Why the last read of an SLO failed, if it did.
    pub fn failure(&self, key: &SloKey) -> Option<String> {
        let unit = self.units.iter().find(|unit| unit.slo.key == *key)?;
        unit.error.as_ref().map(ToString::to_string)
    }

    /// Drops what no window and no report needs any more.
    pub async fn prune(&self, now: Timestamp) -> Result<(), LedgerError> {
        let longest =
            self.units.iter().map(|unit| now - begins(unit, &self.settings, now, self.step())).max();
        let hour = |at: Timestamp| at.align_down(Span::hours(1));
        let fine_before = hour(now - longest.unwrap_or_default().max(REVIEWED) - Span::days(2));
        self.ledger.prune(fine_before, hour(now - self.settings.retention)).await
    }
}

/// Waits for all, a few at once. Each future is made when its turn has come: ten thousand that wait for theirs would be
/// kilobytes each.
async fn all<F: Future<Output = Result<(), LedgerError>> + Send>(
    fills: impl Iterator<Item = F> + Send,
) -> Result<(), LedgerError> {
    let fills = stream::iter(fills).map(FutureExt::boxed);
    let filled: Vec<Result<(), LedgerError>> = fills.buffer_unordered(FILLS_AT_ONCE).collect().boxed().await;
    filled.into_iter().collect()
}

/// Brings one SLO to where a tick can go on. A source that does not answer is noted; a ledger that does not is told.
async fn take_up(filler: &Filler<'_>, unit: &mut Unit, at: Timestamp) -> Result<(), LedgerError> {
    if filler.stop.is_cancelled() {
        return Ok(());
    }
    match filler.catch_up(unit, at).await {
        Ok(()) => unit.error = None,
        Err(FillError::Stopped) => {}
        Err(FillError::Ledger(error)) => return Err(error),
        Err(FillError::Source(error)) => {
            unit.error = Some(error);
            // What was recorded before is still worth showing.
            if let (None, Some(settled)) = (&unit.windows, unit.history.settled_to) {
                unit.load(filler.ledger, settled, settled).await?;
            }
        }
    }
    Ok(())
}

/// Reads the history that one SLO lacks. What is new can be read all the same when the source does not answer.
async fn back_fill(filler: &Filler<'_>, unit: &mut Unit, at: Timestamp) -> Result<(), LedgerError> {
    if filler.stop.is_cancelled() {
        return Ok(());
    }
    match filler.back_fill(unit, at).await {
        Ok(()) => (unit.history_error, unit.partial_history) = (None, None),
        Err(FillError::Source(error)) => unit.history_error = Some(Box::new(error)),
        Err(FillError::Stopped) => {}
        Err(FillError::Ledger(error)) => return Err(error),
    }
    Ok(())
}

/// What was answered in part, and never whole in the time that it is waited for, is settled as it is.
pub(super) fn told_of_giving_up(slo: &Slo, range: TimeRange) {
    tracing::warn!(
        slo = %slo.key,
        after = %range.after,
        until = %range.until,
        "the source answered in part for too long: what it brought is settled, and its time is not covered"
    );
}

/// Where a read began, and what it brought.
type Read = Result<(Timestamp, Recorded), EvaluateError>;

/// Reads what came after the last settled moment, if the SLO is live.
#[tracing::instrument(name = "evaluate", level = "debug", skip_all, fields(slo = %unit.slo.key))]
async fn read(
    unit: &mut Unit,
    source: &dyn Source,
    settings: &Settings,
    at: Timestamp,
    step: Span,
) -> Option<Read> {
    let settle = at - settings.settle;
    let is_live = unit.is_live(at);
    let recorder = unit.recorder.as_mut().filter(|_| is_live)?;
    let settled = recorder.settled_to();
    if at <= settled {
        return None;
    }
    if recorder.plan().is_provisional() {
        match plan(&unit.slo, source, TimeRange::new(settled, at)).await {
            Ok(plan) => recorder.replan(plan),
            Err(error) => return Some(Err(error)),
        }
    }
    if let Some(range) = recorder.give_up(at, settings.partial_wait) {
        told_of_giving_up(&unit.slo, range);
    }
    let recorded = recorder.read(source, at, settle.max(settled), step, &[]).await;
    Some(recorded.map(|recorded| (settled, recorded)))
}

/// Moves the windows of `unit` by what was read of `range`, and written; reads them from the ledger where
/// that is not possible, or what was final was counted anew. After a failure they are read before the next tick.
async fn advance(
    unit: &mut Unit,
    ledger: &dyn Ledger,
    (entry, histories): (&Entry, &[History]),
    recorded: Recorded,
    range: TimeRange,
) -> Result<(), LedgerError> {
    unit.in_step = false;
    let times = Times { settled: range.after, next_settled: recorded.settled_to, at: range.until };
    let Times { settled, next_settled, at } = times;
    let is_as_known = unit.written(entry, histories, &recorded.warnings);
    if recorded.final_to == next_settled {
        unit.count(&recorded.groups, settled, next_settled);
    }
    let past = unit.past(ledger, settled);
    let mut moved = false;
    // What was taken back lies before what windows can be moved by.
    if let Some(windows) = unit.windows.as_mut().filter(|_| is_as_known && recorded.uncovered.is_none()) {
        moved = windows.advance(&unit.slo, past, recorded.groups, times).await?;
    }
    if !moved {
        unit.load(ledger, next_settled, at).await?;
    }
    unit.in_step = true;
    Ok(())
}
