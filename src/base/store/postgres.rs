//! `PostgreSQL`: a small pool, opened so that a wrong address is told at once and a restart of the server is survived.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Transaction};

use super::lease::Fence;
use super::{Fault, migrate};

/// Connections of one engine; its ticks use one at a time, pages and reports the others.
const CONNECTIONS: u32 = 5;
/// How long a connection may take to come about, or to become free.
const PATIENCE: Duration = Duration::from_secs(5);

/// How transactions begin that write. They hold locks that others wait for: one whose process sleeps in the middle of it
/// is ended by the server, no later than its turn to evaluate ends.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '3s'";

/// An open, migrated database.
#[derive(Debug, Clone)]
pub struct Postgres {
    pool: PgPool,
    fence: Arc<OnceLock<Fence>>,
}

/// What a transaction may do, and so how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Sees one moment and changes nothing.
    Read,
    /// Sees what others have committed, statement by statement; what must not change meanwhile is locked.
    Write,
    /// The same, for what only the engine may write whose turn it is to evaluate.
    Evaluate,
}

impl Postgres {
    /// Opens the database behind `options` and migrates it, unless it is only to be read: then it must be there already.
    pub async fn open(options: &PgConnectOptions, read_only: bool) -> Result<Self, Fault> {
        let options = options.clone().application_name("slo").disable_statement_logging();
        // The pool would go on trying a server that refuses; a person at a terminal wants to know now.
        let mut first = tokio::time::timeout(PATIENCE, options.connect())
            .await
            .map_err(|_| Fault::Unreachable(format!("no answer within {PATIENCE:?}; check host and port")))?
            .map_err(Fault::connecting)?;
        let migrated = migrate::postgres(&mut first, read_only).await;
        let _ = first.close().await;
        migrated?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        Ok(Self { pool: pool.connect_lazy_with(options), fence: Arc::default() })
    }

    /// From now on transactions that write what evaluation decided are refused when it is not this engine's turn. The
    /// first fence stays.
    pub fn fence(&self, fence: &Fence) {
        // Set twice by whoever shares the connections: it is the same one.
        drop(self.fence.set(fence.clone()));
    }

    /// Begins a transaction. One that is dropped is rolled back, by us or, without a connection, by the server.
    pub async fn begin(&self, access: Access) -> Result<Transaction<'static, sqlx::Postgres>, Fault> {
        let begin = match access {
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Access::Write | Access::Evaluate => BEGIN,
        };
        let mut transaction = self.pool.begin_with(begin).await?;
        if access == Access::Evaluate
            && let Some(fence) = self.fence.get()
        {
            fence.check(&mut transaction).await?;
        }
        Ok(transaction)
    }

    /// A connection for a single statement.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits for what is under way and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Runs a transaction a second time when the connection broke or another transaction was in the way. It must be
/// idempotent: the first one may have been committed unknown to us.
pub async fn twice<T, E, F>(fault: impl Fn(&E) -> Option<&Fault>, attempt: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    match attempt().await {
        Err(error) if matches!(fault(&error), Some(Fault::Lost(_))) => {
            tracing::warn!(reason = ?fault(&error), "a database transaction is tried again");
            attempt().await
        }
        outcome => outcome,
    }
}
