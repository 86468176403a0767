//! The windows of an SLO, one set for each group: brought up from the ledger piece by piece, moved by each tick, and read
//! ahead what the long ones will let go.

use std::collections::BTreeMap;

use super::live::{Live, Times, slice_start};
use crate::ledger::{HistoryId, Ledger, LedgerError, Resolution};
use slo_core::labels::Labels;
use slo_core::sorted::Sorted;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::{Bucket, GroupBuckets, merged, newest};
use slo_model::budget::{BURN_WINDOWS, Refill, WindowSums, slices};
use slo_model::slo::Slo;

/// Fine history is read in pieces of about this length: a month of a thousand groups would fill gigabytes.
const PIECE: Span = Span::hours(6);

/// Where history is and how far it goes.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) ledger: &'a dyn Ledger,
    pub(super) history: HistoryId,
    /// Nothing is known of the time before.
    pub(super) counted_from: Timestamp,
}

impl Past<'_> {
    fn step(&self) -> Span {
        self.ledger.step()
    }
}

/// The windows of every group of an SLO.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    groups: Sorted<Labels, Live>,
    /// What a group has in which nothing ever happened: the SLO's coverage. A new group starts from it. `None` when the
    /// SLO is not split, as most are not; then the only group is the one without labels.
    blank: Option<Box<Live>>,
}

/// Buckets of one stretch of time, by group, with the coverage that all of them share.
struct Events {
    groups: BTreeMap<Labels, Vec<Bucket>>,
    coverage: Vec<Bucket>,
}

impl Events {
    fn new(slo: &Slo, read: Vec<GroupBuckets>) -> Self {
        let mut groups: BTreeMap<Labels, Vec<Bucket>> =
            read.into_iter().map(|group| (group.group, group.buckets)).collect();
        let mut coverage = Vec::new();
        if !slo.group_by.is_empty() {
            let whole = groups.remove(&Labels::new()).unwrap_or_default();
            coverage = whole.iter().map(|bucket| Bucket { good: 0.0, total: 0.0, ..*bucket }).collect();
            // Events of series that lack the label are a group of their own.
            let own: Vec<Bucket> = whole
                .into_iter()
                .filter(|bucket| bucket.total > 0.0)
                .map(|bucket| Bucket { covered: 0.0, ..bucket })
                .collect();
            if !own.is_empty() {
                groups.insert(Labels::new(), own);
            }
            groups.retain(|_, buckets| buckets.iter().any(|bucket| bucket.total > 0.0));
        }
        Self { groups, coverage }
    }

    /// The buckets of `group`, which may not be among them.
    fn of(&self, group: &Labels) -> Vec<Bucket> {
        let events = self.groups.get(group).map_or(&[][..], Vec::as_slice);
        if self.coverage.is_empty() { events.to_vec() } else { merged(events, &self.coverage) }
    }
}

impl Windows {
    /// Windows that end at `at`, as the ledger has them; what ends after `settled` may still change. Also tells the end
    /// of the last bucket with data.
    pub(super) async fn load(
        slo: &Slo,
        past: Past<'_>,
        (settled, at): (Timestamp, Timestamp),
    ) -> Result<(Self, Option<Timestamp>), LedgerError> {
        let mut windows = Self::unknown(slo, at, past.step());
        let mut last = None;
        for (piece, resolution) in pieces(slo, past, at) {
            let read = past.ledger.read(past.history, piece, resolution).await?;
            last = last.max(read.iter().filter_map(|group| newest(&group.buckets)).max());
            windows.add(slo, &Events::new(slo, read), piece, settled);
        }
        Ok((windows, last))
    }

    /// Windows that end at `at`, of which nothing is known.
    pub(super) fn unknown(slo: &Slo, at: Timestamp, step: Span) -> Self {
        let empty = Live::empty(slo, at, step);
        let (mut groups, mut blank) = (Sorted::default(), None);
        if slo.group_by.is_empty() {
            groups.insert(Labels::new(), empty);
        } else {
            blank = Some(Box::new(empty));
        }
        Self { groups, blank }
    }

    fn add(&mut self, slo: &Slo, events: &Events, piece: TimeRange, settled: Timestamp) {
        self.meet(events);
        for (group, live) in self.groups.iter_mut() {
            live.add(slo, &events.of(group), piece, settled);
        }
        if let Some(blank) = &mut self.blank {
            blank.add(slo, &events.coverage, piece, settled);
        }
    }

    /// Gives groups that are new a beginning: all of the time before, without events.
    fn meet(&mut self, events: &Events) {
        let Some(blank) = &self.blank else { return };
        for group in events.groups.keys() {
            if !self.groups.contains_key(group) {
                self.groups.insert(group.clone(), blank.as_ref().clone());
            }
        }
    }

    /// Moves every group by what was read; from then on what ends at `next_settled` or before is
    /// final. False when that is not possible without reading history again.
    pub(super) async fn advance(
        &mut self,
        slo: &Slo,
        past: Past<'_>,
        read: Vec<GroupBuckets>,
        times: Times,
    ) -> Result<bool, LedgerError> {
        let step = past.step();
        self.refill(slo, past, times.at).await?;
        let events = Events::new(slo, read);
        self.meet(&events);
        let mut moved = true;
        for (group, live) in self.groups.iter_mut() {
            moved &= live.advance(slo, &events.of(group), times, step);
        }
        if let Some(blank) = &mut self.blank {
            moved &= blank.advance(slo, &events.coverage, times, step);
            self.groups.retain(|_, live| !live.is_over());
        }
        Ok(moved)
    }

    /// Gives each group what its windows will let go on the way to `at`.
    async fn refill(&mut self, slo: &Slo, past: Past<'_>, at: Timestamp) -> Result<(), LedgerError> {
        // All groups move together, so they ask for the same stretches.
        let mut wanted: Vec<Refill> = Vec::new();
        for refill in
            self.groups.values().chain(self.blank.as_deref()).flat_map(|live| live.rolling.refills(at))
        {
            if !wanted.contains(&refill) {
                wanted.push(refill);
            }
        }
        for refill in wanted {
            let range = TimeRange { after: slice_start(slo, refill.range.after), ..refill.range };
            let read = past.ledger.read(past.history, range, Resolution::Fine).await?;
            let events = Events::new(slo, read);
            let feed = |live: &mut Live, buckets: &[Bucket]| {
                live.rolling.feed(refill, &slices(slo.budgeting, slo.no_data, buckets, range));
            };
            for (group, live) in self.groups.iter_mut() {
                feed(live, &events.of(group));
            }
            if let Some(blank) = &mut self.blank {
                feed(blank, &events.coverage);
            }
        }
        Ok(())
    }

    /// The sums of every group; of the SLO as a whole while nothing happened in any group.
    pub(super) fn sums(&self) -> Vec<(Labels, WindowSums)> {
        let sums: Vec<_> =
            self.groups.iter().map(|(group, live)| (group.clone(), live.rolling.sums())).collect();
        match &self.blank {
            Some(blank) if sums.is_empty() => vec![(Labels::new(), blank.rolling.sums())],
            _ => sums,
        }
    }

    /// Adds empty buckets to `read`, which is of `range`, where an earlier read had seen something that is not
    /// there any more: the ledger keeps what nobody writes again.
    pub(super) fn take_back(&self, slo: &Slo, range: TimeRange, read: &mut Vec<GroupBuckets>) {
        let whole = self.blank.iter().map(|blank| (Labels::new(), blank.unsettled(slo, range.after)));
        let groups = self.groups.iter().map(|(group, live)| {
            let mut known = live.unsettled(slo, range.after);
            known.retain(|bucket| slo.group_by.is_empty() || bucket.total > 0.0);
            (group.clone(), known)
        });
        for (group, known) in whole.chain(groups) {
            take_back(group, &known, range, read);
        }
    }
}

/// Adds empty buckets of `group` to `read`, which is of `range`, where it was `known` to have something that is not there any
/// more.
pub(super) fn take_back(group: Labels, known: &[Bucket], range: TimeRange, read: &mut Vec<GroupBuckets>) {
    let place = read.iter().position(|one| one.group == group);
    let seen = place.and_then(|place| read.get(place)).map_or(&[][..], |one| one.buckets.as_slice());
    let is_seen = |end: Timestamp| seen.binary_search_by_key(&end, |bucket| bucket.end).is_ok();
    let gone = known.iter().filter(|known| range.contains(known.end) && !is_seen(known.end));
    let mut gone: Vec<Bucket> = gone.map(|known| Bucket { end: known.end, ..Bucket::default() }).collect();
    if gone.is_empty() {
        return;
    }
    match place.and_then(|place| read.get_mut(place)) {
        Some(one) => {
            one.buckets.append(&mut gone);
            one.buckets.sort_by_key(|bucket| bucket.end);
        }
        None => read.push(GroupBuckets { group, buckets: gone }),
    }
}

/// How far back the windows of `slo` that end at `at` reach, with a whole slice at their beginning.
fn reach(slo: &Slo, at: Timestamp, past: Past<'_>) -> Timestamp {
    let reach = slice_start(slo, WindowSums::reach(slo, at).align_down(past.step()));
    reach.max(past.counted_from.align_down(past.step()))
}

/// The pieces in which history up to `at` is read: by the hour for the long past, fine for the last days, where the
/// burn-rate windows begin. Slices need every bucket.
fn pieces(slo: &Slo, past: Past<'_>, at: Timestamp) -> Vec<(TimeRange, Resolution)> {
    let after = reach(slo, at, past);
    let longest = BURN_WINDOWS.last().map_or(Span::ZERO, |window| window.length);
    let slice = slo.budgeting.slice();
    let fine_from =
        if slice > Span::ZERO { after } else { (at - longest).align_down(Span::hours(1)).max(after) };
    let mut pieces = Vec::new();
    if fine_from > after {
        pieces.push((TimeRange::new(after, fine_from), Resolution::Coarse));
    }
    // Pieces end where slices do.
    let unit = slice.max(Span::MILLISECOND);
    let length = unit * (PIECE.max(slice) / unit);
    let mut from = fine_from;
    while from < at {
        let until = (from.align_down(length) + length).min(at);
        pieces.push((TimeRange::new(from, until), Resolution::Fine));
        from = until;
    }
    pieces
}
