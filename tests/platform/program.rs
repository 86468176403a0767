//! The `platform-api` binary.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use super::client;
use crate::servers::deadline::{Mortal, output_of};

/// The program's path. It belongs to another package than these tests, so cargo is asked to bring it up to date, once,
/// where `slo` was built and as `slo` was built.
pub fn platform_api() -> &'static Path {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_slo")).parent().unwrap();
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            named => named,
        };
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--package", "slo-platform", "--bin", "platform-api"]);
        build.args(["--profile", profile]).arg("--target-dir").arg(folder.parent().unwrap());
        assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
        folder.join("platform-api")
    });
    &PROGRAM
}

fn program() -> Command {
    let mut command = Command::new(platform_api());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
fn run(arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments);
    output_of(command)
}

#[tokio::test]
async fn it_says_where_it_listens_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .args(["--listen", "127.0.0.1:0", "--log-format", "json", "--fault", "errors", "--data"])
        .arg(folder.path());
    let mut server = Mortal::start(&mut command);
    let mut lines = BufReader::new(server.child().stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("it ended").unwrap();
        let entry: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        if let Some(address) = entry["address"].as_str() {
            assert_eq!(entry["fault"], "errors", "{entry}");
            break address.to_owned();
        }
    };
    let health = client().get(format!("http://{address}/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert!(folder.path().join("platform.db").exists());

    // The shell's own `kill`: a small machine has no program of that name.
    let terminate = format!("kill -TERM {}", server.child().id());
    assert!(Command::new("sh").args(["-c", &terminate]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let ended = server.ended();
    assert!(ended.success(), "{ended}: {rest:?}");
    assert!(rest.iter().any(|line| line.contains("stopping on SIGTERM")), "{rest:?}");
}

#[test]
fn what_it_cannot_do_is_said_with_exit_status_2() {
    for (arguments, says) in [
        (vec!["--listen", "nowhere"], "--listen"),
        (vec!["--fault", "sometimes"], "possible values: none, errors, latency, stale"),
        (vec!["--log", "slo=loud"], "--log \"slo=loud\""),
        (vec!["--listen", "127.0.0.1:0", "--data", "/dev/null/x"], "choose another with --data"),
    ] {
        let output = run(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let output = run(&["--listen", &taken]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(&taken) && said.contains("choose another address"), "{said}");
}
