//! What definitions hold besides SLOs, put together.

use std::fmt;

use slo_core::time::Span;

/// A `Service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `metadata.name`, which an SLO's `service` refers to.
    pub name: String,
    /// For display; the name if none was given.
    pub display_name: String,
    /// `spec.description`, empty if none was given.
    pub description: String,
}

/// A `DataSource`: a server with Prometheus' query API.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSource {
    /// `metadata.name`, which `metricSourceRef` refers to.
    pub name: String,
    /// For display; the name if none was given.
    pub display_name: String,
    /// `spec.description`, empty if none was given.
    pub description: String,
    /// `spec.type` as it was written, e.g. `Prometheus` or `Thanos`; all of them speak Prometheus' query API.
    pub kind: String,
    /// `spec.connectionDetails`.
    pub connection: Connection,
}

impl DataSource {
    /// True for a server with Prometheus' query API, whoever made it.
    pub fn speaks_prometheus(&self) -> bool {
        let kinds = ["prometheus", "thanos", "mimir", "cortex", "victoriametrics"];
        kinds.contains(&self.kind.to_ascii_lowercase().as_str())
    }
}

/// `spec.connectionDetails`: free keys and values, which may be secret and therefore never are part of debug output.
#[derive(Clone, PartialEq, Default)]
pub struct Connection(pub(super) serde_json::Map<String, serde_json::Value>);

impl Connection {
    /// The value of a key, as JSON.
    pub fn get(&self, key: &str) -> Option<&serde_json::Value> {
        self.0.get(key)
    }

    /// The server's address: the first of `url`, `address`, `endpoint` and `host` that is text.
    pub fn url(&self) -> Option<&str> {
        ["url", "address", "endpoint", "host"].iter().find_map(|key| self.get(key)?.as_str())
    }

    /// The keys that were given.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An `AlertPolicy`, with its conditions and targets in place of references.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertPolicy {
    /// `metadata.name`.
    pub name: String,
    /// For display; the name if none was given.
    pub display_name: String,
    /// `spec.description`, empty if none was given.
    pub description: String,
    /// The file it is defined in.
    pub file: String,
    /// The names of the SLO documents that use it, in order of their files. Empty for a policy nobody uses.
    pub slos: Vec<String>,
    /// Alert while a condition holds.
    pub when_breaching: bool,
    /// Tell when it no longer does.
    pub when_resolved: bool,
    /// Alert when there is no data.
    pub when_no_data: bool,
    /// Any of them alerts.
    pub conditions: Vec<AlertCondition>,
    /// Who is told.
    pub targets: Vec<NotificationTarget>,
}

/// An `AlertCondition` on a burn rate.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertCondition {
    /// `metadata.name`.
    pub name: String,
    /// `spec.description`, empty if none was given.
    pub description: String,
    /// `spec.severity`, e.g. `page`.
    pub severity: String,
    /// The burn rate it compares with; 1 spends exactly the budget in the SLO's window.
    pub threshold: f64,
    /// `op: gte`: the threshold itself counts as burning too fast.
    pub or_equal: bool,
    /// Over which time the burn rate is measured.
    pub lookback: Span,
    /// For how long it must hold before the alert.
    pub alert_after: Span,
}

/// An `AlertNotificationTarget`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationTarget {
    /// `metadata.name`.
    pub name: String,
    /// `spec.target`, e.g. `slack`.
    pub target: String,
    /// `spec.description`, empty if none was given.
    pub description: String,
}
