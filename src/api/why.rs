//! Why people were notified of an alert, or were not: what was decided about it and what became of its notifications, in
//! order.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

use super::refusal::failed;
use slo_incidents::AlertService;
use slo_incidents::incidents::Incident;
use slo_incidents::notify::delivery_status;
use slo_model::alert::Fingerprint;

/// The most alerts of an incident that are explained.
const MOST_ALERTS: usize = 50;

/// `GET /api/slo/v1/alerts/ID/why`: of an alert's fingerprint its way; of an incident's id, `alerts` has the way of each
/// of its alerts.
pub(super) async fn why(State(service): State<AlertService>, Path(id): Path<String>) -> Response {
    match explained(&service, &id).await {
        Ok(Some(explained)) => Json(explained).into_response(),
        Ok(None) => failed(
            StatusCode::NOT_FOUND,
            &format!(
                "nothing is known of an alert or incident {id:?}; an alert's name is its fingerprint, sixteen hexadecimal \
                 digits, and `slo alerts list` shows incidents"
            ),
        ),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

async fn explained(service: &AlertService, id: &str) -> Result<Option<Value>, String> {
    if let Ok(print) = id.parse()
        && let Some(alert) = of_alert(service, print).await?
    {
        return Ok(Some(alert));
    }
    let Some(incident) = service.incidents.get(id) else { return Ok(None) };
    let alerts = of_incident(service, &incident).await?;
    Ok(Some(json!({"incident": incident.as_ref(), "alerts": alerts})))
}

/// The ways of an incident's alerts.
pub(super) async fn of_incident(service: &AlertService, incident: &Incident) -> Result<Vec<Value>, String> {
    let mut alerts = Vec::new();
    for print in alerts_of(service, incident).await?.into_iter().take(MOST_ALERTS) {
        alerts.extend(of_alert(service, print).await?);
    }
    Ok(alerts)
}

/// An alert's way, or `None` when nothing is known of it.
pub(super) async fn of_alert(service: &AlertService, print: Fingerprint) -> Result<Option<Value>, String> {
    let mut steps = service.memory.reasons(print).await.map_err(|error| error.to_string())?;
    let alert = service.alerts.get(print);
    if steps.is_empty() && alert.is_none() {
        return Ok(None);
    }
    let notifications = match &service.outbox {
        Some(outbox) => delivery_status::of_alert(outbox, print).await?,
        None => Vec::new(),
    };
    steps.extend(notifications.iter().flat_map(|status| status.steps(print)));
    // Stable: what was decided at one moment stays in the order of the decisions.
    steps.sort_by_key(|step| step.at);
    let labels = alert.map(|alert| alert.labels.clone());
    Ok(Some(
        json!({"fingerprint": print.to_string(), "labels": labels, "steps": steps, "messages": notifications}),
    ))
}

/// Those that people were notified of; where nobody was, those that fire and have what the incident's alerts share.
async fn alerts_of(service: &AlertService, incident: &Incident) -> Result<BTreeSet<Fingerprint>, String> {
    let mut alerts = BTreeSet::new();
    if let Some(outbox) = &service.outbox {
        for entry in outbox.by_incident(&incident.id).await.map_err(|error| error.to_string())? {
            alerts.extend(entry.notification.alerts.iter().map(|alert| alert.fingerprint));
        }
    }
    if alerts.is_empty() {
        let all = service.alerts.all();
        let shared = all.iter().filter(|(_, alert)| alert.labels.has_all(&incident.labels));
        alerts.extend(shared.map(|(print, _)| *print));
    }
    Ok(alerts)
}
