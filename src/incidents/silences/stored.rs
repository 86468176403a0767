//! What is stored: read, written, and forgotten.

use super::{SilenceBody, Silences};
use crate::sequence;
use slo_base::store::{StoreError, WriteTransaction};
use slo_core::time::Span;

/// An expired silence is listed for five days, as Alertmanager keeps it.
pub(super) const KEEP_EXPIRED: Span = Span::days(5);

impl Silences {
    /// Reads what other engines wrote meanwhile.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _write_lock = self.records.write_lock().await;
        let seen = self.records.seen();
        let rows =
            self.records.store().fetch(include_str!("../sql/newer_silences.sql"), vec![seen.into()]).await?;
        self.records.learn(rows)
    }

    /// Drops silences that expired long ago.
    pub async fn collect_garbage(&self) -> Result<(), StoreError> {
        let before = self.clock.now() - KEEP_EXPIRED;
        if !self.records.any(|silence| silence.body.over_at() <= before) {
            return Ok(());
        }
        self.records.store().execute("DELETE FROM silence WHERE ends_at <= $1", vec![before.into()]).await?;
        self.records.retain(|silence| silence.body.over_at() > before);
        Ok(())
    }

    pub(super) async fn catch_up(&self, writing: &mut WriteTransaction) -> Result<(), StoreError> {
        let seen = self.records.seen();
        let rows = writing.fetch(include_str!("../sql/newer_silences.sql"), vec![seen.into()]).await?;
        self.records.learn(rows)
    }

    pub(super) async fn write(
        &self,
        mut writing: WriteTransaction,
        changes: Vec<SilenceBody>,
    ) -> Result<(), StoreError> {
        let seq = sequence::next(&mut writing, "silence").await?;
        let mut rows = Vec::new();
        for body in changes {
            let text =
                serde_json::to_string(&body).map_err(|error| self.records.damaged(&error.to_string()))?;
            let args = vec![body.id.as_str().into(), seq.into(), body.over_at().into(), text.as_str().into()];
            writing.execute(include_str!("../sql/put_silence.sql"), args).await?;
            rows.push((seq, text));
        }
        writing.commit().await?;
        self.records.learn(rows)
    }
}
