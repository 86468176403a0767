//! Silences: what they match, from when to when, and again when. One that is made is compiled once; the planner, the API
//! and the console ask the same one.

mod series;

use serde::{Deserialize, Serialize};

use super::matcher::{Matcher, MatcherSpec};
pub use series::{LONGEST_SERIES, Series};
use slo_core::labels::Packed;
use slo_core::time::{Span, Timestamp, as_ms};

/// Longest single stretch of quiet, unless the routing file says otherwise: 30 days.
pub const LONGEST_SILENCE: Span = Span::days(30);

/// Where a silence is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SilenceState {
    /// It mutes.
    Active,
    /// It will mute.
    Pending,
    /// It does not mute any more.
    Expired,
}

impl SilenceState {
    /// As the API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// A silence as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceBody {
    /// Its name, a UUID.
    pub id: String,
    /// All of them must hold.
    pub matchers: Vec<MatcherSpec>,
    /// From when; of a series, the first time.
    #[serde(with = "as_ms")]
    pub starts_at: Timestamp,
    /// Until when; of a series, the first time.
    #[serde(with = "as_ms")]
    pub ends_at: Timestamp,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it was changed last.
    #[serde(with = "as_ms")]
    pub updated_at: Timestamp,
    /// When it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

impl SilenceBody {
    /// After this nothing of it is quiet.
    pub fn over_at(&self) -> Timestamp {
        self.series.as_ref().map_or(self.ends_at, |series| series.until)
    }
}

/// A silence that can be asked.
#[derive(Debug, Clone)]
pub struct Silence {
    /// What is stored.
    pub body: SilenceBody,
    matchers: Vec<Matcher>,
    /// When it is quiet, in order; at least one.
    occurrences: Vec<(Timestamp, Timestamp)>,
}

impl Silence {
    /// Makes a stored one usable.
    pub fn new(body: SilenceBody) -> Result<Self, String> {
        let matchers: Result<Vec<Matcher>, _> =
            body.matchers.iter().cloned().map(MatcherSpec::compile).collect();
        let matchers = matchers.map_err(|error| error.to_string())?;
        let times = (body.starts_at, body.ends_at);
        let mut occurrences = match &body.series {
            Some(series) => {
                series.occurrences(times, body.updated_at.min(series.until) - Span::MILLISECOND)?
            }
            None => vec![times],
        };
        if occurrences.is_empty() {
            // It was ended before it began.
            let end = body.over_at();
            occurrences.push((end, end));
        }
        Ok(Self { body, matchers, occurrences })
    }

    /// The occurrence that is quiet at a time, or the next one; the last one when all is over.
    pub fn occurrence(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let next = self.occurrences.partition_point(|(_, end)| *end <= at);
        let found = self.occurrences.get(next).or_else(|| self.occurrences.last());
        found.copied().unwrap_or((self.body.starts_at, self.body.ends_at))
    }

    /// The occurrences that are not over at a time, at most `most`.
    pub fn occurrences(&self, at: Timestamp, most: usize) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let next = self.occurrences.partition_point(|(_, end)| *end <= at);
        self.occurrences.iter().skip(next).take(most).copied()
    }

    /// Where it is in its life. A series between two occurrences is pending.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        let (start, end) = self.occurrence(now);
        if now < start {
            SilenceState::Pending
        } else if now >= end {
            SilenceState::Expired
        } else {
            SilenceState::Active
        }
    }

    /// Whether all its matchers hold.
    pub fn matches(&self, labels: &impl AsRef<Packed>) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// Until when it is quiet, if it is at `at`.
    pub fn quiet_until(&self, at: Timestamp) -> Option<Timestamp> {
        let (start, end) = self.occurrence(at);
        (start <= at && at < end).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::EPOCH;
    const HOUR: Span = Span::hours(1);

    fn silence((starts_at, ends_at): (Timestamp, Timestamp), rule: Option<&str>) -> Silence {
        let matchers = vec![Matcher::new("a", crate::promql::MatchOp::Equal, "b").unwrap().spec().clone()];
        let series = rule.map(|rule| Series {
            rule: rule.to_owned(),
            time_zone: "UTC".to_owned(),
            until: starts_at + LONGEST_SERIES,
        });
        let [id, created_by, comment] = ["s1", "anna", "maintenance"].map(str::to_owned);
        let updated_at = starts_at;
        Silence::new(SilenceBody {
            id,
            matchers,
            starts_at,
            ends_at,
            created_by,
            comment,
            updated_at,
            series,
        })
        .unwrap()
    }

    #[test]
    fn quiet_comes_back() {
        let nightly = silence((START, START + HOUR), Some("FREQ=DAILY"));
        assert_eq!(nightly.quiet_until(START + HOUR * 48 + Span::MILLISECOND), Some(START + HOUR * 49));
        assert_eq!(nightly.quiet_until(START + HOUR * 49), None);
        assert_eq!(nightly.state(START + HOUR * 49), SilenceState::Pending);
        assert_eq!(silence((START, START + HOUR), None).state(START + HOUR), SilenceState::Expired);
    }
}
