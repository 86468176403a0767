//! Grouping, deduplication, silences, inhibition, reloads.

use super::timeline::{HOUSE, monday};
use slo_model::route::Change;

#[test]
fn a_group_waits_and_is_told_once() {
    let mut t = monday();
    t.fire(1, "alertname=A,service=api,priority=P3");
    t.fire(20, "alertname=B,service=api,priority=P3");
    t.fire(21, "alertname=C,service=web,priority=P3");
    t.pass_to(30);
    assert!(t.told().is_empty(), "the group waits for 30 seconds");
    t.pass_to(60);
    let told = t.told();
    assert_eq!(
        told,
        ["31 firing chat: A, B", "31 firing mail: A, B", "51 firing chat: C", "51 firing mail: C"]
    );
    t.pass_to(3600);
    assert!(t.told().is_empty(), "nothing changed");
    // Four hours after it was told and nobody acknowledged, it is told again.
    t.pass_to(31 + 4 * 3600);
    assert_eq!(
        t.told(),
        [format!("{} firing chat: A, B", 31 + 4 * 3600), format!("{} firing mail: A, B", 31 + 4 * 3600)]
    );
}

#[test]
fn what_joins_waits_for_the_interval_and_the_end_of_all_is_told() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P3");
    t.fire(40, "alertname=B,service=api,priority=P3");
    t.pass_to(600);
    assert_eq!(
        t.told(),
        ["30 firing chat: A", "30 firing mail: A", "330 firing chat: A, B", "330 firing mail: A, B"]
    );
    t.end(700, "alertname=A,service=api,priority=P3");
    t.pass_to(1500);
    assert!(t.told().is_empty(), "another still fires");
    t.end(1500, "alertname=B,service=api,priority=P3");
    t.pass_to(3000);
    assert_eq!(t.told(), ["1500 resolved chat: A over, B over", "1500 resolved mail: A over, B over"]);
    assert_eq!(
        t.incidents.iter().map(|change| change.1).collect::<Vec<_>>(),
        [Change::Opened, Change::Resolved]
    );
    t.pass_to(86_400);
    assert_eq!(t.remembered(), 0, "what is over is forgotten");
}

#[test]
fn what_ends_within_the_wait_is_never_told() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P3");
    t.end(29, "alertname=A,service=api,priority=P3");
    t.pass_to(100_000);
    assert!(t.told().is_empty() && t.incidents.is_empty());
    assert_eq!(t.remembered(), 0);
}

#[test]
fn an_alert_that_is_not_sent_again_ends_by_itself() {
    let mut t = monday();
    t.push(0, "alertname=A,service=api,priority=P1", 300);
    t.push(200, "alertname=A,service=api,priority=P1", 500);
    t.pass_to(499);
    assert_eq!(t.told(), ["0 firing pager/anna: A"]);
    t.pass_to(501);
    assert_eq!(t.told(), ["500 resolved pager/anna: A over"]);
}

#[test]
fn silenced_alerts_are_not_told_and_their_end_is_told_to_who_knew() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P1");
    assert_eq!(t.told(), ["0 firing pager/anna: A"]);
    t.silence((10, 7200), "service=api", None);
    t.fire(60, "alertname=B,service=api,priority=P1");
    t.pass_to(6000);
    assert!(t.told().is_empty(), "neither told, repeated nor escalated");
    assert!(t.said("silenced").iter().all(|text| text.contains("silence s0 by anna")));
    t.end(6000, "alertname=A,service=api,priority=P1");
    t.end(6000, "alertname=B,service=api,priority=P1");
    t.pass_to(6100);
    assert_eq!(t.told(), ["6000 resolved pager/anna: A over"]);
}

#[test]
fn what_still_fires_when_a_silence_ends_is_told_then() {
    let mut t = monday();
    t.silence((0, 1000), "service=api", None);
    t.fire(10, "alertname=A,service=api,priority=P1");
    t.pass_to(999);
    assert!(t.told().is_empty());
    t.pass_to(1001);
    assert_eq!(t.told(), ["1000 firing pager/anna: A"]);
    // One that is taken back early counts at once.
    let mut t = monday();
    t.silence((0, 9000), "service=api", None);
    t.fire(10, "alertname=A,service=api,priority=P1");
    t.silences.clear();
    t.step(20, &[]);
    assert_eq!(t.told(), ["20 firing pager/anna: A"]);
}

#[test]
fn a_silence_that_recurs_is_quiet_every_day() {
    let mut t = monday();
    // From ten to eleven, daily.
    t.silence((0, 3600), "service=api", Some("FREQ=DAILY"));
    t.fire(86_400 + 60, "alertname=A,service=api,priority=P1");
    t.pass_to(86_400 + 3599);
    assert!(t.told().is_empty());
    t.pass_to(86_400 + 3600);
    assert_eq!(t.told(), ["90000 firing pager/anna: A"]);
}

#[test]
fn a_cause_keeps_its_effects_quiet() {
    let mut t = monday();
    t.fire(0, "alertname=Down,service=api,priority=P1");
    t.fire(5, "alertname=Slow,service=api,priority=P3");
    t.fire(5, "alertname=Slow,service=web,priority=P3");
    t.pass_to(60);
    assert_eq!(t.told(), ["0 firing pager/anna: Down", "35 firing chat: Slow", "35 firing mail: Slow"]);
    assert!(t.said("inhibited")[0].contains("Down"), "{:?}", t.said("inhibited"));
    t.end(100, "alertname=Down,service=api,priority=P1");
    // What outlasts its cause by a little is told to nobody; what goes on is, after the group's interval.
    t.fire(110, "alertname=Slow,service=db,priority=P3");
    t.pass_to(399);
    let told = t.told();
    assert_eq!(told[0], "100 resolved pager/anna: Down over");
    assert!(told.iter().all(|line| !line.contains("400")), "{told:?}");
    t.pass_to(400);
    assert_eq!(t.told(), ["400 firing chat: Slow", "400 firing mail: Slow"]);
}

#[test]
fn an_effect_that_ends_soon_after_its_cause_is_told_to_nobody() {
    let mut t = monday();
    t.fire(0, "alertname=Down,service=api,priority=P1");
    t.fire(5, "alertname=Slow,service=api,priority=P1");
    t.end(100, "alertname=Down,service=api,priority=P1");
    t.restart();
    t.end(130, "alertname=Slow,service=api,priority=P1");
    t.pass_to(1000);
    assert_eq!(t.told(), ["0 firing pager/anna: Down", "100 resolved pager/anna: Down over"]);
}

#[test]
fn a_cause_is_one_that_agrees_in_all_but_some_labels() {
    let rule = "  - {source: ['tier=\"1h\"'], target: ['tier=\"6h\"'], equal: [slo], equal_except: [tier, priority]}\n";
    let text = super::timeline::HOUSE.replace("inhibition:\n", &format!("inhibition:\n{rule}"));
    let mut t = super::timeline::Timeline::new(&text, "2026-01-05T10:00:00+01:00");
    t.fire(0, "alertname=Burn,slo=s,endpoint=a,tier=1h,service=x,priority=P2");
    t.fire(1, "alertname=Burn,slo=s,endpoint=a,tier=6h,service=y,priority=P3");
    t.fire(1, "alertname=Burn,slo=s,endpoint=b,tier=6h,service=z,priority=P3");
    t.fire(1, "alertname=Burn,slo=s,endpoint=a,tier=6h,service=x,priority=P3");
    t.pass_to(60);
    let said = t.said("inhibited");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("endpoint=\"a\"") && said[0].contains("service=\"x\""), "{said:?}");
}

#[test]
fn a_reload_tells_nothing_again_and_closes_what_leads_nowhere() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P1");
    t.fire(0, "alertname=B,service=api,priority=P4");
    assert_eq!(t.told().len(), 1);
    for _ in 0..50 {
        t.reload(HOUSE);
    }
    t.pass_to(500);
    assert!(t.told().is_empty());
    let without = HOUSE.replace("    - {name: p1, matchers: ['priority=\"P1\"'], priority: P1}\n", "");
    t.reload(&without);
    t.pass_to(600);
    assert_eq!(t.told(), ["500 firing chat: A", "500 firing mail: A", "500 resolved pager/anna: A"]);
}

#[test]
fn every_decision_gives_its_reason() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P1");
    assert_eq!(t.said("matched"), ["p1 (route.routes[0]): P1, to team-P1"]);
    assert_eq!(t.said("grouped"), [r#"with alerts that share {service="api"}"#]);
    assert_eq!(t.said("queued"), ["firing to anna (pager): incident 1 began"]);
}

#[test]
fn a_label_nobody_knows_goes_to_the_root() {
    let mut t = monday();
    t.fire(0, "größe=\"5 m\",alertname=A");
    t.pass_to(30);
    assert_eq!(t.told(), ["30 firing chat: A", "30 firing mail: A"]);
}
