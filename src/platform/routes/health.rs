//! Health, for three readers: the process supervisor (`live`: restart me?), the load balancer (`ready`: send me
//! requests?) and people (`/health`: what is wrong?). Old data is told but does not fail a check: answering with old
//! data is better than not answering.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Context;
use crate::model::IngestSource;
use slo_core::time::Span;

/// A database that takes longer than this to say a word is not ready.
const DATABASE_DEADLINE: Duration = Duration::from_secs(2);
/// Data is old when this many of its runs are missing.
const MISSED_RUNS: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Degraded,
    Failed,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<String>,
}

#[derive(Debug, Serialize)]
struct Health {
    status: Status,
    version: &'static str,
    uptime_seconds: i64,
    checks: Vec<Check>,
}

/// `GET /health/live`: the process answers.
pub async fn live(State(context): State<Context>) -> Response {
    respond(&context, Vec::new())
}

/// `GET /health/ready`: requests can be answered now.
pub async fn ready(State(context): State<Context>) -> Response {
    let checks = vec![stopping(&context), database(&context).await];
    respond(&context, checks)
}

/// `GET /health`: everything.
pub async fn overall(State(context): State<Context>) -> Response {
    let mut checks = vec![stopping(&context), database(&context).await];
    for source in IngestSource::ALL {
        checks.push(freshness(&context, source).await);
    }
    respond(&context, checks)
}

fn respond(context: &Context, checks: Vec<Check>) -> Response {
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok);
    let code = match status {
        Status::Ok | Status::Degraded => StatusCode::OK,
        Status::Failed => StatusCode::SERVICE_UNAVAILABLE,
    };
    let uptime_seconds = (context.clock.now() - context.started).as_seconds().max(0);
    let health = Health { status, version: env!("CARGO_PKG_VERSION"), uptime_seconds, checks };
    (code, [(CACHE_CONTROL, "no-store")], Json(health)).into_response()
}

/// A server that is stopping wants no new requests.
fn stopping(context: &Context) -> Check {
    let (status, detail) = if context.stopping.is_cancelled() {
        (Status::Failed, Some("the server is stopping".to_owned()))
    } else {
        (Status::Ok, None)
    };
    Check { name: "server".to_owned(), status, detail, last_success: None }
}

async fn database(context: &Context) -> Check {
    let detail = match tokio::time::timeout(DATABASE_DEADLINE, context.store.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::error!(%error, "the database failed its health check");
            Some("the database failed; the log says why".to_owned())
        }
        Err(_) => Some(format!("no answer within {} s", DATABASE_DEADLINE.as_secs())),
    };
    let status = if detail.is_none() { Status::Ok } else { Status::Failed };
    Check { name: "database".to_owned(), status, detail, last_success: None }
}

async fn freshness(context: &Context, source: IngestSource) -> Check {
    let name = format!("ingest:{}", source.name());
    let progress = tokio::time::timeout(DATABASE_DEADLINE, context.store.progress(source)).await;
    let Ok(Ok(Some(progress))) = progress else {
        let detail = Some("when it last worked is not known".to_owned());
        return Check { name, status: Status::Degraded, detail, last_success: None };
    };
    let allowed = context.schedule.period(source).saturating_mul(MISSED_RUNS);
    let age = context.clock.now() - progress.last_success;
    let late = age > Span::from(allowed);
    let (status, detail) = if late {
        (Status::Degraded, Some(format!("last ingested {} s ago", age / Span::SECOND)))
    } else {
        (Status::Ok, None)
    };
    Check { name, status, detail, last_success: Some(progress.last_success.rfc3339_seconds()) }
}
