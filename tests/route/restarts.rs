//! A restart between any two steps changes nothing that anybody is told.

use proptest::prelude::*;

use super::timeline::{Timeline, monday};

#[derive(Debug, Clone)]
enum Event {
    Fire(usize),
    End(usize),
    Acknowledge,
    Silence(usize, i64),
    Nothing,
}

const ALERTS: [&str; 7] = [
    "alertname=A,service=api,priority=P1",
    "alertname=B,service=api,priority=P1",
    "alertname=C,service=api,priority=P2",
    "alertname=D,service=web,priority=P3",
    "alertname=E,service=web,priority=P4",
    "alertname=Down,service=web,priority=P1",
    "alertname=Slow,service=web,priority=P3",
];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..ALERTS.len()).prop_map(Event::Fire),
        3 => (0..ALERTS.len()).prop_map(Event::End),
        1 => Just(Event::Acknowledge),
        1 => (0..2_usize, 60..20_000_i64).prop_map(|(which, length)| Event::Silence(which, length)),
        1 => Just(Event::Nothing),
    ]
}

/// Seconds and what happened then.
type Log = Vec<(i64, String)>;

fn play(events: &[(i64, Event)], restarts: &[bool]) -> (Log, Log) {
    let mut t: Timeline = monday();
    let mut at = 0;
    for ((wait, event), restart) in events.iter().zip(restarts) {
        at += wait;
        t.pass_to(at);
        if *restart {
            t.restart();
        }
        match event {
            Event::Fire(which) => t.fire(at, ALERTS[*which]),
            Event::End(which) => t.end(at, ALERTS[*which]),
            Event::Acknowledge if t.sent.last().is_some_and(|(_, sent)| sent.incident.is_some()) => {
                t.acknowledge(at, "anna");
            }
            Event::Silence(which, length) => {
                t.silence((at, at + length), ["service=api", "service=web"][*which], None);
            }
            Event::Acknowledge | Event::Nothing => drop(t.step(at, &[])),
        }
    }
    t.pass_to(at + 2 * 86_400);
    let changes = t.incidents.iter().map(|(at, change, id)| (*at, format!("{change:?} {id}")));
    let changes = changes.collect();
    (t.sent.iter().map(|(at, sent)| (*at, sent.key.clone())).collect(), changes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn restarts_change_nothing(
        events in prop::collection::vec((prop_oneof![1..120_i64, 60..4000_i64, 3000..90_000_i64], event()), 1..40),
        restarts in prop::collection::vec(any::<bool>(), 40),
    ) {
        let without = play(&events, &[false; 40]);
        let with = play(&events, &restarts);
        prop_assert_eq!(with, without);
    }
}

#[test]
fn a_crash_between_enqueueing_and_storing_tells_nothing_twice() {
    let mut t = monday();
    t.fire(0, "alertname=A,service=api,priority=P3");
    t.step_and_crash(30);
    t.step(31, &[]);
    assert_eq!(t.told(), ["30 firing chat: A", "30 firing mail: A"]);
    t.step_and_crash(31 + 4 * 3600);
    t.step(32 + 4 * 3600, &[]);
    assert_eq!(t.told().len(), 2);
}
