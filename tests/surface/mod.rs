//! What users and their programs rely on: command-line flags, JSON fields, metrics with their labels, and exit statuses.
//! `tests/golden/surface` has them as the build of commit `afd1556` had them. Only the wording of `--help` is free to change.
//! `UPDATE_GOLDEN=1` writes an intended change down, which then shows in the diff; `SLO_BIN=PATH` tests another build of `slo`.

mod exit_statuses;
mod fields;
mod help;
mod json;
mod metrics;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::platform::platform_api;
use crate::servers::process::Process;
use crate::servers::prometheus::answers_200;
use crate::servers::{clock, free_port};
use crate::upgrade::REOPENED;

const PATIENCE: Duration = Duration::from_mins(1);

/// Fails unless the golden file `name` holds `text`.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests decides whether a change is intended")]
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/surface").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap();
    let changes = changes(&known, text);
    assert!(
        changes.is_empty(),
        "{name} changed; if that is intended, run with UPDATE_GOLDEN=1\n{}",
        changes.join("\n")
    );
}

/// Removed lines, then added lines.
fn changes(known: &str, text: &str) -> Vec<String> {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) = (known.lines().collect(), text.lines().collect());
    let removed = known.lines().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let added = text.lines().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    let mut changes: Vec<String> = removed.chain(added).collect();
    if changes.is_empty() && known != text {
        changes.push("the same lines in another order or number".to_owned());
    }
    changes
}

/// A running platform API.
struct Platform {
    _process: Process,
    base: String,
    _folder: TempDir,
}

impl Platform {
    async fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = std::process::Command::new(platform_api());
        command.current_dir(folder.path()).args(["--listen", &format!("127.0.0.1:{port}")]);
        clock::set(&mut command, REOPENED);
        let mut process = Process::start("platform-api", command, folder.path());
        process.ready(PATIENCE, async || answers_200(port, "/health/ready").await).await;
        Self { _process: process, base: format!("http://127.0.0.1:{port}"), _folder: folder }
    }

    async fn text(&self, path: &str) -> String {
        let answer = json::client().get(format!("{}{path}", self.base)).send().await.unwrap();
        answer.text().await.unwrap()
    }
}

#[test]
fn changes_are_removed_and_added_lines() {
    assert!(changes("a\nb\n", "a\nb\n").is_empty());
    assert_eq!(changes("a\nb\n", "a\nc\n"), ["- b", "+ c"]);
    assert_eq!(changes("a\nb\n", "b\na\n"), ["the same lines in another order or number"]);
}
