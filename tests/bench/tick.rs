//! What a tick's arithmetic costs, and what an SLO takes in memory: 10,000 SLOs of 30 days, seven burn-rate windows each.
//! `cargo bench --bench tick`
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

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_base::store::{self, Store};
use slo_core::time::Timestamp;
use slo_core::time::short::{at as moment, secs};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel};
use slo_evaluation::ledger;
use slo_model::buckets::Bucket;
use slo_model::budget::{Refill, Rolling, Situation, WindowSums, verdict};
use slo_model::slo::Slo;
use tokio_util::sync::CancellationToken;

use support::ms;
use support::objectives::availability;
use support::process::{own_memory, thread_cpu};
use support::still::Still;

const SLOS: usize = 10_000;
const STEP: i64 = 30;
const DAY: i64 = 86_400;
/// An end of an hour.
const START: i64 = 1_788_220_800;
const TICK_GOAL: Duration = Duration::from_millis(20);
const MEMORY_GOAL: usize = 32 * 1024;
/// Arguments of the processes that measure memory.
const WINDOWS: &str = "memory-of-windows";
const ENGINE: &str = "memory-of-engine";
/// SLOs of the engine whose memory is measured.
const UNITS: usize = 2_000;

fn main() -> ExitCode {
    // Memory is measured in processes of their own: what one measurement gives back to the allocator, the next would take
    // without growing.
    let reached = match std::env::args().nth(1).as_deref() {
        Some(WINDOWS) => memory_of_windows(),
        Some(ENGINE) => memory_of_engine(),
        _ => [again(WINDOWS), again(ENGINE), arithmetic()].iter().all(|reached| *reached),
    };
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn again(what: &str) -> bool {
    let program = std::env::current_exe().unwrap();
    std::process::Command::new(program).arg(what).status().unwrap().success()
}

/// One budget, and the history that its windows let go of again.
struct Budget {
    slo: Slo,
    rolling: Rolling,
    seed: u64,
}

/// What happened in the bucket that ends at `end`: traffic that changes, errors now and then.
fn bucket(seed: u64, end: i64) -> Bucket {
    let mixed = (end.cast_unsigned() ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let total = 200 + mixed % 1800;
    let bad = if mixed.is_multiple_of(4) { mixed % 20 } else { 0 };
    Bucket { end: moment(end), good: (total - bad) as f64, total: total as f64, covered: STEP as f64 }
}

fn fine(seed: u64, after: i64, until: i64) -> impl Iterator<Item = Bucket> {
    (after..until).step_by(STEP as usize).map(move |start| bucket(seed, start + STEP))
}

/// As the engine hands it over at its start: by the hour, and by the step for the last three days.
fn history(seed: u64) -> Vec<Bucket> {
    let hours = (START - 30 * DAY..START - 3 * DAY).step_by(3600).map(|start| {
        let blank = Bucket { end: moment(start + 3600), ..Bucket::default() };
        fine(seed, start, start + 3600).fold(blank, |sum, one| Bucket {
            good: sum.good + one.good,
            total: sum.total + one.total,
            covered: sum.covered + one.covered,
            ..sum
        })
    });
    hours.chain(fine(seed, START - 3 * DAY, START)).collect()
}

fn give(budget: &mut Budget, refill: Refill) {
    let buckets: Vec<Bucket> =
        fine(budget.seed, refill.range.after.seconds(), refill.range.until.seconds()).collect();
    budget.rolling.feed(refill, &buckets);
}

fn refill(budgets: &mut [Budget], at: i64) {
    for budget in budgets {
        for refill in budget.rolling.refills(moment(at)) {
            give(budget, refill);
        }
    }
}

/// Ten thousand budgets, with what they need read ahead for an hour.
fn budgets(slos: &[Slo]) -> Vec<Budget> {
    let mut random = StdRng::seed_from_u64(1);
    let mut budgets: Vec<Budget> = slos
        .iter()
        .map(|slo| {
            let seed = random.random();
            let rolling = Rolling::new(slo, &history(seed), moment(START), secs(STEP));
            Budget { slo: slo.clone(), rolling, seed }
        })
        .collect();
    refill(&mut budgets, START + STEP);
    budgets
}

fn slos(count: usize) -> Vec<Slo> {
    (0..count)
        .map(|number| {
            let total = format!(r#"sum(http_requests_total{{job="api",service="s{number:05}"}})"#);
            let bad = total.replace('}', r#",code=~"5.."}"#);
            availability(&format!("availability-{number:05}"), &bad, &total)
        })
        .collect()
}

/// One tick of every budget: the windows move by a step (the bucket before, which late samples may have changed, is
/// written again), and each is judged.
fn tick(budgets: &mut [Budget], new: &[[Bucket; 2]], at: Timestamp) {
    for (budget, new) in budgets.iter_mut().zip(new) {
        assert!(budget.rolling.advance(&budget.slo, new, at));
        let sums = budget.rolling.sums();
        let situation = Situation { at, data_until: Some(at), source_answers: true };
        black_box(verdict(&budget.slo, &sums, situation));
    }
}

fn arithmetic() -> bool {
    let began = Instant::now();
    let mut budgets = budgets(&slos(SLOS));
    println!("{SLOS} histories of 30 days made in {:?}", began.elapsed());
    let (mut at, mut ticks, mut refills) = (START, Vec::new(), Vec::new());
    // Each iteration also makes the buckets that it measures nothing of, so criterion's own times are kept short.
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut group = criterion.benchmark_group("tick");
    group.sampling_mode(SamplingMode::Flat).bench_function("10000_slos", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut spent = Duration::ZERO;
            for _ in 0..iterations {
                at += STEP;
                let new: Vec<[Bucket; 2]> = budgets
                    .iter()
                    .map(|budget| [bucket(budget.seed, at - STEP), bucket(budget.seed, at)])
                    .collect();
                // Reading ahead is the ledger's time, once an hour; it is told by itself.
                let wanted: Vec<Vec<Refill>> =
                    budgets.iter().map(|budget| budget.rolling.refills(moment(at))).collect();
                let began = Instant::now();
                for (budget, wanted) in budgets.iter_mut().zip(&wanted) {
                    for wanted in wanted {
                        give(budget, *wanted);
                    }
                }
                if wanted.iter().any(|wanted| !wanted.is_empty()) {
                    refills.push(began.elapsed());
                }
                // The goal is a core's time; on a busy machine a clock on the wall tells something else.
                let began = thread_cpu();
                tick(&mut budgets, &new, moment(at));
                let took = thread_cpu().saturating_sub(began);
                ticks.push(took);
                spent += took;
            }
            spent
        });
    });
    group.finish();
    criterion.final_summary();
    check(&budgets, at);
    if let Some(longest) = refills.iter().max() {
        println!("taking an hour's worth of read-ahead for {SLOS} SLOs, once an hour: {}", ms(*longest));
    }
    // The kernel brings a running thread's time up to date every 4 ms or so, so that a single reading, and their median,
    // is a multiple of that; the mean is not.
    let mean = ticks.iter().sum::<Duration>() / u32::try_from(ticks.len()).unwrap();
    support::verdict(
        &format!(
            "tick of {SLOS} SLOs, 7 burn-rate windows and 30 d, CPU time of its thread, mean of {}",
            ticks.len()
        ),
        ms(mean),
        "20 ms on one core",
        mean <= TICK_GOAL,
    )
}

/// What the windows say after all the ticks is what the history says, bucket by bucket.
fn check(budgets: &[Budget], at: i64) {
    for budget in budgets.iter().step_by(SLOS / 10) {
        let all: Vec<Bucket> = fine(budget.seed, at - 31 * DAY, at).collect();
        assert_eq!(
            budget.rolling.sums(),
            WindowSums::of(&budget.slo, &all, moment(at)),
            "{}",
            budget.slo.key
        );
    }
}

fn memory_of_windows() -> bool {
    let slos = slos(SLOS);
    let one = history(0);
    // What a first history leaves with the allocator is not theirs.
    drop(one.clone());
    let before = own_memory();
    let mut rollings: Vec<Rolling> =
        slos.iter().map(|slo| Rolling::new(slo, &one, moment(START), secs(STEP))).collect();
    for rolling in &mut rollings {
        for refill in rolling.refills(moment(START + STEP)) {
            rolling.feed(refill, &[]);
        }
    }
    let grown = (own_memory() - before) / SLOS;
    let told = rollings[0].size();
    println!("windows of a 30-day SLO: Rolling::size() says {told} bytes");
    support::verdict(
        &format!("windows of a 30-day SLO, growth of the process over {SLOS}"),
        format!("{grown} bytes"),
        "32 KiB",
        grown.max(told) <= MEMORY_GOAL,
    )
}

/// Everything an engine keeps of an SLO with eight counters: definition, counters, targets, windows, the row it shows.
fn memory_of_engine() -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::Builder::new().prefix("slo-bench-").tempdir().unwrap();
    // Filling needs space that it gives back to the allocator, not to the system; a small engine asks for it first.
    let small = runtime.block_on(engine(&folder.path().join("small.db"), 50));
    let before = own_memory();
    let large = runtime.block_on(engine(&folder.path().join("large.db"), UNITS));
    let grown = (own_memory() - before) / UNITS;
    assert_eq!(large.snapshots().latest().rows.len(), UNITS);
    drop(small);
    // Not given back, so that under heaptrack the leaks at the end are what an engine holds, place by place.
    std::mem::forget(large);
    support::verdict(
        &format!("an engine's SLO with 8 counters, growth of the process over {UNITS}"),
        format!("{grown} bytes"),
        "32 KiB",
        grown <= MEMORY_GOAL,
    )
}

/// An engine that is filled and has ticked.
async fn engine(file: &std::path::Path, count: usize) -> Engine {
    let source = Still {
        since: START - DAY,
        codes: &["200", "404", "500", "503"],
        instances: &["10.0.0.1:8080", "10.0.0.2:8080"],
    };
    let store = Store::open(&format!("sqlite://{}", file.display()), &store::ENGINE).await.unwrap();
    let ledger = ledger::open(&store, secs(STEP)).await.unwrap();
    let mut engine =
        Engine::new(slos(count), Arc::new(source), ledger, Settings::default(), SnapshotChannel::default())
            .await
            .unwrap();
    engine.catch_up(moment(START), &CancellationToken::new(), &|_| {}).await.unwrap();
    for number in 0..3 {
        let report = engine.tick(moment(START + number * STEP)).await.unwrap();
        assert_eq!(report.failures, []);
        assert_eq!(report.read, count);
    }
    engine
}
