//! A silence: what it matches, from when to when, and what may be changed.

use serde::{Deserialize, Serialize};

use crate::incident::matcher::{Matcher, MatcherSpec};
use crate::incident::pairs::Pairs;

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
    /// From when.
    pub starts_at: i64,
    /// Until when.
    pub ends_at: i64,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// A silence as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilenceBody {
    /// Its name, a UUID.
    pub id: String,
    /// All of them must hold.
    pub matchers: Vec<MatcherSpec>,
    /// From when, unix milliseconds.
    pub starts_at: i64,
    /// Until when, unix milliseconds.
    pub ends_at: i64,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it was changed last, unix milliseconds.
    pub updated_at: i64,
}

/// A silence that can be asked.
#[derive(Debug, Clone)]
pub struct Silence {
    /// What is stored.
    pub body: SilenceBody,
    matchers: Vec<Matcher>,
}

impl Silence {
    /// Makes a stored one usable.
    pub fn new(body: SilenceBody) -> Result<Self, String> {
        let matchers = body.matchers.iter().cloned().map(MatcherSpec::compile).collect::<Result<_, _>>()?;
        Ok(Self { body, matchers })
    }

    /// Where it is in its life.
    pub fn state(&self, now_ms: i64) -> SilenceState {
        if now_ms < self.body.starts_at {
            SilenceState::Pending
        } else if now_ms >= self.body.ends_at {
            SilenceState::Expired
        } else {
            SilenceState::Active
        }
    }

    /// Whether all its matchers hold.
    pub fn matches(&self, labels: &Pairs) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// Whether `wanted` is this one with other times or words. What has begun keeps its beginning, what is over stays
    /// over.
    pub(super) fn can_become(&self, wanted: &SilenceRequest, now_ms: i64) -> bool {
        if self.body.matchers != wanted.matchers {
            return false;
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
        if self.ends_at < now_ms {
            return Err("Failed to create silence: end time can't be in the past".to_owned());
        }
        if self.ends_at.saturating_sub(self.starts_at.max(now_ms)) > longest_ms {
            let days = longest_ms / 86_400_000;
            return Err(format!(
                "Failed to create silence: it is longer than {days} days; end it sooner and renew it when it is still needed"
            ));
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
