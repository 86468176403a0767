//! Counts per group and bucket, while a pass adds them up.

use std::collections::{HashMap, HashSet};

use super::counts::{GroupCounts, Role};
use super::{MAX_GROUPS, OVERFLOW_GROUP};
use slo_core::labels::Labels;

/// Sums per group and bucket, of groups in which something happened.
pub(super) struct Sums {
    buckets: usize,
    groups: Vec<GroupCounts>,
    places: HashMap<Labels, usize>,
    /// Groups that had a place of their own before; they keep it.
    known: HashSet<Labels>,
}

impl Sums {
    pub(super) fn new(buckets: usize, known: HashSet<Labels>) -> Self {
        Self { buckets, groups: Vec::new(), places: HashMap::new(), known }
    }

    pub(super) fn group(&mut self, series: &Labels, group_by: &[String]) -> usize {
        let mut group = series.only(group_by);
        if !self.known.contains(&group) {
            if self.known.len() < MAX_GROUPS {
                self.known.insert(group.clone());
            } else {
                group = group_by.iter().map(|name| (name.as_str(), OVERFLOW_GROUP)).collect();
            }
        }
        if let Some(place) = self.places.get(&group) {
            return *place;
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

    pub(super) fn finish(mut self) -> (Vec<GroupCounts>, HashSet<Labels>) {
        self.groups.sort_by(|a, b| a.group.cmp(&b.group));
        (self.groups, self.known)
    }
}
