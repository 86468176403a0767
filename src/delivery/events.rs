//! What happens to notifications on their way.

use super::metrics::DeliveryMetrics;
use super::outbox::{Attempt, Outcome};
use slo_base::telemetry::event::Event;
use slo_core::time::Timestamp;

/// A channel answered an attempt, or did not.
pub(crate) struct NotificationTried<'a> {
    /// How it went.
    pub(crate) attempt: &'a Attempt,
    /// The notification's key.
    pub(crate) key: &'a str,
    /// When it was due.
    pub(crate) due_at: Timestamp,
}

impl Event for NotificationTried<'_> {
    type Metrics = DeliveryMetrics;

    fn emit(self, metrics: &DeliveryMetrics) {
        let Self { attempt, key, .. } = self;
        metrics.tried(attempt, self.due_at);
        let channel = attempt.channel.as_str();
        match &attempt.outcome {
            Outcome::Accepted => tracing::debug!(key, channel, "a notification was accepted"),
            Outcome::Retry { after, reason } => {
                tracing::debug!(key, channel, after_ms = after.ms(), reason, "a notification is tried again");
            }
            Outcome::Refused(reason) | Outcome::Expired(reason) => {
                tracing::warn!(key, channel, reason, "a notification was given up");
            }
        }
    }
}

/// A template could not be rendered.
pub(crate) struct TemplateFailed<'a> {
    /// Its name.
    pub(crate) template: &'static str,
    /// Why, with causes.
    pub(crate) error: &'a minijinja::Error,
}

impl Event for TemplateFailed<'_> {
    type Metrics = DeliveryMetrics;

    fn emit(self, metrics: &DeliveryMetrics) {
        metrics.template_failed(self.template);
        let error = format!("{:#}", self.error);
        tracing::error!(template = self.template, error, "the plain message goes out instead");
    }
}
