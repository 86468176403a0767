//! Alertmanager's API v2, as Prometheus, amtool 0.25, karma and Grafana use it: same paths, payloads, status codes and
//! words. Where 0.25 itself fails, this does not: `null` among alerts is a 422 (there a crash), and ending a silence that
//! does not exist is a 404 (there a 500).

mod alerts;
mod answer;
mod body;
mod groups;
mod params;
mod silences;
mod status;
mod time;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use slo_incidents::AlertService;

/// The most bytes of a request.
pub const MAX_BODY: usize = 10 << 20;

/// `/api/v2/…`; what is not ours below it is answered with 404 as Alertmanager answers it.
pub fn router(service: AlertService) -> Router {
    let routes = Router::new()
        .route("/alerts", get(alerts::list).post(alerts::post))
        .route("/alerts/groups", get(groups::list))
        .route("/silences", get(silences::list).post(silences::post))
        .route("/silence/{id}", get(silences::get_one).delete(silences::expire))
        .route("/receivers", get(status::receivers))
        .route("/status", get(status::status))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .fallback(answer::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service.clone());
    // Ours, and beside theirs because it takes the same body.
    let preview = Router::new()
        .route("/api/slo/v1/silences/preview", post(silences::preview))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service);
    Router::new().nest("/api/v2", routes).merge(preview)
}
