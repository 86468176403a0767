//! Stretches that a period is counted in: hours, and five minutes in those hours where an incident may begin or end.

use std::collections::{BTreeMap, BTreeSet};

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::Sums;
use slo_report::facts::{GroupFacts, Piece};

/// The usual stretch.
pub(super) const HOUR: Span = Span::hours(1);
/// The stretch near an incident's edges.
const SHORT: Span = Span::minutes(5);

/// How a period is cut.
pub(super) struct Cells {
    within: TimeRange,
    near: BTreeSet<Timestamp>,
    /// Where short ones are divided.
    cuts: BTreeSet<Timestamp>,
}

impl Cells {
    /// `within` is cut; `edges` are stretches to be cut short, and there are cuts at their ends, as buckets of `step` allow.
    pub(super) fn new(within: TimeRange, edges: &[TimeRange], step: Span) -> Self {
        let cuts = edges.iter().map(|edge| edge.until.align_down(step)).collect();
        let mut cells = Self { within, near: BTreeSet::new(), cuts };
        for edge in edges {
            let mut at = edge.after.max(within.after);
            while at < edge.until.min(within.until) {
                let hour = cells.hour(at + Span::MILLISECOND);
                cells.near.insert(hour.until);
                at = hour.until;
            }
        }
        cells
    }

    /// The hour that a moment lies in, counted from the period's beginning, as far as it lies in the period.
    pub(super) fn hour(&self, end: Timestamp) -> TimeRange {
        self.cut(end, HOUR)
    }

    fn cut(&self, end: Timestamp, length: Span) -> TimeRange {
        let origin = self.within.after;
        let whole = (end - origin) / length;
        let until = origin + length * whole;
        let (after, until) = if until >= end { (until - length, until) } else { (until, until + length) };
        TimeRange::new(after.max(origin), until.min(self.within.until))
    }

    /// Where a bucket belongs that ends at `end`; `is_whole` when it is that of a whole hour.
    pub(super) fn of(&self, end: Timestamp, is_whole: bool) -> TimeRange {
        let hour = self.hour(end);
        if is_whole || !self.near.contains(&hour.until) {
            return hour;
        }
        let short = self.cut(end, SHORT);
        let before = self.cuts.range(..end).next_back().copied();
        let next = self.cuts.range(end..).next().copied();
        TimeRange::new(
            before.map_or(short.after, |cut| cut.max(short.after)),
            next.map_or(short.until, |cut| cut.min(short.until)),
        )
    }

    /// Whether the hour that a moment lies in is cut short.
    pub(super) fn is_near(&self, end: Timestamp) -> bool {
        self.near.contains(&self.hour(end).until)
    }

    /// Hours that are cut short, neighbours together.
    pub(super) fn near(&self) -> Vec<TimeRange> {
        let mut ranges: Vec<TimeRange> = Vec::new();
        for until in &self.near {
            let hour = self.hour(*until);
            match ranges.last_mut() {
                Some(last) if last.until == hour.after => last.until = hour.until,
                _ => ranges.push(hour),
            }
        }
        ranges
    }

    /// Every hour of it.
    pub(super) fn hours(&self) -> Vec<TimeRange> {
        let mut hours = Vec::new();
        let mut after = self.within.after;
        while after < self.within.until {
            let until = (after + HOUR).min(self.within.until);
            hours.push(TimeRange::new(after, until));
            after = until;
        }
        hours
    }
}

/// Counts per group and stretch.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<Labels, BTreeMap<(Timestamp, Timestamp), Sums>>);

impl Counts {
    /// Adds counts to a group's stretch.
    pub(super) fn add(&mut self, group: &Labels, range: TimeRange, sums: Sums) {
        if !self.0.contains_key(group) {
            self.0.insert(group.clone(), BTreeMap::new());
        }
        let Some(pieces) = self.0.get_mut(group) else { return };
        let known = pieces.entry((range.after, range.until)).or_default();
        known.good += sums.good;
        known.total += sums.total;
        known.covered += sums.covered;
    }

    /// All of it together.
    pub(super) fn whole(&self) -> Sums {
        let mut whole = Sums::default();
        for sums in self.0.values().flat_map(BTreeMap::values) {
            whole.good += sums.good;
            whole.total += sums.total;
        }
        whole
    }

    /// As a report wants them.
    pub(super) fn groups(self) -> Vec<GroupFacts> {
        let piece = |((after, until), sums): ((Timestamp, Timestamp), Sums)| Piece {
            range: TimeRange::new(after, until),
            sums,
        };
        self.0
            .into_iter()
            .map(|(group, pieces)| GroupFacts { group, pieces: pieces.into_iter().map(piece).collect() })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, range};

    #[test]
    fn hours_and_five_minutes() {
        let cells =
            Cells::new(range(1800, 1800 + 4 * 3600 - 600), &[range(5000, 5590)], Span::from_seconds(30));
        assert_eq!(cells.hours().len(), 4);
        assert_eq!(cells.of(at(1830), false), range(1800, 2100));
        assert_eq!(cells.of(at(5400), false), range(5100, 5400));
        assert_eq!(cells.of(at(5400), true), range(1800, 5400));
        // The edge at 5590 is cut on the grid of 30 seconds.
        assert_eq!(cells.of(at(5401), false), range(5400, 5580));
        assert_eq!(cells.of(at(5580), false), range(5400, 5580));
        assert_eq!(cells.of(at(5610), false), range(5580, 5700));
        assert_eq!(cells.of(at(15000), false), range(12600, 15600));
        assert_eq!(cells.near(), [range(1800, 9000)]);
    }
}
