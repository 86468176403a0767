//! What stands around the engine's routes.

use std::sync::Arc;
use std::time::Duration;

use slo_base::http::{Limits, Shell};

use super::refusal::refused;

/// What clients of an engine may cost. Prometheus and Alertmanager's clients leave connections open for five minutes, a query
/// of the embedded store may take two, and a batch of alerts has 10 MiB at most, which the route itself refuses in words.
pub const LIMITS: Limits = Limits {
    connections: 1024,
    in_flight: 512,
    // Longer than their clients' own, so that they and not we end a connection, and none is ended as they begin to use it.
    idle: Duration::from_mins(6),
    head: Duration::from_secs(10),
    body: Duration::from_secs(30),
    request: Duration::from_mins(5),
    drain: Duration::from_secs(5),
    uri_bytes: 64 << 10,
    body_bytes: 16 << 20,
};

/// The shell of an engine whose paths begin with `prefix`.
pub fn shell(limits: Limits, prefix: &str) -> Shell {
    let prefix = prefix.to_owned();
    let refusal = move |path: &str, status, text: &str| {
        refused(path.strip_prefix(prefix.as_str()).unwrap_or(path), status, text)
    };
    Shell::new(limits, Arc::new(refusal))
}
