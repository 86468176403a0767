//! The layers around every route: who asks, limits, deadlines, and a net for panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use futures::FutureExt;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::connection::UnderWay;
use super::identity::identify;
use super::{Limits, body};

/// How a server says no: an answer with this status and text to a request for this path.
pub type Refusal = Arc<dyn Fn(&str, StatusCode, &str) -> Response + Send + Sync>;

/// What stands around a server's routes; clones share the bound on requests at once.
#[derive(Clone)]
pub struct Shell {
    limits: Limits,
    refusal: Refusal,
    places: Arc<Semaphore>,
    /// Handlers that panicked.
    pub panics: Counter,
}

impl Shell {
    /// By these limits; refuses with `refusal`.
    pub fn new(limits: Limits, refusal: Refusal) -> Self {
        let places = Arc::new(Semaphore::new(limits.in_flight.clamp(1, Semaphore::MAX_PERMITS)));
        Self { limits, refusal, places, panics: Counter::default() }
    }

    /// `routes` with all of it. The last layer is the outermost.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        routes
            .layer(DefaultBodyLimit::max(self.limits.body_bytes))
            .layer(from_fn_with_state(self.clone(), catch_panic))
            .layer(from_fn_with_state(self.clone(), bound))
            .layer(from_fn(identify))
    }

    fn too_long(&self, request: &Request) -> Option<(StatusCode, String)> {
        let limits = &self.limits;
        let uri = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
        if uri > limits.uri_bytes {
            let detail = format!("path and query have {uri} bytes; at most {} are read", limits.uri_bytes);
            return Some((StatusCode::URI_TOO_LONG, detail));
        }
        // A body of unknown length is bounded where it is read (DefaultBodyLimit).
        let body = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
        (body > limits.body_bytes as u64).then(|| {
            let detail = format!("the body has {body} bytes; at most {} are read", limits.body_bytes);
            (StatusCode::PAYLOAD_TOO_LARGE, detail)
        })
    }

    /// The answer, or why there is none.
    async fn answer(&self, request: Request, next: Next) -> Result<Response, (StatusCode, String)> {
        if let Some(refused) = self.too_long(&request) {
            return Err(refused);
        }
        let Ok(_place) = self.places.try_acquire() else {
            let text =
                format!("{} requests are being answered; try again in a moment", self.limits.in_flight);
            return Err((StatusCode::SERVICE_UNAVAILABLE, text));
        };
        let begun = Instant::now();
        let (request, late) = body::due(request, begun + self.limits.body);
        tokio::select! {
            biased;
            response = next.run(request) => Ok(response),
            () = late.cancelled() => {
                let text = format!("the body did not arrive within {} s", self.limits.body.as_secs_f64());
                Err((StatusCode::REQUEST_TIMEOUT, text))
            }
            () = tokio::time::sleep_until(begun + self.limits.request) => {
                let text = format!("no answer within {} s; try again", self.limits.request.as_secs_f64());
                Err((StatusCode::SERVICE_UNAVAILABLE, text))
            }
        }
    }
}

/// Refuses what is too long before anything reads it and what is too much at once, and gives every request a deadline.
async fn bound(State(shell): State<Shell>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<UnderWay>>();
    let _begun = connection.map(|ConnectInfo(under_way)| under_way.begin());
    let path = request.uri().path().to_owned();
    match shell.answer(request, next).await {
        Ok(response) => response,
        Err((status, text)) => (shell.refusal)(&path, status, &text),
    }
}

/// Turns a panic in a handler into 500, so that it costs one request and not a connection.
async fn catch_panic(State(shell): State<Shell>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let reason = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no message");
            tracing::error!(path, reason, "a handler panicked");
            shell.panics.inc();
            let text = "the request failed; the log says why";
            (shell.refusal)(&path, StatusCode::INTERNAL_SERVER_ERROR, text)
        }
    }
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
