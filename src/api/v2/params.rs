//! The query of a request for alerts: which are wanted.

use axum::http::StatusCode;
use axum::response::Response;
use regex::Regex;

use super::answer::said;
use slo_model::route::matcher::{Matcher, anchored, parse_classic};

/// What is asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) active: bool,
    pub(super) silenced: bool,
    pub(super) inhibited: bool,
    pub(super) receiver: Option<Regex>,
    pub(super) filter: Vec<Matcher>,
}

impl Wanted {
    /// Reads a query.
    #[expect(clippy::result_large_err, reason = "the error is the answer")]
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Response> {
        let mut wanted =
            Self { active: true, silenced: true, inhibited: true, receiver: None, filter: Vec::new() };
        let bad = |text: &str| said(StatusCode::BAD_REQUEST, text);
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "active" => wanted.active = truth(&value),
                "silenced" => wanted.silenced = truth(&value),
                "inhibited" => wanted.inhibited = truth(&value),
                "receiver" => {
                    let regex = anchored(&value)
                        .map_err(|reason| bad(&format!("failed to parse receiver param: {reason}")))?;
                    wanted.receiver = Some(regex);
                }
                "filter" | "filter[]" => {
                    wanted.filter.push(parse_classic(&value).map_err(|reason| bad(&reason))?);
                }
                // `unprocessed`, which Alertmanager takes and does not look at, and what nobody knows.
                _ => {}
            }
        }
        Ok(wanted)
    }

    pub(super) fn receiver_matches(&self, name: &str) -> bool {
        self.receiver.as_ref().is_none_or(|regex| regex.is_match(name))
    }
}

/// Alertmanager's own idea of a boolean: all else is false.
fn truth(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "1" | "yes" | "ok" | "y" | "on" | "selected" | "checked" | "t" | "enabled"
    )
}
