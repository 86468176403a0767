//! A transaction of the alert service's database.

use sqlx::{AssertSqlSafe, Transaction};

use super::args::{Arg, Row, bound, places, values};
use super::{DatabaseError, ROWS};
use slo_base::store::postgres::{Access, Postgres};
use slo_base::store::sqlite::{Sqlite, Writer};
use slo_base::store::{Connection, Fault};

/// Any number that no other program on the server uses: writers of one table follow one another, so that what was
/// committed later has the higher sequence number.
const LOCK: i64 = 0x73_6c_6f_10;

/// A transaction under way.
pub struct Writing {
    place: String,
    /// `None` once it has ended.
    inner: Option<Inner>,
}

enum Inner {
    Sqlite(Writer),
    Postgres(Transaction<'static, sqlx::Postgres>),
}

impl Writing {
    /// Begins one where `place` is, behind other writers of the file.
    pub(super) async fn on_sqlite(place: String, sqlite: &Sqlite) -> Result<Self, Fault> {
        let mut connection = sqlite.writer().await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut **connection).await?;
        Ok(Self { place, inner: Some(Inner::Sqlite(connection)) })
    }

    /// Begins one where `place` is, behind other writers of the alert service on any engine.
    pub(super) async fn on_postgres(
        place: String,
        postgres: &Postgres,
        access: Access,
    ) -> Result<Self, Fault> {
        let mut transaction = postgres.begin(access).await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
        Ok(Self { place, inner: Some(Inner::Postgres(transaction)) })
    }

    fn error(&self, fault: Fault) -> DatabaseError {
        DatabaseError { place: self.place.clone(), fault }
    }

    fn ended(&self) -> DatabaseError {
        self.error(Fault::Failed("the transaction has ended".to_owned()))
    }

    /// Runs a statement; how many rows it changed.
    pub async fn execute(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, DatabaseError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let outcome = match &mut self.inner {
            Some(Inner::Sqlite(connection)) => {
                let done = bound!(sqlx::query(sql), args).execute(&mut ***connection).await;
                done.map(|done| done.rows_affected())
            }
            Some(Inner::Postgres(transaction)) => {
                let done = bound!(sqlx::query(sql), args).execute(&mut **transaction).await;
                done.map(|done| done.rows_affected())
            }
            None => return Err(self.ended()),
        };
        outcome.map_err(|error| self.error(error.into()))
    }

    /// Rows, as this transaction sees them.
    pub async fn fetch<T: Row>(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<T>, DatabaseError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let rows = match &mut self.inner {
            Some(Inner::Sqlite(connection)) => {
                bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(&mut ***connection).await
            }
            Some(Inner::Postgres(transaction)) => {
                bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(&mut **transaction).await
            }
            None => return Err(self.ended()),
        };
        rows.map_err(|error| self.error(error.into()))
    }

    /// The places of `count` parameters, from the `first` one (counted from 1) on: `($1, $2)`.
    pub fn places(&self, first: usize, count: usize) -> String {
        places(first, count, matches!(self.inner, Some(Inner::Postgres(_))))
    }

    /// The connection it is on, for another room that writes into the same database.
    pub fn connection(&mut self) -> Result<Connection<'_>, DatabaseError> {
        let ended = self.ended();
        match &mut self.inner {
            Some(Inner::Sqlite(connection)) => Ok(Connection::Sqlite(connection)),
            Some(Inner::Postgres(transaction)) => Ok(Connection::Postgres(transaction)),
            None => Err(ended),
        }
    }

    /// Inserts rows of the same number of columns; `head` ends with `VALUES`, `tail` is the rest of the statement.
    pub async fn insert(&mut self, head: &str, rows: Vec<Vec<Arg>>, tail: &str) -> Result<(), DatabaseError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let named = matches!(self.inner, Some(Inner::Postgres(_)));
            let (values, args) = values(rows.by_ref().take(ROWS), named);
            self.execute(&format!("{head} {values} {tail}"), args).await?;
        }
        Ok(())
    }

    /// The next number of a series: higher than all before, also than those whose rows have gone.
    pub async fn next_seq(&mut self, name: &'static str) -> Result<i64, DatabaseError> {
        self.next_seqs(name, 1).await
    }

    /// The first of the next `count` numbers of a series.
    pub async fn next_seqs(&mut self, name: &'static str, count: usize) -> Result<i64, DatabaseError> {
        let sql = "INSERT INTO desk_counter (name, value) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET value = desk_counter.value + $2 RETURNING value";
        let rows: Vec<(i64,)> = self.fetch(sql, vec![name.into(), (count as i64).into()]).await?;
        rows.first().map(|row| row.0 - count as i64 + 1).ok_or_else(|| self.ended())
    }

    /// Undoes it and gives the connection back. Dropping does too, at the price of the connection.
    pub async fn undo(mut self) {
        match self.inner.take() {
            Some(Inner::Sqlite(mut connection)) => {
                let undone = sqlx::query("ROLLBACK").execute(&mut **connection).await;
                if undone.is_err() {
                    connection.close_on_drop();
                }
            }
            // A broken connection has been rolled back by the server.
            Some(Inner::Postgres(transaction)) => drop(transaction.rollback().await),
            None => {}
        }
    }

    /// Makes it last.
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        match self.inner.take() {
            Some(Inner::Sqlite(mut connection)) => {
                let ended = sqlx::query("COMMIT").execute(&mut **connection).await;
                if ended.is_err() {
                    // Nobody knows what state it is in; a new connection starts clean.
                    connection.close_on_drop();
                }
                ended.map(drop).map_err(|error| self.error(error.into()))
            }
            Some(Inner::Postgres(transaction)) => {
                transaction.commit().await.map_err(|error| self.error(error.into()))
            }
            None => Err(self.ended()),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // A transaction that is left open would swallow the next one: its connection goes, and SQLite undoes it.
        // PostgreSQL's driver rolls back by itself.
        if let Some(Inner::Sqlite(connection)) = &mut self.inner {
            connection.close_on_drop();
        }
    }
}
