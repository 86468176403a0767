//! What the ledger costs: a tick of 10,000 SLOs, the tick that ends an hour, a month's back-fill, and a start's reads.
//! On a SQLite file, and on a PostgreSQL that waits for its disk. `cargo bench --bench ledger`
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

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use slo_base::store::{ENGINE, Store};
use slo_core::labels::Labels;
use slo_core::time::short::{at as moment, range, secs};
use slo_evaluation::ledger::{self, Bucket, Definition, Entry, GroupBuckets, History, Ledger, Resolution};

use servers::postgres::Postgres;

const STEP: i64 = 30;
const HOUR: i64 = 3600;
const START: i64 = 1_780_000_000 / HOUR * HOUR;
const HISTORIES: usize = 10_000;
/// Hours that are there before the first tick is measured.
const BEFORE: i64 = 24;
const TICK_LIMIT: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let slow = measure("SQLite", &url).await;
    let file = std::fs::metadata(folder.path().join("ledger.db")).unwrap().len();
    println!("SQLite: the file has {:.0} MB at the end", file as f64 / 1e6);

    let server = Postgres::start_with(&[]).await;
    let url = server.fresh_database().await;
    let slower = measure("PostgreSQL", &url).await;
    assert!(slow.max(slower) < TICK_LIMIT, "a tick took longer than {TICK_LIMIT:?}");
}

/// Traffic that changes and errors now and then: the worst that packing usually gets.
fn bucket(end: i64, random: &mut StdRng) -> Bucket {
    let total = f64::from(random.random_range(200..2000));
    let bad = if random.random_ratio(1, 4) { f64::from(random.random_range(0..20)) } else { 0.0 };
    Bucket { end: moment(end), good: total - bad, total, covered: STEP as f64 }
}

async fn measure(name: &str, url: &str) -> Duration {
    let store = Store::open(url, &ENGINE).await.unwrap();
    let ledger = ledger::open(&store, secs(STEP)).await.unwrap();
    let random = &mut StdRng::seed_from_u64(1);
    let histories = register(name, &*ledger).await;
    fill(name, &*ledger, &histories, random).await;
    let slowest = ticks(name, &*ledger, &histories, random).await;
    again(name, &*ledger, &histories, random).await;
    back_fill(name, &*ledger, random).await;
    start(name, &*ledger, &histories).await;
    store.close().await;
    slowest
}

async fn register(name: &str, ledger: &dyn Ledger) -> Vec<History> {
    let definitions: Vec<Definition> = (0..HISTORIES)
        .map(|number| Definition { key: format!("slo-{number}"), indicator: "digest".repeat(8) })
        .collect();
    let began = Instant::now();
    let histories = ledger.register(&definitions).await.unwrap();
    println!("{name}: register {HISTORIES} histories {:?}", began.elapsed());
    histories
}

fn entry(history: &History, settled_to: i64, buckets: Vec<Bucket>) -> Entry {
    let groups = vec![GroupBuckets { group: Labels::new(), buckets }];
    let (counted_from, settled_to) = (moment(START), moment(settled_to));
    Entry { history: history.id, counted_from, settled_to, estimated: false, groups }
}

async fn fill(name: &str, ledger: &dyn Ledger, histories: &[History], random: &mut StdRng) {
    let began = Instant::now();
    let until = START + BEFORE * HOUR;
    for some in histories.chunks(250) {
        let entries: Vec<Entry> = some
            .iter()
            .map(|history| {
                let ends = (1..=BEFORE * HOUR / STEP).map(|slot| START + slot * STEP);
                entry(history, until, ends.map(|end| bucket(end, random)).collect())
            })
            .collect();
        ledger.append(&entries).await.unwrap();
    }
    println!("{name}: fill {HISTORIES} histories x {BEFORE} h {:?}", began.elapsed());
}

/// Two hours and a bit, live: each tick writes the bucket that is final now and the one that may change yet.
async fn ticks(name: &str, ledger: &dyn Ledger, histories: &[History], random: &mut StdRng) -> Duration {
    let (mut plain, mut sealing) = (Vec::new(), Vec::new());
    for slot in 1..=250 {
        let settled = START + BEFORE * HOUR + slot * STEP;
        let entries: Vec<Entry> = histories
            .iter()
            .map(|history| {
                entry(history, settled, vec![bucket(settled, random), bucket(settled + STEP, random)])
            })
            .collect();
        let began = Instant::now();
        ledger.append(&entries).await.unwrap();
        if settled % HOUR == 0 { &mut sealing } else { &mut plain }.push(began.elapsed());
    }
    plain.sort();
    let (median, worst) = (plain[plain.len() / 2], plain[plain.len() - 1]);
    println!(
        "{name}: tick of {HISTORIES} x 2 buckets: median {median:?}, worst of {} {worst:?}",
        plain.len()
    );
    println!("{name}: tick that ends an hour: {sealing:?}");
    worst.max(sealing.iter().max().copied().unwrap())
}

async fn again(name: &str, ledger: &dyn Ledger, histories: &[History], random: &mut StdRng) {
    let settled = START + BEFORE * HOUR + 251 * STEP;
    let entries: Vec<Entry> =
        histories.iter().map(|history| entry(history, settled, vec![bucket(settled, random)])).collect();
    ledger.append(&entries).await.unwrap();
    let began = Instant::now();
    ledger.append(&entries).await.unwrap();
    println!("{name}: the same tick again: {:?}", began.elapsed());
}

async fn back_fill(name: &str, ledger: &dyn Ledger, random: &mut StdRng) {
    const GROUPS: usize = 20;
    const DAY: i64 = 24 * HOUR;
    let definition = Definition { key: "new".to_owned(), indicator: "digest".to_owned() };
    let history = ledger.register(&[definition]).await.unwrap()[0];
    let group = |number: usize| [("route", format!("/v1/route/{number}"))].into_iter().collect::<Labels>();
    let mut spent = Duration::ZERO;
    for day in 0..30 {
        let from = START - (30 - day) * DAY;
        let groups = (0..GROUPS).map(|number| GroupBuckets {
            group: group(number),
            buckets: (1..=DAY / STEP).map(|slot| bucket(from + slot * STEP, random)).collect(),
        });
        let entry = Entry {
            counted_from: moment(from),
            groups: groups.collect(),
            ..entry(&history, from + DAY, vec![])
        };
        let began = Instant::now();
        ledger.append(&[entry]).await.unwrap();
        spent += began.elapsed();
    }
    println!("{name}: back-fill 30 d x {GROUPS} groups in chunks of a day: {spent:?}");
    for (what, days, resolution) in
        [("30 d by the hour", 30, Resolution::Coarse), ("3 d by the step", 3, Resolution::Fine)]
    {
        let began = Instant::now();
        let read = ledger.read(history.id, range(START - days * DAY, START), resolution).await.unwrap();
        let buckets: usize = read.iter().map(|group| group.buckets.len()).sum();
        println!("{name}: read {what} x {} groups, {buckets} buckets: {:?}", read.len(), began.elapsed());
    }
}

/// What an engine reads of every SLO when it starts.
async fn start(name: &str, ledger: &dyn Ledger, histories: &[History]) {
    const SOME: usize = 500;
    let until = START + (BEFORE + 2) * HOUR;
    let began = Instant::now();
    for history in &histories[..SOME] {
        ledger.read(history.id, range(START, until), Resolution::Coarse).await.unwrap();
        ledger.read(history.id, range(START, until), Resolution::Fine).await.unwrap();
    }
    println!(
        "{name}: start, {} h of one history by the hour and by the step: {:?}",
        BEFORE + 2,
        began.elapsed() / SOME as u32
    );
}
