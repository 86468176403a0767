//! What happens before the databases are closed: in the morning, and in the minute after ten.

use serde_json::{Value, json};

use super::setup::{Engine, FOR_YEARS, Setup, notification, rfc3339, summary, until};
use super::{MORNING, REOPENED, TEN};
use crate::servers::receiver::{Reaction, Request};

/// Runs it. Returns what a test cannot read from the database: tokens and an acknowledge link.
pub(super) async fn run(setup: &Setup) -> Value {
    setup.refusing.always(Some(Reaction::Status(404, "no such hook")));
    setup.failing.always(Some(Reaction::Status(503, "not now")));
    let mut tokens = serde_json::Map::new();
    for (name, scope) in [("operator", "admin"), ("reader", "read"), ("leaver", "admin,read")] {
        let add = ["token", "add", name, "--scope", scope, "--database", &setup.url];
        tokens.insert(name.to_owned(), json!(setup.succeed(MORNING, &add).await.trim()));
    }
    let operator = tokens["operator"].as_str().unwrap();
    morning(setup, setup.serve(MORNING, operator).await).await;
    let engine = setup.serve(TEN, operator).await;
    setup.succeed(engine.now_ms(), &["token", "revoke", "leaver", "--database", &setup.url]).await;
    let (link, closed) = after_ten(setup, engine).await;
    assert!(closed < REOPENED - 15_000, "closed at {closed}: too late to be opened again at {REOPENED}");
    json!({"tokens": tokens, "link": link})
}

/// Runs a command against the engine.
async fn command(setup: &Setup, engine: &Engine, arguments: &[&str]) -> String {
    let options = ["--engine", &engine.base, "--token-file", "token"];
    setup.succeed(engine.now_ms(), &[arguments, &options].concat()).await
}

/// Labels of an alert with priority P1.
fn p1(name: &str) -> Value {
    json!({"alertname": name, "service": "shop", "priority": "P1"})
}

/// What is over by ten: an incident that ended with its alert, one that was resolved by hand, and silences.
async fn morning(setup: &Setup, engine: Engine) {
    let began = rfc3339(engine.now_ms());
    engine.post_from(&[p1("Old")], &began, FOR_YEARS).await;
    engine.post(&[json!({"alertname": "Ended", "service": "shop", "priority": "P3"})], FOR_YEARS).await;
    let old = incident(setup, "/pager firing Old").await;
    command(setup, &engine, &["alerts", "ack", &old, "--by", "anna"]).await;
    command(setup, &engine, &["alerts", "note", &old, "the cache was cold", "--by", "anna"]).await;
    engine.post_from(&[p1("Old")], &began, &rfc3339(engine.now_ms())).await;
    notification(&setup.taking, "/pager resolved Old", 1).await;
    command(setup, &engine, &["alerts", "mark", &old, "useful", "--by", "ben"]).await;

    let ended = incident(setup, "/chat firing Ended").await;
    command(setup, &engine, &["alerts", "resolve", &ended, "--by", "ben"]).await;
    notification(&setup.taking, "/chat resolved Ended", 1).await;
    command(setup, &engine, &["alerts", "mark", &ended, "false_positive"]).await;

    silence(setup, &engine, &["alertname=Past", "--for", "1h"]).await;
    let undone = silence(setup, &engine, &["alertname=Undone", "instance=~\"a.*\"", "--for", "20d"]).await;
    command(setup, &engine, &["silence", "expire", &undone]).await;
    engine.stop().await;
}

async fn incident(setup: &Setup, wanted: &str) -> String {
    notification(&setup.taking, wanted, 1).await.json()["incident"].as_str().unwrap().to_owned()
}

async fn silence(setup: &Setup, engine: &Engine, wanted: &[&str]) -> String {
    let reason = ["--by", "anna", "--comment", "because of the tests"];
    let made = command(setup, engine, &[&["silence", "add"], wanted, &reason].concat()).await;
    made.split_whitespace().next().unwrap().to_owned()
}

/// What is active when the database is closed. Returns the acknowledge link of an open incident, and the time.
async fn after_ten(setup: &Setup, mut engine: Engine) -> (String, i64) {
    silence(setup, &engine, &["alertname=Quiet", "--for", "20d"]).await;
    silence(setup, &engine, &["alertname=Tomorrow", "--start", "2026-09-22T08:00:00Z", "--for", "2h"]).await;
    let daily = ["--start", "2026-09-21T11:30", "--for", "2h", "--rrule", "FREQ=DAILY"];
    silence(setup, &engine, &[&["alertname=Backup", "--time-zone", "Europe/Berlin"], &daily[..]].concat())
        .await;
    let weekly = ["--start", "2026-09-27T02:30", "--for", "1h", "--rrule", "FREQ=WEEKLY;BYDAY=SU"];
    silence(setup, &engine, &[&["alertname=Weekly", "--time-zone", "Europe/Berlin"], &weekly[..]].concat())
        .await;

    let began = rfc3339(engine.now_ms());
    let alert = |name: &str, service: &str, priority: &str| json!({"alertname": name, "service": service, "priority": priority});
    let alerts = [
        p1("Down"),
        p1("Slow"),
        p1("Taken"),
        p1("Again"),
        p1("Flaps"),
        p1("Quiet"),
        p1("Backup"),
        alert("Held", "shop", "P2"),
        alert("Daily", "shop", "P4"),
        json!({"alertname": "Refused", "service": "shop", "priority": "P1", "way": "refusing"}),
        json!({"alertname": "Watchdog", "severity": "none"}),
    ];
    engine.post_from(&alerts, &began, FOR_YEARS).await;
    // A heartbeat that comes once and then is missing.
    engine.post(&[json!({"alertname": "CronRuns"})], &rfc3339(engine.now_ms() + 1)).await;
    let taken = incident(setup, "/pager firing Taken").await;
    command(setup, &engine, &["alerts", "ack", &taken, "--by", "ben"]).await;
    command(setup, &engine, &["alerts", "note", &taken, "a new disk is on its way", "--by", "ben"]).await;
    command(setup, &engine, &["alerts", "mark", &taken, "noise", "--by", "ben"]).await;

    // One alert fires again and reopens its incident; one fires again so often that it is flapping.
    again(setup, &engine, &["Again", "Flaps"], &began, "firing", 2).await;
    let since = rfc3339(engine.now_ms());
    again(setup, &engine, &["Flaps"], &since, "flapping", 1).await;

    for wanted in [
        "/pager firing SLOErrorBudgetBurn",
        "/pager firing DiskFull",
        "/pager firing NotificationRefused",
        "/pager firing HeartbeatMissing",
        "/spare failover Refused",
        "/away heartbeat -",
    ] {
        notification(&setup.taking, wanted, 1).await;
    }
    // Later than `STATUS_AT` by more than the time that samples may be late.
    engine.until("/api/slo/v1/status", |_, body| body.contains("\"at\":\"2026-09-21T10:00:4")).await;

    // Waits for a receiver that is down; the newer notification supersedes the older one.
    let failed = |instance: &str| json!({"alertname": "Failed", "service": "shop", "priority": "P1", "way": "failing", "instance": instance});
    engine.post(&[failed("a")], FOR_YEARS).await;
    notification(&setup.failing, "/failing firing Failed", 1).await;
    engine.post(&[failed("b")], FOR_YEARS).await;
    let both = |requests: &[Request]| requests.iter().any(|one| one.json()["total_alerts"] == 2);
    until(&setup.failing, "a notification of both alerts", both).await;
    let link = notification(&setup.taking, "/pager firing Down", 1).await.json();
    let link = link["acknowledge_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let (closed, _) = engine.stop().await;
    let early: Vec<_> =
        setup.requests().iter().map(summary).filter(|one| one.contains("QueueGrows")).collect();
    assert!(early.is_empty(), "{early:?} fired before the database was closed");
    (link, closed)
}

/// Resolves alerts that started at `began`, waits for the notifications, fires them again, and waits for the `times`-th
/// notification of `kind` about each.
async fn again(setup: &Setup, engine: &Engine, names: &[&str], began: &str, kind: &str, times: usize) {
    let pages: Vec<Value> = names.iter().map(|name| p1(name)).collect();
    let ends = |name: &str| {
        let ended = format!("/pager resolved {name}");
        setup.taking.requests().iter().filter(|one| summary(one) == ended).count()
    };
    let before: Vec<usize> = names.iter().map(|name| ends(name)).collect();
    engine.post_from(&pages, began, &rfc3339(engine.now_ms())).await;
    for (name, before) in names.iter().zip(before) {
        notification(&setup.taking, &format!("/pager resolved {name}"), before + 1).await;
    }
    engine.post(&pages, FOR_YEARS).await;
    for name in names {
        notification(&setup.taking, &format!("/pager {kind} {name}"), times).await;
    }
}
