//! Compares what is said of a world with what happened in it.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_evaluation::engine::{Engine, Settings, SnapshotChannel};
use slo_evaluation::evaluate::{Limits, direct};
use slo_model::budget::{BURN_WINDOWS, Sums, Verdict};
use slo_model::counting::Decision;
use slo_model::slo::Slo;
use slo_model::source::Source;
use tokio_util::sync::CancellationToken;

use super::kinds::{self, Kind};
use super::ledger::InMemory;
use super::source::Server;
use super::target::Ms;
use super::world::{Event, World, moment, span};
use crate::engine::world::slos;

/// Samples may be so late.
const SETTLE: Ms = 30_000;

/// What was said, and where it is wrong.
struct Checked<'a> {
    world: &'a World,
    wrong: Vec<String>,
}

impl Checked<'_> {
    /// Compares a verdict at `at` with what had happened, and arrived `now`.
    fn compare(&mut self, way: &str, verdict: &Verdict, (at, now): (Ms, Ms), counted_from: Ms) {
        let whole = (self.world.window, verdict.counts);
        let burn = BURN_WINDOWS.iter().zip(verdict.windows);
        let burn = burn.filter_map(|(window, sums)| Some((window.length.ms(), sums?)));
        for (length, Sums { good, total, .. }) in std::iter::once(whole).chain(burn) {
            let truth = self.world.truth(&(at - length..at), counted_from, now);
            if !(truth.good.contains(&good) && truth.total.contains(&total)) {
                let (second, length) = ((at - self.world.begin) / 1000, length / 1000);
                let said =
                    format!("{way}: {length} s to {second} s: good {good} total {total}, was {truth:?}");
                self.wrong.push(said);
            }
        }
    }

    fn told(&mut self, way: &str, warnings: &[String], estimated: bool) {
        let partial = warnings.iter().any(|warning| warning.contains("partial response"));
        let fell = warnings.iter().any(|warning| warning.contains("fell a little"));
        if partial != self.world.dialect.partial {
            self.wrong
                .push(format!("{way}: the answers are partial, or not, and the warnings are {warnings:?}"));
        }
        if (fell || partial) != estimated || (fell && self.world.kind != Kind::Merged) {
            self.wrong.push(format!("{way}: estimated {estimated}, warned {warnings:?}"));
        }
    }
}

/// What is wrong about the world of a seed.
pub async fn world(seed: u64, explain: bool) -> Vec<String> {
    let world = kinds::world(seed);
    let slo = definition(&world);
    let mut checked = Checked { world: &world, wrong: Vec::new() };
    let limits = Limits {
        replica_label: (world.kind == Kind::Replicas).then(|| "replica".to_owned()),
        explain,
        ..Limits::default()
    };
    status(&world, &slo, &limits, &mut checked).await;
    ledgers(&world, &slo, &limits, &mut checked).await;
    checked.wrong
}

fn definition(world: &World) -> Slo {
    type Known = Mutex<HashMap<String, Slo>>;
    static KNOWN: std::sync::LazyLock<Known> = std::sync::LazyLock::new(Known::default);
    let text = world.definition();
    let mut known = KNOWN.lock().unwrap();
    known.entry(text).or_insert_with_key(|text| slos(text).remove(0)).clone()
}

async fn status(world: &Arc<World>, slo: &Slo, limits: &Limits, checked: &mut Checked<'_>) {
    let server = Server::of(world);
    for at in &world.moments {
        server.now.store(*at, Ordering::Relaxed);
        let assessed = direct(std::slice::from_ref(slo), &server, limits, moment(*at)).await.remove(0);
        let Ok(assessed) = assessed.inspect_err(|error| checked.wrong.push(error.to_string())) else {
            return;
        };
        let wrong = checked.wrong.len();
        let from = at - world.window;
        checked.compare("status", &assessed[0].verdict, (*at, *at), from);
        checked.told("status", &assessed[0].warnings, assessed[0].estimated);
        if limits.explain && checked.wrong.len() > wrong {
            explain(world, &assessed[0].decisions);
            println!("{:?}", checked.wrong);
        }
    }
}

/// What happened, and what was made of it.
fn explain(world: &World, decisions: &[Decision]) {
    println!("{}\n{:?}", world.definition(), world.dialect);
    let second = |at: Ms| (at - world.begin) as f64 / 1000.0;
    let mut lines = Vec::new();
    for Event { at, arrived, count, since, first, .. } in &world.events {
        if let Some(labels) = first.map(|series| &world.series[series].0) {
            let line =
                format!("{} {labels} {count} happened: {since:?} (seen {})", second(*at), second(*arrived));
            lines.push((*at, line));
        }
    }
    for Decision { at, labels, judgement, value, counted } in decisions {
        let line = format!("{} {labels} {value}: {counted} counted: {judgement}", second(at.ms()));
        lines.push((at.ms(), line));
    }
    lines.sort();
    for (_, line) in lines {
        println!("{line}");
    }
}

async fn engine(slo: &Slo, server: &Arc<Server>, ledger: &Arc<InMemory>, limits: &Limits) -> Engine {
    // What is said to be partial here lacks nothing: it is taken as it is.
    let partial_wait = slo_core::time::Span::ZERO;
    let settings =
        Settings { settle: span(SETTLE), limits: limits.clone(), partial_wait, ..Settings::default() };
    let source: Arc<dyn Source> = Arc::clone(server) as _;
    Engine::new(vec![slo.clone()], source, Arc::clone(ledger) as _, settings, SnapshotChannel::default())
        .await
        .unwrap()
}

/// A tick at `now`; false when the server did not answer, be it about history, which is then told to be incomplete.
async fn tick(engine: &mut Engine, server: &Server, now: Ms) -> bool {
    server.now.store(now, Ordering::Relaxed);
    engine.catch_up(moment(now), &CancellationToken::new(), &|_| {}).await.unwrap();
    let report = engine.tick(moment(now)).await.unwrap();
    report.failures.is_empty() && engine.snapshots().latest().filling == 0
}

async fn ledgers(world: &Arc<World>, slo: &Slo, limits: &Limits, checked: &mut Checked<'_>) {
    let server = Arc::new(Server::of(world));
    let mut random = StdRng::seed_from_u64(world.seed);
    let ledger = Arc::new(InMemory::default());
    let mut ticking = engine(slo, &server, &ledger, limits).await;
    let on_grid = |at: Ms| at / 30_000 * 30_000;
    let mut counted_from = None;
    for now in &world.ticks {
        server.fragile.store(*now != world.end, Ordering::Relaxed);
        if random.random_ratio(1, 8) {
            ticking = engine(slo, &server, &ledger, limits).await;
        }
        if !tick(&mut ticking, &server, *now).await {
            continue;
        }
        let from = *counted_from.get_or_insert(on_grid(*now) - world.window);
        let way = format!("tick (counted from {} s)", (from - world.begin) / 1000);
        let verdict = ticking.snapshots().latest().rows[0].verdict;
        checked.compare(&way, &verdict, (on_grid(*now), *now), from);
        if checked.wrong.len() > 3 {
            if limits.explain {
                explain(world, &[]);
            }
            return;
        }
    }
    let filled = Arc::new(InMemory::default());
    let mut filling = engine(slo, &server, &filled, limits).await;
    assert!(tick(&mut filling, &server, world.end).await);
    let verdict = filling.snapshots().latest().rows[0].verdict;
    checked.compare("new ledger", &verdict, (world.end, world.end), world.end - world.window);
}
