//! The alert service's database: one set of statements for `SQLite` and `PostgreSQL`, which both understand `$1`, upserts and JSON
//! kept as text. What differs between the two is in this folder only.

mod args;
mod writing;

use std::time::Duration;

use sqlx::AssertSqlSafe;

use slo_base::store::lease::Fence;
use slo_base::store::postgres::{Access, Postgres};
use slo_base::store::sqlite::Sqlite;
use slo_base::store::{Fault, Place, Server};

use args::{bound, values};

pub use args::{Arg, Row};
pub use writing::Writing;

/// How long a write waits for another process' lock on a `SQLite` file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Rows of one statement. Far below the 32,766 parameters of `SQLite` and the 65,535 of `PostgreSQL`; few different
/// statements to keep.
const ROWS: usize = 500;

/// Why the alert service's database did not do what was asked; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database {place} failed: {fault}")]
pub struct DatabaseError {
    /// Where it is, without password.
    pub place: String,
    /// What went wrong.
    pub fault: Fault,
}

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

impl Database {
    /// Opens it and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let place = Place::parse(url).map_err(|(place, fault)| DatabaseError { place, fault })?;
        let shown = place.shown().to_owned();
        let opened = match place.server() {
            Server::Sqlite { options, mode } => match Sqlite::open(options, *mode, PATIENCE).await {
                Ok(sqlite) => lean(&sqlite).await.map(|()| Opened::Sqlite(sqlite)),
                Err(fault) => Err(fault),
            },
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
        let place = self.place.clone();
        let begun = match &self.server {
            Opened::Sqlite(sqlite) => Writing::on_sqlite(place, sqlite).await,
            Opened::Postgres(postgres) => Writing::on_postgres(place, postgres, access).await,
        };
        begun.map_err(|fault| self.error(fault))
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

/// The alert service reads from memory: pages that were written are not needed again soon, and need not be kept.
async fn lean(sqlite: &Sqlite) -> Result<(), Fault> {
    let mut connection = sqlite.writer().await?;
    sqlx::query("PRAGMA cache_size = -4096").execute(&mut **connection).await?;
    Ok(())
}
