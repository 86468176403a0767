//! Samples as sources give them and counting takes them. Pure data.

use slo_core::labels::Labels;
use slo_core::time::Timestamp;

/// More than this is no number of events. Every sum of years of buckets below it is finite.
pub const MOST_EVENTS: f64 = 1e18;

/// One sample: a moment, and a value that may be NaN or infinite as servers send them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// As the server stored it.
    pub value: f64,
}

/// A series with its samples, in order of time, at most one a millisecond.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The series' labels, with `__name__` if it has one.
    pub labels: Labels,
    /// In order of time.
    pub samples: Vec<Sample>,
}

/// One element of an instant vector; a scalar has no labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The element's labels.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
}
