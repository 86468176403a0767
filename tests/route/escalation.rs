//! Until somebody acknowledges.

use super::timeline::monday;

const ALERT: &str = "alertname=A,service=api,priority=P1";

#[test]
fn the_next_level_is_told_until_somebody_answers() {
    let mut t = monday();
    t.fire(0, ALERT);
    t.pass_to(1499);
    assert_eq!(t.told(), ["0 firing pager/anna: A", "600 escalation chat: A", "600 escalation pager/ben: A"]);
    // The policy begins anew, once.
    t.pass_to(1500);
    assert_eq!(t.told(), ["1500 escalation pager/anna: A"]);
    t.pass_to(2100);
    assert_eq!(t.sent.len(), 2);
    t.acknowledge(2101, "anna");
    // PagerDuty keeps an incident of its own, which is acknowledged as well, behind each of its pages.
    let told = t.told();
    assert_eq!(told[2..], ["2101 acknowledged pager/anna: A", "2101 acknowledged pager/ben: A"]);
    t.pass_to(40_000);
    assert!(t.told().is_empty(), "acknowledged: neither repeated nor escalated");
    assert!(t.said("answered")[0].starts_with("anna acknowledged"));
}

#[test]
fn an_acknowledgement_stops_the_escalation_and_the_repetition() {
    let mut t = monday();
    t.fire(0, ALERT);
    t.acknowledge(599, "anna");
    assert_eq!(t.told(), ["0 firing pager/anna: A", "599 acknowledged pager/anna: A"]);
    t.pass_to(86_400);
    assert!(t.told().is_empty());
    // The end is told to who was told of the beginning.
    t.end(86_400, ALERT);
    t.pass_to(86_500);
    assert_eq!(t.told(), ["86400 resolved pager/anna: A over"]);
    // A new beginning needs a new answer.
    t.fire(86_600, ALERT);
    t.pass_to(87_200);
    assert_eq!(t.told().len(), 3);
}

#[test]
fn at_the_end_of_the_policy_it_is_repeated() {
    let mut t = monday();
    t.fire(0, ALERT);
    t.pass_to(2100);
    t.told();
    t.pass_to(2100 + 3600);
    assert_eq!(t.told(), ["5700 firing chat: A", "5700 firing pager/ben: A"]);
}

#[test]
fn while_it_is_silenced_the_escalation_stands_still() {
    let mut t = monday();
    t.fire(0, ALERT);
    t.silence((10, 3000), "service=api", None);
    t.pass_to(3599);
    assert_eq!(t.told(), ["0 firing pager/anna: A"]);
    t.pass_to(3600);
    assert_eq!(t.told(), ["3600 escalation chat: A", "3600 escalation pager/ben: A"]);
}

#[test]
fn the_person_who_is_on_call_is_paged_and_the_next_way_is_named() {
    // The second week is ben's.
    let mut t = monday();
    t.fire(7 * 86_400, ALERT);
    assert_eq!(t.sent[0].1.person.as_deref(), Some("ben"));
    assert_eq!(t.sent[0].1.failover.as_deref(), Some("mail"));
    assert!(t.sent[0].1.thread.ends_with("/pager"));
}

#[test]
fn what_is_ended_by_hand_is_over_for_all_who_knew_until_it_begins_anew() {
    let mut t = monday();
    let (a, b) = ("alertname=A,service=api,priority=P1", "alertname=B,service=api,priority=P1");
    t.fire(0, a);
    t.acknowledge(60, "anna");
    t.resolve(120, "ben");
    let reason = t.sent.last().unwrap().1.reason.clone();
    assert_eq!(
        t.told(),
        ["0 firing pager/anna: A", "60 acknowledged pager/anna: A", "120 resolved pager/anna: A"]
    );
    assert_eq!(reason, "ben ended it by hand, though it still fires");
    assert_eq!(t.said("answered").len(), 1, "ben acknowledged nothing");
    // It still fires: neither repeated nor escalated, whatever restarts, and its end is no news.
    t.pass_to(7200);
    t.restart();
    t.step(7201, &[]);
    t.pass_to(2 * 86_400);
    assert_eq!(t.told(), Vec::<String>::new());
    // Another alert of the group is news, and pages without the one that was ended.
    t.fire(2 * 86_400, b);
    assert_eq!(t.told(), [format!("{} firing pager/anna: B", 2 * 86_400)]);
    t.end(2 * 86_400 + 300, b);
    t.end(2 * 86_400 + 300, a);
    t.pass_to(3 * 86_400);
    assert_eq!(t.told(), [format!("{} resolved pager/anna: B over", 2 * 86_400 + 300)]);
    // Begun anew, it is told again.
    t.fire(3 * 86_400, a);
    assert_eq!(t.told(), [format!("{} firing pager/anna: A", 3 * 86_400)]);
}
