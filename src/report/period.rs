//! The time that a report is about: a month, a quarter, a year or some days of a calendar in a time zone.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::route::local::{instant, to_local};

use crate::words;

/// A report reaches at most so far: what is longer is a mistake in a year.
const MOST_DAYS: i64 = 3 * 366;

/// What a period is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// A calendar year.
    Year,
    /// Some days.
    Days,
}

/// Whole local days, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// What it is one of.
    pub kind: Kind,
    /// Whose calendar.
    pub zone: Tz,
    /// Its first day.
    pub first: NaiveDate,
    /// The day after its last.
    pub end: NaiveDate,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not a month.
    #[error("{0:?} is not a valid month; write e.g. 2026-10")]
    Month(String),
    /// Not a quarter.
    #[error("{0:?} is not a valid quarter; write e.g. 2026-Q4")]
    Quarter(String),
    /// Not a year.
    #[error("{0:?} is not a valid year; write e.g. 2026")]
    Year(String),
    /// Not a day.
    #[error("{0:?} is not a valid day; write e.g. 2026-10-01")]
    Day(String),
    /// It ends before it begins.
    #[error("the first day, {0}, is after the last, {1}")]
    Order(NaiveDate, NaiveDate),
    /// It is too long.
    #[error("from {0} to {1} is more than three years; ask for less")]
    Long(NaiveDate, NaiveDate),
}

impl Period {
    fn from_months(kind: Kind, zone: Tz, first: NaiveDate, months: u32) -> Option<Self> {
        Some(Self { kind, zone, first, end: first.checked_add_months(Months::new(months))? })
    }

    /// The month of `2026-10`.
    pub fn month(text: &str, zone: Tz) -> Result<Self, PeriodError> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let two = month.len() == 2 && year.len() == 4;
            let first = NaiveDate::from_ymd_opt(digits(year)?.try_into().ok()?, digits(month)?, 1)?;
            two.then_some(())?;
            Self::from_months(Kind::Month, zone, first, 1)
        };
        read().ok_or_else(|| PeriodError::Month(text.to_owned()))
    }

    /// The quarter of `2026-Q4`.
    pub fn quarter(text: &str, zone: Tz) -> Result<Self, PeriodError> {
        let read = || {
            let (year, quarter) = text.split_once('-')?;
            let number =
                digits(quarter.strip_prefix(['Q', 'q'])?).filter(|number| (1..=4).contains(number))?;
            (year.len() == 4).then_some(())?;
            let first = NaiveDate::from_ymd_opt(digits(year)?.try_into().ok()?, number * 3 - 2, 1)?;
            Self::from_months(Kind::Quarter, zone, first, 3)
        };
        read().ok_or_else(|| PeriodError::Quarter(text.to_owned()))
    }

    /// The year of `2026`.
    pub fn year(text: &str, zone: Tz) -> Result<Self, PeriodError> {
        let read = || {
            (text.len() == 4).then_some(())?;
            let first = NaiveDate::from_ymd_opt(digits(text)?.try_into().ok()?, 1, 1)?;
            Self::from_months(Kind::Year, zone, first, 12)
        };
        read().ok_or_else(|| PeriodError::Year(text.to_owned()))
    }

    /// The days from `2026-10-01` to `2026-10-15`, both among them.
    pub fn days_of(from: &str, to: &str, zone: Tz) -> Result<Self, PeriodError> {
        let day = |text: &str| {
            let read = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            read.filter(|day| (1970..=3000).contains(&day.year()))
                .ok_or_else(|| PeriodError::Day(text.to_owned()))
        };
        let (first, last) = (day(from)?, day(to)?);
        if first > last {
            return Err(PeriodError::Order(first, last));
        }
        let end = last.checked_add_days(Days::new(1)).ok_or_else(|| PeriodError::Day(to.to_owned()))?;
        if (end - first).num_days() > MOST_DAYS {
            return Err(PeriodError::Long(first, last));
        }
        Ok(Self { kind: Kind::Days, zone, first, end })
    }

    /// The month that `at` is in.
    pub fn month_of(at: Timestamp, zone: Tz) -> Self {
        let day = to_local(zone, at).date();
        let first = day.with_day(1).unwrap_or(day);
        Self::from_months(Kind::Month, zone, first, 1).unwrap_or(Self {
            kind: Kind::Month,
            zone,
            first,
            end: first,
        })
    }

    /// The month before the one that `now` is in.
    pub fn last_month(now: Timestamp, zone: Tz) -> Self {
        Self::month_of(now, zone).before()
    }

    /// Its moments: its beginning is not among them, its end is.
    pub fn range(&self) -> TimeRange {
        TimeRange::new(self.midnight(self.first), self.midnight(self.end))
    }

    fn midnight(&self, day: NaiveDate) -> Timestamp {
        instant(self.zone, day.and_time(NaiveTime::MIN))
    }

    /// The last day of it.
    pub fn last(&self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.end)
    }

    /// The one that came before it, of the same kind.
    #[must_use]
    pub fn before(&self) -> Self {
        let months = |months: u32| self.first.checked_sub_months(Months::new(months)).unwrap_or(self.first);
        let first = match self.kind {
            Kind::Month => months(1),
            Kind::Quarter => months(3),
            Kind::Year => months(12),
            Kind::Days => self.first - (self.end - self.first),
        };
        Self { first, end: self.first, ..*self }
    }

    /// The twelve months that end with the one of its last day, the oldest first.
    pub fn months(&self) -> Vec<Self> {
        let last = self.last();
        let newest = last.with_day(1).unwrap_or(last);
        let back = |months: u32| {
            let first = newest.checked_sub_months(Months::new(months))?;
            Self::from_months(Kind::Month, self.zone, first, 1)
        };
        (0..12).rev().filter_map(back).collect()
    }

    /// Its days.
    pub fn days(&self) -> Vec<(NaiveDate, TimeRange)> {
        let days = self.first.iter_days().take_while(|day| *day < self.end);
        days.map(|day| {
            let next = day.succ_opt().unwrap_or(day);
            (day, TimeRange::new(self.midnight(day), self.midnight(next)))
        })
        .collect()
    }

    /// Its weeks from Monday to Sunday, the first and the last as far as they lie in it: first and last day.
    pub fn weeks(&self) -> Vec<(NaiveDate, NaiveDate, TimeRange)> {
        let mut weeks = Vec::new();
        let mut first = self.first;
        while first < self.end {
            let left = u64::from(7 - first.weekday().num_days_from_monday());
            let end = first.checked_add_days(Days::new(left)).unwrap_or(self.end).min(self.end);
            let last = end.pred_opt().unwrap_or(end);
            weeks.push((first, last, TimeRange::new(self.midnight(first), self.midnight(end))));
            first = end;
        }
        weeks
    }

    /// As people call it: `October 2026`.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Month => format!("{} {}", words::month(self.first), self.first.year()),
            Kind::Quarter => {
                let ordinal = match self.first.month() {
                    1 => "First",
                    4 => "Second",
                    7 => "Third",
                    _ => "Fourth",
                };
                format!("{ordinal} quarter of {}", self.first.year())
            }
            Kind::Year => self.first.year().to_string(),
            Kind::Days => self.dates(),
        }
    }

    /// Its first and last day in words: `1–31 October 2026`.
    pub fn dates(&self) -> String {
        let (first, last) = (self.first, self.last());
        if first == last {
            format!("{} {}", words::day(first), first.year())
        } else if first.year() != last.year() {
            format!("{} {} to {} {}", words::day(first), first.year(), words::day(last), last.year())
        } else if first.month() != last.month() {
            format!("{} to {} {}", words::day(first), words::day(last), last.year())
        } else {
            format!("{}–{} {} {}", first.day(), last.day(), words::month(last), last.year())
        }
    }

    /// What it is called in a sentence about its budget: `October`, `the quarter`.
    pub fn short(&self) -> String {
        match self.kind {
            Kind::Month => words::month(self.first).to_owned(),
            Kind::Quarter => "the quarter".to_owned(),
            Kind::Year => self.first.year().to_string(),
            Kind::Days => "these days".to_owned(),
        }
    }

    /// What the one before is called over a column.
    pub fn short_before(&self) -> String {
        match self.kind {
            Kind::Month | Kind::Year => self.before().short(),
            Kind::Quarter => "quarter before".to_owned(),
            Kind::Days => "days before".to_owned(),
        }
    }

    /// As options of `slo report` name it.
    pub fn option(&self) -> String {
        match self.kind {
            Kind::Month => format!("--month {}", self.first.format("%Y-%m")),
            Kind::Quarter => {
                format!("--quarter {}-Q{}", self.first.format("%Y"), self.first.month().div_ceil(3))
            }
            Kind::Year => format!("--year {}", self.first.format("%Y")),
            Kind::Days => format!("--from {} --to {}", self.first, self.last()),
        }
    }

    /// The hours in it, which a clock change makes one more or less.
    pub fn hours(&self) -> i64 {
        self.range().length() / Span::hours(1)
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_as_long_as_their_calendar_says() {
        let berlin = chrono_tz::Europe::Berlin;
        for (month, hours) in
            [("2026-10", 745), ("2026-03", 743), ("2026-02", 672), ("2028-02", 696), ("2026-04", 720)]
        {
            assert_eq!(Period::month(month, berlin).unwrap().hours(), hours, "{month}");
        }
        // Samoa had no 30 December 2011.
        assert_eq!(Period::month("2011-12", chrono_tz::Pacific::Apia).unwrap().hours(), 720);
        let october = Period::month("2026-10", berlin).unwrap();
        assert_eq!(october.range().after.rfc3339_seconds(), "2026-09-30T22:00:00Z");
        assert_eq!(october.range().until.rfc3339_seconds(), "2026-10-31T23:00:00Z");
        let days = october.days();
        assert_eq!(days.len(), 31);
        assert!(days.windows(2).all(|pair| pair[0].1.until == pair[1].1.after));
        assert_eq!(days[24].1.length(), Span::hours(25));
        assert_eq!(october.months().len(), 12);
        assert_eq!(october.months()[0].name(), "November 2025");
        assert_eq!(october.weeks().len(), 5);
        assert_eq!(october.dates(), "1–31 October 2026");
    }

    #[test]
    fn periods_as_people_write_them() {
        let utc = chrono_tz::UTC;
        let quarter = Period::quarter("2026-Q4", utc).unwrap();
        assert_eq!(
            (quarter.dates().as_str(), quarter.before().first.to_string().as_str()),
            ("1 October to 31 December 2026", "2026-07-01")
        );
        assert_eq!(Period::year("2028", utc).unwrap().days().len(), 366);
        let days = Period::days_of("2026-10-03", "2026-10-09", utc).unwrap();
        assert_eq!(
            (days.name().as_str(), days.before().first.to_string().as_str()),
            ("3–9 October 2026", "2026-09-26")
        );
        let now = "2026-01-05T00:00:00Z".parse().unwrap();
        assert_eq!(Period::last_month(now, utc).name(), "December 2025");
        for wrong in ["2026-13", "2026", "26-10", "2026-1", "2026-00", "-", "", "+026-10", "2026-1０"] {
            assert_eq!(Period::month(wrong, utc), Err(PeriodError::Month(wrong.to_owned())));
        }
        for wrong in ["2026-Q5", "2026-4", "Q4"] {
            assert!(Period::quarter(wrong, utc).is_err(), "{wrong}");
        }
        assert!(Period::days_of("2026-10-09", "2026-10-03", utc).is_err());
        assert!(Period::days_of("1026-10-09", "2026-10-03", utc).is_err());
        for option in ["--month 2026-10", "--quarter 2026-Q4", "--year 2026"] {
            let (name, value) = option.split_once(' ').unwrap();
            let period = match name {
                "--month" => Period::month(value, utc),
                "--quarter" => Period::quarter(value, utc),
                _ => Period::year(value, utc),
            };
            assert_eq!(period.unwrap().option(), option);
        }
    }
}
