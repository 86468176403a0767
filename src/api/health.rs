//! What keeps the engine running in production: health, readiness, reload, metrics, and the status as JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use prometheus_client::registry::Registry;
use tokio::sync::{mpsc, oneshot};

use super::sources::asked;
use slo_base::telemetry::exposition;
use slo_evaluation::engine::SnapshotChannel;
use slo_incidents::AlertService;
use slo_model::source::Sources;
use slo_model::status::to_json;

/// How long readiness waits for the database: less than probes usually do.
const PATIENCE: Duration = Duration::from_millis(800);

/// How a reload went: what is loaded now, or what was not taken and why.
pub type Reload = Result<String, String>;

/// A reload that somebody waits for.
pub type ReloadRequest = oneshot::Sender<Reload>;

/// What the routes need.
#[derive(Clone)]
pub struct Shared {
    /// The newest verdicts.
    pub snapshots: SnapshotChannel,
    /// Everything that is measured.
    pub registry: Arc<Registry>,
    /// Where reloads are asked for.
    pub reloads: mpsc::Sender<ReloadRequest>,
    /// Its database takes the alerts.
    pub service: AlertService,
    /// Where metrics come from.
    pub sources: Sources,
}

/// `/-/healthy`, `/-/ready`, `/-/reload`, `/metrics` and `/api/slo/v1/status`.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/-/healthy", get(|| async { "slo is healthy.\n" }))
        .route("/-/ready", get(ready))
        .route("/-/reload", post(reload).put(reload))
        .route("/metrics", get(metrics))
        .route("/api/slo/v1/status", get(status))
        .with_state(shared)
}

/// Ready once every SLO was read; the history of new ones is filled behind that, and of those that were left behind before.
/// And while the database answers: without it no alert can be taken.
async fn ready(State(shared): State<Shared>) -> Response {
    let answer = tokio::time::timeout(PATIENCE, shared.service.ping()).await;
    let trouble = match answer {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("the database did not answer within {} s", PATIENCE.as_secs())),
    };
    if let Some(trouble) = trouble {
        let text = format!("slo is not ready: {trouble}\n");
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    let latest = shared.snapshots.latest();
    if latest.ready {
        // The others are watched; an engine that is not ready would be none at all.
        let broken = shared.snapshots.broken_files();
        let files = broken.iter().map(|broken| format!("{}: {broken}\n", broken.file));
        let filling = match latest.filling {
            0 => String::new(),
            filling => format!("the history of {filling} SLOs is still being filled\n"),
        };
        let sources = asked(&shared.sources).into_iter().filter_map(|source| {
            let error = source.health.error?;
            Some(format!("data source {}: {error}\n", source.name))
        });
        format!("slo is ready.\n{filling}{}", files.chain(sources).collect::<String>()).into_response()
    } else {
        let text = match latest.filling {
            0 => "slo is not ready: the first verdicts are not in yet\n".to_owned(),
            filling => format!("slo is not ready: the history of {filling} SLOs is still being filled\n"),
        };
        (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
    }
}

async fn reload(State(shared): State<Shared>) -> Response {
    let (answer, answered) = oneshot::channel();
    if shared.reloads.try_send(answer).is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "another reload is under way; try again\n").into_response();
    }
    match answered.await {
        Ok(Ok(loaded)) => format!("{loaded}\n").into_response(),
        Ok(Err(refused)) => (StatusCode::BAD_REQUEST, format!("{refused}\n")).into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "slo is stopping\n").into_response(),
    }
}

async fn metrics(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match exposition::render(&shared.registry, accept) {
        Ok(rendered) => ([(header::CONTENT_TYPE, rendered.content_type)], rendered.body).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn status(State(shared): State<Shared>) -> Response {
    let latest = shared.snapshots.latest();
    Json(to_json(latest.at, &latest.rows, &shared.snapshots.errors())).into_response()
}
