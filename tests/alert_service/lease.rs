//! Whose turn it is to evaluate, on a real PostgreSQL: one at a time, and never two that write.

use sqlx::PgPool;

use crate::servers::postgres;
use crate::stores;
use slo_base::store::lease::{Fence, Lease, LeaseError};
use slo_base::store::{Fault, Store, StoreError};
use slo_evaluation::ledger::{self, Definition};

struct Engine {
    lease: Lease,
    store: Store,
}

impl Engine {
    async fn on(url: &str, name: &str) -> Self {
        let store = stores::store(url).await.unwrap();
        Self { lease: store.lease(name).unwrap(), store }
    }

    fn fence(&self) -> &Fence {
        self.lease.fence().unwrap()
    }

    /// Whether what evaluation decides is written.
    async fn writes(&self) -> bool {
        match self.store.begin_as_leader().await {
            Ok(transaction) => transaction.commit().await.is_ok(),
            Err(StoreError { fault: Fault::Deposed, .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }
}

/// As if the holder had been silent for long.
async fn silence(url: &str) {
    let pool = PgPool::connect(url).await.unwrap();
    sqlx::query("UPDATE evaluation_beat SET until = '-infinity'").execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn one_evaluates_and_hands_its_turn_over() {
    let database = postgres::database().await;
    let (one, other) = (Engine::on(&database.url, "one").await, Engine::on(&database.url, "other").await);
    assert!(!one.writes().await && !one.fence().holds(), "before anybody has a turn nobody writes");
    let (first, second) = tokio::join!(one.lease.take(), other.lease.take());
    assert!(first != second, "one of two that ask at once");
    let (leader, follower) = if first { (&one, &other) } else { (&other, &one) };
    assert!(leader.writes().await && leader.fence().holds());
    assert!(!follower.writes().await && !follower.fence().holds());
    assert!(!follower.lease.take().await);
    assert_eq!(follower.lease.holder(), leader.lease.holder());
    leader.lease.resign().await;
    assert!(!leader.writes().await);
    assert!(follower.lease.take().await, "at once after a clean stop");
    assert!(follower.writes().await && !leader.writes().await);
}

#[tokio::test]
async fn who_was_silent_for_too_long_writes_nothing_and_learns_of_it() {
    let database = postgres::database().await;
    let (one, other) = (Engine::on(&database.url, "one").await, Engine::on(&database.url, "other").await);
    assert!(one.lease.take().await);
    silence(&database.url).await;
    assert!(other.lease.take().await);
    // It still believes; the database knows better.
    assert!(one.fence().holds());
    assert!(!one.writes().await);
    let ledger = ledger::open(&one.store, slo_core::time::short::secs(30)).await.unwrap();
    let definition = Definition { key: "api".to_owned(), indicator: "x".to_owned() };
    let refused = ledger.register(&[definition]).await.unwrap_err().to_string();
    assert!(refused.contains("another engine on it evaluates now"), "{refused}");
    // Its next heartbeat, which its refused write hurries, ends its turn.
    let term = tokio_util::sync::CancellationToken::new();
    one.lease.hold(&term).await;
    assert!(term.is_cancelled());
    one.lease.resign().await;
    assert!(!one.fence().holds() && other.writes().await, "what it gives back is not another one's turn");
}

#[tokio::test]
async fn the_next_turn_begins_after_what_is_being_written() {
    let database = postgres::database().await;
    let (one, other) = (Engine::on(&database.url, "one").await, Engine::on(&database.url, "other").await);
    assert!(one.lease.take().await);
    let writing = one.store.begin_as_leader().await.unwrap();
    silence(&database.url).await;
    let taking = other.lease.acquired();
    tokio::pin!(taking);
    let waits = "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%evaluation_lease%'";
    let pool = PgPool::connect(&database.url).await.unwrap();
    let waiting = async {
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&pool).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = &mut taking => panic!("it began while the last one was writing"),
        () = waiting => {}
    }
    writing.commit().await.unwrap();
    taking.await;
    assert!(other.writes().await && !one.writes().await);
}

#[tokio::test]
async fn a_process_that_sleeps_in_the_middle_of_a_write_does_not_keep_the_others_waiting() {
    let database = postgres::database().await;
    let (one, other) = (Engine::on(&database.url, "one").await, Engine::on(&database.url, "other").await);
    assert!(one.lease.take().await);
    let mut asleep = one.store.begin_as_leader().await.unwrap();
    silence(&database.url).await;
    // The server ends the sleeper's transaction.
    other.lease.acquired().await;
    let woken = asleep.execute("SELECT 1", Vec::new()).await;
    assert!(matches!(woken.map_err(|error| error.fault), Err(Fault::Lost(_))), "what it wrote is undone");
    assert!(other.writes().await);
}

#[tokio::test]
async fn a_sqlite_file_has_one_engine() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/slo.db", folder.path().display());
    let store = stores::store(&url).await.unwrap();
    let lease = store.lease("one").unwrap();
    assert!(lease.take().await && lease.fence().is_none());
    let Err(LeaseError::Taken { place, .. }) = store.lease("other") else {
        panic!("two engines on one file");
    };
    assert_eq!(place, url);
    drop(lease);
    assert!(store.lease("other").unwrap().take().await);
    assert!(stores::store("sqlite::memory:").await.unwrap().lease("one").unwrap().take().await);
}
