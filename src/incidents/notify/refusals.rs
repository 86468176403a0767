//! A message that was given up is an alert of its own: somebody was to be notified and was not, or only through a stand-in.

use async_trait::async_trait;

use crate::alerts::Alerts;
use slo_base::clock::Clock;
use slo_core::labels::RawLabels;
use slo_core::names;
use slo_core::time::{Span, Timestamp};
use slo_delivery::{DeliveryFailureSink, GaveUp, LogAlarm};
use slo_model::alert::burn::Severity;
use slo_model::alert::{AlertSink, IncomingAlert, Priority};
use slo_model::route::Kind;

/// The alert's name.
pub const REFUSED: &str = "NotificationRefused";
/// It ends by itself when nothing was given up for so long: the next message may never come.
const LASTS: Span = Span::hours(1);
/// Characters of the channel's answer that are quoted.
const MOST_REASON: usize = 300;

/// Raises the alert on the alert service, and logs.
pub struct Refusals {
    alerts: Alerts,
    clock: Clock,
}

impl Refusals {
    /// On this service's alerts.
    pub fn new(alerts: Alerts, clock: Clock) -> Self {
        Self { alerts, clock }
    }
}

#[async_trait]
impl DeliveryFailureSink for Refusals {
    async fn gave_up(&self, what: &GaveUp) {
        LogAlarm.gave_up(what).await;
        let Some(alert) = alert(what, self.clock.now()) else { return };
        if let Err(error) = self.alerts.post(vec![alert]).await {
            tracing::error!(%error, "the alert about a message that was given up was not taken");
        }
    }
}

/// The alert about a message that was given up, one per receiver and channel. `None` when the message was about nothing but
/// such alerts, which would go round in circles, or was a heartbeat: whoever misses it alarms.
fn alert(what: &GaveUp, now: Timestamp) -> Option<IncomingAlert> {
    let message = &what.notification;
    let of_refusals = !message.alerts.is_empty()
        && message.alerts.iter().all(|alert| alert.labels.get(names::ALERTNAME) == REFUSED);
    if of_refusals || message.kind == Kind::Heartbeat {
        return None;
    }
    // A digest is what may have been refused.
    let priority = message.priority.min(Priority::P3);
    let severity = if priority == Priority::P3 { Severity::Ticket } else { Severity::Page };
    let labels = [
        (names::ALERTNAME, REFUSED),
        (names::RECEIVER, message.receiver.as_str()),
        (names::CHANNEL, what.channel.as_str()),
        (names::PRIORITY, priority.as_str()),
        (names::SEVERITY, severity.as_str()),
    ];
    let answer: String = what.reason.chars().take(MOST_REASON).collect();
    let instead = match &what.failover {
        Some(failover) => format!("{failover} was notified instead."),
        None => "Nobody was notified instead.".to_owned(),
    };
    let incident = message.incident.as_deref().map(|id| format!(" of incident {id}")).unwrap_or_default();
    let summary = format!("{} could not be notified by {}", message.receiver, what.channel);
    let description = format!(
        "The message {}{incident} was given up: {answer}. {instead} This alert ends an hour after the last such message.",
        message.key
    );
    let annotations = [
        (names::SUMMARY, summary.as_str()),
        (names::IMPACT, summary.as_str()),
        (names::DESCRIPTION, description.as_str()),
        (names::RUNBOOK, "alerts/runbooks/notification-refused.md"),
        (names::DASHBOARD, "dashboards/alerts.json"),
    ];
    Some(IncomingAlert {
        labels: RawLabels::new(labels),
        annotations: RawLabels::new(annotations),
        starts_at: Some(now),
        ends_at: Some(now + LASTS),
        ..IncomingAlert::default()
    })
}
