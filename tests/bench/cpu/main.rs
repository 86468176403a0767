//! What evaluating 200 SLOs costs Prometheus and us together, beside Prometheus evaluating the usual recording rules, on
//! the same data in the same run. `cargo bench --bench cpu` measures one layout in about five minutes; `-- own-jobs` the
//! other one, `-- one-job own-jobs` both.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot go on should stop here"
)]

mod layout;
mod server;
#[path = "../../servers/mod.rs"]
#[allow(unused_imports, reason = "the servers' own tests are left out here, and so what they import")]
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod targets;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_base::store::{ENGINE, Store};
use slo_core::time::short::{at as moment, secs};
use slo_evaluation::engine::{Engine, Settings, Snapshot, SnapshotChannel};
use slo_evaluation::ledger;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::budget::BURN_WINDOWS;
use slo_model::source::Source;
use tokio_util::sync::CancellationToken;

use layout::{Layout, METRIC, SERVICES};
use server::{Data, Server, Work};
use support::process::own_cpu_seconds;
use support::traffic::{History, SCRAPE};
use support::{median, ms};

/// Seconds between two evaluations, of rules and of ours.
const INTERVAL: i64 = 30;
const TICKS_AN_HOUR: i64 = 3600 / INTERVAL;
/// History that is loaded. The rules' 30-day average would read ten times as much of it, had it been loaded: that takes
/// promtool a quarter of an hour. So the comparison favours the rules.
const LOADED: i64 = 3 * 86_400 + 600;
/// Ticks beside a server that scrapes, at the moments when they are due.
const LIVE_TICKS: i64 = 2;
/// How long a server that only scrapes is watched.
const IDLE: Duration = Duration::from_secs(25);
/// Evaluations of every group before the measured ones.
const WARM: f64 = 1.0;
/// How many are measured.
const MEASURED: f64 = 2.0;
/// How often rules are looked at.
const LOOK: Duration = Duration::from_secs(3);
const GOAL: f64 = 1.0 / 20.0;

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let layouts = [("one-job", Layout::OneJob), ("own-jobs", Layout::OwnJobs)];
    let named = |name: &str| asked.iter().any(|argument| argument == name);
    let none = !layouts.iter().any(|(name, _)| named(name));
    let mut reached = true;
    for (_, layout) in layouts.iter().filter(|(name, _)| named(name) || (none && *name == layouts[0].0)) {
        reached &= Box::pin(measure(*layout)).await;
    }
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// CPU seconds of one evaluation of one SLO.
#[derive(Debug, Clone, Copy)]
struct Cost {
    prometheus: f64,
    ours: f64,
}

impl Cost {
    fn whole(self) -> f64 {
        self.prometheus + self.ours
    }

    fn tell(self, what: &str) {
        println!(
            "{what}: {:.3} ms per SLO and evaluation (Prometheus {:.3}, engine {:.3}); {:.1} CPU seconds an hour for {SERVICES} SLOs",
            self.whole() * 1e3,
            self.prometheus * 1e3,
            self.ours * 1e3,
            self.whole() * (TICKS_AN_HOUR * SERVICES.cast_signed()) as f64,
        );
    }
}

async fn measure(layout: Layout) -> bool {
    println!("--- {}", layout.name());
    println!(
        "3 days of history are loaded, not 30: the rules' 30-day average reads a tenth, which favours the rules"
    );
    let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
    let until = Clock::System.now().seconds().div_euclid(INTERVAL) * INTERVAL;
    let from = until - LOADED;
    let data = load(layout, &folder.path().join("history.om"), (from, until));
    let source: Arc<dyn Source> =
        Arc::new(PrometheusSource::new(SourceSettings::new(&data.url()).unwrap(), Clock::System).unwrap());
    let url = format!("sqlite://{}", folder.path().join("slo.db").display());
    let store = Store::open(&url, &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, secs(INTERVAL)).await.unwrap();
    let settings = Settings { interval: secs(INTERVAL), ..Settings::default() };
    let mut engine =
        Engine::new(layout.slos(), source.clone(), ledger.clone(), settings, SnapshotChannel::default())
            .await
            .unwrap();

    let hour = {
        let server = data.serve(Work::default()).await;
        past_hour(&mut engine, &server, until).await
    };
    check(layout, &engine.snapshots().latest(), until);
    hour.tell("engine, an hour of ticks over history");

    let port = targets::serve(layout, from).await;
    let (live, idle) = {
        let server = data.serve(Work { scrapes: Some((layout, port)), ..Work::default() }).await;
        all_up(layout, source.as_ref()).await;
        (live(&mut engine, &server).await, idle(&server).await)
    };
    live.tell("engine, live ticks");
    store.close().await;

    let work = Work { scrapes: Some((layout, port)), rules: Some(layout.rules()) };
    let server = data.serve(work).await;
    all_up(layout, source.as_ref()).await;
    let rules = rules(&server, idle).await;
    rules.tell("recording rules (scraping subtracted)");

    let compare = |what: &str, cost: Cost| {
        let ratio = cost.whole() / rules.whole();
        let figure = format!("{ratio:.4}, 1/{:.0}", 1.0 / ratio);
        support::verdict(&format!("{}: {what} over rules", layout.name()), figure, "1/20", ratio <= GOAL)
    };
    let reached = [compare("an hour of ticks", hour), compare("live ticks", live)];
    reached.iter().all(|reached| *reached)
}

fn load(layout: Layout, file: &Path, span: (i64, i64)) -> Data {
    let counters: Vec<_> = (0..SERVICES).flat_map(|service| layout.counters(service)).collect();
    let targets: Vec<String> = layout
        .targets()
        .iter()
        .map(|(job, instance)| format!(r#"job="{job}",instance="{instance}""#))
        .collect();
    let records = layout::records();
    let history = History { metric: METRIC, counters: &counters, targets: &targets, records: &records };
    let began = Instant::now();
    let samples = history.write(file, span).unwrap();
    println!("{samples} samples written in {:?}; importing them", began.elapsed());
    let began = Instant::now();
    let data = Data::import(file);
    println!("imported in {:?}", began.elapsed());
    data
}

/// The last hour of the history, tick by tick, as the application works: an hour's read-ahead, sealing and pruning is in it.
async fn past_hour(engine: &mut Engine, server: &Server, until: i64) -> Cost {
    let stop = CancellationToken::new();
    let start = until - 3600;
    let began = Instant::now();
    let (theirs, ours) = (server.cpu_seconds(), own_cpu_seconds());
    engine.catch_up(moment(start), &stop, &|_| {}).await.unwrap();
    engine.tick(moment(start)).await.unwrap();
    println!(
        "filled the history in {:?}; CPU: Prometheus {:.1} s, engine {:.1} s",
        began.elapsed(),
        server.cpu_seconds() - theirs,
        own_cpu_seconds() - ours
    );
    // A tick reads what the one before could not settle, and what is new.
    let span = INTERVAL + Settings::default().settle.as_seconds();
    let samples = (SERVICES.cast_signed() * 8 * span / SCRAPE) as usize;
    let (theirs, ours) = (server.cpu_seconds(), own_cpu_seconds());
    let mut took = Vec::new();
    for number in 1..=TICKS_AN_HOUR {
        let now = moment(start + number * INTERVAL);
        let began = Instant::now();
        engine.catch_up(now, &stop, &|_| {}).await.unwrap();
        let report = engine.tick(now).await.unwrap();
        assert_eq!(report.failures, []);
        assert_eq!((report.read as u64, report.samples), (SERVICES, samples), "a live tick reads as much");
        took.push(began.elapsed());
    }
    let slowest = took.iter().max().copied().unwrap_or_default();
    println!("a tick takes {} (median; the slowest {})", ms(median(&took)), ms(slowest));
    engine.prune(moment(until)).await.unwrap();
    let evaluations = (TICKS_AN_HOUR * SERVICES.cast_signed()) as f64;
    Cost {
        prometheus: (server.cpu_seconds() - theirs) / evaluations,
        ours: (own_cpu_seconds() - ours) / evaluations,
    }
}

/// The burn rates are those of the events that were written.
fn check(layout: Layout, snapshot: &Snapshot, at: i64) {
    assert_eq!((snapshot.at, snapshot.rows.len() as u64), (moment(at), SERVICES));
    for (service, row) in (0..SERVICES).zip(&snapshot.rows) {
        let counters = layout.counters(service);
        let events = |seconds: i64, bad: bool| -> f64 {
            let counted = counters.iter().filter(|one| !bad || one.labels.contains(r#"code="5"#));
            counted.map(|one| (one.events(at) - one.events(at - seconds)) as f64).sum()
        };
        for (window, rate) in BURN_WINDOWS.iter().zip(row.verdict.burn_rates) {
            let want = events(window.length.as_seconds(), true)
                / events(window.length.as_seconds(), false)
                / row.slo.target.budget();
            let got = rate.flatten().unwrap();
            assert!((got - want).abs() <= 1e-9 * want, "{} over {}: {got}, {want}", row.slo.key, window.name);
        }
    }
}

/// Waits until every target was scraped.
async fn all_up(layout: Layout, source: &dyn Source) {
    let targets = layout.targets().len() as f64;
    let began = Instant::now();
    loop {
        let up = source.instant("count(max_over_time(up[20s]) == 1)", Clock::System.now()).await.unwrap();
        if up.data.first().is_some_and(|point| point.value >= targets) {
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(2), "of {targets} targets, up: {:?}", up.data);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// CPU seconds a second of a server that only scrapes.
async fn idle(server: &Server) -> f64 {
    let (theirs, began) = (server.cpu_seconds(), Instant::now());
    tokio::time::sleep(IDLE).await;
    let idle = (server.cpu_seconds() - theirs) / began.elapsed().as_secs_f64();
    println!("scraping alone: {:.2} ms of Prometheus' CPU a second", idle * 1e3);
    idle
}

/// Ticks when they are due, of a server that scrapes: samples come from its head, not from a block. Only the time from a
/// tick's begin to its end counts, so that scraping is not in it.
async fn live(engine: &mut Engine, server: &Server) -> Cost {
    let stop = CancellationToken::new();
    let (mut prometheus, mut ours) = (0.0, 0.0);
    for number in 0..=LIVE_TICKS {
        next_moment().await;
        let now = Clock::System.now();
        let before = (server.cpu_seconds(), own_cpu_seconds());
        engine.catch_up(now, &stop, &|_| {}).await.unwrap();
        let report = engine.tick(now).await.unwrap();
        assert_eq!(report.failures, []);
        assert_eq!(report.read as u64, SERVICES);
        // The first one also reads what happened since the history ended.
        if number > 0 {
            prometheus += server.cpu_seconds() - before.0;
            ours += own_cpu_seconds() - before.1;
        }
    }
    let evaluations = (LIVE_TICKS * SERVICES.cast_signed()) as f64;
    Cost { prometheus: prometheus / evaluations, ours: ours / evaluations }
}

async fn next_moment() {
    let interval_ms = INTERVAL * 1000;
    let wait = interval_ms - Clock::System.now().ms().rem_euclid(interval_ms);
    tokio::time::sleep(Duration::from_millis(wait.cast_unsigned())).await;
}

/// Waits until each group was evaluated [`WARM`] times, and measures until it was [`MEASURED`] times more.
async fn rules(server: &Server, idle: f64) -> Cost {
    evaluated(server, WARM).await;
    let (theirs, began) = (server.cpu_seconds(), Instant::now());
    let before = evaluations(server).await;
    let least = before.iter().copied().fold(f64::INFINITY, f64::min);
    evaluated(server, least + MEASURED).await;
    let after = evaluations(server).await;
    let prometheus = server.cpu_seconds() - theirs - idle * began.elapsed().as_secs_f64();
    let failures: f64 = server.metric("prometheus_rule_evaluation_failures_total").await.into_values().sum();
    assert!(failures == 0.0, "{failures} evaluations of rules failed");
    let missed: f64 =
        server.metric("prometheus_rule_group_iterations_missed_total").await.into_values().sum();
    let count = after.iter().sum::<f64>() - before.iter().sum::<f64>();
    println!("{count} evaluations of groups measured; {missed} missed");
    Cost { prometheus: prometheus / count, ours: 0.0 }
}

async fn evaluated(server: &Server, times: f64) {
    let began = Instant::now();
    while evaluations(server).await.into_iter().fold(f64::INFINITY, f64::min) < times {
        assert!(began.elapsed() < Duration::from_mins(15), "rules were not evaluated {times} times");
        tokio::time::sleep(LOOK).await;
    }
}

/// How often each group was evaluated.
async fn evaluations(server: &Server) -> Vec<f64> {
    let groups: Vec<f64> =
        server.metric("prometheus_rule_group_iterations_total").await.into_values().collect();
    // A group that was not started yet has no line.
    if groups.len() as u64 == SERVICES { groups } else { vec![0.0] }
}
