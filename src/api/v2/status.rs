//! `/api/v2/status` and `/api/v2/receivers`.

use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use super::{AlertService, time};

/// The version that tools get: whose API this is, and ours behind it.
const API_VERSION: &str = "0.25.0";

pub(super) async fn status(State(service): State<AlertService>) -> Response {
    Json(json!({
        "cluster": {"peers": [], "status": "disabled"},
        "config": {"original": service.routes.original()},
        "uptime": time::write(service.started_at),
        "versionInfo": {
            "branch": "slo",
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
            "revision": concat!("slo-", env!("CARGO_PKG_VERSION")),
            "version": API_VERSION,
        },
    }))
    .into_response()
}

pub(super) async fn receivers(State(service): State<AlertService>) -> Response {
    let names = service.routes.receivers();
    Json(names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()).into_response()
}
