//! `slo validate`: findings for people and for editors.

use super::{rules, slo};
use crate::engine::world::{of_requests, rolling};
use crate::servers::deadline::output;

/// What a shell hands over is read as files are, and JSON in a folder is read if it says that it is ours.
#[tokio::test]
async fn pipes_and_json() {
    let good = of_requests("births", "job=\"births\"", &rolling("1d"), "");
    let (folder, _) = rules(&good);
    let binary = env!("CARGO_BIN_EXE_slo");
    for line in [
        format!("{binary} validate <(cat slos.yaml)"),
        format!("cat slos.yaml | {binary} validate /dev/stdin"),
        format!("cat slos.yaml | {binary} validate -"),
        format!("{binary} validate /dev/stdin < slos.yaml"),
    ] {
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", &line]).current_dir(folder.path());
        let ran = output(bash).await;
        let said = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(said, "1 file, 1 objective, 0 errors, 0 warnings\n", "{line}");
    }
    let object = r#"{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "shop"}}"#;
    std::fs::write(folder.path().join("service.json"), object).unwrap();
    std::fs::write(folder.path().join("dashboard.json"), r#"{"title": "Shop", "panels": []}"#).unwrap();
    let ran = slo(folder.path(), &["validate", "."]).await.with(0);
    assert_eq!(ran.stdout, "2 files, 1 objective, 0 errors, 0 warnings\n");
    slo(folder.path(), &["validate", "dashboard.json"]).await.with(1);
}

#[tokio::test]
async fn findings_with_their_place_and_an_exit_status() {
    let good = of_requests("births", "job=\"births\"", &rolling("1d"), "");
    let (folder, _) = rules(&good);
    let ran = slo(folder.path(), &["validate", "slos.yaml"]).await.with(0);
    assert_eq!(ran.stdout, "1 file, 1 objective, 0 errors, 0 warnings\n");

    std::fs::write(folder.path().join("slos.yaml"), good.replace("target: 0.9", "target: 99.9")).unwrap();
    let ran = slo(folder.path(), &["validate", "slos.yaml"]).await.with(1);
    assert!(ran.stdout.contains("slos.yaml:") && ran.stdout.contains("0.999") && ran.stdout.contains('^'));
    assert!(ran.stdout.ends_with("1 error, 0 warnings\n"), "{}", ran.stdout);
    let ran = slo(folder.path(), &["validate", ".", "--format", "json"]).await.with(1);
    let findings = ran.json();
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["code"], "target-percentage");

    // The definitions of every command are read the same way.
    for arguments in [
        &["status", "--rules", "slos.yaml", "--prometheus", "http://127.0.0.1:1"][..],
        &["serve", "--rules", "slos.yaml", "--prometheus", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"],
        &["up", "--rules", "slos.yaml", "--for", "1"],
    ] {
        let ran = slo(folder.path(), arguments).await.with(1);
        assert!(ran.stderr.contains("slos.yaml:"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn rule_files_beside_them_are_checked_too() {
    let (folder, _) = rules(&of_requests("births", "job=\"births\"", &rolling("1d"), ""));
    let groups = "groups: [{name: g, rules: [{alert: A, expr: up == 0}, {record: r, expr: sum(up}]}]\n";
    std::fs::write(folder.path().join("rules.yaml"), groups).unwrap();
    for path in [".", "rules.yaml"] {
        let ran = slo(folder.path(), &["validate", path]).await.with(1);
        assert!(ran.stdout.contains("rules.yaml:1:") && ran.stdout.contains("1 error"), "{}", ran.stdout);
    }
    std::fs::write(folder.path().join("rules.yaml"), groups.replace("sum(up", "sum(up)")).unwrap();
    let ran = slo(folder.path(), &["validate", "."]).await.with(0);
    assert_eq!(ran.stdout, "2 files, 1 objective, 2 rules, 0 errors, 0 warnings\n");
    let empty = tempfile::tempdir().unwrap();
    let ran = slo(empty.path(), &["validate", "."]).await.with(1);
    assert!(ran.stdout.contains("no *.yaml or *.yml file in this folder"), "{}", ran.stdout);
}
