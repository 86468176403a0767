//! The state of counting one indicator: its counters and targets, and one pass over newly read samples.

mod memory;

use std::collections::{HashMap, HashSet};

use super::counts::{Counted, MOST_DECISIONS, Observed, Role, Rules};
use super::evidence::{Decision, Evidence, Judgement};
use super::lives::usable;
use super::scene::{Fall, Scene};
use super::series::{Change, Counter, Step};
use super::sides::Sides;
use super::starts::target_key;
use super::sums::Sums;
use super::targets::{Target, covered_seconds};
use super::{Axis, MEMORY};
use crate::samples::{Sample, Series};
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
        for (series, role) in &observed.series {
            if let Some(first) = series.samples.iter().find(|sample| usable(sample)) {
                self.meet(&series.labels, first.at);
                self.sides.saw(*role, first.at);
            }
        }
        let mut counted = Counted::default();
        let mut sums = Sums::new(&self.rules, axis.len(), std::mem::take(&mut self.groups));
        let falls = self.falls(observed);
        let restarts: Vec<(u64, Fall)> = falls
            .iter()
            .filter_map(|(target, falls)| {
                let settled = falls.iter().filter(|fall| fall.far && fall.at <= settle);
                Some((*target, *settled.max_by_key(|fall| (fall.since, fall.at))?))
            })
            .collect();
        let scene = Scene::new(observed, &self.rules, &self.counters, &self.targets, falls);
        let mut after = Vec::new();
        for streams in self.merged(&observed.series) {
            let counter = self.count_one(&streams, axis, settle, &scene, &mut sums, &mut counted);
            after.extend(counter.map(|counter| (streams.key, counter)));
        }
        let mut new = Vec::new();
        for (key, counter) in after {
            match self.counters.get_mut(&key) {
                Some(known) => *known = counter,
                None => new.push((key, counter)),
            }
        }
        self.counters.merge(new);
        (counted.groups, self.groups) = sums.finish();
        for (target, fall) in restarts {
            let known = &mut self.targets.or_insert(target, Target::default()).restarted;
            *known = known.filter(|known| known.since > fall.since).or(Some(fall));
        }
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
            let replica = self.rules.replica(&series.labels);
            let key = self.rules.counter_key(&series.labels, *role);
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
        scene: &Scene<'_>,
        sums: &mut Sums<'_>,
        counted: &mut Counted,
    ) -> Option<Counter> {
        let mut current = self.counters.get(&streams.key).cloned();
        let mut settled: Option<Option<Counter>> = None;
        let mut group = None;
        let mut hint = 0;
        let target = target_key(streams.labels);
        let judge = |change: &Change| scene.restart(target, streams.labels, change);
        let mut pass = |replica: u64, sample: &Sample| {
            if !usable(sample) {
                counted.unusable += 1;
                return;
            }
            if sample.at > settle && settled.is_none() {
                settled = Some(current.clone());
            }
            let (events, judgement) = if let Some(counter) = &mut current {
                match counter.step(*sample, replica, &judge) {
                    Step::Counted(events, judgement) => (events, judgement),
                    Step::Ignored => (0.0, None),
                }
            } else {
                let (counter, events, judgement) = Self::begin(streams, *sample, replica, scene);
                current = Some(counter);
                (events, (sample.value > 0.0).then_some(judgement))
            };
            if let Some(judgement) = judgement {
                self.note(streams, judgement, *sample, events, counted);
            }
            counted.last_sample = counted.last_sample.max(Some(sample.at));
            if events > 0.0
                && let Some(index) = axis.find(hint, sample.at)
            {
                hint = index;
                if streams.role == Role::default() {
                    counted.undecided += events;
                    return;
                }
                let group = *group.get_or_insert_with(|| sums.group(streams.labels));
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
        if current.as_ref().is_some_and(Counter::looks_like_deltas) {
            counted.deltas.0 += 1;
            counted.deltas.1.get_or_insert_with(|| streams.labels.clone());
        }
        settled.unwrap_or(current)
    }

    /// The state after a counter's first sample, and the events that this brings.
    fn begin(
        streams: &Streams<'_>,
        sample: Sample,
        replica: u64,
        scene: &Scene<'_>,
    ) -> (Counter, f64, Judgement) {
        let counter = Counter::starting_at(sample, replica);
        // Its first samples may have come after their time was counted.
        let first = scene.lives().first_sample(streams.key).filter(|first| first.at < sample.at);
        let judgement = match first {
            Some(first) if first.value <= 0.0 => Judgement::Birth(Evidence::Zero),
            first => scene.first_value(streams.key, streams.labels, first.unwrap_or(sample)),
        };
        if let Some(first) = first
            && matches!(judgement, Judgement::History(_))
            && first.value <= sample.value
        {
            return (counter, sample.value - first.value, judgement);
        }
        match &judgement {
            Judgement::Birth(_) => (counter, sample.value, judgement),
            Judgement::Continuation { value, .. } => {
                let events = (sample.value - value).max(0.0);
                (counter.continuing(*value), events, judgement)
            }
            Judgement::History(_) | Judgement::Restart(_) | Judgement::SmallFall => (counter, 0.0, judgement),
        }
    }

    /// Takes down what was decided.
    fn note(
        &self,
        streams: &Streams<'_>,
        judgement: Judgement,
        sample: Sample,
        events: f64,
        counted: &mut Counted,
    ) {
        match &judgement {
            Judgement::History(None) if streams.role == Role::default() => {}
            Judgement::History(None) => {
                counted.history.add(sample.value - events, streams.role);
            }
            Judgement::SmallFall => counted.small_falls += 1,
            Judgement::History(Some(_))
            | Judgement::Birth(_)
            | Judgement::Continuation { .. }
            | Judgement::Restart(_) => {}
        }
        if self.rules.explain && counted.decisions.len() < MOST_DECISIONS {
            let (at, value, labels) = (sample.at, sample.value, streams.labels.clone());
            counted.decisions.push(Decision { at, labels, judgement, value, counted: events });
        }
    }

    /// Remembers under which labels targets were scraped up to `settle`.
    fn know_identities(&mut self, up: &[Series], settle: Timestamp) {
        let worked = |series: &Series| {
            let mut settled =
                series.samples.iter().filter(|sample| sample.value > 0.0 && sample.at <= settle);
            let first = settled.next()?.at;
            Some((settled.next_back().map_or(first, |last| last.at), first))
        };
        let mut all: Vec<(Timestamp, Timestamp, &Labels)> = up
            .iter()
            .filter_map(|series| worked(series).map(|(last, first)| (last, first, &series.labels)))
            .collect();
        all.sort_unstable_by_key(|(last, _, _)| *last);
        for (_, first, labels) in all {
            let identity = self.rules.identity(labels);
            let target = self.targets.or_insert(target_key(labels), Target::default());
            target.known_as(identity, first);
        }
    }

    fn cover(&mut self, observed: &Observed, axis: &Axis, settle: Timestamp) -> Vec<f64> {
        let until = axis.ends().last().copied().unwrap_or(axis.after());
        self.know_identities(&observed.up, settle);
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
}

/// The samples of one counter, from every replica that saw it.
struct Streams<'a> {
    key: u64,
    role: Role,
    labels: &'a Labels,
    views: Vec<(u64, &'a [Sample])>,
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
