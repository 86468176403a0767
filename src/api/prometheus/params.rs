//! Parameters as Prometheus takes them: from the query string and from a form, times as unix seconds or RFC 3339,
//! durations as seconds or `5m`, selectors as `match[]`.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;

use super::answer::ApiError;
use slo_core::duration::parse;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_embedded::{Failure, parse_selector};
use slo_model::promql::Selector;

/// Times beyond this are refused: milliseconds that a float and the store both hold exactly.
const TIME_LIMIT_SECONDS: f64 = 1e11;

/// Names and values of one request, those of the form first, as Go's `FormValue` has them.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let form = if is_form {
            let body = Bytes::from_request(request, state).await;
            body.map_err(|error| ApiError::bad_data(format!("cannot read the form: {error}")))?
        } else {
            Bytes::new()
        };
        let pairs = url::form_urlencoded::parse(&form).chain(url::form_urlencoded::parse(query.as_bytes()));
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }
}

impl Params {
    /// The first value of a parameter, if it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A parameter that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| invalid(name, "it is missing or empty"))
    }

    /// A time, `default` when it is not given.
    pub fn time(&self, name: &str, default: Timestamp) -> Result<Timestamp, ApiError> {
        match self.get(name) {
            None => Ok(default),
            Some(text) => time(text)
                .ok_or_else(|| invalid(name, &format!("cannot parse \"{text}\" to a valid timestamp"))),
        }
    }

    /// A time that has to be given.
    pub fn required_time(&self, name: &str) -> Result<Timestamp, ApiError> {
        self.required(name)?;
        self.time(name, Timestamp::EPOCH)
    }

    /// A duration.
    pub fn duration(&self, name: &str) -> Result<Option<Span>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match duration(text) {
            Some(length) => Ok(Some(length)),
            None => Err(invalid(name, &format!("cannot parse \"{text}\" to a valid duration"))),
        }
    }

    /// `timeout`, if it is given.
    pub fn timeout(&self) -> Result<Option<Duration>, ApiError> {
        let length = self.duration("timeout")?;
        Ok(length.map(Span::to_std))
    }

    /// `start` and `end` as a range in which `start` is included; all of time when they are not given. An end before the start
    /// is an empty range, not an error, as in Prometheus 2.42.
    pub fn range(&self) -> Result<TimeRange, ApiError> {
        let start = self.time("start", Timestamp::MIN)?;
        let end = self.time("end", Timestamp::MAX)?;
        Ok(TimeRange::new(start - Span::MILLISECOND, end))
    }

    /// Every `match[]`, parsed where it keeps no other request waiting.
    pub async fn selectors(&self) -> Result<Vec<Selector>, ApiError> {
        let texts = self.0.iter().filter(|(key, _)| key == "match[]").map(|(_, value)| value.clone());
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let parse = move || texts.iter().map(|text| parse_selector(text)).collect::<Result<Vec<_>, _>>();
        let parsed = tokio::task::spawn_blocking(parse).await;
        let parsed = parsed.unwrap_or_else(|error| Err(Failure::Internal(error.to_string())));
        parsed.map_err(|failure| match failure {
            Failure::BadData(reason) => invalid("match[]", &reason),
            other => other.into(),
        })
    }
}

fn invalid(name: &str, reason: &str) -> ApiError {
    ApiError::bad_data(format!("invalid parameter \"{name}\": {reason}"))
}

/// Unix seconds with a fraction, or RFC 3339.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        // NaN is not inside either.
        return (seconds.abs() <= TIME_LIMIT_SECONDS).then(|| Timestamp::from_seconds_f64(seconds));
    }
    text.parse().ok()
}

/// Seconds with a fraction, or Prometheus' `1h30m`.
fn duration(text: &str) -> Option<Span> {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.abs() <= TIME_LIMIT_SECONDS).then_some(Span::from_ms((seconds * 1000.0) as i64));
    }
    parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc3339() {
        for (text, want) in [
            ("1788220800", Some(1_788_220_800_000)),
            ("1788220800.5", Some(1_788_220_800_500)),
            ("1.7882208e9", Some(1_788_220_800_000)),
            ("2026-09-01T00:00:00Z", Some(1_788_220_800_000)),
            ("2026-09-01T02:00:00.25+02:00", Some(1_788_220_800_250)),
            ("-5", Some(-5000)),
            ("NaN", None),
            ("1e300", None),
            ("yesterday", None),
        ] {
            assert_eq!(time(text), want.map(Timestamp::from_ms), "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_or_prometheus_own() {
        for (text, want) in [
            ("15", Some(15_000)),
            ("0.25", Some(250)),
            ("5m", Some(300_000)),
            ("1h30m", Some(5_400_000)),
            ("1d2h3m4s5ms", Some(93_784_005)),
            ("30m1h", None),
            ("1h1h", None),
            ("5m1h5m", None),
            ("m", None),
            ("5 m", None),
            ("5x", None),
            ("99999999999999999999s", None),
            ("9999999999999y", None),
        ] {
            assert_eq!(duration(text), want.map(Span::from_ms), "{text}");
        }
    }
}
