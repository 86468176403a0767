//! A silence as somebody writes it into a form.

use serde::{Deserialize, Serialize};

use crate::api::caller::Caller;
use slo_core::duration::positive;
use slo_core::time::Timestamp;
use slo_incidents::silences::SilenceRequest;
use slo_model::route::matcher;
use slo_model::route::matcher::MatcherSpec;

/// The form's fields, as they were typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    /// Conditions, one a line or separated by commas.
    pub(super) matchers: String,
    /// Prometheus' notation, e.g. `2h`.
    pub(super) duration: String,
    /// Why.
    pub(super) comment: String,
    /// Who, where there are no tokens.
    pub(super) by: String,
}

impl Draft {
    /// The silence from `now` on, or what is wrong with it and what would be right.
    pub(super) fn request(&self, caller: &Caller, now: Timestamp) -> Result<SilenceRequest, String> {
        let lines = self.matchers.lines().map(|line| line.trim().trim_end_matches(','));
        let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
        if text.is_empty() {
            return Err("Say what to silence, e.g. alertname=\"DiskFull\".".to_owned());
        }
        let matchers = matcher::parse(&text).map_err(|error| format!("{text}: {error}"))?;
        timed(matchers.iter().map(|matcher| matcher.spec().clone()).collect(), self, caller, now)
    }
}

/// A silence of `matchers` with the draft's time and words.
pub(super) fn timed(
    matchers: Vec<MatcherSpec>,
    draft: &Draft,
    caller: &Caller,
    now: Timestamp,
) -> Result<SilenceRequest, String> {
    let duration = draft.duration.trim();
    if duration.is_empty() {
        return Err("Say how long, e.g. 2h.".to_owned());
    }
    let length = positive(duration).map_err(|error| error.to_string())?;
    if draft.comment.trim().is_empty() {
        return Err("Say why, so that others know whether it is still needed.".to_owned());
    }
    if *caller == Caller::Anybody && draft.by.trim().is_empty() {
        return Err("Say who silences: your name.".to_owned());
    }
    let created_by =
        caller.acting(Some(&draft.by)).map_err(|_| "A name has at most 100 characters.".to_owned())?;
    Ok(SilenceRequest {
        id: None,
        matchers,
        starts_at: now,
        ends_at: now + length,
        created_by,
        comment: draft.comment.trim().to_owned(),
        series: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::Span;
    use slo_core::time::short::at;

    fn asked(matchers: &str, duration: &str) -> Result<SilenceRequest, String> {
        let [matchers, duration] = [matchers, duration].map(str::to_owned);
        Draft { matchers, duration, comment: "c".to_owned(), by: "ann".to_owned() }
            .request(&Caller::Anybody, at(1))
    }

    #[test]
    fn lines_and_commas_both_separate() {
        let silence = asked("a=\"x, y\",\r\n\r\n b=~\"c|d\", e!=f ", " 1h30m ").unwrap();
        let written: Vec<String> = silence.matchers.iter().map(MatcherSpec::to_string).collect();
        assert_eq!(written, ["a=\"x, y\"", "b=~\"c|d\"", "e!=\"f\""]);
        assert_eq!((silence.starts_at, silence.ends_at), (at(1), at(1) + Span::minutes(90)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (matchers, duration, said) in [
            ("", "1h", "Say what to silence"),
            ("a", "1h", "a: "),
            ("a=~\"[\"", "1h", "the expression is wrong"),
            ("a=b", "", "Say how long"),
            ("a=b", "soon", "\"soon\" is not a valid duration"),
            ("a=b", "5m1h5m", "is not a valid duration"),
            ("a=b", "0", "is not a valid duration"),
        ] {
            let error = asked(matchers, duration).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let draft = Draft { matchers: "a=b".to_owned(), duration: "1h".to_owned(), ..Draft::default() };
        assert!(draft.request(&Caller::Anybody, at(0)).unwrap_err().starts_with("Say why"));
        let draft = Draft { comment: "c".to_owned(), ..draft };
        assert!(draft.request(&Caller::Anybody, at(0)).unwrap_err().starts_with("Say who"));
    }
}
