//! The fields of every JSON answer, notification and log line. The engine that is answers runs on the database of an earlier
//! build, which has some of everything.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Platform, assert_golden, fields};
use crate::servers::receiver::Request;
use crate::upgrade::{Engine, Golden, REOPENED, Setup, notification, program, reopened, settle, summary};

/// Requests, each with the status and the fields of its answer.
#[derive(Default)]
struct Answers(String);

impl Answers {
    fn add(&mut self, what: &str, answer: &Value) {
        writeln!(self.0, "{what}\n{}", fields::of(answer)).unwrap();
    }

    async fn send(&mut self, engine: &Engine, method: Method, path: &str, name: &str, body: Option<&Value>) {
        let what = format!("{method} {name}");
        let mut request = engine.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let json: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"));
        self.add(&format!("{what} {status}"), &json);
    }

    async fn get(&mut self, engine: &Engine, path: &str) {
        self.send(engine, Method::GET, path, path, None).await;
    }

    async fn run(&mut self, setup: &Setup, arguments: &[&str], engine_options: &[&str]) {
        let (_, text) = setup.run(REOPENED, &[arguments, engine_options].concat()).await;
        let json: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
        self.add(&format!("slo {}", arguments.join(" ")), &json);
    }
}

pub(super) fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().timeout(super::PATIENCE).build().unwrap()
}

#[tokio::test]
async fn fields_of_the_engine() {
    let known = Golden::Sqlite.expected()["known"].take();
    let (setup, _database) = Golden::Sqlite.open(&program()).await;
    let mut engine = reopened(&setup, &known).await;
    let mut answers = Answers::default();
    for path in ["/api/slo/v1/status", "/api/slo/v1/incidents", "/api/v2/alerts", "/api/v2/alerts/groups"] {
        answers.get(&engine, path).await;
    }
    for path in ["/api/v2/silences", "/api/v2/receivers", "/api/v2/status", "/api/slo/v1/incidents/nobody"] {
        answers.get(&engine, path).await;
    }
    let incidents = engine.json("/api/slo/v1/incidents").await;
    let taken = incidents["incidents"].as_array().unwrap().iter().find(|one| one["rule"] == "Taken").unwrap();
    let id = taken["id"].as_str().unwrap();
    let path = |rest: &str| format!("/api/slo/v1/incidents/{id}{rest}");
    answers.send(&engine, Method::GET, &path(""), "/api/slo/v1/incidents/ID", None).await;
    let name = "/api/slo/v1/incidents/ID/note";
    answers.send(&engine, Method::POST, &path("/note"), name, Some(&json!({"text": "x", "by": "eve"}))).await;
    let why = format!("/api/slo/v1/alerts/{id}/why");
    answers.send(&engine, Method::GET, &why, "/api/slo/v1/alerts/INCIDENT/why", None).await;
    let print = engine.json(&why).await["alerts"][0]["fingerprint"].as_str().unwrap().to_owned();
    let why = format!("/api/slo/v1/alerts/{print}/why");
    answers.send(&engine, Method::GET, &why, "/api/slo/v1/alerts/FINGERPRINT/why", None).await;

    let wanted = json!({"matchers": [{"name": "alertname", "value": "Daily", "isRegex": false, "isEqual": true}],
        "startsAt": "2026-09-21T10:00:00Z", "endsAt": "2026-09-21T12:00:00Z", "createdBy": "eve", "comment": "x",
        "recurrence": {"rule": "FREQ=DAILY", "timeZone": "UTC", "until": "2026-10-01T00:00:00Z"}});
    let preview = "/api/slo/v1/silences/preview";
    answers.send(&engine, Method::POST, preview, preview, Some(&wanted)).await;
    answers.send(&engine, Method::POST, "/api/v2/silences", "/api/v2/silences", Some(&wanted)).await;

    let engine_options = ["--engine", &engine.base, "--token-file", "token"];
    answers.run(&setup, &["alerts", "list", "--all", "--format", "json"], &engine_options).await;
    answers.run(&setup, &["silence", "list", "--expired", "--format", "json"], &engine_options).await;
    offline(&setup, &mut answers).await;
    settle(&setup, &mut engine).await;
    resolve_burning(&setup, &engine).await;
    let (_, log) = engine.stop().await;
    messages(&setup, &mut answers);
    assert_golden("fields.txt", &answers.0);

    // Log processors rely on these fields.
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for name in ["timestamp", "level", "message", "target"] {
            assert!(line[name].is_string(), "no {name} in {line}");
        }
    }
}

/// The JSON of commands that need no engine.
async fn offline(setup: &Setup, answers: &mut Answers) {
    let at = ["--at", "2026-09-21T10:00:30Z"];
    let status = ["status", "--rules", "slos.yaml", "--format", "json"];
    answers.run(setup, &[&status[..], &["--database", "sqlite://slo.db"], &at].concat(), &[]).await;
    answers.run(setup, &[&status[..], &["--prometheus", "http://127.0.0.1:1"], &at].concat(), &[]).await;
    let slos = std::fs::read_to_string(setup.folder.path().join("slos.yaml")).unwrap();
    std::fs::write(setup.folder.path().join("wrong.yaml"), slos.replace("target:", "tarrget:")).unwrap();
    answers.run(setup, &["validate", "wrong.yaml", "--format", "json"], &[]).await;
    let routing = ["--routing", "routing.yaml"];
    answers
        .run(setup, &[&["route", "test", "priority=P1", "--format", "json"], &at[..], &routing].concat(), &[])
        .await;
    for which in ["now", "next"] {
        answers.run(setup, &[&["oncall", which, "--format", "json"], &at[..], &routing].concat(), &[]).await;
    }
}

/// Resolves the incident about a burning error budget by hand, so that there is a notification about an SLO.
async fn resolve_burning(setup: &Setup, engine: &Engine) {
    let incidents = engine.json("/api/slo/v1/incidents?state=open").await;
    let is_burning = |one: &&Value| one["rule"] == "SLOErrorBudgetBurn" && one["labels"]["service"] == "shop";
    let burning = incidents["incidents"].as_array().unwrap().iter().find(is_burning).unwrap();
    let path = format!("/api/slo/v1/incidents/{}/resolve", burning["id"].as_str().unwrap());
    let answer = engine.request(Method::POST, &path).json(&json!({"by": "eve"})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    for wanted in [BURNING, BURNING_ALERTMANAGER] {
        notification(&setup.taking, wanted, 1).await;
    }
}

const BURNING: &str = "/pager resolved SLOErrorBudgetBurn";
/// Alertmanager's format has no incidents: the alert still fires.
const BURNING_ALERTMANAGER: &str = "/chat-alertmanager firing SLOErrorBudgetBurn";
/// Notifications by their summaries: of our own webhook and of Alertmanager's format, of alerts of others and of the engine.
const MESSAGES: [&str; 5] = [
    "/pager firing Fresh",
    "/chat firing QueueGrows",
    "/chat-alertmanager firing Fresh",
    BURNING,
    BURNING_ALERTMANAGER,
];

fn message(setup: &Setup, wanted: &str) -> Request {
    let mut requests = setup.requests();
    requests.retain(|request| summary(request) == wanted);
    requests.swap_remove(0)
}

/// The JSON that is sent to webhooks.
fn messages(setup: &Setup, answers: &mut Answers) {
    for wanted in MESSAGES {
        let request = message(setup, wanted);
        answers.add(wanted, &request.json());
        assert!(request.headers.contains_key("idempotency-key"), "{:?}", request.headers);
    }
}

/// The names of the labels and annotations that the engine gives to its own alerts and adds to those of others.
fn names(setup: &Setup, alerts: &Value) -> String {
    let mut text = String::new();
    let mut add = |what: &str, alert: &Value| {
        writeln!(text, "{what}").unwrap();
        for field in ["labels", "annotations"] {
            let names: Vec<&String> = alert[field].as_object().unwrap().keys().collect();
            writeln!(text, "  {field}: {names:?}").unwrap();
        }
    };
    for name in ["SLOErrorBudgetBurn", "SLOErrorBudgetExhausted", "HeartbeatMissing", "NotificationRefused"] {
        let of_shop =
            |alert: &&Value| alert["labels"]["alertname"] == name && alert["labels"]["slo"] != "freshness";
        let alert = alerts.as_array().unwrap().iter().find(of_shop).unwrap();
        add(&format!("GET /api/v2/alerts, {name}"), alert);
    }
    for wanted in MESSAGES {
        add(wanted, &message(setup, wanted).json()["alerts"][0]);
    }
    text
}

#[tokio::test]
async fn labels_and_annotations_of_the_engine() {
    let known = Golden::Sqlite.expected()["known"].take();
    let (setup, _database) = Golden::Sqlite.open(&program()).await;
    let mut engine = reopened(&setup, &known).await;
    settle(&setup, &mut engine).await;
    resolve_burning(&setup, &engine).await;
    let alerts = engine.json("/api/v2/alerts").await;
    engine.stop().await;
    assert_golden("labels-and-annotations.txt", &names(&setup, &alerts));
}

#[tokio::test]
async fn fields_of_the_platform_api() {
    let platform = Platform::start().await;
    let companies: Value = serde_json::from_str(&platform.text("/api/v1/companies").await).unwrap();
    let ticker = companies["items"][0]["ticker"].as_str().unwrap_or_else(|| panic!("{companies}")).to_owned();
    let mut answers = Answers::default();
    for path in [
        "/api/v1/companies",
        "/api/v1/companies/TICKER",
        "/api/v1/companies/TICKER/news",
        "/api/v1/news",
        "/health",
        "/health/live",
        "/health/ready",
        "/api/v1/companies/nobody-at-all",
    ] {
        let text = platform.text(&path.replace("TICKER", &ticker)).await;
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
        answers.add(&format!("GET {path}"), &json);
    }
    assert_golden("fields-platform-api.txt", &answers.0);
}
