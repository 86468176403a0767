//! Databases as they should not be: each gets a message that says what to do, and the ledger stays as it was.

use std::path::PathBuf;
use std::time::Duration;

use slo_base::store::{ENGINE, Fault, Store};
use slo_evaluation::ledger::{self, LedgerError};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::*;
use crate::servers::deadline::soon;
use crate::servers::free_port;
use crate::servers::postgres::{PASSWORD, Postgres, USER};

async fn refused(url: &str) -> LedgerError {
    let Err(error) = stores::ledger(url, STEP).await else { panic!("{url} was opened") };
    let message = error.to_string();
    assert!(!message.contains(PASSWORD), "a password in {message}");
    error
}

fn seconds(step: u32) -> Span {
    Span::from_seconds(step.into())
}

/// What the database did.
fn fault(error: &LedgerError) -> &Fault {
    let LedgerError::Store(error) = error else { panic!("{error:?} is not a fault of the database") };
    &error.fault
}

/// A ledger that hardly waits for another process' lock.
async fn impatient(url: &str) -> Result<Arc<dyn Ledger>, LedgerError> {
    ledger::open(&Store::open_within(url, &ENGINE, Duration::from_millis(20)).await?, seconds(STEP)).await
}

fn path(home: &Home) -> PathBuf {
    home.url.strip_prefix("sqlite://").unwrap().into()
}

async fn raw(home: &Home) -> SqliteConnection {
    SqliteConnection::connect(&home.url).await.unwrap()
}

/// A ledger with one history and one bucket, closed.
async fn filled(home: &Home) -> HistoryId {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    ledger.append(&[one_bucket(id)]).await.unwrap();
    ledger.store().close().await;
    id
}

fn one_bucket(id: HistoryId) -> Entry {
    entry(id, at(1), vec![buckets_of("", vec![bucket(0, 1.0, 2.0)])])
}

async fn is_as_before(home: &Home, id: HistoryId) {
    let ledger = home.open().await;
    assert_eq!(fine(&*ledger, id).await, one_bucket(id).groups);
    assert_eq!(register(&*ledger, "api", "v1").await.settled_to, Some(at(1)));
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    for home in [Home::file(), Home::postgres().await] {
        let id = filled(&home).await;
        is_as_before(&home, id).await;
    }
}

#[tokio::test]
async fn a_ledger_keeps_its_step() {
    for home in [Home::file(), Home::memory(), Home::postgres().await] {
        for asked in [0, 7, 3601, 7200] {
            assert_eq!(
                stores::ledger(&home.url, asked).await.err(),
                Some(LedgerError::Interval { asked: seconds(asked) })
            );
        }
    }
    for home in [Home::file(), Home::postgres().await] {
        assert_eq!(stores::ledger(&home.url, 30).await.unwrap().step(), seconds(30));
        assert_eq!(stores::ledger(&home.url, 60).await.unwrap().step(), seconds(30));
        for asked in [15, 45] {
            let Err(LedgerError::Step { stored, asked: told, .. }) = stores::ledger(&home.url, asked).await
            else {
                panic!("{asked} s is not a multiple of 30 s")
            };
            assert_eq!((stored, told), (seconds(30), seconds(asked)));
        }
    }
}

#[tokio::test]
async fn other_addresses_are_refused() {
    for url in ["slo.db", "mysql://root@localhost/slo", ""] {
        assert!(refused(url).await.to_string().contains("write sqlite://PATH or postgres://"), "{url}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let error = refused("sqlite:///nonexistent/folder/slo.db").await;
    assert!(matches!(fault(&error), Fault::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("check that the folder exists"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let home = Home::file();
    let id = filled(&home).await;
    let mut connection = raw(&home).await;
    connection.execute("INSERT INTO slo_schema (version) VALUES (99)").await.unwrap();
    let error = refused(&home.url).await;
    assert!(matches!(fault(&error), Fault::NewerSchema { found: 99, .. }), "{error:?}");
    connection.execute("DELETE FROM slo_schema WHERE version = 99").await.unwrap();
    is_as_before(&home, id).await;

    let home = Home::postgres().await;
    let id = filled(&home).await;
    let mut connection = PgConnection::connect(&home.url).await.unwrap();
    connection.execute("INSERT INTO slo_schema (version) VALUES (99)").await.unwrap();
    let error = refused(&home.url).await;
    assert!(matches!(fault(&error), Fault::NewerSchema { found: 99, .. }), "{error:?}");
    connection.execute("DELETE FROM slo_schema WHERE version = 99").await.unwrap();
    is_as_before(&home, id).await;
}

#[tokio::test]
async fn a_locked_file() {
    let home = Home::file();
    let id = filled(&home).await;
    let ledger = impatient(&home.url).await.unwrap();
    let mut other = raw(&home).await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let tick = entry(id, at(2), vec![buckets_of("", vec![bucket(1, 1.0, 1.0)])]);
    let error = ledger.append(std::slice::from_ref(&tick)).await.unwrap_err();
    assert!(matches!(fault(&error), Fault::Locked), "{error:?}");
    assert!(error.to_string().contains("locked by another process"), "{error}");
    // Readers do not mind; and as soon as the lock is gone the same tick goes through.
    assert_eq!(fine(&*ledger, id).await, one_bucket(id).groups);
    other.execute("ROLLBACK").await.unwrap();
    is_as_before(&home, id).await;
    ledger.append(&[tick]).await.unwrap();
    ledger.store().close().await;

    other.execute("PRAGMA locking_mode = EXCLUSIVE").await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = impatient(&home.url).await.err().unwrap();
    assert!(matches!(fault(&error), Fault::Locked), "{error:?}");
}

#[tokio::test]
async fn a_file_that_may_only_be_read() {
    let home = Home::file();
    let missing = refused(&format!("{}?mode=ro", home.url)).await;
    assert!(matches!(fault(&missing), Fault::Unreachable(_)), "{missing:?}");
    let id = filled(&home).await;
    let ledger = stores::ledger(&format!("{}?mode=ro", home.url), STEP).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, one_bucket(id).groups);
    let tick = entry(id, at(2), vec![buckets_of("", vec![bucket(1, 1.0, 1.0)])]);
    let error = ledger.append(&[tick]).await.unwrap_err();
    assert!(matches!(fault(&error), Fault::ReadOnly), "{error:?}");
    assert!(error.to_string().contains("check the file's and the folder's permissions"), "{error}");
    ledger.store().close().await;
    is_as_before(&home, id).await;
    let ledger = stores::ledger(&format!("{}?mode=ro&immutable=1", home.url), STEP).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, one_bucket(id).groups);
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    let home = Home::file();
    std::fs::write(path(&home), "apiVersion: openslo/v1\n".repeat(500)).unwrap();
    let error = refused(&home.url).await;
    assert!(matches!(fault(&error), Fault::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("restore it from a backup"), "{error}");
}

#[tokio::test]
async fn a_damaged_hour_is_told_and_nothing_is_written_over_it() {
    let home = Home::file();
    let id = filled(&home).await;
    let mut connection = raw(&home).await;
    connection.execute("UPDATE ledger_open_hour SET packed = substr(packed, 1, 5)").await.unwrap();
    let ledger = home.open().await;
    let error = ledger.read(id, TimeRange::new(START, at(12)), Resolution::Fine).await.unwrap_err();
    assert!(matches!(fault(&error), Fault::Damaged(_)), "{error:?}");
    let tick = entry(id, at(2), vec![buckets_of("", vec![bucket(1, 1.0, 1.0)])]);
    let error = ledger.append(&[tick]).await.unwrap_err();
    assert!(matches!(fault(&error), Fault::Damaged(_)), "{error:?}");
    assert_eq!(register(&*ledger, "api", "v1").await.settled_to, Some(at(1)));
}

#[tokio::test]
async fn a_postgres_that_is_not_there() {
    let error = refused(&format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/slo", free_port())).await;
    assert!(matches!(fault(&error), Fault::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("check the address and that the server runs"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database() {
    let home = Home::postgres().await;
    let wrong = home.url.replace(PASSWORD, "wrong-horse");
    let error = refused(&wrong).await.to_string();
    assert!(error.contains("check the user and the password") && !error.contains("wrong-horse"), "{error}");
    let missing = format!("{}_nowhere", home.url);
    let error = refused(&missing).await.to_string();
    assert!(error.contains("create it with createdb"), "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_make_tables() {
    let home = Home::postgres().await;
    let mut connection = PgConnection::connect(&home.url).await.unwrap();
    let name = home.url.rsplit('/').next().unwrap();
    let sql = format!("CREATE ROLE reader_of_{name} LOGIN PASSWORD '{PASSWORD}'");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let poor = home.url.replace(&format!("{USER}:"), &format!("reader_of_{name}:"));
    let error = refused(&poor).await.to_string();
    assert!(error.contains("grant the user CREATE and USAGE"), "{error}");
}

/// Waits until a backend other than ours waits for a lock, and gives its process id.
async fn who_waits(connection: &mut PgConnection) -> i32 {
    let sql =
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let waiting = async {
        loop {
            if let Some(pid) = sqlx::query_scalar(sql).fetch_optional(&mut *connection).await.unwrap() {
                return pid;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("a backend that waits for a lock", waiting).await
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_is_made_again() {
    let home = Home::postgres().await;
    let id = filled(&home).await;
    let ledger = home.open().await;
    let mut lock = PgConnection::connect(&home.url).await.unwrap();
    lock.execute("BEGIN; SELECT * FROM ledger_history FOR UPDATE").await.unwrap();
    let mut watch = PgConnection::connect(&home.url).await.unwrap();
    let writer = tokio::spawn({
        let ledger = Arc::clone(&ledger);
        let tick = entry(id, at(2), vec![buckets_of("", vec![bucket(1, 3.0, 4.0)])]);
        async move { ledger.append(&[tick]).await }
    });
    let broken = who_waits(&mut watch).await;
    sqlx::query("SELECT pg_terminate_backend($1)").bind(broken).execute(&mut watch).await.unwrap();
    // The second try waits for the lock as the first one did, on another connection.
    let another = async {
        while who_waits(&mut watch).await == broken {
            tokio::task::yield_now().await;
        }
    };
    soon("the second try", another).await;
    lock.execute("COMMIT").await.unwrap();
    soon("the second try's end", writer).await.unwrap().unwrap();
    let expected = vec![bucket(0, 1.0, 2.0), bucket(1, 3.0, 4.0)];
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", expected)]);
}

#[tokio::test]
async fn a_server_that_dies_and_comes_back() {
    let mut server = Postgres::start().await;
    let home = Home::at(server.fresh_database().await);
    let id = filled(&home).await;
    let ledger = home.open().await;
    assert_eq!(fine(&*ledger, id).await.len(), 1);
    server.process().kill();
    let tick = entry(id, at(2), vec![buckets_of("", vec![bucket(1, 3.0, 4.0)])]);
    let error = ledger.append(std::slice::from_ref(&tick)).await.unwrap_err();
    assert!(matches!(fault(&error), Fault::Unreachable(_) | Fault::Failed(_) | Fault::Lost(_)), "{error:?}");
    server.restart().await;
    assert_eq!(fine(&*ledger, id).await, one_bucket(id).groups);
    ledger.append(&[tick]).await.unwrap();
    assert_eq!(register(&*ledger, "api", "v1").await.settled_to, Some(at(2)));
}
