//! `PagerDuty` Events v2: trigger, acknowledge and resolve one incident, named by the notification's thread.

use async_trait::async_trait;
use chrono::SecondsFormat;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::channel::{Answer, Channel};
use super::keys;
use super::message::Message;
use super::secret;
use super::tools::Tools;
use slo_core::names;
use slo_core::text::cut_bytes;
use slo_core::time::Timestamp;
use slo_model::alert::Priority;
use slo_model::route::{Kind, Notification, SecretRef};

/// Bytes of a summary; `PagerDuty` says 1024 characters.
const MAX_SUMMARY: usize = 1024;
/// Bytes of an event.
const MAX_EVENT: usize = 512 * 1024;
/// Characters of a `dedup_key`.
const MAX_DEDUP_KEY: usize = 255;

/// A channel of one integration.
pub struct PagerDuty {
    routing_key: SecretRef,
    url: String,
    tools: Tools,
}

impl PagerDuty {
    /// Sends events with the routing key behind `routing_key` to `url`.
    pub fn new(routing_key: SecretRef, url: String, tools: Tools) -> Self {
        Self { routing_key, url, tools }
    }

    fn event(&self, routing_key: &str, notification: &Notification, now: Timestamp) -> Vec<u8> {
        let message = Message::of(notification, now);
        let summary = cut_bytes(&self.tools.templates.title(&message, MAX_SUMMARY), MAX_SUMMARY);
        let mut alerts = message.alerts.len();
        loop {
            let event = event(routing_key, notification, &message, &summary, alerts);
            let bytes = event.to_string().into_bytes();
            if bytes.len() <= MAX_EVENT || alerts == 0 {
                return bytes;
            }
            alerts /= 2;
        }
    }
}

#[async_trait]
impl Channel for PagerDuty {
    fn kind(&self) -> &'static str {
        "pagerduty"
    }

    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer {
        let key = match secret::read(&self.routing_key).await {
            Ok(key) => key,
            Err(problem) => return Answer::refused(format!("the routing key: {problem}")),
        };
        let event = self.event(key.expose_secret(), notification, now);
        self.tools.http.post(&self.url, HeaderMap::new(), event, false).await
    }
}

fn action(kind: Kind) -> &'static str {
    match kind {
        Kind::Firing
        | Kind::Escalation
        | Kind::Digest
        | Kind::Flapping
        | Kind::Failover
        | Kind::Heartbeat => "trigger",
        Kind::Acknowledged => "acknowledge",
        Kind::Resolved => "resolve",
    }
}

fn severity(priority: Priority) -> &'static str {
    match priority {
        Priority::P1 => "critical",
        Priority::P2 => "error",
        Priority::P3 => "warning",
        Priority::P4 => "info",
    }
}

fn event(
    routing_key: &str,
    notification: &Notification,
    message: &Message,
    summary: &str,
    alerts: usize,
) -> Value {
    let action = action(notification.kind);
    let dedup_key = keys::ascii(&notification.thread, MAX_DEDUP_KEY);
    let mut event = json!({"routing_key": routing_key, "event_action": action, "dedup_key": dedup_key});
    if action == "trigger"
        && let Some(fields) = event.as_object_mut()
    {
        fields.insert("client".to_owned(), json!("slo"));
        fields.insert("payload".to_owned(), payload(notification, message, summary, alerts));
        let links: Vec<Value> = [
            ("Acknowledge", &message.acknowledge),
            ("Runbook", &message.runbook),
            ("Dashboard", &message.dashboard),
        ]
        .into_iter()
        .filter_map(|(text, url)| Some(json!({"href": url.as_ref()?, "text": text})))
        .collect();
        fields.insert("links".to_owned(), json!(links));
    }
    event
}

fn payload(notification: &Notification, message: &Message, summary: &str, alerts: usize) -> Value {
    let oldest = notification.alerts.iter().map(|alert| alert.starts_at).min();
    let first = notification.alerts.first();
    let source = first
        .and_then(|alert| {
            [names::INSTANCE, names::SERVICE, names::JOB]
                .map(|name| alert.labels.get(name))
                .into_iter()
                .find(|v| !v.is_empty())
        })
        .unwrap_or("slo");
    let shown = message.alerts.get(..alerts).unwrap_or_default();
    json!({
        "summary": summary,
        "source": cut_bytes(source, MAX_SUMMARY),
        "severity": severity(notification.priority),
        "timestamp": oldest.and_then(Timestamp::datetime)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        "class": message.names.first(),
        "custom_details": {
            "priority": message.priority,
            "reason": message.reason,
            "slo": message.slo,
            "group": if alerts > 0 { json!(message.group) } else { Value::Null },
            "alerts": shown,
            "further_alerts": message.count - shown.len(),
        },
    })
}
