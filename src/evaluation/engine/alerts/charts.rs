//! How fast a budget burnt before its alert began to fire, for the chart in mail. Read from the ledger once, at that
//! moment; from then on it is part of the alert's context, over restarts too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::unit::definition;
use crate::ledger::{HistoryId, Ledger, LedgerError, Resolution};
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::alert::BurnChart;
use slo_model::budget::{Sums, slices};
use slo_model::slo::{Budgeting, Slo, SloKey};

/// Bars of a chart: with a tier's usual windows, one for each short window in six long ones.
const BARS: i64 = 72;
/// Long windows of its tier that a chart shows.
pub(super) const LONG_WINDOWS: i64 = 6;
/// History is read in pieces of about this length, as a thousand groups may be in it.
const PIECE: Span = Span::hours(6);
/// All charts of a tick together may take so long: a page does not wait for its picture.
const PATIENCE: Duration = Duration::from_secs(2);

/// A budget whose alert begins to fire.
#[derive(Debug, Clone)]
pub(super) struct Burning {
    pub(super) slo: Arc<Slo>,
    pub(super) group: Labels,
    /// How much of the time up to now the chart shows.
    pub(super) span: Span,
    /// The burn rate that is too fast, for alerts about that.
    pub(super) threshold: Option<f64>,
}

/// Which bars a chart has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    end: Timestamp,
    bar: Span,
    bars: i64,
    resolution: Resolution,
}

impl Grid {
    /// The chart of the `span` up to `at`, on a ledger with buckets of `step`.
    fn of(slo: &Slo, span: Span, at: Timestamp, step: Span) -> Self {
        let unit = slo.budgeting.slice().max(step).max(Span::SECOND);
        // Rounded up to whole seconds and then to whole units, of which there is at least one.
        let seconds = (span / BARS).as_seconds();
        let bar = (Timestamp::from_seconds(seconds).align_up(unit) - Timestamp::EPOCH).max(unit);
        // What is older than the SLO's own window is no longer its business, nor kept as finely.
        let bars = (slo.window.whole(at).length() / bar).clamp(1, BARS);
        let hour = Span::hours(1);
        let hours = bar % hour == Span::ZERO && matches!(slo.budgeting, Budgeting::Occurrences);
        if hours {
            // Bars that begin and end with hours are added up from hours; the last one is not over yet.
            return Self { end: at.align_up(hour), bar, bars, resolution: Resolution::Coarse };
        }
        Self { end: at.align_down(unit), bar, bars, resolution: Resolution::Fine }
    }

    fn start(self) -> Timestamp {
        self.end - self.bar * self.bars
    }

    /// Stretches of whole bars, oldest first.
    fn pieces(self) -> impl Iterator<Item = TimeRange> {
        let piece = self.bar * (PIECE / self.bar).max(1);
        let pieces = (self.end - self.start() + piece - Span::MILLISECOND) / piece;
        (0..pieces).map(move |place| {
            let after = self.start() + piece * place;
            TimeRange::new(after, (after + piece).min(self.end))
        })
    }

    fn place(self, end: Timestamp) -> Option<usize> {
        let into = Some(end - Span::MILLISECOND - self.start()).filter(|into| *into >= Span::ZERO)?;
        usize::try_from(into / self.bar).ok()
    }
}

/// Charts by group, for the alerts in `wanted` that have one. What cannot be read, or takes too long, has none: it is
/// logged, and the alert goes out without.
pub(super) async fn charts(
    ledger: &dyn Ledger,
    wanted: &[(Labels, Burning)],
    at: Timestamp,
) -> BTreeMap<Labels, BurnChart> {
    let mut charts = BTreeMap::new();
    let reading = async {
        // Should the time not suffice: the fastest tiers come first, for they speak for the others.
        let mut together: BTreeMap<(Span, &SloKey), Vec<&(Labels, Burning)>> = BTreeMap::new();
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
                            let chart = BurnChart { span, rates, threshold: burning.threshold };
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

/// The burn rates of each group, bar by bar, and the time they are of.
async fn rates(
    ledger: &dyn Ledger,
    slo: &Slo,
    span: Span,
    at: Timestamp,
    groups: &[&Labels],
) -> Result<(Vec<Vec<Option<f64>>>, Span), LedgerError> {
    let grid = Grid::of(slo, span, at, ledger.step());
    let history = ledger.histories(&[definition(slo)]).await?.into_iter().next().flatten();
    // A composite has no history of its own.
    let recorded = history.and_then(|history| Some((history.id, history.counted_from?)));
    let Some((history, counted_from)) = recorded else {
        return Ok((vec![Vec::new(); groups.len()], Span::ZERO));
    };
    let mut bars = vec![vec![Sums::default(); usize::try_from(grid.bars).unwrap_or(0)]; groups.len()];
    for piece in grid.pieces().filter(|piece| piece.until > counted_from) {
        add(&mut bars, ledger, (slo, history, grid), piece, groups).await?;
    }
    let budget = slo.target.budget();
    let rates = bars.into_iter().map(|bars| {
        let bars = (0..).zip(bars);
        bars.map(|(place, sums)| {
            let known = grid.start() + grid.bar * (place + 1) > counted_from;
            sums.tidy().ratio().filter(|_| known).map(|ratio| ((1.0 - ratio) / budget).max(0.0))
        })
        .collect()
    });
    Ok((rates.collect(), grid.bar * grid.bars))
}

/// Adds what happened in one piece of time.
async fn add(
    bars: &mut [Vec<Sums>],
    ledger: &dyn Ledger,
    (slo, history, grid): (&Slo, HistoryId, Grid),
    piece: TimeRange,
    groups: &[&Labels],
) -> Result<(), LedgerError> {
    let read = ledger.read(history, piece, grid.resolution).await?;
    let read: BTreeMap<&Labels, _> = read.iter().map(|group| (&group.group, &group.buckets)).collect();
    for (bars, group) in bars.iter_mut().zip(groups) {
        let events = read.get(group).map(|buckets| buckets.as_slice()).unwrap_or_default();
        for bucket in slices(slo.budgeting, slo.no_data, events, piece) {
            if let Some(bar) = grid.place(bucket.end).and_then(|place| bars.get_mut(place)) {
                bar.add(&bucket);
            }
        }
    }
    Ok(())
}
