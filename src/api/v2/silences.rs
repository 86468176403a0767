//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{coded, required, said, written};
use super::params::Wanted;
use super::{AlertService, body, time};
use crate::api::caller::Caller;
use slo_core::time::Timestamp;
use slo_incidents::silences::{LONGEST_SERIES, Series, Silence, SilenceError, SilenceRequest};
use slo_model::route::matcher::{MatcherSpec, filter_matches};

/// Most alerts a preview names; it counts all.
const MOST_PREVIEWED: usize = 100;
/// Occurrences that a preview names.
const NEXT_OCCURRENCES: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    id: Option<String>,
    matchers: Option<Vec<Option<PostedMatcher>>>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
    /// Ours: when it comes again.
    recurrence: Option<Recurrence>,
}

/// When a silence comes again.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Recurrence {
    rule: String,
    #[serde(default = "utc")]
    time_zone: String,
    until: Option<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostedMatcher {
    name: Option<String>,
    value: Option<String>,
    is_regex: Option<bool>,
    is_equal: Option<bool>,
}

pub(super) async fn post(
    State(service): State<AlertService>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let posted: Posted = match body::json("silence", &headers, body) {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let wanted = match request(posted, service.clock.now()) {
        Ok(wanted) => wanted,
        Err(response) => return response,
    };
    let actor = caller.acting_as_any(&wanted.created_by);
    match service.silences.set(wanted, &actor).await {
        Ok(id) => written(format!("{}\n", json!({"silenceID": id})).into_bytes()),
        Err(error) => refused(&error),
    }
}

/// In the order in which Alertmanager's schema looks.
#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn request(posted: Posted, now: Timestamp) -> Result<SilenceRequest, Response> {
    let comment = posted.comment.ok_or_else(|| required("comment"))?;
    let created_by = posted.created_by.ok_or_else(|| required("createdBy"))?;
    let ends_at = moment(posted.ends_at, "endsAt")?;
    let matchers = posted.matchers.ok_or_else(|| required("matchers"))?;
    if matchers.is_empty() {
        let text = "matchers in body should have at least 1 items";
        return Err(coded(StatusCode::UNPROCESSABLE_ENTITY, 612, text));
    }
    let matchers =
        matchers.into_iter().enumerate().map(|(at, posted)| matcher(at, posted)).collect::<Result<_, _>>()?;
    let starts_at = moment(posted.starts_at, "startsAt")?;
    let id = posted.id.filter(|id| !id.is_empty());
    let series = posted.recurrence.map(|wanted| series(wanted, starts_at, now)).transpose()?;
    Ok(SilenceRequest { id, matchers, starts_at, ends_at, created_by, comment, series })
}

/// A series that says no end goes on for as long as one may.
#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn series(wanted: Recurrence, starts_at: Timestamp, now: Timestamp) -> Result<Series, Response> {
    let until = match wanted.until {
        Some(until) => moment(Some(until), "recurrence.until")?,
        None => starts_at.max(now) + LONGEST_SERIES,
    };
    Ok(Series { rule: wanted.rule, time_zone: wanted.time_zone, until })
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn moment(text: Option<String>, name: &str) -> Result<Timestamp, Response> {
    let text = text.ok_or_else(|| required(name))?;
    match time::read(&text) {
        // Long ago: a silence begins now at the earliest.
        Ok(time) => Ok(time.unwrap_or_default()),
        Err(reason) => {
            let text = format!("parsing silence body from \"\" failed, because {reason}");
            Err(coded(StatusCode::BAD_REQUEST, 400, &text))
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn matcher(at: usize, posted: Option<PostedMatcher>) -> Result<MatcherSpec, Response> {
    let missing = |name: &str| required(&format!("matchers.{at}.{name}"));
    let posted = posted.ok_or_else(|| missing("isRegex"))?;
    let is_regex = posted.is_regex.ok_or_else(|| missing("isRegex"))?;
    let name = posted.name.ok_or_else(|| missing("name"))?;
    let value = posted.value.ok_or_else(|| missing("value"))?;
    Ok(MatcherSpec { is_equal: posted.is_equal.unwrap_or(true), is_regex, name, value })
}

fn refused(error: &SilenceError) -> Response {
    let text = error.to_string();
    match error {
        SilenceError::NotFound => said(StatusCode::NOT_FOUND, &text),
        SilenceError::Invalid(_) => said(StatusCode::BAD_REQUEST, &text),
        SilenceError::TooMany(_) => said(StatusCode::TOO_MANY_REQUESTS, &text),
        SilenceError::Database(_) => {
            tracing::error!(%error, "a silence was not taken");
            said(StatusCode::INTERNAL_SERVER_ERROR, &text)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: &'a str,
    status: serde_json::Value,
    updated_at: String,
    comment: &'a str,
    created_by: &'a str,
    ends_at: String,
    matchers: &'a [MatcherSpec],
    starts_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<Recurrence>,
}

/// Of a series, the times are those of the present occurrence or the next one: so tools that know of none show it right.
fn listed(silence: &Silence, now: Timestamp) -> Listed<'_> {
    let body = &silence.body;
    let (starts_at, ends_at) = silence.occurrence(now);
    let recurrence = body.series.as_ref().map(|series| Recurrence {
        rule: series.rule.clone(),
        time_zone: series.time_zone.clone(),
        until: Some(time::write(series.until)),
    });
    Listed {
        id: &body.id,
        status: json!({"state": silence.state(now).as_str()}),
        updated_at: time::write(body.updated_at),
        comment: &body.comment,
        created_by: &body.created_by,
        ends_at: time::write(ends_at),
        matchers: &body.matchers,
        starts_at: time::write(starts_at),
        recurrence,
    }
}

/// `POST /api/slo/v1/silences/preview`: what a silence would mute, and when, without making it.
pub(super) async fn preview(
    State(service): State<AlertService>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let now = service.clock.now();
    let posted: Posted = match body::json("silence", &headers, body) {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let wanted = match request(posted, now) {
        Ok(wanted) => wanted,
        Err(response) => return response,
    };
    let silence = match service.silences.preview(wanted) {
        Ok(silence) => silence,
        Err(error) => return refused(&error),
    };
    let all = service.alerts.all();
    let muted: Vec<_> =
        all.iter().filter(|(_, alert)| !alert.is_resolved(now) && silence.matches(&alert.labels)).collect();
    let alerts: Vec<_> = muted
        .iter()
        .take(MOST_PREVIEWED)
        .map(|(print, alert)| json!({"fingerprint": print.to_string(), "labels": alert.labels}))
        .collect();
    let occurrences: Vec<_> = silence
        .occurrences(now, NEXT_OCCURRENCES)
        .map(|(start, end)| json!({"startsAt": time::write(start), "endsAt": time::write(end)}))
        .collect();
    answered(&json!({"alerts": alerts, "total": muted.len(), "occurrences": occurrences}))
}

pub(super) async fn list(State(service): State<AlertService>, RawQuery(query): RawQuery) -> Response {
    let wanted = match Wanted::parse(query.as_deref()) {
        Ok(wanted) => wanted,
        Err(response) => return response,
    };
    let (all, now) = (service.silences.all(), service.clock.now());
    let matching = all.iter().filter(|silence| {
        filter_matches(&wanted.filter, |name| {
            silence
                .body
                .matchers
                .iter()
                .rfind(|matcher| matcher.name == name)
                .map(|found| found.value.as_str())
        })
    });
    let listed: Vec<Listed> = matching.map(|silence| listed(silence, now)).collect();
    answered(&listed)
}

pub(super) async fn get_one(State(service): State<AlertService>, Path(id): Path<String>) -> Response {
    if let Err(response) = check_id(&id) {
        return response;
    }
    match service.silences.get(&id) {
        Some(silence) => answered(&listed(&silence, service.clock.now())),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn expire(
    State(service): State<AlertService>,
    Path(id): Path<String>,
    caller: Caller,
) -> Response {
    if let Err(response) = check_id(&id) {
        return response;
    }
    match service.silences.expire(&id, caller.name()).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => refused(&error),
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn check_id(id: &str) -> Result<(), Response> {
    let uuid = id.len() == 36
        && id
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() });
    if uuid {
        return Ok(());
    }
    let text = format!("silenceID in path must be of type uuid: {id:?}");
    Err(coded(StatusCode::UNPROCESSABLE_ENTITY, 601, &text))
}

fn answered<T: Serialize>(value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(mut body) => {
            body.push(b'\n');
            written(body)
        }
        Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
