//! Every metric that is exposed, with its type and the names of its labels.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::{PATIENCE, Platform, assert_golden, json};
use crate::servers::free_port;
use crate::servers::process::Process;
use crate::upgrade::{Golden, program, reopened, settle};

/// A line `name type {labels}` for each family; `le` is left out.
fn families(exposition: &str) -> String {
    let mut types = BTreeMap::new();
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in exposition.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            types.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with('#') {
            let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
            let known = ["", "_bucket", "_sum", "_count", "_total"]
                .into_iter()
                .find_map(|suffix| name.strip_suffix(suffix).filter(|name| types.contains_key(*name)));
            let family = known.unwrap_or_else(|| panic!("{name} has no type"));
            labels.entry(family.to_owned()).or_default().extend(label_names(rest));
        }
    }
    let line = |(name, kind): (String, String)| {
        let names: Vec<String> = labels.get(&name).into_iter().flatten().cloned().collect();
        format!("{name} {kind} {{{}}}\n", names.join(","))
    };
    types.into_iter().map(line).collect()
}

/// The names in `{name="value",…} 1`.
fn label_names(rest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = rest.strip_prefix('{').unwrap_or_default();
    while let Some((name, more)) = rest.split_once("=\"") {
        if name != "le" {
            names.push(name.to_owned());
        }
        let mut escaped = false;
        let end = more.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = more[end.unwrap() + 1..].trim_start_matches(',');
    }
    names
}

#[tokio::test]
async fn metrics_of_the_engine() {
    let known = Golden::Sqlite.expected()["known"].take();
    let (setup, _database) = Golden::Sqlite.open(&program()).await;
    let mut engine = reopened(&setup, &known).await;
    settle(&setup, &mut engine).await;
    // These have series only once events have been counted since the start.
    let counted = ["{slo=\"checkout\",objective=\"\",service=\"shop\",region=\"eu\"}", "{slo=\"freshness\""];
    let counted = counted.map(|labels| format!("\nslo_good_events_total{labels}"));
    engine.until("/metrics", |_, body| counted.iter().all(|series| body.contains(series))).await;
    assert_golden("metrics-serve.txt", &families(&engine.text("/metrics").await));
    engine.stop().await;
}

#[tokio::test]
async fn metrics_of_slo_up() {
    let (folder, engine, api) =
        (tempfile::tempdir().unwrap(), free_port().to_string(), free_port().to_string());
    let mut command = Command::new(program());
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    command.current_dir(folder.path()).args([
        "up",
        "--rules",
        rules,
        "--port",
        &engine,
        "--platform-port",
        &api,
    ]);
    let mut up = Process::start("slo-up", command, folder.path());
    let client = json::client();
    let text = async |port: &str| {
        let answer = client.get(format!("http://127.0.0.1:{port}/metrics")).send().await.ok()?;
        answer.text().await.ok()
    };
    // These have series only once there was traffic.
    let watched =
        ["slo_sli_ratio{slo=\"api-availability\"", "slo_good_events_total{slo=\"api-availability\""];
    let all_there =
        async || text(&engine).await.is_some_and(|text| watched.iter().all(|line| text.contains(line)));
    up.ready(PATIENCE, all_there).await;
    assert_golden("metrics-up.txt", &families(&text(&engine).await.unwrap()));
    up.signal("INT");
    assert_eq!(up.ended(PATIENCE).await.code(), Some(0), "{}", up.tail());
}

#[tokio::test]
async fn metrics_of_the_platform_api() {
    let platform = Platform::start().await;
    platform.text("/api/v1/companies").await;
    assert_golden("metrics-platform-api.txt", &families(&platform.text("/metrics").await));
}

#[test]
fn label_values_may_contain_quotes_and_commas() {
    let text = "# TYPE a counter\na_total{x=\"1,y=\\\"2\\\"\",z=\"\"} 1\n# TYPE h histogram\nh_bucket{le=\"1\",c=\"d\"} 1\n\
                h_sum{c=\"d\"} 1\n# TYPE g gauge\ng 1\n";
    assert_eq!(families(text), "a counter {x,z}\ng gauge {}\nh histogram {c}\n");
}
