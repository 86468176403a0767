//! The layers around every route: limits, a deadline, a net for panics, and faults on request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use super::fault::{Injector, Verdict};
use super::problem::Problem;
use super::settings::Limits;

/// Refuses what is too long before anything reads it, and gives every request a deadline.
pub async fn bound(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    if let Some(problem) = too_long(&limits, &request) {
        return problem.into_response();
    }
    if let Ok(response) = tokio::time::timeout(limits.request, next.run(request)).await {
        response
    } else {
        let detail = format!("no answer within {} s; try again", limits.request.as_secs_f64());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
    }
}

fn too_long(limits: &Limits, request: &Request) -> Option<Problem> {
    let uri = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if uri > limits.uri_bytes {
        let detail = format!("path and query have {uri} bytes; at most {} are read", limits.uri_bytes);
        return Some(Problem::new(StatusCode::URI_TOO_LONG, detail));
    }
    // A body of unknown length is bounded where it is read (DefaultBodyLimit).
    let body = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    (body > limits.body_bytes as u64).then(|| {
        let detail = format!("the body has {body} bytes; at most {} are read", limits.body_bytes);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })
}

/// Turns a panic in a handler into 500, so that it costs one request and not a connection.
pub async fn catch_panic(request: Request, next: Next) -> Response {
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
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request failed; the log says why")
                .into_response()
        }
    }
}

/// Makes the faults that were asked for; only around the routes whose failures are meant to be seen.
pub async fn inject(State(injector): State<Arc<Injector>>, request: Request, next: Next) -> Response {
    match injector.next() {
        Verdict::Pass => {}
        Verdict::Fail(status) => {
            return Problem::new(status, "a fault on request (--fault errors)").into_response();
        }
        Verdict::Delay(delay) => tokio::time::sleep(delay).await,
    }
    next.run(request).await
}

/// Logs each answer: failures of ours as warnings, the rest for whoever looks closely.
pub async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = tokio::time::Instant::now();
    let response = next.run(request).await;
    let (status, seconds) = (response.status(), begun.elapsed().as_secs_f64());
    if status.is_server_error() {
        tracing::warn!(%method, path, status = status.as_u16(), seconds, "answered");
    } else {
        tracing::debug!(%method, path, status = status.as_u16(), seconds, "answered");
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;
    use crate::metrics::Metrics;
    use slo_base::clock::Clock;
    use slo_base::telemetry::http::track;

    /// The layers as the real router has them, around handlers that misbehave.
    async fn server(limits: Limits) -> (String, Metrics) {
        let metrics = Metrics::new(&Clock::manual(0));
        let router = Router::new()
            .route("/panics", get(async || -> &'static str { panic!("this panic is the test's") }))
            .route("/hangs", get(std::future::pending::<()>))
            .layer(from_fn(catch_panic))
            .layer(from_fn_with_state(limits, bound))
            .layer(from_fn(log))
            .layer(from_fn_with_state(Arc::clone(&metrics.http), track));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (base, metrics)
    }

    async fn get_json(url: String) -> (u16, serde_json::Value) {
        drop(rustls::crypto::ring::default_provider().install_default());
        let response = reqwest::get(url).await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        (status, response.json().await.unwrap())
    }

    fn assert_counted(metrics: &Metrics, route: &str, status: u16) {
        let text = metrics.render(None).unwrap().body;
        let labels = format!(
            "http_request_method=\"GET\",http_route=\"{route}\",http_response_status_code=\"{status}\""
        );
        let count = format!("http_server_request_duration_seconds_count{{{labels}}} 1\n");
        assert!(text.contains(&count), "{count} in\n{text}");
        assert!(text.contains("http_server_active_requests{http_request_method=\"GET\"} 0\n"), "{text}");
    }

    #[tokio::test]
    async fn a_panic_costs_one_request_and_is_counted() {
        let (base, metrics) = server(Limits::default()).await;
        let (status, body) = get_json(format!("{base}/panics")).await;
        assert_eq!((status, &body["status"]), (500, &500.into()));
        assert!(!body.to_string().contains("test's"), "the inside is told outside: {body}");
        assert_counted(&metrics, "/panics", 500);
    }

    #[tokio::test]
    async fn a_request_without_an_answer_ends_at_its_deadline() {
        let limits = Limits { request: Duration::from_millis(20), ..Limits::default() };
        let (base, metrics) = server(limits).await;
        let (status, body) = get_json(format!("{base}/hangs")).await;
        assert_eq!(status, 503, "{body}");
        assert_counted(&metrics, "/hangs", 503);
    }
}
