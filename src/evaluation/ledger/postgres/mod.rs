//! The ledger in a `PostgreSQL` database, which several engines may use at once.

mod read;
mod write;

use async_trait::async_trait;

use super::errors::Trouble;
use super::range::Range;
use super::tick::{HistoryRow, Tick};
use super::{
    Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution, agreed_step,
};
use slo_base::store::lease::Fence;
use slo_base::store::postgres::{Access, Postgres, twice};
use slo_base::store::{Place, Server};

/// A ledger in a `PostgreSQL` database.
#[derive(Debug)]
pub struct PostgresLedger {
    database: Postgres,
    url: String,
    step: u32,
}

impl PostgresLedger {
    /// Opens `postgres://user:password@host:port/database`, see [`super::open`]. The database must exist.
    pub async fn open(url: &str, step: u32) -> Result<Self, LedgerError> {
        let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
        let shown = place.shown();
        let Server::Postgres(options) = place.server() else {
            return Err(not_postgres(shown));
        };
        agreed_step(shown, None, step)?;
        let database = Postgres::open(options, false).await.map_err(|fault| LedgerError::of(shown, fault))?;
        let mut ledger = Self { database, url: shown.to_owned(), step };
        match ledger.settle_step(step).await {
            Ok(step) => {
                ledger.step = step;
                Ok(ledger)
            }
            Err(error) => {
                ledger.close().await;
                Err(error)
            }
        }
    }

    /// Opens a ledger that is there already, whatever its step, to read it.
    pub async fn open_to_read(url: &str) -> Result<Self, LedgerError> {
        let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
        let shown = place.shown();
        let Server::Postgres(options) = place.server() else {
            return Err(not_postgres(shown));
        };
        let database = Postgres::open(options, true).await.map_err(|fault| LedgerError::of(shown, fault))?;
        let mut ledger = Self { database, url: shown.to_owned(), step: 0 };
        let stored = ledger.twice(|| ledger.step_to_read()).await;
        match stored.and_then(|stored| super::stored_step(shown, stored)) {
            Ok(step) => {
                ledger.step = step;
                Ok(ledger)
            }
            Err(error) => {
                ledger.close().await;
                Err(error)
            }
        }
    }

    async fn step_to_read(&self) -> Result<Option<i64>, Trouble> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let sql = include_str!("../sql/postgres/step.sql");
        let stored = sqlx::query_scalar(sql).fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(stored)
    }

    async fn settle_step(&self, asked: u32) -> Result<u32, LedgerError> {
        let stored = self.twice(|| self.stored_step(asked)).await?;
        agreed_step(&self.url, stored, asked)
    }

    async fn stored_step(&self, asked: u32) -> Result<Option<i64>, Trouble> {
        let sql = include_str!("../sql/postgres/step.sql");
        let mut transaction = self.database.begin(Access::Write).await?;
        let stored: Option<i64> = sqlx::query_scalar(sql).fetch_optional(&mut *transaction).await?;
        if stored.is_some() {
            return Ok(stored);
        }
        sqlx::query(include_str!("../sql/postgres/put_step.sql"))
            .bind(i64::from(asked))
            .execute(&mut *transaction)
            .await?;
        // Another engine may have been quicker; its step is the ledger's.
        let stored = sqlx::query_scalar(sql).fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(stored)
    }

    async fn register_once(&self, definitions: &[Definition]) -> Result<Vec<HistoryRow>, Trouble> {
        let mut transaction = self.database.begin(Access::Evaluate).await?;
        let rows = write::register(&mut transaction, definitions).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    async fn histories_once(&self, definitions: &[Definition]) -> Result<Vec<Option<HistoryRow>>, Trouble> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let rows = read::histories(&mut transaction, definitions).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    async fn append_once(&self, tick: &Tick) -> Result<(), Trouble> {
        let mut transaction = self.database.begin(Access::Evaluate).await?;
        write::append(&mut transaction, tick).await?;
        Ok(transaction.commit().await?)
    }

    async fn read_once(&self, history: HistoryId, range: Range) -> Result<Vec<GroupBuckets>, Trouble> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let (groups, sums, packed) = read::rows(&mut transaction, history.0, range).await?;
        transaction.commit().await?;
        Ok(range.assemble(groups, &sums, &packed, self.step)?)
    }

    /// In two transactions: pruning half is as good as pruning none, and only the second one makes ticks wait.
    async fn prune_once(&self, fine_before: i64, hours_before: i64) -> Result<(), Trouble> {
        let mut transaction = self.database.begin(Access::Evaluate).await?;
        write::prune_hours(&mut transaction, fine_before, hours_before).await?;
        transaction.commit().await?;
        let mut transaction = self.database.begin(Access::Evaluate).await?;
        write::prune_groups(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Everything the ledger does is idempotent, so a lost connection is worth a second try.
    async fn twice<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        twice(Trouble::fault, attempt).await.map_err(|trouble| trouble.at(&self.url))
    }
}

fn not_postgres(shown: &str) -> LedgerError {
    let reason = "it is not PostgreSQL; write postgres://user:password@host/database".to_owned();
    LedgerError::Unreachable { url: shown.to_owned(), reason }
}

#[async_trait]
impl Ledger for PostgresLedger {
    fn step(&self) -> u32 {
        self.step
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        let rows = self.twice(|| self.register_once(definitions)).await?;
        Ok(rows.iter().map(HistoryRow::history).collect())
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        let rows = self.twice(|| self.histories_once(definitions)).await?;
        Ok(rows.iter().map(|row| row.as_ref().map(HistoryRow::history)).collect())
    }

    async fn append(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let tick = Tick::new(entries, self.step)?;
        self.twice(|| self.append_once(&tick)).await
    }

    async fn read(
        &self,
        history: HistoryId,
        after: i64,
        until: i64,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        let range = Range::new(after, until, resolution);
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.twice(|| self.read_once(history, range)).await
    }

    fn fence(&self, fence: &Fence) {
        self.database.fence(fence);
    }

    async fn prune(&self, fine_before: i64, hours_before: i64) -> Result<(), LedgerError> {
        self.twice(|| self.prune_once(fine_before, hours_before)).await
    }

    fn place(&self) -> String {
        self.url.clone()
    }

    async fn close(&self) {
        self.database.close().await;
    }
}
