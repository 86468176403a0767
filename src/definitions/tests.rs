//! Short cases: an objective, an indicator or a whole document, and what is found in it.

use super::*;
use slo_core::time::Span;
use slo_model::slo::{Budgeting, Indicator, NoData, Numerator, Window};

/// A whole SLO around an indicator (indented by four) and a tail of `spec`.
pub(super) fn slo(indicator: &str, tail: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: x\nspec:\n  service: s\n  indicator:\n    spec:\n{indicator}\n{tail}\n"
    )
}

pub(super) const RATIO: &str = "      ratioMetric: {counter: true, good: {metricSource: {spec: {query: 'sum(good_total)'}}}, total: {metricSource: {spec: {query: 'sum(all_total)'}}}}";
pub(super) const WINDOW: &str =
    "  timeWindow: [{duration: 30d, isRolling: true}]\n  budgetingMethod: Occurrences";

pub(super) fn ratio(objectives: &str) -> String {
    slo(RATIO, &format!("{WINDOW}\n  objectives: {objectives}"))
}

pub(super) fn threshold(query: &str, objectives: &str) -> String {
    let indicator = format!("      thresholdMetric: {{metricSource: {{spec: {{query: '{query}'}}}}}}");
    slo(&indicator, &format!("{WINDOW}\n  objectives: {objectives}"))
}

/// The codes that are found, with `line:column` and the text that the caret stands below.
pub(super) fn found(yaml: &str) -> Vec<String> {
    let loaded = load_str("x.yaml", yaml);
    loaded
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = &diagnostic.place;
            let line = place.source_line.clone().unwrap_or_default();
            let under: String = line
                .chars()
                .skip(place.column - 1 - place.cropped)
                .take(place.end_column - place.column)
                .collect();
            let letter = if diagnostic.severity == Severity::Error { "" } else { "~" };
            format!("{letter}{} {under}", diagnostic.code)
        })
        .collect()
}

/// What is found in `yaml` is exactly `want`: `code text-under-the-caret`, with `~` before warnings.
pub(super) fn check(yaml: &str, want: &[&str]) {
    assert_eq!(
        found(yaml),
        want,
        "\n{yaml}\n{}",
        load_str("x", yaml).diagnostics.iter().map(render).collect::<String>()
    );
}

pub(super) fn only(yaml: &str) -> slo_model::slo::Slo {
    check(yaml, &[]);
    let mut loaded = load_str("x.yaml", yaml);
    assert_eq!(loaded.slos.len(), 1);
    loaded.slos.remove(0)
}

#[test]
fn a_plain_ratio() {
    let slo = only(&ratio("[{target: 0.999}]"));
    assert_eq!(slo.key.to_string(), "x");
    assert!((slo.target.ratio() - 0.999).abs() < f64::EPSILON);
    assert_eq!(slo.budgeting, Budgeting::Occurrences);
    assert!(matches!(slo.window, Window::Rolling(length) if length.span() == Span::days(30)));
    let Indicator::Ratio { numerator: Numerator::Good(good), total, counter: true } = &slo.indicator else {
        panic!("{slo:?}")
    };
    assert_eq!((good.text(), total.text()), ("sum(good_total)", "sum(all_total)"));
}

#[test]
fn targets() {
    let percent = only(&ratio("[{targetPercent: 99.9}]"));
    assert_eq!(percent.target.ratio().to_string(), "0.999");
    check(&ratio("[{target: 99.9}]"), &["target-percentage 99.9"]);
    check(&ratio("[{target: 1}]"), &["target-range 1"]);
    check(&ratio("[{target: 0}]"), &[]);
    check(&ratio("[{targetPercent: 0}]"), &[]);
    check(&ratio("[{target: -0.5}]"), &["target-range -0.5"]);
    check(&ratio("[{target: 100}]"), &["target-range 100"]);
    check(&ratio("[{target: .nan}]"), &["wrong-type .nan"]);
    check(&ratio("[{target: '0.99'}]"), &["wrong-type '0.99'"]);
    check(&ratio("[{target: 99.9%}]"), &["wrong-type 99.9%"]);
    check(&ratio("[{target: [0.9]}]"), &["wrong-type target"]);
    check(&ratio("[{targetPercent: 100}]"), &["target-range 100"]);
    check(&ratio("[{targetPercent: 0.999}]"), &["~target-percentage 0.999"]);
    check(&ratio("[{target: 0.9, targetPercent: 90}]"), &["two-targets 90"]);
    check(&ratio("[{displayName: a}]"), &["missing-field displayName"]);
    check(&ratio("[{target:}]"), &["missing-field target"]);
    check(&ratio("[]"), &["missing-field objectives"]);
    check(&ratio("{target: 0.9}"), &["wrong-type objectives"]);
}

#[test]
fn keys() {
    check(&ratio("[{tagret: 0.9}]"), &["unknown-key tagret"]);
    check(&ratio("[{target: 0.9, target: 0.99}]"), &["duplicate-key target"]);
    check(&ratio("[{target: 0.9}]").replace("service", "servcie"), &["unknown-key servcie"]);
    check(&ratio("[{target: 0.9}]").replace("  service: s\n", "  service:\n"), &["missing-field service"]);
    check(&ratio("[{target: 0.9}]").replace("Occurrences", "occurences"), &["unknown-value occurences"]);
    check(
        &ratio("[{target: 0.9}]").replace("name: x", "name: x\n  namespace: y"),
        &["unknown-key namespace"],
    );
    check(&ratio("[{target: 0.9}]").replace("metadata:\n  name: x\n", ""), &["missing-field apiVersion"]);
}

#[test]
fn names() {
    let named = |name: &str| ratio("[{target: 0.9}]").replace("name: x", &format!("name: {name}"));
    check(&named("web-1.eu"), &[]);
    check(&named("Web_1"), &["~bad-name Web_1"]);
    check(&named("'my slo'"), &["bad-name 'my slo'"]);
    check(&named("\"\""), &["bad-name \"\""]);
    check(&named("a/b"), &["bad-name a/b"]);
    check(&named("[a]"), &["wrong-type name"]);
    check(&named(&"a".repeat(256)), &[&format!("bad-name {}", "a".repeat(256))]);
}

#[test]
fn windows() {
    let window =
        |window: &str| ratio("[{target: 0.9}]").replace("[{duration: 30d, isRolling: true}]", window);
    for good in [
        "[{duration: 4w, isRolling: true}]",
        "[{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}]",
        "[{duration: 1Q, calendar: {startTime: \"2026-01-01T12:30:00\", timeZone: UTC}, isRolling: false}]",
    ] {
        check(&window(good), &[]);
    }
    check(&window(""), &["~no-window spec"]);
    check(&window("{duration: 30d}"), &["wrong-type timeWindow"]);
    check(&window("[]"), &["missing-field timeWindow"]);
    check(&window("[{duration: 30d}, {duration: 7d}]"), &["many-windows duration"]);
    check(&window("[{duration: 30, isRolling: true}]"), &["bad-duration 30"]);
    check(&window("[{duration: 30 d, isRolling: true}]"), &["bad-duration 30 d"]);
    check(&window("[{duration: 0d, isRolling: true}]"), &["bad-duration 0d"]);
    check(&window("[{duration: 99Y, isRolling: true}]"), &["bad-duration 99Y"]);
    check(&window("[{duration: 30d, isRolling: false}]"), &["window-kind false"]);
    check(&window("[{duration: 30d, isRolling: yes}]"), &["wrong-type yes"]);
    let calendar = |start: &str, zone: &str| {
        window(&format!("[{{duration: 1M, calendar: {{startTime: {start}, timeZone: {zone}}}}}]"))
    };
    check(&calendar("2026-02-30 00:00:00", "UTC"), &["bad-date 2026-02-30 00:00:00"]);
    check(&calendar("'2026-01-01T00:00:00Z'", "UTC"), &["bad-date '2026-01-01T00:00:00Z'"]);
    check(&calendar("2026-01-01 00:00:00", "Europe/Berln"), &["bad-time-zone Europe/Berln"]);
    check(&window("[{duration: 1M, calendar: {timeZone: UTC}}]"), &["missing-field calendar"]);
    check(
        &window(
            "[{duration: 1M, isRolling: true, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]",
        ),
        &["window-kind true"],
    );
}

#[test]
fn time_slices() {
    let slices = |method: &str, window: &str, objective: &str| {
        ratio(&format!("[{{target: 0.99, {objective}}}]"))
            .replace("Occurrences", method)
            .replace("[{duration: 30d, isRolling: true}]", window)
    };
    let rolling = "[{duration: 1d, isRolling: true}]";
    let slo = only(&slices("Timeslices", rolling, "timeSliceTarget: 0.95, timeSliceWindow: 5"));
    assert_eq!(slo.budgeting, Budgeting::Timeslices { target: 0.95, slice: Span::minutes(5) });
    let slo = only(&slices("RatioTimeslices", rolling, "timeSliceWindow: 1h"));
    assert_eq!(slo.budgeting, Budgeting::RatioTimeslices { slice: Span::hours(1) });
    only(&slices("Timeslices", rolling, "timeSliceTarget: 1, timeSliceWindow: 0.5"));
    let month = "[{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]";
    only(&slices("RatioTimeslices", month, "timeSliceWindow: 1d"));
    for (method, window, objective, want) in [
        ("Timeslices", rolling, "timeSliceWindow: 1m", "missing-field target"),
        ("Timeslices", rolling, "timeSliceTarget: 0.9", "missing-field target"),
        ("Timeslices", rolling, "timeSliceTarget: 95, timeSliceWindow: 1m", "target-range 95"),
        ("Timeslices", rolling, "timeSliceTarget: 0, timeSliceWindow: 1m", "target-range 0"),
        ("RatioTimeslices", rolling, "timeSliceWindow: 7m", "slice-window 7m"),
        ("RatioTimeslices", rolling, "timeSliceWindow: 2d", "slice-window 2d"),
        ("RatioTimeslices", month, "timeSliceWindow: 1w", "slice-window 1w"),
        ("RatioTimeslices", rolling, "timeSliceWindow: 0.25", "slice-length 0.25"),
        ("RatioTimeslices", rolling, "timeSliceWindow: 1M", "bad-duration 1M"),
        ("RatioTimeslices", rolling, "timeSliceWindow: 60s", "bad-duration 60s"),
        ("Occurrences", rolling, "timeSliceWindow: 1m", "~unused-key 1m"),
        ("RatioTimeslices", rolling, "timeSliceTarget: 0.9, timeSliceWindow: 1m", "~unused-key 0.9"),
    ] {
        check(&slices(method, window, objective), &[want]);
    }
}

#[test]
fn several_objectives_are_several_budgets() {
    let loaded = load_str("x", &ratio("[{target: 0.9, displayName: All of Them}, {target: 0.99}]"));
    let keys: Vec<String> = loaded.slos.iter().map(|slo| slo.key.to_string()).collect();
    assert_eq!(keys, ["x/all-of-them", "x/2"]);
    check(&ratio("[{target: 0.9, displayName: A}, {target: 0.99, displayName: a}]"), &["duplicate-name a"]);
    check(&ratio("[&o {target: 0.9, displayName: A}, *o]"), &["duplicate-name A"]);
}

#[test]
fn composites() {
    let part = |name: &str, rest: &str| {
        format!(
            "\n  - displayName: {name}\n    indicator:\n      metadata: {{name: {name}}}\n      spec:\n  {RATIO}\n    {rest}"
        )
    };
    let whole = |objectives: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: x\nspec:\n  service: s\n{WINDOW}\n  objectives:{objectives}\n"
        )
    };
    let yaml = whole(&(part("a", "target: 0.9") + &part("b", "target: 0.99\n    compositeWeight: 2")));
    check(&yaml, &[]);
    let loaded = load_str("x", &yaml);
    let keys: Vec<String> = loaded.slos.iter().map(|slo| slo.key.to_string()).collect();
    assert_eq!(keys, ["x", "x/a", "x/b"]);
    let Indicator::Composite { parts } = &loaded.slos[0].indicator else { panic!() };
    assert_eq!(
        parts.iter().map(|(key, weight)| format!("{key} {weight}")).collect::<Vec<_>>(),
        ["x/a 1", "x/b 2"]
    );
    assert!((loaded.slos[0].target.ratio() - 0.99).abs() < 1e-12);
    check(&whole(&part("a", "target: 0.9\n    compositeWeight: 0")), &["weight 0"]);
    check(&whole(&(part("a", "target: 0.9") + "\n  - target: 0.9")), &["missing-field target"]);
    check(&whole("\n  - target: 0.9"), &["missing-field spec"]);
    check(&ratio("[{target: 0.9, compositeWeight: 2}]"), &["~unused-key 2"]);
    check(&ratio("[{target: 0.9, indicatorRef: y}]"), &["two-indicators indicator", "unknown-reference y"]);
}

#[test]
fn annotations() {
    let with = |annotations: &str, query: &str| {
        threshold(query, "[{target: 0.9, op: lt, value: 1}]")
            .replace("  name: x", &format!("  name: x\n  annotations: {{{annotations}}}"))
    };
    let slo = only(&with(
        "slo-engine/group-by: 'route, method', slo-engine/no-data: bad, slo-engine/minimum-events: 100, slo-engine/owner: team-a, slo-engine/runbook: https://x/y, slo-engine/dashboard: /d/1, slo-engine/tier: critical, other.com/x: 1",
        "sum by (route, method) (x)",
    ));
    assert_eq!(slo.group_by, ["route", "method"]);
    assert_eq!((slo.no_data, slo.minimum_events), (NoData::Bad, 100.0));
    assert_eq!(slo.about.owner.as_deref(), Some("team-a"));
    assert_eq!(slo.about.tier.as_deref(), Some("critical"));
    check(&with("slo-engine/ownr: x", "x"), &["annotation slo-engine/ownr"]);
    check(&with("slo-engine/owner: ''", "x"), &["annotation slo-engine/owner"]);
    check(&with("slo-engine/no-data: maybe", "x"), &["annotation maybe"]);
    check(&with("slo-engine/minimum-events: -1", "x"), &["annotation -1"]);
    check(&with("slo-engine/group-by: 'a b'", "x"), &["group-by 'a b'"]);
    check(&with("slo-engine/group-by: 'a,a'", "x"), &["group-by 'a,a'"]);
    check(&with("slo-engine/group-by: le", "x"), &["group-by le"]);
    check(&with("slo-engine/group-by: route", "sum by (code) (x)"), &["group-by route"]);
    check(&with("slo-engine/group-by: route", "sum(rate(x[5m]))"), &["group-by route"]);
    check(&with("slo-engine/group-by: route", "time() - max(x)"), &["group-by route"]);
    check(
        &with("slo-engine/group-by: 'http.route, größe'", "sum by (\"http.route\", \"größe\") (rate(x[5m]))"),
        &[],
    );
}

#[test]
fn labels_and_descriptions() {
    let with = |meta: &str| ratio("[{target: 0.9}]").replace("  name: x", &format!("  name: x\n  {meta}"));
    let slo = only(&with("labels: {team: [a, b], env: prod, empty: }"));
    assert_eq!(slo.about.labels.get("team").map(String::as_str), Some("a,b"));
    assert_eq!(slo.about.labels.get("env").map(String::as_str), Some("prod"));
    check(&with("labels: {-a: b}"), &["~bad-label -a"]);
    check(&with("labels: [a]"), &["wrong-type labels"]);
    check(&with("labels: {a: {b: c}}"), &["wrong-type a"]);
    let long = ratio("[{target: 0.9}]")
        .replace("  service: s", &format!("  service: s\n  description: {}", "é".repeat(1051)));
    assert!(found(&long)[0].starts_with("~long-description"));
    check(&long.replacen('é', "", 1), &[]);
}

#[test]
fn versions_and_kinds() {
    let version =
        |version: &str| format!("apiVersion: {version}\nkind: SLO\nmetadata: {{name: x}}\nspec: {{}}\n");
    for (bad, words) in [
        ("openslo/v1alpha", "older version"),
        ("openslo.com/v2alpha", "draft"),
        ("openslo/v2alpha1", "draft"),
        ("openslo.com/v1", "version of OpenSLO that is not read"),
        ("sloth.slok.dev/v1", "Sloth"),
        ("pyrra.dev/v1alpha1", "Pyrra"),
        ("openslo/v1.0", "not an apiVersion"),
        ("v1", "not an apiVersion"),
    ] {
        check(&version(bad), &[&format!("api-version {bad}")]);
        let told = load_str("x", &version(bad)).diagnostics.remove(0);
        assert!(told.message.contains(words), "{bad}");
        let is_openslo = bad.starts_with("openslo.com") || bad.contains("alpha") && !bad.contains("pyrra");
        assert_eq!(told.help.is_some_and(|help| help.contains("`timeWindows` becomes")), is_openslo, "{bad}");
    }
    check("version: prometheus/v1\nservice: a\n", &["api-version version"]);
    check("kind: SLO\n", &["missing-field kind"]);
    check("apiVersion: openslo/v1\nkind: SLOs\nmetadata: {name: x}\nspec: {}\n", &["unknown-kind SLOs"]);
    check("apiVersion: openslo/v1\nmetadata: {name: x}\nspec: {}\n", &["missing-field apiVersion"]);
    check("just text\n", &["not-openslo just text"]);
    check("- 1\n- 2\n", &["not-openslo 1", "not-openslo 2"]);
    check("", &["empty-file "]);
    check("# nothing\n---\n---\n", &["empty-file #"]);
    check("groups:\n- name: x\n  rules: []\n", &[]);
}

#[test]
fn references() {
    let sli = "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: my-sli}\nspec: {thresholdMetric: {metricSource: {metricSourceRef: prom, spec: {query: x}}}}\n";
    let source = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: prom}\nspec: {type: Prometheus, connectionDetails: {url: 'http://127.0.0.1:9090'}}\n";
    let slo = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: x}}\nspec:\n  service: s\n  indicatorRef: my-sli\n{WINDOW}\n  objectives: [{{target: 0.9, op: lt, value: 1}}]\n"
    );
    let built = only(&format!("{slo}{sli}{source}"));
    assert_eq!(built.source.as_deref(), Some("prom"));
    check(&slo, &["unknown-reference my-sli"]);
    // The command line may name it; one that is nearly defined is not meant so.
    check(&format!("{slo}{sli}"), &["~unknown-source prom"]);
    assert_eq!(load_str("x", &format!("{slo}{sli}")).slos[0].source.as_deref(), Some("prom"));
    check(&format!("{slo}{sli}{}", source.replace("name: prom", "name: prom1")), &["~unknown-source prom"]);
    check(&format!("{slo}{sli}{sli}{source}"), &["duplicate-name my-sli"]);
    check(&format!("{slo}---\n{slo}{sli}{source}"), &["duplicate-name x"]);
    check(
        &slo.replace("indicatorRef: my-sli", "service: s"),
        &["missing-field spec", "duplicate-key service"],
    );
    let service = "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: z, annotations: {slo-engine/owner: me}}\n";
    check(&format!("{slo}{sli}{source}{service}"), &["~unknown-service s"]);
    let inherited = only(&format!("{slo}{sli}{source}{service}").replace("service: s", "service: z"));
    assert_eq!(inherited.about.owner.as_deref(), Some("me"));
    // A source of another vendor is no mistake, to read from it is one.
    check(&source.replace("Prometheus", "Datadog"), &[]);
    check(&format!("{slo}{sli}{}", source.replace("Prometheus", "Datadog")), &["source-type prom"]);
    check(&source.replace("Prometheus", "Prometeus"), &["~source-type Prometeus"]);
    check(&sli.replace("query: x", "query: 'x{'"), &["~unknown-source prom", "promql {"]);
}

pub(super) const CONDITION: &str = "kind: AlertCondition\nmetadata: {name: fast}\nspec: {severity: page, condition: {kind: burnrate, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}}\n";

#[test]
fn connection_details_are_kept_but_not_printed() {
    let yaml = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: prom}\nspec:\n  type: thanos\n  connectionDetails: {url: 'http://x', password: hunter2, port: 9090, on: true, l: [1, ~, 1.5]}\n";
    let loaded = load_str("x", yaml);
    assert!(loaded.diagnostics.is_empty());
    let source = &loaded.data_sources[0];
    assert_eq!(source.connection.url(), Some("http://x"));
    assert_eq!(source.connection.get("l").unwrap().to_string(), "[1,null,1.5]");
    assert!(!format!("{source:?}").contains("hunter2"));
    // "Everything that is valid YAML can be put here."
    let with = |details: &str| {
        let head = yaml.split("  connectionDetails").next().unwrap();
        let loaded = load_str("x", &format!("{head}  connectionDetails: {details}\n"));
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        loaded.data_sources.into_iter().next().unwrap().connection
    };
    assert_eq!(with("[{url: 'http://x'}, {port: 1}, text]").url(), Some("http://x"));
    assert_eq!(with("text").url(), None);
}

#[test]
fn very_many_findings_are_counted() {
    let objectives = vec!["{target: 5}"; 500].join(", ");
    let loaded = load_str("x", &ratio(&format!("[{objectives}]")));
    assert_eq!(loaded.diagnostics.len(), 101);
    assert!(loaded.diagnostics[100].message.starts_with("400 more"));
}
