//! An alert's page: what it says, where it stands, and why a notification was sent, or was not.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Console;
use super::page::{made, said};
use super::silence::{Crowd, written};
use super::visitor::Visitor;
use crate::api::why::of_alert;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::Timestamp;
use slo_incidents::AlertService;
use slo_incidents::incidents::{Incident, IncidentState};
use slo_model::alert::Fingerprint;
use slo_model::route::matcher::MatcherSpec;

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Response {
    let (service, now) = (&console.service, console.service.clock.now());
    let known = match name.parse() {
        Ok(print) => of_alert(service, print).await.map(|way| way.map(|way| (print, way))),
        Err(_) => Ok(None),
    };
    let (print, way) = match known {
        Ok(Some(known)) => known,
        Ok(None) => {
            let text = format!(
                "Nothing is known of an alert {name:?}: it ended more than a month ago, or its fingerprint (sixteen \
                 hexadecimal digits) is another."
            );
            return said(StatusCode::NOT_FOUND, &visitor, now, &text);
        }
        Err(error) => {
            tracing::error!(error, "an alert's way could not be read");
            let text = "What is stored could not be read; try again.";
            return said(StatusCode::INTERNAL_SERVER_ERROR, &visitor, now, text);
        }
    };
    let service = service.clone();
    made(StatusCode::OK, "alert.html", &visitor, now, move || content(&service, print, &way, now)).await
}

fn content(service: &AlertService, print: Fingerprint, way: &Value, now: Timestamp) -> Value {
    let kept = service.alerts.get(print);
    let labels = kept.as_ref().map(|alert| &alert.labels);
    let crowd = Crowd::of(service, now);
    let silenced: Vec<Value> = service
        .silences
        .active()
        .iter()
        .filter(|silence| labels.is_some_and(|labels| silence.matches(labels)))
        .map(|silence| crowd.listed(silence))
        .collect();
    // Our own alerts come from this very page.
    let own = format!("/alerts/{print}");
    json!({
        "alert": with_steps(service, way, now),
        "annotations": kept.as_ref().map(|alert| &alert.annotations).filter(|pairs| !pairs.is_empty()),
        "source": kept.as_ref().map(|alert| &*alert.generator_url).filter(|url| !url.ends_with(&own)),
        "silenced": silenced,
        "inhibited": service.routes.inhibited_by(print),
        "incidents": labels.map(|labels| incidents_of(service, labels)),
        "matchers": labels.map(|labels| written(&equal(labels.iter()))),
    })
}

/// An alert with its way, as pages show it.
pub(super) fn with_steps(service: &AlertService, way: &Value, now: Timestamp) -> Value {
    let print = way.get("fingerprint").and_then(Value::as_str).unwrap_or_default();
    let kept = print.parse().ok().and_then(|print| service.alerts.get(print));
    let (state, tone) = match &kept {
        None => ("over", "plain"),
        Some(alert) if alert.is_resolved(now) => ("resolved", "good"),
        Some(alert) if service.silences.active().iter().any(|silence| silence.matches(&alert.labels)) => {
            ("silenced", "warn")
        }
        Some(_) => ("firing", "bad"),
    };
    let named = kept.as_ref().map(|alert| alert.labels.get(names::ALERTNAME)).filter(|name| !name.is_empty());
    let name = named.map_or_else(|| format!("alert {print}"), str::to_owned);
    let annotation = |names: [&str; 2]| {
        let annotations = kept.as_ref().map(|alert| &alert.annotations)?;
        names.iter().find_map(|name| annotations.find(name)).map(str::to_owned)
    };
    json!({
        "fingerprint": print,
        "name": name,
        "text": kept.as_ref().map(|alert| alert.labels.to_string()),
        "state": state,
        "tone": tone,
        "starts_at": kept.as_ref().map(|alert| alert.starts_at.ms()),
        "ended_at": kept.as_ref().map(|alert| alert.ends_at).filter(|at| *at <= now).map(Timestamp::ms),
        "summary": annotation([names::SUMMARY, names::DESCRIPTION]),
        "runbook": annotation([names::RUNBOOK_URL, names::RUNBOOK]),
        "labels": kept.as_ref().map(|alert| &alert.labels),
        "steps": way.get("steps"),
    })
}

/// Open incidents whose labels it has.
fn incidents_of(service: &AlertService, labels: &Labels) -> Vec<Value> {
    let is_of = |incident: &Incident| !incident.labels.is_empty() && labels.has_all(&incident.labels);
    let all = service.incidents.all();
    let open = all.iter().filter(|incident| incident.state != IncidentState::Resolved && is_of(incident));
    open.map(|incident| json!(incident.as_ref())).collect()
}

/// Matchers of all that has these labels.
pub(super) fn equal<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<MatcherSpec> {
    labels
        .map(|(name, value)| MatcherSpec {
            is_equal: true,
            is_regex: false,
            name: name.to_owned(),
            value: value.to_owned(),
        })
        .collect()
}
