//! `SQLite`: one connection that writes, a few that read beside it.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::OwnedMutexGuard;

use super::{Fault, Mode, migrate, write_lock};

/// Readers beside the writer; more would wait for the same disk.
const READERS: u32 = 4;
/// Pages of the log after which they are written to their places: pages that are written often are copied once.
const LOG_PAGES: &str = "4000";
/// Page cache of the writer, in KiB (negative is `SQLite`'s way to say so).
const WRITER_CACHE: &str = "-32768";
/// How long a write may wait for the one before it in this process.
const QUEUE: Duration = Duration::from_mins(1);

/// An open, migrated database.
#[derive(Debug, Clone)]
pub struct Sqlite {
    writer: SqlitePool,
    reader: SqlitePool,
    /// Shared by all of this process that write to the same file.
    lock: Arc<tokio::sync::Mutex<()>>,
}

/// The connection that writes, and the turn to use it.
#[derive(Debug)]
pub struct Writer {
    connection: PoolConnection<sqlx::Sqlite>,
    _lock: OwnedMutexGuard<()>,
}

impl Deref for Writer {
    type Target = PoolConnection<sqlx::Sqlite>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl Sqlite {
    /// Opens it, making and migrating it where the address allows. Waits `patience` for another process' lock.
    pub async fn open(options: &SqliteConnectOptions, mode: Mode, patience: Duration) -> Result<Self, Fault> {
        let memory = mode == Mode::Memory;
        if mode == Mode::Create {
            make_private(options.get_filename());
        }
        let common = options.clone().foreign_keys(true).busy_timeout(patience).disable_statement_logging();
        let writing = if matches!(mode, Mode::Read | Mode::Memory) {
            common.clone()
        } else {
            // WAL: readers and the writer do not wait for each other. FULL: a tick that was answered is on the disk;
            // it is one fsync per tick.
            common
                .clone()
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("cache_size", WRITER_CACHE)
                .pragma("wal_autocheckpoint", LOG_PAGES)
        };
        // A memory database lives in its one connection, which therefore never ends.
        let pool = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(QUEUE);
        let writer = pool.connect_with(writing).await.map_err(Fault::connecting)?;
        let reader = if memory {
            writer.clone()
        } else {
            SqlitePoolOptions::new()
                .max_connections(READERS)
                .acquire_timeout(QUEUE)
                .connect_lazy_with(common.pragma("query_only", "ON"))
        };
        let lock = if memory { Arc::default() } else { write_lock::of(options.get_filename()) };
        let database = Self { writer, reader, lock };
        let migrated = database.migrate(mode == Mode::Read).await;
        if migrated.is_err() {
            database.close().await;
        }
        migrated.map(|()| database)
    }

    async fn migrate(&self, read_only: bool) -> Result<(), Fault> {
        let mut connection = self.writer.acquire().await?;
        migrate::sqlite(&mut connection, read_only).await
    }

    /// Connections that read; a transaction on one sees one moment.
    pub fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// Runs `work` in one transaction: all of it or nothing. Writers of this process queue; of others, ask again and again.
    pub async fn write<T, E: From<Fault>>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let Writer { mut connection, _lock } = self.writer().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(Fault::from)?;
        let outcome = work(&mut transaction).await;
        let ended = match &outcome {
            Ok(_) => transaction.commit().await,
            Err(_) => transaction.rollback().await,
        };
        if ended.is_err() {
            // On a full or failing disk SQLite ends the transaction by itself, and the driver, which does not know,
            // would begin the next one inside of it. A new connection starts clean.
            let _ = connection.close().await;
        }
        match (outcome, ended) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(Fault::from(error).into()),
            (Err(error), _) => Err(error),
        }
    }

    /// The connection that writes, for whoever keeps a transaction on it. Writers of this process queue for it.
    pub async fn writer(&self) -> Result<Writer, Fault> {
        let lock = tokio::time::timeout(QUEUE, Arc::clone(&self.lock).lock_owned());
        let lock = lock.await.map_err(|_| Fault::Locked)?;
        Ok(Writer { connection: self.writer.acquire().await?, _lock: lock })
    }

    /// Waits for what is under way and closes the connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Makes the file if it is missing, for its owner alone: tokens' hashes and the secret of acknowledge links are in it. The
/// files that `SQLite` puts beside it get the same rights. What fails here, `SQLite` tells.
fn make_private(file: &Path) {
    let mut new = std::fs::OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    // Never opens a file that is there: closing it would take all of this process' locks on it away.
    drop(new.open(file));
}
