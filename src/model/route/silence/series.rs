//! Silences that come again after an iCalendar rule. All their occurrences are known when they are made: a series has an
//! end, and does not come more often than hourly.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::route::recurrence::Recurring;
use slo_core::duration::to_the_second;
use slo_core::time::{Span, Timestamp, as_ms};

/// The longest a series goes on: after a year somebody should look whether it is still wanted.
pub const LONGEST_SERIES: Span = Span::days(366);
/// Most occurrences of one series: hourly for a year.
const MOST_OCCURRENCES: usize = 9_000;

/// When a silence comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The value of an `RRULE`, e.g. `FREQ=WEEKLY;BYDAY=SU`.
    pub rule: String,
    /// The zone whose local time it keeps, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// Nothing of it is quiet after this.
    #[serde(with = "as_ms")]
    pub until: Timestamp,
}

impl Series {
    /// The occurrences `[start, end)` that end after `from`, in order. The first one is meant to last from `starts_at` to
    /// `ends_at`.
    pub(super) fn occurrences(
        &self,
        (starts_at, ends_at): (Timestamp, Timestamp),
        from: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, String> {
        let zone: Tz = self.time_zone.parse().map_err(|_| {
            format!("{:?} is not a valid time zone; write one such as Europe/Berlin or UTC", self.time_zone)
        })?;
        let window =
            Recurring::repeated(starts_at, ends_at, &self.rule, zone).map_err(|error| error.to_string())?;
        let mut found = window.between(from, self.until, MOST_OCCURRENCES + 1);
        if found.len() > MOST_OCCURRENCES {
            return Err(format!("it comes more than {MOST_OCCURRENCES} times; end the series sooner"));
        }
        for (_, end) in &mut found {
            *end = (*end).min(self.until);
        }
        Ok(found)
    }

    /// What is wrong with it, in words: among others, quiet that never stops for longer than a silence may last.
    pub fn check(&self, times: (Timestamp, Timestamp), now: Timestamp, longest: Span) -> Result<(), String> {
        if times.0 < now - LONGEST_SERIES {
            return Err("the first time is more than a year ago; begin it with the next one".to_owned());
        }
        let length = self.until - times.0.max(now);
        if length > LONGEST_SERIES {
            return Err(format!(
                "a series ends within {}, so that somebody looks whether it is still wanted; end it sooner (`until`) and \
                 renew it then",
                to_the_second(LONGEST_SERIES)
            ));
        }
        let found = self.occurrences(times, now)?;
        let mut stretch: Option<(Timestamp, Timestamp)> = None;
        for (start, end) in &found {
            stretch = match stretch {
                Some((began, until)) if *start <= until => Some((began, until.max(*end))),
                Some(_) | None => Some((*start, *end)),
            };
            if let Some((began, until)) = stretch.filter(|(began, until)| *until - *began > longest) {
                return Err(format!(
                    "its occurrences follow each other without a break for {}, and a silence lasts {} at most",
                    to_the_second(until - began),
                    to_the_second(longest)
                ));
            }
        }
        if found.is_empty() {
            return Err("its rule gives no time between now and its end (`until`)".to_owned());
        }
        Ok(())
    }
}
