//! Rate, errors and duration of an HTTP server, named after OpenTelemetry.
//!
//! Every request that reaches the router is counted once, whatever becomes of it: a client that went away before the
//! answer counts as 499 (nginx' number for it), a panic as 500. The label values are bounded: methods that HTTP
//! defines, route templates, and the statuses that we send.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::Instant;
use tracing::Instrument;

use super::metrics::{Gauges, Histograms};
use slo_core::metrics::{HTTP_ACTIVE, HTTP_DURATION};

/// The route of a request that no route matched.
pub const UNMATCHED: &str = "unmatched";

/// The status of a request whose client went away before the answer.
const CLIENT_CLOSED_REQUEST: &str = "499";

/// The metrics of one server; clones share them.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    durations: Histograms<3>,
    active: Gauges<1>,
}

impl HttpMetrics {
    /// Registers `http_server_request_duration_seconds` and `http_server_active_requests`.
    pub fn register(registry: &mut Registry) -> Self {
        Self {
            durations: Histograms::registered(registry, HTTP_DURATION),
            active: Gauges::registered(registry, HTTP_ACTIVE),
        }
    }

    /// Makes the series of `GET route` for each status at zero, so that its first event is an increase that every
    /// reader sees, rather than a series born with the value 1.
    pub fn declare(&self, route: &str, statuses: &[StatusCode]) {
        drop(self.active.with(["GET"]));
        for status in statuses {
            drop(self.durations.with(["GET", route, status.as_str()]));
        }
    }

    /// Notes that a request has arrived. Dropping the result unfinished counts it as 499, or in a panic as 500.
    #[must_use = "dropped at once, it counts as a request whose client went away"]
    pub fn start(&self, method: &Method, route: &str) -> InFlight {
        let method = method_label(method);
        let active = self.active.with([method]);
        active.inc();
        InFlight {
            durations: self.durations.clone(),
            active,
            method,
            route: route.to_owned(),
            begun: Instant::now(),
            status: None,
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct InFlight {
    durations: Histograms<3>,
    active: Gauge,
    method: &'static str,
    route: String,
    begun: Instant,
    status: Option<StatusCode>,
}

impl InFlight {
    /// The answer is ready.
    pub fn finish(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let status = match &self.status {
            Some(status) => status.as_str(),
            None if std::thread::panicking() => StatusCode::INTERNAL_SERVER_ERROR.as_str(),
            None => CLIENT_CLOSED_REQUEST,
        };
        let duration = self.durations.with([self.method, &self.route, status]);
        duration.observe(self.begun.elapsed().as_secs_f64());
        self.active.dec();
    }
}

/// The middleware that counts: `from_fn_with_state(Arc::new(metrics), track)` as the outermost layer of a router.
pub async fn track(State(metrics): State<Arc<HttpMetrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str);
    let in_flight = metrics.start(request.method(), route);
    let span = tracing::debug_span!(
        "http.request",
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = tracing::field::Empty
    );
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    in_flight.finish(response.status());
    response
}

/// OpenTelemetry's bounded method: one that HTTP defines, or `_OTHER`.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::exposition::render;
    use slo_core::names::{HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE};

    fn server() -> (Registry, HttpMetrics) {
        let mut registry = Registry::default();
        let metrics = HttpMetrics::register(&mut registry);
        (registry, metrics)
    }

    fn text(registry: &Registry) -> String {
        render(registry, None).unwrap().body
    }

    fn count(method: &str, route: &str, status: u16, value: u64) -> String {
        format!(
            "{}_count{{{HTTP_REQUEST_METHOD}=\"{method}\",{HTTP_ROUTE}=\"{route}\",{HTTP_RESPONSE_STATUS_CODE}=\"{status}\"}} {value}\n",
            HTTP_DURATION.name
        )
    }

    #[test]
    fn declared_series_are_born_at_zero() {
        let (registry, metrics) = server();
        metrics.declare("/a/{b}", &[StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR]);
        let text = text(&registry);
        assert!(text.contains(&count("GET", "/a/{b}", 200, 0)), "{text}");
        assert!(text.contains(&count("GET", "/a/{b}", 500, 0)), "{text}");
        assert!(text.contains("http_server_active_requests{http_request_method=\"GET\"} 0\n"), "{text}");
    }

    #[test]
    fn a_request_is_active_until_it_is_answered() {
        let (registry, metrics) = server();
        let request = metrics.start(&Method::POST, "/a");
        assert!(text(&registry).contains("active_requests{http_request_method=\"POST\"} 1\n"));
        request.finish(StatusCode::CREATED);
        let text = text(&registry);
        assert!(text.contains("active_requests{http_request_method=\"POST\"} 0\n"), "{text}");
        assert!(text.contains(&count("POST", "/a", 201, 1)), "{text}");
    }

    #[test]
    fn a_request_that_is_given_up_counts_as_499_and_a_panic_as_500() {
        let (registry, metrics) = server();
        drop(metrics.start(&Method::GET, "/a"));
        let panicking = metrics.clone();
        std::thread::spawn(move || {
            let _request = panicking.start(&Method::GET, "/a");
            panic!("a handler failed (this panic is the test's)");
        })
        .join()
        .unwrap_err();
        let text = text(&registry);
        assert!(text.contains(&count("GET", "/a", 499, 1)), "{text}");
        assert!(text.contains(&count("GET", "/a", 500, 1)), "{text}");
        assert!(text.contains("active_requests{http_request_method=\"GET\"} 0\n"), "{text}");
    }

    #[test]
    fn methods_are_bounded() {
        assert_eq!(method_label(&Method::GET), "GET");
        assert_eq!(method_label(&Method::from_bytes(b"BREW").unwrap()), "_OTHER");
        assert_eq!(method_label(&Method::from_bytes(b"get").unwrap()), "_OTHER");
    }
}
