use proptest::prelude::*;

use super::*;

fn seen(value: f64) -> Observation {
    Observation {
        labels: [("alertname", "a")].into_iter().collect(),
        annotations: [("summary", value.to_string())].into_iter().collect(),
        value,
        context: None,
    }
}

const MINUTE: Span = Span::minutes(1);

fn minute(number: i64) -> Timestamp {
    Timestamp::EPOCH + MINUTE * number
}

/// Runs a life: one letter a minute, `x` when the condition holds; the phases that follow, by their first letters.
fn life(condition: &str, hold: i64, keep: i64) -> String {
    let timing = Timing { hold: MINUTE * hold, keep_firing: MINUTE * keep };
    let mut known = None;
    let mut out = String::new();
    for (number, letter) in condition.chars().enumerate() {
        let observed = (letter == 'x').then(|| seen(1.0));
        let before = known.as_ref().map_or(Phase::Inactive, |known: &Instance| known.phase);
        let (next, transition) = step(known, observed, timing, minute(number as i64));
        let after = next.as_ref().map_or(Phase::Inactive, |next| next.phase);
        match &transition {
            Some(moved) => assert_eq!((moved.from, moved.to), (before, after), "{condition} at {number}"),
            None => assert_eq!(before, after, "{condition} at {number}: a change without a transition"),
        }
        out.push(after.as_str().chars().next().unwrap());
        known = next;
    }
    out
}

#[test]
fn phases_follow_prometheus() {
    assert_eq!(life("xx-", 0, 0), "ffr");
    assert_eq!(life("xxxx-", 2, 0), "ppffr");
    assert_eq!(life("xx-xxx", 2, 0), "ppippf");
    assert_eq!(life("x---x---", 0, 2), "fffrfffr");
    // Kept firing, and the wait begins anew when the condition holds in between.
    assert_eq!(life("x-x---", 0, 2), "fffffr");
    // Resolved stays for fifteen minutes, then is forgotten.
    assert_eq!(life("x-----------------", 0, 0), "frrrrrrrrrrrrrrrri");
    // A resolved alert that comes back is pending again.
    assert_eq!(life("xxx-xxx", 2, 0), "ppfrppf");
}

#[test]
fn annotations_are_the_newest_and_the_start_stays() {
    let timing = Timing::default();
    let (known, _) = step(None, Some(seen(1.0)), timing, minute(0));
    let (known, moved) = step(known, Some(seen(2.0)), timing, minute(1));
    assert_eq!(moved, None);
    let alert = known.unwrap().alert(MINUTE * 4, "http://x").unwrap();
    assert_eq!((alert.starts_at, alert.ends_at, alert.valid), (Some(minute(0)), None, MINUTE * 4));
    assert_eq!(alert.annotations.get("summary"), "2");
    assert_eq!(*alert.generator_url, *format!("http://x/alerts/{}", alert.fingerprint()));
}

#[test]
fn an_ended_alert_says_when() {
    let (known, _) = step(None, Some(seen(1.0)), Timing::default(), minute(0));
    let (known, moved) = step(known, None, Timing::default(), minute(1));
    assert_eq!(moved.unwrap().reason, "its condition no longer holds");
    let alert = known.unwrap().alert(MINUTE * 4, "").unwrap();
    assert_eq!(alert.ends_at, Some(minute(1)));
    let stored = alert.into_stored(minute(9), MINUTE * 5).unwrap();
    assert_eq!((stored.ends_at, stored.explicit_end, stored.is_resolved(minute(9))), (minute(1), true, true));
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let timing = Timing { hold: MINUTE * 5, keep_firing: Span::ZERO };
    let (known, _) = step(None, Some(seen(1.0)), timing, minute(0));
    let (known, _) = step(known, Some(seen(1.0)), timing, minute(3));
    let stored = serde_json::to_string(&known.unwrap()).unwrap();
    let stored: Instance = serde_json::from_str(&stored).unwrap();
    let run = |back_at: Timestamp| {
        let mut instances = Instances::restored([stored.clone()], back_at, MINUTE * 2);
        let seen = vec![(seen(1.0), timing)];
        instances.advance(seen, |_| timing, |_| false, back_at);
        instances.iter().next().unwrap().phase
    };
    // A quick restart loses nothing.
    assert_eq!(run(minute(5)), Phase::Firing);
    // Half an hour away proves nothing: three minutes were seen, two are missing.
    assert_eq!(run(minute(33)), Phase::Pending);
    let mut instances = Instances::restored([stored.clone()], minute(33), MINUTE * 2);
    for number in [33, 34, 35] {
        instances.advance(vec![(seen(1.0), timing)], |_| timing, |_| false, minute(number));
    }
    assert_eq!(instances.iter().next().unwrap().phase, Phase::Firing);
}

#[test]
fn what_is_unclear_stays_as_it_is() {
    let timing = Timing::default();
    let mut instances = Instances::default();
    instances.advance(vec![(seen(1.0), timing)], |_| timing, |_| false, minute(0));
    assert_eq!(instances.advance(Vec::new(), |_| timing, |_| true, minute(1)), Vec::new());
    assert_eq!(instances.iter().next().unwrap().phase, Phase::Firing);
    assert_eq!(instances.advance(Vec::new(), |_| timing, |_| false, minute(1)).len(), 1);
}

proptest! {
    /// Whatever happens: firing never before the condition held long enough, and every change has its transition.
    #[test]
    fn any_life_is_a_valid_one(condition in "[x-]{1,60}", hold in 0i64..6, keep in 0i64..6) {
        let phases = life(&condition, hold, keep);
        let mut held: i64 = 0;
        let mut before = 'i';
        for (letter, phase) in condition.chars().zip(phases.chars()) {
            held = if letter == 'x' { held + 1 } else { 0 };
            if phase == 'f' && before != 'f' {
                prop_assert!(held > hold, "{condition} {phases}");
            }
            if letter == 'x' {
                prop_assert!(phase == 'p' || phase == 'f');
            } else {
                prop_assert!(phase != 'p');
                prop_assert!(phase != 'f' || before == 'f');
            }
            before = phase;
        }
    }
}
