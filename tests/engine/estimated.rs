//! Indicators that are no counters: thresholds, ratios, gauges, slices, composites, and what only the source can compute.

use slo_core::time::short::at as moment;
use std::sync::Arc;
use std::time::Duration;

use slo_base::clock::Clock;
use slo_evaluation::evaluate::{Limits, direct};
use slo_model::budget::State;

use super::splits::Forgetful;
use super::world::{self, BEGIN, END, definition, of_requests, query, rolling, slos};
use super::{Home, assessed, close, engine, round, row};
use crate::servers::native_histogram_target::NativeHistogramTarget;
use crate::servers::prometheus::{Options, Prometheus};

/// The SLI and the state by the source and by the engine.
async fn check(text: &str, at: i64, want: &[(&str, f64, State)]) {
    let source = world::source(world::shared().await);
    let slos = slos(text);
    let home = Home::new().await;
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    let snapshot = round(&mut engine, at).await;
    let direct = assessed(text, source.as_ref(), at).await;
    for (key, sli, state) in want {
        let of_source = direct.iter().find(|one| one.slo.key.to_string() == *key).unwrap().verdict;
        for (way, verdict) in [("direct", of_source), ("engine", row(&snapshot.rows, key, &[]).verdict)] {
            close(verdict.sli.unwrap(), *sli, &format!("{key}, {way}"));
            assert_eq!(verdict.state, *state, "{key}, {way}");
        }
    }
}

/// A subquery of a fixed range is taken for every step of the window, not for its last minutes; and where a filter leaves
/// nothing of it, nothing was good.
#[tokio::test]
async fn a_subquery_of_a_fixed_range_speaks_for_its_own_minutes_only() {
    let metric = format!(
        "ratioMetric:\n        counter: false\n        good: {}\n        total: {}",
        query("sum(count_over_time((lag_seconds{job=\"gauges\"} < 60)[5m:15s]))"),
        query("sum(count_over_time(lag_seconds{job=\"gauges\"}[5m:15s]))")
    );
    let text = definition("sub", &metric, &rolling("12h"), "Occurrences", "- target: 0.95", "");
    let source = world::source(world::shared().await);
    let at = BEGIN + 12 * 3600;
    let home = Home::new().await;
    let mut engine = engine(&slos(&text), source.clone(), home.ledger.clone()).await;
    let of_engine = row(&round(&mut engine, at).await.rows, "sub", &[]).verdict;
    let of_source = assessed(&text, source.as_ref(), at).await.remove(0).verdict;
    for verdict in [of_source, of_engine] {
        // One hour of the eleven that are known was bad.
        let sli = verdict.sli.unwrap();
        assert!((sli - 10.0 / 11.0).abs() < 0.005, "{sli}");
        assert_eq!(verdict.state, State::Exhausted);
    }
}

/// What a side answers that is no number is not nothing: the other side alone would be all good, or all bad.
#[tokio::test]
async fn a_side_that_is_no_number_leaves_no_verdict() {
    let of = |name: &str, side: &str, counter: bool, part: &str, total: &str| {
        let metric = format!(
            "ratioMetric:\n        counter: {counter}\n        {side}: {}\n        total: {}",
            query(part),
            query(total)
        );
        definition(name, &metric, &rolling("12h"), "Occurrences", "- target: 0.9", "")
    };
    let increase = "sum(increase(requests_total{job=\"plain\"}[$window]))";
    let text = of("good", "good", true, &format!("{increase} * NaN"), &format!("{increase} * 2"))
        + &of("bad", "bad", true, &format!("{increase} * (NaN)"), &format!("{increase} * 2"))
        + &of("gauges", "good", false, "sum(answered) * NaN", "sum(asked)");
    let source = world::source(world::shared().await);
    let at = BEGIN + 12 * 3600;
    let direct = assessed(&text, source.as_ref(), at).await;
    for one in direct {
        let name = one.slo.key.to_string();
        assert_eq!((one.verdict.state, one.verdict.sli), (State::NoData, None), "{name}");
        let side = if name == "bad" { "the bad query answers NaN" } else { "the good query answers NaN" };
        assert!(one.warnings.iter().any(|said| said.starts_with(side)), "{name}: {:?}", one.warnings);
    }
    let home = Home::new().await;
    let mut engine = engine(&slos(&text), source.clone(), home.ledger.clone()).await;
    for row in &round(&mut engine, at).await.rows {
        assert_eq!((row.verdict.state, row.verdict.sli), (State::NoData, None), "{}", row.slo.key);
    }
}

fn lag(name: &str, method: &str, objective: &str, more: &str) -> String {
    let metric = format!("thresholdMetric: {}", query("lag_seconds{job=\"gauges\"}"));
    definition(name, &metric, &rolling("12h"), method, objective, more)
}

#[tokio::test]
async fn gauges_at_every_step() {
    let ratio = |name: &str, kind: &str| {
        let metric = format!("ratioMetric:\n        rawType: {kind}\n        raw: {}", query(name));
        definition(&name.replace('_', "-"), &metric, &rolling("12h"), "Occurrences", "- target: 0.9", "")
    };
    let gauges = format!(
        "ratioMetric:\n        counter: false\n        good: {}\n        total: {}",
        query("sum(answered)"),
        query("sum(asked)")
    );
    let text = lag("lag", "Occurrences", "- {target: 0.5, op: lt, value: 60}", "")
        + &ratio("success_ratio", "success")
        + &ratio("failure_ratio", "failure")
        + &definition("gauges", &gauges, &rolling("12h"), "Occurrences", "- target: 0.99", "");
    // Twelve hours with one that is bad, and one in which the lag is unknown but for the five minutes that Prometheus
    // looks back: 10 steps.
    let steps = 11.0 * 120.0 + 10.0;
    check(
        &text,
        BEGIN + 12 * 3600,
        &[
            ("lag", (steps - 120.0) / steps, State::Ok),
            ("success-ratio", 11.5 / 12.0, State::Ok),
            ("failure-ratio", 11.5 / 12.0, State::Ok),
            ("gauges", 11.25 / 12.0, State::Exhausted),
        ],
    )
    .await;
}

#[tokio::test]
async fn time_slices_and_what_counts_when_nothing_is_known() {
    let slices = |name: &str, no_data: &str| {
        lag(
            name,
            "Timeslices",
            "- {target: 0.5, op: lt, value: 60, timeSliceTarget: 0.9, timeSliceWindow: 5m}",
            no_data,
        )
    };
    let text = slices("ignore", "")
        + &slices("good", "slo-engine/no-data: good")
        + &slices("bad", "slo-engine/no-data: bad")
        + &lag("mean", "RatioTimeslices", "- {target: 0.5, op: lt, value: 60, timeSliceWindow: 1h}", "");
    // 144 slices of 5 minutes: 12 are bad. Nothing is known of 10: Prometheus looks back over one, and the last ends with
    // the first new value.
    check(
        &text,
        BEGIN + 12 * 3600,
        &[
            ("ignore", 122.0 / 134.0, State::Ok),
            ("good", 132.0 / 144.0, State::Ok),
            ("bad", 122.0 / 144.0, State::Ok),
            ("mean", 11.0 / 12.0, State::Ok),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_composite_burns_as_its_fastest_part_does_however_many_groups_it_has() {
    let part = |objective: &str, job: &str, weight: u32| {
        format!(
            "- displayName: {objective}
    target: 0.5
    compositeWeight: {weight}
    indicator:
      metadata: {{name: {objective}}}
      spec:
        ratioMetric:
          counter: true
          bad: {}
          total: {}
  ",
            query(&format!("sum by (tenant) (requests_total{{job=\"{job}\",code=\"500\"}})")),
            query(&format!("sum by (tenant) (requests_total{{job=\"{job}\"}})"))
        )
    };
    let objectives = part("tenants", "tenants", 1) + &part("plain", "plain", 3);
    let text = format!(
        "apiVersion: openslo/v1
kind: SLO
metadata:
  name: all
  annotations: {{slo-engine/group-by: tenant}}
spec:
  service: shop
  timeWindow: [{}]
  budgetingMethod: Occurrences
  objectives:
  {objectives}
",
        rolling("12h")
    );
    let keys: Vec<String> = slos(&text).iter().map(|slo| slo.key.to_string()).collect();
    let composite = keys.iter().find(|key| !key.contains("/tenants") && !key.contains("/plain"));
    let composite = composite.unwrap_or_else(|| panic!("no composite among {keys:?}"));
    // A quarter bad of a half that may be; the other one's hundredth counts three times and is less.
    check(&text, BEGIN + 12 * 3600, &[(composite, 0.75, State::Ok)]).await;
}

#[tokio::test]
async fn a_composite_without_one_of_its_parts_is_no_answer() {
    let metric = |value: &str| {
        format!(
            "indicator: {{metadata: {{name: p{value}}}, spec: {{thresholdMetric: {}}}}}\n    op: lte\n    value: {value}",
            query("duration_seconds_bucket{job=\"histogram\"}")
        )
    };
    let objectives = format!(
        "- displayName: off\n    target: 0.5\n    compositeWeight: 1\n    {}\n  - displayName: one\n    target: 0.5\n    compositeWeight: 1\n    {}",
        metric("0.7"),
        metric("1")
    );
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: half}}\nspec:\n  service: shop\n  timeWindow: [{}]\n  budgetingMethod: Occurrences\n  objectives:\n  {objectives}\n",
        rolling("12h")
    );
    let source = world::source(world::shared().await);
    let slos = slos(&text);
    let results = direct(&slos, source.as_ref(), &Limits::default(), moment(END)).await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 2, "{results:?}");
    let home = Home::new().await;
    let mut engine = engine(&slos, source, home.ledger.clone()).await;
    let rows = round(&mut engine, END).await.rows.clone();
    let states: Vec<State> = rows.iter().map(|row| row.verdict.state).collect();
    assert_eq!(states.iter().filter(|state| **state == State::NoData).count(), 2, "{states:?}");
}

#[tokio::test]
async fn too_many_series_are_estimated_and_told() {
    let text = of_requests("tenants", "job=\"tenants\"", &rolling("6h"), "");
    let source = world::source(world::shared().await);
    let limits = Limits { max_series: 5, ..Limits::default() };
    let result = direct(&slos(&text), source.as_ref(), &limits, moment(END)).await.remove(0).unwrap();
    assert!(result[0].estimated);
    assert!((result[0].verdict.sli.unwrap() - 0.75).abs() < 1e-6, "{:?}", result[0].verdict.sli);
    let warning = &result[0].warnings[0];
    assert!(warning.contains("more than 5 series") && warning.contains("--max-series"), "{warning}");

    let home = Home::new().await;
    let settings = slo_evaluation::engine::Settings { limits, ..super::settings() };
    let snapshots = slo_evaluation::engine::SnapshotChannel::default();
    let mut engine =
        slo_evaluation::engine::Engine::new(slos(&text), source, home.ledger.clone(), settings, snapshots)
            .await
            .unwrap();
    let snapshot = round(&mut engine, END).await;
    let row = row(&snapshot.rows, "tenants", &[]);
    assert!(row.estimated && (row.verdict.sli.unwrap() - 0.75).abs() < 1e-6, "{row:?}");
}

fn free() -> String {
    let metric = format!(
        "ratioMetric:\n        counter: true\n        good: {}\n        total: {}",
        query(
            "clamp_min(sum(increase(requests_total{job=\"plain\"}[$window])) - sum(increase(requests_total{job=\"plain\",code=\"500\"}[$window])), 0)"
        ),
        query("sum(increase(requests_total{job=\"plain\"}[$window]))"),
    );
    definition("free", &metric, &rolling("6h"), "Occurrences", "- target: 0.95", "")
}

#[tokio::test]
async fn a_free_expression_is_evaluated_window_by_window() {
    let text = free();
    let source = world::source(world::shared().await);
    let at = BEGIN + 6 * 3600 + 1800;
    let home = Home::new().await;
    let mut engine = engine(&slos(&text), source.clone(), home.ledger.clone()).await;
    let snapshot = round(&mut engine, at).await;
    let of_engine = row(&snapshot.rows, "free", &[]);
    let of_source = &assessed(&text, source.as_ref(), at).await[0];
    assert!(of_engine.estimated && of_source.estimated);
    for verdict in [of_engine.verdict, of_source.verdict] {
        assert!((verdict.sli.unwrap() - 0.99).abs() < 1e-6, "{:?}", verdict.sli);
        let rates: Vec<_> = verdict.burn_rates.iter().flatten().collect();
        assert_eq!(rates.len(), 5, "1d and 3d are longer than the window");
        assert!(rates.iter().all(|rate| (rate.unwrap() - 0.2).abs() < 1e-6), "{rates:?}");
    }
}

#[tokio::test]
async fn estimates_that_cannot_be_made_again_are_kept_for_a_while() {
    let slos = slos(&free());
    let home = Home::new().await;
    let source = Arc::new(Forgetful::new(world::source(world::shared().await)));
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    let at = BEGIN + 6 * 3600 + 1800;
    let before = round(&mut engine, at).await.rows[0].verdict;
    source.deafen();
    for later in [30, 60, 300, 900] {
        let report = engine.tick(moment(at + later)).await.unwrap();
        assert!(report.failures.iter().any(|(_, reason)| reason.contains("deaf")), "{:?}", report.failures);
        let verdict = engine.snapshots().latest().rows[0].verdict;
        // Kept, and then summed from pieces: this trace is so even that both say the same.
        assert_eq!(verdict.state, State::Ok, "{later}");
        for (now, before) in verdict.burn_rates.iter().flatten().zip(before.burn_rates.iter().flatten()) {
            assert!((now.unwrap() - before.unwrap()).abs() < 1e-6, "{later}: {now:?} {before:?}");
        }
    }
}

#[tokio::test]
async fn a_native_histogram() {
    let target = NativeHistogramTarget::start("request_seconds").await;
    let mut server = Prometheus::start(Options {
        scrape_configs: format!(
            "- {{job_name: native, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{{targets: ['{}']}}]}}",
            target.place()
        ),
        flags: vec!["--enable-feature=native-histograms".to_owned()],
        ..Options::default()
    })
    .await;
    let source = world::source(&server);
    let metric = format!("thresholdMetric: {}", query("request_seconds{job=\"native\"}"));
    let text = definition(
        "native",
        &metric,
        &rolling("1h"),
        "Occurrences",
        "- {target: 0.5, op: lte, value: 0.25}",
        "slo-engine/histogram: native",
    );
    let slos = slos(&text);
    let sli = async || {
        let result = direct(&slos, source.as_ref(), &Limits::default(), Clock::System.now()).await.remove(0);
        result.unwrap()[0].verdict.sli
    };
    // Prometheus must have seen the histogram before its observations.
    let seen = async || {
        let query = "histogram_count(request_seconds)";
        let now = Clock::System.now();
        !slo_model::source::Source::instant(source.as_ref(), query, now).await.unwrap().data.is_empty()
    };
    server.process().ready(Duration::from_mins(1), seen).await;
    target.observe(0.1, 30);
    target.observe(0.9, 10);
    // 0.25 is a bucket's edge, so the fraction is exact.
    server
        .process()
        .ready(Duration::from_mins(1), async || sli().await.is_some_and(|sli| (sli - 0.75).abs() < 1e-6))
        .await;
}
