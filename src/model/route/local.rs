//! Local time and instants, through both clock changes of a year.

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use slo_core::time::{Span, Timestamp};

/// A minute of the day, from 0 to 1440, which is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub(super) u16);

impl Minute {
    /// Midnight at the end of the day.
    pub const END: Self = Self(1440);

    /// Reads `HH:MM`, from `00:00` to `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two = |digits: &str| -> Option<u16> {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if plain { digits.parse().ok() } else { None }
        };
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        let minute = hours * 60 + minutes;
        (minutes < 60 && minute <= 1440).then_some(Self(minute))
    }

    /// Since midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// This minute of a day, in local time.
    pub fn on(self, date: NaiveDate) -> NaiveDateTime {
        date.and_time(chrono::NaiveTime::MIN) + Duration::minutes(i64::from(self.0))
    }
}

impl std::fmt::Display for Minute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// The instant of a local time. One that a clock change skips is the first moment after the gap; of
/// one that comes twice, the first is meant.
pub fn instant(zone: Tz, local: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.into(),
        LocalResult::None => {
            // No zone has ever skipped more than a day.
            let day = Span::days(1);
            let about = Timestamp::from(Utc.from_utc_datetime(&local));
            transitions(zone, about - day, about + day)
                .into_iter()
                .find(|at| to_local(zone, *at) > local)
                .unwrap_or(about)
        }
    }
}

/// The last instant of a local time that comes twice; otherwise as [`instant`].
pub fn last_instant(zone: Tz, local: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&local) {
        LocalResult::Ambiguous(_, last) => last.into(),
        LocalResult::Single(_) | LocalResult::None => instant(zone, local),
    }
}

/// What clocks in `zone` show at an instant.
pub fn to_local(zone: Tz, at: Timestamp) -> NaiveDateTime {
    utc(at).with_timezone(&zone).naive_local()
}

/// The instants between `from` and `to` (a few days apart) at which the clocks change.
pub fn transitions(zone: Tz, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let shift = |at: Timestamp| Timestamp::from(to_local(zone, at).and_utc()) - Timestamp::from(utc(at));
    let mut found = Vec::new();
    // Six hours: no zone has ever changed twice within them.
    let step = Span::hours(6);
    let mut low = from;
    while low < to {
        let (mut before, mut after) = (low, (low + step).min(to));
        low = after;
        if shift(before) == shift(after) {
            continue;
        }
        while after - before > Span::MILLISECOND {
            let middle = before + (after - before) / 2;
            if shift(middle) == shift(before) { before = middle } else { after = middle }
        }
        found.push(after);
    }
    found
}

/// An instant as a time in UTC; one that is out of all range is the epoch.
pub fn utc(at: Timestamp) -> DateTime<Utc> {
    at.datetime().unwrap_or_default()
}

/// An instant for people, in their zone: `2026-03-29 09:00 CEST`.
pub fn show(zone: Tz, at: Timestamp) -> String {
    utc(at).with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn both_clock_changes() {
        let berlin = chrono_tz::Europe::Berlin;
        let at = |local: &str| instant(berlin, local.parse().unwrap());
        assert_eq!(at("2026-03-29T02:30:00"), ms("2026-03-29T01:00:00Z"), "skipped");
        assert_eq!(at("2026-03-29T03:00:00"), ms("2026-03-29T01:00:00Z"));
        assert_eq!(at("2026-10-25T02:30:00"), ms("2026-10-25T00:30:00Z"), "the first of two");
        assert_eq!(last_instant(berlin, "2026-10-25T02:30:00".parse().unwrap()), ms("2026-10-25T01:30:00Z"));
        // Samoa skipped a whole day.
        let apia = chrono_tz::Pacific::Apia;
        assert_eq!(instant(apia, "2011-12-30T12:00:00".parse().unwrap()), ms("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn minutes_of_the_day() {
        assert_eq!(Minute::parse("09:30").map(Minute::minutes), Some(570));
        assert_eq!(Minute::parse("24:00"), Some(Minute::END));
        for wrong in ["9:30", "24:01", "12:60", "12", "", "+1:00"] {
            assert_eq!(Minute::parse(wrong), None, "{wrong}");
        }
    }
}
