//! What a tally is told of the time before what it counts, and what it still has to ask.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Tally;
use crate::counting::MEMORY;
use crate::counting::counts::{Observed, Role};
use crate::counting::lives::{last_and_gap, usable};
use crate::counting::scene::{Fall, Falls, Scene};
use crate::counting::series::{Change, Counter, fell_far};
use crate::counting::starts::target_key;
use crate::counting::targets::Target;
use crate::samples::{Point, Sample, Series};
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};

/// Views of one counter that were made one series are read by turns within this time.
const TURNS: Span = Span::minutes(2);
/// Between them a value falls by less than this share.
const SMALL: f64 = 0.1;

/// The highest value after `after`, since the last fall that was no small one.
fn level(samples: &[Sample], after: Timestamp) -> f64 {
    let inside = samples.iter().filter(|sample| sample.at > after && usable(sample));
    inside.fold(0.0, |level: f64, sample| {
        if sample.value < level * (1.0 - SMALL) { sample.value } else { level.max(sample.value) }
    })
}

impl Tally {
    /// Tells the tally the values that counters had at `at`, before the first sample it will see. `silent` are those
    /// of `points`, by place, that another replica had better stand in for.
    pub fn remember(&mut self, points: &[(Point, Role)], silent: &HashSet<usize>, at: Timestamp) {
        let mut values: BTreeMap<u64, Vec<(bool, u64, f64)>> = BTreeMap::new();
        for (place, (point, role)) in points.iter().enumerate() {
            self.meet(&point.labels, Timestamp::MIN);
            self.sides.saw(*role, Timestamp::MIN);
            if usable(&Sample { at, value: point.value }) {
                let key = self.rules.counter_key(&point.labels, *role);
                let replica = self.rules.replica(&point.labels);
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

    /// Tells the tally the samples of the [`REACH`](crate::counting::REACH) up to where it begins: when the counters it
    /// remembers were last seen, and which level they had reached, of which views that are read by turns show a little less.
    /// Those that are not among them have been missing.
    pub fn recall(&mut self, before: &[(Series, Role)]) {
        let mut seen: HashMap<u64, Vec<&[Sample]>> = HashMap::new();
        for (series, role) in before {
            seen.entry(self.rules.counter_key(&series.labels, *role)).or_default().push(&series.samples);
        }
        for (key, counter) in self.counters.iter_mut().filter(|(_, counter)| counter.is_remembered()) {
            let views = seen.get(key).map_or(&[][..], Vec::as_slice);
            let newest = views
                .iter()
                .filter_map(|samples| last_and_gap(samples.iter().rev().filter(|sample| usable(sample))));
            match (newest.max_by_key(|(at, _)| *at), views) {
                (None, _) => counter.missing(),
                (Some((at, gap)), [one]) => counter.seen(at, gap, level(one, at - TURNS)),
                (Some((at, gap)), _) => counter.seen(at, gap, 0.0),
            }
        }
    }

    /// The series of `observed` whose counters are first seen there, with events in them.
    pub fn unknown<'a>(&'a self, observed: &'a Observed) -> impl Iterator<Item = &'a Labels> {
        let is_unknown = |(series, role): &&(Series, Role)| {
            series.samples.iter().find(|sample| usable(sample)).is_some_and(|first| first.value > 0.0)
                && !self.counters.contains_key(&self.rules.counter_key(&series.labels, *role))
        };
        observed.series.iter().filter(is_unknown).map(|(series, _)| &series.labels)
    }

    /// Tells the tally the values at `at` of counters that `observed` begins with, whose samples up to `at` had not come when
    /// that time was read. Those seen within the [`REACH`](crate::counting::REACH) before are left to what is told of that.
    pub fn remember_late(&mut self, points: &[(Point, Role)], observed: &Observed, at: Timestamp) {
        let unknown: HashSet<&Labels> = self.unknown(observed).collect();
        let recent: HashSet<&Labels> = observed.before.iter().map(|(series, _)| &series.labels).collect();
        let late: Vec<(Point, Role)> = points
            .iter()
            .filter(|(point, _)| unknown.contains(&point.labels) && !recent.contains(&point.labels))
            .cloned()
            .collect();
        self.remember(&late, &HashSet::new(), at);
    }

    /// Counters of `observed` that were remembered from some time before, of which it matters whether that was before their
    /// process started: the place among its series, the start, and the moment up to which the value is known.
    pub fn undated(&self, observed: &Observed) -> Vec<(usize, TimeRange)> {
        let scene = Scene::new(observed, &self.rules, &self.counters, &self.targets, Falls::new());
        let undated = observed.series.iter().enumerate().filter_map(|(place, (series, role))| {
            let key = self.rules.counter_key(&series.labels, *role);
            let counter = self.counters.get(&key).filter(|counter| counter.is_missing())?;
            let first = series.samples.iter().find(|sample| usable(sample))?;
            let known = counter.counted_at();
            let start = scene.process_start(&series.labels, first.at)?;
            (start <= known && start > known - MEMORY).then_some((place, TimeRange::new(start, known)))
        });
        undated.collect()
    }

    /// Tells the tally that the last sample it remembers of a counter of `observed` is from before `start`.
    pub fn ended_before(&mut self, (series, role): &(Series, Role), start: Timestamp) {
        let key = self.rules.counter_key(&series.labels, *role);
        if let Some(counter) = self.counters.get_mut(&key) {
            counter.seen(start - Span::MILLISECOND, None, 0.0);
        }
    }

    /// Tells the tally that these targets were scraped successfully at some time up to `at`.
    pub fn remember_targets(&mut self, up: &[Point], at: Timestamp) {
        for point in up.iter().filter(|point| point.value > 0.0) {
            let key = target_key(&point.labels);
            let identity = self.rules.identity(&point.labels);
            let target = self.targets.or_insert(key, Target::default());
            target.known_since(at);
            target.known_as(identity, at);
        }
    }

    /// True when `observed` alone does not tell what a first value, or a change, of its counters means: the next thing to
    /// read is what else tells of them.
    pub fn has_doubts(&self, observed: &Observed) -> bool {
        let scene = Scene::new(observed, &self.rules, &self.counters, &self.targets, Falls::new());
        observed.series.iter().any(|(series, role)| {
            let key = self.rules.counter_key(&series.labels, *role);
            let known = self.counters.get(&key);
            let mut samples = series.samples.iter().filter(|sample| usable(sample));
            let Some(first) = samples.next() else { return false };
            let change = match known {
                None if !scene.has_kin(&series.labels, first.at) => return first.value > 0.0,
                None => None,
                Some(counter) => counter.change(*first, self.rules.replica(&series.labels)),
            };
            let mut before = *first;
            change.is_some_and(|change| change.is_doubtful())
                || samples.any(|sample| {
                    let change = Change {
                        last: before.value,
                        since: before.at,
                        gap: known.map_or(Counter::UNKNOWN_GAP, Counter::gap),
                        sample: *sample,
                    };
                    before = *sample;
                    change.is_doubtful()
                })
        })
    }

    /// When series of `observed` fell, by target.
    pub(super) fn falls(&self, observed: &Observed) -> Falls {
        let mut falls = Falls::new();
        let before: HashMap<(&Labels, Role), &[Sample]> = observed
            .before
            .iter()
            .map(|(series, role)| ((&series.labels, *role), &*series.samples))
            .collect();
        for (series, role) in &observed.series {
            let earlier = before.get(&(&series.labels, *role)).copied().unwrap_or_default();
            let known = || {
                let counter = self.counters.get(&self.rules.counter_key(&series.labels, *role))?;
                counter.last(self.rules.replica(&series.labels))
            };
            let mut last: Option<Sample> = if earlier.is_empty() { known() } else { None };
            for sample in earlier.iter().chain(&series.samples).filter(|sample| usable(sample)) {
                if let Some(last) = last.filter(|last| sample.value < last.value) {
                    let fall =
                        Fall { since: last.at, at: sample.at, far: fell_far(last.value, sample.value) };
                    falls.entry(target_key(&series.labels)).or_default().push(fall);
                }
                last = Some(*sample);
            }
        }
        falls
    }
}
