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
