//! Our own API for incidents, and the page behind an acknowledge link.

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::caller::Caller;
use super::why::why;
use crate::incident::Desk;
use crate::incident::audit::Entry;
use crate::incident::incidents::{Action, Incident, IncidentError, IncidentState, Mark};
use crate::incident::links::{Link, LinkError};

/// The most bytes of a request.
const MAX_BODY: usize = 64 << 10;
const DAY_MS: i64 = 86_400_000;
/// The most incidents in one answer.
const MOST: usize = 1000;

/// `/api/slo/v1/incidents…`, `/api/slo/v1/alerts/{id}/why`, `/api/slo/v1/schedules/{name}.ics` and
/// `/ack/{token}`.
pub fn router(desk: Desk) -> Router {
    Router::new()
        .route("/api/slo/v1/incidents", get(list))
        .route("/api/slo/v1/incidents/{id}", get(one))
        .route("/api/slo/v1/incidents/{id}/{action}", post(act))
        .route("/api/slo/v1/alerts/{id}/why", get(why))
        .route("/api/slo/v1/schedules/{file}", get(calendar))
        .route("/ack/{token}", get(page).post(acknowledge))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(desk)
}

#[derive(Debug, Deserialize)]
struct Filter {
    /// `open` (all that are not over), one of the states, or nothing for all.
    state: Option<String>,
    limit: Option<usize>,
}

async fn list(State(desk): State<Desk>, Query(filter): Query<Filter>) -> Response {
    let wanted = filter.state.as_deref();
    if let Some(state) = wanted
        && state != "unresolved"
        && !IncidentState::ALL.iter().any(|known| known.as_str() == state)
    {
        let text =
            format!("{state:?} is no state; write open, acknowledged, resolved, reopened or unresolved");
        return failed(StatusCode::BAD_REQUEST, &text);
    }
    let matches = |incident: &Incident| match wanted {
        None => true,
        Some("unresolved") => incident.state != IncidentState::Resolved,
        Some(state) => incident.state.as_str() == state,
    };
    let all = desk.incidents.all();
    let found: Vec<&Incident> = all.iter().map(AsRef::as_ref).filter(|one| matches(one)).collect();
    let shown: Vec<&&Incident> = found.iter().take(filter.limit.unwrap_or(MOST).min(MOST)).collect();
    Json(json!({"incidents": shown, "total": found.len()})).into_response()
}

#[derive(Serialize)]
struct Whole<'a> {
    incident: &'a Incident,
    history: Vec<Entry>,
}

async fn one(State(desk): State<Desk>, Path(id): Path<String>) -> Response {
    let Some(incident) = desk.incidents.get(&id) else {
        return failed(StatusCode::NOT_FOUND, &IncidentError::NotFound(id).to_string());
    };
    match desk.incidents.history(&id).await {
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
    State(desk): State<Desk>,
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
    match desk.incidents.act(&id, &action, &by).await {
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
async fn calendar(State(desk): State<Desk>, Path(file): Path<String>) -> Response {
    let now = desk.clock.now_ms();
    let (routes, name) = (desk.routes(), file.strip_suffix(".ics").unwrap_or_default().to_owned());
    // Half a year of a long rotation takes a while: not on a thread that answers others.
    let (from, to) = (now - 28 * DAY_MS, now + 180 * DAY_MS);
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

pub(super) fn failed(status: StatusCode, text: &str) -> Response {
    if status.is_server_error() {
        tracing::error!(text, "a request failed");
    }
    (status, Json(json!({"code": status.as_u16(), "message": text}))).into_response()
}

/// Only shows: mail scanners and previews fetch links, and must not acknowledge.
async fn page(State(desk): State<Desk>, Path(token): Path<String>) -> Response {
    match desk.links.check(&token).await {
        Ok(link) => match desk.incidents.get(&link.incident) {
            Some(incident) => html(StatusCode::OK, &incident_page(&incident, &link)),
            None => html(StatusCode::GONE, "<p>The incident is not known any more.</p>"),
        },
        Err(error) => link_refused(&error),
    }
}

async fn acknowledge(State(desk): State<Desk>, Path(token): Path<String>) -> Response {
    let link = match desk.links.check(&token).await {
        Ok(link) => link,
        Err(error) => return link_refused(&error),
    };
    match desk.incidents.act(&link.incident, &Action::Acknowledge, &link.person).await {
        Ok(incident) => {
            let by = incident.acknowledged_by.as_deref().unwrap_or_default();
            let text = format!("<h1>{}</h1><p>Acknowledged by {}.</p>", escape(&incident.title), escape(by));
            html(StatusCode::OK, &text)
        }
        Err(error @ (IncidentError::Refused(_) | IncidentError::NotFound(_))) => {
            html(StatusCode::CONFLICT, &format!("<p>{}</p>", escape(&error.to_string())))
        }
        Err(IncidentError::Database(error)) => {
            tracing::error!(%error, "an acknowledgement was not stored");
            html(StatusCode::INTERNAL_SERVER_ERROR, "<p>It was not stored; try again.</p>")
        }
    }
}

fn link_refused(error: &LinkError) -> Response {
    let status = match error {
        LinkError::Forged => StatusCode::FORBIDDEN,
        LinkError::Expired => StatusCode::GONE,
        LinkError::Database(error) => {
            tracing::error!(%error, "a link could not be checked");
            return html(StatusCode::INTERNAL_SERVER_ERROR, "<p>It could not be checked; try again.</p>");
        }
    };
    html(status, &format!("<p>{}</p>", escape(&error.to_string())))
}

fn incident_page(incident: &Incident, link: &Link) -> String {
    let (title, person) = (escape(&incident.title), escape(&link.person));
    let state = match (&incident.acknowledged_by, incident.state) {
        (Some(by), IncidentState::Acknowledged) => format!("acknowledged by {}", escape(by)),
        (_, state) => state.as_str().to_owned(),
    };
    let button = match incident.state {
        IncidentState::Open | IncidentState::Reopened => {
            format!("<form method=\"post\"><button autofocus>Acknowledge as {person}</button></form>")
        }
        IncidentState::Acknowledged | IncidentState::Resolved => String::new(),
    };
    format!("<h1>{title}</h1><p>{:?}, {state}</p>{button}", incident.priority)
}

fn html(status: StatusCode, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>slo</title>\
         <style>body{{font:1.1rem system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.8rem 1.2rem}}</style>{body}</html>"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, Html(page)).into_response()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
