//! The platform API as its clients see it: over a socket.

#![expect(clippy::float_cmp, reason = "counts and times are whole numbers here, and must be equal exactly")]

mod data;
mod faults;
mod life;
mod program;
mod red;
mod routes;

pub use program::platform_api;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;
use slo_base::clock::Clock;
use slo_platform::{Schedule, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::servers::deadline::soon;

/// 2026-09-04T00:00:00Z, the time of every server here unless a test moves it.
const NOW_MS: i64 = 1_788_480_000_000;
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A platform API on a port of its own.
struct Server {
    base: String,
    client: Client,
    shutdown: CancellationToken,
    running: JoinHandle<Result<(), slo_platform::Error>>,
}

/// In memory, at a fixed time, and with an ingester that runs once at the start and not again within a test.
fn settings() -> Settings {
    let never = Duration::from_hours(24);
    Settings {
        clock: Clock::manual(NOW_MS),
        schedule: Schedule { sec: never, financial: never, news: never },
        ..Settings::default()
    }
}

fn client() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().timeout(PATIENCE).no_proxy().build().unwrap()
}

impl Server {
    async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(slo_platform::run(listener, settings, shutdown.clone()));
        Self { base, client: client(), shutdown, running }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.status().as_u16()
    }

    /// The JSON of an answer that must be good.
    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
        response.json().await.unwrap()
    }

    async fn metrics(&self) -> Metrics {
        Metrics(self.get("/metrics").await.text().await.unwrap())
    }

    /// Scrapes until `met`; fails after [`PATIENCE`], with what was there last.
    async fn wait_for(&self, what: &str, met: impl Fn(&Metrics) -> bool) -> Metrics {
        let last = std::sync::Mutex::new(String::new());
        let waiting = async {
            loop {
                let metrics = self.metrics().await;
                if met(&metrics) {
                    return metrics;
                }
                last.lock().unwrap().clone_from(&metrics.0);
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| panic!("{what} never came; last scrape:\n{}", last.lock().unwrap()))
    }

    async fn stop(self) {
        self.shutdown.cancel();
        soon("the server's end", self.running).await.unwrap().unwrap();
    }
}

/// One scrape.
struct Metrics(String);

impl Metrics {
    /// The value of one series, spelt exactly as it is exposed.
    fn get(&self, series: &str) -> Option<f64> {
        self.0.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// As [`Self::get`], for a series that must be there.
    fn value(&self, series: &str) -> f64 {
        self.get(series).unwrap_or_else(|| panic!("no {series} in\n{}", self.0))
    }

    /// How many `GET`s of `route` were answered with `status`.
    fn answered(&self, route: &str, status: u16) -> f64 {
        self.get(&count("GET", route, status)).unwrap_or(0.0)
    }

    /// How many requests were answered in all.
    fn answered_in_all(&self) -> f64 {
        self.0
            .lines()
            .filter(|line| line.starts_with("http_server_request_duration_seconds_count{"))
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
            .sum()
    }
}

fn count(method: &str, route: &str, status: u16) -> String {
    format!("http_server_request_duration_seconds_count{}", labels(method, route, status))
}

fn labels(method: &str, route: &str, status: u16) -> String {
    format!(
        "{{http_request_method=\"{method}\",http_route=\"{route}\",http_response_status_code=\"{status}\"}}"
    )
}

fn freshness(source: &str) -> String {
    format!("ingest_last_success_timestamp_seconds{{source=\"{source}\"}}")
}

fn runs(source: &str, outcome: &str) -> String {
    format!("ingest_runs_total{{source=\"{source}\",outcome=\"{outcome}\"}}")
}

/// A clock and the hand that moves it.
fn movable_clock() -> (Clock, impl Fn(i64)) {
    let at = std::sync::Arc::new(AtomicI64::new(NOW_MS));
    (Clock::Manual(at.clone()), move |ms| at.store(ms, Ordering::SeqCst))
}
