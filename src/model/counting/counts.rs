//! What counting is given and what it answers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::AddAssign;

use super::MAX_GROUPS;
use super::evidence::Decision;
use crate::samples::Series;
use crate::slo::FirstValues;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::Timestamp;

/// How often what a series counts is added: 1 where it is part of a sum, -1 where it is taken off, 0 where it is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Role {
    /// To the numerator: the good events, or the bad ones.
    pub numerator: i8,
    /// To the total.
    pub total: i8,
}

/// What decides how series are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Labels that split the counts into groups.
    pub group_by: Vec<String>,
    /// The label that tells replicas of one Prometheus apart.
    pub replica_label: Option<String>,
    /// Counting began here: what was created later was born, what was created earlier is history.
    pub counted_from: Timestamp,
    /// The query names its targets, so that `up` tells of them before they have any of its series. Otherwise a job is
    /// one of the SLO's from the first sample that says so.
    pub targets_named: bool,
    /// What becomes of first values that nothing dates.
    pub first_values: FirstValues,
    /// How many groups get a place of their own even without bad events.
    pub max_groups: usize,
    /// The numerator counts bad events.
    pub bad: bool,
    /// Decisions are listed in [`Counted::decisions`].
    pub explain: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            group_by: Vec::new(),
            replica_label: None,
            counted_from: Timestamp::default(),
            targets_named: false,
            first_values: FirstValues::default(),
            max_groups: MAX_GROUPS,
            bad: false,
            explain: false,
        }
    }
}

impl Rules {
    /// A target's `up` under all its labels, in every replica; without the name, which some functions drop.
    pub(super) fn identity(&self, labels: &Labels) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash_labels(labels.iter().filter(|(name, _)| *name != METRIC_NAME), &mut hasher);
        hasher.finish()
    }

    /// A counter: a series and what it counts for, in every replica.
    pub(super) fn counter_key(&self, labels: &Labels, role: Role) -> u64 {
        let mut hasher = DefaultHasher::new();
        role.hash(&mut hasher);
        self.hash_labels(labels.iter(), &mut hasher);
        hasher.finish()
    }

    fn hash_labels<'a>(&self, labels: impl Iterator<Item = (&'a str, &'a str)>, hasher: &mut DefaultHasher) {
        for (name, value) in labels {
            if self.replica_label.as_deref() != Some(name) {
                (name, value).hash(hasher);
            }
        }
    }

    /// A number for the series' replica that depends on its name alone.
    pub(super) fn replica(&self, labels: &Labels) -> u64 {
        let Some(label) = &self.replica_label else { return 0 };
        let mut hasher = DefaultHasher::new();
        labels.get(label).hash(&mut hasher);
        hasher.finish()
    }
}

impl Counted {
    /// True when the sums are not just what happened: values fell without a restart, are no counter's, or a
    /// threshold lies inside of a bucket.
    pub fn is_uncertain(&self) -> bool {
        self.small_falls > 0 || self.deltas.0 > 0 || self.undecided > 0.0
    }
}

/// Newly read samples, all of the same stretch of time.
#[derive(Debug, Default)]
pub struct Observed {
    /// The counters.
    pub series: Vec<(Series, Role)>,
    /// `up` of their targets; empty when the source has none.
    pub up: Vec<Series>,
    /// `process_start_time_seconds` of their targets, when [`Tally::has_doubts`](super::Tally::has_doubts) asks for it.
    pub process_starts: Vec<Series>,
    /// The counters' `_created` series, when asked for; their metric name is of no account.
    pub created: Vec<Series>,
    /// The counters' samples of the [`REACH`](super::REACH) before, when asked for.
    pub before: Vec<(Series, Role)>,
}

/// The counts of one group, per bucket of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCounts {
    /// The group's labels.
    pub group: Labels,
    /// Events of the numerator.
    pub numerator: Vec<f64>,
    /// All events.
    pub total: Vec<f64>,
}

/// Events that were not counted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LeftOut {
    /// Of how many series.
    pub series: usize,
    /// How many of the numerator.
    pub numerator: f64,
    /// How many of the total.
    pub total: f64,
}

impl LeftOut {
    /// Adds `events` of a series.
    pub fn add(&mut self, events: f64, role: Role) {
        self.series += 1;
        self.numerator += events * f64::from(role.numerator);
        self.total += events * f64::from(role.total);
    }
}

impl AddAssign for LeftOut {
    fn add_assign(&mut self, more: Self) {
        self.series += more.series;
        self.numerator += more.numerator;
        self.total += more.total;
    }
}

/// The most decisions that are listed.
pub const MOST_DECISIONS: usize = 10_000;

/// What one pass counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// In order of their labels.
    pub groups: Vec<GroupCounts>,
    /// Seconds of each bucket for which at least one target was scraped.
    pub covered: Vec<f64>,
    /// The newest sample of any counter.
    pub last_sample: Option<Timestamp>,
    /// First values that were taken for history, because nothing dates them.
    pub history: LeftOut,
    /// Falls that were not taken for restarts.
    pub small_falls: usize,
    /// Events of series that are neither the numerator's nor the total's: those around a native histogram's threshold, of which
    /// nobody knows on which side they are.
    pub undecided: f64,
    /// Series that fall as no counter does, and one of them.
    pub deltas: (usize, Option<Labels>),
    /// What was decided about births, restarts and continuations, when [`Rules::explain`] asks; at most [`MOST_DECISIONS`].
    pub decisions: Vec<Decision>,
    /// Samples that are no counter's value: NaN, infinite, negative or beyond [`MOST_EVENTS`](crate::samples::MOST_EVENTS).
    pub unusable: usize,
}
