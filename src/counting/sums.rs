//! Counts per group and bucket, while a pass adds them up.

use std::collections::HashMap;

use super::tally::{GroupCounts, Role};
use super::{MAX_GROUPS, OVERFLOW_GROUP};
use crate::labels::Labels;

/// Sums per group and bucket.
pub(super) struct Sums {
    buckets: usize,
    groups: Vec<GroupCounts>,
    places: HashMap<Labels, usize>,
}

impl Sums {
    pub(super) fn new(buckets: usize) -> Self {
        Self { buckets, groups: Vec::new(), places: HashMap::new() }
    }

    pub(super) fn group(&mut self, series: &Labels, group_by: &[String]) -> usize {
        let mut group = series.only(group_by);
        if self.places.len() >= MAX_GROUPS && !self.places.contains_key(&group) {
            group = group_by.iter().map(|name| (name.as_str(), OVERFLOW_GROUP)).collect();
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
        for (wanted, sums) in [(role.numerator, &mut group.numerator), (role.total, &mut group.total)] {
            if wanted && let Some(sum) = sums.get_mut(bucket) {
                *sum += events;
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<GroupCounts> {
        self.groups.sort_by(|a, b| a.group.cmp(&b.group));
        self.groups
    }
}
