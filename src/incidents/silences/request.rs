//! A silence as somebody asks for it: whether it may be, what of an earlier one it changes, and what is stored.

use rand::RngExt;

use slo_core::duration::to_the_second;
use slo_core::labels::is_label_name;
use slo_core::time::{Span, Timestamp};
use slo_model::route::matcher::MatcherSpec;
use slo_model::route::silence::{Series, Silence, SilenceBody, SilenceState};

/// A silence as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceRequest {
    /// The one it replaces or changes.
    pub id: Option<String>,
    /// All of them must hold.
    pub matchers: Vec<MatcherSpec>,
    /// From when; of a series, the first time.
    pub starts_at: Timestamp,
    /// Until when; of a series, the first time.
    pub ends_at: Timestamp,
    /// Who.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// When it comes again.
    pub series: Option<Series>,
}

impl SilenceRequest {
    /// What is wrong with it, in Alertmanager's words.
    pub(super) fn check(&self, now: Timestamp, longest: Span) -> Result<(), String> {
        if self.starts_at >= self.ends_at {
            return Err("Failed to create silence: start time must be before end time".to_owned());
        }
        if self.ends_at < now && self.series.is_none() {
            return Err("Failed to create silence: end time can't be in the past".to_owned());
        }
        let start = if self.series.is_some() { self.starts_at } else { self.starts_at.max(now) };
        let asked = self.ends_at - start;
        if asked > longest {
            return Err(format!(
                "Failed to create silence: it lasts {}, and a silence lasts {} at most (`longest_silence` of the routing \
                 file); end it sooner and renew it when it is still needed",
                to_the_second((Timestamp::EPOCH + asked).align_up(Span::minutes(1)) - Timestamp::EPOCH),
                to_the_second(longest)
            ));
        }
        if let Some(series) = &self.series {
            series
                .check((self.starts_at, self.ends_at), now, longest)
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
            if !is_label_name(&spec.name) {
                return Err(wrong(format!("invalid label name {:?}", spec.name)));
            }
            // As Alertmanager: `a!="x"` alone may silence what has no `a`.
            all_match_nothing &= spec.is_equal && matcher.matches_value("");
        }
        if all_match_nothing {
            return Err("silence invalid: at least one matcher must not match the empty string".to_owned());
        }
        Ok(())
    }

    /// From a tool that knows of no series it changes the words of one; times it cannot change.
    pub(super) fn keep_series(&mut self, previous: &Silence, now: Timestamp) -> Result<(), String> {
        let Some(series) = previous.body.series.as_ref().filter(|_| self.series.is_none()) else {
            return Ok(());
        };
        if previous.state(now) == SilenceState::Expired || previous.body.matchers != self.matchers {
            return Ok(());
        }
        let second = |(start, end): (Timestamp, Timestamp)| (start.seconds(), end.seconds());
        if second((self.starts_at, self.ends_at)) != second(previous.occurrence(now)) {
            return Err(format!(
                "Failed to create silence: this silence comes again ({}), and this request knows nothing of it; end the \
                 series, or change it with `slo silence add --replace {}`",
                series.rule, previous.body.id
            ));
        }
        (self.starts_at, self.ends_at) = (previous.body.starts_at, previous.body.ends_at);
        self.series = Some(series.clone());
        Ok(())
    }

    /// Whether it is `previous` with other times or words. What has begun keeps its beginning, what is over stays
    /// over.
    pub(super) fn changes(&self, previous: &Silence, now: Timestamp) -> bool {
        if previous.body.matchers != self.matchers {
            return false;
        }
        if previous.body.series.is_some() || self.series.is_some() {
            return previous.state(now) != SilenceState::Expired;
        }
        match previous.state(now) {
            SilenceState::Active => {
                previous.body.starts_at.seconds() == self.starts_at.seconds() && self.ends_at >= now
            }
            SilenceState::Pending => self.starts_at >= now,
            SilenceState::Expired => false,
        }
    }

    /// As it is stored.
    pub(super) fn into_body(self, id: String, starts_at: Timestamp, updated_at: Timestamp) -> SilenceBody {
        SilenceBody {
            id,
            matchers: self.matchers,
            starts_at,
            ends_at: self.ends_at,
            created_by: self.created_by,
            comment: self.comment,
            updated_at,
            series: self.series,
        }
    }
}

/// The silence as it is when it ends now.
pub(super) fn ended(silence: &Silence, now: Timestamp) -> SilenceBody {
    let mut body = silence.body.clone();
    if let Some(series) = &mut body.series {
        series.until = now;
        return body;
    }
    body.starts_at = body.starts_at.min(now);
    body.ends_at = now;
    body.updated_at = now;
    body
}

/// A random UUID (version 4).
pub(super) fn new_id() -> String {
    let random: u128 = rand::rng().random();
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
