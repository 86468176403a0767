//! `slo serve`: from start to SIGTERM.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{command, rules, slo};
use crate::engine::world::{self, definition, query, rolling};
use crate::servers::free_port;
use crate::servers::process::Process;
use crate::servers::prometheus::{Options, Prometheus};

const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Serving {
    pub(super) process: Process,
    pub(super) base: String,
    pub(super) client: reqwest::Client,
}

impl Serving {
    pub(super) fn start(folder: &Path, prometheus: &str, more: &[&str]) -> Self {
        let port = free_port();
        let mut command = command(folder);
        command
            .args([
                "serve",
                "--rules",
                "slos.yaml",
                "--prometheus",
                prometheus,
                "--interval",
                "1",
                "--settle",
                "1",
            ])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(more);
        let process = Process::start("slo-serve", command, folder);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { process, base: format!("http://127.0.0.1:{port}"), client }
    }

    pub(super) async fn until(&mut self, path: &str, holds: impl Fn(u16, &str) -> bool) {
        let url = format!("{}{path}", self.base);
        let client = self.client.clone();
        let asked = async || {
            let Ok(answer) = client.get(&url).send().await else { return false };
            let status = answer.status().as_u16();
            answer.text().await.is_ok_and(|body| holds(status, &body))
        };
        self.process.ready(PATIENCE, asked).await;
    }

    pub(super) async fn stop(mut self) -> String {
        self.process.signal("TERM");
        assert_eq!(self.process.ended(PATIENCE).await.code(), Some(0), "{}", self.process.tail());
        let log = self.process.log();
        assert!(!log.contains("panicked"), "{log}");
        log
    }
}

pub(super) fn of_prometheus(name: &str, target: &str) -> String {
    let metric = format!(
        "ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
        query("sum(prometheus_http_requests_total{job=\"self\",code=~\"5..\"})"),
        query("sum(prometheus_http_requests_total{job=\"self\"})")
    );
    definition(name, &metric, &rolling("1h"), "Occurrences", &format!("- target: {target}"), "")
}

/// A Prometheus that watches itself: our own questions are the traffic.
pub(super) async fn of_itself() -> Prometheus {
    let port = free_port();
    let config = format!(
        "- {{job_name: self, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}"
    );
    Prometheus::start_at(port, Options { scrape_configs: config, ..Options::default() }).await
}

pub(super) fn total(body: &str) -> f64 {
    serde_json::from_str::<Value>(body).unwrap()["slos"][0]["total"].as_f64().unwrap_or_default()
}

#[tokio::test]
async fn from_start_to_stop_and_on_again() {
    let server = of_itself().await;
    let (folder, file) = rules(&of_prometheus("self", "0.9"));
    let mut serving = Serving::start(folder.path(), &server.url(), &[]);
    serving.until("/-/ready", |status, _| status == 200).await;
    serving.until("/api/slo/v1/status", |_, body| total(body) > 20.0).await;

    // A bad file keeps the old definitions; a good one is taken.
    std::fs::write(&file, "kind: Nonsense").unwrap();
    serving.process.signal("HUP");
    serving
        .until("/metrics", |_, body| body.contains("slo_engine_reloads_total{outcome=\"failure\"} 1"))
        .await;
    serving.until("/api/slo/v1/status", |_, body| body.contains("\"self\"")).await;
    std::fs::write(&file, of_prometheus("self", "0.8")).unwrap();
    serving.process.signal("HUP");
    serving.until("/api/slo/v1/status", |_, body| body.contains("\"target\":0.8")).await;
    let log = serving.stop().await;
    assert!(log.contains("the old ones stay") && log.contains("stopping on SIGTERM"), "{log}");

    let arguments = ["status", "--rules", "slos.yaml", "--database", "sqlite://slo.db", "--format", "json"];
    let before = total(&slo(folder.path(), &arguments).await.with(0).stdout);
    assert!(before > 20.0);
    let mut again = Serving::start(folder.path(), &server.url(), &[]);
    again.until("/api/slo/v1/status", |_, body| total(body) > before + 5.0).await;
    again.stop().await;

    // Straight from Prometheus it is the same: what the two count differs only by what came between.
    let arguments = ["status", "--rules", "slos.yaml", "--prometheus", &server.url(), "--format", "json"];
    let direct = slo(folder.path(), &arguments).await.with(0);
    assert!(total(&direct.stdout) > before + 5.0, "{}", direct.stdout);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let server = world::shared().await.url();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (more, said) in [
        (&["--listen", &address][..], "choose another address with --listen"),
        (&["--interval", "7"], "does not divide an hour"),
        (&["--interval", "0"], "--interval"),
        (&["--database", "mysql://x/y"], "write sqlite://PATH or postgres://"),
        (&["--database", "sqlite:///nonexistent/folder/slo.db"], "check that the folder exists"),
        (&["--prometheus-token-file", "none", "--prometheus-user", "me"], "cannot be used with"),
    ] {
        let mut arguments = vec!["serve", "--rules", "slos.yaml", "--prometheus", &server];
        arguments.extend(more);
        let ran = slo(folder.path(), &arguments).await.with(2);
        assert!(ran.stderr.contains(said), "{more:?}: {}", ran.stderr);
    }
    let ran = slo(folder.path(), &["serve", "--rules", "slos.yaml"]).await.with(2);
    assert!(ran.stderr.contains("--prometheus URL") && ran.stderr.contains("slo up"), "{}", ran.stderr);
}
