//! Calendar windows: a start in local time, repeated every so many days, weeks, months, quarters or years.

use std::fmt;

use chrono::{Days, Duration, LocalResult, Months, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::window::{WindowError, split_shorthand};
use slo_core::time::{Span, TimeRange, Timestamp};

/// The unit a calendar window counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarUnit {
    /// Minutes of elapsed time.
    Minutes,
    /// Hours of elapsed time.
    Hours,
    /// Local days, of 23, 24 or 25 hours.
    Days,
    /// Seven local days.
    Weeks,
    /// Calendar months.
    Months,
    /// Three calendar months.
    Quarters,
    /// Calendar years.
    Years,
}

/// A calendar-aligned window: `count` units from `start`, and again, forwards and backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    start: NaiveDateTime,
    zone: Tz,
    count: u32,
    unit: CalendarUnit,
}

impl Calendar {
    /// A window of `shorthand` (e.g. `1M`) repeated from `start`, local time in `zone`.
    pub fn new(shorthand: &str, start: NaiveDateTime, zone: Tz) -> Result<Self, WindowError> {
        let (count, letter) = split_shorthand(shorthand)?;
        let unit = match letter {
            "m" => CalendarUnit::Minutes,
            "h" => CalendarUnit::Hours,
            "d" => CalendarUnit::Days,
            "w" => CalendarUnit::Weeks,
            "M" => CalendarUnit::Months,
            "Q" => CalendarUnit::Quarters,
            "Y" => CalendarUnit::Years,
            _ => return Err(WindowError::Shape(shorthand.to_owned())),
        };
        let days = i64::from(count)
            * match unit {
                CalendarUnit::Minutes | CalendarUnit::Hours => 0,
                CalendarUnit::Days => 1,
                CalendarUnit::Weeks => 7,
                CalendarUnit::Months => 31,
                CalendarUnit::Quarters => 92,
                CalendarUnit::Years => 366,
            };
        if days > 3660 || count > 5_256_000 {
            return Err(WindowError::Range(shorthand.to_owned()));
        }
        Ok(Self { start, zone, count, unit })
    }

    /// The window `(start, end]` that contains `at`.
    pub fn period(&self, at: Timestamp) -> TimeRange {
        let mut turn = self.guess(at);
        // The guess is at most a turn or two off: months differ in length and clocks change by hours.
        while self.turn(turn) >= at {
            turn -= 1;
        }
        while self.turn(turn + 1) < at {
            turn += 1;
        }
        TimeRange::new(self.turn(turn), self.turn(turn + 1))
    }

    /// The window's length as its definition says it, e.g. `1M`.
    pub fn shorthand(&self) -> String {
        let letter = match self.unit {
            CalendarUnit::Minutes => 'm',
            CalendarUnit::Hours => 'h',
            CalendarUnit::Days => 'd',
            CalendarUnit::Weeks => 'w',
            CalendarUnit::Months => 'M',
            CalendarUnit::Quarters => 'Q',
            CalendarUnit::Years => 'Y',
        };
        format!("{}{letter}", self.count)
    }

    /// The IANA time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// No turn of it is longer: a month has at most 31 days and a day at most 25 hours.
    pub fn longest(&self) -> Span {
        let days = |days: i64| Span::days(days) + Span::hours(1);
        let count = i64::from(self.count);
        match self.unit {
            CalendarUnit::Minutes => Span::minutes(count),
            CalendarUnit::Hours => Span::hours(count),
            CalendarUnit::Days => days(count),
            CalendarUnit::Weeks => days(count * 7),
            CalendarUnit::Months => days(count * 31),
            CalendarUnit::Quarters => days(count * 92),
            CalendarUnit::Years => days(count * 366),
        }
    }

    fn average(&self) -> Span {
        let one = match self.unit {
            CalendarUnit::Minutes => Span::minutes(1),
            CalendarUnit::Hours => Span::hours(1),
            CalendarUnit::Days => Span::days(1),
            CalendarUnit::Weeks => Span::days(7),
            CalendarUnit::Months => Span::from_seconds(2_629_746),
            CalendarUnit::Quarters => Span::from_seconds(7_889_238),
            CalendarUnit::Years => Span::from_seconds(31_556_952),
        };
        one * i64::from(self.count)
    }

    fn guess(&self, at: Timestamp) -> i64 {
        (at - self.instant(self.start)) / self.average()
    }

    /// When turn `n` (0 is the start itself) begins.
    fn turn(&self, n: i64) -> Timestamp {
        let steps = n * i64::from(self.count);
        let months = |per: i64| {
            let months = Months::new((steps * per).unsigned_abs().try_into().unwrap_or(u32::MAX));
            let moved = if steps < 0 {
                self.start.checked_sub_months(months)
            } else {
                self.start.checked_add_months(months)
            };
            self.instant(moved.unwrap_or(self.start))
        };
        let days = |per: i64| {
            let days = Days::new((steps * per).unsigned_abs());
            let moved =
                if steps < 0 { self.start.checked_sub_days(days) } else { self.start.checked_add_days(days) };
            self.instant(moved.unwrap_or(self.start))
        };
        match self.unit {
            CalendarUnit::Minutes => self.instant(self.start) + Span::minutes(steps),
            CalendarUnit::Hours => self.instant(self.start) + Span::hours(steps),
            CalendarUnit::Days => days(1),
            CalendarUnit::Weeks => days(7),
            CalendarUnit::Months => months(1),
            CalendarUnit::Quarters => months(3),
            CalendarUnit::Years => months(12),
        }
    }

    /// The moment of a local time. One that a clock change skips is the first moment after the gap; of one
    /// that comes twice, the first is meant.
    fn instant(&self, local: NaiveDateTime) -> Timestamp {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.into(),
            LocalResult::None => self.after_gap(local),
        }
    }

    fn after_gap(&self, local: NaiveDateTime) -> Timestamp {
        // No zone has ever skipped more than a day; look for the first local minute that exists.
        (1..=24 * 60)
            .find_map(|minutes| {
                self.zone.from_local_datetime(&(local + Duration::minutes(minutes))).earliest()
            })
            .map_or_else(|| Utc.from_utc_datetime(&local).into(), Timestamp::from)
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.shorthand(), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shorthand: &str, start: &str, zone: Tz, at: &str, want: (&str, &str)) {
        let calendar = Calendar::new(shorthand, start.parse().unwrap(), zone).unwrap();
        let period = calendar.period(at.parse().unwrap());
        assert_eq!(
            (period.after, period.until),
            (want.0.parse().unwrap(), want.1.parse().unwrap()),
            "{shorthand} at {at}"
        );
    }

    #[test]
    fn months_have_their_own_lengths() {
        let berlin = chrono_tz::Europe::Berlin;
        let start = "2020-01-01T00:00:00";
        check("1M", start, berlin, "2024-02-10T00:00:00Z", ("2024-01-31T23:00:00Z", "2024-02-29T23:00:00Z"));
        check("1M", start, berlin, "2023-02-10T00:00:00Z", ("2023-01-31T23:00:00Z", "2023-02-28T23:00:00Z"));
        check("1Q", start, berlin, "2026-05-10T00:00:00Z", ("2026-03-31T22:00:00Z", "2026-06-30T22:00:00Z"));
        check("1Y", start, berlin, "2024-12-31T23:00:00Z", ("2023-12-31T23:00:00Z", "2024-12-31T23:00:00Z"));
    }

    #[test]
    fn a_month_that_starts_on_the_31st_ends_with_the_month() {
        let utc = chrono_tz::UTC;
        check(
            "1M",
            "2024-01-31T00:00:00",
            utc,
            "2024-02-29T12:00:00Z",
            ("2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"),
        );
        check(
            "1M",
            "2024-01-31T00:00:00",
            utc,
            "2023-12-31T12:00:00Z",
            ("2023-12-31T00:00:00Z", "2024-01-31T00:00:00Z"),
        );
    }

    #[test]
    fn days_of_23_and_25_hours() {
        let new_york = chrono_tz::America::New_York;
        let start = "2026-01-01T00:00:00";
        check(
            "1d",
            start,
            new_york,
            "2026-03-08T12:00:00Z",
            ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
        );
        check(
            "1d",
            start,
            new_york,
            "2026-11-01T12:00:00Z",
            ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        );
        check(
            "1w",
            "2026-01-05T00:00:00",
            new_york,
            "2026-03-08T12:00:00Z",
            ("2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"),
        );
    }

    #[test]
    fn a_start_inside_a_clock_change() {
        let new_york = chrono_tz::America::New_York;
        // 02:30 does not exist on 8 March; the window turns at 03:00 EDT, the first moment after the gap.
        check(
            "1d",
            "2026-03-01T02:30:00",
            new_york,
            "2026-03-08T12:00:00Z",
            ("2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"),
        );
        // 01:30 comes twice on 1 November; the first one is meant.
        check(
            "1d",
            "2026-03-01T01:30:00",
            new_york,
            "2026-11-01T12:00:00Z",
            ("2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"),
        );
    }

    #[test]
    fn the_turn_itself_belongs_to_the_window_before() {
        check(
            "1d",
            "2026-01-01T00:00:00",
            chrono_tz::UTC,
            "2026-02-01T00:00:00Z",
            ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
        );
    }

    #[test]
    fn long_before_the_start() {
        check(
            "2w",
            "2030-01-07T00:00:00",
            chrono_tz::UTC,
            "1999-12-25T00:00:00Z",
            ("1999-12-20T00:00:00Z", "2000-01-03T00:00:00Z"),
        );
    }
}
