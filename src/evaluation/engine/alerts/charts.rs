//! How fast a budget burnt before its alert began to fire, for the chart in mail. Read from the ledger once, at that
//! moment; from then on it is part of the alert's context, over restarts too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::live::slice_seconds;
use crate::engine::on_grid;
use crate::engine::unit::definition;
use crate::ledger::{HistoryId, Ledger, LedgerError, Resolution};
use slo_core::labels::Labels;
use slo_model::alert::BurnChart;
use slo_model::budget::{Sums, slices};
use slo_model::slo::{Budgeting, Slo, SloKey};

/// Bars of a chart: with a tier's usual windows, one for each short window in six long ones.
const BARS: i64 = 72;
/// Long windows of its tier that a chart shows.
pub(super) const LONG_WINDOWS: i64 = 6;
/// History is read in pieces of about this many seconds, as a thousand groups may be in it.
const PIECE_SECONDS: i64 = 6 * 3600;
/// All charts of a tick together may take so long: a page does not wait for its picture.
const PATIENCE: Duration = Duration::from_secs(2);

/// A budget whose alert begins to fire.
#[derive(Debug, Clone)]
pub(super) struct Burning {
    pub(super) slo: Arc<Slo>,
    pub(super) group: Labels,
    /// What the chart shows, in seconds up to now.
    pub(super) span: i64,
    /// The burn rate that is too fast, for alerts about that.
    pub(super) threshold: Option<f64>,
}

/// Which bars a chart has. Times are unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    end: i64,
    bar: i64,
    bars: i64,
    resolution: Resolution,
}

impl Grid {
    /// The chart of `span` seconds up to `at`, on a ledger with buckets of `step` seconds.
    fn of(slo: &Slo, span: i64, at: i64, step: i64) -> Self {
        let unit = slice_seconds(slo).max(step).max(1);
        let whole = |seconds: i64| (seconds + unit - 1).div_euclid(unit).max(1) * unit;
        let bar = whole(span / BARS);
        // What is older than the SLO's own window is no longer its business, nor kept as finely.
        let bars = (slo.window.whole(at).seconds() / bar).clamp(1, BARS);
        let hours = bar % 3600 == 0 && matches!(slo.budgeting, Budgeting::Occurrences);
        if hours {
            // Bars that begin and end with hours are added up from hours; the last one is not over yet.
            let end = on_grid(at + 3599, 3600);
            return Self { end, bar, bars, resolution: Resolution::Coarse };
        }
        Self { end: on_grid(at, unit), bar, bars, resolution: Resolution::Fine }
    }

    fn start(self) -> i64 {
        self.end - self.bars * self.bar
    }

    /// Stretches of whole bars, oldest first.
    fn pieces(self) -> impl Iterator<Item = (i64, i64)> {
        let piece = (PIECE_SECONDS / self.bar).max(1) * self.bar;
        let pieces = (self.end - self.start() + piece - 1) / piece;
        (0..pieces).map(move |at| {
            let after = self.start() + at * piece;
            (after, (after + piece).min(self.end))
        })
    }

    fn place(self, end: i64) -> Option<usize> {
        usize::try_from((end - 1 - self.start()).div_euclid(self.bar)).ok()
    }
}

/// Charts by group, for the alerts in `wanted` that have one. What cannot be read, or takes too long, has none: it is
/// logged, and the alert goes out without.
pub(super) async fn charts(
    ledger: &dyn Ledger,
    wanted: &[(Labels, Burning)],
    at: i64,
) -> BTreeMap<Labels, BurnChart> {
    let mut charts = BTreeMap::new();
    let reading = async {
        // Should the time not suffice: the fastest tiers come first, for they speak for the others.
        let mut together: BTreeMap<(i64, &SloKey), Vec<&(Labels, Burning)>> = BTreeMap::new();
        for one in wanted {
            together.entry((one.1.span, &one.1.slo.key)).or_default().push(one);
        }
        for ((span, _), alerts) in together {
            let Some(slo) = alerts.first().map(|(_, burning)| &burning.slo) else { continue };
            let groups: Vec<&Labels> = alerts.iter().map(|(_, burning)| &burning.group).collect();
            match rates(ledger, slo, span, at, &groups).await {
                Ok((rates, span)) => {
                    for ((labels, burning), rates) in alerts.iter().zip(rates) {
                        let known = rates.iter().flatten().count();
                        // One bar is no course of events.
                        if known >= 2 {
                            let chart = BurnChart { span_seconds: span, rates, threshold: burning.threshold };
                            charts.insert(labels.clone(), chart);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(slo = %slo.key, %error, "its burn chart cannot be read; the alert goes out without");
                }
            }
        }
    };
    if tokio::time::timeout(PATIENCE, reading).await.is_err() {
        tracing::warn!(
            read = charts.len(),
            of = wanted.len(),
            "burn charts take too long; alerts go out without"
        );
    }
    charts
}

/// The burn rates of each group, bar by bar, and the seconds they are of.
async fn rates(
    ledger: &dyn Ledger,
    slo: &Slo,
    span: i64,
    at: i64,
    groups: &[&Labels],
) -> Result<(Vec<Vec<Option<f64>>>, i64), LedgerError> {
    let grid = Grid::of(slo, span, at, i64::from(ledger.step()));
    let history = ledger.histories(&[definition(slo)]).await?.into_iter().next().flatten();
    // A composite has no history of its own.
    let recorded = history.and_then(|history| Some((history.id, history.counted_from?)));
    let Some((history, counted_from)) = recorded else { return Ok((vec![Vec::new(); groups.len()], 0)) };
    let mut bars = vec![vec![Sums::default(); usize::try_from(grid.bars).unwrap_or(0)]; groups.len()];
    for piece in grid.pieces().filter(|(_, until)| *until > counted_from) {
        add(&mut bars, ledger, (slo, history, grid), piece, groups).await?;
    }
    let budget = slo.target.budget();
    let rates = bars.into_iter().map(|bars| {
        let bars = (0..).zip(bars);
        bars.map(|(place, sums)| {
            let known = grid.start() + (place + 1) * grid.bar > counted_from;
            sums.tidy().ratio().filter(|_| known).map(|ratio| ((1.0 - ratio) / budget).max(0.0))
        })
        .collect()
    });
    Ok((rates.collect(), grid.bars * grid.bar))
}

/// Adds what happened in one piece of time.
async fn add(
    bars: &mut [Vec<Sums>],
    ledger: &dyn Ledger,
    (slo, history, grid): (&Slo, HistoryId, Grid),
    (after, until): (i64, i64),
    groups: &[&Labels],
) -> Result<(), LedgerError> {
    let read = ledger.read(history, after, until, grid.resolution).await?;
    let read: BTreeMap<&Labels, _> = read.iter().map(|group| (&group.group, &group.buckets)).collect();
    for (bars, group) in bars.iter_mut().zip(groups) {
        let events = read.get(group).map(|buckets| buckets.as_slice()).unwrap_or_default();
        for bucket in slices(slo.budgeting, slo.no_data, events, after, until) {
            if let Some(bar) = grid.place(bucket.end).and_then(|place| bars.get_mut(place)) {
                bar.add(&bucket);
            }
        }
    }
    Ok(())
}
