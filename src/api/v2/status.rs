//! `/api/v2/status` and `/api/v2/receivers`.

use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use super::{Desk, time};

/// What tools that ask for a version are told: whose API this is, and ours behind it.
const API_VERSION: &str = "0.25.0";

pub(super) async fn status(State(desk): State<Desk>) -> Response {
    Json(json!({
        "cluster": {"peers": [], "status": "disabled"},
        "config": {"original": desk.routes().original()},
        "uptime": time::write(desk.started_ms),
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

pub(super) async fn receivers(State(desk): State<Desk>) -> Response {
    let names = desk.routes().receivers();
    Json(names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()).into_response()
}
