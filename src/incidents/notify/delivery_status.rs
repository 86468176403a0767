//! What became of an alert's messages, from the outbox: queued, tried, answered.

use serde::Serialize;

use slo_delivery::Outbox;
use slo_delivery::outbox::{AttemptRecord, OutboxEntry, State};
use slo_model::alert::Fingerprint;
use slo_model::route::{Reason, Step};

/// The newest moments at which something was queued that are looked into.
const MOST_MOMENTS: usize = 50;

/// A message and its way through one channel, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryStatus {
    /// The message's key, which receivers deduplicate by.
    pub key: String,
    /// `firing`, `resolved`, `escalation`, ….
    pub kind: slo_model::route::Kind,
    /// The receiver.
    pub receiver: String,
    /// The person it was meant for.
    pub person: Option<String>,
    /// Where it stands.
    pub state: State,
    /// When it is tried next, unix milliseconds, while it waits.
    pub next_at: Option<i64>,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptRecord>,
}

/// Every message about the alert that is still on record, oldest first. `reasons` are the alert's: they say when something
/// was queued.
pub async fn told(
    outbox: &dyn Outbox,
    alert: Fingerprint,
    reasons: &[Reason],
) -> Result<Vec<DeliveryStatus>, String> {
    let mut moments: Vec<i64> =
        reasons.iter().filter(|reason| reason.step == Step::Queued).map(|reason| reason.at).collect();
    moments.sort_unstable();
    moments.dedup();
    let newest = moments.split_off(moments.len().saturating_sub(MOST_MOMENTS));
    let mut found: Vec<OutboxEntry> = Vec::new();
    let mut incidents: Vec<String> = Vec::new();
    for at in newest {
        for standing in outbox.by_due(at).await.map_err(|error| error.to_string())? {
            incidents.extend(standing.notification.incident.clone());
            found.push(standing);
        }
    }
    incidents.sort_unstable();
    incidents.dedup();
    // What stands in for a refused message was queued later, by a worker.
    for incident in incidents {
        found.extend(outbox.by_incident(&incident).await.map_err(|error| error.to_string())?);
    }
    found.retain(|standing| standing.notification.alerts.iter().any(|one| one.fingerprint == alert));
    let order = |standing: &OutboxEntry| {
        (standing.notification.due_at, standing.notification.key.clone(), standing.channel)
    };
    found.sort_by_key(order);
    found.dedup_by_key(|standing| order(standing));
    Ok(found.into_iter().map(DeliveryStatus::from).collect())
}

impl From<OutboxEntry> for DeliveryStatus {
    fn from(standing: OutboxEntry) -> Self {
        let waits = matches!(standing.state, State::Queued | State::Leased);
        Self {
            key: standing.notification.key,
            kind: standing.notification.kind,
            receiver: standing.notification.receiver,
            person: standing.notification.person,
            state: standing.state,
            next_at: waits.then_some(standing.next_at),
            attempts: standing.tried,
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
        let step = |at: i64, step: Step, text: String| Reason { at, fingerprint: Some(alert), step, text };
        let mut steps = Vec::new();
        for tried in &self.attempts {
            let text = format!("attempt {} at {to}, by {}", tried.attempt, tried.channel);
            steps.push(step(tried.at - tried.latency_ms, Step::Tried, text));
            steps.push(step(tried.at, Step::Answered, format!("{to}: {}", answer(tried))));
        }
        if let State::Superseded = self.state {
            let at = self.attempts.last().map_or(0, |tried| tried.at);
            steps.push(step(at, Step::Superseded, format!("a newer message replaces this one to {to}")));
        }
        steps
    }
}

fn answer(tried: &AttemptRecord) -> String {
    let status = tried.status.map(|status| format!(" with {status}")).unwrap_or_default();
    let mut text = format!("{}{status} after {} ms", tried.outcome, tried.latency_ms);
    for more in [&tried.reason, &tried.excerpt] {
        if !more.is_empty() && !text.contains(more.as_str()) {
            text.push_str(": ");
            text.push_str(more);
        }
    }
    if let Some(next) = tried.next_at {
        let next = chrono::DateTime::from_timestamp_millis(next).unwrap_or_default();
        text.push_str(&next.format("; tried again at %H:%M:%SZ").to_string());
    }
    text
}
