//! The ledger's contract, once, run on every store that keeps one: a SQLite file, SQLite in memory, a real PostgreSQL.

mod contract;
mod crash;
mod faults;
mod model;

use std::sync::Arc;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::ledger::{
    Bucket, Correction, Definition, Entry, GroupBuckets, History, HistoryId, Ledger, Resolution,
};

use crate::servers::home::Home;
use crate::stores;

/// An hour that starts at a round number: 2026-05-28T20:00:00Z.
const START: Timestamp = Timestamp::from_seconds(1_780_000_000 / 3600 * 3600 + 3600);
const HOUR: Span = Span::hours(1);
const STEP: u32 = 300;
const ALWAYS: TimeRange = TimeRange::new(Timestamp::MIN, Timestamp::MAX);

/// Opens a ledger there.
trait Opens {
    async fn open(&self) -> Arc<dyn Ledger>;
}

impl Opens for Home {
    async fn open(&self) -> Arc<dyn Ledger> {
        stores::ledger(&self.url, STEP).await.unwrap()
    }
}

/// The ledger at `url` with one registered history.
async fn one_history(ledger: &dyn Ledger) -> HistoryId {
    register(ledger, "api", "v1").await.id
}

async fn register(ledger: &dyn Ledger, key: &str, indicator: &str) -> History {
    let histories = ledger.register(&[definition(key, indicator)]).await.unwrap();
    histories[0]
}

fn definition(key: &str, indicator: &str) -> Definition {
    Definition { key: key.to_owned(), indicator: indicator.to_owned() }
}

fn group(route: &str) -> Labels {
    if route.is_empty() { Labels::new() } else { [("route", route)].into_iter().collect() }
}

/// The bucket number `slot` (from 0) after [`START`], wholly covered.
fn bucket(slot: i64, good: f64, total: f64) -> Bucket {
    Bucket { end: at(slot + 1), good, total, covered: f64::from(STEP) }
}

fn hour(number: i64, good: f64, total: f64, covered: f64) -> Bucket {
    Bucket { end: START + HOUR * (number + 1), good, total, covered }
}

/// The end of slot `slot - 1`, which is where slot `slot` begins.
fn at(slot: i64) -> Timestamp {
    START + Span::from_seconds(slot * i64::from(STEP))
}

fn buckets_of(route: &str, buckets: Vec<Bucket>) -> GroupBuckets {
    GroupBuckets { group: group(route), buckets }
}

fn entry(history: HistoryId, settled_to: Timestamp, groups: Vec<GroupBuckets>) -> Entry {
    Entry { history, counted_from: START, settled_to, estimated: false, groups }
}

/// What slots `from..to` are by another count.
fn correction(history: HistoryId, (from, to): (i64, i64), groups: Vec<GroupBuckets>) -> Correction {
    let range = TimeRange::new(at(from), at(to));
    Correction { history, range, groups, estimated: false, also: None }
}

async fn fine(ledger: &dyn Ledger, history: HistoryId) -> Vec<GroupBuckets> {
    ledger.read(history, ALWAYS, Resolution::Fine).await.unwrap()
}

async fn coarse(ledger: &dyn Ledger, history: HistoryId) -> Vec<GroupBuckets> {
    ledger.read(history, ALWAYS, Resolution::Coarse).await.unwrap()
}
