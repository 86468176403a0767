//! Stretches of time that come once, or again and again after an iCalendar rule.

use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet};

use super::local::utc;
use slo_core::time::Timestamp;

/// Most occurrences that are walked over to find the next; hourly ones of ten years are fewer.
const MOST: usize = 100_000;
/// Longest rule, in bytes.
const LONGEST_RULE: usize = 1024;

/// Why a stretch of time cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Backwards,
    /// The rule cannot be read.
    #[error("the recurrence rule is wrong: {0}; write e.g. FREQ=WEEKLY;BYDAY=SU")]
    Rule(String),
    /// It comes more often than hourly.
    #[error("a recurrence comes hourly at most; write FREQ=HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY")]
    TooOften,
}

/// A stretch `[start, end)` of time, perhaps repeated. Repetitions keep the local time of their start and the length in
/// elapsed time.
#[derive(Clone)]
pub struct Recurring {
    start: Timestamp,
    end: Timestamp,
    rule: Option<(String, Tz, Arc<RRuleSet>)>,
}

impl fmt::Debug for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recurring")
            .field("start", &self.start)
            .field("end", &self.end)
            .field("rule", &self.rule())
            .finish()
    }
}

impl PartialEq for Recurring {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end, self.rule()) == (other.start, other.end, other.rule())
    }
}

impl Eq for Recurring {}

impl Recurring {
    /// Once, from `start` to before `end`.
    pub fn once(start: Timestamp, end: Timestamp) -> Result<Self, RecurrenceError> {
        if start < end { Ok(Self { start, end, rule: None }) } else { Err(RecurrenceError::Backwards) }
    }

    /// First from `start` to before `end`, then again after `rule`, the value of an `RRULE`, in local time of `zone`.
    pub fn repeated(start: Timestamp, end: Timestamp, rule: &str, zone: Tz) -> Result<Self, RecurrenceError> {
        let once = Self::once(start, end)?;
        let wrong = |error: &dyn fmt::Display| RecurrenceError::Rule(error.to_string());
        if rule.len() > LONGEST_RULE {
            return Err(RecurrenceError::Rule(format!("longer than {LONGEST_RULE} bytes")));
        }
        let value = rule.trim().trim_start_matches("RRULE:");
        let parsed: RRule<rrule::Unvalidated> = value.parse().map_err(|error| wrong(&error))?;
        if matches!(parsed.get_freq(), Frequency::Minutely | Frequency::Secondly) {
            return Err(RecurrenceError::TooOften);
        }
        let first = utc(start).with_timezone(&rrule::Tz::from(zone));
        let set = parsed.build(first).map_err(|error| wrong(&error))?;
        Ok(Self { rule: Some((value.to_owned(), zone, Arc::new(set))), ..once })
    }

    /// When it first begins.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When it first ends.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// The rule and the zone it is read in.
    pub fn rule(&self) -> Option<(&str, Tz)> {
        self.rule.as_ref().map(|(rule, zone, _)| (rule.as_str(), *zone))
    }

    /// The first occurrence `[start, end)` that ends after `at`.
    pub fn next(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let length = self.end - self.start;
        match &self.rule {
            None => (self.end > at).then_some((self.start, self.end)),
            Some((_, _, set)) => set
                .as_ref()
                .into_iter()
                .take(MOST)
                .map(Timestamp::from)
                .find(|start| *start + length > at)
                .map(|start| (start, start + length)),
        }
    }

    /// The occurrence that contains `at`.
    pub fn at(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        self.next(at).filter(|(start, _)| *start <= at)
    }

    /// The occurrences that overlap `[from, to)`, at most `most`.
    pub fn between(&self, from: Timestamp, to: Timestamp, most: usize) -> Vec<(Timestamp, Timestamp)> {
        let length = self.end - self.start;
        match &self.rule {
            None => {
                (self.end > from && self.start < to).then_some((self.start, self.end)).into_iter().collect()
            }
            Some((_, _, set)) => set
                .as_ref()
                .into_iter()
                .take(MOST)
                .map(Timestamp::from)
                .skip_while(|start| *start + length <= from)
                .take_while(|start| *start < to)
                .map(|start| (start, start + length))
                .take(most)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::Span;
    use slo_core::time::short::at;

    fn ms(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekly_window_keeps_its_local_time_over_the_clock_change() {
        let berlin = chrono_tz::Europe::Berlin;
        let (start, end) = (ms("2026-03-22T01:00:00Z"), ms("2026-03-22T03:00:00Z"));
        let window = Recurring::repeated(start, end, "FREQ=WEEKLY;BYDAY=SU;COUNT=3", berlin).unwrap();
        // 02:00 local: that hour is skipped on 29 March; afterwards it is an hour earlier in UTC.
        assert_eq!(
            window.at(ms("2026-04-05T00:30:00Z")),
            Some((ms("2026-04-05T00:00:00Z"), ms("2026-04-05T02:00:00Z")))
        );
        assert_eq!(window.at(ms("2026-03-23T01:30:00Z")), None);
        assert_eq!(window.next(ms("2026-06-01T00:00:00Z")), None, "three times and no more");
        assert_eq!(window.between(start, end + Span::days(30), 10).len(), 3);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let utc = chrono_tz::UTC;
        assert_eq!(Recurring::once(at(5), at(5)), Err(RecurrenceError::Backwards));
        assert_eq!(Recurring::repeated(at(0), at(1), "FREQ=SECONDLY", utc), Err(RecurrenceError::TooOften));
        assert!(matches!(
            Recurring::repeated(at(0), at(1), "FREQ=OFTEN", utc),
            Err(RecurrenceError::Rule(_))
        ));
        assert!(matches!(Recurring::repeated(at(0), at(1), "", utc), Err(RecurrenceError::Rule(_))));
    }
}
