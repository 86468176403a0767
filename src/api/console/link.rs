//! The page behind an acknowledge link. The link itself is the permission, so it shows little else.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::Console;
use super::page::{notice, plain};
use super::visitor::Visitor;
use slo_incidents::incidents::{Action, Incident, IncidentError};
use slo_incidents::notify::links::{Link, LinkError};

/// Only shows: mail scanners and previews fetch links, and must not acknowledge.
pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Response {
    match console.service.links.check(&token).await {
        Ok(link) => match console.service.incidents.get(&link.incident) {
            Some(incident) => shown(&console, &visitor, &incident, &link),
            None => notice(StatusCode::GONE, "The incident is not known any more."),
        },
        Err(error) => refused(&error),
    }
}

pub(super) async fn acknowledge(
    State(console): State<Console>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Response {
    let link = match console.service.links.check(&token).await {
        Ok(link) => link,
        Err(error) => return refused(&error),
    };
    match console.service.incidents.act(&link.incident, &Action::Acknowledge, &link.person).await {
        Ok(incident) => shown(&console, &visitor, &incident, &link),
        Err(error @ (IncidentError::Refused(_) | IncidentError::NotFound(_))) => {
            notice(StatusCode::CONFLICT, &error.to_string())
        }
        Err(IncidentError::Database(error)) => {
            tracing::error!(%error, "an acknowledgement was not stored");
            notice(StatusCode::INTERNAL_SERVER_ERROR, "It was not stored; try again.")
        }
    }
}

fn shown(console: &Console, visitor: &Visitor, incident: &Incident, link: &Link) -> Response {
    let now = console.service.clock.now();
    let content = json!({"incident": incident, "person": link.person, "root": visitor.root, "now": now.ms()});
    plain(StatusCode::OK, "link.html", &content)
}

fn refused(error: &LinkError) -> Response {
    let status = match error {
        LinkError::Forged => StatusCode::FORBIDDEN,
        LinkError::Expired => StatusCode::GONE,
        LinkError::Database(error) => {
            tracing::error!(%error, "a link could not be checked");
            return notice(StatusCode::INTERNAL_SERVER_ERROR, "It could not be checked; try again.");
        }
    };
    notice(status, &error.to_string())
}
