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
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use slo_core::names::{HTTP_SERVER_ACTIVE_REQUESTS, HTTP_SERVER_REQUEST_DURATION};

/// Upper bounds in seconds: OpenTelemetry's advice for HTTP, and 0.2, so that each of the objectives 0.2, 0.5 and 1
/// is an edge and a latency SLO counts exactly.
pub const DURATION_BUCKETS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The route of a request that no route matched.
pub const UNMATCHED: &str = "unmatched";

/// The status of a request whose client went away before the answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

#[expect(
    clippy::struct_field_names,
    reason = "these are the label names of slo_core::names; a test holds them together"
)]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Active {
    http_request_method: &'static str,
}

/// Makes the histogram of a label set that was not seen before.
#[derive(Debug, Clone, Copy)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(DURATION_BUCKETS)
    }
}

/// The metrics of one server; clones share them.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    durations: Family<Answered, Histogram, Durations>,
    active: Family<Active, Gauge>,
}

impl HttpMetrics {
    /// Registers `http_server_request_duration_seconds` and `http_server_active_requests`.
    pub fn register(registry: &mut Registry) -> Self {
        let durations = Family::new_with_constructor(Durations);
        let active = Family::default();
        registry.register(
            HTTP_SERVER_REQUEST_DURATION,
            "Seconds from a request's arrival to the start of its answer",
            durations.clone(),
        );
        registry.register(HTTP_SERVER_ACTIVE_REQUESTS, "Requests being answered now", active.clone());
        Self { durations, active }
    }

    /// Makes the series of `GET route` for each status at zero, so that its first event is an increase that every
    /// reader sees, rather than a series born with the value 1.
    pub fn declare(&self, route: &str, statuses: &[StatusCode]) {
        drop(self.active.get_or_create(&Active { http_request_method: "GET" }));
        for status in statuses {
            drop(self.durations.get_or_create(&Answered {
                http_request_method: "GET",
                http_route: route.to_owned(),
                http_response_status_code: status.as_u16(),
            }));
        }
    }

    /// Notes that a request has arrived. Dropping the result unfinished counts it as 499, or in a panic as 500.
    #[must_use = "dropped at once, it counts as a request whose client went away"]
    pub fn start(&self, method: &Method, route: &str) -> InFlight {
        let method = method_label(method);
        self.active.get_or_create(&Active { http_request_method: method }).inc();
        InFlight {
            metrics: self.clone(),
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
    metrics: HttpMetrics,
    method: &'static str,
    route: String,
    begun: Instant,
    status: Option<u16>,
}

impl InFlight {
    /// The answer is ready.
    pub fn finish(mut self, status: StatusCode) {
        self.status = Some(status.as_u16());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let unanswered = || {
            if std::thread::panicking() {
                StatusCode::INTERNAL_SERVER_ERROR.as_u16()
            } else {
                CLIENT_CLOSED_REQUEST
            }
        };
        let labels = Answered {
            http_request_method: self.method,
            http_route: std::mem::take(&mut self.route),
            http_response_status_code: self.status.unwrap_or_else(unanswered),
        };
        self.metrics.durations.get_or_create(&labels).observe(self.begun.elapsed().as_secs_f64());
        self.metrics.active.get_or_create(&Active { http_request_method: self.method }).dec();
    }
}

/// The middleware that counts: `from_fn_with_state(Arc::new(metrics), track)` as the outermost layer of a router.
pub async fn track(State(metrics): State<Arc<HttpMetrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str);
    let in_flight = metrics.start(request.method(), route);
    let response = next.run(request).await;
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
            "{HTTP_SERVER_REQUEST_DURATION}_count{{{HTTP_REQUEST_METHOD}=\"{method}\",{HTTP_ROUTE}=\"{route}\",{HTTP_RESPONSE_STATUS_CODE}=\"{status}\"}} {value}\n"
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
