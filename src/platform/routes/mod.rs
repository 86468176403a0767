//! The routes, one file per concern. Paths, parameters and metrics here are a public interface: they stay.

mod companies;
mod health;
mod metrics;
mod news;
mod params;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::fault::Injector;
use super::guard::{inject, shell};
use super::metrics::Metrics;
use super::problem::Problem;
use super::settings::{Limits, Schedule};
use super::store::Store;
use slo_base::clock::Clock;
use slo_base::telemetry::http::{UNMATCHED, track};
use slo_core::time::Timestamp;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The metrics.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// When the server started.
    pub started: Timestamp,
    /// How often sources are ingested, which says when their data is old.
    pub schedule: Schedule,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

/// Part of a list, as JSON.
#[derive(Debug, Serialize)]
struct Listing<T> {
    /// In the list's order.
    items: Vec<T>,
    /// How many match, over all pages.
    total: i64,
    /// What to pass as `cursor` for the next page; `null` on the last.
    next_cursor: Option<String>,
}

/// The routes that a fault hits and whose failures spend an error budget.
const API: [&str; 4] =
    ["/api/v1/companies", "/api/v1/companies/{ticker}", "/api/v1/companies/{ticker}/news", "/api/v1/news"];
/// The routes that are about the server itself.
const OWN: [&str; 4] = ["/health", "/health/live", "/health/ready", "/metrics"];

/// All routes with everything around them.
pub fn router(context: Context, injector: Arc<Injector>, limits: Limits) -> Router {
    let metrics = context.metrics.clone();
    declare(&metrics);
    let api = Router::new()
        .route("/api/v1/companies", get(companies::list))
        .route("/api/v1/companies/{ticker}", get(companies::one))
        .route("/api/v1/companies/{ticker}/news", get(news::of_company))
        .route("/api/v1/news", get(news::list))
        .route_layer(from_fn_with_state(injector, inject));
    let own = Router::new()
        .route("/health", get(health::overall))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::scrape));
    let routes = api.merge(own).fallback(unknown_path).method_not_allowed_fallback(unknown_method);
    // The last layer is the outermost: a request is counted before anything can go wrong with it.
    shell(limits)
        .around(routes)
        .layer(from_fn_with_state(Arc::clone(&metrics.http), track))
        .with_state(context)
}

/// Makes the series that are sure to come, so that a first error is an increase from zero.
fn declare(metrics: &Metrics) {
    let (ok, failed, unavailable) =
        (StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE);
    let (bad, missing) = (StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND);
    for route in API {
        metrics.http.declare(route, &[ok, bad, failed, unavailable]);
    }
    for route in API.iter().filter(|route| route.contains("{ticker}")) {
        metrics.http.declare(route, &[missing]);
    }
    for route in OWN {
        metrics.http.declare(route, &[ok, unavailable]);
    }
    metrics.http.declare(UNMATCHED, &[missing]);
}

async fn unknown_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::not_found(format!("there is nothing at {path}; the API is under /api/v1"))
}

async fn unknown_method(method: Method) -> Problem {
    let method: String = method.as_str().chars().take(40).collect();
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not possible here; use GET"))
}
