//! The page of silences: those there are, and a form that shows what it would mute before it does.

use std::sync::Arc;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Console;
use super::draft::Draft;
use super::page::{made, said};
use super::silence::{Crowd, written};
use super::visitor::Visitor;
use slo_core::names;
use slo_core::time::Timestamp;
use slo_incidents::AlertService;
use slo_incidents::silences::{Silence, SilenceError, SilenceRequest, SilenceState};

/// The most silences of a page, and the most alerts that a preview names.
const MOST: usize = 200;
const MOST_EXPIRED: usize = 20;
const MOST_PREVIEWED: usize = 100;
/// How long, when nothing else was said.
const USUAL: &str = "2h";

/// What was asked of the page, and what came of it.
#[derive(Default)]
struct Asked {
    draft: Draft,
    preview: Option<Silence>,
    problem: Option<String>,
}

/// Fields of the form that a link fills.
#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(default)]
    matchers: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    filled: Result<Query<Filled>, QueryRejection>,
) -> Response {
    let matchers = filled.map(|Query(filled)| filled.matchers).unwrap_or_default();
    let draft = Draft { matchers, duration: USUAL.to_owned(), by: visitor.by.clone(), ..Draft::default() };
    shown(&console, &visitor, StatusCode::OK, Asked { draft, ..Asked::default() }).await
}

/// Where only forms lead, somebody who asks for the page is shown it.
pub(super) async fn back(visitor: Visitor) -> Response {
    visitor.sent_to("silences", "")
}

pub(super) async fn preview(
    State(console): State<Console>,
    visitor: Visitor,
    form: Result<Form<Draft>, FormRejection>,
) -> Result<Response, Response> {
    let (draft, wanted) = read(&console, &visitor, form).await?;
    Ok(match console.service.silences.preview(wanted) {
        Ok(silence) => {
            let asked = Asked { draft, preview: Some(silence), problem: None };
            shown(&console, &visitor, StatusCode::OK, asked).await
        }
        Err(error) => refused(&console, &visitor, draft, &error).await,
    })
}

/// What a silence would mute, and when.
fn previewed(silence: &Silence, crowd: &Crowd) -> Value {
    let found: Vec<_> = crowd.muted(silence).collect();
    let alerts: Vec<Value> = found
        .iter()
        .take(MOST_PREVIEWED)
        .map(|(print, alert)| {
            let labels = &alert.labels;
            json!([
                print.to_string(),
                labels.get(names::ALERTNAME),
                labels.without(&[names::ALERTNAME]).to_string()
            ])
        })
        .collect();
    let body = &silence.body;
    json!({
        "matchers": written(&body.matchers), "ends_at": body.ends_at.ms(), "by": body.created_by,
        "alerts": alerts, "total": found.len(),
    })
}

pub(super) async fn make(
    State(console): State<Console>,
    visitor: Visitor,
    form: Result<Form<Draft>, FormRejection>,
) -> Result<Response, Response> {
    let (draft, wanted) = read(&console, &visitor, form).await?;
    let actor = wanted.created_by.clone();
    Ok(match console.service.silences.set(wanted, &actor).await {
        Ok(_) => visitor.sent_to("silences", &draft.by),
        Err(error) => refused(&console, &visitor, draft, &error).await,
    })
}

pub(super) async fn expire(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Result<Form<Draft>, FormRejection>,
) -> Response {
    // Where nobody types a name the one that was typed last stands.
    let by = form.map(|Form(form)| form.by).unwrap_or_default();
    let by = if by.trim().is_empty() { visitor.by.clone() } else { by };
    let actor = visitor.caller.acting_as_any(&by);
    match console.service.silences.expire(&id, &actor).await {
        Ok(()) => visitor.sent_to("silences", &by),
        Err(error) => refused(&console, &visitor, Draft::default(), &error).await,
    }
}

/// What was typed, and the silence it means; otherwise the page that says what is wrong.
async fn read(
    console: &Console,
    visitor: &Visitor,
    form: Result<Form<Draft>, FormRejection>,
) -> Result<(Draft, SilenceRequest), Response> {
    let now = console.service.clock.now();
    let Form(draft) = form.map_err(|error| said(error.status(), visitor, now, &error.body_text()))?;
    match draft.request(&visitor.caller, now) {
        Ok(wanted) => Ok((draft, wanted)),
        Err(text) => {
            let asked = Asked { draft, preview: None, problem: Some(text) };
            Err(shown(console, visitor, StatusCode::BAD_REQUEST, asked).await)
        }
    }
}

async fn refused(console: &Console, visitor: &Visitor, draft: Draft, error: &SilenceError) -> Response {
    let (status, text) = no(error);
    shown(console, visitor, status, Asked { draft, preview: None, problem: Some(text) }).await
}

/// What to tell somebody whose silence was not taken.
pub(super) fn no(error: &SilenceError) -> (StatusCode, String) {
    match error {
        SilenceError::NotFound => {
            (StatusCode::NOT_FOUND, "There is no such silence; it may have ended long ago.".to_owned())
        }
        SilenceError::Invalid(text) => (StatusCode::BAD_REQUEST, text.clone()),
        SilenceError::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        SilenceError::Database(_) => {
            tracing::error!(%error, "a silence was not taken");
            (StatusCode::INTERNAL_SERVER_ERROR, "It was not stored; try again.".to_owned())
        }
    }
}

async fn shown(console: &Console, visitor: &Visitor, status: StatusCode, asked: Asked) -> Response {
    let (service, now) = (console.service.clone(), console.service.clock.now());
    made(status, "silences.html", visitor, now, move || content(&service, &asked, now)).await
}

fn content(service: &AlertService, asked: &Asked, now: Timestamp) -> Value {
    let (all, crowd) = (service.silences.all(), Crowd::of(service, now));
    let (over, standing): (Vec<_>, Vec<_>) =
        all.iter().partition(|silence| silence.state(now) == SilenceState::Expired);
    let list = |some: &[&Arc<Silence>], most: usize| -> Vec<Value> {
        some.iter().take(most).map(|silence| crowd.listed(silence)).collect()
    };
    let (silences, expired) = (list(&standing, MOST), list(&over, MOST_EXPIRED));
    json!({
        "left_out": all.len() - silences.len() - expired.len(),
        "silences": silences, "expired": expired, "firing": crowd.len(),
        "draft": asked.draft, "problem": asked.problem,
        "preview": asked.preview.as_ref().map(|silence| previewed(silence, &crowd)),
    })
}
