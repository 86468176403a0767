//! What of a history comes out otherwise when it is counted anew. Pure.

use std::collections::{BTreeMap, BTreeSet};

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::Sums;

use super::HOUR;
use crate::ledger::{Bucket, GroupBuckets};

/// Less than this of a number is a matter of how it was added up.
const ROUNDING: f64 = 1e-9;

type ByEnd = BTreeMap<Timestamp, Bucket>;

/// The difference between what is recorded and what was counted anew.
#[derive(Debug)]
pub(super) struct Difference {
    step: Span,
    changed: BTreeMap<Labels, ByEnd>,
    changes: usize,
    /// The ends of hours of which only the sums are left.
    pruned: BTreeSet<Timestamp>,
    sums: BTreeMap<Labels, (Sums, Sums)>,
    kept_seconds: f64,
}

/// Whether a bucket is what is left of an hour. An hour that was covered for less than a step is as good as one bucket.
pub(super) fn is_sum(bucket: &Bucket, step: Span) -> bool {
    bucket.end == bucket.end.align_down(HOUR) && bucket.covered > step.as_seconds_f64() * (1.0 + ROUNDING)
}

impl Difference {
    pub(super) fn new(step: Span) -> Self {
        Self {
            step,
            changed: BTreeMap::new(),
            changes: 0,
            pruned: BTreeSet::new(),
            sums: BTreeMap::new(),
            kept_seconds: 0.0,
        }
    }

    /// Compares what is recorded of `range` with what was counted anew. Where that knows nothing at all, what is recorded
    /// stays: the source does not have it any more.
    pub(super) fn add(&mut self, range: TimeRange, old: Vec<GroupBuckets>, new: Vec<GroupBuckets>) {
        let pruned: BTreeSet<Timestamp> = old
            .iter()
            .flat_map(|group| &group.buckets)
            .filter(|bucket| is_sum(bucket, self.step))
            .map(|bucket| bucket.end)
            .collect();
        // What is compared as one: an hour of which only the sums are left, otherwise a bucket.
        let unit =
            |end: Timestamp| if pruned.contains(&end.align_up(HOUR)) { end.align_up(HOUR) } else { end };
        let by_group = |groups: Vec<GroupBuckets>| -> BTreeMap<Labels, BTreeMap<Timestamp, Vec<Bucket>>> {
            let mut all: BTreeMap<Labels, BTreeMap<Timestamp, Vec<Bucket>>> = BTreeMap::new();
            for group in groups {
                let units = all.entry(group.group).or_default();
                for bucket in group.buckets.into_iter().filter(|bucket| range.contains(bucket.end)) {
                    units.entry(unit(bucket.end)).or_default().push(bucket);
                }
            }
            all
        };
        let (old, new) = (by_group(old), by_group(new));
        let known: BTreeSet<Timestamp> = new
            .values()
            .flatten()
            .filter(|(_, buckets)| buckets.iter().any(Bucket::has_data))
            .map(|(end, _)| *end)
            .collect();
        let groups: BTreeSet<&Labels> = old.keys().chain(new.keys()).collect();
        let nothing = BTreeMap::new();
        for group in groups {
            let (old, new) = (old.get(group).unwrap_or(&nothing), new.get(group).unwrap_or(&nothing));
            let ends: BTreeSet<Timestamp> = old.keys().chain(new.keys()).copied().collect();
            for end in ends {
                let of =
                    |units: &BTreeMap<Timestamp, Vec<Bucket>>| units.get(&end).cloned().unwrap_or_default();
                self.compare(group, end, &of(old), of(new), known.contains(&end));
            }
        }
        self.pruned.extend(pruned);
    }

    fn compare(&mut self, group: &Labels, end: Timestamp, old: &[Bucket], new: Vec<Bucket>, is_known: bool) {
        let add = |buckets: &[Bucket]| {
            let mut sums = Sums::default();
            for bucket in buckets {
                sums.add(bucket);
            }
            sums
        };
        let was = add(old);
        let is = if is_known { add(&new) } else { was };
        if !is_known {
            self.kept_seconds += was.covered;
        }
        let (before, after) = self.sums.entry(group.clone()).or_default();
        for (sum, more) in [(before, was), (after, is)] {
            sum.good += more.good;
            sum.total += more.total;
            sum.covered += more.covered;
        }
        let alike = |a: f64, b: f64| (a - b).abs() <= ROUNDING * a.abs().max(b.abs()).max(1.0);
        if alike(was.good, is.good) && alike(was.total, is.total) && alike(was.covered, is.covered) {
            return;
        }
        let changed = self.changed.entry(group.clone()).or_default();
        let buckets = if new.is_empty() { vec![Bucket { end, ..Bucket::default() }] } else { new };
        self.changes += buckets.len();
        changed.extend(buckets.into_iter().map(|bucket| (bucket.end, bucket)));
    }

    /// Takes coverage of `range`, which was compared before, back: its total had ended. `recorded` is what the ledger has there.
    pub(super) fn uncover(&mut self, range: TimeRange, recorded: Vec<GroupBuckets>) {
        for GroupBuckets { group, buckets } in recorded {
            for bucket in self.applied(&group, range, buckets).into_iter().filter(|one| one.covered > 0.0) {
                if let Some((_, after)) = self.sums.get_mut(&group) {
                    after.covered -= bucket.covered;
                }
                let changed = self.changed.entry(group.clone()).or_default();
                changed.insert(bucket.end, Bucket { covered: 0.0, ..bucket });
            }
        }
    }

    /// How many buckets are to be written.
    pub(super) fn changes(&self) -> usize {
        self.changes
    }

    /// What is to be written.
    pub(super) fn changed(&self) -> Vec<GroupBuckets> {
        let of = |(group, buckets): (&Labels, &ByEnd)| GroupBuckets {
            group: group.clone(),
            buckets: buckets.values().copied().collect(),
        };
        self.changed.iter().map(of).collect()
    }

    /// The sums of each group, as they were and as they are now; without those that never had an event.
    pub(super) fn sums(&self) -> Vec<(Labels, Sums, Sums)> {
        let all =
            self.sums.iter().map(|(group, (before, after))| (group.clone(), before.tidy(), after.tidy()));
        let is_split = self.sums.len() > 1;
        all.filter(|(_, before, after)| !is_split || before.total + after.total > 0.0).collect()
    }

    /// How long the ledger had data and the source has none.
    pub(super) fn kept(&self) -> Span {
        Span::from_ms((self.kept_seconds * 1000.0) as i64)
    }

    /// The recorded buckets of `group` with what changes in `range` in their place.
    pub(super) fn applied(&self, group: &Labels, range: TimeRange, recorded: Vec<Bucket>) -> Vec<Bucket> {
        let Some(changed) = self.changed.get(group) else { return recorded };
        let mut all: ByEnd = recorded.into_iter().map(|bucket| (bucket.end, bucket)).collect();
        for (end, bucket) in changed.iter().filter(|(end, _)| range.contains(**end)) {
            // In order of time, so that what stands there is the sum until the hour's last bucket takes its place.
            let hour = end.align_up(HOUR);
            if self.pruned.contains(&hour) {
                all.remove(&hour);
            }
            all.insert(*end, *bucket);
        }
        all.into_values().filter(Bucket::has_data).collect()
    }

    /// The groups that change.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Labels> {
        self.changed.keys()
    }

    /// Whether anything changes there.
    pub(super) fn touches(&self, range: TimeRange) -> bool {
        self.changed.values().any(|buckets| buckets.keys().any(|end| range.contains(*end)))
    }
}
