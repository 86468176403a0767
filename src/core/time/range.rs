//! What lies between two moments.

use super::{Span, Timestamp};

/// A stretch of time `(after, until]`: left-open, as every window here is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// Not part of it.
    pub after: Timestamp,
    /// Part of it.
    pub until: Timestamp,
}

impl TimeRange {
    /// From `after` to `until`.
    pub const fn new(after: Timestamp, until: Timestamp) -> Self {
        Self { after, until }
    }

    /// The `length` that ends at `until`.
    pub fn ending(until: Timestamp, length: Span) -> Self {
        Self { after: until - length, until }
    }

    /// How long it is.
    pub fn length(self) -> Span {
        self.until - self.after
    }

    /// True when the moment is part of it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.after < at && at <= self.until
    }
}
