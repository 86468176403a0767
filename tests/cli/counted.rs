//! `slo status` on what happens to counters and servers: labels that change, sources of their own, more groups than are
//! shown. Through a real Prometheus.

use std::fmt::Write as _;

use tempfile::TempDir;

use super::{Ran, rules, slo};
use crate::engine::world::{definition, query, rolling};
use crate::servers::prometheus::{Options, Prometheus};

/// 2026-09-01T00:00:00Z.
const BEGIN: i64 = 1_788_220_800;

/// OpenMetrics lines of a series with a value every 30 s from `from` to `to`, in seconds after [`BEGIN`].
fn series(name: &str, from: i64, to: i64, value: impl Fn(i64) -> f64) -> String {
    let mut lines = String::new();
    for second in (from..=to).step_by(30) {
        writeln!(lines, "{name} {} {}", value(second), BEGIN + second).unwrap();
    }
    lines
}

async fn server(families: &[(&str, &str, String)]) -> Prometheus {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.om");
    let family = |(name, kind, lines): &(&str, &str, String)| format!("# TYPE {name} {kind}\n{lines}");
    std::fs::write(&path, families.iter().map(family).collect::<String>() + "# EOF\n").unwrap();
    Prometheus::start(Options { openmetrics: vec![path], ..Options::default() }).await
}

fn ratio(name: &str, source: &str, annotations: &str) -> String {
    let query = |text: &str| query(text).replace("{type:", &format!("{{{source}type:"));
    let metric = format!(
        "ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
        query("sum by (tenant) (requests_total{code=\"500\"})"),
        query("sum by (tenant) (requests_total)")
    );
    definition(name, &metric, &rolling("1h"), "Occurrences", "- target: 0.9", annotations)
}

/// `slo status` of these definitions as JSON, so many seconds after [`BEGIN`].
async fn status(folder: &TempDir, after: i64, more: &[&str]) -> Ran {
    let at = (BEGIN + after).to_string();
    let arguments = ["status", "--rules", "slos.yaml", "--at", &at, "--format", "json"];
    slo(folder.path(), &[&arguments, more].concat()).await
}

#[tokio::test]
async fn a_target_whose_labels_change_keeps_its_counts_and_the_decisions_are_listed() {
    let labels = |code: &str, more: &str| {
        format!("requests_total{{job=\"shop\",instance=\"a\",code=\"{code}\"{more}}}")
    };
    let prod = ",env=\"prod\"";
    let ok = |second: i64| (2_000_000 + second) as f64;
    let requests = [
        series(&labels("200", ""), 0, 1800, ok),
        series(&labels("500", ""), 0, 1800, |_| 60_000.0),
        series(&labels("200", prod), 1840, 3400, ok),
        series(&labels("500", prod), 1840, 3400, |_| 60_000.0),
    ]
    .concat();
    let target = |metric: &str, more: &str| format!("{metric}{{job=\"shop\",instance=\"a\"{more}}}");
    let both = |metric: &str, value: f64| {
        series(&target(metric, ""), 0, 1800, move |_| value)
            + &series(&target(metric, prod), 1840, 3400, move |_| value)
    };
    let started = (BEGIN - 40 * 86_400) as f64;
    let server = server(&[
        ("requests", "counter", requests),
        ("up", "gauge", both("up", 1.0)),
        ("process_start_time_seconds", "gauge", both("process_start_time_seconds", started)),
    ])
    .await;
    let (folder, _) = rules(&ratio("shop", "", ""));
    let url = server.url();
    let answer = status(&folder, 3400, &["--prometheus", &url, "--explain", "shop"]).await.with(0).json();
    let shop = &answer["slos"][0];
    assert_eq!((shop["good"].as_f64(), shop["total"].as_f64()), (Some(3400.0), Some(3400.0)), "{answer}");
    assert_eq!((&shop["counting"], shop.get("warnings")), (&"exact".into(), None), "{answer}");
    let decisions: Vec<&str> =
        answer["decisions"].as_array().unwrap().iter().map(|one| one["decision"].as_str().unwrap()).collect();
    let of = |what: &str| decisions.iter().filter(|decision| decision.starts_with(what)).count();
    assert_eq!(
        (of("history (process_start"), of("continuation of requests_total{")),
        (2, 2),
        "{decisions:?}"
    );

    let wrong = ["status", "--rules", "slos.yaml", "--prometheus", &url, "--explain", "shoq"];
    let refused = slo(folder.path(), &wrong).await.with(2);
    assert!(refused.stderr.contains("there is no SLO shoq; did you mean shop?"), "{}", refused.stderr);
}

#[tokio::test]
async fn each_objective_is_read_from_its_own_source_and_one_that_is_down_touches_only_its_own() {
    let world = |bad: f64| {
        let line = |code: &str, rate: f64| {
            let name = format!("requests_total{{job=\"shop\",instance=\"a\",code=\"{code}\"}}");
            series(&name, 0, 3600, move |second| second as f64 * rate)
        };
        [("requests", "counter", line("200", 1.0) + &line("500", bad))]
    };
    let (eu, us) = (server(&world(0.0)).await, server(&world(1.0)).await);
    let source = |name: &str, details: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: {name}}}\nspec: {{type: Prometheus, connectionDetails: {details}}}\n---\n"
        )
    };
    let text = [
        source("us", &format!("{{url: '{}'}}", us.url())),
        source("down", "{url: 'http://127.0.0.1:1'}"),
        source("named", "{}"),
        ratio("eu", "", ""),
        "---\n".to_owned() + &ratio("us", "metricSourceRef: us, ", ""),
        "---\n".to_owned() + &ratio("down", "metricSourceRef: down, ", ""),
        "---\n".to_owned() + &ratio("named", "metricSourceRef: named, ", ""),
    ]
    .concat();
    let (folder, _) = rules(&text);
    let (url, named) = (eu.url(), format!("named={}", us.url()));
    let answer = status(&folder, 3600, &["--prometheus", &url, "--source", &named]).await.with(1).json();
    let states: Vec<(&str, &str)> = answer["slos"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slo| (slo["name"].as_str().unwrap(), slo["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("eu", "ok"), ("named", "exhausted"), ("us", "exhausted")], "{answer}");
    assert_eq!(answer["errors"][0]["name"], "down", "{answer}");
    assert_eq!((&answer["slos"][2]["source"], answer["slos"][0].get("source")), (&"us".into(), None));

    // Without --prometheus those that have an address of their own are read all the same.
    let answer = status(&folder, 3600, &[]).await.with(1).json();
    assert_eq!(answer["slos"][0]["name"], "us", "{answer}");
    let errors = answer["errors"].to_string();
    assert!(errors.contains("no server is named to read it from"), "{errors}");
    assert!(errors.contains("the data source named has no address"), "{errors}");
}

#[tokio::test]
async fn the_worst_groups_are_shown_and_a_spent_budget_among_the_others_decides_the_exit_status() {
    let line = |tenant: usize, code: &str, rate: f64| {
        let name =
            format!("requests_total{{job=\"shop\",instance=\"a\",tenant=\"{tenant:02}\",code=\"{code}\"}}");
        series(&name, 0, 3600, move |second| second as f64 * rate)
    };
    // All serve one request a second; the last fails all the time, the one before it one time in five.
    let all: String = (0..12).map(|tenant| line(tenant, "200", 1.0)).collect();
    let bad = line(10, "500", 0.25) + &line(11, "500", 9.0);
    let server = server(&[("requests", "counter", all + &bad)]).await;
    let (folder, _) = rules(&ratio("shop", "", "slo-engine/group-by: tenant"));
    let url = server.url();
    let of_groups = async |groups: &str| {
        status(&folder, 3600, &["--prometheus", &url, "--max-groups", groups]).await.with(1).json()
    };
    let shown = |answer: &serde_json::Value| -> Vec<String> {
        let slos = answer["slos"].as_array().unwrap();
        slos.iter().map(|slo| slo["group"]["tenant"].as_str().unwrap().to_owned()).collect()
    };
    let answer = of_groups("2").await;
    assert_eq!(shown(&answer), ["10", "11", "__other__"], "{answer}");
    let warnings = answer["slos"][2]["warnings"].to_string();
    assert!(warnings.contains("more than 2 groups"), "{warnings}");
    // Only one place: the other one that has spent its budget is told of.
    let answer = of_groups("1").await;
    assert_eq!(shown(&answer), ["11", "__other__"], "{answer}");
    let warnings = answer["slos"][1]["warnings"].to_string();
    assert!(warnings.contains("1 of them have spent their budget"), "{warnings}");
    assert_eq!(shown(&of_groups("100").await).len(), 12);
}
