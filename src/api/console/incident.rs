//! An incident's page, and what can be done about it.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Console;
use super::alert::{equal, with_steps};
use super::draft::{Draft, timed};
use super::page::{made, said, segment};
use super::silence::{Crowd, unexpired, written};
use super::silences::no;
use super::visitor::Visitor;
use crate::api::incidents::{Words, action_of};
use crate::api::why::of_incident;
use slo_core::labels::RawLabels;
use slo_incidents::incidents::IncidentError;

/// What the forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    by: String,
    text: String,
    mark: Option<String>,
    duration: String,
    comment: String,
    /// `overview` to go back there.
    from: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Response {
    shown(&console, &visitor, &id, &Sent::default(), None).await
}

/// Where only forms lead, somebody who asks for the page is shown it.
pub(super) async fn back(visitor: Visitor, Path((id, _)): Path<(String, String)>) -> Response {
    visitor.sent_to(&place(&id), "")
}

/// The same.
pub(super) async fn to_silence(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.sent_to(&place(&id), "")
}

pub(super) async fn act(
    State(console): State<Console>,
    visitor: Visitor,
    Path((id, action)): Path<(String, String)>,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match read(&console, &visitor, form) {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    match acted(&console, &visitor, &id, &action, &sent).await {
        Ok(()) if sent.from == "overview" => visitor.sent_to("", &sent.by),
        Ok(()) => visitor.sent_to(&place(&id), &sent.by),
        Err(problem) => shown(&console, &visitor, &id, &sent, Some(problem)).await,
    }
}

pub(super) async fn silence(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = match read(&console, &visitor, form) {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    match silenced(&console, &visitor, &id, &sent).await {
        Ok(()) => visitor.sent_to(&place(&id), &sent.by),
        Err(problem) => shown(&console, &visitor, &id, &sent, Some(problem)).await,
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn read(
    console: &Console,
    visitor: &Visitor,
    form: Result<Form<Sent>, FormRejection>,
) -> Result<Sent, Response> {
    let now = console.service.clock.now();
    form.map(|Form(sent)| sent).map_err(|error| said(error.status(), visitor, now, &error.body_text()))
}

fn place(id: &str) -> String {
    format!("incidents/{}", segment(id))
}

/// What did not happen, and why.
type Problem = (StatusCode, String);

async fn acted(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    action: &str,
    sent: &Sent,
) -> Result<(), Problem> {
    let words = Words { by: None, text: Some(sent.text.clone()), mark: sent.mark.clone() };
    let action = action_of(action, &words)?;
    let by = visitor
        .caller
        .acting(Some(&sent.by))
        .map_err(|_| (StatusCode::BAD_REQUEST, "A name has at most 100 characters.".to_owned()))?;
    match console.service.incidents.act(id, &action, &by).await {
        Ok(_) => Ok(()),
        Err(IncidentError::NotFound(_)) => Err((StatusCode::NOT_FOUND, String::new())),
        Err(error @ IncidentError::Refused(_)) => Err((StatusCode::CONFLICT, error.to_string())),
        Err(IncidentError::Database(error)) => {
            tracing::error!(%error, "what was done to an incident was not stored");
            Err((StatusCode::INTERNAL_SERVER_ERROR, "It was not stored; try again.".to_owned()))
        }
    }
}

/// Mutes all that has the incident's labels.
async fn silenced(console: &Console, visitor: &Visitor, id: &str, sent: &Sent) -> Result<(), Problem> {
    let (service, now) = (&console.service, console.service.clock.now());
    let incident = service.incidents.get(id).ok_or((StatusCode::NOT_FOUND, String::new()))?;
    let draft = Draft {
        matchers: String::new(),
        duration: sent.duration.clone(),
        comment: sent.comment.clone(),
        by: sent.by.clone(),
    };
    let wanted = timed(equal(incident.labels.iter()), &draft, &visitor.caller, now)
        .map_err(|text| (StatusCode::BAD_REQUEST, text))?;
    let actor = wanted.created_by.clone();
    service.silences.set(wanted, &actor).await.map(drop).map_err(|error| no(&error))
}

async fn shown(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    sent: &Sent,
    problem: Option<Problem>,
) -> Response {
    let now = console.service.clock.now();
    let Some(incident) = console.service.incidents.get(id) else {
        let text = format!(
            "There is no incident {id:?}. Those that ended more than three months ago are not shown."
        );
        return said(StatusCode::NOT_FOUND, visitor, now, &text);
    };
    let (status, problem) = match problem {
        Some((status, text)) => (status, Some(text)),
        None => (StatusCode::OK, None),
    };
    let service = console.service.clone();
    let history = service.incidents.history(&incident.id).await.map_err(|error| error.to_string());
    let (history, ways) = match (history, of_incident(&service, &incident).await) {
        (Ok(history), Ok(ways)) => (history, ways),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(error, "an incident could not be read");
            let text = "What is stored could not be read; try again.";
            return said(StatusCode::INTERNAL_SERVER_ERROR, visitor, now, text);
        }
    };
    let (text, comment) = (sent.text.clone(), sent.comment.clone());
    made(status, "incident.html", visitor, now, move || {
        let (crowd, labels) = (Crowd::of(&service, now), RawLabels::from(&incident.labels));
        let alerts: Vec<Value> = ways.iter().map(|way| with_steps(&service, way, now)).collect();
        let silences: Vec<Value> = unexpired(&service, now)
            .iter()
            .filter(|silence| silence.matches(&labels))
            .map(|silence| crowd.listed(silence))
            .collect();
        json!({
            "incident": incident.as_ref(), "alerts": alerts, "history": history, "silences": silences,
            "matchers": written(&equal(incident.labels.iter())),
            "mutes": crowd.with(&incident.labels).count(),
            "problem": problem, "text": text, "comment": comment,
        })
    })
    .await
}
