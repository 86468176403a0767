//! One question to the API: send it, decode what comes back, and name what went wrong.

use serde::de::DeserializeOwned;

use super::decode::{self, DecodeError, Envelope, Keep, QueryData};
use super::failure::{self, ApiError};
use super::transport::{Reply, Request, Transport};
use slo_model::source::{Answer, SourceError};

/// Bodies up to this are decoded where they arrive; longer ones would hold up everything else on the thread.
const DECODED_IN_PLACE: usize = 256 * 1024;
/// Warnings kept of one answer; a partial answer may have one for each store.
const MAX_WARNINGS: usize = 20;

/// Asks a query endpoint.
pub(super) async fn query(
    transport: &Transport,
    path: &[&str],
    params: Vec<(&'static str, String)>,
    query: &str,
    keep: Keep,
) -> Result<Answer<QueryData>, SourceError> {
    // Ranges of time can be asked for in parts.
    let divisible = keep.range.is_some() || path == ["query_range"];
    let reply = transport.send(&Request { path, params, form: true, divisible }).await?;
    if divisible && reply.status == 504 {
        return Err(failure::timeout(&reply));
    }
    if !reply.is_success() {
        return Err(failure::of_reply(&reply, query));
    }
    let limit = keep.max_series;
    let (reply, decoded) = decoded(reply, keep).await?;
    match decoded {
        // Before the cut is looked at: a caller can do more about too many series than about too many bytes.
        Err(DecodeError::TooManySeries) => {
            Err(SourceError::TooManySeries { selector: query.to_owned(), limit })
        }
        Ok(_) | Err(DecodeError::Json(_)) if reply.cut => Err(too_large(transport, &reply)),
        Ok(envelope) => finish(envelope, &reply, query),
        Err(DecodeError::Json(error)) => Err(failure::of_json(&error, &reply)),
    }
}

/// Asks an endpoint whose answer has a plain shape. `query` is what an error shows as the question.
pub(super) async fn plain<T: DeserializeOwned>(
    transport: &Transport,
    path: &[&str],
    params: Vec<(&'static str, String)>,
    query: &str,
) -> Result<Answer<T>, SourceError> {
    let reply = transport.send(&Request { path, params, form: false, divisible: false }).await?;
    plain_answer(transport, &reply, query)
}

/// Asks an endpoint that not every server has; `None` when this one says that it has none.
pub(super) async fn optional<T: DeserializeOwned>(
    transport: &Transport,
    path: &[&str],
) -> Result<Option<T>, SourceError> {
    let reply = transport.send(&Request { path, params: Vec::new(), form: false, divisible: false }).await?;
    if matches!(reply.status, 404 | 405 | 501) {
        return Ok(None);
    }
    plain_answer(transport, &reply, "").map(|answer| Some(answer.data))
}

fn plain_answer<T: DeserializeOwned>(
    transport: &Transport,
    reply: &Reply,
    query: &str,
) -> Result<Answer<T>, SourceError> {
    if !reply.is_success() {
        return Err(failure::of_reply(reply, query));
    }
    if reply.cut {
        return Err(too_large(transport, reply));
    }
    let envelope = decode::plain(&reply.body).map_err(|error| failure::of_json(&error, reply))?;
    finish(envelope, reply, query)
}

async fn decoded(
    reply: Reply,
    keep: Keep,
) -> Result<(Reply, Result<Envelope<QueryData>, DecodeError>), SourceError> {
    if reply.body.len() <= DECODED_IN_PLACE {
        let decoded = decode::query(&reply.body, &keep);
        return Ok((reply, decoded));
    }
    let url = reply.url.clone();
    let decoding = tokio::task::spawn_blocking(move || {
        let decoded = decode::query(&reply.body, &keep);
        (reply, decoded)
    });
    decoding
        .await
        .map_err(|error| SourceError::Malformed { url, reason: format!("decoding stopped: {error}") })
}

fn finish<T>(envelope: Envelope<T>, reply: &Reply, query: &str) -> Result<Answer<T>, SourceError> {
    if let Some(error) = ApiError::in_envelope(&envelope) {
        return Err(failure::of_api(error, reply, query));
    }
    match envelope.data {
        Some(data) if envelope.status == "success" => {
            let warnings =
                envelope.warnings.iter().take(MAX_WARNINGS).map(|text| failure::quote(text)).collect();
            Ok(Answer { data, warnings, partial: envelope.partial })
        }
        _ => {
            let reason = format!("status {:?} without data", failure::quote(&envelope.status));
            Err(SourceError::Malformed { url: reply.url.clone(), reason })
        }
    }
}

fn too_large(transport: &Transport, reply: &Reply) -> SourceError {
    let limit = transport.settings().max_response_bytes;
    SourceError::TooLarge { url: reply.url.clone(), reason: format!("the limit is {limit} bytes") }
}
