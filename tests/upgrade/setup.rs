//! All that an engine needs: a folder with definitions and routing, a database, Prometheus, and receivers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use slo_base::clock::Clock;
use tempfile::TempDir;

use super::{golden, samples};
use crate::servers::process::Process;
use crate::servers::receiver::{Receiver, Request};
use crate::servers::{clock, free_port};

/// Shorter than the patience of a receiver, whose complaint says less.
const PATIENCE: Duration = Duration::from_secs(55);
/// The end of alerts that are still firing, whenever the database is opened.
pub(super) const FOR_YEARS: &str = "2031-01-01T00:00:00Z";

pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    pub(super) url: String,
    /// Accepts every notification.
    pub(crate) taking: Receiver,
    /// Refuses with 404 while the database is generated.
    pub(super) refusing: Receiver,
    /// Fails with 503 while the database is generated.
    pub(super) failing: Receiver,
    program: PathBuf,
    prometheus: String,
}

impl Setup {
    /// For `program` and the database at `url`, which may be in `folder`.
    pub(crate) async fn new(program: &Path, folder: TempDir, url: String) -> Self {
        let (taking, refusing, failing) =
            tokio::join!(Receiver::start(), Receiver::start(), Receiver::start());
        for name in ["slos.yaml", "rules.yaml"] {
            std::fs::copy(golden(name), folder.path().join(name)).unwrap();
        }
        let mut routing = std::fs::read_to_string(golden("routing.yaml")).unwrap();
        for (name, receiver) in [("TAKING", &taking), ("REFUSING", &refusing), ("FAILING", &failing)] {
            let address = receiver.url.trim_start_matches("http://").trim_end_matches("/hook");
            routing = routing.replace(&format!("http://{name}/"), &format!("http://{address}/"));
        }
        std::fs::write(folder.path().join("routing.yaml"), routing).unwrap();
        let (program, prometheus) = (program.to_owned(), samples::prometheus().await);
        Self { folder, url, taking, refusing, failing, program, prometheus }
    }

    /// Runs the program with its clock set to `at_ms`. Returns the exit status and stdout, or stderr if stdout is empty.
    pub(crate) async fn run(&self, at_ms: i64, arguments: &[&str]) -> (i32, String) {
        // A server that should have refused to start would not end.
        let mut command = Command::new("timeout");
        command.arg(PATIENCE.as_secs().to_string()).arg(&self.program).args(arguments);
        command.current_dir(self.folder.path());
        clock::set(&mut command, at_ms);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(!complaints.contains("panicked"), "{arguments:?}: {complaints}");
        let status = output.status.code().expect("it ends by itself");
        assert!(status <= 2, "{arguments:?} ended with {status}: {text}{complaints}");
        (status, if text.is_empty() { complaints.into_owned() } else { text })
    }

    /// Runs a command that must exit with 0; its output.
    pub(super) async fn succeed(&self, at_ms: i64, arguments: &[&str]) -> String {
        let (status, text) = self.run(at_ms, arguments).await;
        assert_eq!(status, 0, "{arguments:?}: {text}");
        text
    }

    /// `slo status` from the database for the unix second `at`.
    pub(super) async fn status(&self, now_ms: i64, at: i64) -> Value {
        let at = at.to_string();
        let arguments =
            ["status", "--rules", "slos.yaml", "--database", &self.url, "--format", "json", "--at", &at];
        // One of the budgets is spent, hence 1.
        let (status, text) = self.run(now_ms, &arguments).await;
        assert_eq!(status, 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Starts `slo serve` with its clock set to `at_ms` and waits until it is ready. Requests carry `token`.
    pub(crate) async fn serve(&self, at_ms: i64, token: &str) -> Engine {
        let port = free_port();
        let mut command = Command::new(&self.program);
        let ahead_ms = clock::set(&mut command, at_ms);
        command
            .current_dir(self.folder.path())
            .args(["serve", "--rules", "slos.yaml", "rules.yaml", "--routing", "routing.yaml"])
            .args(["--interval", "5", "--settle", "5", "--allow-host", "127.0.0.1", "--log-format", "json"])
            .args(["--prometheus", &self.prometheus, "--database", &self.url])
            .args(["--listen", &format!("127.0.0.1:{port}")]);
        let process = Process::start("slo-serve", command, self.folder.path());
        std::fs::write(self.folder.path().join("token"), token).unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let mut engine = Engine { process, base, client: client(), token: token.to_owned(), ahead_ms };
        engine.until("/-/ready", |status, _| status == 200).await;
        engine
    }

    /// The requests of all receivers.
    pub(crate) fn requests(&self) -> Vec<Request> {
        [&self.taking, &self.refusing, &self.failing].into_iter().flat_map(Receiver::requests).collect()
    }
}

fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap()
}

/// A notification in short: path, kind or status, and name of the first alert.
pub(crate) fn summary(request: &Request) -> String {
    let body = request.json();
    let kind = body["kind"].as_str().or(body["status"].as_str()).unwrap();
    let name = body["alerts"][0]["labels"]["alertname"].as_str().unwrap_or("-");
    format!("{} {kind} {name}", request.path)
}

/// Waits for the `times`-th notification with this summary, and returns it.
pub(crate) async fn notification(receiver: &Receiver, wanted: &str, times: usize) -> Request {
    let mut last = None;
    until(receiver, wanted, |requests| {
        last = requests.iter().filter(|request| summary(request) == wanted).nth(times - 1).cloned();
        last.is_some()
    })
    .await;
    last.unwrap()
}

/// Waits until `holds` is true of the requests that came; `wanted` describes what for.
pub(super) async fn until(receiver: &Receiver, wanted: &str, mut holds: impl FnMut(&[Request]) -> bool) {
    let waiting = async {
        loop {
            let requests = receiver.requests();
            if holds(&requests) {
                return;
            }
            receiver.wait_for(requests.len() + 1).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        let all: Vec<String> = receiver.requests().iter().map(summary).collect();
        panic!("{wanted} did not come, only {all:?}");
    }
}

/// A running `slo serve`.
pub(crate) struct Engine {
    process: Process,
    pub(crate) base: String,
    client: reqwest::Client,
    token: String,
    ahead_ms: i64,
}

impl Engine {
    /// The time by its clock, unix milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        Clock::System.now().ms() + self.ahead_ms
    }

    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// A request with another token.
    pub(super) fn request_with(
        &self,
        method: reqwest::Method,
        path: &str,
        token: &str,
    ) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(token)
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.request(reqwest::Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let text = self.text(path).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// Repeats a request until `holds` is true of status and body.
    pub(crate) async fn until(&mut self, path: &str, holds: impl Fn(u16, &str) -> bool) {
        let (client, url, token) = (self.client.clone(), format!("{}{path}", self.base), self.token.clone());
        let answered = async || {
            let Ok(answer) = client.get(&url).bearer_auth(&token).send().await else { return false };
            let status = answer.status().as_u16();
            answer.text().await.is_ok_and(|body| holds(status, &body))
        };
        self.process.ready(PATIENCE, answered).await;
    }

    /// Posts alerts with these labels that start now.
    pub(crate) async fn post(&self, labels: &[Value], ends: &str) {
        let starts = rfc3339(self.now_ms());
        self.post_from(labels, &starts, ends).await;
    }

    /// Posts alerts with these labels.
    pub(super) async fn post_from(&self, labels: &[Value], starts: &str, ends: &str) {
        let of = |labels: &Value| {
            let summary = format!("{} happened", labels["alertname"].as_str().unwrap());
            let annotations = json!({"summary": summary, "runbook_url": "https://runbooks.example/shop"});
            json!({"labels": labels, "annotations": annotations, "startsAt": starts, "endsAt": ends,
                "generatorURL": "https://prometheus.example/graph"})
        };
        let alerts: Vec<Value> = labels.iter().map(of).collect();
        let posted =
            self.request(reqwest::Method::POST, "/api/v2/alerts").json(&alerts).send().await.unwrap();
        assert_eq!(posted.status(), 200);
    }

    /// Waits until the outbox is empty.
    pub(crate) async fn drained(&mut self) {
        let none =
            ["queued", "leased"].map(|state| format!("slo_outbox_notifications{{state=\"{state}\"}} 0\n"));
        self.until("/metrics", |_, body| none.iter().all(|line| body.contains(line))).await;
    }

    /// Stops it with SIGTERM, as an upgrade does. Returns the time by its clock, and its log.
    pub(crate) async fn stop(mut self) -> (i64, String) {
        self.process.signal("TERM");
        assert_eq!(self.process.ended(PATIENCE).await.code(), Some(0), "{}", self.process.tail());
        let log = self.process.log();
        assert!(!log.contains("panicked"), "{log}");
        (self.now_ms(), log)
    }
}

pub(super) fn rfc3339(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).unwrap();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A time of a JSON answer in unix milliseconds.
pub(super) fn millis(time: &Value) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap().timestamp_millis()
}
