//! The time an objective is held over: rolling, or aligned to a calendar.

use std::fmt;
use std::str::FromStr;

use super::calendar::Calendar;
use slo_core::time::Span;

/// The length of a rolling window, in whole seconds, at least one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowLength(i64);

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
    /// A length in seconds, from one minute to ten years.
    pub fn from_seconds(seconds: i64) -> Result<Self, WindowError> {
        if (60..=10 * 365 * 86_400).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(WindowError::Range(format!("{seconds}s")))
        }
    }

    /// In seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for WindowLength {
    type Err = WindowError;

    /// Reads `OpenSLO`'s duration shorthand. A rolling month is 30 days, a quarter 90, a year 365.
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let (count, unit) = split_shorthand(text)?;
        let size = match unit {
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            "M" => 30 * 86_400,
            "Q" => 90 * 86_400,
            "Y" => 365 * 86_400,
            _ => return Err(WindowError::Shape(text.to_owned())),
        };
        let seconds =
            i64::from(count).checked_mul(size).ok_or_else(|| WindowError::Range(text.to_owned()))?;
        Self::from_seconds(seconds).map_err(|_| WindowError::Range(text.to_owned()))
    }
}

impl fmt::Display for WindowLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&slo_core::duration::format(Span::from_seconds(self.0)))
    }
}

/// Splits `30d` into 30 and `d`.
pub(super) fn split_shorthand(text: &str) -> Result<(u32, &str), WindowError> {
    let read = || {
        let (count, unit) = slo_core::duration::number_and_unit(text)?;
        Some((u32::try_from(count).ok().filter(|count| *count > 0)?, unit))
    };
    read().ok_or_else(|| WindowError::Shape(text.to_owned()))
}

/// A stretch of time, left-open: `(start, end]`, in unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Not part of it.
    pub start: i64,
    /// Part of it.
    pub end: i64,
}

impl Period {
    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        self.end - self.start
    }
}

/// The window of an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last so many seconds, always.
    Rolling(WindowLength),
    /// From one turn of a calendar to the next.
    Calendar(Calendar),
}

impl Window {
    /// The whole window that `at` falls into. A rolling one ends at `at`; a calendar one usually ends later.
    /// The last second of a calendar window belongs to it: windows are left-open.
    pub fn whole(&self, at: i64) -> Period {
        match self {
            Self::Rolling(length) => Period { start: at - length.seconds(), end: at },
            Self::Calendar(calendar) => calendar.period(at),
        }
    }

    /// The part of the window that has happened at `at`.
    pub fn elapsed(&self, at: i64) -> Period {
        let whole = self.whole(at);
        Period { start: whole.start, end: whole.end.min(at) }
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
