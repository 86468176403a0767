//! The page of the audit log.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::Console;
use super::page::{page, said};
use super::visitor::Visitor;

/// The most lines of the page.
const MOST: i64 = 500;

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Response {
    let now = console.service.clock.now();
    match console.service.log(MOST).await {
        Ok(entries) => {
            let content = json!({"entries": entries, "most": MOST});
            page(StatusCode::OK, "audit.html", &visitor, now, content)
        }
        Err(error) => {
            tracing::error!(%error, "the audit log could not be read");
            let text = "The audit log could not be read; try again.";
            said(StatusCode::INTERNAL_SERVER_ERROR, &visitor, now, text)
        }
    }
}
