//! Silences: who asked for quiet, about what, for how long, and again when.

use super::matcher::{Matcher, Op};
use super::recurrence::{Recurrence, RecurrenceError, Recurring};
use crate::alert::Alert;
use slo_core::duration::to_the_second;
use slo_core::labels::Labels;

/// Longest single stretch of quiet, unless the routing file says otherwise: 30 days.
pub const LONGEST_SILENCE_MS: i64 = 30 * 86_400_000;

/// Quiet for the alerts that all matchers hold for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its identity.
    pub id: String,
    /// All must hold; at least one, and not all of them hold for an alert without labels.
    pub matchers: Vec<Matcher>,
    /// When it is quiet; one that recurs comes back after its rule.
    pub window: Recurring,
    /// Who asked for it.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// Why a silence is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// It would match anything.
    #[error("at least one matcher must not match an empty value, or it would silence everything")]
    MatchesEverything,
    /// It lasts too long.
    #[error("a silence lasts {} at most, and this one {}", to_the_second(*.most), to_the_second(*.asked))]
    TooLong {
        /// Milliseconds it would last.
        asked: i64,
        /// Milliseconds it may last.
        most: i64,
    },
    /// Its time is wrong.
    #[error(transparent)]
    Window(#[from] RecurrenceError),
}

impl Silence {
    /// A silence from `starts_at` to `ends_at`, and again after `recurrence` (the value of an `RRULE` and the zone it is
    /// read in). `longest_ms` bounds one stretch of quiet.
    pub fn new(
        id: impl Into<String>,
        matchers: Vec<Matcher>,
        (starts_at, ends_at): (i64, i64),
        recurrence: Option<&Recurrence>,
        (created_by, comment): (&str, &str),
        longest_ms: i64,
    ) -> Result<Self, SilenceError> {
        // As Alertmanager: `a!="x"` alone may silence what has no `a`.
        let positive = |matcher: &Matcher| matches!(matcher.op(), Op::Equal | Op::Regex);
        if matchers.iter().all(|matcher| positive(matcher) && matcher.matches_value("")) {
            return Err(SilenceError::MatchesEverything);
        }
        let window = match recurrence {
            None => Recurring::once(starts_at, ends_at)?,
            Some(Recurrence { rule, zone }) => Recurring::repeated(starts_at, ends_at, rule, *zone)?,
        };
        let asked = ends_at - starts_at;
        if asked > longest_ms {
            return Err(SilenceError::TooLong { asked, most: longest_ms });
        }
        let (created_by, comment) = (created_by.to_owned(), comment.to_owned());
        Ok(Self { id: id.into(), matchers, window, created_by, comment })
    }

    /// Whether it is about alerts with these labels, at any time.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// Until when it is quiet, if it is at `at_ms`.
    pub fn quiet_until(&self, at_ms: i64) -> Option<i64> {
        self.window.at(at_ms).map(|(_, end)| end)
    }

    /// Whether it will never be quiet again.
    pub fn is_expired(&self, at_ms: i64) -> bool {
        self.window.next(at_ms).is_none()
    }

    /// The firing alerts it is about: what making it would silence.
    pub fn preview<'a>(&'a self, alerts: &'a [Alert], at_ms: i64) -> impl Iterator<Item = &'a Alert> {
        alerts.iter().filter(move |alert| !alert.is_resolved(at_ms) && self.matches(&alert.labels))
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::route::matcher::parse;

    fn silence(matchers: &str, times: (i64, i64), rule: Option<&str>) -> Result<Silence, SilenceError> {
        let rule = rule.map(|rule| Recurrence { rule: rule.to_owned(), zone: Tz::UTC });
        let said = ("anna", "maintenance");
        Silence::new("s1", parse(matchers).unwrap(), times, rule.as_ref(), said, LONGEST_SILENCE_MS)
    }

    #[test]
    fn only_sensible_silences() {
        assert_eq!(silence("a=~\".*\",b=\"\"", (0, 1), None), Err(SilenceError::MatchesEverything));
        // As in Alertmanager, a matcher that only rules something out is enough.
        assert!(silence("a!=\"x\"", (0, 1), None).is_ok());
        assert!(matches!(silence("a=b", (1, 0), None), Err(SilenceError::Window(_))));
        let error = silence("a=b", (0, LONGEST_SILENCE_MS + 86_400_000), None).unwrap_err();
        assert_eq!(error.to_string(), "a silence lasts 30d at most, and this one 31d");
    }

    #[test]
    fn quiet_comes_back() {
        let hour = 3_600_000;
        let nightly = silence("a=b", (0, hour), Some("FREQ=DAILY")).unwrap();
        assert_eq!(nightly.quiet_until(48 * hour + 1), Some(49 * hour));
        assert_eq!(nightly.quiet_until(49 * hour), None);
        assert!(!nightly.is_expired(1_000 * hour));
        assert!(silence("a=b", (0, hour), None).unwrap().is_expired(hour));
    }
}
