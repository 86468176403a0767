//! Silences that come again, how long one may last, and what it would mute.

use std::sync::Arc;

use serde_json::{Value, json};
use slo_base::clock::Clock;
use slo_core::time::short::{at_ms, ms};
use slo_incidents::silences::SilenceState;
use slo_model::alert::StoredAlert;
use slo_model::route::{Input, Plan, Step};

use super::{NOW, Served, client, incoming, open};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Two hours every Sunday from two o'clock in Berlin; the first is on Sunday, 1 November 2026, an hour after [`NOW`].
fn sundays() -> Value {
    json!({
        "matchers": [{"name": "alertname", "value": "disk", "isRegex": false}],
        "startsAt": "2026-11-01T01:00:00Z", "endsAt": "2026-11-01T03:00:00Z",
        "createdBy": "ann", "comment": "backup",
        "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=SU", "timeZone": "Europe/Berlin", "until": "2027-06-01T00:00:00Z"},
    })
}

async fn post(served: &Served, path: &str, body: &Value) -> (u16, Value) {
    let answer = client().post(format!("{}{path}", served.url())).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn listed(served: &Served) -> Value {
    let answer = client().get(format!("{}/api/v2/silences", served.url())).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_series_is_shown_as_its_present_or_next_occurrence_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/service.db", folder.path().display());
    let clock = Clock::manual(NOW);
    let served = Served::of(open(&url, clock.clone()).await, "").await;
    let (status, made) = post(&served, "/api/v2/silences", &sundays()).await;
    assert_eq!(status, 200, "{made}");
    let id = made["silenceID"].as_str().unwrap().to_owned();
    let state = |served: &Served| served.service.silences.get(&id).unwrap().state(clock.now());
    assert_eq!(state(&served), SilenceState::Pending);
    clock.set_ms(NOW + HOUR);
    assert_eq!(served.service.silences.active().len(), 1);
    clock.set_ms(NOW + 3 * HOUR);
    assert_eq!(state(&served), SilenceState::Pending);
    served.service.store().close().await;
    drop(served);
    let served = Served::of(open(&url, clock.clone()).await, "").await;
    let shown = listed(&served).await;
    assert_eq!(shown[0]["id"], json!(id));
    assert_eq!(shown[0]["startsAt"], "2026-11-08T01:00:00.000Z");
    assert_eq!(shown[0]["endsAt"], "2026-11-08T03:00:00.000Z");
    assert_eq!(shown[0]["status"]["state"], "pending");
    assert_eq!(shown[0]["recurrence"]["timeZone"], "Europe/Berlin");
    // In summer two o'clock is an hour earlier in UTC.
    clock.set_ms(NOW + 160 * DAY);
    let shown = listed(&served).await;
    assert!(shown[0]["startsAt"].as_str().unwrap().ends_with("T00:00:00.000Z"), "{shown}");
    let answer = client().delete(format!("{}/api/v2/silence/{id}", served.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(state(&served), SilenceState::Expired);
    clock.set_ms(NOW + 161 * DAY);
    assert!(served.service.silences.active().is_empty());
    clock.set_ms(NOW + 166 * DAY);
    served.service.silences.collect_garbage().await.unwrap();
    assert!(served.service.silences.is_empty());
}

#[tokio::test]
async fn a_tool_that_knows_of_no_series_changes_its_words_and_not_its_times() {
    let served = Served::start(Clock::manual(NOW), "").await;
    let (_, made) = post(&served, "/api/v2/silences", &sundays()).await;
    let id = made["silenceID"].clone();
    let mut plain = sundays();
    plain.as_object_mut().unwrap().remove("recurrence");
    plain["id"] = id.clone();
    plain["comment"] = json!("still backup");
    let (status, changed) = post(&served, "/api/v2/silences", &plain).await;
    assert_eq!((status, &changed["silenceID"]), (200, &id));
    let shown = listed(&served).await;
    assert_eq!(shown[0]["comment"], "still backup");
    assert_eq!(shown[0]["recurrence"]["rule"], "FREQ=WEEKLY;BYDAY=SU");
    plain["endsAt"] = json!("2026-11-01T05:00:00Z");
    let (status, said) = post(&served, "/api/v2/silences", &plain).await;
    assert!(status == 400 && said.to_string().contains("comes again"), "{said}");
    let mut longer = sundays();
    longer["id"] = id.clone();
    longer["endsAt"] = json!("2026-11-01T05:00:00Z");
    let (status, changed) = post(&served, "/api/v2/silences", &longer).await;
    assert_eq!((status, &changed["silenceID"]), (200, &id));
    assert_eq!(listed(&served).await[0]["endsAt"], "2026-11-01T05:00:00.000Z");
}

#[tokio::test]
async fn a_preview_says_what_and_when_and_makes_nothing() {
    let served = Served::start(Clock::manual(NOW), "").await;
    served
        .service
        .alerts
        .put(vec![incoming(&[("alertname", "disk")]), incoming(&[("alertname", "cpu")])])
        .await
        .unwrap();
    let (status, seen) = post(&served, "/api/slo/v1/silences/preview", &sundays()).await;
    assert_eq!((status, &seen["total"]), (200, &json!(1)), "{seen}");
    assert_eq!(seen["alerts"][0]["labels"]["alertname"], "disk");
    assert_eq!(seen["occurrences"][1]["startsAt"], "2026-11-08T01:00:00.000Z");
    assert_eq!(seen["occurrences"].as_array().unwrap().len(), 5);
    assert!(served.service.silences.is_empty());
}

#[tokio::test]
async fn what_is_too_long_too_often_or_without_a_reason_is_refused() {
    let served = Served::start(Clock::manual(NOW), "").await;
    served.service.silences.set_longest(ms(30 * DAY));
    let refused = async |change: &dyn Fn(&mut Value), words: &str| {
        let mut body = sundays();
        change(&mut body);
        for path in ["/api/v2/silences", "/api/slo/v1/silences/preview"] {
            let (status, said) = post(&served, path, &body).await;
            assert!(status == 400 && said.to_string().contains(words), "{words}: {status} {said}");
        }
    };
    let rule = |rule: &'static str| move |body: &mut Value| body["recurrence"]["rule"] = json!(rule);
    refused(
        &|body| body["endsAt"] = json!("2026-12-02T01:00:00Z"),
        "lasts 31d, and a silence lasts 30d at most",
    )
    .await;
    refused(&rule("FREQ=SECONDLY"), "hourly at most").await;
    refused(&rule("every sunday"), "recurrence rule is wrong").await;
    refused(&rule("FREQ=HOURLY"), "without a break").await;
    refused(&|body| body["recurrence"]["timeZone"] = json!("Berlin"), "not a valid time zone").await;
    refused(&|body| body["recurrence"]["until"] = json!("2037-06-01T00:00:00Z"), "ends within 366d").await;
    refused(&|body| body["recurrence"]["until"] = json!("2026-10-01T00:00:00Z"), "no time between").await;
    assert!(served.service.silences.is_empty());
    // As in Alertmanager, nobody has to say why; the command line asks for it.
    let mut body = sundays();
    body["comment"] = json!("");
    for path in ["/api/slo/v1/silences/preview", "/api/v2/silences"] {
        assert_eq!(post(&served, path, &body).await.0, 200);
    }
    assert_eq!(served.service.silences.all().len(), 1);
}

const ROUTING: &str = r#"
time_zone: Europe/Berlin
receivers: [{name: pager, webhook: {url: "https://example.com/hook"}}]
people: [{name: anna, receivers: [pager]}]
schedules: [{name: primary, rotations: [{participants: [anna], starts: 2026-01-05, handover: "09:00", every: weekly}]}]
escalation_policies: [{name: policy, levels: [{notify: [{schedule: primary}], timeout: 10m}]}]
teams: [{name: team, page: policy}]
priorities: {P1: {send: [page], group_wait: 0s, group_interval: 1m}}
route: {team: team, priority: P1}
"#;

#[tokio::test]
async fn the_planner_is_quiet_during_an_occurrence_and_the_calendar_is_served() {
    let clock = Clock::manual(NOW);
    let (served, planner) = Served::routed(clock.clone(), ROUTING).await;
    let calendar = async |file: &str| {
        let url = format!("{}/api/slo/v1/schedules/{file}", served.url());
        let answer = client().get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, feed) = calendar("primary.ics").await;
    assert!(status == 200 && feed.contains("BEGIN:VEVENT") && feed.contains("anna"), "{feed}");
    assert_eq!(calendar("nope.ics").await.0, 404);

    assert_eq!(post(&served, "/api/v2/silences", &sundays()).await.0, 200);
    // The second occurrence, a week later.
    clock.set_ms(NOW + 7 * DAY + HOUR);
    let mut disk = incoming(&[("alertname", "disk")]);
    disk.ends_at = Some(at_ms(NOW + 8 * DAY));
    served.service.alerts.put(vec![disk]).await.unwrap();
    let step = || -> Plan {
        let changed: Vec<Arc<StoredAlert>> =
            served.service.alerts.take_changed().into_iter().map(|(_, alert)| alert).collect();
        let (now, silences) = (clock.now(), served.service.silences.active());
        planner.step(&Input { now, changed: &changed, silences: &silences, acknowledged: &[] })
    };
    let plan = step();
    assert!(plan.notifications.is_empty(), "{plan:?}");
    assert!(plan.reasons.iter().any(|reason| reason.step == Step::Silenced), "{plan:?}");
    // It asks to be woken when the occurrence ends.
    assert_eq!(plan.wake_at, Some(at_ms(NOW + 7 * DAY + 3 * HOUR)));
    clock.set_ms(NOW + 7 * DAY + 3 * HOUR);
    assert_eq!(step().notifications.len(), 1);
}

#[tokio::test]
async fn api_console_and_planner_agree_about_a_value_of_two_lines() {
    let clock = Clock::manual(NOW);
    let (served, planner) = Served::routed(clock.clone(), ROUTING).await;
    // As in Alertmanager, a dot is not the end of a line, unless the expression says so.
    for (name, expression, quiet) in [("dot", "a.*", false), ("any", "(?s)a.*", true)] {
        let silence = json!({
            "matchers": [
                {"name": "alertname", "value": name, "isRegex": false},
                {"name": "msg", "value": expression, "isRegex": true},
            ],
            "startsAt": "2026-11-01T00:00:00Z", "endsAt": "2026-11-01T03:00:00Z",
            "createdBy": "ann", "comment": "two lines",
        });
        assert_eq!(post(&served, "/api/v2/silences", &silence).await.0, 200);
        served.service.alerts.put(vec![incoming(&[("alertname", name), ("msg", "a\nb")])]).await.unwrap();
        let changed: Vec<Arc<StoredAlert>> =
            served.service.alerts.take_changed().into_iter().map(|(_, alert)| alert).collect();
        let (now, silences) = (clock.now(), served.service.silences.active());
        let plan = planner.step(&Input { now, changed: &changed, silences: &silences, acknowledged: &[] });
        assert_eq!(plan.notifications.is_empty(), quiet, "{plan:?}");
        let url = format!("{}/api/v2/alerts?filter=alertname%3D{name}", served.url());
        let listed: Value = client().get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(listed[0]["status"]["state"] == "suppressed", quiet, "{listed}");
        let url = format!("{}/alerts/{}", served.url(), changed[0].fingerprint());
        let page = client().get(url).header("accept", "text/html").send().await.unwrap();
        let text = page.text().await.unwrap();
        assert_eq!(text.contains(">silenced<"), quiet, "{text}");
    }
}
