//! What the delivery counts: attempts by outcome, how long messages took, templates that failed, what waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Registry;

use super::outbox::{Attempt, Depth};
use slo_base::clock::Clock;
use slo_base::telemetry::metrics::{Counters, Histograms, write, write_one};
use slo_core::metrics;
use slo_core::time::{Span, Timestamp};

/// No oldest row.
const NONE: i64 = i64::MIN;

/// The delivery's own metrics. Clones count together.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    attempts: Counters<2>,
    latency: Histograms<1>,
    answers: Histograms<1>,
    templates: Counters<1>,
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
            attempts: Counters::new(metrics::NOTIFICATION_ATTEMPTS),
            latency: Histograms::new(metrics::NOTIFICATION_LATENCY),
            answers: Histograms::new(metrics::NOTIFICATION_ANSWER),
            templates: Counters::new(metrics::TEMPLATE_FAILURES),
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
        self.attempts.register(registry);
        self.latency.register(registry);
        self.answers.register(registry);
        self.templates.register(registry);
        registry.register_collector(Box::new(Backlog { waiting: Arc::clone(&self.waiting), clock }));
    }

    /// Counts an attempt at a notification that was due at `due_at`.
    pub fn tried(&self, attempt: &Attempt, due_at: Timestamp) {
        let (channel, outcome) = (attempt.channel.as_str(), attempt.outcome.as_str());
        self.attempts.with([channel, outcome]).inc();
        self.answers.with([channel]).observe(attempt.latency.as_seconds_f64());
        if outcome == "accepted" {
            let waited = (attempt.at - due_at).max(Span::ZERO);
            self.latency.with([channel]).observe(waited.as_seconds_f64());
        }
    }

    /// Counts a template that failed.
    pub fn template_failed(&self, template: &str) {
        self.templates.with([template]).inc();
    }

    /// How often a template failed.
    pub fn template_failures(&self, template: &str) -> u64 {
        self.templates.with([template]).get()
    }

    /// Attempts that ended so.
    pub fn attempts(&self, channel: &str, outcome: &str) -> u64 {
        self.attempts.with([channel, outcome]).get()
    }

    /// Says what waits now.
    pub fn waiting(&self, depth: Depth) {
        self.waiting.queued.store(depth.queued, Ordering::Relaxed);
        self.waiting.leased.store(depth.leased, Ordering::Relaxed);
        self.waiting.oldest_due_at.store(depth.oldest_due_at.map_or(NONE, Timestamp::ms), Ordering::Relaxed);
    }
}

/// Depth and age of the outbox, as last read; the age goes on growing when nobody reads it any more.
#[derive(Debug)]
struct Backlog {
    waiting: Arc<Waiting>,
    clock: Clock,
}

impl Collector for Backlog {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let depths = [("queued", &self.waiting.queued), ("leased", &self.waiting.leased)]
            .map(|(state, count)| ([state], count.load(Ordering::Relaxed)));
        write(&mut encoder, metrics::OUTBOX_DEPTH, depths)?;
        let oldest = self.waiting.oldest_due_at.load(Ordering::Relaxed);
        let age = if oldest == NONE { Span::ZERO } else { self.clock.now() - Timestamp::from_ms(oldest) };
        write_one(&mut encoder, metrics::OUTBOX_AGE, age.max(Span::ZERO).as_seconds_f64())
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
            at: Timestamp::from_ms(62_000),
            worker: "w".to_owned(),
            channel: "slack".to_owned(),
            status: Some(200),
            latency: Span::from_ms(40),
            excerpt: String::new(),
            outcome: Outcome::Accepted,
        };
        metrics.tried(&attempt, Timestamp::from_ms(60_000));
        metrics.template_failed("slack.txt");
        metrics.waiting(Depth { queued: 3, leased: 1, oldest_due_at: Some(Timestamp::from_ms(70_000)) });
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
