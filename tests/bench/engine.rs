//! `slo serve` with 10,000 new SLOs of two series each, beside a Prometheus that scrapes them every 15 s: how long until it
//! is ready, and what its ticks cost it and Prometheus then. `cargo bench --bench engine`; `-- BINARY …` measures other
//! builds of `slo` first, on the same Prometheus.
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

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path as Target;
use axum::routing::get;
use slo_base::clock::Clock;
use tokio::net::TcpListener;

use servers::free_port;
use servers::process::Process;
use servers::prometheus::{Options, Prometheus};
use support::metrics::metric;
use support::process::{cpu_seconds, memory};
use support::traffic::SCRAPE;

const SLOS: usize = 10_000;
const TARGETS: usize = 20;
const FILES: usize = 20;
/// Scrapes before the engine starts.
const SCRAPED: Duration = Duration::from_secs(90);
/// How long a server that only scrapes is watched, and how long ticks are.
const WATCHED: Duration = Duration::from_mins(2);
/// The back-fill ends before ticks are watched.
const LONGEST_FILL: Duration = Duration::from_mins(20);
const READY_GOAL: Duration = Duration::from_mins(1);

#[tokio::main]
async fn main() -> ExitCode {
    let own = env!("CARGO_BIN_EXE_slo").to_owned();
    let others = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let binaries: Vec<String> = others.chain([own]).collect();
    let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
    definitions(&folder.path().join("rules"));
    let port = targets().await;
    let scrape_configs = scrape_configs(port);
    let prometheus = Prometheus::start(Options { scrape_configs, ..Options::default() }).await;
    tokio::time::sleep(SCRAPED).await;
    let idle = share(WATCHED, || cpu_seconds(prometheus.pid())).await;
    println!("Prometheus scraping {} series every {SCRAPE} s alone: {:.2} % of a core", 2 * SLOS, idle * 1e2);
    let mut costs = Vec::new();
    for (number, binary) in binaries.iter().enumerate() {
        let home = folder.path().join(format!("run-{number}"));
        costs.push(measure(binary, &prometheus, folder.path(), &home, idle).await);
    }
    let this = costs.pop().unwrap();
    let mut reached = support::verdict(
        &format!("ready with {SLOS} new SLOs"),
        format!("{:.1} s", this.ready.as_secs_f64()),
        "within 60 s",
        this.ready <= READY_GOAL,
    );
    for (binary, before) in binaries.iter().zip(&costs) {
        let ratio = this.core / before.core;
        reached &= support::verdict(
            &format!("engine and Prometheus, beside {binary}"),
            format!("{ratio:.2} times"),
            "no dearer",
            ratio <= 1.0,
        );
    }
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What one build needed.
struct Cost {
    /// From its start until it was ready.
    ready: Duration,
    /// Engine and Prometheus, without scraping; 1 is a core.
    core: f64,
}

async fn measure(binary: &str, prometheus: &Prometheus, rules: &Path, home: &Path, idle: f64) -> Cost {
    std::fs::create_dir(home).unwrap();
    let port = free_port();
    let mut command = Command::new(binary);
    command
        .current_dir(home)
        .args(["serve", "--log", "warn", "--rules"])
        .arg(rules.join("rules"))
        .args(["--prometheus", &prometheus.url()])
        .args(["--database", "sqlite://slo.db", "--listen", &format!("127.0.0.1:{port}")]);
    let (theirs, began) = (cpu_seconds(prometheus.pid()), Instant::now());
    let mut engine = Process::start("slo", command, home);
    engine.ready(LONGEST_FILL, async || servers::prometheus::answers_200(port, "/-/ready").await).await;
    let ready = began.elapsed();
    println!(
        "{binary}: ready after {:.1} s; CPU: engine {:.1} s, Prometheus {:.1} s",
        ready.as_secs_f64(),
        cpu_seconds(engine.pid()),
        cpu_seconds(prometheus.pid()) - theirs - idle * ready.as_secs_f64(),
    );
    // What is filled behind ticks would be taken for their cost.
    let filled = async || metric(port, "slo_engine_queue_size").await.get("{queue=\"fill\"}") == Some(&0.0);
    engine.ready(LONGEST_FILL, filled).await;
    println!("{binary}: filled after {:.1} s", began.elapsed().as_secs_f64());
    let samples = async || metric(port, "slo_engine_ticks_total").await.into_values().sum::<f64>();
    let (ticks, ours, theirs) = (samples().await, cpu_seconds(engine.pid()), cpu_seconds(prometheus.pid()));
    let began = Instant::now();
    tokio::time::sleep(WATCHED).await;
    let seconds = began.elapsed().as_secs_f64();
    let ours = (cpu_seconds(engine.pid()) - ours) / seconds;
    let theirs = (cpu_seconds(prometheus.pid()) - theirs) / seconds - idle;
    let ticks = samples().await - ticks;
    println!(
        "{binary}: {ticks} ticks in {seconds:.0} s: engine {:.2} % of a core, Prometheus {:.2} % beside its scrapes; engine's memory {} MiB",
        ours * 1e2,
        theirs * 1e2,
        memory(engine.pid()) >> 20,
    );
    Cost { ready, core: ours + theirs }
}

/// What of a core `used` grows by.
async fn share(watched: Duration, used: impl Fn() -> f64) -> f64 {
    let (before, began) = (used(), Instant::now());
    tokio::time::sleep(watched).await;
    (used() - before) / began.elapsed().as_secs_f64()
}

fn definitions(folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    for file in 0..FILES {
        let mut text = String::new();
        for slo in (file..SLOS).step_by(FILES) {
            let selector =
                |more: &str| format!("sum(bench_requests_total{{job=\"bench\",slo=\"{slo}\"{more}}})");
            let query =
                |query: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}");
            let _ = writeln!(
                text,
                "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: bench-{slo}}}\nspec:\n  service: bench\n  \
                 budgetingMethod: Occurrences\n  timeWindow: [{{duration: 30d, isRolling: true}}]\n  \
                 objectives: [{{target: 0.99}}]\n  indicator:\n    metadata: {{name: bench-{slo}}}\n    spec:\n      \
                 ratioMetric:\n        counter: true\n        bad: {}\n        total: {}",
                query(&selector(",code=\"500\"")),
                query(&selector("")),
            );
        }
        std::fs::write(folder.join(format!("slos-{file}.yaml")), text).unwrap();
    }
}

/// Serves the counters, which are a function of time; tells the port.
async fn targets() -> u16 {
    let began = Clock::System.now().seconds();
    let page = move |Target(target): Target<usize>| async move {
        let step = ((Clock::System.now().seconds() - began) / SCRAPE).cast_unsigned();
        let mut text = format!("process_start_time_seconds {began}\n");
        for slo in (target..SLOS).step_by(TARGETS) {
            let _ = writeln!(text, "bench_requests_total{{slo=\"{slo}\",code=\"200\"}} {}", 100 * step);
            let _ = writeln!(text, "bench_requests_total{{slo=\"{slo}\",code=\"500\"}} {}", step / 20);
        }
        text
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/{target}", get(page));
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn scrape_configs(port: u16) -> String {
    let mut text = format!("- job_name: bench\n  scrape_interval: {SCRAPE}s\n  static_configs:\n");
    for target in 0..TARGETS {
        let labels = format!("{{instance: 'bench-{target}', __metrics_path__: '/{target}'}}");
        let _ = writeln!(text, "  - {{targets: ['127.0.0.1:{port}'], labels: {labels}}}");
    }
    text
}
