//! `slo serve` beside Debian's Alertmanager 0.25: the same bodies, the same receiver, in turns. Ours are on the disk when
//! they are answered, theirs in memory only. `cargo bench --bench alertmanager`; `-- --rounds 1` for a quick look,
//! `-- --kill` for a hundred SIGKILLs right after the 200, `-- --postgres` for ours on `PostgreSQL` besides.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot go on should stop here"
)]

mod bodies;
mod client;
mod contender;
mod measure;
#[path = "../../servers/mod.rs"]
#[allow(unused_imports, reason = "the servers' own tests are left out here, and so what they import")]
mod servers;
mod sink;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::process::ExitCode;

use contender::{Contender, Who};
use measure::{Ingest, Life, ingests};
use servers::postgres::Postgres;
use sink::Sink;
use table::Figures;

/// Rounds; each has every contender once for every way to send.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| asked.iter().any(|argument| argument == name);
    let rounds = asked.iter().skip_while(|argument| *argument != "--rounds").nth(1);
    let rounds = rounds.map_or(ROUNDS, |number| number.parse().expect("--rounds wants a number"));
    let sink = Sink::start().await;
    if flag("--kill") {
        return measure::kills(&sink, 100).await;
    }
    let mut figures = Figures::default();
    for round in 1..=rounds {
        for ingest in ingests() {
            for who in [Who::Theirs, Who::Ours] {
                life(who, ingest, &sink, None, &mut figures).await;
            }
        }
        eprintln!("round {round} of {rounds} is over");
    }
    if rounds == ROUNDS || flag("--postgres") {
        let server = Postgres::start_with(&[]).await;
        for ingest in ingests() {
            let database = server.fresh_database().await;
            life(Who::OursOnPostgres, ingest, &sink, Some(database), &mut figures).await;
        }
    }
    if figures.tell() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// From the start of a contender to its end.
async fn life(who: Who, ingest: Ingest, sink: &Sink, postgres: Option<String>, figures: &mut Figures) {
    sink.clear();
    let contender = Contender::start(who, sink.port, postgres).await;
    let mut life = Life { who, contender, sink, figures };
    life.ingest(ingest).await;
    // The other questions do not depend on how the alerts came in.
    if ingest.is_last() {
        life.settle().await;
        life.reads().await;
        life.pages().await;
        life.polled_posts().await;
    }
}
