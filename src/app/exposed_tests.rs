//! What is declared is exposed, as it is declared, and nothing else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use prometheus_client::registry::Registry;

use super::{heartbeats, leadership};
use crate::api::EngineMetrics;
use slo_base::clock::Clock;
use slo_base::telemetry::exposition::render;
use slo_base::telemetry::metrics::Counters;
use slo_base::telemetry::process;
use slo_core::metrics::{self, Kind, MetricDecl};
use slo_definitions::BrokenFile;
use slo_delivery::DeliveryMetrics;
use slo_delivery::outbox::{Attempt, Outcome};
use slo_embedded::{EmbeddedSource, StoreSettings};
use slo_evaluation::engine::SnapshotChannel;
use slo_evaluation::prometheus::PrometheusSource;
use slo_incidents::AlertService;
use slo_incidents::alerts::{AlertLimits, Alerts};
use slo_incidents::metrics::AlertMetrics;
use slo_incidents::service::Notifying;
use slo_incidents::silences::SilenceLimits;
use slo_model::source::{Source, Sources};
use slo_platform::metrics::IngestSource;

type ByMetric<'a, T> = BTreeMap<&'a str, T>;

/// Types and helps of the metrics in `text`, and the names of their first samples' labels.
fn exposed(text: &str) -> (ByMetric<'_, (&str, &str)>, ByMetric<'_, Vec<&str>>) {
    let (mut described, mut labels, mut helps) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        let words = |start| line.strip_prefix(start).and_then(|rest| rest.split_once(' '));
        if let Some((name, help)) = words("# HELP ") {
            // The library ends what it registers with a full stop.
            helps.insert(name, help.trim_end_matches('.'));
        } else if let Some((name, kind)) = words("# TYPE ") {
            described.insert(name, (kind, helps[name]));
        } else {
            let (series, _) = line.rsplit_once(' ').unwrap();
            let (name, inside) = series.split_once('{').unwrap_or((series, "}"));
            let inside = inside.trim_end_matches('}').split(',').filter(|label| !label.is_empty());
            let names = inside.map(|label| label.split_once('=').unwrap().0).filter(|name| *name != "le");
            labels.entry(name.trim_end_matches("_bucket")).or_insert_with(|| names.collect());
        }
    }
    (described, labels)
}

fn kind(metric: &MetricDecl) -> &'static str {
    match metric.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram(_) => "histogram",
    }
}

/// A server that has answered a question, and said what time it is.
async fn answering() -> Arc<dyn Source> {
    const ANSWER: &str = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(|| async { ANSWER });
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let settings = slo_base::config::source::SourceSettings::new(&url).unwrap();
    let source = PrometheusSource::new(settings, Clock::System).unwrap();
    source.instant("1", slo_core::time::Timestamp::EPOCH).await.unwrap();
    server.abort();
    Arc::new(source)
}

/// What the engine and the platform API expose, once something of everything has happened.
async fn text() -> String {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(1_000);
    let mut registry = Registry::default();
    process::register(&mut registry, &clock, metrics::ENGINE_BUILD_INFO);
    let snapshots = SnapshotChannel::default();
    let broken =
        BrokenFile { file: "x.yaml".to_owned(), error: "no mapping".to_owned(), errors: 1, kept: false };
    snapshots.show_broken_files(vec![broken]);
    EngineMetrics::register(&mut registry, snapshots, clock.clone());
    let store = StoreSettings::new(folder.path().to_owned());
    let source: Arc<dyn Source> = Arc::new(EmbeddedSource::open(store, clock.clone()).await.unwrap());
    let sources = Sources::only(source);
    sources.set_named([("other".to_owned(), answering().await)].into_iter().collect());
    EngineMetrics::register_sources(&mut registry, &sources);
    let store = slo_base::store::Store::open("sqlite::memory:", &slo_base::store::ENGINE).await.unwrap();
    let alerts = Alerts::open(store.clone(), AlertLimits::default(), clock.clone()).await.unwrap();
    let (silences, notifying) = (SilenceLimits::default(), Notifying::default());
    let service = AlertService::open(&store, alerts, silences, notifying, clock.clone()).await.unwrap();
    registry.register_collector(Box::new(AlertMetrics(service)));
    leadership::Metrics::register(&mut registry);
    Counters::registered(&mut registry, metrics::HTTP_PANICS);
    heartbeats::Metrics::register(&mut registry).seen("prometheus", slo_core::time::Timestamp::EPOCH, true);
    let delivery = DeliveryMetrics::default();
    delivery.register(&mut registry, clock.clone());
    delivery.template_failed("slack.txt");
    let attempt = Attempt {
        row: 1,
        attempt: 1,
        at: slo_core::time::Timestamp::from_ms(1_000),
        worker: "w".to_owned(),
        channel: "slack".to_owned(),
        status: Some(200),
        latency: slo_core::time::Span::from_ms(40),
        excerpt: String::new(),
        outcome: Outcome::Accepted,
    };
    delivery.tried(&attempt, slo_core::time::Timestamp::from_ms(500));
    let platform = slo_platform::metrics::Metrics::new(&clock);
    platform.http.declare("/", &[StatusCode::OK]);
    platform.set_last_success(IngestSource::News, slo_core::time::Timestamp::from_ms(1_000));
    render(&registry, None).unwrap().body + &platform.render(None).unwrap().body
}

#[tokio::test]
async fn what_is_declared_is_exposed_as_declared_and_nothing_else_is() {
    let text = text().await;
    let (described, labels) = exposed(&text);
    let declared: BTreeMap<_, _> =
        metrics::ALL.iter().map(|metric| (metric.name, (kind(metric), metric.help))).collect();
    assert_eq!(described, declared);
    for metric in metrics::ALL {
        // Budgets have no rows yet, and incidents nothing to count from.
        let unseen = metric.labels.first() == Some(&"slo") || metric.name.starts_with("slo_incident_");
        match labels.get(metric.name) {
            Some(labels) => assert_eq!(labels, metric.labels, "{}", metric.name),
            None => assert!(unseen, "{} has no sample in\n{text}", metric.name),
        }
    }
}
