//! The format of Alertmanager's webhook, version 4, so that what was written for it works unchanged
//! (<https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>).

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::SecondsFormat;
use serde::Serialize;

use super::channel::{Answer, Channel, Verdict};
use super::http::headers;
use super::keys;
use super::tools::Tools;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::route::{Kind, Notification, NotifiedAlert};

/// Alerts in one body; Alertmanager has no limit unless it is told one.
const MAX_ALERTS: usize = 10_000;
/// Go's zero time, which means "not yet".
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A channel of one URL.
pub struct AlertmanagerWebhook {
    url: String,
    tools: Tools,
}

impl AlertmanagerWebhook {
    /// Posts to `url`.
    pub fn new(url: String, tools: Tools) -> Self {
        Self { url, tools }
    }
}

#[async_trait]
impl Channel for AlertmanagerWebhook {
    fn kind(&self) -> &'static str {
        "alertmanager_webhook"
    }

    async fn send(&self, notification: &Notification, _now: Timestamp) -> Answer {
        if notification.kind == Kind::Acknowledged {
            // Alertmanager knows no acknowledgement; as "firing" it would be a page.
            let excerpt = "not sent: the format has no acknowledgement".to_owned();
            return Answer { verdict: Verdict::Accepted, status: None, excerpt };
        }
        let annotations = annotations(notification);
        let body = match serde_json::to_vec(&Body::of(notification, &annotations, &self.tools.external_url)) {
            Ok(body) => body,
            Err(error) => return Answer::refused(format!("it cannot be written as JSON: {error}")),
        };
        let key = keys::ascii(&notification.key, 255);
        self.tools.http.post(&self.url, headers([("idempotency-key", &key)]), body, false).await
    }
}

/// Fields in Alertmanager's order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    receiver: &'a str,
    status: &'static str,
    alerts: Vec<Alert<'a>>,
    group_labels: &'a Labels,
    common_labels: BTreeMap<&'a str, &'a str>,
    common_annotations: BTreeMap<&'a str, &'a str>,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    version: &'static str,
    group_key: &'a str,
    truncated_alerts: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    status: &'static str,
    labels: &'a Labels,
    annotations: &'a Labels,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
    fingerprint: String,
}

impl<'a> Body<'a> {
    fn of(notification: &'a Notification, annotations: &'a [Labels], external_url: &'a str) -> Self {
        let alerts = &notification.alerts;
        let labels: Vec<&Labels> = alerts.iter().map(|alert| &alert.labels).collect();
        let fires = alerts.is_empty() || alerts.iter().any(|alert| alert.ended_at.is_none());
        Self {
            receiver: &notification.receiver,
            status: if fires { "firing" } else { "resolved" },
            group_labels: &notification.group,
            common_labels: common(&labels),
            common_annotations: common(&annotations.iter().collect::<Vec<_>>()),
            external_url,
            version: "4",
            group_key: &notification.thread,
            truncated_alerts: alerts.len().saturating_sub(MAX_ALERTS),
            alerts: alerts.iter().zip(annotations).take(MAX_ALERTS).map(Alert::of).collect(),
        }
    }
}

impl<'a> Alert<'a> {
    fn of((alert, annotations): (&'a NotifiedAlert, &'a Labels)) -> Self {
        Self {
            status: if alert.ended_at.is_some() { "resolved" } else { "firing" },
            labels: &alert.labels,
            annotations,
            starts_at: time(alert.starts_at),
            ends_at: alert.ended_at.map_or_else(|| NEVER.to_owned(), time),
            generator_url: &alert.generator_url,
            fingerprint: alert.fingerprint.to_string(),
        }
    }
}

/// Each alert's annotations. The format has no other place for links, so they go with the first alert.
fn annotations(notification: &Notification) -> Vec<Labels> {
    let mut all: Vec<Labels> = notification.alerts.iter().map(|alert| alert.annotations.clone()).collect();
    let context = &notification.context;
    let links = [("acknowledge_url", &context.acknowledge_url), ("incident_url", &context.incident_url)];
    for (name, url) in links {
        if let (Some(first), Some(url)) = (all.first_mut(), url) {
            first.set(name, url);
        }
    }
    all
}

/// What all alerts agree on.
fn common<'a>(all: &[&'a Labels]) -> BTreeMap<&'a str, &'a str> {
    let Some((first, rest)) = all.split_first() else { return BTreeMap::new() };
    first.iter().filter(|(name, value)| rest.iter().all(|other| other.get(name) == *value)).collect()
}

fn time(at: Timestamp) -> String {
    at.datetime().map_or_else(|| NEVER.to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
