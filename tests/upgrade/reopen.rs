//! Opens a database again, at once or two hours later, and collects what the engine reports and sends.

use reqwest::Method;
use serde_json::{Value, json};

use super::setup::{Engine, FOR_YEARS, Setup, millis, notification, summary};
use super::{REOPENED, REOPENED_LATE, STATUS_AT, observe};

/// An engine that was started shortly after the last one was stopped and has completed its first evaluation.
pub(crate) async fn reopened(setup: &Setup, known: &Value) -> Engine {
    let mut engine = setup.serve(REOPENED, known["tokens"]["operator"].as_str().unwrap()).await;
    // The first evaluation posts the engine's own alerts again; from then on a repeated notification would be under way.
    let burning = "/api/v2/alerts?filter=alertname%3DSLOErrorBudgetBurn";
    let posted = |alert: &Value| millis(&alert["updatedAt"]) >= REOPENED;
    let evaluated =
        |body: &str| serde_json::from_str::<Vec<Value>>(body).is_ok_and(|all| all.iter().all(posted));
    engine.until(burning, |status, body| status == 200 && evaluated(body)).await;
    engine
}

/// Posts a new alert and waits until it has been notified, together with everything that was due at the start. What was
/// repeated by mistake would have been sent before it.
pub(crate) async fn settle(setup: &Setup, engine: &mut Engine) {
    engine.post(&[json!({"alertname": "Fresh", "service": "shop", "priority": "P1"})], FOR_YEARS).await;
    for wanted in ["/pager firing Fresh", "/chat firing Fresh", "/chat-alertmanager firing Fresh"] {
        notification(&setup.taking, wanted, 1).await;
    }
    // Pending since before the restart for longer than its `for`; it fires at the first evaluation.
    for wanted in ["/chat firing QueueGrows", "/chat-alertmanager firing QueueGrows"] {
        notification(&setup.taking, wanted, 1).await;
    }
    // Waited in the outbox for a receiver that was down.
    notification(&setup.failing, "/failing firing Failed", 1).await;
    engine.drained().await;
}

/// The upgrade within a minute.
pub(super) async fn soon(setup: &Setup, known: &Value) -> Value {
    let mut engine = reopened(setup, known).await;
    // Only now: `slo status` migrates no database.
    let status = setup.status(REOPENED, STATUS_AT).await;
    let observed = observe::everything(setup, &engine).await;
    check_tokens(&engine, known).await;
    settle(setup, &mut engine).await;
    check_acknowledge_link(&engine, known).await;
    engine.stop().await;
    // Final history is not counted again by later evaluations.
    let differences = observe::differences(&status, &setup.status(REOPENED, STATUS_AT).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    json!({"status": status, "observed": observed, "notifications": notifications(setup)})
}

/// The upgrade that took two hours: the notifications about alerts that others posted, and the engine's heartbeat. The
/// engine's own alerts have timed out meanwhile; whether they resolve and fire again depends on how fast the first evaluation
/// is, so they are left out.
pub(super) async fn late(setup: &Setup, known: &Value) -> Value {
    let mut engine = setup.serve(REOPENED_LATE, known["tokens"]["operator"].as_str().unwrap()).await;
    for wanted in [
        "/second escalation Down",
        "/chat-alertmanager firing Held",
        "/daily digest Daily",
        "/away heartbeat -",
    ] {
        notification(&setup.taking, wanted, 1).await;
    }
    notification(&setup.failing, "/failing firing Failed", 1).await;
    engine.drained().await;
    engine.stop().await;
    let mut all = notifications(setup);
    let own = ["SLO", "QueueGrows", "DiskFull", "HeartbeatMissing", "NotificationRefused"];
    all.retain(|summary| !own.iter().any(|own| summary.contains(&format!(" {own}"))));
    json!({"notifications": all})
}

fn notifications(setup: &Setup) -> Vec<String> {
    let mut all: Vec<String> = setup.requests().iter().map(summary).collect();
    all.sort();
    all
}

/// A token is accepted for its scopes; a revoked one is refused.
async fn check_tokens(engine: &Engine, known: &Value) {
    let status = async |name: &str, method: Method| {
        let token = known["tokens"][name].as_str().unwrap();
        let request = engine.request_with(method, "/api/v2/alerts", token).json(&json!([]));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("operator", Method::POST).await, 200);
    assert_eq!((status("reader", Method::GET).await, status("reader", Method::POST).await), (200, 403));
    assert_eq!((status("leaver", Method::GET).await, status("leaver", Method::POST).await), (401, 401));
}

/// The link of a notification that was sent before the upgrade acknowledges its incident.
async fn check_acknowledge_link(engine: &Engine, known: &Value) {
    let link = format!("/ack/{}", known["link"].as_str().unwrap());
    assert_eq!(engine.request_with(Method::POST, &link, "").send().await.unwrap().status(), 200);
    let incidents = engine.json("/api/slo/v1/incidents?state=acknowledged").await;
    let down = incidents["incidents"].as_array().unwrap().iter().find(|one| one["rule"] == "Down");
    assert_eq!(down.unwrap()["acknowledged_by"], "anna");
}
