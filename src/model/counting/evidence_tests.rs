//! Births, restarts and continuations as small timelines, each with the evidence that decides it.

use super::*;
use crate::samples::{Sample, Series};
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::short::{at, range, secs};

/// A scrape every 15 s from `from` on with these values; one that is NaN is not there.
fn series(metric: &str, labels: &[(&str, &str)], from: i64, values: &[f64]) -> Series {
    let base = [(METRIC_NAME, metric), ("job", "shop"), ("instance", "a")];
    let mut all = Labels::new();
    for (name, value) in base.iter().chain(labels) {
        all.set(*name, *value);
    }
    let times = (0..).map(|n| at(from + n * 15));
    let samples = times.zip(values).filter(|(_, value)| !value.is_nan());
    Series { labels: all, samples: samples.map(|(at, value)| Sample { at, value: *value }).collect() }
}

fn requests(labels: &[(&str, &str)], from: i64, values: &[f64]) -> (Series, Role) {
    (series("requests_total", labels, from, values), Role { numerator: 0, total: 1 })
}

fn up(labels: &[(&str, &str)], from: i64, scrapes: usize) -> Series {
    series("up", labels, from, &vec![1.0; scrapes])
}

fn starts(labels: &[(&str, &str)], from: i64, values: &[f64]) -> Series {
    series("process_start_time_seconds", labels, from, values)
}

/// What is counted over (0, 300], and what was decided.
fn count(observed: &Observed) -> (f64, Vec<String>) {
    let rules = Rules { explain: true, ..Rules::default() };
    let counted = Tally::new(rules).count(observed, &Axis::new(range(0, 300), secs(300), &[]), at(300));
    let total = counted.groups.iter().flat_map(|group| &group.total).sum();
    let judgements = counted.decisions.iter().filter(|decision| {
        !matches!(decision.judgement, Judgement::Birth(Evidence::SameScrape) if decision.value == 0.0)
    });
    (total, judgements.map(|decision| format!("{} {}", decision.at.seconds(), decision.judgement)).collect())
}

#[test]
fn a_target_that_only_changed_its_labels_continues() {
    let prod = [("env", "prod")];
    let observed = |start: f64| Observed {
        series: vec![
            requests(&[("code", "200")], 15, &[1e6, 1e6 + 10.0, 1e6 + 20.0]),
            requests(&[("code", "500")], 15, &[6e4, 6e4, 6e4]),
            requests(&[("code", "200"), prod[0]], 67, &[1e6 + 32.0, 1e6 + 40.0]),
            requests(&[("code", "500"), prod[0]], 67, &[6e4, 6e4 + 1.0]),
        ],
        up: vec![up(&[], 15, 3), up(&prod, 67, 16)],
        process_starts: vec![starts(&[], 15, &[start; 3]), starts(&prod, 67, &[start; 2])],
        ..Observed::default()
    };
    let (total, decided) = count(&observed(-3e6));
    assert_eq!(total, 41.0, "{decided:?}");
    assert!(decided[2].contains("67 continuation of") && decided[2].ends_with("at 1000020"), "{decided:?}");
    // The process began inside the counted range, and had been counted from there.
    let mut observed = observed(2.0);
    for (series, _) in &mut observed.series {
        for sample in &mut series.samples {
            sample.value -= if series.labels.get("code") == "200" { 1e6 - 5.0 } else { 6e4 - 2.0 };
        }
    }
    assert_eq!(count(&observed).0, 41.0 + 5.0 + 2.0);
}

#[test]
fn one_metric_that_changed_its_labels_continues_while_its_target_goes_on() {
    let observed = Observed {
        series: vec![
            requests(&[("code", "200")], 15, &[1e6, 1e6 + 10.0, 1e6 + 20.0]),
            requests(&[("code", "200"), ("team", "x")], 60, &[1e6 + 32.0, 1e6 + 40.0]),
        ],
        up: vec![up(&[], 15, 5)],
        ..Observed::default()
    };
    assert_eq!(count(&observed).0, 40.0);
}

#[test]
fn a_pod_of_an_exporter_that_is_replaced_continues_and_a_new_pod_is_born() {
    let pod = |instance: &'static str| [("instance", instance)];
    let observed = |first: f64| Observed {
        series: vec![
            requests(&pod("a"), 15, &[2e6, 2e6 + 10.0, 2e6 + 20.0]),
            requests(&pod("b"), 90, &[first, first + 10.0]),
        ],
        up: vec![up(&pod("a"), 15, 3), up(&pod("b"), 90, 2)],
        process_starts: vec![starts(&pod("a"), 15, &[-3e6; 3]), starts(&pod("b"), 90, &[80.0; 2])],
        ..Observed::default()
    };
    assert_eq!(count(&observed(2e6 + 50.0)).0, 20.0 + 30.0 + 10.0);
    let (total, decided) = count(&observed(7.0));
    assert_eq!(total, 20.0 + 7.0 + 10.0, "{decided:?}");
    assert!(decided.iter().any(|line| line.starts_with("90 birth (process_start")), "{decided:?}");
}

#[test]
fn a_small_fall_is_no_restart_and_a_process_start_says_otherwise() {
    let observed = |value: f64, started: Option<f64>| Observed {
        series: vec![requests(&[], 15, &[1000.0, 1010.0, value, value + 10.0])],
        up: vec![up(&[], 15, 4)],
        process_starts: started
            .iter()
            .map(|start| starts(&[], 15, &[-900.0, -900.0, *start, *start]))
            .collect(),
        ..Observed::default()
    };
    assert_eq!(count(&observed(1008.0, None)).0, 10.0 + 0.0 + 8.0);
    assert_eq!(count(&observed(1008.0, Some(-900.0))).0, 10.0 + 0.0 + 8.0);
    assert_eq!(count(&observed(1008.0, Some(40.0))).0, 10.0 + 1008.0 + 10.0);
    assert_eq!(count(&observed(8.0, None)).0, 10.0 + 8.0 + 10.0);
    // A series of its own that begins again, in a process that goes on.
    assert_eq!(count(&observed(8.0, Some(-900.0))).0, 10.0 + 8.0 + 10.0);
}

#[test]
fn what_one_series_shows_of_a_restart_is_believed_of_those_that_come_back() {
    let observed = |errors: &[f64], started: Option<f64>| Observed {
        series: vec![
            requests(&[("code", "200")], 15, &[100.0, 110.0, 5.0, 15.0, 25.0]),
            requests(&[("code", "500")], 15, errors),
        ],
        up: vec![up(&[], 15, 5)],
        process_starts: started
            .iter()
            .map(|start| starts(&[], 15, &[-900.0, -900.0, *start, *start, *start]))
            .collect(),
        ..Observed::default()
    };
    let requests = 10.0 + 5.0 + 10.0 + 10.0;
    // 1, absent, 1 is one more error; there all the time, it may be another one's container that began again.
    assert_eq!(count(&observed(&[1.0, 1.0, f64::NAN, 1.0, 1.0], None)).0, requests + 1.0);
    assert_eq!(count(&observed(&[1.0, 1.0, 1.0, 1.0, 1.0], None)).0, requests);
    assert_eq!(count(&observed(&[1.0, 1.0, 1.0, 1.0, 1.0], Some(40.0))).0, requests + 1.0);
    assert_eq!(count(&observed(&[1.0, 1.0, f64::NAN, 1.0, 1.0], Some(40.0))).0, requests + 1.0);
    assert_eq!(count(&observed(&[1.0, 1.0, f64::NAN, 1.0, 1.0], Some(-900.0))).0, requests);
}

#[test]
fn pushed_series_have_their_siblings_for_evidence() {
    let observed = Observed {
        series: vec![
            requests(&[("code", "200")], 15, &[50.0, 60.0, 70.0, 80.0]),
            requests(&[("code", "500")], 45, &[90.0, 91.0]),
        ],
        ..Observed::default()
    };
    assert_eq!(count(&observed).0, 30.0 + 91.0);
}

#[test]
fn a_zero_that_came_late_is_a_birth() {
    let observed = Observed {
        series: vec![requests(&[], 15, &[400.0, 410.0])],
        before: vec![requests(&[], -40, &[0.0])],
        up: vec![up(&[], 15, 2)],
        ..Observed::default()
    };
    assert_eq!(count(&observed).0, 410.0);
}

#[test]
fn what_nothing_dates_is_history_and_told() {
    let observed = Observed { series: vec![requests(&[], 15, &[400.0, 410.0])], ..Observed::default() };
    let counted =
        Tally::new(Rules::default()).count(&observed, &Axis::new(range(0, 300), secs(300), &[]), at(300));
    assert_eq!(counted.history, LeftOut { series: 1, numerator: 0.0, total: 400.0 });
    let rules = Rules { first_values: crate::slo::FirstValues::Count, ..Rules::default() };
    let counted = Tally::new(rules).count(&observed, &Axis::new(range(0, 300), secs(300), &[]), at(300));
    assert_eq!((counted.history, counted.groups[0].total[0]), (LeftOut::default(), 410.0));
}

#[test]
fn a_zero_of_another_target_is_no_predecessor() {
    let observed = Observed {
        series: vec![
            requests(&[("instance", "b")], 15, &[0.0]),
            requests(&[("instance", "a")], 60, &[1000.0, 1010.0]),
        ],
        up: vec![up(&[("instance", "a")], 60, 2)],
        ..Observed::default()
    };
    assert_eq!(count(&observed).0, 10.0);
}

#[test]
fn a_target_that_goes_on_is_no_predecessor() {
    // Both are scraped every 15 s, at times of their own; what another target's new series begin with is their history.
    let pod = |instance: &'static str, code: &'static str| [("instance", instance), ("code", code)];
    let observed = Observed {
        series: vec![
            requests(&pod("b", "200"), 15, &[4100.0, 4110.0, 4120.0]),
            requests(&pod("a", "200"), 22, &[4130.0, 4140.0]),
        ],
        up: vec![up(&pod("b", "")[..1], 15, 3), up(&pod("a", "")[..1], 22, 2)],
        ..Observed::default()
    };
    let (total, decided) = count(&observed);
    assert_eq!(total, 20.0 + 10.0, "{decided:?}");
}

#[test]
fn all_series_of_a_target_continue_those_of_one_other() {
    let of = |instance: &'static str, code: &'static str| [("instance", instance), ("code", code)];
    let observed = Observed {
        series: vec![
            requests(&of("a", "200"), 15, &[1e6, 1e6]),
            requests(&of("a", "500"), 15, &[50.0, 50.0]),
            requests(&of("c", "500"), 15, &[59.0, 59.0]),
            requests(&of("b", "200"), 90, &[1e6 + 5.0]),
            requests(&of("b", "500"), 90, &[60.0]),
        ],
        ..Observed::default()
    };
    assert_eq!(count(&observed).0, 5.0 + 10.0);
}

#[test]
fn a_fall_tells_of_siblings_only_what_came_after_they_were_seen() {
    let nothing = f64::NAN;
    let observed = |rare: &[f64]| Observed {
        series: vec![
            // It began again between 30 and 45.
            requests(&[("code", "200")], 15, &[100.0, 110.0, 5.0, nothing, nothing, nothing, 70.0]),
            requests(&[("code", "404")], 15, rare),
        ],
        up: vec![up(&[], 15, 7)],
        ..Observed::default()
    };
    let requests = 10.0 + 5.0 + 65.0;
    // What falls in a scrape that the first one is missing in was not there for long: nothing new.
    assert_eq!(count(&observed(&[9.0, nothing, nothing, nothing, 0.0, 0.0, 0.0])).0, requests);
    // It comes back a little lower than it was: 7 since the restart.
    assert_eq!(count(&observed(&[9.0, 9.0, nothing, nothing, 7.0, 7.0, 7.0])).0, requests + 7.0);
}

#[test]
fn a_target_that_another_replica_scraped_was_scraped() {
    let rules = Rules { explain: true, replica_label: Some("replica".to_owned()), ..Rules::default() };
    let replica = |name: &'static str| [("replica", name)];
    let observed = Observed {
        series: vec![requests(&replica("one"), 62, &[3.0, 4.0])],
        up: vec![up(&replica("one"), 62, 2), up(&replica("two"), 58, 2)],
        ..Observed::default()
    };
    let counted = Tally::new(rules).count(&observed, &Axis::new(range(0, 300), secs(300), &[]), at(300));
    assert_eq!(counted.groups[0].total, [4.0]);
}

#[test]
fn a_process_that_starts_again_and_again_is_no_proof_of_deltas() {
    let values: Vec<f64> = (0..40).map(|n| if n % 2 == 0 { 9.0 } else { 4.0 }).collect();
    let observed = |starts: Vec<Series>| Observed {
        series: vec![requests(&[], 15, &values)],
        up: vec![up(&[], 15, 40)],
        process_starts: starts,
        ..Observed::default()
    };
    let deltas = |observed: &Observed| {
        let axis = Axis::new(range(0, 900), secs(900), &[]);
        Tally::new(Rules::default()).count(observed, &axis, at(900)).deltas.0
    };
    let began: Vec<f64> = (0..40).map(|n| f64::from(n) * 15.0 + 5.0).collect();
    assert_eq!(deltas(&observed(vec![starts(&[], 15, &began)])), 0);
    assert_eq!(deltas(&observed(Vec::new())), 1);
}

/// A tally that remembers one counter at 5 from some time before 300, and what it is told of the 10 minutes before.
fn remembering(before: &[(Series, Role)]) -> Tally {
    let mut tally = Tally::new(Rules { counted_from: at(300), ..Rules::default() });
    let (series, role) = requests(&[], 0, &[]);
    tally.remember(
        &[(crate::samples::Point { labels: series.labels, value: 5.0 }, role)],
        &std::collections::HashSet::new(),
        at(300),
    );
    tally.recall(before);
    tally
}

#[test]
fn of_a_counter_that_was_missing_it_is_asked_whether_it_was_there_since_the_process_started() {
    // The process started before the counted range, and the counter is missing; then it is there again, not much higher.
    let observed = Observed {
        series: vec![requests(&[], 310, &[6.0])],
        process_starts: vec![starts(&[], 310, &[200.0])],
        ..Observed::default()
    };
    let count = |tally: &mut Tally| {
        let counted = tally.count(&observed, &Axis::new(range(300, 330), secs(30), &[]), at(330));
        counted.groups[0].total[0]
    };
    let mut tally = remembering(&[]);
    assert!(tally.has_doubts(&observed));
    assert_eq!(tally.undated(&observed), [(0, range(200, 300))]);
    assert_eq!(count(&mut tally.clone()), 1.0);
    tally.ended_before(&observed.series[0], at(200));
    assert_eq!(count(&mut tally), 6.0);
    // It was there just before.
    let mut tally = remembering(&[requests(&[], 270, &[5.0, 5.0, 5.0])]);
    assert!(!tally.has_doubts(&observed) && tally.undated(&observed).is_empty());
    assert_eq!(count(&mut tally), 1.0);
}

#[test]
fn the_level_that_views_reached_by_turns_is_recalled() {
    let observed = Observed { series: vec![requests(&[], 310, &[1012.0])], ..Observed::default() };
    let (series, role) = requests(&[], 270, &[1000.0, 1010.0, 1008.0]);
    let mut tally = Tally::new(Rules::default());
    let point = crate::samples::Point { labels: series.labels.clone(), value: 1008.0 };
    tally.remember(&[(point, role)], &std::collections::HashSet::new(), at(300));
    tally.recall(&[(series, role)]);
    let counted = tally.count(&observed, &Axis::new(range(300, 330), secs(30), &[]), at(330));
    assert_eq!(counted.groups[0].total, [2.0]);
}
