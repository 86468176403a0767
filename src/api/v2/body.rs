//! Request bodies: JSON only, a bounded number of bytes, and errors that say what is wrong.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::answer::{coded, required};

#[expect(clippy::result_large_err, reason = "the error is the answer")]
/// The JSON body called `name`.
pub(super) fn json<T: DeserializeOwned>(
    name: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("application/octet-stream");
    let body = body.map_err(|rejection| {
        let text = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                format!("the {name} have more than {} bytes; send them in several requests", super::MAX_BODY)
            }
            _ => rejection.body_text(),
        };
        coded(rejection.status(), rejection.status().as_u16(), &text)
    })?;
    if body.is_empty() {
        return Err(required(name));
    }
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        let text = format!("unsupported media type {kind:?}, only [application/json] are allowed");
        return Err(coded(StatusCode::UNSUPPORTED_MEDIA_TYPE, 415, &text));
    }
    serde_json::from_slice(&body).map_err(|error| {
        let text = format!("parsing {name} body from \"\" failed, because {error}");
        coded(StatusCode::BAD_REQUEST, 400, &text)
    })
}
