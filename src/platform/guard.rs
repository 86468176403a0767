//! The layers around the routes: the shell of every server here, and faults on request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::fault::{Injector, Verdict};
use super::problem::Problem;
use slo_base::http::{Limits, Shell};

/// What stands around all routes; it refuses with [`Problem`]s.
pub fn shell(limits: Limits) -> Shell {
    Shell::new(limits, Arc::new(|_, status, text| Problem::new(status, text).into_response()))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
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
            .route("/hangs", get(std::future::pending::<()>));
        let router = shell(limits).around(router).layer(from_fn_with_state(Arc::clone(&metrics.http), track));
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
