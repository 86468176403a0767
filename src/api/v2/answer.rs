//! Answers in Alertmanager's forms: errors of its handlers are a JSON text, those of its parameters have a code.

use axum::extract::OriginalUri;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A JSON body that is written already.
pub(super) fn written(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// An error in a handler's words.
pub(super) fn said(status: StatusCode, text: &str) -> Response {
    let mut response = written(json!(text).to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// An error with a code, about a parameter or the request itself.
pub(super) fn coded(status: StatusCode, code: u16, message: &str) -> Response {
    let mut response = written(json!({"code": code, "message": message}).to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// A field that is needed and was not there.
pub(super) fn required(name: &str) -> Response {
    coded(StatusCode::UNPROCESSABLE_ENTITY, 602, &format!("{name} in body is required"))
}

pub(super) async fn not_found(OriginalUri(uri): OriginalUri) -> Response {
    coded(StatusCode::NOT_FOUND, 404, &format!("path {} was not found", uri.path()))
}

pub(super) async fn method_not_allowed(method: Method) -> Response {
    let text = format!("method {method} is not allowed");
    coded(StatusCode::METHOD_NOT_ALLOWED, 405, &text)
}
