//! `slo up`: everything, with nothing else installed.

use serde_json::Value;
use tempfile::TempDir;

use super::{command, slo};
use crate::servers::free_port;
use crate::servers::process::Process;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");

fn start(folder: &TempDir, arguments: &[&str]) -> Process {
    let mut command = command(folder.path());
    command.args(["up", "--rules", RULES]).args(arguments);
    Process::start_stopped_by("slo-up", command, folder.path(), "INT")
}

/// The address on the line of the header that begins with `name`.
fn address(process: &Process, name: &str) -> Option<String> {
    let log = process.log();
    let line = log.lines().find(|line| line.trim_start().starts_with(name))?;
    line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
}

async fn status(url: &str) -> Option<Value> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().no_proxy().timeout(crate::servers::deadline::PATIENCE).build().unwrap();
    client.get(url).send().await.ok()?.json().await.ok()
}

fn of<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    status["slos"].as_array()?.iter().find(|slo| slo["name"] == name)
}

const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

#[tokio::test]
async fn budgets_burn_when_something_is_wrong_and_ports_in_use_are_left_alone() {
    // Somebody else has both ports already.
    let taken =
        [free_port(), free_port()].map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).unwrap());
    let [engine, platform] =
        taken.each_ref().map(|listener| listener.local_addr().unwrap().port().to_string());
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--dir",
        "data",
        "--fault",
        "errors",
        "--rate",
        "100",
        "--port",
        &engine,
        "--platform-port",
        &platform,
    ];
    let mut up = start(&folder, &arguments);
    let told = folder.path().join("slo-up.log");
    up.ready(PATIENCE, async || std::fs::read_to_string(&told).is_ok_and(|log| log.contains("folder"))).await;
    let url = address(&up, "status").unwrap();
    assert!(!url.contains(&engine), "{url}");
    let burns = async || {
        let Some(status) = status(&url).await else { return false };
        of(&status, "api-availability").is_some_and(|slo| slo["burn_rates"]["5m"].as_f64() > Some(1.0))
    };
    up.ready(PATIENCE, burns).await;
    // Whoever would be woken is named, and the incident can be taken on.
    let root = url.trim_end_matches("/api/slo/v1/status").to_owned();
    let listed = async || slo(folder.path(), &["alerts", "list", "--engine", &root]).await.stdout;
    up.ready(PATIENCE, async || listed().await.contains("SLOErrorBudgetBurn")).await;
    let list = listed().await;
    let incident = list.split_whitespace().nth(3).unwrap().to_owned();
    up.ready(PATIENCE, async || std::fs::read_to_string(&told).is_ok_and(|log| log.contains(&incident)))
        .await;
    slo(folder.path(), &["alerts", "ack", &incident, "--engine", &root]).await.with(0);

    // The same folder cannot be used twice.
    let ran = slo(folder.path(), &["up", "--rules", RULES, "--dir", "data", "--for", "1"]).await.with(2);
    assert!(ran.stderr.contains("another `slo up` uses the folder"), "{}", ran.stderr);

    up.signal("INT");
    assert_eq!(up.ended(PATIENCE).await.code(), Some(0), "{}", up.tail());
    let log = up.log();
    assert!(log.contains("api-availability") && log.contains("exhausted"), "{log}");
    assert!(log.contains("Notifications that would be sent"), "{log}");
    assert!(!log.contains("panicked") && !log.contains('\x1b'), "{log}");

    // What was counted is still there.
    let data = folder.path().join("data");
    let arguments = ["status", "--rules", RULES, "--database", "sqlite://slo.db", "--format", "json"];
    let ran = slo(&data, &arguments).await;
    assert!(of(&ran.json(), "api-availability").unwrap()["total"].as_f64() > Some(100.0), "{}", ran.stdout);
}

#[tokio::test]
async fn it_ends_by_itself_and_shows_what_it_saw() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["up", "--rules", RULES, "--for", "12", "--port", "0", "--platform-port", "0"];
    let ran = slo(folder.path(), &arguments).await.with(0);
    let last = ran.stdout.rfind("SLO ").map(|at| &ran.stdout[at..]).unwrap();
    let row = last.lines().find(|line| line.starts_with("api-availability ")).unwrap();
    assert!(row.contains(" ok "), "{last}");
    assert!(folder.path().join("slo-up").join("slo.db").exists());
    for (rate, said) in [("0", "between"), ("NaN", "between"), ("fast", "not a number")] {
        let ran = slo(folder.path(), &["up", "--rate", rate]).await.with(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}
