//! The time an objective is held over: rolling, or aligned to a calendar.

use std::fmt;
use std::str::FromStr;

use super::calendar::Calendar;
use slo_core::duration;
use slo_core::time::{Span, TimeRange, Timestamp};

/// The length of a rolling window, in whole seconds, at least one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowLength(Span);

/// Why a text is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not `<number><unit>`.
    #[error("{0:?} is not a valid duration; write a whole number and one of m, h, d, w, M, Q, Y, e.g. 30d")]
    Shape(String),
    /// Too short or too long.
    #[error("{0:?} is out of range; a window lasts from 1 minute to 10 years")]
    Range(String),
}

impl WindowLength {
    /// A length from one minute to ten years.
    pub fn new(length: Span) -> Result<Self, WindowError> {
        if (Span::minutes(1)..=Span::days(10 * 365)).contains(&length) && length.is_whole_seconds() {
            Ok(Self(length))
        } else {
            Err(WindowError::Range(duration::format(length)))
        }
    }

    /// As any other length of time.
    pub fn span(self) -> Span {
        self.0
    }
}

impl FromStr for WindowLength {
    type Err = WindowError;

    /// Reads `OpenSLO`'s duration shorthand. A rolling month is 30 days, a quarter 90, a year 365.
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let (count, unit) = split_shorthand(text)?;
        let size = match unit {
            "m" => Span::minutes(1),
            "h" => Span::hours(1),
            "d" => Span::days(1),
            "w" => Span::days(7),
            "M" => Span::days(30),
            "Q" => Span::days(90),
            "Y" => Span::days(365),
            _ => return Err(WindowError::Shape(text.to_owned())),
        };
        // What is too long for a span is its longest, and out of range.
        Self::new(size * i64::from(count)).map_err(|_| WindowError::Range(text.to_owned()))
    }
}

impl fmt::Display for WindowLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration::format(self.0))
    }
}

/// Splits `30d` into 30 and `d`.
pub(super) fn split_shorthand(text: &str) -> Result<(u32, &str), WindowError> {
    let read = || {
        let (count, unit) = duration::number_and_unit(text)?;
        Some((u32::try_from(count).ok().filter(|count| *count > 0)?, unit))
    };
    read().ok_or_else(|| WindowError::Shape(text.to_owned()))
}

/// The window of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last so long, always.
    Rolling(WindowLength),
    /// From one turn of a calendar to the next.
    Calendar(Calendar),
}

impl Window {
    /// The whole window that `at` falls into. A rolling one ends at `at`; a calendar one usually ends later.
    /// The last moment of a calendar window belongs to it: windows are left-open.
    pub fn whole(&self, at: Timestamp) -> TimeRange {
        match self {
            Self::Rolling(length) => TimeRange::ending(at, length.span()),
            Self::Calendar(calendar) => calendar.period(at),
        }
    }

    /// The part of the window that has happened at `at`.
    pub fn elapsed(&self, at: Timestamp) -> TimeRange {
        let whole = self.whole(at);
        TimeRange { until: whole.until.min(at), ..whole }
    }

    /// Rolling or not.
    pub fn is_rolling(&self) -> bool {
        match self {
            Self::Rolling(_) => true,
            Self::Calendar(_) => false,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(length) => length.fmt(f),
            Self::Calendar(calendar) => calendar.fmt(f),
        }
    }
}
