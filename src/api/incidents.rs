//! Our own API for incidents.

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::caller::Caller;
use super::refusal::failed;
use super::why::why;
use slo_core::time::Span;
use slo_incidents::AlertService;
use slo_incidents::access::audit::Entry;
use slo_incidents::incidents::{Action, Incident, IncidentError, IncidentState, Mark};

/// The most bytes of a request.
const MAX_BODY: usize = 64 << 10;
const DAY: Span = Span::days(1);
/// The most incidents in one answer.
const MOST: usize = 1000;

/// `/api/slo/v1/incidents…`, `/api/slo/v1/alerts/{id}/why` and `/api/slo/v1/schedules/{name}.ics`.
pub fn router(service: AlertService) -> Router {
    Router::new()
        .route("/api/slo/v1/incidents", get(list))
        .route("/api/slo/v1/incidents/{id}", get(one))
        .route("/api/slo/v1/incidents/{id}/{action}", post(act))
        .route("/api/slo/v1/alerts/{id}/why", get(why))
        .route("/api/slo/v1/schedules/{file}", get(calendar))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service)
}

#[derive(Debug, Deserialize)]
struct Filter {
    /// `open` (all that are not over), one of the states, or nothing for all.
    state: Option<String>,
    limit: Option<usize>,
}

async fn list(State(service): State<AlertService>, Query(filter): Query<Filter>) -> Response {
    let wanted = filter.state.as_deref();
    if let Some(state) = wanted
        && state != "unresolved"
        && !IncidentState::ALL.iter().any(|known| known.as_str() == state)
    {
        let text = format!(
            "{state:?} is not a valid state; write open, acknowledged, resolved, reopened or unresolved"
        );
        return failed(StatusCode::BAD_REQUEST, &text);
    }
    let matches = |incident: &Incident| match wanted {
        None => true,
        Some("unresolved") => incident.state != IncidentState::Resolved,
        Some(state) => incident.state.as_str() == state,
    };
    let all = service.incidents.all();
    let found: Vec<&Incident> = all.iter().map(AsRef::as_ref).filter(|one| matches(one)).collect();
    let shown: Vec<&&Incident> = found.iter().take(filter.limit.unwrap_or(MOST).min(MOST)).collect();
    Json(json!({"incidents": shown, "total": found.len()})).into_response()
}

#[derive(Serialize)]
struct Whole<'a> {
    incident: &'a Incident,
    history: Vec<Entry>,
}

async fn one(State(service): State<AlertService>, Path(id): Path<String>) -> Response {
    let Some(incident) = service.incidents.get(&id) else {
        return failed(StatusCode::NOT_FOUND, &IncidentError::NotFound(id).to_string());
    };
    match service.incidents.history(&id).await {
        Ok(history) => Json(Whole { incident: &incident, history }).into_response(),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Who acts, when the token stands for several people.
    pub(super) by: Option<String>,
    /// A note's text.
    pub(super) text: Option<String>,
    /// `useful`, `noise` or `false_positive`.
    pub(super) mark: Option<String>,
}

async fn act(
    State(service): State<AlertService>,
    Path((id, action)): Path<(String, String)>,
    caller: Caller,
    words: Result<Json<Words>, JsonRejection>,
) -> Response {
    let words = match words {
        Ok(Json(words)) => words,
        Err(JsonRejection::MissingJsonContentType(_)) => Words::default(),
        Err(rejection) => return failed(rejection.status(), &rejection.body_text()),
    };
    let action = match action_of(&action, &words) {
        Ok(action) => action,
        Err((status, text)) => return failed(status, &text),
    };
    let by = match caller.acting(words.by.as_deref()) {
        Ok(by) => by,
        Err(text) => return failed(StatusCode::BAD_REQUEST, text),
    };
    match service.incidents.act(&id, &action, &by).await {
        Ok(incident) => Json(json!({"incident": incident.as_ref()})).into_response(),
        Err(error) => refused(&error),
    }
}

pub(super) fn action_of(name: &str, words: &Words) -> Result<Action, (StatusCode, String)> {
    let missing = |text: &str| (StatusCode::BAD_REQUEST, text.to_owned());
    match name {
        "acknowledge" => Ok(Action::Acknowledge),
        "resolve" => Ok(Action::Resolve { by_alerts: false }),
        "note" => {
            words.text.clone().map(Action::Note).ok_or_else(|| missing("a note needs {\"text\": \"…\"}"))
        }
        "mark" => {
            let mark = words.mark.as_deref().ok_or_else(|| missing("write {\"mark\": \"useful\"}"))?;
            mark.parse::<Mark>().map(Action::Mark).map_err(|reason| (StatusCode::BAD_REQUEST, reason))
        }
        other => Err((
            StatusCode::NOT_FOUND,
            format!("{other:?} is nothing that can be done; try acknowledge, resolve, note or mark"),
        )),
    }
}

fn refused(error: &IncidentError) -> Response {
    let status = match error {
        IncidentError::NotFound(_) => StatusCode::NOT_FOUND,
        IncidentError::Refused(_) => StatusCode::CONFLICT,
        IncidentError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    failed(status, &error.to_string())
}

/// `GET /api/slo/v1/schedules/NAME.ics`, for calendars that subscribe: four weeks back and half a year ahead.
async fn calendar(State(service): State<AlertService>, Path(file): Path<String>) -> Response {
    let now = service.clock.now();
    let (routes, name) = (service.routes.clone(), file.strip_suffix(".ics").unwrap_or_default().to_owned());
    // Half a year of a long rotation takes a while: not on a thread that answers others.
    let (from, to) = (now - DAY * 28, now + DAY * 180);
    let feed = tokio::task::spawn_blocking(move || routes.calendar(&name, from, to)).await;
    match feed {
        Ok(Some(feed)) => ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], feed).into_response(),
        Ok(None) => failed(
            StatusCode::NOT_FOUND,
            "there is no such schedule; the routing file names them, and a feed is its name with .ics",
        ),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
