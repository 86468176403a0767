//! Brings an SLO's windows up from the ledger, and reads ahead what its long windows will let go.

use std::collections::BTreeMap;

use super::live::{Live, slice_seconds, slice_start};
use super::on_grid;
use crate::buckets::{Bucket, GroupBuckets, spread_coverage};
use crate::budget::{BURN_WINDOWS, Refill, WindowSums, slices};
use crate::labels::Labels;
use crate::ledger::{HistoryId, Ledger, LedgerError, Resolution};
use crate::slo::Slo;

/// The events of `(after, until]` per group, fine for the last days, where the burn-rate windows begin, and hourly before.
pub(crate) async fn events(
    slo: &Slo,
    ledger: &dyn Ledger,
    history: HistoryId,
    after: i64,
    until: i64,
) -> Result<BTreeMap<Labels, Vec<Bucket>>, LedgerError> {
    let longest = BURN_WINDOWS.last().map_or(0, |window| window.seconds);
    // Slices need every bucket; sums only need the edges.
    let fine_from = if slice_seconds(slo) > 0 { after } else { on_grid(until - longest, 3600).max(after) };
    let mut groups: BTreeMap<Labels, Vec<Bucket>> = BTreeMap::new();
    let mut take = |read: Vec<GroupBuckets>| {
        for group in read {
            groups.entry(group.group).or_default().extend(group.buckets);
        }
    };
    if fine_from > after {
        take(ledger.read(history, after, fine_from, Resolution::Coarse).await?);
    }
    take(ledger.read(history, fine_from, until, Resolution::Fine).await?);
    spread_coverage(&mut groups);
    Ok(groups)
}

/// How far back the windows of `slo` that end at `at` reach, with a whole slice at their beginning.
pub(crate) fn reach(slo: &Slo, at: i64, counted_from: i64, step: i64) -> i64 {
    let reach = slice_start(slo, on_grid(WindowSums::reach(slo, at), step));
    reach.max(on_grid(counted_from, step))
}

/// The windows of every group at `at`, of which what ends after `settled` may still change.
pub(super) async fn load(
    slo: &Slo,
    ledger: &dyn Ledger,
    history: HistoryId,
    counted_from: i64,
    (settled, at): (i64, i64),
) -> Result<BTreeMap<Labels, Live>, LedgerError> {
    let step = i64::from(ledger.step());
    let after = reach(slo, at, counted_from, step);
    let mut groups = events(slo, ledger, history, after, at).await?;
    if groups.is_empty() {
        groups.insert(Labels::new(), Vec::new());
    }
    let live = |events: Vec<Bucket>| Live::new(slo, &events, (after, settled, at), step);
    Ok(groups.into_iter().map(|(group, events)| (group, live(events))).collect())
}

/// Gives each group what its windows will let go on the way to `at`.
pub(super) async fn refill(
    slo: &Slo,
    ledger: &dyn Ledger,
    history: HistoryId,
    groups: &mut BTreeMap<Labels, Live>,
    at: i64,
) -> Result<(), LedgerError> {
    // All groups move together, so they ask for the same stretches.
    let mut wanted: Vec<Refill> = Vec::new();
    for refill in groups.values().flat_map(|live| live.rolling.refills(at)) {
        if !wanted.contains(&refill) {
            wanted.push(refill);
        }
    }
    for refill in wanted {
        let from = slice_start(slo, refill.after);
        let read = ledger.read(history, from, refill.until, Resolution::Fine).await?;
        let mut events: BTreeMap<Labels, Vec<Bucket>> =
            read.into_iter().map(|group| (group.group, group.buckets)).collect();
        // A group that had no events in that time had its SLO's coverage all the same.
        for group in groups.keys() {
            events.entry(group.clone()).or_default();
        }
        spread_coverage(&mut events);
        for (group, live) in groups.iter_mut() {
            if live.rolling.refills(at).contains(&refill) {
                let sliced = slices(
                    slo.budgeting,
                    slo.no_data,
                    events.get(group).map_or(&[], Vec::as_slice),
                    from,
                    refill.until,
                );
                live.rolling.feed(refill, &sliced);
            }
        }
    }
    Ok(())
}
