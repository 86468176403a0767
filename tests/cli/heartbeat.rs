//! The dead-man's switch of `slo serve`: a pulse that goes out, and one that is expected.

use serde_json::json;

use super::serve::{Serving, of_prometheus};
use super::{rules, slo};
use crate::engine::world;
use crate::servers::receiver::Receiver;

fn routing(pager: &Receiver, away: &Receiver) -> String {
    format!(
        "receivers:\n- {{name: pager, webhook: {{url: '{}'}}}}\n- {{name: away, webhook: {{url: '{}'}}}}\n\
         heartbeats:\n  send: {{receiver: away, every: 10s}}\n  expect:\n  \
         - {{name: prometheus, matchers: ['alertname=\"Watchdog\"'], within: 10s}}\n\
         route: {{receivers: [pager], priority: P1, group_wait: 0s, group_interval: 1s}}\n",
        pager.url, away.url
    )
}

async fn beat(serving: &Serving) {
    let alerts = json!([{"labels": {"alertname": "Watchdog", "severity": "none"}}]);
    let url = format!("{}/api/v2/alerts", serving.base);
    let answer = serving.client.post(url).json(&alerts).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn said(receiver: &Receiver) -> Vec<(String, String)> {
    let text = |request: &crate::servers::receiver::Request, key: &str| {
        request.json()[key].as_str().unwrap_or_default().to_owned()
    };
    receiver.requests().iter().map(|request| (text(request, "kind"), text(request, "title"))).collect()
}

#[tokio::test]
async fn a_pulse_goes_out_and_the_end_of_one_that_came_is_a_page_until_it_is_back() {
    let (pager, away) = (Receiver::start().await, Receiver::start().await);
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    std::fs::write(folder.path().join("routing.yaml"), routing(&pager, &away)).unwrap();
    let server = world::shared().await.url();
    let more = ["--routing", "routing.yaml", "--allow-host", "127.0.0.1"];
    let mut serving = Serving::start(folder.path(), &server, &more);
    serving.until("/-/healthy", |status, _| status == 200).await;
    // The engine ticks, and says so to whoever would miss it.
    away.wait_for(1).await;
    assert_eq!(said(&away)[0].0, "heartbeat");

    beat(&serving).await;
    let missing = "slo_heartbeat_missing{heartbeat=\"prometheus\"}";
    serving.until("/metrics", |_, body| body.contains(&format!("{missing} 0"))).await;
    serving.until("/metrics", |_, body| body.contains(&format!("{missing} 1"))).await;
    pager.wait_for(1).await;
    let page = said(&pager).remove(0);
    assert!(page.0 == "firing" && page.1.contains("Monitoring is blind"), "{page:?}");

    // Why it paged, to the answer of whoever was paged.
    let ran =
        slo(folder.path(), &["alerts", "list", "--format", "json", "--engine", &serving.base]).await.with(0);
    assert!(ran.stdout.contains("HeartbeatMissing"), "{}", ran.stdout);
    let url = format!("{}/api/v2/alerts?filter=alertname%3DHeartbeatMissing", serving.base);
    let alerts: serde_json::Value = serving.client.get(url).send().await.unwrap().json().await.unwrap();
    let print = alerts[0]["fingerprint"].as_str().unwrap();
    let ran = slo(folder.path(), &["alerts", "why", print, "--engine", &serving.base]).await.with(0);
    let steps: Vec<&str> =
        ran.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(steps, ["matched", "grouped", "queued", "tried", "answered"], "{}", ran.stdout);
    assert!(ran.stdout.contains("pager: accepted with 200 after"), "{}", ran.stdout);

    // A restart neither ends the alarm nor tells it again.
    serving.stop().await;
    let mut serving = Serving::start(folder.path(), &server, &more);
    serving.until("/metrics", |_, body| body.contains(&format!("{missing} 1"))).await;
    beat(&serving).await;
    serving.until("/metrics", |_, body| body.contains(&format!("{missing} 0"))).await;
    pager.wait_for(2).await;
    let kinds: Vec<String> = said(&pager).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["firing", "resolved"], "the heartbeat itself pages nobody");
    serving.stop().await;
}
