//! `PostgreSQL`: a small pool, opened so that a wrong address is told at once and a restart of the server is survived.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Transaction};

use super::{Fault, Schema};

/// Connections of one engine, beside the lease's own. A tick uses one, the alert service and the outbox one or two each;
/// the rest is for pages and reports. None of them asks for a second one while it holds one.
const CONNECTIONS: u32 = 6;
/// How long a connection may take to come about, or to become free.
const PATIENCE: Duration = Duration::from_secs(5);

/// How transactions begin that read: they see one moment.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How transactions begin that write: they see what others have committed, statement by statement; what must not change
/// meanwhile is locked. Others wait for those locks: a transaction whose process sleeps in the middle of it is ended by the
/// server, no later than its lease ends.
const BEGIN_WRITING: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '3s'";

/// An open, migrated database.
#[derive(Debug, Clone)]
pub(super) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Opens the database behind `options` and migrates it, unless it is only to be read: then it must be there already.
    pub(super) async fn open(
        options: &PgConnectOptions,
        schema: &Schema,
        read_only: bool,
    ) -> Result<Self, Fault> {
        let options = options.clone().application_name("slo").disable_statement_logging();
        // The pool would go on trying a server that refuses; a person at a terminal wants to know now.
        let mut first = tokio::time::timeout(PATIENCE, options.connect())
            .await
            .map_err(|_| Fault::Unreachable(format!("no answer within {PATIENCE:?}; check host and port")))?
            .map_err(Fault::connecting)?;
        let migrated = schema.migrate_postgres(&mut first, read_only).await;
        let _ = first.close().await;
        migrated?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        Ok(Self { pool: pool.connect_lazy_with(options) })
    }

    /// Begins a transaction that reads.
    pub(super) async fn begin_reading(&self) -> Result<Transaction<'static, sqlx::Postgres>, Fault> {
        Ok(self.pool.begin_with(BEGIN_READING).await?)
    }

    /// Begins a transaction that writes. One that is dropped is rolled back, by us or, without a connection, by the
    /// server.
    pub(super) async fn begin_writing(&self) -> Result<Transaction<'static, sqlx::Postgres>, Fault> {
        Ok(self.pool.begin_with(BEGIN_WRITING).await?)
    }

    /// A connection for a single statement.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits for what is under way and closes the connections.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
