//! The desk's database: one set of statements for `SQLite` and `PostgreSQL`, which both understand `$1`, upserts and JSON
//! kept as text. What differs between the two is in this file only.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Transaction};

use crate::store::lease::Fence;
use crate::store::postgres::{Access, Postgres};
use crate::store::sqlite::{Sqlite, Writer};
use crate::store::{Connection, Fault, Place, Server};

/// How long a write waits for another process' lock on a `SQLite` file.
const PATIENCE: Duration = Duration::from_secs(5);
/// Any number that no other program on the server uses: writers of one table follow one another, so that what was
/// committed later has the higher sequence number.
const LOCK: i64 = 0x73_6c_6f_10;

/// Rows of one statement. Far below the 32,766 parameters of `SQLite` and the 65,535 of `PostgreSQL`; few different
/// statements to keep.
const ROWS: usize = 500;

/// Why the desk's database did not do what was asked; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database {place} failed: {fault}")]
pub struct DatabaseError {
    /// Where it is, without password.
    pub place: String,
    /// What went wrong.
    pub fault: Fault,
}

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A number, or NULL.
    Int(Option<i64>),
    /// A text.
    Text(String),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// What rows can be read into: tuples of `i64`, `String` and options of them.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// An open, migrated database.
#[derive(Debug, Clone)]
pub struct Database {
    place: String,
    server: Opened,
}

#[derive(Debug, Clone)]
enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Binds `args` to a query of either driver.
macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Database {
    /// Opens it and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let place = Place::parse(url).map_err(|(place, fault)| DatabaseError { place, fault })?;
        let shown = place.shown().to_owned();
        let opened = match place.server() {
            Server::Sqlite { options, read_only, memory } => {
                match Sqlite::open(options, *read_only, *memory, PATIENCE).await {
                    Ok(sqlite) => lean(&sqlite).await.map(|()| Opened::Sqlite(sqlite)),
                    Err(fault) => Err(fault),
                }
            }
            Server::Postgres(options) => Postgres::open(options, false).await.map(Opened::Postgres),
        };
        match opened {
            Ok(server) => Ok(Self { place: shown, server }),
            Err(fault) => Err(DatabaseError { place: shown, fault }),
        }
    }

    /// Where it is, for people; without password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether other engines may write to it too.
    pub fn is_shared(&self) -> bool {
        matches!(self.server, Opened::Postgres(_))
    }

    /// A fault with the place it came from.
    pub fn error(&self, fault: Fault) -> DatabaseError {
        DatabaseError { place: self.place.clone(), fault }
    }

    /// Rows of a single query.
    pub async fn fetch<T: Row>(&self, sql: &str, args: Vec<Arg>) -> Result<Vec<T>, DatabaseError> {
        let sql = AssertSqlSafe(sql.to_owned());
        let rows = match &self.server {
            Opened::Sqlite(sqlite) => {
                bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(sqlite.reader()).await
            }
            Opened::Postgres(postgres) => {
                bound!(sqlx::query_as::<_, T>(sql), args).fetch_all(postgres.pool()).await
            }
        };
        rows.map_err(|error| self.error(error.into()))
    }

    /// Begins a transaction that writes. Writers follow one another, on every engine. One that is dropped is undone.
    pub async fn begin(&self) -> Result<Writing, DatabaseError> {
        self.begin_for(Access::Write).await
    }

    /// The same for what planning decided: refused when it is another engine's turn.
    pub async fn begin_planned(&self) -> Result<Writing, DatabaseError> {
        self.begin_for(Access::Evaluate).await
    }

    /// From now on what planning decided is written only while it is this engine's turn.
    pub fn fence(&self, fence: &Fence) {
        if let Opened::Postgres(postgres) = &self.server {
            postgres.fence(fence);
        }
    }

    async fn begin_for(&self, access: Access) -> Result<Writing, DatabaseError> {
        let begun = match &self.server {
            Opened::Sqlite(sqlite) => begin_sqlite(sqlite).await,
            Opened::Postgres(postgres) => begin_postgres(postgres, access).await,
        };
        match begun {
            Ok(inner) => Ok(Writing { place: self.place.clone(), inner: Some(inner) }),
            Err(fault) => Err(self.error(fault)),
        }
    }

    /// Runs one statement in a transaction of its own; how many rows it changed.
    pub async fn execute(&self, sql: &str, args: Vec<Arg>) -> Result<u64, DatabaseError> {
        let mut writing = self.begin().await?;
        let changed = writing.execute(sql, args).await?;
        writing.commit().await?;
        Ok(changed)
    }

    /// Inserts rows of the same number of columns, all or nothing, where no other engine writes; `head` ends with `VALUES`.
    /// Few rows are one statement, which is a transaction by itself: begin and commit would each cost a way to the
    /// connection's thread and back.
    pub async fn insert(&self, head: &str, rows: Vec<Vec<Arg>>) -> Result<(), DatabaseError> {
        let Opened::Sqlite(sqlite) = &self.server else { return self.insert_in_steps(head, rows).await };
        if rows.len() > ROWS {
            return self.insert_in_steps(head, rows).await;
        }
        let (values, args) = values(rows.into_iter(), false);
        let sql = AssertSqlSafe(format!("{head} {values}"));
        let mut connection = sqlite.writer().await.map_err(|fault| self.error(fault))?;
        let inserted = bound!(sqlx::query(sql), args).execute(&mut **connection).await;
        inserted.map(drop).map_err(|error| self.error(error.into()))
    }

    async fn insert_in_steps(&self, head: &str, rows: Vec<Vec<Arg>>) -> Result<(), DatabaseError> {
        let mut writing = self.begin().await?;
        writing.insert(head, rows, "").await?;
        writing.commit().await
    }

    /// Waits for what is under way and closes the connections.
    pub async fn close(&self) {
        match &self.server {
            Opened::Sqlite(sqlite) => sqlite.close().await,
            Opened::Postgres(postgres) => postgres.close().await,
        }
    }
}

/// The desk reads from memory: pages that were written are not needed again soon, and need not be kept.
async fn lean(sqlite: &Sqlite) -> Result<(), Fault> {
    let mut connection = sqlite.writer().await?;
    sqlx::query("PRAGMA cache_size = -4096").execute(&mut **connection).await?;
    Ok(())
}

async fn begin_sqlite(sqlite: &Sqlite) -> Result<Inner, Fault> {
    let mut connection = sqlite.writer().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut **connection).await?;
    Ok(Inner::Sqlite(connection))
}

async fn begin_postgres(postgres: &Postgres, access: Access) -> Result<Inner, Fault> {
    let mut transaction = postgres.begin(access).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    Ok(Inner::Postgres(transaction))
}

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

/// See [`Writing::places`].
///
/// `SQLite` looks a named parameter up among all of the statement's, so thousands of them would cost millions of
/// comparisons; a plain question mark costs none.
fn places(first: usize, count: usize, named: bool) -> String {
    let mut places = String::from("(");
    for place in first..first + count {
        places.push_str(if place == first { "" } else { ", " });
        if named {
            places.push('$');
            places.push_str(&place.to_string());
        } else {
            places.push('?');
        }
    }
    places.push(')');
    places
}

/// The places of rows, and their parameters.
fn values(rows: impl Iterator<Item = Vec<Arg>>, named: bool) -> (String, Vec<Arg>) {
    let (mut values, mut args) = (String::new(), Vec::new());
    for row in rows {
        values.push_str(if values.is_empty() { "" } else { ", " });
        values.push_str(&places(args.len() + 1, row.len(), named));
        args.extend(row);
    }
    (values, args)
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
