//! An identifier for each request: the client's own, or a new one. It is in every line of the log that the request causes and
//! in its answer, so that a person can find one from the other.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

/// The header that carries it, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest identifier that is taken from a client.
const LONGEST: usize = 64;

/// Names the request, and logs its answer: failures of ours as warnings, the rest for whoever looks closely.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = of_client(request.headers()).unwrap_or_else(new);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let shown = id.to_str().unwrap_or_default();
    let span =
        tracing::info_span!("http.request", id = shown, http.request.method = %method, url.path = path);
    async move {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        response.headers_mut().insert(REQUEST_ID, id);
        let (status, seconds) = (response.status(), begun.elapsed().as_secs_f64());
        // A probe that hears "not ready" has heard what it asked for.
        if status.is_server_error() && !path.ends_with("/ready") {
            tracing::warn!(status = status.as_u16(), seconds, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), seconds, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// What the client calls it, if that can stand in a log as it is.
fn of_client(headers: &HeaderMap) -> Option<HeaderValue> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    let id = headers.get(&REQUEST_ID)?;
    let bytes = id.as_bytes();
    ((1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(plain)).then(|| id.clone())
}

/// A new one: 16 hexadecimal digits, the first of which differ from process to process.
fn new() -> HeaderValue {
    static FIRST: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let id = FIRST.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&format!("{id:016x}")).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_sends_is_taken_when_it_is_plain_and_short() {
        let of = |text: &str| {
            let headers =
                HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_bytes(text.as_bytes()).unwrap())]);
            of_client(&headers).map(|id| id.to_str().unwrap().to_owned())
        };
        assert_eq!(of("a3-4_b.c:9").as_deref(), Some("a3-4_b.c:9"));
        for text in ["", "a b", "a\tb", "{}", "é", &"a".repeat(65)] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of_client(&HeaderMap::new()), None);
        assert_ne!(new(), new());
    }
}
