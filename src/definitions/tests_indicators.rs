//! Indicators: ratios, thresholds, histograms, and the queries in them.

use super::tests::{WINDOW, check, found, only, ratio, slo, threshold};
use super::*;
use slo_model::slo::{Comparison, Indicator, Numerator};

#[test]
fn ratios() {
    let metric = |metric: &str| {
        slo(&format!("      ratioMetric: {metric}"), &format!("{WINDOW}\n  objectives: [{{target: 0.9}}]"))
    };
    let query = |name: &str, query: &str| format!("{name}: {{metricSource: {{spec: {{query: '{query}'}}}}}}");
    let (good, bad, total) = (query("good", "a_total"), query("bad", "b_total"), query("total", "c_total"));
    let slo = only(&metric(&format!("{{counter: true, {bad}, {total}}}")));
    assert!(matches!(slo.indicator, Indicator::Ratio { numerator: Numerator::Bad(_), .. }));
    let slo = only(&metric(&format!("{{rawType: failure, {}}}", query("raw", "x"))));
    assert!(matches!(slo.indicator, Indicator::RawRatio { success: false, .. }));
    let slo = only(&metric(&format!("{{counter: false, {good}, {total}}}")));
    assert!(matches!(slo.indicator, Indicator::Ratio { counter: false, .. }));
    check(&metric(&format!("{{{good}, {total}}}")), &["~counter ratioMetric"]);
    // Left out, it is what OpenSLO says, unless the names are those of counters.
    for (part, all, want) in [
        ("sum(a_total)", "sum(b_count)", true),
        ("sum(job:a:rate5m)", "sum(job:b:rate5m)", false),
        ("sum(job:a_total)", "sum(b_total)", false),
        ("up", "up_total", false),
    ] {
        let slo = load_str("x", &metric(&format!("{{{}, {}}}", query("good", part), query("total", all))));
        let Indicator::Ratio { counter, .. } = slo.slos[0].indicator else { panic!() };
        assert_eq!(counter, want, "{part}");
    }
    check(&metric(&format!("{{counter: true, {good}, {bad}, {total}}}")), &["good-and-bad bad"]);
    check(&metric(&format!("{{counter: true, {good}}}")), &["missing-field ratioMetric"]);
    check(&metric(&format!("{{counter: true, {total}}}")), &["missing-field ratioMetric"]);
    check(&metric(&query("raw", "x").replace("raw", "{raw").replace("}}}", "}}}}")), &["missing-field raw"]);
    check(&metric(&format!("{{rawType: sucess, {}}}", query("raw", "x"))), &["unknown-value sucess"]);
    check(&metric(&format!("{{rawType: success, counter: true, {good}, {total}}}")), &["raw-type rawType"]);
    check(
        &metric(
            "{counter: true, good: {metricSource: {spec: {promql: x}}}, total: {metricSource: {spec: {query: x}}}}",
        ),
        &["missing-field spec"],
    );
    check(
        &metric(&format!(
            "{{counter: false, {}, {}}}",
            query("good", "sum(rate(a[5m]))"),
            query("total", "sum(rate(b[5m]))")
        )),
        &["~counter false"],
    );
    check(
        &metric("{counter: true, good: {}, total: {metricSource: {}}}"),
        &["missing-field good", "missing-field metricSource"],
    );
    check(
        &metric(&format!("{{counter: true, {good}, {total}}}"))
            .replace("spec: {query: 'a", "type: Datadog, spec: {query: 'a"),
        &["source-type Datadog"],
    );
    check(
        &metric(&format!("{{counter: true, {good}, {total}}}"))
            .replace("'a_total'", "a_total, dimensions: [x]"),
        &["~unused-key dimensions"],
    );
}

#[test]
fn queries_of_a_ratio_that_cannot_be_meant() {
    let check = |part: &str, total: &str, want: &[&str]| {
        let query = |query: &str| format!("{{metricSource: {{spec: {{query: '{query}'}}}}}}");
        let metric = format!("{{counter: true, good: {}, total: {}}}", query(part), query(total));
        let objective = format!("{WINDOW}\n  objectives: [{{target: 0.9}}]");
        check(&slo(&format!("      ratioMetric: {metric}"), &objective), want);
    };
    check("sum(a)", "sum(a)", &["~same-query 'sum(a)'"]);
    check("sum(rate(a{x=\"1\"}[5m]))", "a{x=\"1\"} or vector(0)", &["~same-query 'a{x=\"1\"} or vector(0)'"]);
    check("sum(a{x=\"1\"})", "sum(a)", &[]);
    check("avg(a)", "sum(b)", &["~no-counter 'avg(a)'"]);
    check("sum(a)", "histogram_quantile(0.9, b)", &["~no-counter 'histogram_quantile(0.9, b)'"]);
    check("max_over_time(a[$window])", "sum(b)", &["~no-counter 'max_over_time(a[$window])'"]);
    check(
        "sum(increase(a[5m:])) + sum(increase(c[$window]))",
        "sum(b)",
        &["~fixed-range 'sum(increase(a[5m:])) + sum(increase(c[$window]))'"],
    );
    // These take the increase of each counter, or say themselves over which time.
    for part in ["sum(a or b) * 2", "sum(a unless b)", "max(increase(a[$window]))", "avg(rate(a[5m]))"] {
        check(part, "sum(b)", &[]);
    }
}

#[test]
fn thresholds_and_histograms() {
    let gauge = only(&threshold("time() - max(x)", "[{target: 0.9, op: lt, value: 300}]"));
    let Indicator::Threshold { comparison: Comparison::Less, threshold: value, .. } = gauge.indicator else {
        panic!()
    };
    assert!((value - 300.0).abs() < f64::EPSILON);
    for query in ["d_seconds_bucket{job=\"a\"}", "sum by (le) (rate(d_seconds_bucket{job=\"a\"}[5m]))"] {
        let slo = only(&threshold(query, "[{target: 0.9, op: lte, value: 0.5}]"));
        let Indicator::ClassicHistogram { buckets, comparison: Comparison::LessOrEqual, .. } = slo.indicator
        else {
            panic!("{query}")
        };
        assert_eq!(buckets.selector.to_string(), "d_seconds_bucket{job=\"a\"}");
    }
    let native = |kind: &str, query: &str| {
        threshold(query, "[{target: 0.9, op: lte, value: 0.5}]")
            .replace("  name: x", &format!("  name: x\n  annotations: {{slo-engine/histogram: {kind}}}"))
    };
    let slo = only(&native("native", "d_seconds"));
    assert!(matches!(slo.indicator, Indicator::NativeHistogram { .. }));
    check(&native("nativ", "d_seconds"), &["annotation nativ"]);
    check(&native("native", "d_seconds / 2"), &["histogram 'd_seconds / 2'"]);
    check(&native("native", "histogram_count(d_seconds)"), &["histogram 'histogram_count(d_seconds)'"]);
    check(&native("classic", "d_seconds"), &["histogram 'd_seconds'"]);
    check(
        &threshold("sum(rate(d_bucket[5m]))", "[{target: 0.9, op: lte, value: 1}]"),
        &["histogram 'sum(rate(d_bucket[5m]))'"],
    );
    check(
        &threshold("d_bucket{le=\"1\"}", "[{target: 0.9, op: lte, value: 1}]"),
        &["histogram 'd_bucket{le=\"1\"}'"],
    );
    check(&threshold("x", "[{target: 0.9, value: 1}]"), &["missing-field target"]);
    check(&threshold("x", "[{target: 0.9, op: lt}]"), &["missing-field target"]);
    check(&threshold("x", "[{target: 0.9, op: eq, value: 1}]"), &["unknown-value eq"]);
    check(&ratio("[{target: 0.9, op: gt, value: 1}]"), &["~unused-key gt", "~unused-key 1"]);
    check(&threshold("x == 1", "[{target: 0.9, op: gte, value: 1}]"), &["~filter 'x == 1'"]);
    check(&threshold("avg(x > 0)", "[{target: 0.9, op: gte, value: 1}]"), &["~filter 'avg(x > 0)'"]);
    check(&threshold("x == bool 1", "[{target: 0.9, op: gte, value: 1}]"), &[]);
    check(&threshold("sum(x == 1)", "[{target: 0.9, op: gte, value: 1}]"), &[]);
}

#[test]
fn promql_points_into_the_query() {
    check(&threshold("sum(rat(x[5m]))", "[{target: 0.9, op: lt, value: 1}]"), &["promql rat"]);
    check(&threshold("sum(rate(x{job=shop}[5m]))", "[{target: 0.9, op: lt, value: 1}]"), &["promql shop"]);
    check(&threshold("sum(rate(x))", "[{target: 0.9, op: lt, value: 1}]"), &["promql x"]);
    check(&threshold("", "[{target: 0.9, op: lt, value: 1}]"), &["promql ''"]);
    let block = "      thresholdMetric:\n        metricSource:\n          spec:\n            query: |\n              sum(\n                rate(x)\n              )";
    let yaml = slo(block, &format!("{WINDOW}\n  objectives: [{{target: 0.9, op: lt, value: 1}}]"));
    let place = load_str("x", &yaml).diagnostics.remove(0).place;
    assert_eq!(
        (place.line, place.column, place.source_line.as_deref()),
        (14, 22, Some("                rate(x)"))
    );
    check(&threshold("x{a=~\"(\"}", "[{target: 0.9, op: lt, value: 1}]"), &["promql ("]);
}

#[test]
fn queries_that_would_make_promql_parser_panic_are_findings() {
    let deep = format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000));
    for query in
        ["sum(x[1e300])", "x offset 1e300", "x[5m:1e300]", "x @ 1e300", "x > 99999999999y", deep.as_str()]
    {
        let found = found(&threshold(query, "[{target: 0.9, op: lt, value: 1}]"));
        assert!(found.iter().any(|finding| finding.starts_with("promql ")), "{query:.60}: {found:?}");
    }
}
