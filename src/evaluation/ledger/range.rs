//! What reading a range means, apart from any database: which hours are needed as sums, which as buckets, and how the
//! answer is put together.

use std::collections::BTreeMap;

use super::packing::{is_empty, unpack};
use super::tick::{GroupRow, HOUR, HourKey, HourRow, PackedRow, hour_of, in_reach};
use super::{Bucket, GroupBuckets, Resolution};
use slo_base::store::Fault;
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};

/// A range to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    range: TimeRange,
    resolution: Resolution,
}

/// Which final hours are read with their buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packed {
    /// All that end from `first` to `last`, both included and both ends of hours; sums are needed only where the buckets
    /// have been pruned.
    Between { first: Timestamp, last: Timestamp },
    /// Those with exactly these ends, of which there are at most two; the sums of the others are enough.
    At(Vec<Timestamp>),
}

impl Range {
    pub(super) fn new(range: TimeRange, resolution: Resolution) -> Self {
        Self { range: TimeRange::new(in_reach(range.after), in_reach(range.until)), resolution }
    }

    /// No bucket can lie in it.
    pub(super) fn is_empty(self) -> bool {
        self.until() <= self.after()
    }

    /// Begins and ends with an hour.
    pub(super) fn is_whole_hours(self) -> bool {
        hour_of(self.after()) == self.after() && hour_of(self.until()) == self.until()
    }

    /// Not part of it.
    pub(super) fn after(self) -> Timestamp {
        self.range.after
    }

    /// Part of it.
    pub(super) fn until(self) -> Timestamp {
        self.range.until
    }

    /// The end of the hour that `until` lies in: no bucket of the range is in a later hour.
    pub(super) fn last_hour(self) -> Timestamp {
        hour_of(self.until())
    }

    /// The hours to be read with their buckets.
    pub(super) fn packed(self) -> Packed {
        match self.resolution {
            Resolution::Fine => {
                // The first hour with a bucket that ends later than `after`.
                Packed::Between { first: hour_of(self.after() + Span::MILLISECOND), last: self.last_hour() }
            }
            Resolution::Coarse => {
                let mut edges: Vec<Timestamp> = [self.after(), self.until()]
                    .into_iter()
                    .filter(|edge| hour_of(*edge) != *edge)
                    .map(hour_of)
                    .collect();
                edges.dedup();
                Packed::At(edges)
            }
        }
    }

    /// Puts the answer together. `sums` are those of final hours that end inside the range; `packed` final and open
    /// hours that the range touches. Where an hour is there in both ways, the range decides which is told.
    pub(super) fn assemble(
        self,
        groups: Vec<GroupRow>,
        sums: &[HourRow],
        packed: &[PackedRow],
        step: Span,
    ) -> Result<Vec<GroupBuckets>, Fault> {
        let mut hours: BTreeMap<HourKey, Vec<Bucket>> = BTreeMap::new();
        for row in packed {
            let buckets =
                unpack(&row.packed, row.end, step).map_err(|error| Fault::Damaged(error.to_string()))?;
            let inside = buckets.into_iter().filter(|bucket| self.range.contains(bucket.end));
            hours.insert((row.group, row.end), inside.collect());
        }
        for row in sums.iter().filter(|row| !is_empty(&row.sums)) {
            let whole = row.sums.end - HOUR >= self.after();
            let coarse = self.resolution == Resolution::Coarse && whole;
            let key = (row.group, row.sums.end);
            if coarse || !hours.contains_key(&key) {
                hours.insert(key, vec![row.sums]);
            }
        }
        let mut by_group: BTreeMap<i64, Vec<Bucket>> = BTreeMap::new();
        for ((group, _), buckets) in hours {
            by_group.entry(group).or_default().extend(buckets);
        }
        let mut answer = Vec::with_capacity(by_group.len());
        for row in groups {
            let Some(buckets) = by_group.remove(&row.id).filter(|buckets| !buckets.is_empty()) else {
                continue;
            };
            answer.push(GroupBuckets { group: labels(&row.labels)?, buckets });
        }
        answer.sort_by(|one, other| one.group.cmp(&other.group));
        Ok(answer)
    }
}

fn labels(json: &str) -> Result<Labels, Fault> {
    serde_json::from_str(json)
        .map_err(|error| Fault::Damaged(format!("a group has no labels ({error}): {json}")))
}
