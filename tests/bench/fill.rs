//! How long an engine takes to fill 30 days of a new SLO with 20 series at 15 s from a real Prometheus, and whether what
//! it then says is what happened. `cargo bench --bench fill`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot go on should stop here"
)]

#[path = "../servers/mod.rs"]
#[allow(unused_imports, reason = "the servers' own tests are left out here, and so what they import")]
mod servers;
mod support;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_base::store::{ENGINE, Store};
use slo_core::time::short::{at as moment, secs};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel, stored};
use slo_evaluation::ledger;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::budget::BURN_WINDOWS;
use slo_model::slo::Slo;
use slo_model::status::Row;
use tokio_util::sync::CancellationToken;

use servers::prometheus::{Options, Prometheus};
use support::median;
use support::metrics::metric;
use support::objectives::availability;
use support::process::{cpu_seconds, own_cpu_seconds, own_peak_memory};
use support::traffic::{History, Series};

const DAY: i64 = 86_400;
const AT: i64 = 1_788_220_800;
const WINDOW: i64 = 30 * DAY;
/// The data begins this much before the window does, so that every counter has a value when counting begins.
const LEAD: i64 = 600;
const RUNS: usize = 5;
const GOAL: Duration = Duration::from_secs(5);
const CODES: [(&str, u64); 5] = [("200", 900), ("201", 90), ("404", 20), ("500", 5), ("503", 2)];

#[tokio::main]
async fn main() -> ExitCode {
    let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
    let file = folder.path().join("month.om");
    let series = series();
    let targets: Vec<String> = (0..4).map(target).collect();
    let history =
        History { metric: "http_requests_total", counters: &series, targets: &targets, records: &[] };
    let samples = history.write(&file, (AT - WINDOW - LEAD, AT)).unwrap();
    println!("{samples} samples of {} counters and {} targets; importing them", series.len(), targets.len());
    let server = Prometheus::start(Options { openmetrics: vec![file.clone()], ..Options::default() }).await;
    std::fs::remove_file(&file).unwrap();
    let mut times = Vec::new();
    for run in 0..RUNS {
        let database = folder.path().join(format!("run-{run}.db"));
        times.push(fill(&server, &series, &format!("sqlite://{}", database.display())).await);
    }
    println!("peak memory of this process: {} MiB", own_peak_memory() >> 20);
    let middle = median(&times);
    let reached = support::verdict(
        &format!("30 days of an SLO with {} series at 15 s, median of {RUNS}", series.len()),
        format!("{:.2} s", middle.as_secs_f64()),
        "under 5 s",
        middle < GOAL,
    );
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn target(number: u64) -> String {
    format!(r#"job="shop",instance="10.0.0.{number}:8080""#)
}

/// Four instances, five codes each; each instance restarts every day or two.
fn series() -> Vec<Series> {
    (0..4)
        .flat_map(|instance| {
            CODES.iter().enumerate().map(move |(place, (code, slope))| Series {
                labels: format!(r#"{},code="{code}""#, target(instance)),
                slope: *slope,
                seed: instance * 100 + place as u64,
                restarts: 5000 + 1117 * instance.cast_signed(),
            })
        })
        .collect()
}

/// One fill into a fresh ledger; what it took.
async fn fill(server: &Prometheus, series: &[Series], url: &str) -> Duration {
    let total = r#"sum(http_requests_total{job="shop"})"#;
    let bad = r#"sum(http_requests_total{job="shop",code=~"5.."})"#;
    let slos = vec![availability("shop", bad, total)];
    let source =
        Arc::new(PrometheusSource::new(SourceSettings::new(&server.url()).unwrap(), Clock::System).unwrap());
    let store = Store::open(url, &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, secs(30)).await.unwrap();
    let settings = Settings::default();
    let mut engine = Engine::new(slos.clone(), source, ledger.clone(), settings, SnapshotChannel::default())
        .await
        .unwrap();
    let read = samples_read(server).await;
    let (theirs, ours) = (cpu_seconds(server.pid()), own_cpu_seconds());
    let began = Instant::now();
    engine.catch_up(moment(AT), &CancellationToken::new(), &|_| {}).await.unwrap();
    let took = began.elapsed();
    println!(
        "filled in {:.2} s; CPU: Prometheus {:.2} s, this process {:.2} s; Prometheus read {} samples for it",
        took.as_secs_f64(),
        cpu_seconds(server.pid()) - theirs,
        own_cpu_seconds() - ours,
        samples_read(server).await - read
    );
    // The last half minute is the first tick's.
    let report = engine.tick(moment(AT)).await.unwrap();
    assert_eq!(report.failures, []);
    check(&slos[0], &engine.snapshots().latest().rows[0], series);
    let (at, rows) = stored(&slos, ledger.as_ref(), moment(AT), 1000).await.unwrap();
    assert_eq!(at, moment(AT));
    check(&slos[0], &rows[0], series);
    store.close().await;
    took
}

/// Samples that queries have read so far, as the server tells.
async fn samples_read(server: &Prometheus) -> f64 {
    metric(server.port(), "prometheus_engine_query_samples_total").await.into_values().sum()
}

/// Every window has the events that happened in it, to the last one.
fn check(slo: &Slo, row: &Row, series: &[Series]) {
    let truth = |seconds: i64, bad: bool| -> f64 {
        let counted = series.iter().filter(|one| !bad || one.labels.contains(r#"code="5"#));
        let events: u64 = counted.map(|one| one.events(AT) - one.events(AT - seconds)).sum();
        events as f64
    };
    let verdict = row.verdict;
    let (total, bad) = (truth(WINDOW, false), truth(WINDOW, true));
    assert_eq!((verdict.counts.total, verdict.counts.total - verdict.counts.good), (total, bad));
    assert!((verdict.coverage - 1.0).abs() < 1e-9, "coverage {}", verdict.coverage);
    assert!(!row.estimated);
    for (window, rate) in BURN_WINDOWS.iter().zip(verdict.burn_rates) {
        let want = truth(window.length.as_seconds(), true)
            / truth(window.length.as_seconds(), false)
            / slo.target.budget();
        let got = rate.flatten().unwrap();
        assert!((got - want).abs() <= 1e-9 * want, "{}: got {got}, the truth is {want}", window.name);
    }
}
