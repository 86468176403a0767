//! The state of counting one indicator: its counters and targets, and one pass over newly read samples.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::births::{Births, first_successes, target_key};
use super::counts::{Counted, Observed, Role, Rules};
use super::series::{Counter, Step};
use super::sides::Sides;
use super::sums::Sums;
use super::targets::{Target, covered_seconds};
use super::{Axis, MEMORY};
use crate::samples::{MOST_EVENTS, Point, Sample, Series};
use slo_core::labels::Labels;
use slo_core::names::JOB;
use slo_core::sorted::Sorted;
use slo_core::time::Timestamp;

/// The most jobs whose targets are remembered by name.
const MAX_JOBS: usize = 1000;

/// What is remembered between passes.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    rules: Rules,
    counters: Sorted<u64, Counter>,
    targets: Sorted<u64, Target>,
    /// The jobs that had a counter, and when the first one was seen.
    jobs: Sorted<Box<str>, Timestamp>,
    /// The groups that have a place of their own.
    groups: HashSet<Labels>,
    /// Since when there are series of either side.
    sides: Sides,
}

impl Tally {
    /// Nothing is known yet.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Tells the tally the values that counters had at `at`, before the first sample it will see. `silent` are those
    /// of `points`, by place, that another replica had better stand in for.
    pub fn remember(&mut self, points: &[(Point, Role)], silent: &HashSet<usize>, at: Timestamp) {
        let mut values: BTreeMap<u64, Vec<(bool, u64, f64)>> = BTreeMap::new();
        for (place, (point, role)) in points.iter().enumerate() {
            self.meet(&point.labels, Timestamp::MIN);
            self.sides.saw(*role, Timestamp::MIN);
            if usable(&Sample { at, value: point.value }) {
                let key = self.counter_key(&point.labels, *role);
                let replica = self.replica(&point.labels);
                values.entry(key).or_default().push((silent.contains(&place), replica, point.value));
            }
        }
        let mut new = Vec::new();
        for (key, mut replicas) in values {
            // As if it had been read all the time: the first one that speaks.
            replicas.sort_by_key(|(silent, replica, _)| (*silent, *replica));
            let replicas: Vec<_> = replicas.into_iter().map(|(_, replica, value)| (replica, value)).collect();
            if !self.counters.contains_key(&key) {
                new.extend(Counter::remembered(&replicas, at).map(|counter| (key, counter)));
            }
        }
        self.counters.merge(new);
    }

    /// Tells the tally that these targets were scraped successfully at some time up to `at`.
    pub fn remember_targets(&mut self, up: &[Point], at: Timestamp) {
        for point in up.iter().filter(|point| point.value > 0.0) {
            let key = target_key(&point.labels);
            self.targets.or_insert(key, Target::default()).known_since(at);
        }
    }

    /// True when a counter is first seen in `observed` and `up` alone does not tell whether it was born then.
    pub fn has_unknown_births(&self, observed: &Observed) -> bool {
        let first_ups = first_successes(&observed.up);
        observed.series.iter().any(|(series, role)| {
            let Some(first) = series.samples.iter().find(|sample| usable(sample)) else { return false };
            !self.counters.contains_key(&self.counter_key(&series.labels, *role))
                && !self.is_born_by_up(&series.labels, first.at, &first_ups)
        })
    }

    /// Tells the tally which groups have a place of their own already.
    pub fn know_groups(&mut self, groups: impl IntoIterator<Item = Labels>) {
        self.groups.extend(groups);
    }

    /// The jobs whose counters have been seen.
    pub fn jobs(&self) -> impl Iterator<Item = &str> {
        self.jobs.keys().map(AsRef::as_ref)
    }

    /// Remembers the job of a counter that was seen at `at`.
    fn meet(&mut self, labels: &Labels, at: Timestamp) {
        let job = labels.get(JOB);
        if let Some(since) = self.jobs.get_mut(job) {
            *since = at.min(*since);
        } else if !job.is_empty() && self.jobs.len() < MAX_JOBS {
            self.jobs.insert(job.into(), at);
        }
    }

    /// Which sides have had series so far.
    pub fn sides(&self) -> &Sides {
        &self.sides
    }

    /// How many counters are remembered.
    pub fn counters(&self) -> usize {
        self.counters.len()
    }

    /// Counts `observed` over `axis`. What is remembered afterwards is the state at `settle`: the next pass has to
    /// bring every sample after that moment again.
    pub fn count(&mut self, observed: &Observed, axis: &Axis, settle: Timestamp) -> Counted {
        let births = Births::of(observed);
        for (series, role) in &observed.series {
            if let Some(first) = series.samples.iter().find(|sample| usable(sample)) {
                self.meet(&series.labels, first.at);
                self.sides.saw(*role, first.at);
            }
        }
        let mut counted = Counted::default();
        let mut sums = Sums::new(axis.len(), std::mem::take(&mut self.groups));
        let mut new = Vec::new();
        for streams in self.merged(&observed.series) {
            let counter = self.count_one(&streams, axis, settle, &births, &mut sums, &mut counted);
            match (counter, self.counters.get_mut(&streams.key)) {
                (Some(counter), Some(known)) => *known = counter,
                (Some(counter), None) => new.push((streams.key, counter)),
                // One that was known before is there afterwards.
                (None, _) => {}
            }
        }
        self.counters.merge(new);
        (counted.groups, self.groups) = sums.finish();
        counted.covered = self.cover(observed, axis, settle);
        let forgotten = settle - MEMORY;
        self.counters.retain(|_, counter| counter.counted_at() >= forgotten);
        counted
    }

    /// Brings the replicas of each counter together, in a stable order.
    fn merged<'a>(&self, series: &'a [(Series, Role)]) -> Vec<Streams<'a>> {
        let mut order: Vec<Streams<'a>> = Vec::with_capacity(series.len());
        let mut places: HashMap<u64, usize> = HashMap::with_capacity(series.len());
        for (series, role) in series {
            let replica = self.replica(&series.labels);
            let key = self.counter_key(&series.labels, *role);
            let place = *places.entry(key).or_insert_with(|| {
                order.push(Streams { key, role: *role, labels: &series.labels, views: Vec::new() });
                order.len() - 1
            });
            if let Some(streams) = order.get_mut(place) {
                streams.views.push((replica, &series.samples));
            }
        }
        order
    }

    /// Counts one counter, and gives what is to be remembered of it.
    fn count_one(
        &self,
        streams: &Streams<'_>,
        axis: &Axis,
        settle: Timestamp,
        births: &Births,
        sums: &mut Sums,
        counted: &mut Counted,
    ) -> Option<Counter> {
        let mut current = self.counters.get(&streams.key).cloned();
        let mut settled: Option<Option<Counter>> = None;
        let mut group = None;
        let mut hint = 0;
        let mut pass = |replica: u64, sample: &Sample| {
            if !usable(sample) {
                counted.unusable += 1;
                return;
            }
            if sample.at > settle && settled.is_none() {
                settled = Some(current.clone());
            }
            let events = if let Some(counter) = &mut current {
                match counter.step(*sample, replica) {
                    Step::Counted(events) => events,
                    Step::Ignored => 0.0,
                }
            } else {
                current = Some(Counter::starting_at(*sample, replica));
                if self.is_born(streams, sample.at, births) {
                    sample.value
                } else {
                    counted.not_counted += usize::from(sample.value > 0.0);
                    0.0
                }
            };
            counted.last_sample = counted.last_sample.max(Some(sample.at));
            if events > 0.0
                && let Some(index) = axis.find(hint, sample.at)
            {
                hint = index;
                let group = *group.get_or_insert_with(|| sums.group(streams.labels, &self.rules.group_by));
                sums.add(group, index, events, streams.role);
            }
        };
        match streams.views.as_slice() {
            [(replica, samples)] => samples.iter().for_each(|sample| pass(*replica, sample)),
            several => {
                let mut all: Vec<(Timestamp, u64, &Sample)> = several
                    .iter()
                    .flat_map(|(replica, samples)| samples.iter().map(|sample| (sample.at, *replica, sample)))
                    .collect();
                all.sort_by_key(|(at, replica, _)| (*at, *replica));
                for (_, replica, sample) in all {
                    pass(replica, sample);
                }
            }
        }
        settled.unwrap_or(current)
    }

    fn cover(&mut self, observed: &Observed, axis: &Axis, settle: Timestamp) -> Vec<f64> {
        let until = axis.ends().last().copied().unwrap_or(axis.after());
        let mut seen: HashMap<u64, Vec<(Timestamp, bool)>> = HashMap::new();
        for series in &observed.up {
            let key = target_key(&series.labels);
            let target = self.targets.or_insert(key, Target::default());
            target.has_up = true;
            let since = match (self.rules.targets_named, self.jobs.get(series.labels.get(JOB))) {
                (true, _) => Timestamp::MIN,
                (false, since) => since.copied().unwrap_or(Timestamp::MAX),
            };
            // Before, it covers nothing; but a counter that comes later is known to be younger.
            if let Some(first) = series.samples.iter().find(|sample| sample.value > 0.0 && sample.at < since)
            {
                target.known_since(first.at);
            }
            let known = series.samples.iter().filter(|sample| sample.at >= since);
            seen.entry(key).or_default().extend(known.map(|sample| (sample.at, sample.value > 0.0)));
        }
        for (series, _) in &observed.series {
            // Pushed or recorded metrics have no `up`: a sample of its own tells that a target was read.
            let key = target_key(&series.labels);
            if !self.targets.or_insert(key, Target::default()).has_up {
                let times = series.samples.iter().map(|sample| (sample.at, true));
                seen.entry(key).or_default().extend(times);
            }
        }
        for times in seen.values_mut() {
            times.sort_unstable_by_key(|(at, worked)| (*at, !*worked));
            times.dedup_by_key(|(at, _)| *at);
        }
        let mut stretches = Vec::new();
        for (key, target) in self.targets.iter_mut() {
            let times = seen.remove(key).unwrap_or_default();
            target.follow(times.into_iter(), until, settle, &mut stretches);
        }
        self.targets.retain(|_, target| target.is_remembered(settle - MEMORY));
        covered_seconds(axis, self.sides.known(stretches))
    }

    fn is_born(&self, streams: &Streams<'_>, at: Timestamp, births: &Births) -> bool {
        self.is_born_by_up(streams.labels, at, &births.ups)
            || births.starts(streams.labels, at).any(|start| start > self.rules.counted_from && start <= at)
    }

    fn is_born_by_up(&self, labels: &Labels, at: Timestamp, ups: &HashMap<u64, Timestamp>) -> bool {
        let key = target_key(labels);
        self.targets.get(&key).is_some_and(|target| target.scraped_before(at))
            || ups.get(&key).is_some_and(|first| *first < at)
    }

    /// A number for the series' replica that depends on its name alone.
    fn replica(&self, labels: &Labels) -> u64 {
        let Some(label) = &self.rules.replica_label else { return 0 };
        let mut hasher = DefaultHasher::new();
        labels.get(label).hash(&mut hasher);
        hasher.finish()
    }

    fn counter_key(&self, labels: &Labels, role: Role) -> u64 {
        let mut hasher = DefaultHasher::new();
        role.hash(&mut hasher);
        for (name, value) in labels {
            if self.rules.replica_label.as_deref() != Some(name) {
                (name, value).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// The samples of one counter, from every replica that saw it.
struct Streams<'a> {
    key: u64,
    role: Role,
    labels: &'a Labels,
    views: Vec<(u64, &'a [Sample])>,
}

fn usable(sample: &Sample) -> bool {
    (0.0..=MOST_EVENTS).contains(&sample.value)
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
