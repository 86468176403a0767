//! Native histograms, scraped by a real Prometheus from a target whose observations are known.

use std::time::Duration;

use slo_base::clock::Clock;
use slo_core::time::TimeRange;
use slo_core::time::short::secs;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::source::Source;

use super::{selector, source};
use crate::servers::native_histogram_target::NativeHistogramTarget;
use crate::servers::prometheus::{Options, Prometheus};

async fn value(source: &PrometheusSource, query: &str) -> Option<f64> {
    source.instant(query, Clock::System.now()).await.unwrap().data.first().map(|point| point.value)
}

#[tokio::test]
async fn fractions_and_counts_are_evaluated_and_raw_reads_pass_over_them() {
    let target = NativeHistogramTarget::start("request_seconds").await;
    target.observe(0.1, 5);
    let mut server = Prometheus::start(Options {
        scrape_configs: format!(
            "- {{job_name: native, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{{targets: ['{}']}}]}}",
            target.place()
        ),
        flags: vec!["--enable-feature=native-histograms".to_owned()],
        ..Options::default()
    })
    .await;
    let source = source(&server.url());
    let count = "histogram_count(sum(request_seconds))";
    let within = Duration::from_mins(1);
    server.process().ready(within, async || value(&source, count).await == Some(5.0)).await;
    target.observe(0.1, 30);
    target.observe(0.5, 10);
    server.process().ready(within, async || value(&source, count).await == Some(45.0)).await;

    let fraction =
        value(&source, "histogram_fraction(0, 0.2, sum(increase(request_seconds[5m])))").await.unwrap();
    assert!((fraction - 0.75).abs() < 1e-9, "{fraction}");
    let increase = value(&source, "histogram_count(sum(increase(request_seconds[5m])))").await.unwrap();
    assert!(increase >= 40.0, "{increase}");

    let now = Clock::System.now();
    let histogram = selector("request_seconds");
    assert!(source.has_native_histograms(&histogram, now).await.unwrap());
    assert!(!source.has_native_histograms(&selector("up"), now).await.unwrap());
    // Histogram samples are no numbers: passed over, in raw reads and vectors, without an error.
    let span = TimeRange::new(now - secs(60), now);
    assert_eq!(source.samples(&histogram, span, 10).await.unwrap().data, []);
    assert_eq!(source.instant("request_seconds", now).await.unwrap().data, []);
    assert!(!source.samples(&selector("up"), span, 10).await.unwrap().data.is_empty());
}
