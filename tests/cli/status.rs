//! `slo status`: the table, the JSON, moments, and what its exit status says.

use serde_json::{Value, json};

use super::{rules, slo};
use crate::engine::world::{self, BEGIN, END, of_requests, rolling};

fn births(target: &str) -> String {
    of_requests("births", "job=\"births\"", &rolling("1d"), "")
        .replace("target: 0.9", &format!("target: {target}"))
}

#[tokio::test]
async fn json_is_as_the_design_has_it() {
    let server = world::shared().await;
    let (folder, _) = rules(&births("0.9999"));
    let at = "2026-03-08T18:00:00Z";
    let arguments =
        ["status", "--rules", "slos.yaml", "--prometheus", &server.url(), "--format", "json", "--at", at];
    let ran = slo(folder.path(), &arguments).await.with(0);
    assert_eq!(ran.stderr, "");
    let answer = ran.json();
    let text: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    let order = |key: &str| text.iter().position(|line| line.starts_with(&format!("\"{key}\""))).unwrap();
    assert!(["5m", "30m", "1h", "2h", "6h", "1d"].map(order).is_sorted(), "{text:?}");
    let (good, total) = (86_370.0, 86_377.0);
    let (allowed, spent) = (0.0001 * total, 7.0);
    let close =
        |value: &Value, want: f64| (value.as_f64().unwrap() - want).abs() < 1e-9 * want.abs().max(1.0);
    let slo = &answer["slos"][0];
    assert!(close(&slo["sli"], good / total) && close(&slo["budget"]["allowed"], allowed), "{slo}");
    assert!(close(&slo["budget"]["remaining_ratio"], 1.0 - spent / allowed), "{slo}");
    let mut rest = answer.clone();
    for key in ["sli", "coverage", "exhausts_at"] {
        rest["slos"][0].as_object_mut().unwrap().remove(key);
    }
    rest["slos"][0]["budget"] = Value::Null;
    rest["slos"][0]["burn_rates"]["1d"] = Value::Null;
    let want = json!({"at": at, "slos": [{
        "name": "births", "service": "shop", "group": {}, "target": 0.9999,
        "window": {"duration": "1d", "rolling": true, "start": "2026-03-07T18:00:00Z", "end": at},
        "budgeting": "Occurrences", "good": good, "total": total, "budget": null,
        "burn_rates": {"5m": 0.0, "30m": 0.0, "1h": 0.0, "2h": 0.0, "6h": 0.0, "1d": null},
        "counting": "exact", "state": "ok"}]});
    assert_eq!(rest, want);
    assert_eq!(slo["exhausts_at"], Value::Null);

    // The same moment as a number.
    let mut again = arguments;
    let unix = END.to_string();
    again[8] = &unix;
    assert_eq!(super::slo(folder.path(), &again).await.with(0).json(), answer);
}

#[tokio::test]
async fn the_table_is_plain_when_it_is_piped() {
    let server = world::shared().await;
    let text = births("0.9999") + &of_requests("idle", "job=\"idle\"", &rolling("6h"), "");
    let (folder, _) = rules(&text);
    let at = END.to_string();
    let ran =
        slo(folder.path(), &["status", "--rules", ".", "--prometheus", &server.url(), "--at", &at]).await;
    let ran = ran.with(0);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..3], ["SLO", "STATE", "LEFT"]);
    assert_eq!(lines[1][..4], ["births", "ok", "18.9%", "99.9918%"]);
    assert_eq!(lines[2][..4], ["idle", "no_traffic", "-", "-"]);
    // Scraped, but what the SLO asks for is not there.
    assert!(ran.stdout.lines().nth(3).unwrap().contains("no query finds a series"), "{}", ran.stdout);
    assert_eq!(lines.len(), 4);
}

#[tokio::test]
async fn the_exit_status_is_the_answer() {
    let server = world::shared().await;
    let at = END.to_string();
    let nobody = of_requests("nobody", "job=\"nobody\"", &rolling("1d"), "");
    for (text, status) in [
        (births("0.9"), 0),
        (births("0.99999"), 1),
        (nobody.clone(), 2),
        // What is known weighs more than what is not.
        (births("0.9") + &nobody, 0),
        (births("0.99999") + &nobody, 1),
    ] {
        let (folder, _) = rules(&text);
        let arguments = ["status", "--rules", "slos.yaml", "--prometheus", &server.url(), "--at", &at];
        let ran = slo(folder.path(), &arguments).await.with(status);
        assert_eq!(ran.stderr.contains("no data for 1"), text.contains("nobody"), "{}", ran.stderr);
        let strict = slo(folder.path(), &[&arguments[..], &["--strict"]].concat()).await;
        strict.with(if status == 0 && text.contains("nobody") { 2 } else { status });
    }
    // A question that the server refuses was not answered; a budget that is known to be spent is bad all the same.
    let raw = world::query("requests_total / on() requests_total");
    let metric = format!("ratioMetric:\n        rawType: success\n        raw: {raw}");
    let refused = world::definition("refused", &metric, &rolling("1d"), "Occurrences", "- target: 0.9", "");
    for (text, status) in [(births("0.9") + &refused, 2), (births("0.99999") + &refused, 1)] {
        let (folder, _) = rules(&text);
        let arguments = ["status", "--rules", "slos.yaml", "--prometheus", &server.url(), "--at", &at];
        let ran = slo(folder.path(), &arguments).await.with(status);
        assert!(ran.stdout.contains("births") && ran.stderr.contains("refused"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn moments_that_are_none() {
    let (folder, _) = rules(&births("0.9"));
    for (at, said) in [
        ("yesterday", "is not a valid time; write 2026-09-04T00:00:00Z"),
        ("2026-09-04", "is not a valid time"),
        ("1788480000000", "milliseconds"),
        ("9999-12-31T23:59:59Z", "after the year 3000"),
        ("1969-01-01T00:00:00Z", "before 1970"),
        ("NaN", "write 2026-09-04T00:00:00Z"),
    ] {
        let arguments = ["status", "--rules", "slos.yaml", "--prometheus", "http://127.0.0.1:1", "--at", at];
        let ran = slo(folder.path(), &arguments).await.with(2);
        assert!(ran.stderr.contains(said), "{at}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    // Long before there was any data is a moment like any other, and so is one that has not come.
    let server = world::shared().await;
    for (at, warned) in [(BEGIN - 86_400, false), (32_000_000_000, true)] {
        let at = at.to_string();
        let arguments = ["status", "--rules", "slos.yaml", "--prometheus", &server.url(), "--at", &at];
        let ran = slo(folder.path(), &arguments).await.with(2);
        assert!(ran.stdout.contains("no_data"), "{}", ran.stdout);
        assert_eq!(ran.stderr.contains("ahead of now"), warned, "{}", ran.stderr);
    }
}

#[tokio::test]
async fn from_a_ledger_and_from_nowhere() {
    let (folder, _) = rules(&births("0.9"));
    let ran = slo(folder.path(), &["status", "--rules", "slos.yaml"]).await.with(2);
    assert!(
        ran.stderr.contains("--prometheus URL") && ran.stderr.contains("--database URL"),
        "{}",
        ran.stderr
    );
    let ran = slo(folder.path(), &["status", "--rules", "slos.yaml", "--database", "sqlite://none.db"])
        .await
        .with(2);
    assert!(ran.stderr.contains("no such file"), "{}", ran.stderr);
    assert!(!folder.path().join("none.db").exists(), "a status makes no database");

    // A ledger with another step than ours.
    let url = format!("sqlite://{}", folder.path().join("slo.db").display());
    let ledger = crate::stores::ledger(&url, 60).await.unwrap();
    let slos = world::slos(&births("0.9"));
    let source = world::source(world::shared().await);
    let mut engine = crate::engine::engine(&slos, source, ledger.clone()).await;
    crate::engine::round(&mut engine, END).await;
    let at = END.to_string();
    let arguments = ["status", "--rules", "slos.yaml", "--format", "json", "--at", &at];
    // While the engine runs; after it stopped; and when nobody may write any more.
    let live = slo(folder.path(), &arguments).await.with(0).json();
    assert_eq!(live["slos"][0]["total"], 86_377.0);
    ledger.store().close().await;
    assert_eq!(slo(folder.path(), &arguments).await.with(0).json(), live);
    let late = slo(folder.path(), &["status", "--rules", "slos.yaml", "--format", "json"]).await;
    assert_eq!(late.with(2).json()["slos"][0]["state"], "no_data");
}

#[tokio::test]
async fn a_ledger_in_a_folder_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let (folder, _) = rules(&births("0.9"));
    let url = format!("sqlite://{}", folder.path().join("slo.db").display());
    let ledger = crate::stores::ledger(&url, 30).await.unwrap();
    let slos = world::slos(&births("0.9"));
    let mut engine = crate::engine::engine(&slos, world::source(world::shared().await), ledger.clone()).await;
    crate::engine::round(&mut engine, END).await;
    ledger.store().close().await;
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        mode(&entry.unwrap().path(), 0o444);
    }
    mode(folder.path(), 0o555);
    // Permissions do not hold for root, who lets somebody else ask; that one must be able to run the program.
    let program = tempfile::tempdir().unwrap();
    let copy = program.path().join("slo");
    std::fs::copy(env!("CARGO_BIN_EXE_slo"), &copy).unwrap();
    mode(program.path(), 0o755);
    mode(&copy, 0o755);
    let mut command = std::process::Command::new(&copy);
    command.current_dir(folder.path()).args(["status", "--rules", "slos.yaml", "--at", &END.to_string()]);
    if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0 {
        command.uid(65_534).gid(65_534);
    }
    let output = crate::servers::deadline::output(command).await;
    mode(folder.path(), 0o755);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("births"), "{told}");
}

/// Runs `slo status` in a terminal of 80 columns and gives what it shows.
async fn in_a_terminal(folder: &std::path::Path, environment: &str) -> String {
    let server = world::shared().await.url();
    let program = env!("CARGO_BIN_EXE_slo");
    let asked = format!("{program} status --rules slos.yaml --prometheus {server} --at {END}");
    let mut command = std::process::Command::new("script");
    let typed = format!("stty cols 80 rows 24; {environment} {asked}");
    command.current_dir(folder).env_remove("NO_COLOR").args(["-qec", &typed, "/dev/null"]);
    let output = crate::servers::deadline::output(command).await;
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn colours_and_a_bar_are_for_terminals_and_fit_into_them() {
    let (folder, _) = rules(&births("0.9999"));
    let shown = in_a_terminal(folder.path(), "").await;
    assert!(shown.contains("\x1b[32mok\x1b[0m") && shown.contains("█░"), "{shown}");
    let plain = in_a_terminal(folder.path(), "NO_COLOR=1").await;
    assert!(!plain.contains('\x1b') && plain.contains("█░"), "{plain}");
    assert!(plain.lines().all(|line| line.trim_end().chars().count() <= 80), "{plain}");
}
