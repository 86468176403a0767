//! Time: instants, lengths and ranges, so that milliseconds and seconds, or a moment and a length, are not taken for each
//! other. Pure: no clock is read here.
//!
//! All count milliseconds in 64 bits, and what would leave those stays at their end. What is written elsewhere in another
//! unit (a database's column, a query's parameter, a metric) is converted where it is written.

mod range;
pub mod short;
mod span;
mod stored;

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

pub use range::TimeRange;
pub use span::Span;
pub use stored::{Stored, as_ms, as_seconds};

/// A moment: milliseconds since the epoch, 1970-01-01T00:00:00Z. By default the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// Before every other.
    pub const MIN: Self = Self(i64::MIN);
    /// After every other.
    pub const MAX: Self = Self(i64::MAX);

    /// From milliseconds since the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// From seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// From seconds since the epoch with a fraction, to the nearest millisecond; NaN is the epoch.
    pub fn from_seconds_f64(seconds: f64) -> Self {
        Self((seconds * 1000.0).round() as i64)
    }

    /// Milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds since the epoch, with the fraction.
    pub fn as_seconds_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The last multiple of `step` (since the epoch) that is not later; itself when `step` is not positive.
    #[must_use]
    pub const fn align_down(self, step: Span) -> Self {
        if step.ms() <= 0 { self } else { Self(self.0.saturating_sub(self.0.rem_euclid(step.ms()))) }
    }

    /// The first multiple of `step` (since the epoch) that is not earlier.
    #[must_use]
    pub fn align_up(self, step: Span) -> Self {
        let down = self.align_down(step);
        if down == self { self } else { down + step }
    }

    /// The same moment of the calendar, in UTC; beyond its years, `None`.
    pub fn datetime(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }

    /// As RFC 3339 in UTC with whole seconds, rounded down; what the calendar does not reach becomes the epoch.
    pub fn rfc3339_seconds(self) -> String {
        self.datetime().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

impl<Zone: TimeZone> From<DateTime<Zone>> for Timestamp {
    fn from(time: DateTime<Zone>) -> Self {
        Self(time.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds; beyond the calendar, the milliseconds themselves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.datetime() {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    /// Reads RFC 3339.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(Self::from)
    }
}

impl Sub for Timestamp {
    type Output = Span;

    fn sub(self, earlier: Self) -> Span {
        Span::from_ms(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.ms()))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.ms()))
    }
}

impl AddAssign<Span> for Timestamp {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl SubAssign<Span> for Timestamp {
    fn sub_assign(&mut self, span: Span) {
        *self = *self - span;
    }
}

#[cfg(test)]
mod tests {
    use super::short::{at, at_ms, ms, secs};
    use super::*;

    #[test]
    fn seconds_and_milliseconds_meet_here_alone() {
        assert_eq!(at(90), at_ms(90_000));
        assert_eq!((at_ms(-1).seconds(), at_ms(1999).seconds()), (-1, 1));
        assert_eq!(Timestamp::from_seconds_f64(1.2346), at_ms(1235));
        assert_eq!(Timestamp::from_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(at_ms(1500).as_seconds_f64(), 1.5);
    }

    #[test]
    fn arithmetic_stays_inside() {
        assert_eq!(at(90) - at(30), secs(60));
        assert_eq!(at(90) - secs(100) + ms(1), at_ms(-9999));
        assert_eq!(Timestamp::MAX + secs(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN - secs(1), Timestamp::MIN);
        assert_eq!(Timestamp::MAX - Timestamp::MIN, Span::MAX);
    }

    #[test]
    fn steps_are_counted_from_the_epoch() {
        assert_eq!((at(95).align_down(secs(30)), at(95).align_up(secs(30))), (at(90), at(120)));
        assert_eq!((at(90).align_down(secs(30)), at(90).align_up(secs(30))), (at(90), at(90)));
        assert_eq!(at(-1).align_down(secs(30)), at(-30));
        assert_eq!(at(7).align_down(Span::ZERO), at(7));
    }

    #[test]
    fn people_read_rfc3339() {
        let time: Timestamp = "2026-01-02T03:04:05.678+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-01-02T02:04:05.678Z");
        assert_eq!(time.rfc3339_seconds(), "2026-01-02T02:04:05Z");
        assert_eq!(Timestamp::MAX.rfc3339_seconds(), "1970-01-01T00:00:00Z");
    }
}
