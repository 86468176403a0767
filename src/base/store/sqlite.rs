//! `SQLite`: one connection that writes, a few that read beside it.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqliteConnection};

use super::{Fault, Mode, Schema};

/// Readers beside the writer; more would wait for the same disk.
const READERS: u32 = 6;
/// Pages of the log after which they are written to their places: pages that are written often are copied once.
const LOG_PAGES: &str = "4000";
/// Page cache of the writer, in KiB (negative is `SQLite`'s way to say so).
const WRITER_CACHE: &str = "-32768";
/// How long a write may wait for the one before it in this process.
const QUEUE: Duration = Duration::from_mins(1);

/// An open, migrated database.
#[derive(Debug, Clone)]
pub(super) struct Sqlite {
    /// One connection, for which writers queue. The file's own lock has no queue: who finds it taken sleeps and asks
    /// again, so that one part of this process that writes often would keep another one waiting for half a second.
    writer: SqlitePool,
    reader: SqlitePool,
    memory: bool,
}

/// The connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    connection: PoolConnection<sqlx::Sqlite>,
    memory: bool,
}

impl Deref for Writer {
    type Target = SqliteConnection;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl Writer {
    /// Makes the transaction on it last.
    pub(super) async fn commit(mut self) -> Result<(), Fault> {
        let ended = sqlx::query("COMMIT").execute(&mut *self).await;
        if ended.is_err() {
            self.roll_back().await;
        }
        Ok(ended.map(drop)?)
    }

    /// Undoes the transaction on it.
    pub(super) async fn roll_back(mut self) {
        // On a full or failing disk SQLite has ended it by itself: nobody knows what state the connection is in, and a new
        // one starts clean.
        if sqlx::query("ROLLBACK").execute(&mut *self).await.is_err() && !self.memory {
            drop(self.connection.close().await);
        }
    }

    /// Lets it go as it is, where nobody can wait for anything any more.
    pub(super) fn abandon(mut self) {
        self.connection.close_on_drop();
    }
}

impl Sqlite {
    /// Opens it, making and migrating it where the address allows. Waits `patience` for another process' lock.
    pub(super) async fn open(
        options: &SqliteConnectOptions,
        mode: Mode,
        schema: &Schema,
        patience: Duration,
    ) -> Result<Self, Fault> {
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
            .test_before_acquire(false)
            .acquire_timeout(QUEUE);
        let writer = pool.connect_with(writing).await.map_err(Fault::connecting)?;
        let reader = if memory {
            writer.clone()
        } else {
            SqlitePoolOptions::new()
                .max_connections(READERS)
                .test_before_acquire(false)
                .acquire_timeout(QUEUE)
                .connect_lazy_with(common.pragma("query_only", "ON"))
        };
        let database = Self { writer, reader, memory };
        let migrated = database.migrate(schema, mode == Mode::Read).await;
        if migrated.is_err() {
            database.close().await;
        }
        migrated.map(|()| database)
    }

    /// Opens one that is there already, to read it: nothing is made or written, so the file may lie on a medium that cannot
    /// be.
    pub(super) async fn open_to_read(
        options: &SqliteConnectOptions,
        mode: Mode,
        schema: &Schema,
        patience: Duration,
    ) -> Result<Self, Fault> {
        let memory = mode == Mode::Memory;
        let file = options.get_filename();
        if !memory && !file.exists() {
            return Err(Fault::Unreachable(format!("there is no such file; `{}` makes one", schema.made_by)));
        }
        let options = options.clone().create_if_missing(false).read_only(!memory);
        let mode = if memory { Mode::Memory } else { Mode::Read };
        match Self::open(&options, mode, schema, patience).await {
            // Readers of a write-ahead log share memory in a file beside it, which cannot be made here. Without a log
            // the file itself is all there is.
            Err(Fault::Unreachable(_) | Fault::ReadOnly) if !has_log(file) => {
                Self::open(&options.immutable(true), mode, schema, patience).await
            }
            opened => opened,
        }
    }

    async fn migrate(&self, schema: &Schema, read_only: bool) -> Result<(), Fault> {
        let mut connection = self.writer.acquire().await?;
        schema.migrate_sqlite(&mut connection, read_only).await
    }

    /// Connections that read; a transaction on one sees one moment.
    pub(super) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// The connection that writes. Writers of this process queue for it.
    pub(super) async fn writer(&self) -> Result<Writer, Fault> {
        match self.writer.acquire().await {
            Ok(connection) => Ok(Writer { connection, memory: self.memory }),
            Err(sqlx::Error::PoolTimedOut) => Err(Fault::Locked),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for what is under way and closes the connections.
    pub(super) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Whether the database has a write-ahead log with anything in it.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
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
