//! A channel that refuses: the stand-in is told, and so is whoever looks after channels.

use serde_json::json;

use super::serve::{Serving, of_prometheus};
use super::{rules, slo};
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
    // Whoever stands in acknowledges as themselves, not as the one who could not be told.
    let page =
        spare.requests().into_iter().find(|one| one.json()["alerts"][0]["labels"]["alertname"] == "Down");
    let page = page.unwrap().json();
    let (link, incident) = (page["acknowledge_url"].as_str().unwrap(), page["incident"].as_str().unwrap());
    let refused = pager
        .requests()
        .into_iter()
        .find_map(|one| one.json()["acknowledge_url"].as_str().map(str::to_owned));
    assert_ne!(refused.unwrap(), link);
    assert_eq!(serving.client.post(link).send().await.unwrap().status(), 200);
    let list = ["alerts", "list", "--engine", &serving.base];
    let listed = slo(folder.path(), &list).await.with(0).stdout;
    assert!(
        listed.contains("acknowledged by spare") && !listed.contains("acknowledged by pager"),
        "{listed}"
    );
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
                    text.contains("no such hook") && text.contains("spare was notified instead")
                })
        })
        .await;
    // Two attempts, two refusals, one alert: the refusal of the alert about the refusal raised none.
    let answered = "slo_notification_attempts_total{channel=\"webhook\",outcome=\"refused\"} 2";
    serving.until("/metrics", |_, body| body.contains(answered)).await;
    let url = format!("{}{refusals}", serving.base);
    let alerts: serde_json::Value = serving.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(alerts.as_array().map(Vec::len), Some(1), "{alerts}");
    // Raised again, it would tell of the later message.
    let description = alerts[0]["annotations"]["description"].as_str().unwrap();
    assert!(description.contains(&format!("of incident {incident} ")), "{description}");
    serving.stop().await;
}

#[tokio::test]
async fn the_second_telephone_of_a_person_acknowledges_as_that_person() {
    let (pager, phone) = (Receiver::start().await, Receiver::start().await);
    pager.always(Some(Reaction::Status(404, "no such hook")));
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let routing = format!(
        "receivers:\n- {{name: pager, webhook: {{url: '{}'}}}}\n- {{name: phone, webhook: {{url: '{}'}}}}\n\
         people: [{{name: ben, receivers: [pager, phone]}}]\n\
         escalation_policies:\n- name: policy\n  levels: [{{notify: [{{person: ben}}], timeout: 1h}}]\n\
         teams: [{{name: team, page: policy}}]\n\
         route: {{team: team, priority: P1, group_wait: 0s, group_interval: 1s}}\n",
        pager.url, phone.url
    );
    std::fs::write(folder.path().join("routing.yaml"), routing).unwrap();
    let more = ["--routing", "routing.yaml", "--allow-host", "127.0.0.1"];
    let mut serving = Serving::start(folder.path(), &world::shared().await.url(), &more);
    serving.until("/-/healthy", |status, _| status == 200).await;
    let alerts = json!([{"labels": {"alertname": "Down"}, "annotations": {"summary": "It is down"}}]);
    let url = format!("{}/api/v2/alerts", serving.base);
    assert_eq!(serving.client.post(url).json(&alerts).send().await.unwrap().status(), 200);
    phone.wait_for(1).await;
    let told = phone.requests().remove(0).json();
    assert_eq!((told["kind"].as_str(), told["person"].as_str()), (Some("failover"), Some("ben")));
    let page = serving.client.get(told["acknowledge_url"].as_str().unwrap()).send().await.unwrap();
    let text = page.text().await.unwrap();
    assert!(text.contains("Acknowledge as ben"), "{text}");
    serving.stop().await;
}
