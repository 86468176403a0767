//! The engine itself: its SLOs, and one tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use tokio_util::sync::CancellationToken;

use super::fill::{FillError, FillProgress, fill, newest_of_all};
use super::live::Live;
use super::memo::Memo;
use super::snapshot::{Board, FILLING, Snapshot, Totals};
use super::unit::{Unit, definition};
use super::{Settings, hydrate, on_grid};
use crate::buckets::{Bucket, spread_coverage};
use crate::budget::{Situation, composite, verdict};
use crate::evaluate::{EvaluateError, Plan, Recorded, plan, window_sums};
use crate::labels::Labels;
use crate::ledger::{Entry, Ledger, LedgerError};
use crate::samples::Span;
use crate::slo::{Indicator, Slo, SloKey};
use crate::source::Source;
use crate::status::Row;

/// An engine that has caught up less than this, in seconds, reads the gap as part of a tick; more is filled first.
const LONGEST_TICK: i64 = 3600;
/// While one fill waits for the source, another one counts.
const FILLS_AT_ONCE: usize = 2;

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
    /// Messages of reads that failed, with the SLO's name.
    pub failures: Vec<(String, String)>,
}

/// The engine: what it watches and where it stands.
pub struct Engine {
    settings: Settings,
    source: Arc<dyn Source>,
    ledger: Arc<dyn Ledger>,
    units: Vec<Unit>,
    composites: Vec<Slo>,
    board: Board,
}

impl Engine {
    /// An engine for `slos`, which are registered in the ledger. Nothing is read yet.
    pub async fn new(
        slos: Vec<Slo>,
        source: Arc<dyn Source>,
        ledger: Arc<dyn Ledger>,
        settings: Settings,
        board: Board,
    ) -> Result<Self, LedgerError> {
        let mut engine = Self { settings, source, ledger, units: Vec::new(), composites: Vec::new(), board };
        engine.replace(slos).await?;
        Ok(engine)
    }

    /// Takes new definitions. An SLO whose indicator and grouping stayed as they were keeps its windows.
    pub async fn replace(&mut self, slos: Vec<Slo>) -> Result<(), LedgerError> {
        let (composites, measured): (Vec<Slo>, Vec<Slo>) =
            slos.into_iter().partition(|slo| matches!(slo.indicator, Indicator::Composite { .. }));
        let definitions: Vec<_> = measured.iter().map(definition).collect();
        let histories = self.ledger.register(&definitions).await?;
        let mut known: BTreeMap<SloKey, Unit> =
            self.units.drain(..).map(|unit| (unit.slo.key.clone(), unit)).collect();
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
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The ledger's grid, in seconds.
    pub fn step(&self) -> i64 {
        i64::from(self.ledger.step())
    }

    /// Fills the history of every SLO that is new or was left behind, a few at once. An SLO whose source does not answer
    /// is left for the next call.
    pub async fn catch_up(
        &mut self,
        now: i64,
        stop: &CancellationToken,
        progress: &(dyn Fn(FillProgress) + Send + Sync),
    ) -> Result<(), LedgerError> {
        let at = on_grid(now, self.step());
        let memo = Memo::new(self.source.as_ref());
        let (memo, ledger, settings) = (&memo, self.ledger.as_ref(), &self.settings);
        let behind = |unit: &&mut Unit| {
            unit.recorder.is_none() || unit.settled_to().is_none_or(|settled| at - settled > LONGEST_TICK)
        };
        let fills = self.units.iter_mut().filter(behind).map(|unit| async move {
            match fill(unit, memo, ledger, settings, at, stop, progress).await {
                Ok(()) => unit.error = None,
                Err(FillError::Source(error)) => unit.error = Some(error),
                Err(FillError::Ledger(error)) => return Err(error),
                Err(FillError::Stopped) => {}
            }
            Ok(())
        });
        stream::iter(fills).buffer_unordered(FILLS_AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
    }

    /// One tick at `now` (unix seconds): reads, writes once, judges and publishes. SLOs that are still to be filled are
    /// shown without numbers.
    pub async fn tick(&mut self, now: i64) -> Result<TickReport, TickError> {
        let step = self.step();
        let at = on_grid(now, step);
        let settle = at - self.settings.settle;
        let mut report = TickReport::default();
        let reads = self.read_all(at, settle).await;
        let mut entries = Vec::new();
        for (unit, read) in self.units.iter_mut().zip(&reads) {
            match read {
                Some(Ok((settled, recorded))) => {
                    report.read += 1;
                    report.samples += recorded.samples;
                    unit.error = None;
                    entries.push(entry(unit, recorded, *settled));
                }
                Some(Err(error)) => {
                    report.failures.push((unit.slo.key.to_string(), error.to_string()));
                    unit.error = Some(error.clone());
                }
                None => report
                    .failures
                    .extend(unit.error.as_ref().map(|error| (unit.slo.key.to_string(), error.to_string()))),
            }
        }
        if let Err(error) = self.ledger.append(&entries).await {
            for (unit, read) in self.units.iter_mut().zip(&reads) {
                if let (Some(recorder), Some(Ok(_))) = (&mut unit.recorder, read) {
                    recorder.forget();
                }
            }
            return Err(error.into());
        }
        for (unit, read) in self.units.iter_mut().zip(reads) {
            if let Some(Ok((settled, recorded))) = read {
                advance(unit, self.ledger.as_ref(), recorded, settled, at).await?;
            }
        }
        self.estimate(at, &mut report).await;
        self.publish(at);
        Ok(report)
    }

    /// Reads `(settled, at]` of every live SLO, several at once. `None` for those that are not live.
    async fn read_all(
        &mut self,
        at: i64,
        settle: i64,
    ) -> Vec<Option<Result<(i64, Recorded), EvaluateError>>> {
        let step = self.step();
        let memo = Memo::new(self.source.as_ref());
        let memo = &memo;
        let reads = self.units.iter_mut().enumerate().map(|(place, unit)| async move {
            let Some(recorder) = &mut unit.recorder else { return (place, None) };
            let settled = recorder.settled_to();
            if at - settled > LONGEST_TICK || at <= settled {
                return (place, None);
            }
            let read = async {
                if recorder.plan().is_provisional() {
                    recorder.replan(plan(&unit.slo, memo, Span::seconds(settled, at)).await?);
                }
                recorder.read(memo, at, settle.max(settled), step, &[]).await
            };
            (place, Some(read.await.map(|recorded| (settled, recorded))))
        });
        let mut results: Vec<_> =
            stream::iter(reads).buffer_unordered(self.settings.concurrency.max(1)).collect().await;
        results.sort_unstable_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, read)| read).collect()
    }

    /// Asks the source for the burn rates of SLIs that it has to estimate: pieces of an estimate do not add up to the
    /// estimate of the whole.
    async fn estimate(&mut self, at: i64, report: &mut TickReport) {
        for unit in &mut self.units {
            let Some(Plan::Windowed(windowed)) =
                unit.recorder.as_ref().map(|recorder| recorder.plan().clone())
            else {
                continue;
            };
            if super::live::slice_seconds(&unit.slo) > 0 {
                continue;
            }
            match window_sums(&unit.slo, &windowed, self.source.as_ref(), at).await {
                Ok(sums) => unit.estimates = sums.into_iter().collect(),
                Err(error) => {
                    report.failures.push((unit.slo.key.to_string(), error.to_string()));
                    unit.error = Some(error);
                }
            }
        }
    }

    fn publish(&self, at: i64) {
        let mut snapshot = Snapshot { at, ..Snapshot::default() };
        for unit in &self.units {
            if unit.groups.is_empty() {
                snapshot.filling += 1;
                let error = unit.error.as_ref().map_or(FILLING.to_owned(), ToString::to_string);
                snapshot.errors.push((unit.slo.key.to_string(), error));
            }
            snapshot.rows.extend(unit.rows(at));
            snapshot.counters += unit.recorder.as_ref().map_or(0, crate::evaluate::Recorder::counters);
            for (group, totals) in &unit.totals {
                snapshot.totals.insert((unit.slo.key.clone(), group.clone()), *totals);
            }
        }
        let composites: Vec<Row> = self.composites.iter().map(|slo| self.composite_row(slo, at)).collect();
        snapshot.rows.extend(composites);
        snapshot.rows.sort_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
        self.board.publish(snapshot);
    }

    fn composite_row(&self, slo: &Slo, at: i64) -> Row {
        let mut weighted = Vec::new();
        let (mut data_until, mut estimated, mut answers) = (None, false, true);
        if let Indicator::Composite { parts } = &slo.indicator {
            for (key, weight) in parts {
                for unit in self.units.iter().filter(|unit| unit.slo.key == *key) {
                    weighted.extend(unit.sums().into_iter().map(|(_, sums)| (*weight, sums)));
                    data_until = data_until.max(unit.data_until);
                    estimated |= unit.history.estimated;
                    answers &= !unit.error.as_ref().is_some_and(EvaluateError::is_outage);
                }
            }
        }
        let sums = composite(&weighted);
        let verdict = verdict(slo, &sums, Situation { at, data_until, source_answers: answers });
        Row { slo: slo.clone(), group: Labels::new(), verdict, estimated, warnings: Vec::new() }
    }

    /// Drops what no window and no report needs any more.
    pub async fn prune(&self, now: i64) -> Result<(), LedgerError> {
        let longest = self
            .units
            .iter()
            .map(|unit| now - super::fill::begins(unit, &self.settings, now, self.step()))
            .max();
        let fine_before = on_grid(now - longest.unwrap_or(0) - 2 * 86_400, 3600);
        self.ledger.prune(fine_before, on_grid(now - self.settings.retention, 3600)).await
    }
}

/// The ledger entry of what a tick read.
fn entry(unit: &Unit, recorded: &Recorded, settled: i64) -> Entry {
    Entry {
        history: unit.history.id,
        counted_from: unit.counted_from(settled),
        settled_to: recorded.settled_to,
        estimated: recorded.estimated,
        groups: recorded.groups.clone(),
    }
}

/// Moves the windows of `unit` to `at` by what was read after `settled`; reads them from the ledger where that is not
/// possible.
async fn advance(
    unit: &mut Unit,
    ledger: &dyn Ledger,
    recorded: Recorded,
    settled: i64,
    at: i64,
) -> Result<(), LedgerError> {
    let step = i64::from(ledger.step());
    let counted_from = unit.counted_from(settled);
    let next_settled = recorded.settled_to;
    unit.history.counted_from = Some(counted_from);
    unit.history.settled_to = Some(next_settled);
    unit.history.estimated |= recorded.estimated;
    unit.data_until = unit.data_until.max(newest_of_all(&recorded.groups));
    unit.warnings = recorded.warnings;
    let mut events: BTreeMap<Labels, Vec<Bucket>> =
        recorded.groups.into_iter().map(|group| (group.group, group.buckets)).collect();
    for group in unit.groups.keys().filter(|group| !group.is_empty()) {
        events.entry(group.clone()).or_default();
    }
    spread_coverage(&mut events);
    hydrate::refill(&unit.slo, ledger, unit.history.id, &mut unit.groups, at).await?;
    let mut moved = true;
    for (group, live) in &mut unit.groups {
        let events = events.remove(group).unwrap_or_default();
        add_final(unit.totals.entry(group.clone()).or_default(), &events, next_settled);
        moved &= live.advance(&unit.slo, &events, (settled, next_settled, at), step);
    }
    if !moved {
        unit.groups =
            hydrate::load(&unit.slo, ledger, unit.history.id, counted_from, (next_settled, at)).await?;
        return Ok(());
    }
    for (group, events) in events {
        let after = hydrate::reach(&unit.slo, at, counted_from, step);
        add_final(unit.totals.entry(group.clone()).or_default(), &events, next_settled);
        unit.groups.insert(group, Live::new(&unit.slo, &events, (after, next_settled, at), step));
    }
    Ok(())
}

fn add_final(totals: &mut Totals, events: &[Bucket], settled: i64) {
    for bucket in events.iter().filter(|bucket| bucket.end <= settled) {
        totals.good += bucket.good;
        totals.total += bucket.total;
    }
}
