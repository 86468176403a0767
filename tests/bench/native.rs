//! How long an engine takes to fill 30 days of a new SLO on a native histogram with 20 series at 15 s, and whether what it
//! then says is what happened. The server is a small one that makes its answers up, in a thread of its own: Prometheus
//! 2.42 takes 14 µs for each `histogram_fraction`, so that it would be what is measured.
//! `cargo bench --bench native`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot go on should stop here"
)]

mod support;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Form, Path};
use axum::routing::post;
use slo_base::clock::Clock;
use slo_base::config::source::SourceSettings;
use slo_base::store::{ENGINE, Store};
use slo_core::duration;
use slo_core::time::short::{at as moment, secs};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel};
use slo_evaluation::ledger;
use slo_evaluation::prometheus::PrometheusSource;
use tokio_util::sync::CancellationToken;

use support::median;
use support::objectives::availability;
use support::process::{own_cpu_seconds, own_peak_memory};

const DAY: i64 = 86_400;
const AT: i64 = 1_788_220_800;
const WINDOW: i64 = 30 * DAY;
/// The data begins this much before the window does.
const BEGIN: i64 = AT - WINDOW - 1200;
const SCRAPE: i64 = 15;
const SERIES: i64 = 20;
const RUNS: usize = 5;
const GOAL: Duration = Duration::from_secs(2);

/// Observations of a series up to its sample number `sample`, and those of them above the threshold.
fn observed(series: i64, sample: i64) -> (i64, i64) {
    (sample * (40 + series) + sample % 7, sample / (3 + series % 5))
}

fn labels(series: i64) -> String {
    format!(r#""job":"shop","instance":"10.0.0.{}:8080","code":"{}""#, series % 4, 200 + series / 4)
}

#[tokio::main]
async fn main() -> ExitCode {
    let url = serve();
    let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
    let mut times = Vec::new();
    for run in 0..RUNS {
        times.push(fill(&url, &format!("sqlite://{}/run-{run}.db", folder.path().display())).await);
    }
    println!("peak memory of this process, its server with it: {} MiB", own_peak_memory() >> 20);
    let middle = median(&times);
    let reached = support::verdict(
        &format!("30 days of a native histogram with {SERIES} series at {SCRAPE} s, median of {RUNS}"),
        format!("{:.2} s", middle.as_secs_f64()),
        "under 2 s",
        middle < GOAL,
    );
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One fill into a fresh ledger; what it took.
async fn fill(url: &str, database: &str) -> Duration {
    let x = r#"request_seconds{job="shop"}"#;
    let bad = format!("sum(histogram_fraction(0.5, +Inf, {x}) * histogram_count({x}))");
    let slos = vec![availability("shop", &bad, &format!("sum(histogram_count({x}))"))];
    let source = Arc::new(PrometheusSource::new(SourceSettings::new(url).unwrap(), Clock::System).unwrap());
    let store = Store::open(database, &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, secs(30)).await.unwrap();
    let snapshots = SnapshotChannel::default();
    let mut engine = Engine::new(slos, source, ledger, Settings::default(), snapshots).await.unwrap();
    let (cpu, began) = (own_cpu_seconds(), Instant::now());
    engine.catch_up(moment(AT), &CancellationToken::new(), &|_| {}).await.unwrap();
    let took = began.elapsed();
    println!("filled in {:.2} s; CPU of both: {:.2} s", took.as_secs_f64(), own_cpu_seconds() - cpu);
    let report = engine.tick(moment(AT)).await.unwrap();
    assert_eq!(report.failures, []);
    let row = engine.snapshots().latest().rows[0].clone();
    let (first, last) = ((AT - WINDOW - BEGIN) / SCRAPE, (AT - BEGIN) / SCRAPE);
    let sum = |part: fn((i64, i64)) -> i64| -> f64 {
        let of = |series| part(observed(series, last)) - part(observed(series, first));
        (0..SERIES).map(of).sum::<i64>() as f64
    };
    let counts = row.verdict.counts;
    assert_eq!((counts.total, counts.total - counts.good), (sum(|all| all.0), sum(|all| all.1)));
    assert!(!row.estimated, "{:?}", row.warnings);
    store.close().await;
    took
}

/// Starts the server on a thread of its own, which ends with the process; its URL.
fn serve() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = |Path(path): Path<String>, Form(form): Form<HashMap<String, String>>| async move {
                let body = if path == "query_range" { range(&form) } else { instant(&form) };
                ([("content-type", "application/json")], body)
            };
            let router = axum::Router::new().route("/api/v1/{path}", post(answer));
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    url
}

fn answer(kind: &str, result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":[{result}]}}}}"#)
}

fn number(form: &HashMap<String, String>, key: &str) -> i64 {
    form[key].parse::<f64>().unwrap() as i64
}

/// The series of `values`, which writes what a series has.
fn series(count: i64, key: &str, name: &str, values: impl Fn(i64, &mut String)) -> String {
    let mut text = String::new();
    for series in 0..count {
        let comma = if series > 0 { "," } else { "" };
        write!(text, r#"{comma}{{"metric":{{{name}{}}},"{key}":["#, labels(series)).unwrap();
        values(series, &mut text);
        text.push_str("]}");
    }
    text
}

/// Times and observations, or what a query makes of them, at each step.
fn range(form: &HashMap<String, String>) -> String {
    let query = &form["query"];
    let (start, end, step) = (number(form, "start"), number(form, "end"), number(form, "step"));
    if query.starts_with("max(count_over_time(") {
        let points: Vec<String> =
            (start..=end).step_by(step as usize).map(|at| format!(r#"[{at},"20"]"#)).collect();
        return answer("matrix", &format!(r#"{{"metric":{{}},"values":[{}]}}"#, points.join(",")));
    }
    let write = |series, text: &mut String| {
        let mut at = start;
        let mut comma = "";
        while at <= end {
            let sample = (at - BEGIN).div_euclid(SCRAPE);
            if sample >= 0 {
                let (all, above) = observed(series, sample);
                let value = if query.starts_with("timestamp(") {
                    BEGIN + sample * SCRAPE
                } else if query.starts_with("histogram_count(") {
                    all
                } else {
                    all - above
                };
                write!(text, r#"{comma}[{at},"{value}"]"#).unwrap();
                comma = ",";
            }
            at += step;
        }
    };
    answer("matrix", &series(SERIES, "values", "", write))
}

/// Raw samples, and when the histograms were seen last; nothing else is there.
fn instant(form: &HashMap<String, String>) -> String {
    let (query, at) = (&form["query"], number(form, "time"));
    if query == "time()" {
        return format!(r#"{{"status":"success","data":{{"resultType":"scalar","result":[{at},"{at}"]}}}}"#);
    }
    if query.starts_with("max_over_time(timestamp(") {
        let last = BEGIN + (at - BEGIN).div_euclid(SCRAPE) * SCRAPE;
        let seen = |_, text: &mut String| write!(text, r#"{at},"{last}""#).unwrap();
        return answer("vector", &series(SERIES, "value", "", seen));
    }
    if query.contains("_over_time(") {
        return answer("vector", "");
    }
    let Some((selector, length)) = query.strip_suffix(']').and_then(|query| query.rsplit_once('[')) else {
        return answer("vector", "");
    };
    let after = at - duration::parse(length).unwrap().as_seconds();
    let samples = (after - BEGIN).div_euclid(SCRAPE).max(-1) + 1..=(at - BEGIN).div_euclid(SCRAPE);
    let each = |text: &mut String, write: &dyn Fn(i64, &mut String)| {
        for (place, sample) in samples.clone().enumerate() {
            text.push_str(if place > 0 { "," } else { "" });
            write(sample, text);
        }
    };
    if selector.starts_with("up") {
        let up = |_, text: &mut String| {
            each(text, &|sample, text| write!(text, r#"[{},"1"]"#, BEGIN + sample * SCRAPE).unwrap());
        };
        return answer("matrix", &series(4, "values", r#""__name__":"up","#, up));
    }
    if !selector.starts_with("request_seconds") {
        return answer("matrix", "");
    }
    let raw = |series, text: &mut String| {
        each(text, &|sample, text| {
            let (all, above) = observed(series, sample);
            let (at, below) = (BEGIN + sample * SCRAPE, all - above);
            write!(
                text,
                r#"[{at},{{"count":"{all}","sum":"0","buckets":[[0,"0.25","0.5","{below}"],[0,"0.5","1","{above}"]]}}]"#
            )
            .unwrap();
        });
    };
    answer("matrix", &series(SERIES, "histograms", r#""__name__":"request_seconds","#, raw))
}
