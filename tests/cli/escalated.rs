//! Nobody answers, the next level is told, and whoever follows the link in its message has the incident.

use serde_json::json;

use super::serve::{Serving, of_prometheus};
use super::{rules, slo};
use crate::engine::world;
use crate::servers::receiver::Receiver;

#[tokio::test]
async fn the_next_level_is_told_and_counted_until_somebody_follows_the_link() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let routing = format!(
        "receivers:\n- {{name: first, webhook: {{url: '{}'}}}}\n- {{name: second, webhook: {{url: '{}'}}}}\n\
         escalation_policies:\n- name: policy\n  levels:\n  - {{notify: [{{receiver: first}}], timeout: 1s}}\n  \
         - {{notify: [{{receiver: second}}], timeout: 1h}}\n\
         teams: [{{name: team, page: policy}}]\n\
         route: {{team: team, priority: P1, group_wait: 0s, group_interval: 1s}}\n",
        first.url, second.url
    );
    std::fs::write(folder.path().join("routing.yaml"), routing).unwrap();
    let more = ["--routing", "routing.yaml", "--allow-host", "127.0.0.1"];
    let mut serving = Serving::start(folder.path(), &world::shared().await.url(), &more);
    serving.until("/metrics", |_, body| body.contains("slo_escalations_total 0")).await;
    let alerts = json!([{"labels": {"alertname": "Down", "service": "shop"}, "annotations": {"summary": "It is down"}}]);
    let url = format!("{}/api/v2/alerts", serving.base);
    assert_eq!(serving.client.post(url).json(&alerts).send().await.unwrap().status(), 200);

    second.wait_for(1).await;
    let told = second.requests().remove(0).json();
    assert_eq!(told["kind"], "escalation");
    // As many as were told.
    serving.until("/metrics", |_, body| body.contains("slo_escalations_total 1")).await;

    // A mail scanner that fetches the link acknowledges nothing; a person who presses the button does.
    let link = told["acknowledge_url"].as_str().unwrap();
    assert!(link.starts_with(&serving.base), "{link}");
    let page = serving.client.get(link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let list = ["alerts", "list", "--engine", &serving.base];
    let before = slo(folder.path(), &list).await.with(0).stdout;
    assert!(before.contains("Down shop"), "{before}");
    assert!(
        before.contains(" open ") && page.text().await.unwrap().contains("Acknowledge as second"),
        "{before}"
    );
    assert_eq!(serving.client.post(link).send().await.unwrap().status(), 200);
    let after = slo(folder.path(), &list).await.with(0).stdout;
    assert!(after.contains("acknowledged by second"), "{after}");
    let forged = format!("{}0", &link[..link.len() - 1]);
    let forged = if forged == link { format!("{}1", &link[..link.len() - 1]) } else { forged };
    assert_eq!(serving.client.post(forged).send().await.unwrap().status(), 403);

    // The message leads to its incident's page, too.
    let page = serving.client.get(told["incident_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("Down shop") && page.contains("<b>second</b> has it"), "{page}");

    // Ended by hand, it is over for all who knew, whatever still fires; nobody is said to have acknowledged it.
    let incident = told["incident"].as_str().unwrap();
    let url = format!("{}/api/slo/v1/incidents/{incident}/resolve", serving.base);
    let ended = serving.client.post(url).json(&json!({"by": "eve"})).send().await.unwrap();
    assert_eq!(ended.status(), 200);
    second.wait_for(2).await;
    let told = second.requests().remove(1).json();
    assert_eq!(
        (told["kind"].as_str(), told["reason"].as_str()),
        (Some("resolved"), Some("eve ended it by hand, though it still fires"))
    );
    serving.stop().await;
}
