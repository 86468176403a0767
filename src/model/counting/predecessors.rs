//! Which new series go on from series that ended: a target, or one of its metrics, under other labels.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::lives::{Life, Lives};
use super::starts::target_key;
use crate::samples::Sample;
use slo_core::labels::Labels;
use slo_core::names::{JOB, LE, METRIC_NAME};
use slo_core::time::{Span, Timestamp};

/// How long before a series begins the one that it continues may have ended: an exporter's pod is replaced in that time.
pub const REACH: Span = Span::minutes(10);
/// How many times busier than before a counter may be, and still be the same one.
pub(super) const SURGE: f64 = 20.0;
/// In how many labels the two may differ.
const MOST_LABELS: usize = 4;
/// More pairs than this are not compared.
const MOST_PAIRS: usize = 200_000;

/// True when `value` events could have happened in `span` at `most_a_second`.
pub(super) fn could_be_reached(value: f64, most_a_second: f64, span: Span) -> bool {
    value <= most_a_second * span.as_seconds_f64().max(1.0)
}

/// The series that a new one goes on from.
pub(super) struct Predecessor<'a> {
    pub(super) labels: &'a Labels,
    pub(super) value: f64,
    /// A label was added or taken away.
    pub(super) renamed: bool,
}

/// The series that begin in one scrape of a target.
#[derive(Default)]
pub(super) struct Group<'a> {
    predecessors: HashMap<u64, Predecessor<'a>>,
    /// One came back lower than what it could have gone on from: a new process.
    fell: bool,
    /// The new series' values, and how busy their predecessors were.
    values: Vec<(f64, f64)>,
    at: Timestamp,
}

impl<'a> Group<'a> {
    /// The series that the counter `key` goes on from.
    pub(super) fn predecessor(&self, key: u64) -> Option<&Predecessor<'a>> {
        self.predecessors.get(&key).filter(|_| !self.fell)
    }

    /// True when some of the group go on from others.
    pub(super) fn continues(&self) -> bool {
        !self.fell && !self.predecessors.is_empty()
    }

    /// True when a process that began at `start` counted all of this itself: none goes on from another one, or all could have
    /// been reached since.
    pub(super) fn is_of_process(&self, start: Timestamp, most_a_second: f64) -> bool {
        let span = self.at - start;
        self.values.iter().all(|(value, rate)| {
            let most = if self.continues() { SURGE * (rate + 1.0) } else { most_a_second };
            could_be_reached(*value, most, span)
        })
    }
}

/// The groups of a pass, each looked for once.
#[derive(Default)]
pub(super) struct Groups<'a>(RefCell<HashMap<(u64, Timestamp), Rc<Group<'a>>>>);

impl<'a> Groups<'a> {
    /// What begins in the scrape of `target` at `at`.
    pub(super) fn of(&self, lives: &Lives<'a>, target: u64, at: Timestamp) -> Rc<Group<'a>> {
        let known = self.0.borrow().get(&(target, at)).cloned();
        known.unwrap_or_else(|| {
            let group = Rc::new(group(lives, target, at));
            self.0.borrow_mut().insert((target, at), Rc::clone(&group));
            group
        })
    }
}

/// Names of the labels in which two series differ.
type Difference<'a> = Vec<&'a str>;

/// A series that begins, and one that it may go on from.
struct Paired<'g, 'a> {
    one: &'g Life<'a>,
    /// The first value of the one.
    now: f64,
    other: &'g Life<'a>,
    /// The last sample of the other.
    last: &'a Sample,
}

impl<'a> Paired<'_, 'a> {
    fn predecessor(&self) -> Predecessor<'a> {
        let renamed = names_of(self.one.labels) != names_of(self.other.labels);
        Predecessor { labels: self.other.labels, value: self.last.value, renamed }
    }
}

fn group<'a>(lives: &Lives<'a>, target: u64, at: Timestamp) -> Group<'a> {
    let new: Vec<&Life<'a>> = lives.of_target(target).filter(|life| life.begins(at)).collect();
    let job = new.first().map_or("", |life| life.labels.get(JOB));
    // Another target's series has ended when it is overdue; this one's when they are not in the same scrape any more.
    let has_ended = |life: &&Life<'a>| {
        life.ended(at, REACH).is_some() && (target_key(life.labels) == target || life.is_overdue(at))
    };
    let ended: Vec<&Life<'a>> = lives.of_job(job).filter(has_ended).collect();
    let mut group = Group { at, ..Group::default() };
    let value = |life: &Life<'_>| life.value_at(at).unwrap_or_default();
    if ended.is_empty() || new.len().saturating_mul(ended.len()) > MOST_PAIRS {
        group.values = new.iter().map(|life| (value(life), 0.0)).collect();
        return group;
    }
    let mut pairs: BTreeMap<(Difference<'a>, u64), Vec<(&Life<'a>, &Life<'a>)>> = BTreeMap::new();
    for one in &new {
        for other in &ended {
            if let Some(difference) = difference(one, other, lives.replica_label) {
                pairs.entry((difference, target_key(other.labels))).or_default().push((*one, *other));
            }
        }
    }
    // What changed for a target changed for all of its series: the difference that most of them have, from one target, is the
    // one.
    let covered = |pairs: &[(&Life<'_>, &Life<'_>)]| {
        let mut keys: Vec<u64> = pairs.iter().map(|(one, _)| one.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    };
    let best = pairs.iter().max_by_key(|((names, other), pairs)| {
        (covered(pairs), *other == target, std::cmp::Reverse(names.len()))
    });
    let paired: Vec<Paired<'_, 'a>> = best
        .into_iter()
        .flat_map(|(_, pairs)| pairs)
        .filter_map(|(one, other)| {
            Some(Paired { one, now: value(one), other, last: other.ended(at, REACH)? })
        })
        .collect();
    let mut rates: HashMap<u64, f64> = HashMap::new();
    let mut lowest: HashMap<u64, (f64, f64)> = HashMap::new();
    for pair in paired.iter().filter(|pair| pair.last.value > 0.0) {
        let (key, before, rate) = (pair.one.key, pair.last.value, pair.other.rate_before(at));
        let gain = pair.now - before;
        // What goes on under another target's name hardly grew meanwhile; a zero tells of nothing that could go on.
        let most = if target_key(pair.other.labels) == target { f64::INFINITY } else { before };
        let goes_on =
            (0.0..=most).contains(&gain) && could_be_reached(gain, SURGE * (rate + 1.0), at - pair.last.at);
        if goes_on && group.predecessors.get(&key).is_none_or(|known| known.value < before) {
            group.predecessors.insert(key, pair.predecessor());
            rates.insert(key, rate);
        }
        let lowest = lowest.entry(key).or_insert((pair.now, before));
        lowest.1 = lowest.1.min(before);
    }
    group.fell = lowest.values().any(|(now, before)| now < before);
    // Of a target that goes on, what had a burst meanwhile goes on as well.
    if group.continues() {
        for pair in paired.iter().filter(|pair| (0.0..=pair.now).contains(&pair.last.value)) {
            group.predecessors.entry(pair.one.key).or_insert_with(|| pair.predecessor());
        }
    }
    group.values =
        new.iter().map(|life| (value(life), rates.get(&life.key).copied().unwrap_or_default())).collect();
    group
}

fn names_of(labels: &Labels) -> Vec<&str> {
    labels.iter().map(|(name, _)| name).collect()
}

/// The labels in which two series of one metric and one role differ; `None` for what cannot be one counter.
fn difference<'a>(one: &Life<'a>, other: &Life<'a>, replica: Option<&str>) -> Option<Difference<'a>> {
    if one.role != other.role || one.labels.get(METRIC_NAME) != other.labels.get(METRIC_NAME) {
        return None;
    }
    let mut names: Difference<'a> = Vec::new();
    for (name, value) in one.labels {
        if other.labels.get(name) != value {
            names.push(name);
        }
    }
    for (name, _) in other.labels {
        if one.labels.get(name).is_empty() {
            names.push(name);
        }
    }
    names.retain(|name| Some(*name) != replica);
    names.sort_unstable();
    (!names.is_empty() && names.len() <= MOST_LABELS && !names.contains(&LE)).then_some(names)
}
