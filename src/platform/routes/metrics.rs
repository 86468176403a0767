//! What Prometheus scrapes.

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Context;
use crate::problem::Problem;

/// `GET /metrics`: OpenMetrics for a scraper that asks for it, else Prometheus' text format.
pub async fn scrape(State(context): State<Context>, headers: HeaderMap) -> Response {
    let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    match context.metrics.render(Some(&accept.join(","))) {
        Ok(exposition) => {
            ([(CONTENT_TYPE, exposition.content_type), (VARY, "Accept")], exposition.body).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written").into_response()
        }
    }
}
