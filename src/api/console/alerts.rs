//! What fires now, whether anybody is notified of it or not.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Console;
use super::page::made;
use super::silence::Crowd;
use super::visitor::Visitor;
use slo_core::names;
use slo_core::time::Timestamp;
use slo_incidents::AlertService;
use slo_incidents::alerts::AlertEntry;
use slo_incidents::silences::Silences;

/// The most alerts of the page.
const MOST: usize = 500;

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Response {
    let (service, now) = (console.service.clone(), console.service.clock.now());
    made(StatusCode::OK, "alerts.html", &visitor, now, move || content(&service, now)).await
}

fn content(service: &AlertService, now: Timestamp) -> Value {
    let crowd = Crowd::of(service, now);
    let mut alerts: Vec<&AlertEntry> = crowd.all().collect();
    // An alert without a priority comes after those that have one.
    alerts.sort_by_key(|(print, alert)| {
        let priority = alert.labels.find(names::PRIORITY).unwrap_or("~");
        (priority, std::cmp::Reverse(alert.starts_at), *print)
    });
    let (active, routes) = (service.silences.active(), &service.routes);
    let rows: Vec<Value> = alerts
        .iter()
        .take(MOST)
        .map(|(print, alert)| {
            let labels = &alert.labels;
            let (state, tone) = if !Silences::matching(&active, &alert.labels).is_empty() {
                ("silenced", "warn")
            } else if routes.inhibited_by(*print).is_empty() {
                ("firing", "bad")
            } else {
                ("inhibited", "warn")
            };
            json!({
                "fingerprint": print.to_string(), "name": labels.get(names::ALERTNAME), "priority": labels.get(names::PRIORITY),
                "labels": labels.without(&[names::ALERTNAME]).to_string(), "summary": alert.annotations.find(names::SUMMARY),
                "state": state, "tone": tone, "starts_at": alert.starts_at.ms(),
            })
        })
        .collect();
    json!({"alerts": rows, "total": alerts.len()})
}
