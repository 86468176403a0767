//! Prometheus' query API over the embedded store, as Grafana's Prometheus data source and `promtool query` use it.

mod answer;
mod params;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::Uri;
use axum::routing::get;
use axum::{Router, response::IntoResponse};
use serde_json::json;

use self::answer::{ApiError, Success};
use self::params::Params;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_embedded::EmbeddedSource;
use slo_model::promql::{MatchOp, Matcher, Selector};

/// Bytes of a form: longer than any query a person or a dashboard writes.
const FORM_LIMIT: usize = 1 << 20;
/// The version that `buildinfo` tells. Grafana decides by it which endpoints and parameters it may use; this API has
/// those of Prometheus 2.42, against which it is tested.
const COMPATIBLE_VERSION: &str = "2.42.0";

type Shared = State<Arc<EmbeddedSource>>;

/// The routes below `/api/v1`, by GET and, where Prometheus has it, by POST. Answers are Prometheus' envelopes; a
/// request costs at most what [`EmbeddedSource::query`] allows.
pub fn router(source: Arc<EmbeddedSource>) -> Router {
    let empty_list = || get(|| async { Success("[]".to_owned()) });
    Router::new()
        .route("/api/v1/query", get(query).post(query))
        .route("/api/v1/query_range", get(query_range).post(query_range))
        .route("/api/v1/query_exemplars", empty_list().post(|| async { Success("[]".to_owned()) }))
        .route("/api/v1/series", get(series).post(series))
        .route("/api/v1/labels", get(labels).post(labels))
        .route("/api/v1/label/{name}/values", get(label_values))
        .route("/api/v1/metadata", get(metadata))
        .route("/api/v1/status/buildinfo", get(buildinfo))
        .route("/api/v1/rules", get(|| async { Success(r#"{"groups":[]}"#.to_owned()) }))
        .route("/api/v1/alerts", get(|| async { Success(r#"{"alerts":[]}"#.to_owned()) }))
        .route("/api/v1/{*rest}", get(unknown).post(unknown))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .with_state(source)
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::not_found(uri.path())
}

async fn query(State(source): Shared, params: Params) -> Result<Success, ApiError> {
    let at = params.time("time", source.clock().now())?;
    let timeout = params.timeout()?;
    let value = source.query(params.required("query")?, at, timeout).await?;
    Ok(answer::value(&value))
}

async fn query_range(State(source): Shared, params: Params) -> Result<Success, ApiError> {
    let start = params.required_time("start")?;
    let end = params.required_time("end")?;
    params.required("step")?;
    let step = params.duration("step")?.unwrap_or_default();
    let timeout = params.timeout()?;
    let value = source.query_range(params.required("query")?, start, end, step, timeout).await?;
    Ok(answer::value(&value))
}

async fn series(State(source): Shared, params: Params) -> Result<Success, ApiError> {
    let selectors = params.selectors().await?;
    if selectors.is_empty() {
        return Err(ApiError::bad_data("no match[] parameter provided"));
    }
    Ok(Success::of(&source.series(selectors, params.range()?).await?))
}

async fn labels(State(source): Shared, params: Params) -> Result<Success, ApiError> {
    let found = selected(&source, &params).await?;
    let names: BTreeSet<&str> = found.iter().flat_map(Labels::iter).map(|(name, _)| name).collect();
    Ok(Success::of(&names))
}

async fn label_values(
    State(source): Shared,
    Path(name): Path<String>,
    params: Params,
) -> Result<Success, ApiError> {
    let part = |(place, byte): (usize, u8)| {
        byte.is_ascii_alphabetic() || byte == b'_' || (place > 0 && byte.is_ascii_digit())
    };
    if name.is_empty() || !name.bytes().enumerate().all(part) {
        return Err(ApiError::bad_data(format!("invalid label name: \"{name}\"")));
    }
    let found = selected(&source, &params).await?;
    let values: BTreeSet<&str> =
        found.iter().map(|labels| labels.get(&name)).filter(|value| !value.is_empty()).collect();
    Ok(Success::of(&values))
}

/// The series of all `match[]`, or all series when there is none.
async fn selected(source: &EmbeddedSource, params: &Params) -> Result<Vec<Labels>, ApiError> {
    let mut selectors = params.selectors().await?;
    if selectors.is_empty() {
        let any_name = Matcher::new(METRIC_NAME, MatchOp::NotEqual, "");
        let any_name = any_name.map_err(|error| ApiError::bad_data(error.to_string()))?;
        selectors.push(Selector::new("", vec![any_name]));
    }
    Ok(source.series(selectors, params.range()?).await?)
}

async fn metadata(State(source): Shared, params: Params) -> Result<Success, ApiError> {
    let limit = match params.get("limit") {
        None => usize::MAX,
        Some(text) => text.parse().map_err(|_| ApiError::bad_data("limit must be a number"))?,
    };
    let wanted = params.get("metric");
    let known = source.metadata();
    let answer: BTreeMap<&str, _> = known
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name.as_str()))
        .take(limit)
        .map(|(name, about)| {
            (name.as_str(), json!([{"type": about.kind.as_str(), "help": about.help, "unit": ""}]))
        })
        .collect();
    Ok(Success::of(&answer))
}

async fn buildinfo() -> impl IntoResponse {
    Success::of(&json!({
        "version": COMPATIBLE_VERSION,
        "revision": concat!("slo-", env!("CARGO_PKG_VERSION")),
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}
