//! A length of time.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Rem, Sub, SubAssign};
use std::time::Duration;

/// A length of time in milliseconds, which may be negative: what lies between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// None at all.
    pub const ZERO: Self = Self(0);
    /// A millisecond, the shortest there is.
    pub const MILLISECOND: Self = Self(1);
    /// A second.
    pub const SECOND: Self = Self(1000);
    /// The longest.
    pub const MAX: Self = Self(i64::MAX);

    /// So many milliseconds.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// So many seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// So many minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes.saturating_mul(60_000))
    }

    /// So many hours.
    pub const fn hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3_600_000))
    }

    /// So many times 24 hours.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(86_400_000))
    }

    /// In milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// In whole seconds, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// In seconds, with the fraction.
    pub fn as_seconds_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// True when it is a whole number of seconds.
    pub const fn is_whole_seconds(self) -> bool {
        self.0 % 1000 == 0
    }

    /// The same length without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// For the standard library and the runtime, which know no negative lengths: those become zero.
    pub fn to_std(self) -> Duration {
        Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

impl From<Duration> for Span {
    /// Rounded down to milliseconds.
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Span {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Span {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul<i64> for Span {
    type Output = Self;

    fn mul(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Div<i64> for Span {
    type Output = Self;

    /// Rounded towards zero; by zero it is zero.
    fn div(self, parts: i64) -> Self {
        Self(self.0.checked_div(parts).unwrap_or(0))
    }
}

impl Div for Span {
    type Output = i64;

    /// How many times the other fits in, rounded towards zero; into nothing, none.
    fn div(self, other: Self) -> i64 {
        self.0.checked_div(other.0).unwrap_or(0)
    }
}

impl Rem for Span {
    type Output = Self;

    /// What is left when the other is taken out as often as it fits.
    fn rem(self, other: Self) -> Self {
        Self(self.0.checked_rem(other.0).unwrap_or(0))
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::short::{ms, secs};

    #[test]
    fn units() {
        assert_eq!(Span::minutes(2), secs(120));
        assert_eq!(Span::hours(24), Span::days(1));
        assert_eq!((ms(1999).as_seconds(), ms(-1).as_seconds(), ms(1500).as_seconds_f64()), (1, -1, 1.5));
        assert_eq!(secs(i64::MAX), Span::MAX);
        assert!(secs(5).is_whole_seconds() && !ms(5).is_whole_seconds());
    }

    #[test]
    fn arithmetic() {
        assert_eq!(secs(90) / secs(60), 1);
        assert_eq!(secs(90) % secs(60), secs(30));
        assert_eq!((secs(90) / 2, secs(90) * 2, -secs(90)), (secs(45), secs(180), secs(-90)));
        assert_eq!((secs(1) / Span::ZERO, secs(1) % Span::ZERO, secs(1) / 0), (0, Span::ZERO, Span::ZERO));
        assert_eq!([secs(1), ms(2)].into_iter().sum::<Span>(), ms(1002));
    }

    #[test]
    fn the_standard_librarys_lengths() {
        assert_eq!(Span::from(Duration::from_micros(1999)), ms(1));
        assert_eq!(Span::from(Duration::MAX), Span::MAX);
        assert_eq!((ms(7).to_std(), ms(-7).to_std()), (Duration::from_millis(7), Duration::ZERO));
    }
}
