//! Nights, weekends, holidays, digests, and both clock changes.

use super::timeline::{HOUSE, Timeline, seconds};

const HIGH: &str = "alertname=A,service=api,priority=P2";
const LOW: &str = "alertname=Cert,service=edge,priority=P4";

fn night() -> (Timeline, i64) {
    // Friday evening before the clocks change in spring; Monday at nine is an hour earlier in UTC.
    let t = Timeline::new(HOUSE, "2026-03-27T20:00:00+01:00");
    let monday = seconds("2026-03-30T09:00:00+02:00") - seconds("2026-03-27T20:00:00+01:00");
    (t, monday)
}

#[test]
fn p2_waits_for_business_hours() {
    let (mut t, monday) = night();
    t.fire(0, HIGH);
    assert_eq!(t.held_back(), [("P2", monday, 1)]);
    t.pass_to(monday - 1);
    assert!(t.told().is_empty());
    assert!(t.said("muted")[0].contains("waits until 2026-03-30 09:00 CEST"), "{:?}", t.said("muted"));
    assert_eq!(t.held_back(), [("P2", monday, 1)]);
    t.pass_to(monday);
    assert_eq!(t.told().len(), 1);
    assert_eq!(t.held_back(), []);
}

#[test]
fn p2_that_is_over_by_morning_is_never_sent() {
    let (mut t, monday) = night();
    t.fire(0, HIGH);
    t.end(3600, HIGH);
    t.pass_to(monday + 86_400);
    assert!(t.told().is_empty() && t.incidents.is_empty());
}

#[test]
fn p2_does_not_wake_anybody_later_either() {
    let mut t = Timeline::new(HOUSE, "2026-01-05T16:55:00+01:00");
    t.fire(0, HIGH);
    t.pass_to(14 * 3600);
    assert_eq!(t.told(), ["30 firing pager/anna: A"], "no escalation and no repetition at night");
    t.pass_to(17 * 3600);
    let opening = 16 * 3600 + 5 * 60;
    let told = t.told();
    assert!(told[0].starts_with(&format!("{opening} escalation")), "{told:?}");
    // The end is told at once, at night too.
    t.end(36 * 3600, HIGH);
    t.pass_to(36 * 3600 + 10);
    assert!(t.told().iter().any(|line| line.contains("resolved pager/anna")));
}

#[test]
fn holidays_are_no_business_hours() {
    let mut t = Timeline::new(HOUSE, "2026-04-06T10:00:00+02:00");
    t.fire(0, HIGH);
    t.pass_to(23 * 3600);
    assert_eq!(t.told(), ["82800 firing pager/ben: A"]);
    assert!(t.said("muted")[0].contains("2026-04-07 09:00 CEST"));
}

#[test]
fn a_digest_a_day_at_nine_over_both_clock_changes() {
    for (start, hours) in [("2026-03-28T12:00:00+01:00", 20), ("2026-10-24T12:00:00+02:00", 22)] {
        let mut t = Timeline::new(HOUSE, start);
        t.fire(0, LOW);
        t.fire(600, "alertname=Backup,service=db,priority=P4");
        t.end(1200, "alertname=Backup,service=db,priority=P4");
        t.pass_to(3 * 86_400);
        let first = hours * 3600;
        let want = [
            format!("{first} digest mail: Backup over, Cert"),
            format!("{} digest mail: Cert", first + 86_400),
            format!("{} digest mail: Cert", first + 2 * 86_400),
        ];
        assert_eq!(t.told(), want, "{start}");
    }
}

#[test]
fn a_digest_is_sent_once_whatever_happens_to_the_process() {
    let mut t = Timeline::new(HOUSE, "2026-01-05T12:00:00+01:00");
    t.fire(0, LOW);
    t.restart();
    t.step_and_crash(21 * 3600);
    t.step(21 * 3600 + 60, &[]);
    t.restart();
    t.pass_to(40 * 3600);
    t.step(40 * 3600, &[]);
    assert_eq!(t.told(), ["75600 digest mail: Cert"]);
    // Away at nine: it is told when the engine is back, and the next at nine again.
    t.restart();
    t.step(46 * 3600, &[]);
    t.pass_to(70 * 3600);
    assert_eq!(t.told(), ["165600 digest mail: Cert", "248400 digest mail: Cert"]);
}

#[test]
fn a_day_without_news_has_no_digest() {
    let mut t = Timeline::new(HOUSE, "2026-01-05T12:00:00+01:00");
    t.fire(0, LOW);
    t.end(10, LOW);
    t.pass_to(10 * 86_400);
    assert_eq!(t.told(), ["75600 digest mail: Cert over"]);
    assert_eq!(t.remembered(), 0);
}
