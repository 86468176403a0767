//! What is stored: read, written, and forgotten.

use std::sync::Arc;

use super::{Silence, SilenceBody, Silences};
use crate::sequence;
use slo_base::store::{Fault, StoreError, WriteTransaction};

/// An expired silence is listed for five days, as Alertmanager keeps it.
pub(super) const KEEP_EXPIRED_MS: i64 = 5 * 86_400_000;

impl Silences {
    /// Reads what other engines wrote meanwhile.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _write_lock = self.inner.write_lock.lock().await;
        let seen = self.read(|table| table.seen);
        let rows =
            self.inner.store.fetch(include_str!("../sql/newer_silences.sql"), vec![seen.into()]).await?;
        self.learn(rows)
    }

    /// Drops silences that expired long ago.
    pub async fn collect_garbage(&self) -> Result<(), StoreError> {
        let before = self.inner.clock.now_ms().saturating_sub(KEEP_EXPIRED_MS);
        if !self.read(|table| table.silences.values().any(|silence| silence.body.over_at() <= before)) {
            return Ok(());
        }
        self.inner.store.execute("DELETE FROM silence WHERE ends_at <= $1", vec![before.into()]).await?;
        self.change(|table| table.silences.retain(|_, silence| silence.body.over_at() > before));
        Ok(())
    }

    pub(super) async fn catch_up(&self, writing: &mut WriteTransaction) -> Result<(), StoreError> {
        let seen = self.read(|table| table.seen);
        let rows = writing.fetch(include_str!("../sql/newer_silences.sql"), vec![seen.into()]).await?;
        self.learn(rows)
    }

    pub(super) async fn write(
        &self,
        mut writing: WriteTransaction,
        changes: Vec<SilenceBody>,
    ) -> Result<(), StoreError> {
        let seq = sequence::next(&mut writing, "silence").await?;
        let mut rows = Vec::new();
        for body in changes {
            let text = serde_json::to_string(&body).map_err(|error| self.damaged(&error.to_string()))?;
            let args = vec![body.id.as_str().into(), seq.into(), body.over_at().into(), text.as_str().into()];
            writing.execute(include_str!("../sql/put_silence.sql"), args).await?;
            rows.push((seq, text));
        }
        writing.commit().await?;
        self.learn(rows)
    }

    fn learn(&self, rows: Vec<(i64, String)>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut last = 0;
        let mut silences = Vec::with_capacity(rows.len());
        for (seq, text) in rows {
            let body: SilenceBody =
                serde_json::from_str(&text).map_err(|error| self.damaged(&error.to_string()))?;
            silences
                .push((body.id.clone(), Arc::new(Silence::new(body).map_err(|error| self.damaged(&error))?)));
            last = last.max(seq);
        }
        self.change(|table| {
            table.silences.extend(silences);
            table.seen = table.seen.max(last);
        });
        self.inner.generation.send_modify(|generation| *generation += 1);
        Ok(())
    }

    fn damaged(&self, reason: &str) -> StoreError {
        self.inner.store.error(Fault::Damaged(format!("a stored silence: {reason}")))
    }
}
