//! What is given up is reported, so that somebody mends the channel.

use std::sync::Arc;

use async_trait::async_trait;

use super::failover::FailoverLinks;
use slo_model::route::Notification;

/// A message that no longer is tried at one of its channels.
#[derive(Debug, Clone, PartialEq)]
pub struct GaveUp {
    /// The message.
    pub notification: Notification,
    /// The kind of the channel.
    pub channel: String,
    /// What it said last, or why it was never asked.
    pub reason: String,
    /// The receiver that is notified instead.
    pub failover: Option<String>,
}

/// Called when a message is given up, so that an alert of its own is raised. That is before the outcome is recorded:
/// after a crash perhaps twice, never not at all.
#[async_trait]
pub trait DeliveryFailureSink: Send + Sync {
    /// A message was given up.
    async fn gave_up(&self, what: &GaveUp);
}

/// What is done when a channel refuses for good.
#[derive(Clone)]
pub struct FailureHandling {
    /// Where it is reported.
    pub sink: Arc<dyn DeliveryFailureSink>,
    /// Lets whoever stands in acknowledge as themselves; without it their messages have no link.
    pub links: Option<Arc<dyn FailoverLinks>>,
}

impl From<Arc<dyn DeliveryFailureSink>> for FailureHandling {
    fn from(sink: Arc<dyn DeliveryFailureSink>) -> Self {
        Self { sink, links: None }
    }
}

/// Writes to the log and does no more.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAlarm;

#[async_trait]
impl DeliveryFailureSink for LogAlarm {
    async fn gave_up(&self, what: &GaveUp) {
        tracing::error!(
            key = what.notification.key,
            receiver = what.notification.receiver,
            channel = what.channel,
            reason = what.reason,
            failover = what.failover,
            "a notification was given up"
        );
    }
}
