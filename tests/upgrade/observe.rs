//! What an engine reports about a database, reduced to what must be the same whichever build reports it.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value, json};

use super::REOPENED;
use super::setup::{Engine, Setup, millis};

/// Everything that a freshly started engine reports about the time before its start.
pub(super) async fn everything(setup: &Setup, engine: &Engine) -> Value {
    let incidents = incidents(engine).await;
    let (mut history, mut why) = (Map::new(), Map::new());
    for incident in incidents.as_array().unwrap() {
        let id = incident["id"].as_str().unwrap();
        let details = engine.json(&format!("/api/slo/v1/incidents/{id}")).await;
        history.insert(id.to_owned(), before_the_restart(&details["history"]));
        let explained = engine.json(&format!("/api/slo/v1/alerts/{id}/why")).await;
        why.insert(id.to_owned(), explained["alerts"].as_array().unwrap().iter().map(explanation).collect());
    }
    let tokens = setup.succeed(REOPENED, &["token", "list", "--database", &setup.url]).await;
    json!({
        "incidents": incidents,
        "history": history,
        "why": why,
        "alerts": alerts(engine).await,
        "silences": engine.json("/api/v2/silences").await,
        "tokens": tokens.lines().collect::<Vec<_>>(),
        "heartbeats": heartbeats(&engine.text("/metrics").await),
        "audit": audit(&engine.text("/audit").await),
    })
}

async fn incidents(engine: &Engine) -> Value {
    let mut all = engine.json("/api/slo/v1/incidents").await["incidents"].take();
    all.as_array_mut().unwrap().retain(|incident| incident["opened_at"].as_i64().unwrap() < REOPENED);
    assert!(!all.as_array().unwrap().is_empty());
    all
}

/// The entries of a list, each with a time `at`, that are older than the restart.
fn before_the_restart(list: &Value) -> Value {
    let old = |entry: &&Value| entry["at"].as_i64().unwrap() < REOPENED;
    list.as_array().unwrap().iter().filter(old).cloned().collect()
}

/// The explanation of one alert. A notification that waits goes on after the restart, so its state is left out.
fn explanation(alert: &Value) -> Value {
    let messages = alert["messages"].as_array().unwrap().iter().filter_map(|message| {
        let mut reduced = json!({"attempts": before_the_restart(&message["attempts"])});
        for name in ["key", "kind", "receiver", "person"] {
            reduced[name] = message[name].clone();
        }
        (!reduced["attempts"].as_array().unwrap().is_empty()).then_some(reduced)
    });
    json!({
        "fingerprint": alert["fingerprint"],
        "labels": alert["labels"],
        "steps": before_the_restart(&alert["steps"]),
        "messages": messages.collect::<Vec<_>>(),
    })
}

/// The alerts that had started. The engine posts its own alerts again with every evaluation, with new annotations and another
/// end; those fields are left out.
async fn alerts(engine: &Engine) -> Value {
    let mut all = engine.json("/api/v2/alerts").await;
    let alerts = all.as_array_mut().unwrap();
    alerts.retain(|alert| millis(&alert["startsAt"]) < REOPENED);
    for alert in alerts {
        let posted = alert["generatorURL"].as_str().is_some_and(|url| url.contains("prometheus.example"));
        let changing = ["annotations", "endsAt", "updatedAt", "generatorURL"];
        if !posted {
            alert.as_object_mut().unwrap().retain(|name, _| !changing.contains(&name.as_str()));
        }
    }
    all
}

/// The metrics about expected heartbeats, sorted: a scrape has them in no particular order.
fn heartbeats(metrics: &str) -> Vec<&str> {
    let mut found: Vec<&str> = metrics.lines().filter(|line| line.contains("{heartbeat=")).collect();
    found.sort_unstable();
    found
}

/// How often the page with the audit log names actions that no incident's history has.
fn audit(page: &str) -> Value {
    let actions = ["token added", "token revoked", "silence added", "silence expired"];
    let counted = actions.iter().map(|action| ((*action).to_owned(), json!(page.matches(action).count())));
    Value::Object(counted.collect())
}

/// The idempotency keys of notifications that a receiver had accepted before the restart.
pub(super) fn delivered_keys(observed: &Value) -> BTreeSet<&str> {
    let alerts = observed["why"].as_object().unwrap().values().flat_map(|alerts| alerts.as_array().unwrap());
    let messages = alerts.flat_map(|alert| alert["messages"].as_array().unwrap());
    let accepted = |message: &&Value| {
        message["attempts"].as_array().unwrap().iter().any(|attempt| attempt["outcome"] == "accepted")
    };
    messages.filter(accepted).map(|message| message["key"].as_str().unwrap()).collect()
}

/// The places at which two values differ, with both values.
pub(super) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare("", expected, found, &mut all);
    all
}

fn compare(path: &str, expected: &Value, found: &Value, all: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let field =
                    |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or(json!("(absent)"));
                compare(&format!("{path}.{name}"), &field(one), &field(other), all);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}[{index}]"), one, other, all);
            }
        }
        (Value::Number(one), Value::Number(other)) if nearly_equal(one, other) => {}
        _ if expected == found => {}
        _ => all.push(format!("{path}\n  expected {expected}\n  found    {found}")),
    }
}

/// Whether two fractions differ at most in their last digits, as sums do that are added up in another order. Times and
/// counts are whole numbers and must be equal.
fn nearly_equal(one: &Number, other: &Number) -> bool {
    let (Some(one), Some(other)) = (one.as_f64(), other.as_f64()) else { return false };
    let whole = one.fract() == 0.0 && other.fract() == 0.0;
    !whole && (one - other).abs() <= 1e-9 * one.abs().max(1.0)
}
