//! A silence: what it matches, from when to when, and what may be changed.

use serde::{Deserialize, Serialize};

use super::series::Series;
use crate::matcher::{Matcher, MatcherSpec};
use crate::raw_labels::RawLabels;
use slo_core::duration::to_the_second;

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

/// A silence as somebody asks for it. Times are unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceRequest {
    /// The one it replaces or changes.
    pub id: Option<String>,
    /// All of them must hold.
    pub matchers: Vec<MatcherSpec>,
    /// From when; of a series, the first time.
    pub starts_at: i64,
    /// Until when; of a series, the first time.
    pub ends_at: i64,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it comes again.
    pub series: Option<Series>,
}

/// A silence as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceBody {
    /// Its name, a UUID.
    pub id: String,
    /// All of them must hold.
    pub matchers: Vec<MatcherSpec>,
    /// From when, unix milliseconds; of a series, the first time.
    pub starts_at: i64,
    /// Until when, unix milliseconds; of a series, the first time.
    pub ends_at: i64,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it was changed last, unix milliseconds.
    pub updated_at: i64,
    /// When it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

impl SilenceBody {
    /// After this nothing of it is quiet, unix milliseconds.
    pub fn over_at(&self) -> i64 {
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
    occurrences: Vec<(i64, i64)>,
}

impl Silence {
    /// Makes a stored one usable.
    pub fn new(body: SilenceBody) -> Result<Self, String> {
        let matchers = body.matchers.iter().cloned().map(MatcherSpec::compile).collect::<Result<_, _>>()?;
        let times = (body.starts_at, body.ends_at);
        let mut occurrences = match &body.series {
            Some(series) => series.occurrences(times, body.updated_at.min(series.until) - 1)?,
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
    pub fn occurrence(&self, at_ms: i64) -> (i64, i64) {
        let next = self.occurrences.partition_point(|(_, end)| *end <= at_ms);
        let found = self.occurrences.get(next).or_else(|| self.occurrences.last());
        found.copied().unwrap_or((self.body.starts_at, self.body.ends_at))
    }

    /// The occurrences that are not over at a time, at most `most`.
    pub fn occurrences(&self, at_ms: i64, most: usize) -> impl Iterator<Item = (i64, i64)> {
        let next = self.occurrences.partition_point(|(_, end)| *end <= at_ms);
        self.occurrences.iter().skip(next).take(most).copied()
    }

    /// Where it is in its life. A series between two occurrences is pending.
    pub fn state(&self, now_ms: i64) -> SilenceState {
        let (start, end) = self.occurrence(now_ms);
        if now_ms < start {
            SilenceState::Pending
        } else if now_ms >= end {
            SilenceState::Expired
        } else {
            SilenceState::Active
        }
    }

    /// Whether all its matchers hold.
    pub fn matches(&self, labels: &RawLabels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// A request from a tool that knows of no series changes the words of one; times it cannot change.
    pub(super) fn keep_series(&self, wanted: &mut SilenceRequest, now_ms: i64) -> Result<(), String> {
        let Some(series) = self.body.series.as_ref().filter(|_| wanted.series.is_none()) else {
            return Ok(());
        };
        if self.state(now_ms) == SilenceState::Expired || self.body.matchers != wanted.matchers {
            return Ok(());
        }
        let second = |(start, end): (i64, i64)| (start.div_euclid(1000), end.div_euclid(1000));
        if second((wanted.starts_at, wanted.ends_at)) != second(self.occurrence(now_ms)) {
            return Err(format!(
                "Failed to create silence: this silence comes again ({}), and this request knows nothing of it; end the \
                 series, or change it with `slo silence add --replace {}`",
                series.rule, self.body.id
            ));
        }
        (wanted.starts_at, wanted.ends_at) = (self.body.starts_at, self.body.ends_at);
        wanted.series = Some(series.clone());
        Ok(())
    }

    /// Whether `wanted` is this one with other times or words. What has begun keeps its beginning, what is over stays
    /// over.
    pub(super) fn can_become(&self, wanted: &SilenceRequest, now_ms: i64) -> bool {
        if self.body.matchers != wanted.matchers {
            return false;
        }
        if self.body.series.is_some() || wanted.series.is_some() {
            return self.state(now_ms) != SilenceState::Expired;
        }
        match self.state(now_ms) {
            SilenceState::Active => {
                self.body.starts_at.div_euclid(1000) == wanted.starts_at.div_euclid(1000)
                    && wanted.ends_at >= now_ms
            }
            SilenceState::Pending => wanted.starts_at >= now_ms,
            SilenceState::Expired => false,
        }
    }
}

impl SilenceRequest {
    /// What is wrong with it, in Alertmanager's words.
    pub(super) fn check(&self, now_ms: i64, longest_ms: i64) -> Result<(), String> {
        if self.starts_at >= self.ends_at {
            return Err("Failed to create silence: start time must be before end time".to_owned());
        }
        if self.ends_at < now_ms && self.series.is_none() {
            return Err("Failed to create silence: end time can't be in the past".to_owned());
        }
        let start = if self.series.is_some() { self.starts_at } else { self.starts_at.max(now_ms) };
        let asked = self.ends_at.saturating_sub(start);
        if asked > longest_ms {
            return Err(format!(
                "Failed to create silence: it lasts {}, and a silence lasts {} at most (`longest_silence` of the routing \
                 file); end it sooner and renew it when it is still needed",
                to_the_second((asked + 59_999).div_euclid(60_000) * 60_000),
                to_the_second(longest_ms)
            ));
        }
        if let Some(series) = &self.series {
            series
                .check((self.starts_at, self.ends_at), now_ms, longest_ms)
                .map_err(|reason| format!("Failed to create silence: {reason}"))?;
        }
        if self.matchers.is_empty() {
            return Err("silence invalid: at least one matcher required".to_owned());
        }
        let mut all_match_nothing = true;
        for (at, spec) in self.matchers.iter().enumerate() {
            let wrong = |reason: String| format!("silence invalid: invalid label matcher {at}: {reason}");
            let matcher = spec
                .clone()
                .compile()
                .map_err(|reason| wrong(format!("invalid regular expression {:?}: {reason}", spec.value)))?;
            matcher.check_name().map_err(wrong)?;
            // As Alertmanager: `a!="x"` alone may silence what has no `a`.
            all_match_nothing &= spec.is_equal && matcher.holds("");
        }
        if all_match_nothing {
            return Err("silence invalid: at least one matcher must not match the empty string".to_owned());
        }
        Ok(())
    }
}
