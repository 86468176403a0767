//! Samples as sources give them and counting takes them. Pure data.

use slo_core::labels::Labels;

/// More than this is no number of events. Every sum of years of buckets below it is finite.
pub const MOST_EVENTS: f64 = 1e18;

/// One sample: milliseconds since the epoch, and a value that may be NaN or infinite as servers send them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
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

/// Milliseconds `(after, until]`: left-open, as every window here is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Not part of it.
    pub after_ms: i64,
    /// Part of it.
    pub until_ms: i64,
}

impl Span {
    /// A span between two unix seconds.
    pub fn seconds(after: i64, until: i64) -> Self {
        Self { after_ms: after * 1000, until_ms: until * 1000 }
    }
}
