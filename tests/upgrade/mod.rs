//! Upgrades: databases that an earlier build left are opened by this build. History, incidents, silences and tokens are as
//! they were, notifications that were due are sent, and none is sent a second time.
//!
//! The databases, and what the build that made them reported about them, are in `tests/golden/database`. They were closed at
//! one minute past ten on a day in September; the programs under test run with a clock that is set to that day.

mod generate;
mod observe;
mod reopen;
mod samples;
mod scenario;
mod setup;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::servers::binary;
use crate::servers::postgres::{self, Database};
pub(crate) use reopen::{reopened, settle};
pub(crate) use setup::{Engine, Setup, notification, summary};

/// 2026-09-21T08:00:00Z, a Monday: when the databases were created. Unix milliseconds, as all times here.
const MORNING: i64 = 1_789_977_600_000;
/// 10:00:00Z: when everything began that is open or pending.
const TEN: i64 = MORNING + 2 * 3_600_000;
/// The moment for which `slo status` is asked, in unix seconds. All history up to it was final when the databases were
/// closed.
const STATUS_AT: i64 = TEN / 1000 + 30;
/// When the databases are opened again: before the engine's own alerts time out.
pub(crate) const REOPENED: i64 = TEN + 110_000;
/// When they are opened again late: an escalation, a digest, a notification that waited for business hours and a heartbeat
/// came due in between.
const REOPENED_LATE: i64 = TEN + 2 * 3_600_000 + 300_000;

/// The program under test: this build's, or the one that `SLO_BIN` names.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests may name another build to test")]
pub(crate) fn program() -> PathBuf {
    let path = std::env::var_os("SLO_BIN").map_or_else(|| env!("CARGO_BIN_EXE_slo").into(), PathBuf::from);
    std::fs::canonicalize(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/database").join(name)
}

/// A database of the earlier build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Golden {
    Sqlite,
    Postgres,
}

impl Golden {
    fn file(self) -> PathBuf {
        golden(match self {
            Self::Sqlite => "slo.db",
            Self::Postgres => "slo.sql",
        })
    }

    fn expectations(self) -> PathBuf {
        golden(match self {
            Self::Sqlite => "sqlite.json",
            Self::Postgres => "postgres.json",
        })
    }

    /// What the earlier build reported, and the secrets that a database does not hold in the clear.
    pub(crate) fn expected(self) -> Value {
        serde_json::from_slice(&std::fs::read(self.expectations()).unwrap()).unwrap()
    }

    /// A copy of the database with all that an engine needs. The second value keeps a `PostgreSQL` database alive.
    pub(crate) async fn open(self, program: &Path) -> (Setup, Option<Database>) {
        let folder = tempfile::tempdir().unwrap();
        match self {
            Self::Sqlite => {
                let copy = folder.path().join("slo.db");
                std::fs::copy(self.file(), &copy).unwrap();
                let url = format!("sqlite://{}", copy.display());
                (Setup::new(program, folder, url).await, None)
            }
            Self::Postgres => {
                let database = postgres::database().await;
                restore(&self.file(), &database.url).await;
                (Setup::new(program, folder, database.url.clone()).await, Some(database))
            }
        }
    }
}

async fn restore(dump: &Path, url: &str) {
    let mut psql = Command::new(binary(&["/usr/lib/postgresql/15/bin/psql"], "postgresql-15"));
    psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file"]).arg(dump).arg(url);
    let output = tokio::task::spawn_blocking(move || psql.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // A restored database has no statistics until it is analysed.
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// An upgrade within a minute: everything is reported as the earlier build reported it, and no notification is repeated.
async fn upgraded_at_once(golden: Golden) {
    let expected = golden.expected();
    let (setup, _database) = golden.open(&program()).await;
    let found = reopen::soon(&setup, &expected["known"]).await;
    let differences = observe::differences(&expected["soon"], &found);
    assert!(differences.is_empty(), "{golden:?}:\n{}", differences.join("\n"));
    // Independently of what is expected: no idempotency key that was delivered before is delivered again.
    let delivered = observe::delivered_keys(&found["observed"]);
    assert!(delivered.len() > 20, "{delivered:?}");
    for request in setup.requests() {
        let key = request.headers["idempotency-key"].as_str();
        assert!(!delivered.contains(&key), "delivered twice: {key}");
    }
}

/// An upgrade that took two hours: what came due meanwhile is sent once.
async fn upgraded_late(golden: Golden) {
    let expected = golden.expected();
    let (setup, _database) = golden.open(&program()).await;
    let found = reopen::late(&setup, &expected["known"]).await;
    let differences = observe::differences(&expected["late"], &found);
    assert!(differences.is_empty(), "{golden:?}:\n{}", differences.join("\n"));
}

#[tokio::test]
async fn sqlite_upgrade_keeps_everything_and_repeats_no_notification() {
    upgraded_at_once(Golden::Sqlite).await;
}

#[tokio::test]
async fn postgresql_upgrade_keeps_everything_and_repeats_no_notification() {
    upgraded_at_once(Golden::Postgres).await;
}

#[tokio::test]
async fn sqlite_upgrade_after_two_hours_sends_what_came_due_once() {
    upgraded_late(Golden::Sqlite).await;
}

#[tokio::test]
async fn postgresql_upgrade_after_two_hours_sends_what_came_due_once() {
    upgraded_late(Golden::Postgres).await;
}
