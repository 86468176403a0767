//! The health of each data source, wherever people look.

use super::serve::{Serving, of_itself, of_prometheus};

#[tokio::test]
async fn a_source_that_is_down_is_named_everywhere_and_the_others_are_well() {
    let server = of_itself().await;
    let folder = tempfile::tempdir().unwrap();
    let far = of_prometheus("far", "0.9").replace("metricSource: {", "metricSource: {metricSourceRef: far, ");
    let source = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: far}\nspec: {type: Prometheus, connectionDetails: {url: 'http://127.0.0.1:1', timeout: 2, concurrency: 1, maxSeries: 100, maxResponse: 1}}\n---\n";
    let text = format!("{source}{}{far}", of_prometheus("near", "0.9"));
    std::fs::write(folder.path().join("slos.yaml"), text).unwrap();
    let mut serving = Serving::start(folder.path(), &server.url(), &[]);
    serving
        .until("/-/ready", |status, body| {
            status == 200 && body.contains("data source far: cannot reach http://127.0.0.1:1/")
        })
        .await;
    serving
        .until("/metrics", |_, body| {
            let line = |line: &str| body.lines().any(|shown| shown.starts_with(line));
            line("slo_source_up{source=\"default\"} 1")
                && line("slo_source_up{source=\"far\"} 0")
                && line("slo_source_requests_total{source=\"default\",outcome=\"success\"} ")
                && line("slo_source_last_success_timestamp_seconds{source=\"far\"} 0")
                && line("slo_source_clock_skew_seconds{source=\"default\"} ")
                && line("slo_engine_partial_slos 0")
        })
        .await;
    serving
        .until("/", |_, body| {
            ["Data sources", ">far<", ">down<", ">answers<", "Prometheus 2.", "cannot reach"]
                .iter()
                .all(|words| body.contains(words))
        })
        .await;
    let log = serving.stop().await;
    assert!(log.contains("cannot reach"), "{log}");
}
