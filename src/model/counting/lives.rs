//! The series of a pass as long as they are known: the samples that were read, and those of a while before.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::counts::{Observed, Role, Rules};
use super::predecessors::{SURGE, could_be_reached};
use super::series::Counter;
use super::starts::target_key;
use crate::samples::{MOST_EVENTS, Sample};
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::sorted::Sorted;
use slo_core::time::{Span, Timestamp};

/// Samples this close to each other are of one scrape.
pub(super) const SAME_SCRAPE: Span = Span::from_seconds(1);
/// The time between scrapes where only siblings tell that there were any.
pub(super) const USUAL_GAP: Span = Span::minutes(1);

/// True for a value that a counter can have.
pub(super) fn usable(sample: &Sample) -> bool {
    (0.0..=MOST_EVENTS).contains(&sample.value)
}

/// When the newest sample of a series was, and the time between that and the one before; `back` begins with the newest.
pub(super) fn last_and_gap<'s>(
    mut back: impl Iterator<Item = &'s Sample>,
) -> Option<(Timestamp, Option<Span>)> {
    let last = back.next()?.at;
    Some((last, back.next().map(|earlier| last - earlier.at)))
}

/// One series.
pub(super) struct Life<'a> {
    pub(super) labels: &'a Labels,
    pub(super) role: Role,
    pub(super) key: u64,
    before: &'a [Sample],
    now: &'a [Sample],
    /// It is known from earlier passes.
    known: bool,
}

impl<'a> Life<'a> {
    fn samples(&self) -> impl DoubleEndedIterator<Item = &'a Sample> + use<'a> {
        self.before.iter().chain(self.now).filter(|sample| usable(sample))
    }

    /// The last sample before the scrape of `at`.
    pub(super) fn last_before(&self, at: Timestamp) -> Option<&'a Sample> {
        let until = at - SAME_SCRAPE;
        let last = |samples: &'a [Sample]| {
            let end = samples.partition_point(|sample| sample.at <= until);
            samples.get(..end)?.iter().rfind(|sample| usable(sample))
        };
        last(self.now).or_else(|| last(self.before))
    }

    /// When it was last seen up to `until`, and the time between that and the sample before.
    pub(super) fn last_seen(&self, until: Timestamp) -> Option<(Timestamp, Option<Span>)> {
        last_and_gap(self.samples().rev().skip_while(|sample| sample.at > until))
    }

    /// True when it should have been seen again before the scrape of `at`.
    pub(super) fn is_overdue(&self, at: Timestamp) -> bool {
        self.last_seen(at - SAME_SCRAPE)
            .is_some_and(|(last, gap)| at - last > gap.unwrap_or(USUAL_GAP).min(USUAL_GAP) * 3 / 2)
    }

    /// The first sample in or after the scrape of `at`.
    fn from(&self, at: Timestamp) -> Option<&'a Sample> {
        let first = |samples: &'a [Sample]| {
            let begin = samples.partition_point(|sample| sample.at <= at - SAME_SCRAPE);
            samples.get(begin..)?.iter().find(|sample| usable(sample))
        };
        first(self.before).or_else(|| first(self.now))
    }

    /// The value in the scrape of `at`.
    pub(super) fn value_at(&self, at: Timestamp) -> Option<f64> {
        self.from(at).filter(|sample| sample.at < at + SAME_SCRAPE).map(|sample| sample.value)
    }

    fn went_on(&self, at: Timestamp) -> bool {
        self.value_at(at).is_some() && (self.known || self.last_before(at).is_some())
    }

    /// True when it is first seen in the scrape of `at`.
    pub(super) fn begins(&self, at: Timestamp) -> bool {
        !self.known && self.value_at(at).is_some() && self.last_before(at).is_none()
    }

    /// Its last sample, when it was seen within `reach` before `at` and is not in the scrape of `at`. Nothing later is asked:
    /// what a sample counts depends only on earlier ones.
    pub(super) fn ended(&self, at: Timestamp, reach: Span) -> Option<&'a Sample> {
        let last = self.last_before(at).filter(|last| last.at >= at - reach)?;
        self.value_at(at).is_none().then_some(last)
    }

    /// Events a second before `at`, over what is known of it.
    pub(super) fn rate_before(&self, at: Timestamp) -> f64 {
        let mut known = self.samples().filter(|sample| sample.at <= at - SAME_SCRAPE);
        let Some(first) = known.next() else { return 0.0 };
        let last = known.next_back().unwrap_or(first);
        (last.value - first.value).max(0.0) / (last.at - first.at).as_seconds_f64().max(1.0)
    }

    /// True when a process that began at `start` could have counted up to `value`, as busy as it was before.
    pub(super) fn is_reachable(&self, value: f64, start: Timestamp, at: Timestamp) -> bool {
        could_be_reached(value, SURGE * (self.rate_before(start) + 1.0), at - start)
    }
}

/// One `up`.
pub(super) struct UpSeries<'a> {
    pub(super) identity: u64,
    samples: &'a [Sample],
}

impl UpSeries<'_> {
    /// The first scrape that worked.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.samples.iter().find(|sample| sample.value > 0.0).map(|sample| sample.at)
    }

    /// The last scrape up to `until` that worked.
    pub(super) fn last(&self, until: Timestamp) -> Option<Timestamp> {
        let end = self.samples.partition_point(|sample| sample.at <= until);
        self.samples.get(..end)?.iter().rfind(|sample| sample.value > 0.0).map(|sample| sample.at)
    }
}

/// Hashes of metric and label names.
type Kinds = Rc<HashSet<u64>>;

/// All series of a pass.
pub(super) struct Lives<'a> {
    all: Vec<Life<'a>>,
    by_key: HashMap<u64, Vec<usize>>,
    by_target: HashMap<u64, Vec<usize>>,
    by_job: HashMap<&'a str, Vec<usize>>,
    ups: HashMap<u64, Vec<UpSeries<'a>>>,
    pub(super) replica_label: Option<&'a str>,
    went_on: RefCell<HashMap<(u64, Timestamp), Kinds>>,
}

impl<'a> Lives<'a> {
    pub(super) fn of(observed: &'a Observed, rules: &'a Rules, counters: &Sorted<u64, Counter>) -> Self {
        let mut lives = Self {
            all: Vec::new(),
            by_key: HashMap::new(),
            by_target: HashMap::new(),
            by_job: HashMap::new(),
            ups: HashMap::new(),
            replica_label: rules.replica_label.as_deref(),
            went_on: RefCell::default(),
        };
        let mut places: HashMap<u64, usize> = HashMap::new();
        for (series, role) in &observed.series {
            places.insert(series_hash(&series.labels, *role), lives.all.len());
            let key = rules.counter_key(&series.labels, *role);
            let known = counters.contains_key(&key);
            let (labels, now) = (&series.labels, series.samples.as_slice());
            lives.all.push(Life { labels, role: *role, key, before: &[], now, known });
        }
        for (series, role) in &observed.before {
            let place = places.get(&series_hash(&series.labels, *role)).copied();
            if let Some(life) = place.and_then(|place| lives.all.get_mut(place)) {
                life.before = &series.samples;
            } else {
                let (labels, before) = (&series.labels, series.samples.as_slice());
                let key = rules.counter_key(labels, *role);
                lives.all.push(Life { labels, role: *role, key, before, now: &[], known: true });
            }
        }
        for (place, life) in lives.all.iter().enumerate() {
            lives.by_key.entry(life.key).or_default().push(place);
            lives.by_target.entry(target_key(life.labels)).or_default().push(place);
            lives.by_job.entry(life.labels.get(slo_core::names::JOB)).or_default().push(place);
        }
        for up in &observed.up {
            let series = UpSeries { identity: rules.identity(&up.labels), samples: &up.samples };
            lives.ups.entry(target_key(&up.labels)).or_default().push(series);
        }
        lives
    }

    /// The series of a target.
    pub(super) fn of_target(&self, target: u64) -> impl Iterator<Item = &Life<'a>> {
        let places = self.by_target.get(&target);
        places.into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// The series of a job.
    pub(super) fn of_job(&self, job: &str) -> impl Iterator<Item = &Life<'a>> {
        let places = self.by_job.get(job);
        places.into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// The `up` series of a target.
    pub(super) fn ups(&self, target: u64) -> &[UpSeries<'a>] {
        self.ups.get(&target).map_or(&[], Vec::as_slice)
    }

    /// The series of a counter, one for each replica.
    pub(super) fn of_key(&self, key: u64) -> impl Iterator<Item = &Life<'a>> {
        self.by_key.get(&key).into_iter().flatten().filter_map(|place| self.all.get(*place))
    }

    /// The first sample of a counter, as far as this pass tells.
    pub(super) fn first_sample(&self, key: u64) -> Option<Sample> {
        let first = self.of_key(key).filter_map(|life| life.samples().next());
        first.min_by_key(|sample| sample.at).copied()
    }

    /// The kinds of series (metric and label names) of which one of the target's went on through the scrape of `at`.
    pub(super) fn went_on(&self, target: u64, at: Timestamp) -> Kinds {
        let known = self.went_on.borrow().get(&(target, at)).cloned();
        known.unwrap_or_else(|| {
            let lives = self.of_target(target).filter(|life| life.went_on(at));
            let kinds: Kinds = Rc::new(lives.map(|life| self.kind(life.labels)).collect());
            self.went_on.borrow_mut().insert((target, at), Rc::clone(&kinds));
            kinds
        })
    }

    /// What series of one metric with the same label names share.
    pub(super) fn kind(&self, labels: &Labels) -> u64 {
        let mut hasher = DefaultHasher::new();
        labels.get(METRIC_NAME).hash(&mut hasher);
        for (name, _) in labels.iter().filter(|(name, _)| Some(*name) != self.replica_label) {
            name.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// When the target was last scraped before the scrape of `at`, as far as this pass tells.
    pub(super) fn last_scrape(&self, target: u64, at: Timestamp) -> Option<Timestamp> {
        let ups = self.ups(target).iter().filter_map(|up| up.last(at - SAME_SCRAPE));
        let own = self.of_target(target).filter_map(|life| life.last_before(at)).map(|sample| sample.at);
        ups.chain(own).max()
    }
}

fn series_hash(labels: &Labels, role: Role) -> u64 {
    let mut hasher = DefaultHasher::new();
    (labels, role).hash(&mut hasher);
    hasher.finish()
}
