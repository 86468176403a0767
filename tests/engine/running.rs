//! A running engine over HTTP: health, readiness, reloads, metrics, and a clean stop.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use slo::api::guard::Guard;
use slo::app::{self, App, AppError};
use slo_base::clock::Clock;
use slo_base::http::Limits;
use slo_evaluation::engine::{Settings, SnapshotChannel};
use slo_incidents::AlertService;
use slo_incidents::alerts::{AlertLimits, Alerts};
use slo_incidents::service::Notifying;
use slo_incidents::silences::SilenceLimits;
use slo_model::source::Source;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::world::{self, END, of_requests, rolling};
use super::{Home, url};
use crate::servers::deadline::{PATIENCE, finished, soon};

pub(super) struct Running {
    pub(super) base: String,
    snapshots: SnapshotChannel,
    rules: PathBuf,
    gate: Arc<Gate>,
    pub(super) shutdown: CancellationToken,
    pub(super) task: JoinHandle<Result<(), AppError>>,
    home: Home,
}

impl Running {
    async fn start(rules: &str) -> Self {
        Self::serving(rules, slo::api::LIMITS, axum::Router::new()).await
    }

    /// With limits and further routes of a test's own; its source does not answer.
    pub(super) async fn serving(rules: &str, limits: Limits, routes: axum::Router) -> Self {
        let home = Home::new().await;
        let file = home.folder.path().join("slos.yaml");
        std::fs::write(&file, rules).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (snapshots, shutdown) = (SnapshotChannel::default(), CancellationToken::new());
        let inner: Arc<dyn Source> = world::source(world::shared().await);
        let gate = Arc::new(Gate { inner, open: Semaphore::new(0) });
        let store = home.ledger.store().clone();
        let alerts = Alerts::open(store.clone(), AlertLimits::default(), Clock::System).await.unwrap();
        let (silences, notifying) = (SilenceLimits::default(), Notifying::default());
        let service = AlertService::open(&store, alerts, silences, notifying, Clock::System).await.unwrap();
        let guard = Guard::new(service.tokens.clone(), listener.local_addr().unwrap(), "").unwrap();
        let app = App {
            service,
            guard,
            prefix: String::new(),
            limits,
            strict: false,
            paging: None,
            alerting: None,
            rules: vec![file.clone()],
            sources: slo_model::source::Sources::only(gate.clone()),
            connect: None,
            ledger: home.ledger.clone(),
            // The clock stands; the ticks, each of which changes nothing, do not.
            settings: Settings { interval: slo_core::time::Span::SECOND, ..super::settings() },
            clock: Clock::manual(END * 1000),
            snapshots: snapshots.clone(),
            routes,
            progress: Arc::new(|_| {}),
            lease: Arc::new(store.lease("test").unwrap()),
            store,
        };
        let task = tokio::spawn(app::run(app, listener, shutdown.clone()));
        Self { base, snapshots, rules: file, gate, shutdown, task, home }
    }

    async fn ready(rules: &str) -> Self {
        let running = Self::start(rules).await;
        running.gate.open.close();
        running.becomes_ready().await;
        running
    }

    async fn becomes_ready(&self) {
        let mut published = self.snapshots.watch();
        drop(soon("the first verdicts", published.wait_for(|snapshot| snapshot.ready)).await.unwrap());
    }

    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        let answer = client().get(format!("{}{path}", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn reload(&self) -> (u16, String) {
        let answer = client().post(format!("{}/-/reload", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn names(&self) -> Vec<String> {
        let (_, body) = self.get("/api/slo/v1/status").await;
        let status: Value = serde_json::from_str(&body).unwrap();
        let slos = status["slos"].as_array().unwrap();
        slos.iter().map(|slo| slo["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        soon("the engine's end", self.task).await.unwrap().unwrap();
        // Closed: nobody holds the file any more, and what was written is there.
        let ledger = crate::stores::ledger_to_read(&url(&self.home.folder)).await.unwrap();
        ledger.store().close().await;
    }
}

pub(super) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

pub(super) fn births() -> String {
    of_requests("births", "job=\"births\"", &rolling("1d"), "")
}

#[tokio::test]
async fn healthy_at_once_and_ready_with_the_first_verdicts() {
    let running = Running::start(&births()).await;
    assert_eq!(running.get("/-/healthy").await.0, 200);
    let (status, body) = running.get("/-/ready").await;
    assert_eq!(status, 503);
    assert!(body.contains("not ready"), "{body}");
    running.gate.open.close();
    running.becomes_ready().await;
    assert_eq!(running.get("/-/ready").await.0, 200);
    running.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_source_that_hangs() {
    let running = Running::start(&births()).await;
    assert_eq!(running.get("/-/healthy").await.0, 200);
    // The gate stays shut.
    running.stop().await;
}

#[tokio::test]
async fn a_bad_file_keeps_the_old_configuration_and_says_so() {
    let running = Running::ready(&births()).await;
    std::fs::write(&running.rules, births().replace("target: 0.9", "target: 90")).unwrap();
    let (status, body) = running.reload().await;
    assert_eq!(status, 400);
    assert!(
        body.contains("the old one stays") && body.contains("slos.yaml:") && body.contains('^'),
        "{body}"
    );
    assert_eq!(running.names().await, ["births"]);

    let more = births() + &of_requests("plain", "job=\"plain\"", &rolling("1d"), "");
    std::fs::write(&running.rules, more).unwrap();
    let (status, body) = running.reload().await;
    assert_eq!((status, body.as_str()), (200, "2 objectives loaded\n"));
    let mut published = running.snapshots.watch();
    let both = published.wait_for(|snapshot| snapshot.rows.len() == 2 && snapshot.errors.is_empty());
    drop(soon("verdicts on both", both).await.unwrap());
    assert_eq!(running.names().await, ["births", "plain"]);
    let (_, metrics) = running.get("/metrics").await;
    assert!(metrics.contains("slo_engine_reloads_total{outcome=\"failure\"} 1"), "{metrics}");
    assert!(metrics.contains("slo_engine_reloads_total{outcome=\"success\"} 1"), "{metrics}");
    running.stop().await;
}

/// The samples of an exposition, by name and labels.
fn samples(exposition: &str) -> BTreeMap<String, f64> {
    exposition
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn metrics_are_good_prometheus_text_and_say_what_the_status_says() {
    let rules = births()
        + &of_requests("idle", "job=\"idle\"", &rolling("6h"), "")
        + &of_requests("tenants", "job=\"tenants\"", &rolling("1d"), "slo-engine/group-by: tenant")
            .replace("sum(", "sum by (tenant) (");
    let running = Running::ready(&rules).await;
    let (_, exposition) = running.get("/metrics").await;
    let mut promtool = Command::new("/usr/bin/promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(exposition.as_bytes()).unwrap();
    let checked = finished(promtool, "promtool");
    let told = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && told.is_empty(), "{told}\n{exposition}");

    let samples = samples(&exposition);
    let (_, body) = running.get("/api/slo/v1/status").await;
    assert!(!body.contains("NaN") && !body.contains("inf"), "{body}");
    let status: Value = serde_json::from_str(&body).unwrap();
    let slos = status["slos"].as_array().unwrap();
    assert_eq!(slos.len(), 6, "{body}");
    for slo in slos {
        let group =
            slo["group"].as_object().unwrap().iter().fold(String::new(), |mut text, (name, value)| {
                write!(text, ",{name}={value}").unwrap();
                text
            });
        let labels = format!("slo={},objective=\"\",service={}", slo["name"], slo["service"]);
        let metric =
            |name: &str, more: &str| samples.get(&format!("{name}{{{labels}{more}{group}}}")).copied();
        assert_eq!(metric("slo_target_ratio", ""), slo["target"].as_f64(), "{labels}{group}\n{exposition}");
        assert_eq!(metric("slo_sli_ratio", ""), slo["sli"].as_f64(), "{labels}");
        let remaining = slo["budget"]["remaining_ratio"].as_f64();
        assert_eq!(metric("slo_error_budget_remaining_ratio", ""), remaining, "{labels}");
        assert_eq!(metric("slo_coverage_ratio", ""), slo["coverage"].as_f64(), "{labels}");
        for (window, rate) in slo["burn_rates"].as_object().unwrap() {
            let told = metric("slo_burn_rate", &format!(",window=\"{window}\""));
            assert_eq!(told, rate.as_f64(), "{labels} {window}");
        }
        for state in ["ok", "no_traffic", "no_data", "stale", "exhausted"] {
            let told = metric("slo_state", &format!(",state=\"{state}\""));
            assert_eq!(told, Some(f64::from(slo["state"] == state)), "{labels} {state}");
        }
    }
    assert_eq!(slos.iter().filter(|slo| slo["state"] == "no_traffic").count(), 1);
    for name in ["slo_engine_lag_seconds", "slo_engine_counters", "slo_engine_queue_size{queue=\"fill\"}"] {
        assert!(samples.contains_key(name), "{name} in {exposition}");
    }
    running.stop().await;
}

#[tokio::test]
async fn definitions_with_errors_are_refused_at_the_start() {
    let running = Running::start("apiVersion: openslo/v1\nkind: SLO\n").await;
    let Err(AppError::Definitions(findings)) = soon("its end", running.task).await.unwrap() else {
        panic!("it ran")
    };
    assert!(findings.contains("slos.yaml:"), "{findings}");
}
