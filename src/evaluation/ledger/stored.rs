//! The ledger in a database.

use async_trait::async_trait;

use super::range::Range;
use super::tick::{HOUR, HistoryRow, Tick};
use super::{
    Bucket, Correction, Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution,
    agreed_step, read, summed, write,
};
use slo_base::store::{Fault, Store, StoreError};
use slo_core::time::{Span, TimeRange, Timestamp};

/// A ledger in a database, which on `PostgreSQL` several engines may use at once.
#[derive(Debug)]
pub(super) struct StoredLedger {
    store: Store,
    step: Span,
}

impl StoredLedger {
    /// See [`super::open`].
    pub(super) async fn open(store: Store, asked: Span) -> Result<Self, LedgerError> {
        agreed_step(&store, None, asked)?;
        let mut stored = stored_step(&store).await?;
        if stored.is_none() {
            store.execute(include_str!("sql/put_step.sql"), vec![asked.as_seconds().into()]).await?;
            // Another engine may have been quicker; its step is the ledger's.
            stored = stored_step(&store).await?;
        }
        let step = agreed_step(&store, stored, asked)?;
        Ok(Self { store, step })
    }

    /// See [`super::open_to_read`].
    pub(super) async fn open_to_read(store: Store) -> Result<Self, LedgerError> {
        let Some(stored) = stored_step(&store).await? else {
            let reason = "it holds no ledger yet; `slo serve` makes one".to_owned();
            return Err(store.error(Fault::Unreachable(reason)).into());
        };
        let step = agreed_step(&store, Some(stored), HOUR)?;
        Ok(Self { store, step })
    }
}

async fn stored_step(store: &Store) -> Result<Option<Span>, StoreError> {
    let rows: Vec<(i64,)> = store.fetch(include_str!("sql/step.sql"), Vec::new()).await?;
    Ok(rows.first().map(|row| Span::from_seconds(row.0)))
}

#[async_trait]
impl Ledger for StoredLedger {
    fn step(&self) -> Span {
        self.step
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        if definitions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self
            .store
            .retry(|| async {
                let mut transaction = self.store.begin_as_leader().await?;
                let rows = write::register(&mut transaction, definitions).await?;
                transaction.commit().await?;
                Ok::<_, StoreError>(rows)
            })
            .await?;
        Ok(rows.iter().map(HistoryRow::history).collect())
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        if definitions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = read::histories(&self.store, definitions).await?;
        Ok(rows.iter().map(|row| row.as_ref().map(HistoryRow::history)).collect())
    }

    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError> {
        let tick = Tick::new(entries, self.step)?;
        self.store
            .retry(|| async {
                let mut transaction = self.store.begin_as_leader().await?;
                let histories = write::append(&mut transaction, &tick).await?;
                transaction.commit().await?;
                Ok(histories.iter().map(HistoryRow::history).collect())
            })
            .await
    }

    async fn correct(&self, correction: &Correction) -> Result<(), LedgerError> {
        let tick = Tick::correcting(correction, self.step)?;
        // Not tried again: it may have been committed unknown to us, and is to be told once.
        let mut transaction = self.store.begin().await?;
        write::append(&mut transaction, &tick).await?;
        if let Some((sql, rows)) = &correction.also {
            transaction.insert(sql, rows.clone()).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn read(
        &self,
        history: HistoryId,
        range: TimeRange,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        let range = Range::new(range, resolution);
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (groups, sums, packed) = self.store.retry(|| read::rows(&self.store, history.0, range)).await?;
        let answer = range.assemble(groups, &sums, &packed, self.step);
        Ok(answer.map_err(|fault| self.store.error(fault))?)
    }

    async fn sums(&self, history: HistoryId, range: TimeRange) -> Result<Bucket, LedgerError> {
        let range = Range::new(range, Resolution::Coarse);
        if range.is_whole_hours()
            && let Some(sums) = self.store.retry(|| read::final_sums(&self.store, history.0, range)).await?
        {
            return Ok(sums);
        }
        let range = TimeRange::new(range.after(), range.until());
        Ok(summed(&self.read(history, range, Resolution::Coarse).await?, range.until))
    }

    async fn prune(&self, fine_before: Timestamp, hours_before: Timestamp) -> Result<(), LedgerError> {
        Ok(write::prune(&self.store, fine_before, hours_before).await?)
    }
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
