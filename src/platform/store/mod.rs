//! The API's own database: SQLite in a folder, or in memory. SQL is in files beside this one; nothing else here
//! speaks it.

mod read;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use read::{CompanyFilter, NewsFilter};
pub use write::{Progress, Records};

/// The schema that this program writes, in SQLite's `user_version`.
const SCHEMA: i64 = 1;
/// How long a statement waits for another's lock, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections to a database on disk: WAL lets readers run beside the one writer.
const CONNECTIONS: u32 = 4;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Gone when the server stops.
    Memory,
    /// `platform.db` in this folder, which is made when it is missing.
    Folder(PathBuf),
}

/// Why the database cannot be used. Every message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("cannot create the folder {}: {reason}; choose another with --data", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        reason: std::io::Error,
    },
    /// Made by a later version.
    #[error(
        "the platform's database has schema {found}, this program knows {SCHEMA}; use the newer program or another --data folder"
    )]
    NewerSchema {
        /// What the database says.
        found: i64,
    },
    /// Nobody answered in time: too many at once, or somebody else holds the lock.
    #[error("the platform's database is busy; try again")]
    Busy,
    /// Anything else.
    #[error("the platform's database failed: {0}; check the disk, or choose another --data folder")]
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_BUSY and SQLITE_LOCKED, whose extended codes keep them in the low byte.
        let locked = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6)));
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            _ if locked => Self::Busy,
            error => Self::Failed(error),
        }
    }
}

/// The database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the database, and makes it when it is missing.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let pool = match place {
            // One connection that never ends: the database lives and dies with it.
            Place::Memory => {
                SqlitePoolOptions::new()
                    .max_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .acquire_timeout(PATIENCE)
                    .connect_with(options().in_memory(true))
                    .await?
            }
            Place::Folder(folder) => {
                create_folder(folder).await?;
                SqlitePoolOptions::new()
                    .max_connections(CONNECTIONS)
                    .acquire_timeout(PATIENCE)
                    .connect_with(
                        options()
                            .filename(folder.join("platform.db"))
                            .create_if_missing(true)
                            .journal_mode(SqliteJournalMode::Wal)
                            .synchronous(SqliteSynchronous::Normal),
                    )
                    .await?
            }
        };
        let store = Self { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
        match found {
            0 => {
                sqlx::raw_sql(include_str!("sql/schema.sql")).execute(&mut *transaction).await?;
                sqlx::raw_sql("PRAGMA user_version = 1").execute(&mut *transaction).await?;
                transaction.commit().await?;
                Ok(())
            }
            SCHEMA => Ok(()),
            found => Err(StoreError::NewerSchema { found }),
        }
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM companies LIMIT 1").fetch_optional(&self.pool).await?;
        Ok(())
    }

    /// Waits for statements under way and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new().foreign_keys(true).busy_timeout(PATIENCE)
}

async fn create_folder(folder: &Path) -> Result<(), StoreError> {
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|reason| StoreError::Folder { folder: folder.to_owned(), reason })
}
