//! Our own API: tokens, incidents, acknowledge links, the notifier, and bad input.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use slo::api::guard::Guard;
use slo_base::clock::Clock;
use slo_base::store::WriteTransaction;
use slo_core::labels::Labels;
use slo_core::time::short::at_ms;
use slo_incidents::AlertService;
use slo_incidents::access::tokens::Scope;
use slo_incidents::incidents::{IncidentState, NewIncident};
use slo_incidents::notify::links::Link;
use slo_incidents::notify::notify_loop::NotifyLoop;
use slo_incidents::notify::ports::Outgoing;
use slo_model::alert::Priority;
use slo_model::route::Notification;
use tokio_util::sync::CancellationToken;

use super::{NOW, Served, client, incoming};
use crate::servers::deadline::soon;

fn incident(id: &str) -> NewIncident {
    NewIncident {
        id: id.to_owned(),
        priority: Priority::P1,
        title: "<script>alert(1)</script>".to_owned(),
        rule: "disk".to_owned(),
        labels: Labels::new(),
        at: at_ms(NOW),
    }
}

#[tokio::test]
async fn only_a_post_acknowledges_and_only_with_a_link_that_holds() {
    let clock = Clock::manual(NOW);
    let served = Served::start(clock.clone(), "").await;
    served.service.incidents.begin(incident("i1")).await.unwrap();
    let link = Link { incident: "i1".to_owned(), person: "ann".to_owned(), expires_at: at_ms(NOW + 1000) };
    let token = served.service.links.issue(&link).await.unwrap();
    let url = format!("{}/ack/{token}", served.url());
    let page = client().get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let text = page.text().await.unwrap();
    assert!(text.contains("Acknowledge as ann") && !text.contains("<script>"), "{text}");
    assert_eq!(served.service.incidents.get("i1").unwrap().state, IncidentState::Open);
    let forged = format!("{}/ack/{}", served.url(), token.replace('.', ".00"));
    assert_eq!(client().post(&forged).send().await.unwrap().status(), 403);
    assert_eq!(served.service.incidents.get("i1").unwrap().state, IncidentState::Open);
    assert_eq!(client().post(&url).send().await.unwrap().status(), 200);
    assert_eq!(served.service.incidents.get("i1").unwrap().acknowledged_by.as_deref(), Some("ann"));
    clock.set_ms(NOW + 1000);
    assert_eq!(client().post(&url).send().await.unwrap().status(), 410);
}

#[tokio::test]
async fn a_token_does_what_its_scope_says() {
    let served = Served::start(Clock::System, "").await;
    let token = served.service.tokens.add("prometheus", &[Scope::Ingest].into()).await.unwrap();
    let reader = served.service.tokens.add("grafana", &[Scope::Read].into()).await.unwrap();
    let url = format!("{}/api/v2/alerts", served.url());
    let status = async |token: Option<&str>, post: bool| {
        let request = if post { client().post(&url).json(&json!([])) } else { client().get(&url) };
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(None, false).await, 401);
    assert_eq!(status(Some("slo_wrong"), true).await, 401);
    assert_eq!(status(Some(&token), true).await, 200);
    assert_eq!(status(Some(&token), false).await, 403);
    assert_eq!(status(Some(&reader), false).await, 200);
    assert_eq!(status(Some(&reader), true).await, 403);
    let basic = client().get(&url).basic_auth("any", Some(&reader)).send().await.unwrap();
    assert_eq!(basic.status(), 200);
}

/// karma and Grafana may ask from a browser, as they may ask Alertmanager; without tokens only from this machine.
#[tokio::test]
async fn pages_ask_where_they_may() {
    let served = Served::start(Clock::System, "").await;
    let url = format!("{}/api/v2/silences", served.url());
    let preflight = async |origin: &str| {
        let request = client().request(reqwest::Method::OPTIONS, &url).header("origin", origin);
        let answer = request.header("access-control-request-method", "POST").send().await.unwrap();
        let allowed =
            answer.headers().get("access-control-allow-origin").map(|page| page.to_str().unwrap().to_owned());
        (answer.status().as_u16(), allowed)
    };
    let post = async |origin: &str| {
        let request = client().post(&url).header("origin", origin).json(&json!({}));
        request.send().await.unwrap().status().as_u16()
    };
    let (karma, evil) = ("http://localhost:8080", "http://evil.example");
    assert_eq!(preflight(karma).await, (200, Some(karma.to_owned())));
    assert_eq!(preflight(evil).await.1, None);
    assert_eq!(post(karma).await, 422);
    assert_eq!(post(evil).await, 403);
    let read = client().get(&url).header("origin", karma).send().await.unwrap();
    assert_eq!(
        (read.status().as_u16(), read.headers()["access-control-allow-origin"].to_str().unwrap()),
        (200, karma)
    );
    // The token is what protects then, and a page does not have it.
    served.service.tokens.add("karma", &[Scope::Silence].into()).await.unwrap();
    assert_eq!(preflight(evil).await, (200, Some(evil.to_owned())));
    assert_eq!(post(evil).await, 401);
}

#[tokio::test]
async fn other_addresses_than_loopback_need_tokens() {
    let served = Served::start(Clock::System, "").await;
    let tokens = served.service.tokens.clone();
    let refused = Guard::new(tokens.clone(), "0.0.0.0:9099".parse().unwrap(), "").err().unwrap();
    assert!(refused.to_string().contains("slo token add"), "{refused}");
    assert!(Guard::new(tokens.clone(), "[::1]:9099".parse().unwrap(), "").is_ok());
    tokens.add("admin", &[Scope::Admin].into()).await.unwrap();
    assert!(Guard::new(tokens, "0.0.0.0:9099".parse().unwrap(), "").is_ok());
}

#[tokio::test]
async fn bad_input_is_refused_and_nothing_is_lost() {
    let served = Served::start(Clock::System, "").await;
    served.service.alerts.put(vec![incoming(&[("alertname", "kept")])]).await.unwrap();
    let alerts = format!("{}/api/v2/alerts", served.url());
    let post = async |body: Vec<u8>| {
        let request = client().post(&alerts).header("content-type", "application/json").body(body);
        request.send().await.unwrap()
    };
    assert_eq!(post(vec![b' '; (10 << 20) + 1]).await.status(), 413);
    assert_eq!(post(b"[null]".to_vec()).await.status(), 422);
    assert_eq!(post(b"[{\"labels\":{\"a\":\"\xff\"}}]".to_vec()).await.status(), 400);
    assert_eq!(post("[".repeat(100_000).into_bytes()).await.status(), 400);
    let strange = json!([{"labels": {"alertname": "<script>&<!channel>\r\nBcc: x"}}]);
    assert_eq!(post(strange.to_string().into_bytes()).await.status(), 200);
    let regex = format!("{alerts}?filter=a%3D~(x%7B1000%7D)%7B1000%7D");
    assert_eq!(client().get(regex).send().await.unwrap().status(), 400);
    let acts = async |path: &str, body: Value| {
        let url = format!("{}/api/slo/v1/incidents/{path}", served.url());
        client().post(url).json(&body).send().await.unwrap().status().as_u16()
    };
    served.service.incidents.begin(incident("i1")).await.unwrap();
    assert_eq!(acts("nope/acknowledge", json!({})).await, 404);
    assert_eq!(acts("i1/explode", json!({})).await, 404);
    assert_eq!(acts("i1/mark", json!({"mark": "great"})).await, 400);
    assert_eq!(acts("i1/note", json!({})).await, 400);
    assert_eq!(acts("i1/acknowledge", json!({"by": "a\r\nb"})).await, 400);
    assert_eq!(acts("i1/resolve", json!({})).await, 200);
    assert_eq!(acts("i1/acknowledge", json!({})).await, 409);
    assert_eq!(served.service.alerts.len(), 2);
}

const ROUTING: &str = r#"
receivers: [{name: default, webhook: {url: "https://example.com/hook"}}]
escalation_policies: [{name: default, levels: [{notify: [{receiver: default}], timeout: 5m}]}]
teams: [{name: team, page: default}]
priorities: {P1: {send: [page], group_wait: 0s, group_interval: 1m}}
route: {team: team, priority: P1}
"#;

/// Refuses the first time.
struct Box1 {
    asked: Mutex<u32>,
    taken: tokio::sync::mpsc::UnboundedSender<Notification>,
    service: AlertService,
}

#[async_trait]
impl Outgoing for Box1 {
    async fn enqueue(&self, _: &mut WriteTransaction, notifications: &[Notification]) -> Result<(), String> {
        let asked = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        if asked == 1 {
            return Err("the disk is full".to_owned());
        }
        for notification in notifications {
            // Of what failed nothing is left: neither the incident nor what the planner remembers.
            if asked == 2 {
                let incident = notification.incident.as_ref().unwrap();
                assert!(self.service.memory.groups().await.unwrap().is_empty());
                assert!(self.service.incidents.history(incident).await.unwrap().is_empty());
            }
            self.taken.send(notification.clone()).unwrap();
        }
        Ok(())
    }

    fn enqueued(&self) {}
}

#[tokio::test]
async fn the_notifier_enqueues_until_it_is_stored_and_then_remembers() {
    let (served, planner) = Served::routed(Clock::System, ROUTING).await;
    let service = served.service.clone();
    let (taken, mut outbox) = tokio::sync::mpsc::unbounded_channel();
    let outgoing = Arc::new(Box1 { asked: Mutex::new(0), taken, service: service.clone() });
    let notifier = NotifyLoop::new(service.clone(), planner, outgoing);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(notifier.run(shutdown.clone()));
    service.alerts.put(vec![incoming(&[("alertname", "ok1")])]).await.unwrap();
    let first = soon("the notification", outbox.recv()).await.unwrap();
    assert_eq!(first.alerts[0].fingerprint.to_string(), "d7252752c04bd3c5");
    let id = first.incident.unwrap();
    // An acknowledgement wakes the planner, which then knows of it.
    let mut changed = service.incidents.watch();
    if service.incidents.get(&id).is_none() {
        soon("the incident", changed.changed()).await.unwrap();
    }
    let url = format!("{}/api/slo/v1/incidents/{id}/acknowledge", served.url());
    assert_eq!(client().post(url).json(&json!({"by": "ann"})).send().await.unwrap().status(), 200);
    let learned = async || {
        while !service.memory.groups().await.unwrap().iter().any(|(_, memory)| memory.contains("ann")) {
            tokio::task::yield_now().await;
        }
    };
    soon("the planner's look at the acknowledgement", learned()).await;
    let url = format!("{}/api/slo/v1/alerts/d7252752c04bd3c5/why", served.url());
    let why: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    let steps = why["steps"].as_array().unwrap();
    let steps: Vec<&Value> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(steps, ["matched", "grouped", "queued", "answered"], "{why}");
    let url = format!("{}/api/slo/v1/alerts/{id}/why", served.url());
    let of_incident: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&of_incident["incident"]["id"], &of_incident["alerts"][0]), (&json!(id), &why));
    assert_eq!(service.memory.groups().await.unwrap().len(), 1);
    shutdown.cancel();
    soon("the notifier's end", running).await.unwrap();
}
