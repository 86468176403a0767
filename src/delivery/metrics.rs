//! What the delivery counts: attempts by outcome, how long messages took, templates that failed, what waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::outbox::{Attempt, Depth};
use slo_base::clock::Clock;
use slo_core::names;

type Pairs = Vec<(&'static str, String)>;

/// No oldest row.
const NONE: i64 = i64::MIN;

/// The delivery's own metrics. Clones count together.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    attempts: Family<Pairs, Counter>,
    latency: Family<Pairs, Histogram, fn() -> Histogram>,
    answers: Family<Pairs, Histogram, fn() -> Histogram>,
    templates: Family<Pairs, Counter>,
    waiting: Arc<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    queued: AtomicU64,
    leased: AtomicU64,
    oldest_due_at: AtomicI64,
}

impl Default for DeliveryMetrics {
    fn default() -> Self {
        Self {
            attempts: Family::default(),
            latency: Family::new_with_constructor(|| {
                // From at once to a day of outage.
                Histogram::new([0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0])
            }),
            answers: Family::new_with_constructor(|| {
                Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])
            }),
            templates: Family::default(),
            waiting: Arc::new(Waiting {
                queued: AtomicU64::new(0),
                leased: AtomicU64::new(0),
                oldest_due_at: AtomicI64::new(NONE),
            }),
        }
    }
}

impl DeliveryMetrics {
    /// Shows them in `registry`.
    pub fn register(&self, registry: &mut Registry, clock: Clock) {
        let attempts = "Attempts to send a notification, by channel and outcome";
        registry.register(names::NOTIFICATION_ATTEMPTS, attempts, self.attempts.clone());
        let latency = "Time from when a notification was due to when its channel took it";
        registry.register(names::NOTIFICATION_LATENCY, latency, self.latency.clone());
        let answers = "Time a channel took to answer an attempt";
        registry.register(names::NOTIFICATION_ANSWER, answers, self.answers.clone());
        let templates = "Templates that failed, so that a plain message went out instead";
        registry.register(names::TEMPLATE_FAILURES, templates, self.templates.clone());
        registry.register_collector(Box::new(Backlog { waiting: Arc::clone(&self.waiting), clock }));
    }

    /// Counts an attempt at a notification that was due at `due_at`.
    pub fn tried(&self, attempt: &Attempt, due_at: i64) {
        let channel = ("channel", attempt.channel.clone());
        let outcome = attempt.outcome.as_str();
        self.attempts.get_or_create(&vec![channel.clone(), ("outcome", outcome.to_owned())]).inc();
        self.answers.get_or_create(&vec![channel.clone()]).observe(attempt.latency_ms as f64 / 1000.0);
        if outcome == "accepted" {
            let waited = attempt.at_ms.saturating_sub(due_at).max(0);
            self.latency.get_or_create(&vec![channel]).observe(waited as f64 / 1000.0);
        }
    }

    /// Counts a template that failed.
    pub fn template_failed(&self, template: &str) {
        self.templates.get_or_create(&vec![("template", template.to_owned())]).inc();
    }

    /// How often a template failed.
    pub fn template_failures(&self, template: &str) -> u64 {
        self.templates.get_or_create(&vec![("template", template.to_owned())]).get()
    }

    /// Attempts that ended so.
    pub fn attempts(&self, channel: &str, outcome: &str) -> u64 {
        let pairs = vec![("channel", channel.to_owned()), ("outcome", outcome.to_owned())];
        self.attempts.get_or_create(&pairs).get()
    }

    /// Says what waits now.
    pub fn waiting(&self, depth: Depth) {
        self.waiting.queued.store(depth.queued, Ordering::Relaxed);
        self.waiting.leased.store(depth.leased, Ordering::Relaxed);
        self.waiting.oldest_due_at.store(depth.oldest_due_at.unwrap_or(NONE), Ordering::Relaxed);
    }
}

/// Depth and age of the outbox, as last seen; the age goes on growing when nobody looks any more.
#[derive(Debug)]
struct Backlog {
    waiting: Arc<Waiting>,
    clock: Clock,
}

impl Collector for Backlog {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let rows = [("queued", &self.waiting.queued), ("leased", &self.waiting.leased)];
        let mut depth = encoder.encode_descriptor(
            names::OUTBOX_DEPTH,
            "Notifications in the outbox that are not done with, by state",
            None,
            prometheus_client::metrics::MetricType::Gauge,
        )?;
        for (state, count) in rows {
            let count = ConstGauge::new(count.load(Ordering::Relaxed));
            count.encode(depth.encode_family(&[("state", state)])?)?;
        }
        let oldest = self.waiting.oldest_due_at.load(Ordering::Relaxed);
        let age_ms = if oldest == NONE { 0 } else { self.clock.now_ms().saturating_sub(oldest).max(0) };
        let age = encoder.encode_descriptor(
            names::OUTBOX_AGE,
            "How long the oldest notification in the outbox has been due",
            None,
            prometheus_client::metrics::MetricType::Gauge,
        )?;
        ConstGauge::new(age_ms as f64 / 1000.0).encode(age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Outcome;

    #[test]
    fn what_is_counted_is_shown() {
        let mut registry = Registry::default();
        let metrics = DeliveryMetrics::default();
        metrics.register(&mut registry, Clock::manual(100_000));
        let attempt = Attempt {
            row: 1,
            attempt: 1,
            at_ms: 62_000,
            worker: "w".to_owned(),
            channel: "slack".to_owned(),
            status: Some(200),
            latency_ms: 40,
            excerpt: String::new(),
            outcome: Outcome::Accepted,
        };
        metrics.tried(&attempt, 60_000);
        metrics.template_failed("slack.txt");
        metrics.waiting(Depth { queued: 3, leased: 1, oldest_due_at: Some(70_000) });
        let text = slo_base::telemetry::exposition::render(&registry, None).unwrap().body;
        for line in [
            "slo_notification_attempts_total{channel=\"slack\",outcome=\"accepted\"} 1",
            "slo_notification_latency_seconds_sum{channel=\"slack\"} 2.0",
            "slo_notification_template_failures_total{template=\"slack.txt\"} 1",
            "slo_outbox_notifications{state=\"queued\"} 3",
            "slo_outbox_notifications{state=\"leased\"} 1",
            "slo_outbox_age_seconds 30.0",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} in\n{text}");
        }
    }
}
