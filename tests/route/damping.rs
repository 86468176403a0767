//! What goes on and off.

use super::timeline::monday;
use slo_model::route::Change;

const ALERT: &str = "alertname=A,service=api,priority=P1";

fn count(told: &[String], kind: &str) -> usize {
    told.iter().filter(|line| line.split(' ').nth(1) == Some(kind)).count()
}

#[test]
fn twenty_flips_in_ten_minutes_give_two_pages_and_one_notice() {
    let mut t = monday();
    for flip in 0..10 {
        t.fire(flip * 60, ALERT);
        t.end(flip * 60 + 30, ALERT);
    }
    t.pass_to(600);
    let told = t.told();
    assert!(count(&told, "firing") <= 2, "{told:?}");
    assert_eq!(count(&told, "flapping"), 1, "{told:?}");
    // When it has rested, its end is told, once.
    t.pass_to(7200);
    assert_eq!(t.told(), ["1170 resolved pager/anna: A over"]);
}

#[test]
fn what_stays_on_after_flapping_is_told() {
    let mut t = monday();
    for flip in 0..5 {
        t.fire(flip * 120, ALERT);
        t.end(flip * 120 + 60, ALERT);
    }
    t.fire(600, ALERT);
    t.pass_to(1199);
    let told = t.told();
    assert_eq!((count(&told, "firing"), count(&told, "flapping")), (2, 1), "{told:?}");
    t.pass_to(1300);
    assert_eq!(t.told(), ["1200 firing pager/anna: A"]);
}

#[test]
fn what_comes_back_soon_reopens_and_later_is_new() {
    let mut t = monday();
    t.fire(0, ALERT);
    t.end(100, ALERT);
    t.fire(400, ALERT);
    t.end(500, ALERT);
    t.fire(500 + 3600, ALERT);
    let changes: Vec<Change> = t.incidents.iter().map(|change| change.1).collect();
    assert_eq!(
        changes,
        [Change::Opened, Change::Resolved, Change::Reopened, Change::Resolved, Change::Opened]
    );
    assert_eq!(t.incidents[0].2, t.incidents[2].2);
    assert_ne!(t.incidents[0].2, t.incidents[4].2);
}
