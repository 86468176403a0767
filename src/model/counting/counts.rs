//! What counting is given and what it answers.

use crate::samples::Series;
use slo_core::labels::Labels;
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
}

/// Newly read samples, all of the same stretch of time.
#[derive(Debug, Default)]
pub struct Observed {
    /// The counters.
    pub series: Vec<(Series, Role)>,
    /// `up` of their targets; empty when the source has none.
    pub up: Vec<Series>,
    /// `process_start_time_seconds` of their targets, when [`Tally::has_unknown_births`](super::Tally::has_unknown_births) asks for it.
    pub process_starts: Vec<Series>,
    /// The counters' `_created` series, when asked for; their metric name is of no account.
    pub created: Vec<Series>,
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

/// What one pass counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// In order of their labels.
    pub groups: Vec<GroupCounts>,
    /// Seconds of each bucket for which at least one target was scraped.
    pub covered: Vec<f64>,
    /// The newest sample of any counter.
    pub last_sample: Option<Timestamp>,
    /// First values that were taken for history.
    pub not_counted: usize,
    /// Samples that are no counter's value: NaN, infinite, negative or beyond [`MOST_EVENTS`](crate::samples::MOST_EVENTS).
    pub unusable: usize,
}
