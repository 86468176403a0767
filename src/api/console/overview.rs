//! The first page: what is wrong now, and who has it.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Console;
use super::budgets::budgets;
use super::page::page;
use super::silence::{listed, muted_and_firing, unexpired};
use super::visitor::Visitor;
use crate::incident::incidents::{Incident, IncidentState};

/// The most incidents of a page; those that are over are few, to be judged while they are fresh.
const MOST_OPEN: usize = 100;
const MOST_OVER: usize = 10;
const DAY_MS: i64 = 86_400_000;

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
    let desk = &console.desk;
    let (now, snapshot) = (desk.clock.now_ms(), console.board.latest());
    let all = desk.incidents.all();
    let mut open: Vec<&Arc<Incident>> =
        all.iter().filter(|incident| incident.state != IncidentState::Resolved).collect();
    open.sort_by_key(|incident| {
        (incident.state == IncidentState::Acknowledged, incident.priority, incident.opened_at)
    });
    let mut over: Vec<&Arc<Incident>> =
        all.iter().filter(|incident| incident.resolved_at.is_some_and(|at| now - at < DAY_MS)).collect();
    over.sort_by_key(|incident| std::cmp::Reverse(incident.resolved_at));
    over.truncate(MOST_OVER);
    let shown: Vec<&Incident> = open.iter().take(MOST_OPEN).map(|incident| incident.as_ref()).collect();
    let over: Vec<&Incident> = over.into_iter().map(AsRef::as_ref).collect();
    let (slos, more_slos) = budgets(&snapshot);
    let alerts = desk.alerts.all();
    let (muted, firing) = muted_and_firing(&desk.silences.active(), &alerts, now);
    let silences: Vec<Value> =
        unexpired(desk, now).iter().map(|silence| listed(silence, &alerts, now)).collect();
    let content = json!({
        "incidents": shown, "open": open.len(), "over": over,
        "slos": slos, "more_slos": more_slos,
        "at": snapshot.at, "filling": snapshot.filling, "errors": snapshot.errors,
        "oncall": on_call(&console, now).await,
        "silences": silences, "muted": muted, "firing": firing,
    });
    page(StatusCode::OK, "overview.html", &visitor, now, content)
}

async fn on_call(console: &Console, now: i64) -> Vec<Value> {
    let routes = console.desk.routes();
    // The next handover of a long rotation is searched for: not on a thread that answers others.
    let found = tokio::task::spawn_blocking(move || routes.on_call(now)).await.unwrap_or_default();
    found
        .iter()
        .map(|one| json!({"schedule": one.schedule, "people": one.people, "until": one.until}))
        .collect()
}
