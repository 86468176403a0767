//! A channel that refuses: the stand-in is told, and so is whoever looks after channels.

use serde_json::json;

use super::rules;
use super::serve::{Serving, of_prometheus};
use crate::engine::world;
use crate::servers::receiver::{Reaction, Receiver};

#[tokio::test]
async fn a_refused_page_goes_to_the_stand_in_and_is_an_alert_that_does_not_go_round_in_circles() {
    let (pager, spare) = (Receiver::start().await, Receiver::start().await);
    pager.always(Some(Reaction::Status(404, "no such hook")));
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let routing = format!(
        "receivers:\n- {{name: pager, webhook: {{url: '{}'}}, failover: spare}}\n\
         - {{name: spare, webhook: {{url: '{}'}}}}\n\
         route: {{receivers: [pager], priority: P1, group_wait: 0s, group_interval: 1s}}\n",
        pager.url, spare.url
    );
    std::fs::write(folder.path().join("routing.yaml"), routing).unwrap();
    let more = ["--routing", "routing.yaml", "--allow-host", "127.0.0.1"];
    let mut serving = Serving::start(folder.path(), &world::shared().await.url(), &more);
    serving.until("/-/healthy", |status, _| status == 200).await;
    let alerts = json!([{"labels": {"alertname": "Down"}, "annotations": {"summary": "It is down"}}]);
    let url = format!("{}/api/v2/alerts", serving.base);
    assert_eq!(serving.client.post(url).json(&alerts).send().await.unwrap().status(), 200);

    // The page, and the alert about its refusal, which this pager refuses as well.
    spare.wait_for(2).await;
    let names =
        |name: &str| spare.requests().iter().filter(|one| one.json().to_string().contains(name)).count();
    assert_eq!((names("\"alertname\":\"Down\""), names("\"alertname\":\"NotificationRefused\"")), (1, 1));
    assert!(spare.requests().iter().all(|request| request.json()["kind"] == "failover"));
    let refusals = "/api/v2/alerts?filter=alertname%3DNotificationRefused";
    serving
        .until(refusals, |_, body| {
            let alerts: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
            let alert = &alerts[0];
            alert["labels"]["receiver"] == "pager"
                && alert["labels"]["priority"] == "P1"
                && alert["annotations"]["description"].as_str().is_some_and(|text| {
                    text.contains("no such hook") && text.contains("spare was told instead")
                })
        })
        .await;
    // Two attempts, two refusals, one alert: the refusal of the alert about the refusal raised none.
    let answered = "slo_notification_attempts_total{channel=\"webhook\",outcome=\"refused\"} 2";
    serving.until("/metrics", |_, body| body.contains(answered)).await;
    let url = format!("{}{refusals}", serving.base);
    let alerts: serde_json::Value = serving.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(alerts.as_array().map(Vec::len), Some(1), "{alerts}");
    assert_eq!(alerts[0]["startsAt"], alerts[0]["updatedAt"], "it was raised once");
    serving.stop().await;
}
