//! Where nobody reads, and where nothing can be written.

use std::process::Stdio;

use super::*;
use crate::servers::deadline::finished;

const BAD: &str = "apiVersion: openslo/v1\nkind: SLO\n";

/// Runs `slo` with this as its stdout: its status and what it complained of.
async fn into(folder: &Path, arguments: &[&str], stdout: impl Into<Stdio>) -> (i32, String) {
    let mut command = command(folder);
    command.args(arguments).stdout(stdout).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // The command holds its ends of the pipes as well.
    drop(command);
    let output = tokio::task::spawn_blocking(move || finished(child, "slo")).await.unwrap();
    (output.status.code().expect("it ends by itself"), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_reader_that_left_changes_no_answer() {
    let (folder, _) = rules(BAD);
    let commands: [(&[&str], i32); 6] = [
        (&["route", "test", "priority=P1"], 0),
        (&["route", "check"], 0),
        (&["generate", "alertmanager"], 0),
        (&["oncall", "now"], 0),
        (&["oncall", "now", "--format", "json"], 0),
        (&["validate", "."], 1),
    ];
    for (arguments, want) in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (status, said) = into(folder.path(), arguments, writer).await;
        assert_eq!(status, want, "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && said.lines().count() <= 1, "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (status, said) = into(folder.path(), &["generate", "alertmanager"], full).await;
    assert_eq!(status, 2);
    assert!(said.contains("slo: stdout cannot be written to: No space left on device"), "{said}");
}

#[tokio::test]
async fn tokens_are_not_replaced_or_asked_for_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let list = slo(folder.path(), &["token", "list"]).await.with(2);
    assert!(list.stderr.contains("there is no database slo.db; name the engine's"), "{}", list.stderr);
    assert!(!folder.path().join("slo.db").exists());
    let add = ["token", "add", "prometheus", "--scope", "ingest"];
    let first = slo(folder.path(), &add).await.with(0).stdout;
    let again = slo(folder.path(), &add).await.with(2);
    assert!(
        again.stderr.contains("prometheus has a token") && again.stderr.contains("--replace"),
        "{}",
        again.stderr
    );
    let replaced =
        slo(folder.path(), &["token", "add", "prometheus", "--scope", "ingest", "--replace"]).await.with(0);
    assert_ne!(replaced.stdout, first);
    assert_eq!(slo(folder.path(), &["token", "list"]).await.with(0).stdout, "prometheus  ingest\n");
    #[cfg(unix)]
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{:?} is for its owner alone", entry.file_name());
    }
}
