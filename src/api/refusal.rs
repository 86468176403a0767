//! No, and why: JSON for programs, a page for people.

use axum::Router;
use axum::extract::OriginalUri;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use super::console::notice;

/// Whether programs ask there.
fn is_for_programs(path: &str) -> bool {
    path == "/metrics" || ["/api/", "/-/"].iter().any(|start| path.starts_with(start))
}

/// An answer to a request for `path` (without the prefix) that is not what was asked for.
pub(super) fn refused(path: &str, status: StatusCode, text: &str) -> Response {
    let mut response = if is_for_programs(path) {
        (status, Json(json!({"code": status.as_u16(), "message": text}))).into_response()
    } else {
        notice(status, text)
    };
    if status == StatusCode::UNAUTHORIZED {
        // A line each: browsers read only the first of a line, and ask people only when that is Basic.
        for scheme in ["Basic realm=\"slo\", charset=\"UTF-8\"", "Bearer"] {
            response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
    }
    response
}

/// An answer of our own API that is not what was asked for; what is the engine's own fault is logged.
pub(super) fn failed(status: StatusCode, text: &str) -> Response {
    if status.is_server_error() {
        tracing::error!(text, "a request failed");
    }
    (status, Json(json!({"code": status.as_u16(), "message": text}))).into_response()
}

async fn unknown(OriginalUri(asked): OriginalUri, uri: Uri) -> Response {
    let path = uri.path();
    let text = if is_for_programs(path) {
        format!("there is nothing at {}", asked.path())
    } else {
        "There is nothing at this address.".to_owned()
    };
    refused(path, StatusCode::NOT_FOUND, &text)
}

/// `routes` below `prefix`, which is empty or `/name`; what is unknown is answered in words.
pub fn under(prefix: &str, routes: Router) -> Router {
    let routes = routes.fallback(unknown);
    if prefix.is_empty() {
        return routes;
    }
    // As a service it has the prefix with and without a slash behind it.
    Router::new().nest_service(prefix, routes).fallback(unknown)
}
