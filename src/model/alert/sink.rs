//! Where alerts go.

use async_trait::async_trait;

use super::IncomingAlert;

/// Why alerts were not taken. Whoever posts them posts them again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the alerts were not taken: {0}")]
pub struct SinkError(pub String);

/// Takes alerts that fire and alerts that ended. The same alert comes again and again while it fires: what has its
/// identity already is brought up to date. `Ok` means that the alerts are durable.
#[async_trait]
pub trait AlertSink: Send + Sync {
    /// Takes alerts; all of them, or an error.
    async fn post(&self, alerts: Vec<IncomingAlert>) -> Result<(), SinkError>;
}
