//! The ledger in a `SQLite` file: one engine writes, others may read meanwhile.

mod read;
mod rows;
mod write;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::errors::Trouble;
use super::range::Range;
use super::tick::{HistoryRow, Tick};
use super::{
    Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution, agreed_step,
};
use slo_base::store::sqlite::Sqlite;
use slo_base::store::{Fault, Mode, Place, Server};

/// How long we wait for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// A ledger in a `SQLite` database.
#[derive(Debug)]
pub struct SqliteLedger {
    database: Sqlite,
    url: String,
    step: u32,
}

impl SqliteLedger {
    /// Opens `sqlite://PATH` or `sqlite::memory:`, see [`super::open`]. With `?mode=ro` nothing is made or written, and
    /// the file must be there already; on a medium that cannot be written at all, `?mode=ro&immutable=1`.
    pub async fn open(url: &str, step: u32) -> Result<Self, LedgerError> {
        Self::open_within(url, step, PATIENCE).await
    }

    /// The same, waiting `patience` instead of 5 s for another process that holds the lock.
    pub async fn open_within(url: &str, step: u32, patience: Duration) -> Result<Self, LedgerError> {
        let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
        let shown = place.shown();
        let Server::Sqlite { options, mode } = place.server() else {
            return Err(not_sqlite(shown));
        };
        agreed_step(shown, None, step)?;
        let database =
            Sqlite::open(options, *mode, patience).await.map_err(|fault| LedgerError::of(shown, fault))?;
        match Self::settle_step(&database, shown, step).await {
            Ok(step) => Ok(Self { database, url: shown.to_owned(), step }),
            Err(trouble) => {
                database.close().await;
                Err(trouble.at(shown))
            }
        }
    }

    /// Opens a ledger that is there already, whatever its step, to read it. Nothing is written, so the file may lie on a
    /// medium that cannot be.
    pub async fn open_to_read(url: &str) -> Result<Self, LedgerError> {
        let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
        let shown = place.shown();
        let Server::Sqlite { options, mode } = place.server() else {
            return Err(not_sqlite(shown));
        };
        let memory = *mode == Mode::Memory;
        let file = options.get_filename();
        if !memory && !file.exists() {
            let reason = "there is no such file; `slo serve` makes one".to_owned();
            return Err(LedgerError::Unreachable { url: shown.to_owned(), reason });
        }
        let options = options.clone().create_if_missing(false).read_only(!memory);
        let mode = if memory { Mode::Memory } else { Mode::Read };
        let mut opened = Sqlite::open(&options, mode, PATIENCE).await;
        if matches!(opened, Err(Fault::Unreachable(_) | Fault::ReadOnly)) && !has_log(file) {
            // Readers of a write-ahead log share memory in a file beside it, which cannot be made here. Without a log
            // the file itself is all there is.
            opened = Sqlite::open(&options.immutable(true), mode, PATIENCE).await;
        }
        let database = opened.map_err(|fault| LedgerError::of(shown, fault))?;
        let stored = stored_step(&database).await.map_err(|trouble| trouble.at(shown));
        match stored.and_then(|stored| super::stored_step(shown, stored)) {
            Ok(step) => Ok(Self { database, url: shown.to_owned(), step }),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn settle_step(database: &Sqlite, url: &str, asked: u32) -> Result<u32, Trouble> {
        if let Some(stored) = stored_step(database).await? {
            return Ok(agreed_step(url, Some(stored), asked)?);
        }
        database
            .write::<_, Trouble>(async |transaction| {
                sqlx::query(include_str!("../sql/sqlite/put_step.sql"))
                    .bind(i64::from(asked))
                    .execute(transaction)
                    .await?;
                Ok(())
            })
            .await?;
        Ok(agreed_step(url, stored_step(database).await?, asked)?)
    }
}

fn not_sqlite(shown: &str) -> LedgerError {
    let reason = "it is not SQLite; write sqlite://PATH".to_owned();
    LedgerError::Unreachable { url: shown.to_owned(), reason }
}

/// Whether the database has a write-ahead log with anything in it.
fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

async fn stored_step(database: &Sqlite) -> Result<Option<i64>, Trouble> {
    let sql = include_str!("../sql/sqlite/step.sql");
    Ok(sqlx::query_scalar(sql).fetch_optional(database.reader()).await?)
}

#[async_trait]
impl Ledger for SqliteLedger {
    fn step(&self) -> u32 {
        self.step
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        let outcome = self
            .database
            .write::<_, Trouble>(async |transaction| write::register(transaction, definitions).await)
            .await;
        Ok(outcome.map_err(|trouble| trouble.at(&self.url))?.iter().map(HistoryRow::history).collect())
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        let rows = read::histories(&self.database, definitions).await;
        let rows = rows.map_err(|trouble| trouble.at(&self.url))?;
        Ok(rows.iter().map(|row| row.as_ref().map(HistoryRow::history)).collect())
    }

    async fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let tick = Tick::new(entries, self.step)?;
        self.database
            .write::<_, Trouble>(async |transaction| write::append(transaction, &tick).await)
            .await
            .map_err(|trouble| trouble.at(&self.url))
    }

    async fn read(
        &self,
        history: HistoryId,
        after: i64,
        until: i64,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        let range = Range::new(after, until, resolution);
        read::read(&self.database, history.0, range, self.step)
            .await
            .map_err(|fault| LedgerError::of(&self.url, fault))
    }

    async fn prune(&self, fine_before: i64, hours_before: i64) -> Result<(), LedgerError> {
        write::prune(&self.database, fine_before, hours_before).await.map_err(|trouble| trouble.at(&self.url))
    }

    fn place(&self) -> String {
        self.url.clone()
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

/// Numbers and texts as one JSON parameter: `SQLite` has no arrays. Never for floating-point numbers, which would not
/// come back exactly.
fn json<T: serde::Serialize>(values: &T) -> Result<String, Trouble> {
    serde_json::to_string(values).map_err(|error| Trouble::Fault(Fault::Failed(error.to_string())))
}

#[cfg(test)]
mod tests;
