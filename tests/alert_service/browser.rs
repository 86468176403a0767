//! The console in a real browser: its forms, what its pages may load, and whose forms are taken.

use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_incidents::incidents::{IncidentState, NewIncident};
use slo_model::alert::Priority;

use super::{Served, incoming};
use crate::servers::browser::Browser;

#[tokio::test]
async fn whoever_is_on_call_acknowledges_notes_silences_and_expires() {
    let served = Served::start(Clock::System, "").await;
    served.service.alerts.put(vec![incoming(&[("alertname", "DiskFull"), ("host", "db-1")])]).await.unwrap();
    let incident = NewIncident {
        id: "inc-1".to_owned(),
        priority: Priority::P1,
        title: "DiskFull db-1".to_owned(),
        rule: "DiskFull".to_owned(),
        labels: [("alertname", "DiskFull")].into_iter().collect::<Labels>(),
        at: Clock::System.now(),
    };
    served.service.incidents.begin(incident).await.unwrap();
    let browser = Browser::start().await;

    browser.open(&format!("{}/", served.url())).await;
    browser.see("DiskFull db-1").await;
    browser.fill("input[name=by]", "ann").await;
    browser.press("Acknowledge").await;
    browser.see("ann has it").await;
    assert_eq!(browser.place().await.trim_end_matches('/'), served.url());
    let known = served.service.incidents.get("inc-1").unwrap();
    assert_eq!((known.state, known.acknowledged_by.as_deref()), (IncidentState::Acknowledged, Some("ann")));

    browser.open(&format!("{}/incidents/inc-1", served.url())).await;
    browser.fill("textarea[name=text]", "the new disk is on its way").await;
    browser.press("Add").await;
    browser.see("the new disk is on its way").await;
    assert_eq!(served.service.incidents.get("inc-1").unwrap().notes.len(), 1);

    browser.open(&format!("{}/silences", served.url())).await;
    browser.fill("textarea[name=matchers]", "host=db-1").await;
    browser.fill("input[name=duration]", "2h").await;
    browser.fill("input[name=by]", "ann").await;
    browser.fill("input[name=comment]", "a new disk").await;
    browser.press("Preview").await;
    browser.see("What it would mute").await;
    assert!(served.service.silences.is_empty(), "nothing is muted yet");
    browser.press("Silence for 2h").await;
    browser.see("a new disk").await;
    let silences = served.service.silences.all();
    assert_eq!((silences.len(), silences[0].body.created_by.as_str()), (1, "ann"));
    browser.press("Expire").await;
    browser.see("Nothing is silenced.").await;
    assert!(served.service.silences.active().is_empty());
    assert_eq!(browser.complaints().await, [""; 0], "pages load and send what their policy allows");
}

#[tokio::test]
async fn a_page_from_elsewhere_acknowledges_nothing() {
    let served = Served::start(Clock::System, "").await;
    let incident = NewIncident {
        id: "inc-1".to_owned(),
        priority: Priority::P1,
        title: "DiskFull".to_owned(),
        rule: "DiskFull".to_owned(),
        labels: Labels::new(),
        at: Clock::System.now(),
    };
    served.service.incidents.begin(incident).await.unwrap();
    let browser = Browser::start().await;
    let url = format!("{}/incidents/inc-1/acknowledge", served.url());
    let page = format!(
        "data:text/html,<form method=post action='{url}'><input name=by value=eve><button>Win a prize</button></form>"
    );
    browser.open(&page).await;
    browser.press("Win a prize").await;
    browser.see("").await;
    assert!(browser.place().await.starts_with(&served.url()));
    assert_eq!(
        served.service.incidents.get("inc-1").unwrap().state,
        IncidentState::Open,
        "{}",
        browser.text().await
    );
}
