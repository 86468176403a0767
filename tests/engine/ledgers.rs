//! The ledger as the engine uses it: repeated ticks, ledgers that fail, and a status that only reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use slo_base::store::{ENGINE, Fault, Store, StoreError};
use slo_core::time::short::{at as moment, secs};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::ledger::{
    self, Correction, Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution,
};
use slo_model::budget::State;
use sqlx::{Connection, Executor, SqliteConnection};

use super::world::{self, BEGIN, END, definition, of_requests, query, rolling, slos};
use super::{Home, engine, round, row, same, url};
use crate::servers::postgres;

fn two() -> String {
    of_requests("births", "job=\"births\"", &rolling("6h"), "")
        + &of_requests("tenants", "job=\"tenants\"", &rolling("2h"), "slo-engine/group-by: tenant")
            .replace("sum(", "sum by (tenant) (")
}

#[tokio::test]
async fn a_repeated_tick_changes_nothing() {
    let home = Home::new().await;
    let slos = slos(&two());
    let source = world::source(world::shared().await);
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    let at = BEGIN + 16 * 3600;
    let first = round(&mut engine, at).await;
    let (mut histories, mut totals) = (Vec::new(), Vec::new());
    for slo in &slos {
        histories.push(home.history(slo).await);
    }
    totals.extend(first.totals.clone());
    for again in [at, at + 10, at, at - 30, at] {
        let snapshot = round(&mut engine, again).await;
        for (slo, history) in slos.iter().zip(&histories) {
            same(&home.history(slo).await, history, &slo.key.to_string());
        }
        if again == at {
            let verdicts =
                |rows: &[slo_model::status::Row]| rows.iter().map(|row| row.verdict).collect::<Vec<_>>();
            assert_eq!(verdicts(&snapshot.rows), verdicts(&first.rows));
            assert_eq!(snapshot.totals, first.totals);
        }
    }
}

/// A ledger of which some calls fail: every call whose number is among `failing`.
struct Flaky {
    inner: Arc<dyn Ledger>,
    calls: AtomicUsize,
    failing: fn(usize) -> bool,
}

impl Flaky {
    fn fail(&self) -> Result<(), LedgerError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if (self.failing)(call) {
            Err(StoreError { place: "sqlite://slo.db".to_owned(), fault: Fault::Locked }.into())
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Ledger for Flaky {
    fn step(&self) -> Span {
        self.inner.step()
    }
    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        self.inner.register(definitions).await
    }
    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        self.inner.histories(definitions).await
    }
    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError> {
        self.fail()?;
        self.inner.append(entries).await
    }
    async fn correct(&self, correction: &Correction) -> Result<(), LedgerError> {
        self.fail()?;
        self.inner.correct(correction).await
    }
    async fn read(
        &self,
        history: HistoryId,
        range: TimeRange,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        self.fail()?;
        self.inner.read(history, range, resolution).await
    }
    async fn prune(&self, fine_before: Timestamp, hours_before: Timestamp) -> Result<(), LedgerError> {
        self.inner.prune(fine_before, hours_before).await
    }
    fn store(&self) -> &Store {
        self.inner.store()
    }
}

#[tokio::test]
async fn a_ledger_that_fails_now_and_then_loses_nothing() {
    let slos = slos(&two());
    let source = world::source(world::shared().await);
    let (calm, rough) = (Home::new().await, Home::new().await);
    // Every third, fourth and seventh call, so that writes and reads fail in every combination.
    let failing = |call: usize| call % 3 == 1 || call % 4 == 2 || call.is_multiple_of(7);
    let flaky = Arc::new(Flaky { inner: rough.ledger.clone(), calls: AtomicUsize::new(0), failing });
    let mut steady = engine(&slos, source.clone(), calm.ledger.clone()).await;
    let mut shaken = engine(&slos, source, flaky).await;
    let mut at = BEGIN + 14 * 3600;
    let stop = tokio_util::sync::CancellationToken::new();
    let mut failures = 0;
    while at < BEGIN + 17 * 3600 {
        round(&mut steady, at).await;
        failures += usize::from(shaken.catch_up(moment(at), &stop, &|_| {}).await.is_err());
        failures += usize::from(shaken.tick(moment(at)).await.is_err());
        assert_eq!(shaken.snapshots().latest().at, moment(at), "a failing ledger does not stop the clock");
        at += 300;
    }
    assert!(failures > 10, "{failures}");
    // Until both have come through at the same moment.
    let want = round(&mut steady, at).await;
    for _ in 0..40 {
        let filled = shaken.catch_up(moment(at), &stop, &|_| {}).await.is_ok();
        if filled && shaken.tick(moment(at)).await.is_ok_and(|report| report.failures.is_empty()) {
            break;
        }
    }
    for slo in &slos {
        same(&rough.history(slo).await, &calm.history(slo).await, &slo.key.to_string());
    }
    let got = shaken.snapshots().latest();
    assert_eq!(got.rows.len(), want.rows.len());
    for (got, want) in got.rows.iter().zip(&want.rows) {
        assert_eq!((&got.slo.key, &got.group, got.verdict), (&want.slo.key, &want.group, want.verdict));
    }
}

#[tokio::test]
async fn a_locked_database_is_told_and_the_next_tick_has_it_all() {
    let home = Home::new().await;
    let slos = slos(&two());
    let patience = std::time::Duration::from_millis(20);
    let store = Store::open_within(&url(&home.folder), &ENGINE, patience).await.unwrap();
    let ledger = ledger::open(&store, secs(30)).await.unwrap();
    let mut engine = engine(&slos, world::source(world::shared().await), ledger).await;
    let at = BEGIN + 10 * 3600;
    round(&mut engine, at).await;
    let before = home.history(&slos[0]).await;
    let mut lock = SqliteConnection::connect(&url(&home.folder)).await.unwrap();
    lock.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = engine.tick(moment(at + 30)).await.unwrap_err().to_string();
    assert!(error.contains("locked by another process"), "{error}");
    let snapshot = engine.snapshots().latest();
    assert_eq!((snapshot.at, snapshot.errors[0].0.as_str()), (moment(at + 30), "ledger"));
    same(&home.history(&slos[0]).await, &before, "locked");
    // Numbers that do not move become stale.
    engine.tick(moment(at + 600)).await.unwrap_err();
    assert_eq!(row(&engine.snapshots().latest().rows, "births", &[]).verdict.state, State::Stale);
    lock.execute("ROLLBACK").await.unwrap();
    let snapshot = round(&mut engine, at + 630).await;
    assert_eq!(snapshot.errors, []);
    let again = Home::new().await;
    let mut other = super::engine(&slos, world::source(world::shared().await), again.ledger.clone()).await;
    round(&mut other, at).await;
    round(&mut other, at + 630).await;
    for slo in &slos {
        same(&home.history(slo).await, &again.history(slo).await, &slo.key.to_string());
    }
}

#[tokio::test]
async fn a_status_only_reads() {
    let home = Home::new().await;
    let all = slos(&two());
    round(&mut engine(&all[..1], world::source(world::shared().await), home.ledger.clone()).await, END).await;
    home.ledger.store().close().await;
    let database = postgres::database().await;
    let server = crate::stores::ledger(&database.url, 60).await.unwrap();
    round(&mut engine(&all[..1], world::source(world::shared().await), server.clone()).await, END).await;
    server.store().close().await;
    for url in [url(&home.folder), database.url.clone()] {
        let ledger = crate::stores::ledger_to_read(&url).await.unwrap();
        let (at, rows) =
            slo_evaluation::engine::stored(&all, ledger.as_ref(), moment(END), 1000).await.unwrap();
        assert_eq!(at, moment(END));
        assert_eq!(row(&rows, "births", &[]).verdict.state, State::Ok);
        let never = row(&rows, "tenants", &[]);
        assert_eq!(never.verdict.state, State::NoData);
        assert!(never.warnings[0].contains("never recorded"), "{:?}", never.warnings);
        let definitions: Vec<Definition> = all
            .iter()
            .map(|slo| Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() })
            .collect();
        let histories = ledger.histories(&definitions).await.unwrap();
        assert!(
            histories[0].is_some() && histories[1].is_none(),
            "a status registers nothing: {histories:?}"
        );
        // Later than what was recorded: old, then gone.
        let state = async |at: i64| {
            let (_, rows) =
                slo_evaluation::engine::stored(&all, ledger.as_ref(), moment(at), 1000).await.unwrap();
            row(&rows, "births", &[]).verdict.state
        };
        assert_eq!(state(END + 120).await, State::Ok);
        assert_eq!(state(END + 3600).await, State::Stale);
        assert_eq!(state(END + 86_400).await, State::NoData);
        assert_eq!(state(BEGIN - 86_400).await, State::NoData);
        let refused = ledger.register(&definitions).await;
        if url.starts_with("sqlite") {
            assert!(
                matches!(refused, Err(LedgerError::Store(StoreError { fault: Fault::ReadOnly, .. }))),
                "{refused:?}"
            );
        }
        ledger.store().close().await;
    }
}

#[tokio::test]
async fn what_is_no_ledger_cannot_be_read_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let error = crate::stores::ledger_to_read(&url(&folder)).await.err().unwrap().to_string();
    assert!(error.contains("no such file") && error.contains("slo serve"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(folder.path().join("slo.db"), "").unwrap();
    let error = crate::stores::ledger_to_read(&url(&folder)).await.err().unwrap().to_string();
    assert!(error.contains("nothing was ever recorded"), "{error}");
    let database = postgres::database().await;
    let error = crate::stores::ledger_to_read(&database.url).await.err().unwrap().to_string();
    assert!(error.contains("nothing was ever recorded"), "{error}");
}

#[tokio::test]
async fn what_vanishes_within_the_settle_time_is_taken_back() {
    // Prometheus looks back five minutes until a stale marker, which comes late here: the source answers differently.
    let home = Home::new().await;
    let lag = format!("thresholdMetric: {}", query("lag_seconds{job=\"gauges\"}"));
    let text =
        definition("lag", &lag, &rolling("1h"), "Occurrences", "- {target: 0.9, op: lt, value: 60}", "");
    let slos = slos(&text);
    let source = Arc::new(super::splits::Forgetful::new(world::source(world::shared().await)));
    let mut engine = engine(&slos, source.clone(), home.ledger.clone()).await;
    let at = BEGIN + 3 * 3600;
    let all = round(&mut engine, at).await;
    source.forget(at - 45);
    let less = round(&mut engine, at + 30).await;
    assert_eq!(row(&all.rows, "lag", &[]).verdict.counts.total, 120.0);
    // Gone is what ended 30 s before, then, and 30 s later.
    assert_eq!(row(&less.rows, "lag", &[]).verdict.counts.total, 117.0);
    let (_, stored) =
        slo_evaluation::engine::stored(&slos, home.ledger.as_ref(), moment(at + 30), 1000).await.unwrap();
    assert_eq!(stored[0].verdict.counts, row(&less.rows, "lag", &[]).verdict.counts);
}
