//! What happened, per bucket of time: what counting gives and ledgers keep. Pure data.

use crate::labels::Labels;

/// What happened in one bucket of time, `(end - length, end]`. The length is the ledger's step, or an hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bucket {
    /// Unix seconds, the last moment that belongs to the bucket.
    pub end: i64,
    /// Good events; at most `total`.
    pub good: f64,
    /// All events.
    pub total: f64,
    /// Seconds of the bucket for which the source had data.
    pub covered: f64,
}

/// The buckets of one group, in order of time. A bucket without events may be left out; one that has coverage may not.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBuckets {
    /// The group's labels; empty when the SLO is not split.
    pub group: Labels,
    /// In order of time.
    pub buckets: Vec<Bucket>,
}
