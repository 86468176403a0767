//! Our own webhook: JSON over POST, signed.
//!
//! # Body
//!
//! ```json
//! {"version": 1, "key": "…", "thread": "…", "incident": "…" | null, "kind": "firing", "priority": "P1",
//!  "receiver": "…", "person": "…" | null, "title": "…", "reason": "…", "group": {"service": "api"},
//!  "acknowledge_url": "…" | null, "incident_url": "…" | null,
//!  "total_alerts": 1,
//!  "alerts": [{"fingerprint": "d7252752c04bd3c5", "status": "firing", "labels": {…}, "annotations": {…},
//!              "starts_at": "2026-09-04T00:00:00.000Z", "ended_at": null, "generator_url": "…",
//!              "slo": {…} | null, "burn_chart": {"span_seconds": 21600, "rates": [0.2, null, …], "threshold": 14.4} | null}]}
//! ```
//!
//! `slo` and `burn_chart` are the numbers behind an alert of an SLO: see [`SloContext`](slo_model::alert::SloContext) and
//! [`BurnChart`](slo_model::alert::BurnChart).
//!
//! `kind` is one of `firing`, `resolved`, `escalation`, `digest`, `flapping`, `failover`, `acknowledged`, `heartbeat`.
//! At most 1,000 alerts are spelled out; `total_alerts` tells how many there are. All attempts at one message have the
//! same body.
//!
//! # Headers
//!
//! - `Idempotency-Key`: the same for all attempts at one message: the key if it fits a header, else its SHA-256 in
//!   hexadecimal digits. A message may arrive twice; drop the second by this.
//! - `Slo-Signature: t=UNIX_SECONDS,v1=HEX`: HMAC-SHA256, keyed with the secret, of `UNIX_SECONDS.BODY`. Compare in
//!   constant time, and refuse old times. While a secret is rotated there are two `v1=`; one of them is enough.

use async_trait::async_trait;
use chrono::SecondsFormat;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;

use super::channel::{Answer, Channel};
use super::http::headers;
use super::keys;
use super::message::Message;
use super::secret;
use super::tools::Tools;
use slo_core::text::hex;
use slo_core::time::Timestamp;
use slo_model::route::{Notification, NotifiedAlert, SecretRef};

/// Alerts that are spelled out.
const MAX_ALERTS: usize = 1000;
/// Characters of the title and of the key's header.
const MAX_TITLE: usize = 255;

/// A channel of one URL.
pub struct Webhook {
    url: String,
    secrets: Vec<SecretRef>,
    tools: Tools,
}

impl Webhook {
    /// Posts to `url`, signed with each of `secrets`.
    pub fn new(url: String, secrets: Vec<SecretRef>, tools: Tools) -> Self {
        Self { url, secrets, tools }
    }
}

#[async_trait]
impl Channel for Webhook {
    fn kind(&self) -> &'static str {
        "webhook"
    }

    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer {
        let message = Message::of(notification, now);
        let title = self.tools.templates.title(&message, MAX_TITLE);
        let body = body(notification, &title, &message).to_string().into_bytes();
        let mut signature = format!("t={}", now.seconds());
        for secret in &self.secrets {
            match secret::read(secret).await {
                Ok(secret) => {
                    signature.push_str(",v1=");
                    signature.push_str(&sign(&secret, now.seconds(), &body));
                }
                Err(problem) => return Answer::refused(format!("a secret that signs: {problem}")),
            }
        }
        let key = keys::ascii(&notification.key, MAX_TITLE);
        let mut sent = headers([("idempotency-key", &key)]);
        if !self.secrets.is_empty() {
            sent.extend(headers([("slo-signature", &signature)]));
        }
        self.tools.http.post(&self.url, sent, body, false).await
    }
}

/// The signature of `body`, sent at `seconds`.
pub fn sign(secret: &SecretString, seconds: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

fn body(notification: &Notification, title: &str, message: &Message) -> Value {
    json!({
        "version": 1,
        "key": notification.key,
        "thread": notification.thread,
        "incident": notification.incident,
        "kind": notification.kind,
        "priority": notification.priority,
        "receiver": notification.receiver,
        "person": notification.person,
        "title": title,
        "reason": notification.reason,
        "group": notification.group,
        "acknowledge_url": message.acknowledge,
        "incident_url": message.incident_page,
        "total_alerts": notification.alerts.len(),
        "alerts": notification.alerts.iter().take(MAX_ALERTS).map(alert).collect::<Vec<_>>(),
    })
}

fn alert(alert: &NotifiedAlert) -> Value {
    let time = |at: Timestamp| at.datetime().map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let context = alert.context.as_ref();
    json!({
        "fingerprint": alert.fingerprint.to_string(),
        "status": if alert.ended_at.is_some() { "resolved" } else { "firing" },
        "labels": alert.labels,
        "annotations": alert.annotations,
        "starts_at": time(alert.starts_at),
        "ended_at": alert.ended_at.and_then(time),
        "generator_url": alert.generator_url,
        "slo": context.and_then(|context| context.slo.as_ref()),
        "burn_chart": context.and_then(|context| context.chart.as_ref()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_what_openssl_makes() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
        let secret = SecretString::from("key".to_owned());
        assert_eq!(
            sign(&secret, 1_700_000_000, br#"{"a":1}"#),
            "a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
        );
    }
}
