//! Transactions of a [`Store`](super::Store): all of it or nothing, on either database.

use std::sync::Arc;

use sqlx::Transaction;

use super::sqlite::Writer;
use super::statement::Connection;
use super::{Arg, Fault, Row, Sql, StoreError};

/// Sees one moment and changes nothing.
pub struct ReadTransaction {
    pub(super) place: Arc<str>,
    pub(super) inner: Reading,
}

pub(super) enum Reading {
    Sqlite(Transaction<'static, sqlx::Sqlite>),
    Postgres(Transaction<'static, sqlx::Postgres>),
}

impl ReadTransaction {
    /// Rows, as they are at this transaction's moment.
    pub async fn fetch<T: Row>(
        &mut self,
        sql: impl Into<Sql<'_>>,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, StoreError> {
        let connection = match &mut self.inner {
            Reading::Sqlite(transaction) => Connection::Sqlite(transaction),
            Reading::Postgres(transaction) => Connection::Postgres(transaction),
        };
        let rows = connection.fetch(sql.into(), args).await;
        rows.map_err(|fault| self.error(fault))
    }

    /// A fault with the place it came from.
    pub fn error(&self, fault: Fault) -> StoreError {
        StoreError { place: (*self.place).to_owned(), fault }
    }
}

/// A transaction that writes. One that is dropped is rolled back.
pub struct WriteTransaction {
    place: Arc<str>,
    /// `None` once it has ended.
    inner: Option<Writing>,
}

pub(super) enum Writing {
    Sqlite(Writer),
    Postgres(Transaction<'static, sqlx::Postgres>),
}

impl WriteTransaction {
    /// Begins one on the connection that writes to a file.
    pub(super) async fn on_sqlite(place: Arc<str>, writer: Writer) -> Result<Self, Fault> {
        let mut begun = Self { place, inner: Some(Writing::Sqlite(writer)) };
        if let Err(fault) = begun.connection()?.execute("BEGIN IMMEDIATE".into(), Vec::new()).await {
            // There is nothing to roll back.
            begun.inner = None;
            return Err(fault);
        }
        Ok(begun)
    }

    /// Goes on with one that has begun.
    pub(super) fn on_postgres(place: Arc<str>, transaction: Transaction<'static, sqlx::Postgres>) -> Self {
        Self { place, inner: Some(Writing::Postgres(transaction)) }
    }

    fn connection(&mut self) -> Result<Connection<'_>, Fault> {
        match &mut self.inner {
            Some(Writing::Sqlite(writer)) => Ok(Connection::Sqlite(writer)),
            Some(Writing::Postgres(transaction)) => Ok(Connection::Postgres(transaction)),
            None => Err(Fault::Failed("the transaction has ended".to_owned())),
        }
    }

    /// A fault with the place it came from.
    pub fn error(&self, fault: Fault) -> StoreError {
        StoreError { place: (*self.place).to_owned(), fault }
    }

    /// Runs a statement; how many rows it changed.
    pub async fn execute(&mut self, sql: impl Into<Sql<'_>>, args: Vec<Arg>) -> Result<u64, StoreError> {
        let outcome = match self.connection() {
            Ok(connection) => connection.execute(sql.into(), args).await,
            Err(ended) => Err(ended),
        };
        outcome.map_err(|fault| self.error(fault))
    }

    /// Rows, as this transaction sees them.
    pub async fn fetch<T: Row>(
        &mut self,
        sql: impl Into<Sql<'_>>,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, StoreError> {
        let outcome = match self.connection() {
            Ok(connection) => connection.fetch(sql.into(), args).await,
            Err(ended) => Err(ended),
        };
        outcome.map_err(|fault| self.error(fault))
    }

    /// Inserts rows that are alike where `sql` says `{rows}`; how many it inserted or changed.
    pub async fn insert(&mut self, sql: &str, rows: Vec<Vec<Arg>>) -> Result<u64, StoreError> {
        let outcome = match self.connection() {
            Ok(connection) => connection.insert(sql, rows).await,
            Err(ended) => Err(ended),
        };
        outcome.map_err(|fault| self.error(fault))
    }

    /// On `PostgreSQL` waits for whoever else follows `queue`, on any engine, and keeps later ones waiting until this
    /// ends; the writers of a `SQLite` file follow one another anyway. `queue` is a number that no other program on the
    /// server uses.
    pub async fn follow(&mut self, queue: i64) -> Result<(), StoreError> {
        if matches!(self.inner, Some(Writing::Postgres(_))) {
            self.execute("SELECT pg_advisory_xact_lock($1)", vec![queue.into()]).await?;
        }
        Ok(())
    }

    /// Undoes it.
    pub async fn roll_back(mut self) {
        match self.inner.take() {
            Some(Writing::Sqlite(writer)) => writer.roll_back().await,
            // A broken connection has been rolled back by the server.
            Some(Writing::Postgres(transaction)) => drop(transaction.rollback().await),
            None => {}
        }
    }

    /// Makes it last.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let ended = match self.inner.take() {
            Some(Writing::Sqlite(writer)) => writer.commit().await,
            Some(Writing::Postgres(transaction)) => transaction.commit().await.map_err(Fault::from),
            None => Err(Fault::Failed("the transaction has ended".to_owned())),
        };
        ended.map_err(|fault| self.error(fault))
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        // A transaction that is left open would swallow the next one. PostgreSQL's driver rolls back by itself.
        if let Some(Writing::Sqlite(writer)) = self.inner.take() {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(writer.roll_back())),
                Err(_) => writer.abandon(),
            }
        }
    }
}
