//! What fires now, whether anybody is told of it or not.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Console;
use super::page::made;
use super::silence::Crowd;
use super::visitor::Visitor;
use crate::incident::Desk;
use crate::incident::alerts::Known;
use crate::incident::silences::Silences;

/// The most alerts of the page.
const MOST: usize = 500;

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Response {
    let (desk, now) = (console.desk.clone(), console.desk.clock.now_ms());
    made(StatusCode::OK, "alerts.html", &visitor, now, move || content(&desk, now)).await
}

fn content(desk: &Desk, now: i64) -> Value {
    let crowd = Crowd::of(desk, now);
    let mut alerts: Vec<&Known> = crowd.all().collect();
    // An alert without a priority comes after those that have one.
    alerts.sort_by_key(|(print, alert)| {
        let priority = alert.labels.find("priority").unwrap_or("~");
        (priority, std::cmp::Reverse(alert.starts_at), *print)
    });
    let (active, routes) = (desk.silences.active(), desk.routes());
    let rows: Vec<Value> = alerts
        .iter()
        .take(MOST)
        .map(|(print, alert)| {
            let labels = alert.labels.to_labels();
            let (state, tone) = if !Silences::matching(&active, &alert.labels).is_empty() {
                ("silenced", "warn")
            } else if routes.inhibited_by(*print).is_empty() {
                ("firing", "bad")
            } else {
                ("inhibited", "warn")
            };
            json!({
                "fingerprint": print.to_string(), "name": labels.get("alertname"), "priority": labels.get("priority"),
                "labels": labels.without(&["alertname"]).to_string(), "summary": alert.annotations.find("summary"),
                "state": state, "tone": tone, "starts_at": alert.starts_at,
            })
        })
        .collect();
    json!({"alerts": rows, "total": alerts.len()})
}
