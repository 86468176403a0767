//! Metrics that equal what happened.

use std::io::Write;
use std::process::Stdio;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use slo_platform::traffic;
use tokio_util::sync::CancellationToken;

use super::{NOW_MS, Server, count, labels, settings};

#[tokio::test]
async fn every_request_is_counted_once_where_it_belongs() {
    let server = Server::start(settings()).await;
    let ticker = server.json("/api/v1/companies?limit=1").await["items"][0]["ticker"].clone();
    let ticker = ticker.as_str().unwrap();
    let mut sent = 1;
    for (path, route, status, times) in [
        ("/api/v1/companies".to_owned(), "/api/v1/companies", 200, 7),
        ("/api/v1/companies?limit=x".to_owned(), "/api/v1/companies", 400, 3),
        (format!("/api/v1/companies/{ticker}"), "/api/v1/companies/{ticker}", 200, 5),
        ("/api/v1/companies/NOSUCH".to_owned(), "/api/v1/companies/{ticker}", 404, 4),
        (format!("/api/v1/companies/{ticker}/news"), "/api/v1/companies/{ticker}/news", 200, 2),
        ("/api/v1/news".to_owned(), "/api/v1/news", 200, 6),
        ("/health/live".to_owned(), "/health/live", 200, 2),
        ("/nowhere/1".to_owned(), "unmatched", 404, 1),
        ("/nowhere/2".to_owned(), "unmatched", 404, 1),
    ] {
        let before = server.metrics().await.answered(route, status);
        for _ in 0..times {
            assert_eq!(server.status(&path).await, status, "{path}");
        }
        let after = server.metrics().await.answered(route, status);
        assert_eq!(after - before, f64::from(times), "{path}");
        sent += times + 2;
    }
    let metrics = server.metrics().await;
    assert_eq!(metrics.answered_in_all(), f64::from(sent), "{}", metrics.0);
    // The scrape itself is under way.
    assert_eq!(metrics.value("http_server_active_requests{http_request_method=\"GET\"}"), 1.0);
    server.stop().await;
}

#[tokio::test]
async fn series_are_born_at_zero_and_buckets_hold_what_was_counted() {
    let server = Server::start(settings()).await;
    let metrics = server.metrics().await;
    assert_eq!(metrics.answered_in_all(), 0.0, "the first scrape counts nothing yet");
    let routes = [
        "/api/v1/companies",
        "/api/v1/companies/{ticker}",
        "/api/v1/companies/{ticker}/news",
        "/api/v1/news",
    ];
    for route in routes {
        for status in [200, 500, 503] {
            assert_eq!(metrics.value(&count("GET", route, status)), 0.0, "{route} {status}");
        }
    }
    server.json("/api/v1/news").await;
    let metrics = server.metrics().await;
    let bucket = |edge: &str| {
        let others = labels("GET", "/api/v1/news", 200);
        let others = others.trim_start_matches('{');
        metrics.value(&format!("http_server_request_duration_seconds_bucket{{le=\"{edge}\",{others}"))
    };
    assert_eq!(bucket("+Inf"), 1.0);
    let edges = [
        "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.2", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0",
        "7.5", "10.0",
    ];
    assert!(edges.map(bucket).is_sorted());
    assert_eq!(metrics.value("process_start_time_seconds"), NOW_MS as f64 / 1000.0);
    assert_eq!(
        metrics.value(concat!("platform_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}")),
        1.0
    );
    server.stop().await;
}

#[tokio::test]
async fn labels_stay_bounded_whatever_clients_send() {
    let server = Server::start(settings()).await;
    let series = |text: &str| text.lines().filter(|line| line.contains("_count{")).count();
    for n in 0..50 {
        server.status(&format!("/made/up/{n}")).await;
        let method = format!("BREW{n}").parse().unwrap();
        let request = server.client.request(method, format!("{}/made/up/{n}", server.base));
        assert_eq!(request.send().await.unwrap().status(), 404);
    }
    let first = server.metrics().await;
    assert_eq!(first.answered("unmatched", 404), 50.0);
    assert_eq!(first.value(&count("_OTHER", "unmatched", 404)), 50.0);
    server.status("/made/up/again").await;
    assert_eq!(series(&server.metrics().await.0), series(&first.0));
    server.stop().await;
}

#[tokio::test]
async fn both_formats_are_served_and_promtool_finds_nothing() {
    let server = Server::start(settings()).await;
    server.status("/api/v1/news").await;
    let scrape = |accept: &'static str| {
        server.client.get(format!("{}/metrics", server.base)).header(ACCEPT, accept).send()
    };
    let open = scrape("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5").await.unwrap();
    assert_eq!(open.headers()[CONTENT_TYPE], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.text().await.unwrap().ends_with("# EOF\n"));
    let plain = scrape("text/plain").await.unwrap();
    assert_eq!(plain.headers()[CONTENT_TYPE], "text/plain; version=0.0.4; charset=utf-8");
    let plain = plain.text().await.unwrap();
    assert!(plain.contains("# TYPE ingest_runs_total counter\n") && !plain.contains("# EOF"), "{plain}");

    let mut promtool = std::process::Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed (Debian's package prometheus)");
    promtool.stdin.take().unwrap().write_all(plain.as_bytes()).unwrap();
    let checked = crate::servers::deadline::finished(promtool, "promtool");
    let said =
        format!("{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success() && said.trim().is_empty(), "promtool says: {said}");
    server.stop().await;
}

#[tokio::test]
async fn sample_traffic_and_metrics_agree() {
    let server = Server::start(settings()).await;
    let wanted = traffic::Settings { rate: 2000.0, requests: Some(500), ..traffic::Settings::default() };
    let summary = traffic::run(&server.base, wanted, CancellationToken::new()).await.unwrap();
    assert_eq!((summary.sent, summary.server_errors, summary.unanswered), (500, 0, 0));
    assert_eq!(summary.good + summary.client_errors, 500);
    let metrics = server.metrics().await;
    assert_eq!(metrics.answered_in_all(), 500.0);
    assert_eq!(metrics.answered("/api/v1/companies/{ticker}", 404), summary.client_errors as f64);
    for route in
        ["/api/v1/companies", "/api/v1/companies/{ticker}", "/api/v1/companies/{ticker}/news", "/api/v1/news"]
    {
        assert!(metrics.answered(route, 200) > 20.0, "{route} is hardly asked");
    }
    server.stop().await;
}

#[tokio::test]
async fn sample_traffic_ends_when_it_is_told_and_survives_a_server_that_is_not_there() {
    let server = Server::start(settings()).await;
    let base = server.base.clone();
    let stop = CancellationToken::new();
    let traffic = tokio::spawn({
        let (base, stop) = (base.clone(), stop.clone());
        async move { traffic::run(&base, traffic::Settings::default(), stop).await }
    });
    server.wait_for("traffic", |metrics| metrics.answered("/api/v1/companies", 200) >= 1.0).await;
    stop.cancel();
    let summary = traffic.await.unwrap().unwrap();
    assert!(summary.good >= 1 && summary.sent == summary.good + summary.client_errors, "{summary:?}");

    server.stop().await;
    let wanted = traffic::Settings { rate: 1000.0, requests: Some(5), ..traffic::Settings::default() };
    let summary = traffic::run(&base, wanted, CancellationToken::new()).await.unwrap();
    assert_eq!((summary.sent, summary.unanswered), (5, 5));
}
