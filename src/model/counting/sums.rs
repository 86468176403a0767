//! Counts per group and bucket, while a pass adds them up.

use std::collections::{HashMap, HashSet};

use super::counts::{GroupCounts, Role, Rules};
use super::{COUNTED_GROUPS, OVERFLOW_GROUP};
use slo_core::labels::Labels;

/// Sums per group and bucket, of groups in which something happened.
pub(super) struct Sums<'a> {
    rules: &'a Rules,
    buckets: usize,
    groups: Vec<GroupCounts>,
    places: HashMap<Labels, usize>,
    /// Groups that had a place of their own before; they keep it.
    known: HashSet<Labels>,
}

impl<'a> Sums<'a> {
    pub(super) fn new(rules: &'a Rules, buckets: usize, known: HashSet<Labels>) -> Self {
        Self { rules, buckets, groups: Vec::new(), places: HashMap::new(), known }
    }

    pub(super) fn group(&mut self, series: &Labels) -> usize {
        let mut group = series.only(&self.rules.group_by);
        if let Some(place) = self.places.get(&group) {
            return *place;
        }
        if !self.known.contains(&group) && self.groups.len() >= self.rules.max_groups.max(COUNTED_GROUPS) {
            group = overflow(&self.rules.group_by);
            if let Some(place) = self.places.get(&group) {
                return *place;
            }
        }
        let zeros = vec![0.0; self.buckets];
        self.groups.push(GroupCounts { group: group.clone(), numerator: zeros.clone(), total: zeros });
        self.places.insert(group, self.groups.len() - 1);
        self.groups.len() - 1
    }

    pub(super) fn add(&mut self, group: usize, bucket: usize, events: f64, role: Role) {
        let Some(group) = self.groups.get_mut(group) else { return };
        for (times, sums) in [(role.numerator, &mut group.numerator), (role.total, &mut group.total)] {
            if times != 0
                && let Some(sum) = sums.get_mut(bucket)
            {
                *sum += events * f64::from(times);
            }
        }
    }

    /// The sums in order of their labels, and the groups that have a place of their own from now on. Beyond
    /// [`Rules::max_groups`] a new group gets one only once it has bad events; the others are added up.
    pub(super) fn finish(mut self) -> (Vec<GroupCounts>, HashSet<Labels>) {
        self.groups.sort_by(|a, b| a.group.cmp(&b.group));
        let other = overflow(&self.rules.group_by);
        let mut rest: Option<GroupCounts> = None;
        let mut named = Vec::with_capacity(self.groups.len());
        for group in self.groups {
            let has_place = self.known.contains(&group.group)
                || (group.group != other
                    && (self.known.len() < self.rules.max_groups
                        || (self.known.len() < self.rules.max_groups.max(COUNTED_GROUPS)
                            && has_bad(&group, self.rules.bad))));
            if has_place {
                self.known.insert(group.group.clone());
                named.push(group);
            } else if let Some(rest) = &mut rest {
                add(&mut rest.numerator, &group.numerator);
                add(&mut rest.total, &group.total);
            } else {
                rest = Some(GroupCounts { group: other.clone(), ..group });
            }
        }
        named.extend(rest);
        named.sort_by(|a, b| a.group.cmp(&b.group));
        (named, self.known)
    }
}

/// The group that takes what has no place of its own.
pub fn overflow(group_by: &[String]) -> Labels {
    group_by.iter().map(|name| (name.as_str(), OVERFLOW_GROUP)).collect()
}

fn has_bad(group: &GroupCounts, bad: bool) -> bool {
    let numerator: f64 = group.numerator.iter().sum();
    if bad { numerator > 0.0 } else { group.total.iter().sum::<f64>() > numerator }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}
