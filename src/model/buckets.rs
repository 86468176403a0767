//! What happened, per bucket of time: what counting gives and ledgers keep. Pure data.
//!
//! An SLO that is split into groups keeps its coverage once, in the group without labels: whether the source had data is a
//! fact about the SLO's targets, not about the groups that happened to have events ([`gather_coverage`],
//! [`spread_coverage`]).

use std::collections::BTreeMap;

use slo_core::labels::Labels;
use slo_core::time::Timestamp;

/// What happened in one bucket of time, `(end - length, end]`. The length is the ledger's step, or an hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bucket {
    /// The last moment that belongs to the bucket.
    pub end: Timestamp,
    /// Good events; at most `total`.
    pub good: f64,
    /// All events.
    pub total: f64,
    /// Seconds of the bucket for which the source had data.
    pub covered: f64,
}

impl Bucket {
    /// True when something is known of the bucket: events, or that there were none.
    pub fn has_data(&self) -> bool {
        self.covered > 0.0 || self.total > 0.0
    }
}

/// The buckets of one group, in order of time. A bucket without events may be left out; one that has coverage may not.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBuckets {
    /// The group's labels; empty when the SLO is not split.
    pub group: Labels,
    /// In order of time.
    pub buckets: Vec<Bucket>,
}

/// The end of the last bucket with data.
pub fn newest(buckets: &[Bucket]) -> Option<Timestamp> {
    buckets.iter().rev().find(|bucket| bucket.has_data()).map(|bucket| bucket.end)
}

/// Moves coverage to the group without labels, which is added when it is not there.
pub fn gather_coverage(groups: &mut Vec<GroupBuckets>) {
    let mut covered: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for bucket in groups.iter_mut().flat_map(|group| &mut group.buckets) {
        let seconds = covered.entry(bucket.end).or_default();
        *seconds = seconds.max(bucket.covered);
        bucket.covered = 0.0;
    }
    let coverage: Vec<Bucket> = covered
        .into_iter()
        .filter(|(_, seconds)| *seconds > 0.0)
        .map(|(end, covered)| Bucket { end, covered, ..Bucket::default() })
        .collect();
    for group in groups.iter_mut() {
        group.buckets.retain(Bucket::has_data);
    }
    match groups.iter_mut().find(|group| group.group.is_empty()) {
        Some(whole) => whole.buckets = merged(&whole.buckets, &coverage),
        None => groups.insert(0, GroupBuckets { group: Labels::new(), buckets: coverage }),
    }
    groups.retain(|group| !group.buckets.is_empty());
}

/// Gives every group the coverage that the group without labels keeps. That group goes when it has no events of its own
/// and there are others.
pub fn spread_coverage(groups: &mut BTreeMap<Labels, Vec<Bucket>>) {
    if groups.keys().all(Labels::is_empty) {
        return;
    }
    let Some(whole) = groups.get(&Labels::new()) else { return };
    let coverage: Vec<Bucket> = whole
        .iter()
        .map(|bucket| Bucket { end: bucket.end, covered: bucket.covered, ..Bucket::default() })
        .collect();
    let has_events = whole.iter().any(|bucket| bucket.total > 0.0);
    for (group, buckets) in groups.iter_mut() {
        if !group.is_empty() {
            *buckets = merged(buckets, &coverage);
        }
    }
    if !has_events {
        groups.remove(&Labels::new());
    }
}

/// The sum of two rows of buckets, both in order of time.
pub fn merged(a: &[Bucket], b: &[Bucket]) -> Vec<Bucket> {
    let mut out = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    while let Some(end) = [a.peek(), b.peek()].into_iter().flatten().map(|bucket| bucket.end).min() {
        let mut sum = Bucket { end, ..Bucket::default() };
        for bucket in [a.next_if(|bucket| bucket.end == end), b.next_if(|bucket| bucket.end == end)]
            .into_iter()
            .flatten()
        {
            sum.good += bucket.good;
            sum.total += bucket.total;
            sum.covered += bucket.covered;
        }
        out.push(sum);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at;

    fn bucket(end: i64, total: f64, covered: f64) -> Bucket {
        Bucket { end: at(end), good: total, total, covered }
    }

    #[test]
    fn coverage_is_kept_once_and_given_back() {
        let tenant = |name: &str| -> Labels { [("tenant", name)].into_iter().collect() };
        let mut groups = vec![
            GroupBuckets { group: tenant("a"), buckets: vec![bucket(30, 1.0, 30.0), bucket(60, 0.0, 30.0)] },
            GroupBuckets { group: tenant("b"), buckets: vec![bucket(60, 2.0, 30.0)] },
        ];
        gather_coverage(&mut groups);
        assert_eq!(
            groups[0],
            GroupBuckets {
                group: Labels::new(),
                buckets: vec![bucket(30, 0.0, 30.0), bucket(60, 0.0, 30.0)]
            }
        );
        assert_eq!(groups[1].buckets, [bucket(30, 1.0, 0.0)]);
        let mut map: BTreeMap<Labels, Vec<Bucket>> =
            groups.into_iter().map(|group| (group.group, group.buckets)).collect();
        spread_coverage(&mut map);
        assert_eq!(map[&tenant("a")], [bucket(30, 1.0, 30.0), bucket(60, 0.0, 30.0)]);
        assert_eq!(map[&tenant("b")], [bucket(30, 0.0, 30.0), bucket(60, 2.0, 30.0)]);
        assert_eq!(map.len(), 2);
    }
}
