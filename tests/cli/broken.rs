//! One file with an error among others: it is named everywhere, and the others go on.

use serde_json::Value;

use super::serve::{Serving, of_itself, of_prometheus};
use super::slo;
use crate::engine::world::{self, END, of_requests, rolling};

const SLOTH: &str = "version: prometheus/v1\nservice: shop\nslos: []\n";

#[tokio::test]
async fn status_names_a_file_with_an_error_and_reads_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let births = of_requests("births", "job=\"births\"", &rolling("1d"), "");
    std::fs::write(folder.path().join("births.yaml"), births).unwrap();
    let (url, at) = (world::shared().await.url(), END.to_string());
    let arguments =
        ["status", "--rules", ".", "--prometheus", &url, "--at", &at, "--format", "json", "--strict"];
    let status = async |strict: bool| slo(folder.path(), &arguments[..if strict { 10 } else { 9 }]).await;
    let alone = status(true).await.with(0).json();
    for text in [SLOTH, "apiVersion: openslo/v2alpha\nkind: SLO\n", "kind: [unfinished\n"] {
        std::fs::write(folder.path().join("other.yaml"), text).unwrap();
        let ran = status(false).await.with(1);
        assert!(ran.stderr.contains("other.yaml:1:") && ran.stderr.contains("not watched"), "{}", ran.stderr);
        let answer = ran.json();
        assert_eq!(answer["slos"], alone["slos"]);
        assert_eq!(answer["errors"][0]["name"], "./other.yaml", "{answer}");
        let refused = status(true).await.with(1);
        assert!(refused.stdout.is_empty() && refused.stderr.contains("other.yaml:1:"), "{}", refused.stderr);
    }
}

#[tokio::test]
async fn an_engine_names_a_file_with_an_error_and_watches_the_others() {
    let server = of_itself().await;
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("slos.yaml");
    std::fs::create_dir(&rules).unwrap();
    let write = |name: &str, text: &str| std::fs::write(rules.join(name), text).unwrap();
    write("a.yaml", &of_prometheus("a", "0.9"));
    write("b.yaml", &of_prometheus("b", "0.9"));
    write("sloth.yaml", SLOTH);
    let refused = [
        "serve",
        "--rules",
        "slos.yaml",
        "--prometheus",
        "http://127.0.0.1:1",
        "--strict",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "sqlite://other.db",
    ];
    let refused = slo(folder.path(), &refused).await.with(1);
    assert!(refused.stderr.contains("sloth.yaml:1:"), "{}", refused.stderr);

    let mut serving = Serving::start(folder.path(), &server.url(), &[]);
    let alerts = "/api/v2/alerts?filter=alertname%3DDefinitionFileInvalid";
    serving
        .until("/-/ready", |status, body| status == 200 && body.contains("slos.yaml/sloth.yaml: line 1: "))
        .await;
    serving
        .until("/metrics", |_, body| {
            body.contains("slo_engine_definition_files_invalid 1")
                && body.contains("slo_engine_definition_file_errors{file=\"slos.yaml/sloth.yaml\"} 1")
        })
        .await;
    serving.until("/", |_, body| body.contains("slos.yaml/sloth.yaml")).await;
    serving.until(alerts, |_, body| body.contains("sloth.yaml") && body.contains("\"P2\"")).await;
    let slos = |body: &str| serde_json::from_str::<Value>(body).unwrap()["slos"].clone();
    serving
        .until("/api/slo/v1/status", |_, body| {
            slos(body).as_array().is_some_and(|slos| slos.len() == 2) && body.contains("slos.yaml/sloth.yaml")
        })
        .await;

    // On a reload the others are taken, and of the file with an error the last good version stays.
    write("a.yaml", &of_prometheus("a", "80"));
    write("b.yaml", &of_prometheus("b", "0.8"));
    std::fs::remove_file(rules.join("sloth.yaml")).unwrap();
    let reload = serving.client.post(format!("{}/-/reload", serving.base)).send().await.unwrap();
    assert_eq!(reload.status(), 400);
    let told = reload.text().await.unwrap();
    assert!(told.contains("2 objectives in force") && told.contains("a.yaml:"), "{told}");
    serving
        .until("/api/slo/v1/status", |_, body| {
            let slos = slos(body);
            slos[0]["target"] == 0.9 && slos[1]["target"] == 0.8
        })
        .await;
    serving.until("/-/ready", |status, body| status == 200 && body.contains("last good version")).await;
    serving.until(alerts, |_, body| body.contains("a.yaml") && body.contains("\"P3\"")).await;

    write("a.yaml", &of_prometheus("a", "0.7"));
    let reload = serving.client.post(format!("{}/-/reload", serving.base)).send().await.unwrap();
    assert_eq!(reload.text().await.unwrap(), "2 objectives loaded\n");
    serving.until("/-/ready", |status, body| status == 200 && body == "slo is ready.\n").await;
    serving.until("/metrics", |_, body| body.contains("slo_engine_definition_files_invalid 0")).await;
    serving.until(alerts, |_, body| body.trim() == "[]").await;
    let log = serving.stop().await;
    assert!(log.contains("files with errors are left out") && log.contains("sloth.yaml:1:"), "{log}");
}
