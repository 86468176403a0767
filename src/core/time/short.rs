//! Short names, for literals in tests.

use super::{Span, TimeRange, Timestamp};

/// So many seconds after the epoch.
pub const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// So many milliseconds after the epoch.
pub const fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// So many seconds.
pub const fn secs(seconds: i64) -> Span {
    Span::from_seconds(seconds)
}

/// So many milliseconds.
pub const fn ms(ms: i64) -> Span {
    Span::from_ms(ms)
}

/// Between two moments in seconds after the epoch.
pub const fn range(after: i64, until: i64) -> TimeRange {
    TimeRange::new(at(after), at(until))
}
