//! The first page: what is wrong now, and who has it.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Console;
use super::budgets::budgets;
use super::page::made;
use super::silence::{Crowd, unexpired};
use super::visitor::Visitor;
use crate::api::sources::{Shown, asked};
use slo_core::names;
use slo_core::time::{Span, Timestamp};
use slo_incidents::incidents::{Incident, IncidentState};
use slo_model::status::words::printable;

/// The most incidents of a page; those that are over are few, to be judged while they are fresh.
const MOST_OPEN: usize = 100;
const MOST_OVER: usize = 10;
const DAY: Span = Span::days(1);

pub(super) async fn show(
    State(console): State<Console>,
    OriginalUri(asked): OriginalUri,
    visitor: Visitor,
) -> Response {
    if !asked.path().ends_with('/') {
        // Links lead on from a folder.
        let last = asked.path().rsplit('/').next().unwrap_or_default();
        return (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{last}/"))]).into_response();
    }
    let now = console.service.clock.now();
    made(StatusCode::OK, "overview.html", &visitor, now, move || content(&console, now)).await
}

fn content(console: &Console, now: Timestamp) -> Value {
    let (service, snapshot) = (&console.service, console.snapshots.latest());
    let all = service.incidents.all();
    let mut open: Vec<&Arc<Incident>> =
        all.iter().filter(|incident| incident.state != IncidentState::Resolved).collect();
    open.sort_by_key(|incident| {
        (incident.state == IncidentState::Acknowledged, incident.priority, incident.opened_at)
    });
    let mut over: Vec<&Arc<Incident>> =
        all.iter().filter(|incident| incident.resolved_at.is_some_and(|at| now - at < DAY)).collect();
    over.sort_by_key(|incident| std::cmp::Reverse(incident.resolved_at));
    over.truncate(MOST_OVER);
    let shown: Vec<&Incident> = open.iter().take(MOST_OPEN).map(AsRef::as_ref).collect();
    let over: Vec<&Incident> = over.into_iter().map(AsRef::as_ref).collect();
    let (slos, more_slos) = budgets(&snapshot);
    let crowd = Crowd::of(service, now);
    let muted = crowd.muted_by_any(&service.silences.active());
    let silences: Vec<Value> = unexpired(service, now).iter().map(|silence| crowd.listed(silence)).collect();
    let summaries: Vec<Option<&str>> = shown.iter().map(|incident| summary(&crowd, incident)).collect();
    let on_call: Vec<Value> = service
        .routes
        .on_call(now)
        .iter()
        .map(|one| json!({"schedule": one.schedule, "people": one.people, "until": one.until.as_ref().map(|(at, shown)| (at.ms(), shown))}))
        .collect();
    let held: Vec<Value> = service
        .routes
        .held_back(now)
        .iter()
        .take(MOST_OPEN)
        .map(|one| json!({"priority": one.priority, "title": one.title, "until": one.until}))
        .collect();
    let sources: Vec<Value> = asked(&console.sources).into_iter().map(source).collect();
    json!({
        "sources": sources,
        "held": held,
        "incidents": shown, "summaries": summaries, "open": open.len(), "over": over,
        "slos": slos, "more_slos": more_slos,
        "at": snapshot.at.seconds(), "filling": snapshot.filling, "errors": console.snapshots.errors(),
        "oncall": on_call,
        "silences": silences, "muted": muted, "firing": crowd.len(),
    })
}

/// A data source, and how it is doing.
fn source(Shown { name, place, health }: Shown) -> Value {
    let (text, tone) = match health.is_up() {
        None => ("not asked yet", "dim"),
        Some(true) => ("answers", "good"),
        Some(false) => ("down", "bad"),
    };
    let requests = health.answered + health.failed;
    let each = (requests > 0).then(|| format!("{:.0} ms", health.seconds * 1000.0 / requests as f64));
    json!({
        "name": printable(&name), "place": printable(&place), "text": text, "tone": tone,
        "version": health.version, "error": health.error,
        "requests": requests, "failed": health.failed, "each": each, "partial": health.partial,
        "last_success": health.last_success.map(Timestamp::ms),
    })
}

/// What one of its alerts says of itself, rather one of those that made it as urgent as it is.
fn summary<'a>(crowd: &'a Crowd, incident: &'a Incident) -> Option<&'a str> {
    if incident.labels.is_empty() || !crowd.is_small() {
        return None;
    }
    let priority = incident.priority.as_str();
    let said = crowd.with(&incident.labels).filter_map(|(_, alert)| {
        let said =
            [names::SUMMARY, names::DESCRIPTION].iter().find_map(|name| alert.annotations.find(name))?;
        Some((alert.labels.get(names::PRIORITY) != priority, said))
    });
    said.min_by_key(|(less_urgent, _)| *less_urgent).map(|(_, said)| said)
}
