//! What the metrics say is what the outbox has on record, counted anew.

use std::collections::BTreeMap;

use prometheus_client::registry::Registry;
use slo_base::telemetry::exposition;
use slo_core::time::short::ms;
use slo_delivery::outbox::{AttemptRecord, OutboxEntry, State};

use super::*;
use crate::servers::receiver::{Reaction, Receiver};

/// The samples of an exposition by their name with labels.
fn samples(registry: &Registry) -> BTreeMap<String, f64> {
    let text = exposition::render(registry, None).unwrap().body;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// Checks a histogram against what it was to count, in milliseconds.
fn check_histogram(samples: &BTreeMap<String, f64>, name: &str, channel: &str, observed_ms: &[i64]) {
    let labels = format!("channel=\"{channel}\"");
    assert_eq!(
        samples.get(&format!("{name}_count{{{labels}}}")),
        Some(&(observed_ms.len() as f64)),
        "{name}"
    );
    let sum = observed_ms.iter().sum::<i64>() as f64 / 1000.0;
    let shown = samples.get(&format!("{name}_sum{{{labels}}}")).unwrap();
    assert!((shown - sum).abs() < 1e-6, "{name}: {shown} {sum}");
    let mut buckets = 0;
    for (series, count) in samples.iter().filter(|(series, _)| series.starts_with(&format!("{name}_bucket")))
    {
        let Some((_, edge)) = series.split_once("le=\"").filter(|_| series.contains(&labels)) else {
            continue;
        };
        let edge = edge.split('"').next().unwrap();
        let edge = if edge == "+Inf" { f64::INFINITY } else { edge.parse().unwrap() };
        let within = observed_ms.iter().filter(|ms| **ms as f64 / 1000.0 <= edge).count();
        assert_eq!(*count, within as f64, "{series}");
        buckets += 1;
    }
    assert!(buckets > 5, "{name} has {buckets} buckets");
}

async fn the_numbers_are_those_of_the_record(home: Home) {
    let (good, poor, gone, down) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let failures = [Reaction::Status(500, "oops"), Reaction::RetryAfter(429, "90"), Reaction::Reset];
    poor.script(failures.iter().cycle().take(20).cloned());
    gone.always(Some(Reaction::Status(410, "gone")));
    down.always(Some(Reaction::Status(503, "busy")));
    let folder = tempfile::tempdir().unwrap();
    let slack = route::Channel::Slack { webhook: secret_file(&folder, "slack", &poor.url), channel: None };
    let receivers = [
        receiver("sre", vec![webhook(&good.url), slack]),
        route::Receiver { failover: Some("sre".to_owned()), ..receiver("lead", vec![webhook(&gone.url)]) },
        receiver("night", vec![webhook(&down.url)]),
    ];
    let bench = Bench::new(home.open().await, &receivers);
    let mut registry = Registry::default();
    bench.metrics.register(&mut registry, bench.clock.clone());
    for number in 0..12_i64 {
        let to = ["sre", "lead", "night"][usize::try_from(number % 3).unwrap()];
        let due_at = NOW - ms(number * 700);
        let one = Notification { receiver: to.to_owned(), due_at, ..notification(&format!("n{number}")) };
        bench.outbox.enqueue(&[one]).await.unwrap();
        bench.let_pass(MINUTE * 2, ms(20_000)).await;
    }
    // Twelve minutes, so that what asked for a rest has had it; the one that is down is still tried.
    bench.let_pass(MINUTE * 12, ms(20_000)).await;

    let record = bench.outbox.by_incident("7").await.unwrap();
    let tried = || record.iter().flat_map(|row| row.tried.iter().map(move |tried| (row, tried)));
    let shown = samples(&registry);
    let attempts = counts(tried().map(|(_, tried)| {
        format!(
            "slo_notification_attempts_total{{channel=\"{}\",outcome=\"{}\"}}",
            tried.channel, tried.outcome
        )
    }));
    let shown_attempts: BTreeMap<String, usize> = shown
        .iter()
        .filter(|(name, _)| name.starts_with("slo_notification_attempts_total"))
        .map(|(name, count)| (name.clone(), *count as usize))
        .collect();
    assert_eq!(shown_attempts, attempts);
    assert!(attempts.len() >= 5 && attempts.values().sum::<usize>() > 100, "{attempts:?}");
    for channel in ["webhook", "slack"] {
        let of = |keep: &dyn Fn(&AttemptRecord) -> bool,
                  length: &dyn Fn(&OutboxEntry, &AttemptRecord) -> i64|
         -> Vec<i64> {
            tried().filter(|(_, t)| t.channel == channel && keep(t)).map(|(row, t)| length(row, t)).collect()
        };
        let waited = of(&|t| t.outcome == "accepted", &|row, t| (t.at - row.notification.due_at).ms());
        assert!(waited.len() >= 8, "{channel}: {waited:?}");
        check_histogram(&shown, "slo_notification_latency_seconds", channel, &waited);
        let answers = of(&|_| true, &|_, t| t.latency.ms());
        check_histogram(&shown, "slo_notification_answer_seconds", channel, &answers);
    }
    let waiting: Vec<_> = record.iter().filter(|row| row.state == State::Queued).collect();
    assert_eq!(waiting.len(), 4, "what the one that is down has not taken");
    assert_eq!(shown["slo_outbox_notifications{state=\"queued\"}"], 4.0);
    assert_eq!(shown["slo_outbox_notifications{state=\"leased\"}"], 0.0);
    let oldest = waiting.iter().map(|row| row.notification.due_at).min().unwrap();
    assert_eq!(shown["slo_outbox_age_seconds"], (bench.clock.now() - oldest).as_seconds_f64());
}

#[tokio::test]
async fn the_numbers_are_those_of_the_record_on_sqlite() {
    the_numbers_are_those_of_the_record(Home::file()).await;
}

#[tokio::test]
async fn the_numbers_are_those_of_the_record_on_postgres() {
    the_numbers_are_those_of_the_record(Home::postgres().await).await;
}
