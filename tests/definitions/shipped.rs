//! The definitions that are shipped, and those of the traces.

use std::path::{Path, PathBuf};

use slo::cli::validate::{ValidateFormat, run};
use slo_definitions::{Loaded, load, render};
use slo_model::slo::{Budgeting, Indicator, Slo, Window};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn clean(path: &str) -> Loaded {
    let loaded = load(&[at(path)]);
    let told: String = loaded.diagnostics.iter().map(render).collect();
    assert!(loaded.diagnostics.is_empty(), "{told}");
    loaded
}

#[test]
fn the_platforms_own_objectives_are_what_the_requirements_say() {
    let loaded = clean("rules/slos");
    let line = |slo: &Slo| {
        let length = match slo.window {
            Window::Rolling(length) => length.to_string(),
            Window::Calendar(calendar) => calendar.to_string(),
        };
        let kind = match &slo.indicator {
            Indicator::Ratio { .. } => "ratio".to_owned(),
            Indicator::ClassicHistogram { threshold, comparison, .. } => {
                format!("bucket {} {threshold}", comparison.symbol())
            }
            Indicator::Threshold { threshold, comparison, .. } => {
                format!("value {} {threshold}", comparison.symbol())
            }
            other => format!("{other:?}"),
        };
        let slices = match slo.budgeting {
            Budgeting::Timeslices { target, slice } => format!(" slices {}s {target}", slice.as_seconds()),
            Budgeting::Occurrences | Budgeting::RatioTimeslices { .. } => String::new(),
        };
        format!("{} {} {length} {kind}{slices}", slo.key, slo.target.ratio())
    };
    let mut lines: Vec<String> = loaded.slos.iter().map(line).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "api-availability 0.999 30d ratio",
            "api-availability-minutes 0.999 30d ratio slices 60s 0.95",
            "api-errors 0.99 1d ratio",
            "api-errors-client 0.95 1d ratio",
            "api-errors-critical 0.999 1d ratio",
            "api-latency/p50 0.5 7d bucket <= 0.2",
            "api-latency/p95 0.95 7d bucket <= 0.5",
            "api-latency/p99 0.99 7d bucket <= 1",
            "data-freshness 0.99 1d value < 3600 slices 60s 1",
            "data-freshness-financial 0.99 1d value < 900 slices 60s 1",
            "data-freshness-news 0.99 1d value < 300 slices 60s 1",
            "data-freshness-sec 0.99 1d value < 1800 slices 60s 1",
        ]
    );
    for slo in &loaded.slos {
        let about = &slo.about;
        for said in [&about.owner, &about.runbook, &about.dashboard, &about.tier] {
            assert!(said.is_some(), "{}: {about:?}", slo.key);
        }
    }
}

#[test]
fn ratios_of_the_platform_are_counted_from_raw_samples() {
    use slo_model::promql::SliQuery;
    for slo in clean("rules/slos").slos {
        if let Indicator::Ratio { numerator, total, counter } = &slo.indicator {
            assert!(counter);
            let (SliQuery::Counter(part), SliQuery::Counter(whole)) = (numerator.query(), total) else {
                panic!("{} is only estimated", slo.key)
            };
            assert!(
                part.selector.is_within(&whole.selector),
                "{}: {} of {}",
                slo.key,
                part.selector,
                whole.selector
            );
        }
    }
}

#[test]
fn health_checks_and_unknown_routes_do_not_count() {
    use slo_core::labels::Labels;
    use slo_model::promql::SliQuery;
    let loaded = clean("rules/slos");
    let Some(Indicator::Ratio { total: SliQuery::Counter(total), .. }) =
        loaded.slos.iter().find(|slo| slo.key.name == "api-availability").map(|slo| slo.indicator.clone())
    else {
        panic!()
    };
    let counts = |route: &str| {
        total.selector.matches(&Labels::from_iter([
            ("__name__", "http_server_request_duration_seconds_count"),
            ("job", "platform-api"),
            ("http_route", route),
        ]))
    };
    for route in ["/", "/api/v1/companies", "/api/v1/companies/{id}", "/healthcare", "/metrics-of-companies"]
    {
        assert!(counts(route), "{route}");
    }
    for route in ["", "unmatched", "/health", "/health/live", "/healthz", "/metrics", "/-/ready"] {
        assert!(!counts(route), "{route}");
    }
}

#[test]
fn the_traces_definitions_load() {
    for (name, target) in [("birth", 0.99), ("diurnal", 0.999), ("quiet", 0.999)] {
        let loaded = clean(&format!("tests/golden/spec/{name}.slo.yaml"));
        let [slo] = loaded.slos.as_slice() else { panic!("{name}") };
        assert_eq!(slo.key.to_string(), name);
        assert!((slo.target.ratio() - target).abs() < f64::EPSILON);
        assert!(matches!(slo.indicator, Indicator::Ratio { counter: true, .. }));
    }
}

#[test]
fn the_summary_counts() {
    let (text, status) = run(&[at("rules/slos")], ValidateFormat::Text);
    assert_eq!((text.as_str(), status), ("5 files, 12 objectives, 0 errors, 0 warnings\n", 0));
    assert_eq!(run(&[at("rules/slos")], ValidateFormat::Json), ("[]\n".to_owned(), 0));
}
