//! Bad input: each a clear message, the right exit status, and no panic.

use std::fmt::Write as _;

use sqlx::{Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Ran, rules, slo};
use crate::engine::world::{self, END, of_requests, query, rolling};
use crate::servers::free_port;

fn births() -> String {
    of_requests("births", "job=\"births\"", &rolling("1d"), "")
}

#[tokio::test]
async fn files_that_are_no_definitions() {
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let inner = format!("*a{}", level - 1);
            writeln!(text, "a{level}: &a{level} [{}]", vec![inner; 9].join(", ")).unwrap();
        }
        text
    };
    let huge = births() + &"# nothing but comments, line after line after line\n".repeat(210_000);
    assert!(huge.len() > 10_000_000);
    for (text, said) in [
        ("", "empty"),
        ("\u{0}\u{1}\u{2}", "slos.yaml"),
        ("just: [one, two", "slos.yaml:1:"),
        ("\t- {", "slos.yaml:1:"),
        (&bomb, "slos.yaml"),
        (&huge, "MiB"),
        (&births().replace("openslo/v1", "openslo/v9"), "openslo/v1"),
        (&births().replace("kind: SLO", "kind: SLOO"), "SLO"),
        (&births().replace("target:", "tarrget:"), "target"),
        (&births().replace("sum(requests", "sum(requests{"), "slos.yaml:"),
    ] {
        let (folder, _) = rules(text);
        let shown = &text[..text.len().min(60)];
        for arguments in [
            &["validate", "slos.yaml"][..],
            &["status", "--rules", "slos.yaml", "--prometheus", "http://127.0.0.1:1"],
        ] {
            let Ran { stdout, stderr, .. } = slo(folder.path(), arguments).await.with(1);
            let told = stdout + &stderr;
            assert!(told.contains(said), "{shown:?}: {said:?} is not in {told}");
            assert!(told.len() < 20_000, "{shown:?}: {} bytes are no message", told.len());
        }
    }
    let (folder, _) = rules("");
    for path in ["nowhere.yaml", "nowhere/"] {
        let ran = slo(folder.path(), &["validate", path]).await.with(1);
        assert!(ran.stdout.contains("nowhere"), "{}", ran.stdout);
    }
}

async fn answering(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

async fn ask(folder: &TempDir, url: &str) -> Ran {
    let at = END.to_string();
    slo(
        folder.path(),
        &["status", "--rules", "slos.yaml", "--prometheus", url, "--at", &at, "--format", "json"],
    )
    .await
}

#[tokio::test]
async fn servers_that_do_not_answer_as_they_should() {
    let (folder, _) = rules(&births());
    let error = |kind: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"no such thing"}}"#);
    let json =
        |status: u16, body: String| ResponseTemplate::new(status).set_body_raw(body, "application/json");
    let truncated = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"#;
    for (template, said) in [
        (ResponseTemplate::new(401), "refused our credentials (HTTP 401)"),
        (json(422, error("execution")), "no such thing"),
        (ResponseTemplate::new(429).insert_header("Retry-After", "600"), "limits our rate"),
        (ResponseTemplate::new(503).insert_header("Retry-After", "600"), "unavailable (HTTP 503)"),
        (
            ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html"),
            "did not answer as a Prometheus",
        ),
        (json(200, truncated.to_owned()), "did not answer as a Prometheus"),
        (json(200, String::new()), "did not answer as a Prometheus"),
    ] {
        let server = answering(template).await;
        let ran = ask(&folder, &server.uri()).await.with(2);
        assert!(ran.stderr.contains(said), "{said:?} is not in {}", ran.stderr);
        let answer = ran.json();
        assert_eq!(answer["slos"].as_array().unwrap().len(), 0, "{answer}");
        assert!(answer["errors"][0]["error"].as_str().unwrap().contains(said), "{answer}");
    }
    let ran = ask(&folder, &format!("http://127.0.0.1:{}", free_port())).await.with(2);
    assert!(
        ran.stderr.contains("cannot reach") && ran.stderr.contains("check the address"),
        "{}",
        ran.stderr
    );
    let ran = ask(&folder, "localhost:9090").await.with(2);
    assert!(ran.stderr.contains("http://localhost:9090"), "{}", ran.stderr);
}

#[tokio::test]
async fn values_that_are_no_numbers_never_reach_an_answer() {
    let vector = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"births"},"value":[1,"VALUE"]}]}}"#;
    let metric = format!("ratioMetric:\n        rawType: success\n        raw: {}", query("a / b"));
    let free = format!(
        "ratioMetric:\n        counter: true\n        good: {}\n        total: {}",
        query("sum(increase(a[$window])) / 2"),
        query("sum(increase(b[$window])) * 2")
    );
    let text = world::definition("raw", &metric, &rolling("1h"), "Occurrences", "- target: 0.9", "")
        + &world::definition("free", &free, &rolling("1h"), "Occurrences", "- target: 0.9", "");
    let (folder, _) = rules(&text);
    for value in ["NaN", "+Inf", "-Inf", "1e308", "-1e308"] {
        let body = vector.replace("VALUE", value);
        let range =
            body.replace("\"vector\"", "\"matrix\"").replace("\"value\":[1,", "\"values\":[[1772990000,");
        let range = range.replace("\"]}]}}", "\"]]}]}}");
        let server = MockServer::start().await;
        let of = |path: &str, body: String| {
            Mock::given(wiremock::matchers::path(path))
                .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        };
        of("/api/v1/query", body).mount(&server).await;
        of("/api/v1/query_range", range).mount(&server).await;
        let ran = ask(&folder, &server.uri()).await;
        assert!([0, 1, 2].contains(&ran.status), "{}", ran.stderr);
        // Words may name what came; numbers may not be it.
        let mut answer = ran.json();
        for slo in answer["slos"].as_array_mut().unwrap() {
            slo.as_object_mut().unwrap().remove("warnings");
        }
        let text = answer.to_string().to_lowercase();
        assert!(!text.contains("nan") && !text.contains("inf"), "{value}: {text}");
        for slo in ran.json()["slos"].as_array().unwrap() {
            let (good, total) = (slo["good"].as_f64().unwrap(), slo["total"].as_f64().unwrap());
            assert!(0.0 <= good && good <= total, "{value}: {slo}");
        }
    }
}

#[tokio::test]
async fn clocks_that_disagree_are_told() {
    let (folder, _) = rules(&births());
    let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1000000000,"1000000000"]}}"#;
    let server = answering(ResponseTemplate::new(200).set_body_raw(scalar, "application/json")).await;
    let ran = slo(folder.path(), &["status", "--rules", "slos.yaml", "--prometheus", &server.uri()]).await;
    assert!(ran.stderr.contains("behind ours") && ran.stderr.contains("NTP"), "{}", ran.stderr);
}

#[tokio::test]
async fn databases_as_they_should_not_be() {
    let (folder, _) = rules(&births());
    let url = format!("sqlite://{}", folder.path().join("slo.db").display());
    let arguments = ["status", "--rules", "slos.yaml", "--database", &url];
    std::fs::write(folder.path().join("slo.db"), "apiVersion: openslo/v1\n".repeat(500)).unwrap();
    let ran = slo(folder.path(), &arguments).await.with(2);
    assert!(ran.stderr.contains("restore it from a backup"), "{}", ran.stderr);

    std::fs::remove_file(folder.path().join("slo.db")).unwrap();
    crate::stores::ledger(&url, 30).await.unwrap().store().close().await;
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other.execute("INSERT INTO slo_schema (version) VALUES (99)").await.unwrap();
    let serve = [
        "serve",
        "--rules",
        "slos.yaml",
        "--prometheus",
        "http://127.0.0.1:1",
        "--database",
        &url,
        "--listen",
        "127.0.0.1:0",
    ];
    for arguments in [&arguments[..], &serve] {
        let ran = slo(folder.path(), arguments).await.with(2);
        assert!(ran.stderr.contains("schema 99") && ran.stderr.contains("newer program"), "{}", ran.stderr);
    }
    other.execute("DELETE FROM slo_schema WHERE version = 99").await.unwrap();

    // A writer does not keep a status from reading; an engine cannot start.
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let ran = slo(folder.path(), &arguments).await.with(2);
    assert!(ran.stdout.contains("no_data"), "{}", ran.stdout);
    let ran = slo(folder.path(), &serve).await.with(2);
    assert!(ran.stderr.contains("locked by another process"), "{}", ran.stderr);

    let missing = format!("postgres://me:secret@127.0.0.1:{}/slo", free_port());
    let ran = slo(folder.path(), &["status", "--rules", "slos.yaml", "--database", &missing]).await.with(2);
    assert!(ran.stderr.contains("check the address") && !ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[tokio::test]
async fn usage_errors_say_what_would_be_right() {
    let (folder, _) = rules(&births());
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["statsu"], "status"),
        (&["status", "--formt", "json"], "--format"),
        (&["status", "--format", "xml"], "json"),
        (&["status", "--prometheus", "http://a", "--database", "sqlite://b"], "cannot be used with"),
        (&["status", "--log", "slo=loud", "--prometheus", "http://a"], "is not a valid filter"),
        (&["up", "--fault", "fire"], "errors"),
        (&["up", "--port", "99999"], "99999"),
        (&["serve", "--prometheus-header", "nonsense", "--prometheus", "http://a"], "Name: value"),
    ] {
        let ran = slo(folder.path(), arguments).await.with(2);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    let ran = slo(folder.path(), &["status", "--prometheus", "http://127.0.0.1:1"]).await.with(1);
    assert!(ran.stderr.contains("rules"), "{}", ran.stderr);
    for arguments in [&["--help"][..], &["status", "--help"], &["--version"]] {
        assert!(slo(folder.path(), arguments).await.with(0).stdout.contains("slo"));
    }
}
