//! Counting rules as small timelines, and the property that ticks do not matter.

use proptest::prelude::*;

use super::*;
use crate::counting::{MAX_GROUPS, OVERFLOW_GROUP};
use slo_core::names::METRIC_NAME;
use slo_core::time::short::{at, at_ms, range, secs};

const TOTAL: Role = Role { numerator: 0, total: 1 };
const GOOD: Role = Role { numerator: 1, total: 1 };

fn series(pairs: &[(&str, &str)], samples: &[(i64, f64)]) -> Series {
    let samples = samples.iter().map(|(second, value)| Sample { at: at(*second), value: *value }).collect();
    Series { labels: pairs.iter().copied().collect(), samples }
}

fn requests(code: &str, samples: &[(i64, f64)]) -> (Series, Role) {
    (
        series(
            &[(METRIC_NAME, "requests_total"), ("job", "shop"), ("instance", "a"), ("code", code)],
            samples,
        ),
        TOTAL,
    )
}

fn target(metric: &str, samples: &[(i64, f64)]) -> Series {
    series(&[(METRIC_NAME, metric), ("job", "shop"), ("instance", "a")], samples)
}

fn every_15(from: i64, to: i64, value: f64) -> Vec<(i64, f64)> {
    (from..=to).step_by(15).map(|second| (second, value)).collect()
}

/// Counts one pass over (0, 120] and gives the total.
fn total(observed: &Observed) -> f64 {
    let mut tally = Tally::new(Rules::default());
    let counted = tally.count(observed, &Axis::new(range(0, 120), secs(30), &[]), at(120));
    counted.groups.iter().flat_map(|group| &group.total).sum()
}

#[test]
fn a_first_value_is_history_when_nothing_tells_its_age() {
    let mut observed =
        Observed { series: vec![requests("500", &[(45, 300.0), (60, 302.0)])], ..Observed::default() };
    assert_eq!(total(&observed), 2.0);
    // The first scrape of the target is no proof either: the counter may be older.
    observed.up = vec![target("up", &every_15(45, 120, 1.0))];
    assert_eq!(total(&observed), 2.0);
    // Failed scrapes before it did not look.
    observed.up = vec![target("up", &[(15, 0.0), (30, 0.0), (45, 1.0)])];
    assert_eq!(total(&observed), 2.0);
}

#[test]
fn a_first_value_counts_when_the_target_was_scraped_before() {
    let observed = Observed {
        series: vec![requests("500", &[(45, 300.0), (60, 302.0)])],
        up: vec![target("up", &every_15(15, 120, 1.0))],
        ..Observed::default()
    };
    assert_eq!(total(&observed), 302.0);
}

#[test]
fn a_first_value_counts_when_its_process_started_inside_the_range() {
    let observe = |started: f64| Observed {
        series: vec![requests("200", &[(45, 30.0), (60, 32.0)])],
        process_starts: vec![target("process_start_time_seconds", &every_15(45, 120, started))],
        ..Observed::default()
    };
    assert_eq!(total(&observe(40.0)), 32.0);
    // Just before it began: what it counted until its first scrape arrives with that.
    assert_eq!(total(&observe(-5.0)), 32.0);
    assert_eq!(total(&observe(-400.0)), 2.0);
}

#[test]
fn a_first_value_counts_when_it_was_created_inside_the_range() {
    let created = series(
        &[(METRIC_NAME, "requests_created"), ("job", "shop"), ("instance", "a"), ("code", "200")],
        &[(45, 41.0)],
    );
    let observed = Observed {
        series: vec![requests("200", &[(45, 30.0)])],
        created: vec![created],
        ..Observed::default()
    };
    assert_eq!(total(&observed), 30.0);
}

#[test]
fn values_that_are_no_counter_are_left_out() {
    let observed = Observed {
        series: vec![requests(
            "200",
            &[(15, 1.0), (30, f64::NAN), (45, f64::INFINITY), (60, -3.0), (75, 4.0)],
        )],
        ..Observed::default()
    };
    let counted =
        Tally::new(Rules::default()).count(&observed, &Axis::new(range(0, 120), secs(30), &[]), at(120));
    assert_eq!(counted.unusable, 3);
    assert_eq!(total(&observed), 3.0);
}

#[test]
fn a_gap_is_counted_where_it_ends_and_coverage_tells() {
    let mut tally = Tally::new(Rules::default());
    let mut times = every_15(0, 120, 1.0);
    times.extend(every_15(420, 600, 1.0));
    let values: Vec<(i64, f64)> = times.iter().map(|(second, _)| (*second, *second as f64)).collect();
    let observed = Observed {
        series: vec![requests("200", &values)],
        up: vec![target("up", &times)],
        ..Observed::default()
    };
    let counted = tally.count(&observed, &Axis::new(range(-30, 600), secs(30), &[]), at(600));
    let total = &counted.groups[0].total;
    assert_eq!(total[5..15], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 300.0]);
    assert_eq!(total.iter().sum::<f64>(), 600.0);
    // Covered from 0 to 120 and the 22.5 s that the last scrape vouches for, and again from 420 on.
    assert_eq!(counted.covered.iter().sum::<f64>(), 142.5 + 180.0);
}

#[test]
fn two_replicas_count_once() {
    let one = |replica: &str, offset: i64| {
        let samples: Vec<(i64, f64)> = (0..8).map(|n| (offset + n * 15, (n * 10) as f64)).collect();
        (
            series(
                &[(METRIC_NAME, "requests_total"), ("job", "shop"), ("instance", "a"), ("replica", replica)],
                &samples,
            ),
            TOTAL,
        )
    };
    let rules = Rules { replica_label: Some("replica".to_owned()), ..Rules::default() };
    let observed = Observed { series: vec![one("b", 4), one("a", 1)], ..Observed::default() };
    let counted = Tally::new(rules).count(&observed, &Axis::new(range(0, 150), secs(30), &[]), at(150));
    assert_eq!(counted.groups[0].total.iter().sum::<f64>(), 70.0);
}

#[test]
fn groups_beyond_the_limit_are_counted_together() {
    let rules = Rules { group_by: vec!["code".to_owned()], ..Rules::default() };
    let all: Vec<_> = (0..MAX_GROUPS + 20)
        .map(|n| (requests(&format!("{n:05}"), &[(15, 0.0), (30, 1.0)]).0, GOOD))
        .collect();
    let observed = Observed { series: all, ..Observed::default() };
    let counted = Tally::new(rules).count(&observed, &Axis::new(range(0, 30), secs(30), &[]), at(30));
    assert_eq!(counted.groups.len(), MAX_GROUPS + 1);
    let other = counted.groups.iter().find(|group| group.group.get("code") == OVERFLOW_GROUP).unwrap();
    assert_eq!(other.total, [20.0]);
    // One of them fails: it has a place of its own, whoever came first.
    let mut all: Vec<_> = (0..MAX_GROUPS + 20)
        .map(|n| (requests(&format!("{n:05}"), &[(15, 0.0), (30, 1.0)]).0, GOOD))
        .collect();
    all[MAX_GROUPS + 5].1 = TOTAL;
    let rules = Rules { group_by: vec!["code".to_owned()], ..Rules::default() };
    let observed = Observed { series: all, ..Observed::default() };
    let counted = Tally::new(rules).count(&observed, &Axis::new(range(0, 30), secs(30), &[]), at(30));
    assert!(counted.groups.iter().any(|group| group.group.get("code") == "01005"));
    assert_eq!(counted.groups.len(), MAX_GROUPS + 2);
}

/// Samples of one series: times a few seconds to minutes apart, values that rise, rest and fall.
fn samples() -> impl Strategy<Value = Vec<(i64, f64)>> {
    prop::collection::vec((1_i64..90, prop_oneof![4 => 0_i64..20, 1 => -60_i64..0]), 1..60).prop_map(
        |steps| {
            let (mut second, mut value) = (0, 5);
            steps
                .into_iter()
                .map(|(gap, change)| {
                    second += gap;
                    value = if value + change < 0 { 1 } else { value + change };
                    (second, value as f64)
                })
                .collect()
        },
    )
}

fn within(all: &[(Series, Role)], after: i64, until: i64) -> Vec<(Series, Role)> {
    let cut = |series: &Series| {
        let samples = series.samples.iter().filter(|sample| range(after, until).contains(sample.at));
        Series { labels: series.labels.clone(), samples: samples.copied().collect() }
    };
    all.iter()
        .map(|(series, role)| (cut(series), *role))
        .filter(|(series, _)| !series.samples.is_empty())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_split_into_ticks_gives_the_same_buckets(
        values in prop::collection::vec(samples(), 1..5),
        ups in samples(),
        ticks in prop::collection::vec(1_i64..8, 1..80),
        settle_lag in 0_i64..4,
    ) {
        let all: Vec<_> = values.iter().enumerate().map(|(n, samples)| {
            // Two counters of two replicas each.
            let pairs = [(METRIC_NAME, "requests_total"), ("job", "shop"), ("instance", "a"), ("code", ["200", "500"][n % 2]), ("replica", ["x", "y"][n / 2 % 2])];
            (series(&pairs, samples), TOTAL)
        }).collect();
        let mut up = vec![(target("up", &ups.iter().map(|(second, value)| (*second, f64::from(value % 4.0 > 0.0))).collect::<Vec<_>>()), TOTAL)];
        // A target's first `up` is not later than its first sample.
        up[0].0.samples.insert(0, Sample { at: at_ms(500), value: 1.0 });
        let rules = Rules { group_by: vec!["code".to_owned()], replica_label: Some("replica".to_owned()), ..Rules::default() };
        let end = 30 * 200;
        let observe = |after, until| Observed {
            series: within(&all, after, until),
            up: within(&up, after, until).into_iter().map(|(series, _)| series).collect(),
            ..Observed::default()
        };
        let whole = Tally::new(rules.clone()).count(&observe(0, end), &Axis::new(range(0, end), secs(30), &[]), at(end));

        let mut tally = Tally::new(rules);
        let (mut settled, mut until) = (0, 0);
        let mut sums: std::collections::BTreeMap<(Labels, Timestamp), f64> = std::collections::BTreeMap::new();
        let mut covered = std::collections::BTreeMap::new();
        for tick in ticks.iter().cycle() {
            until = (until + tick * 30).min(end);
            let settle = if until == end { end } else { (until - settle_lag * 30).max(settled) };
            let axis = Axis::new(range(settled, until), secs(30), &[]);
            let part = tally.count(&observe(settled, until), &axis, at(settle));
            // What was written before for the same buckets is replaced, as the ledger does.
            sums.retain(|(_, bucket), _| *bucket <= at(settled));
            for group in part.groups {
                for (bucket, total) in axis.ends().iter().zip(group.total) {
                    sums.insert((group.group.clone(), *bucket), total);
                }
            }
            covered.extend(axis.ends().iter().copied().zip(part.covered));
            settled = settle;
            if until == end { break; }
        }
        let axis = Axis::new(range(0, end), secs(30), &[]);
        for group in &whole.groups {
            for (bucket, total) in axis.ends().iter().zip(&group.total) {
                let got = sums.get(&(group.group.clone(), *bucket)).copied().unwrap_or_default();
                prop_assert_eq!(got, *total, "group {} bucket {}", &group.group, bucket);
            }
        }
        if !up[0].0.samples.is_empty() {
            let got: Vec<f64> = covered.into_values().collect();
            prop_assert_eq!(got, whole.covered);
        }
    }
}

#[test]
fn what_is_taken_off_is_counted_with_a_minus() {
    let mut tally = Tally::new(Rules::default());
    let (all, mut bad) =
        (requests("200", &[(30, 0.0), (60, 10.0)]), requests("500", &[(30, 0.0), (60, 3.0)]));
    bad.1 = Role { numerator: -1, total: 0 };
    let all = (all.0, Role { numerator: 1, total: 1 });
    let observed = Observed { series: vec![all, bad], ..Observed::default() };
    let counted = tally.count(&observed, &Axis::new(range(0, 60), secs(60), &[]), at(60));
    assert_eq!((&counted.groups[0].numerator[..], &counted.groups[0].total[..]), (&[7.0][..], &[10.0][..]));
}

#[test]
fn without_a_total_nothing_is_known_whatever_is_scraped() {
    let bad = |from: i64| {
        let samples = every_15(from, 120, 5.0);
        (requests("500", &samples).0, Role { numerator: 1, total: 0 })
    };
    let covered = |series: Vec<(Series, Role)>| {
        let observed =
            Observed { series, up: vec![target("up", &every_15(0, 120, 1.0))], ..Observed::default() };
        let mut tally = Tally::new(Rules { targets_named: true, ..Rules::default() });
        let seconds: f64 =
            tally.count(&observed, &Axis::new(range(0, 120), secs(30), &[]), at(120)).covered.iter().sum();
        (seconds, tally.sides().has_numerator(), tally.sides().has_total())
    };
    // Neither has happened yet; nothing bad has happened yet; the total begins later; there is none.
    assert_eq!(covered(vec![]), (120.0, false, false));
    assert_eq!(covered(vec![requests("200", &every_15(60, 120, 5.0))]), (120.0, false, true));
    assert_eq!(covered(vec![bad(30), requests("200", &every_15(60, 120, 5.0))]), (90.0, true, true));
    assert_eq!(covered(vec![bad(30)]), (30.0, true, false));
}
