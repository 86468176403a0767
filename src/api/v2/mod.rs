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

use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;

use crate::clock::Clock;
use crate::incident::alerts::Alerts;
use crate::incident::ports::Routes;
use crate::incident::silences::Silences;

/// The most bytes of a request.
pub const MAX_BODY: usize = 10 << 20;

/// What the routes need.
#[derive(Clone)]
pub struct Desk {
    /// The alerts.
    pub alerts: Alerts,
    /// The silences.
    pub silences: Silences,
    /// What routing says; replaced at a reload.
    pub routes: Arc<RwLock<Arc<dyn Routes>>>,
    /// What time it is.
    pub clock: Clock,
    /// When the engine started, unix milliseconds.
    pub started_ms: i64,
}

impl Desk {
    /// Routing as it is now.
    fn routes(&self) -> Arc<dyn Routes> {
        self.routes.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// `/api/v2/…`; what is not ours below it is answered with 404 as Alertmanager answers it.
pub fn router(desk: Desk) -> Router {
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
        .with_state(desk);
    Router::new().nest("/api/v2", routes)
}
