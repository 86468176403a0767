//! `/api/v2/alerts`: what there is, and what comes in.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::answer::{coded, required, said, written};
use super::params::Wanted;
use super::{AlertService, body, time};
use slo_core::labels::{Labels, RawLabels};
use slo_core::time::Timestamp;
use slo_incidents::alerts::{AlertEntry, IngestError};
use slo_incidents::notify::ports::Routes;
use slo_incidents::silences::{Silence, Silences};
use slo_model::alert::{Fingerprint, IncomingAlert, StoredAlert};
use slo_model::route::matcher::filter_matches;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    labels: Option<RawLabels>,
    annotations: Option<RawLabels>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    #[serde(rename = "generatorURL")]
    generator_url: Option<String>,
}

pub(super) async fn post(
    State(service): State<AlertService>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let posted: Vec<Option<Posted>> = match body::json("alerts", &headers, body) {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let mut all = Vec::with_capacity(posted.len());
    for (at, posted) in posted.into_iter().enumerate() {
        match incoming(at, posted) {
            Ok(alert) => all.push(alert),
            Err(response) => return response,
        }
    }
    match service.alerts.put(all).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error @ IngestError::Invalid(_)) => said(StatusCode::BAD_REQUEST, &error.to_string()),
        // Not 5xx: the sender would send the same again at once, and there would be no more room.
        Err(error @ IngestError::TooMany { .. }) => said(StatusCode::TOO_MANY_REQUESTS, &error.to_string()),
        Err(error @ (IngestError::Database(_) | IngestError::Stopping)) => {
            tracing::error!(%error, "alerts were not taken");
            said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn incoming(at: usize, posted: Option<Posted>) -> Result<IncomingAlert, Response> {
    let Some(Posted { labels: Some(labels), annotations, starts_at, ends_at, generator_url }) = posted else {
        return Err(required(&format!("{at}.labels")));
    };
    let generator_url = generator_url.unwrap_or_default();
    if !(generator_url.is_empty() || is_uri(&generator_url)) {
        let text = format!("{at}.generatorURL in body must be of type uri: {generator_url:?}");
        return Err(coded(StatusCode::UNPROCESSABLE_ENTITY, 601, &text));
    }
    Ok(IncomingAlert {
        labels,
        annotations: annotations.unwrap_or_default(),
        starts_at: moment(starts_at)?,
        ends_at: moment(ends_at)?,
        generator_url: generator_url.into(),
        ..IncomingAlert::default()
    })
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn moment(text: Option<String>) -> Result<Option<Timestamp>, Response> {
    let Some(text) = text else { return Ok(None) };
    time::read(&text).map_err(|reason| {
        let text = format!("parsing alerts body from \"\" failed, because {reason}");
        coded(StatusCode::BAD_REQUEST, 400, &text)
    })
}

/// As Go's `url.ParseRequestURI`: an absolute path, or a scheme.
fn is_uri(text: &str) -> bool {
    let plain = !text.chars().any(char::is_control);
    plain && (text.starts_with('/') || url::Url::parse(text).is_ok())
}

/// An alert as it is listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<'a> {
    annotations: &'a RawLabels,
    ends_at: String,
    fingerprint: Fingerprinted,
    receivers: Vec<Named<'a>>,
    starts_at: String,
    status: Status<'a>,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
    generator_url: &'a str,
    labels: &'a Labels,
}

#[derive(Serialize)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    inhibited_by: Vec<String>,
    silenced_by: Vec<&'a str>,
    state: &'static str,
}

/// A fingerprint as sixteen hexadecimal digits.
struct Fingerprinted(Fingerprint);

impl Serialize for Fingerprinted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What decides whether and how alerts are listed, read once for a request.
pub(super) struct View {
    now: Timestamp,
    silences: Vec<Arc<Silence>>,
    pub(super) routes: Arc<dyn Routes>,
    pub(super) wanted: Wanted,
}

impl View {
    pub(super) fn new(service: &AlertService, wanted: Wanted) -> Self {
        Self {
            now: service.clock.now(),
            silences: service.silences.active(),
            routes: service.routes.clone(),
            wanted,
        }
    }

    /// The alert as it is listed, if it is wanted.
    pub(super) fn list<'a>(
        &'a self,
        (print, alert): &'a AlertEntry,
        receivers: impl IntoIterator<Item = &'a str>,
    ) -> Option<Listed<'a>> {
        let alert: &StoredAlert = alert;
        if alert.ends_at < self.now || !filter_matches(&self.wanted.filter, |name| alert.labels.find(name)) {
            return None;
        }
        let silenced_by = Silences::matching(&self.silences, &alert.labels);
        let inhibited_by = self.routes.inhibited_by(*print);
        let active = silenced_by.is_empty() && inhibited_by.is_empty();
        if (active && !self.wanted.active)
            || (!silenced_by.is_empty() && !self.wanted.silenced)
            || (!inhibited_by.is_empty() && !self.wanted.inhibited)
        {
            return None;
        }
        Some(Listed {
            annotations: &alert.annotations,
            ends_at: time::write(alert.ends_at),
            fingerprint: Fingerprinted(*print),
            receivers: receivers.into_iter().map(|name| Named { name }).collect(),
            starts_at: time::write(alert.starts_at),
            status: Status { inhibited_by, silenced_by, state: if active { "active" } else { "suppressed" } },
            updated_at: time::write(alert.updated_at),
            generator_url: &alert.generator_url,
            labels: &alert.labels,
        })
    }
}

pub(super) async fn list(State(service): State<AlertService>, RawQuery(query): RawQuery) -> Response {
    match Wanted::parse(query.as_deref()) {
        // Tens of thousands take a while to write: not on a thread that answers others.
        Ok(wanted) => off_thread(move || render(&service, wanted)).await,
        Err(response) => response,
    }
}

fn render(service: &AlertService, wanted: Wanted) -> Result<Vec<u8>, serde_json::Error> {
    let view = View::new(service, wanted);
    let alerts = service.alerts.all();
    let mut body = Vec::with_capacity(alerts.len() * 512 + 2);
    body.push(b'[');
    for known in &alerts {
        let destinations = view.routes.destinations(known.0, &known.1.labels);
        let receivers: BTreeSet<&str> = destinations.iter().map(|to| to.receiver.as_ref()).collect();
        if !receivers.iter().any(|name| view.wanted.receiver_matches(name)) {
            continue;
        }
        if let Some(listed) = view.list(known, receivers) {
            if body.len() > 1 {
                body.push(b',');
            }
            serde_json::to_writer(&mut body, &listed)?;
        }
    }
    body.extend(b"]\n");
    Ok(body)
}

/// Runs long work beside the threads that answer requests.
pub(super) async fn off_thread(
    work: impl FnOnce() -> Result<Vec<u8>, serde_json::Error> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(body)) => written(body),
        Ok(Err(error)) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
