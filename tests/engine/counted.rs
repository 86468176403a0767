//! What was counted is what happened: straight from Prometheus and by the engine alike.

use slo_core::time::short::at as moment;
use slo_evaluation::evaluate::{Limits, direct};
use slo_model::budget::State;

use super::world::{self, BEGIN, END, definition, of_requests, query, rolling, slos};
use super::{Home, assessed, close, engine, round, row};

/// An SLO's key and group, and how many events were good, and in all.
type Want<'a> = (&'a str, &'a [(&'a str, &'a str)], f64, f64);

/// Good and total of each SLO over its window, by every way.
async fn check(text: &str, at: i64, limits: Limits, want: &[Want<'_>]) {
    let source = world::source(world::shared().await);
    let slos = slos(text);
    let mut counts = Vec::new();
    for result in direct(&slos, source.as_ref(), &limits, moment(at)).await {
        for one in result.unwrap() {
            assert!(!one.estimated, "{} is counted", one.slo.key);
            counts.push((one.slo.key.to_string(), one.group, one.verdict.counts));
        }
    }
    let home = Home::new().await;
    let settings = slo_evaluation::engine::Settings { limits, ..super::settings() };
    let mut engine = slo_evaluation::engine::Engine::new(
        slos.clone(),
        source,
        home.ledger.clone(),
        settings,
        slo_evaluation::engine::SnapshotChannel::default(),
    )
    .await
    .unwrap();
    let snapshot = round(&mut engine, at).await;
    let (_, stored) =
        slo_evaluation::engine::stored(&slos, home.ledger.as_ref(), moment(at), 1000).await.unwrap();
    for (key, group, good, total) in want {
        let labels: slo_core::labels::Labels = group.iter().copied().collect();
        let found = counts.iter().find(|(name, of, _)| name == key && *of == labels);
        let direct = found.unwrap_or_else(|| panic!("no {key}{labels} in {counts:?}")).2;
        for (way, sums) in [
            ("direct", direct),
            ("engine", row(&snapshot.rows, key, group).verdict.counts),
            ("stored", row(&stored, key, group).verdict.counts),
        ] {
            close(sums.good, *good, &format!("{key}{labels} good, {way}"));
            close(sums.total, *total, &format!("{key}{labels} total, {way}"));
        }
    }
}

#[tokio::test]
async fn restarts_births_and_gaps() {
    let of = |job: &str| of_requests(job, &format!("job=\"{job}\""), &rolling("1d"), "");
    let text: String = ["plain", "births", "process", "created", "old", "gap"].map(of).concat();
    // The day's first sample has nothing before it: what it shows is history. The last lies 30 s and a phase before END.
    let last: i32 = 86_400 - 30;
    let plain = {
        let before = (7 * 3600 - 30) * 2;
        let after = (last - 7 * 3600) * 2;
        f64::from(before + after)
    };
    let gap = (f64::from(last * 3), f64::from(last / 600));
    check(
        &text,
        END,
        Limits::default(),
        &[
            ("plain", &[], plain * 99.0, plain * 100.0),
            ("births", &[], f64::from(last), f64::from(last) + 7.0),
            ("process", &[], 40.0, 42.0),
            ("created", &[], 40.0, 40.0),
            ("old", &[], 0.0, 0.0),
            ("gap", &[], gap.0, gap.0 + gap.1),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_stands_around_a_counter_and_between_counters_changes_nothing() {
    let text: String = [
        (
            "or-vector",
            "bad",
            "sum(served_total{code=\"500\"}) or vector(0)",
            "sum(served_total) or on () vector(0)",
        ),
        (
            "difference",
            "good",
            "sum(served_total) - sum(served_total{code=\"500\"})",
            "sum(served_total) * 1",
        ),
        (
            "codes",
            "good",
            "sum(rate(served_total{code=\"200\"}[5m])) or vector(0)",
            "sum(rate(served_total{code=\"200\"}[5m])) + sum(rate(served_total{code=\"500\"}[5m]))",
        ),
        ("metrics", "bad", "sum(failed_total)", "sum(failed_total) + (sum(served_total) or vector(0))"),
        ("unborn", "bad", "sum(nope_total) or vector(0)", "sum(served_total) + sum(nope_total)"),
    ]
    .into_iter()
    .map(|(name, side, part, total)| {
        let metric = format!(
            "ratioMetric:\n        counter: true\n        {side}: {}\n        total: {}",
            query(part),
            query(total)
        );
        definition(name, &metric, &rolling("1d"), "Occurrences", "- target: 0.9", "")
    })
    .collect();
    // One pod stays all day. The other comes with a past and stays four hours, of which the last scrape is 30 s short.
    let (stays, comes) = (86_400, 4 * 3600 - 30);
    let events = |every: i32| f64::from(stays / every + comes / every);
    let (good, bad, failed) = (events(1), events(100), events(50));
    check(
        &text,
        END,
        Limits::default(),
        &[
            ("or-vector", &[], good, good + bad),
            ("difference", &[], good, good + bad),
            ("codes", &[], good, good + bad),
            ("metrics", &[], good + bad, good + bad + failed),
            ("unborn", &[], good + bad, good + bad),
        ],
    )
    .await;
}

#[tokio::test]
async fn replicas_count_once() {
    let text = of_requests("twice", "job=\"twice\"", &rolling("1d"), "");
    let limits = Limits { replica_label: Some("replica".to_owned()), ..Limits::default() };
    // The sample that is read first is of 2 s after a round moment; the last one of 2 s or 17 s after one, as the replica
    // that is preferred.
    let source = world::source(world::shared().await);
    let one = slo_evaluation::evaluate::direct(&slos(&text), source.as_ref(), &limits, moment(END))
        .await
        .remove(0)
        .unwrap();
    let total = one[0].verdict.counts.total;
    let last = [0.0, 15.0].map(|later| (86_400.0 - 30.0 + later) * 5.0);
    assert!(last.contains(&total), "{total} is not among {last:?}");
    check(&text, END, limits, &[("twice", &[], total * 0.8, total)]).await;
    let twice = assessed(&text, source.as_ref(), END).await;
    assert!(twice[0].verdict.counts.total > total * 1.9, "without the label both replicas count");
}

#[tokio::test]
async fn groups_are_counted_apart_and_add_up() {
    let annotation = "slo-engine/group-by: tenant";
    let text = of_requests("split", "job=\"tenants\"", &rolling("1d"), annotation)
        + &of_requests("whole", "job=\"tenants\"", &rolling("1d"), "");
    let last = f64::from(86_400 - 30);
    let new = last - 15.0 * 3600.0;
    check(
        &text.replace("sum(", "sum by (tenant) ("),
        END,
        Limits::default(),
        &[
            ("split", &[("tenant", "one")], last * 6.0, last * 8.0),
            ("split", &[("tenant", "two")], last * 3.0, last * 4.0),
            ("split", &[("tenant", "new")], new * 15.0, new * 20.0),
            ("split", &[], last * 3.0, last * 4.0),
            ("whole", &[], last * 12.0 + new * 15.0, last * 16.0 + new * 20.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_gap_is_told_by_coverage() {
    let text = of_requests("gap", "job=\"gap\"", &rolling("1d"), "");
    let source = world::source(world::shared().await);
    let gap = &assessed(&text, source.as_ref(), END).await[0];
    let missing = 1.0 - gap.verdict.coverage;
    assert!((missing - 4500.0 / 86_400.0).abs() < 0.001, "coverage {}", gap.verdict.coverage);
    // In the gap itself the data is old, and long after it there is none.
    let at = |second: i64| BEGIN + 12 * 3600 + second;
    for (second, state) in [(60, State::Exhausted), (600, State::Stale)] {
        let text = text.replace("target: 0.9", "target: 0.99999");
        let assessed = assessed(&text, source.as_ref(), at(second)).await;
        assert_eq!(assessed[0].verdict.state, state, "{second} s into the gap");
    }
    let short = of_requests("gap", "job=\"gap\"", &rolling("30m"), "");
    assert_eq!(assessed(&short, source.as_ref(), at(2400)).await[0].verdict.state, State::NoData);
}

#[tokio::test]
async fn nothing_to_count_is_told_apart() {
    let text = of_requests("idle", "job=\"idle\"", &rolling("1d"), "")
        + &of_requests("nobody", "job=\"nobody\"", &rolling("1d"), "")
        + &of_requests("quiet", "job=\"births\",code=\"500\"", &rolling("30m"), "");
    let source = world::source(world::shared().await);
    let home = Home::new().await;
    let slos = slos(&text);
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    let snapshot = round(&mut engine, END).await;
    let direct = assessed(&text, source.as_ref(), END).await;
    for (key, state, covered) in [
        ("idle", State::NoTraffic, true),
        ("nobody", State::NoData, false),
        ("quiet", State::NoTraffic, true),
    ] {
        let of_engine = row(&snapshot.rows, key, &[]).verdict;
        let of_source = direct.iter().find(|one| one.slo.key.name == key).unwrap().verdict;
        for verdict in [of_engine, of_source] {
            assert_eq!(verdict.state, state, "{key}");
            assert_eq!((verdict.sli, verdict.budget.remaining_ratio, verdict.burn_rate), (None, None, None));
            assert_eq!(verdict.coverage > 0.98, covered, "{key}: {}", verdict.coverage);
        }
    }
}

#[tokio::test]
async fn values_that_no_counter_has_are_left_out_and_told() {
    let text = of_requests("broken", "job=\"broken\"", &rolling("1d"), "");
    let source = world::source(world::shared().await);
    let broken = &assessed(&text, source.as_ref(), END).await[0];
    assert_eq!(broken.verdict.counts.total, f64::from(86_400 - 30));
    // Every five minutes one of the ten scrapes; the day is read in several pieces, and they are told together.
    let told = "288 samples were NaN, infinite, negative or absurdly large and were left out";
    assert_eq!(broken.warnings, [told]);
}

fn latency(name: &str, value: &str) -> String {
    let metric = format!("thresholdMetric: {}", query("duration_seconds_bucket{job=\"histogram\"}"));
    let objective = format!("- {{target: 0.5, op: lte, value: {value}}}");
    definition(name, &metric, &rolling("1d"), "Occurrences", &objective, "")
}

#[tokio::test]
async fn classic_histograms_whatever_their_bounds_are_called() {
    let scrapes = f64::from(86_400 / 30 - 1);
    check(
        &(latency("half", "0.5") + &latency("one", "1")),
        END,
        Limits::default(),
        &[("half", &[], scrapes * 12.0, scrapes * 20.0), ("one", &[], scrapes * 18.0, scrapes * 20.0)],
    )
    .await;
    let ratio = |le: &str| {
        let metric = format!(
            "ratioMetric:\n        counter: true\n        good: {}\n        total: {}",
            query(&format!("sum(rate(duration_seconds_bucket{{job=\"histogram\",le=\"{le}\"}}[5m]))")),
            query("sum(rate(duration_seconds_bucket{job=\"histogram\",le=\"+Inf\"}[5m]))"),
        );
        definition("ratio", &metric, &rolling("1d"), "Occurrences", "- target: 0.5", "")
    };
    for le in ["1", "1.0", "1e0"] {
        let want = ("ratio", &[][..], scrapes * 18.0, scrapes * 20.0);
        check(&ratio(le), END, Limits::default(), &[want]).await;
    }
}

#[tokio::test]
async fn a_threshold_off_the_edges_is_refused_with_the_nearest_two() {
    let source = world::source(world::shared().await);
    let slos = slos(&latency("off", "0.7"));
    let error = direct(&slos, source.as_ref(), &Limits::default(), moment(END))
        .await
        .remove(0)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("0.7 is not a bucket edge") && error.contains("the nearest are 0.5 and 1"),
        "{error}"
    );
    // The engine says so too, and has no verdict rather than a wrong one.
    let home = Home::new().await;
    let mut engine = engine(&slos, source, home.ledger.clone()).await;
    let snapshot = round(&mut engine, END).await;
    assert_eq!(row(&snapshot.rows, "off", &[]).verdict.state, State::NoData);
    assert!(snapshot.errors[0].1.contains("the nearest are 0.5 and 1"), "{:?}", snapshot.errors);
}

#[tokio::test]
async fn a_calendar_day_of_twenty_three_hours() {
    let window = "{duration: 1d, calendar: {startTime: 2026-01-01 00:00:00, timeZone: America/New_York}}";
    let text = of_requests("day", "job=\"births\"", window, "");
    // Midnight in New York is 05:00Z before the change, and 04:00Z after it: the last minute of a day of 23 hours.
    let midnight = BEGIN + 11 * 3600;
    let at = midnight + 23 * 3600 - 3600 * 11;
    let source = world::source(world::shared().await);
    let direct = &assessed(&text, source.as_ref(), at).await[0];
    let period = direct.slo.window.whole(moment(at));
    assert_eq!(period, slo_core::time::short::range(midnight, midnight + 23 * 3600));
    check(&text, at, Limits::default(), &[("day", &[], (at - midnight) as f64, (at - midnight) as f64)])
        .await;
    // Just begun: the day before is over, and of this one little is known.
    for second in [1, 30, 60] {
        let begun = &assessed(&text, source.as_ref(), midnight + second).await[0];
        assert!(begun.verdict.counts.total <= second as f64 + 30.0, "{second}: {:?}", begun.verdict.counts);
        assert!(
            matches!(begun.verdict.state, State::Ok | State::NoTraffic),
            "{second}: {:?}",
            begun.verdict.state
        );
        assert!(begun.verdict.burn_rates[4].unwrap().is_some(), "6 h reach back into the day before");
    }
}
