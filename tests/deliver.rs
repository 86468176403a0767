//! Delivery: the outbox's contract on every store, workers against receivers that fail, channels as they arrive,
//! SIGKILL.

mod channels;
mod contract;
mod counted;
mod crash;
mod mail;
mod page;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_delivery::{
    Delivery, DeliveryFailureSink, DeliveryMetrics, DeliverySettings, GaveUp, Guard, Http, Outbox, Receivers,
    Templates, Tools,
};
use slo_model::alert::{Fingerprint, Priority};
use slo_model::route::{self, Kind, Notification, NotificationContext, NotifiedAlert, SecretRef};
use tempfile::TempDir;

use crate::servers::home::Home;
use crate::stores;

/// 2026-09-04T00:00:00Z.
const NOW: Timestamp = Timestamp::from_ms(1_788_480_000_000);
const MINUTE: Span = Span::minutes(1);
const HOUR: Span = Span::hours(1);

/// Opens an outbox there.
trait Opens {
    async fn open(&self) -> Outbox;
}

impl Opens for Home {
    async fn open(&self) -> Outbox {
        Outbox::new(stores::store(&self.url).await.unwrap())
    }
}

fn notification(key: &str) -> Notification {
    let labels: Labels = [("alertname", "ApiDown"), ("service", "api")].into_iter().collect();
    Notification {
        key: key.to_owned(),
        thread: format!("thread of {key}"),
        incident: Some("7".to_owned()),
        kind: Kind::Firing,
        priority: Priority::P1,
        receiver: "sre".to_owned(),
        person: None,
        group: [("service", "api")].into_iter().collect(),
        alerts: vec![NotifiedAlert {
            fingerprint: Fingerprint::of(&labels),
            labels,
            annotations: [
                ("summary", "Nobody can log in"),
                ("runbook_url", "https://runbooks.example.com/api"),
            ]
            .into_iter()
            .collect(),
            starts_at: NOW - MINUTE * 5,
            ended_at: None,
            generator_url: "http://prometheus:9090/graph".to_owned(),
            context: None,
        }],
        due_at: NOW,
        failover: None,
        reason: "route platform/P1".to_owned(),
        context: NotificationContext::default(),
    }
}

/// Another step of the incident whose first notification is `of`.
fn following(of: &Notification, key: &str, kind: Kind) -> Notification {
    Notification { key: key.to_owned(), kind, ..of.clone() }
}

/// Remembers what was given up.
#[derive(Default)]
struct Remember(Mutex<Vec<GaveUp>>);

#[async_trait]
impl DeliveryFailureSink for Remember {
    async fn gave_up(&self, what: &GaveUp) {
        self.0.lock().unwrap().push(what.clone());
    }
}

fn tools(clock: &Clock, metrics: &DeliveryMetrics) -> Tools {
    let guard = Guard::allowing(&["127.0.0.0/8"]).unwrap();
    Tools {
        http: Http::new(guard, clock.clone(), Duration::from_secs(20)).unwrap(),
        templates: Templates::shipped(metrics.clone()).unwrap(),
        external_url: "http://slo.example.com".to_owned(),
    }
}

/// A delivery whose time the test moves.
struct Bench {
    delivery: Arc<Delivery>,
    outbox: Outbox,
    clock: Clock,
    metrics: DeliveryMetrics,
    alarm: Arc<Remember>,
}

impl Bench {
    fn new(outbox: Outbox, receivers: &[route::Receiver]) -> Self {
        Self::with(outbox, receivers, None, DeliverySettings::default())
    }

    fn with(
        outbox: Outbox,
        receivers: &[route::Receiver],
        smtp: Option<&route::Smtp>,
        settings: DeliverySettings,
    ) -> Self {
        let (clock, metrics, alarm) =
            (Clock::manual(NOW.ms()), DeliveryMetrics::default(), Arc::new(Remember::default()));
        let ready =
            Receivers::build(receivers, smtp, &tools(&clock, &metrics)).map_err(|p| p.join("\n")).unwrap();
        let delivery = Delivery::new(
            outbox.clone(),
            ready,
            clock.clone(),
            settings,
            metrics.clone(),
            Arc::clone(&alarm) as Arc<dyn DeliveryFailureSink>,
            "test",
        );
        Self { delivery, outbox, clock, metrics, alarm }
    }

    /// Lets `ms` go by in steps of `step`, with a pass at each.
    async fn let_pass(&self, length: Span, step: Span) {
        let end = self.clock.now() + length;
        while self.clock.now() < end {
            self.clock.set_ms((self.clock.now() + step).min(end).ms());
            self.delivery.pass().await.unwrap();
        }
    }
}

fn webhook(url: &str) -> route::Channel {
    route::Channel::Webhook { url: url.to_owned(), secrets: Vec::new() }
}

fn receiver(name: &str, channels: Vec<route::Channel>) -> route::Receiver {
    route::Receiver { name: name.to_owned(), channels, failover: None }
}

fn secret_file(folder: &TempDir, name: &str, secret: &str) -> SecretRef {
    let path = folder.path().join(name);
    std::fs::write(&path, format!("{secret}\n")).unwrap();
    SecretRef::File(path)
}

fn counts<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    items.into_iter().fold(BTreeMap::new(), |mut counts, item| {
        *counts.entry(item).or_default() += 1;
        counts
    })
}
