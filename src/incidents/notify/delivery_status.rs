//! What became of an alert's notifications, from the outbox: queued, tried, answered.

use serde::Serialize;

use slo_core::time::{Timestamp, as_ms};
use slo_delivery::Outbox;
use slo_delivery::outbox::{AttemptRecord, OutboxEntry, State};
use slo_model::alert::Fingerprint;
use slo_model::route::{Reason, Step};

/// A notification and its way through one channel, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryStatus {
    /// Its key, which receivers deduplicate by.
    pub key: String,
    /// `firing`, `resolved`, `escalation`, ….
    pub kind: slo_model::route::Kind,
    /// The receiver.
    pub receiver: String,
    /// The person it was meant for.
    pub person: Option<String>,
    /// Where it stands.
    pub state: State,
    /// When it is tried next, while it waits.
    #[serde(with = "as_ms")]
    pub next_at: Option<Timestamp>,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptRecord>,
}

/// Every notification about the alert that is still on record, oldest first.
pub async fn of_alert(outbox: &Outbox, alert: Fingerprint) -> Result<Vec<DeliveryStatus>, String> {
    let mut found = outbox.by_alert(alert).await.map_err(|error| error.to_string())?;
    found.sort_by_key(|entry| (entry.notification.due_at, entry.notification.key.clone(), entry.channel));
    Ok(found.into_iter().map(DeliveryStatus::from).collect())
}

impl From<OutboxEntry> for DeliveryStatus {
    fn from(entry: OutboxEntry) -> Self {
        let waits = matches!(entry.state, State::Queued | State::Leased);
        Self {
            key: entry.notification.key,
            kind: entry.notification.kind,
            receiver: entry.notification.receiver,
            person: entry.notification.person,
            state: entry.state,
            next_at: waits.then_some(entry.next_at),
            attempts: entry.tried,
        }
    }
}

impl DeliveryStatus {
    /// The steps of its way, for people.
    pub fn steps(&self, alert: Fingerprint) -> Vec<Reason> {
        let to = match &self.person {
            Some(person) => format!("{person} ({})", self.receiver),
            None => self.receiver.clone(),
        };
        let step =
            |at: Timestamp, step: Step, text: String| Reason { at, fingerprint: Some(alert), step, text };
        let mut steps = Vec::new();
        for attempt in &self.attempts {
            let text = format!("attempt {} at {to}, by {}", attempt.attempt, attempt.channel);
            steps.push(step(attempt.at - attempt.latency, Step::Tried, text));
            steps.push(step(attempt.at, Step::Answered, format!("{to}: {}", answer(attempt))));
        }
        if let State::Superseded = self.state {
            let at = self.attempts.last().map_or(Timestamp::EPOCH, |attempt| attempt.at);
            steps.push(step(at, Step::Superseded, format!("a newer message replaces this one to {to}")));
        }
        steps
    }
}

fn answer(attempt: &AttemptRecord) -> String {
    let status = attempt.status.map(|status| format!(" with {status}")).unwrap_or_default();
    let mut text = format!("{}{status} after {} ms", attempt.outcome, attempt.latency.ms());
    for more in [&attempt.reason, &attempt.excerpt] {
        if !more.is_empty() && !text.contains(more.as_str()) {
            text.push_str(": ");
            text.push_str(more);
        }
    }
    if let Some(next) = attempt.next_at {
        let next = next.datetime().unwrap_or_default();
        text.push_str(&next.format("; tried again at %H:%M:%SZ").to_string());
    }
    text
}
