//! From memory to disk and back. One task writes; what arrives while it waits for the disk goes into its next
//! transaction, so many senders cost one sync.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::table::Logged;
use super::{Inner, Post};
use crate::sequence;
use slo_base::store::{Arg, Fault, StoreError, WriteTransaction};
use slo_core::time::Timestamp;
use slo_model::alert::{Fingerprint, StoredAlert};

/// Alerts in one transaction, after which it takes no further batch.
const ENOUGH: usize = 8192;
/// How alerts are written.
const PUT: &str = include_str!("../sql/put_alerts.sql");
/// Rows dropped in one transaction.
const DROPPED: usize = 500;

pub(super) async fn run(inner: Arc<Inner>, mut posts: mpsc::Receiver<Post>) {
    while let Some(first) = posts.recv().await {
        let mut size = first.alerts.len();
        let mut batch = vec![first];
        while size < ENOUGH
            && let Ok(next) = posts.try_recv()
        {
            size += next.alerts.len();
            batch.push(next);
        }
        let (mut alerts, mut answers) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for post in batch {
            alerts.push(post.alerts);
            answers.push(post.answer);
        }
        let outcome = inner.commit(alerts).await;
        for (at, answer) in answers.into_iter().enumerate() {
            let refused = outcome.as_ref().map(|refused| refused.get(at).copied().unwrap_or_default());
            // Whoever asked may have gone; what was kept stays kept.
            drop(answer.send(refused.map_err(Clone::clone)));
        }
    }
}

impl Inner {
    /// Merges batches into what is known and writes that, all or nothing; how many alerts of each there was no room for.
    async fn commit(&self, batches: Vec<Vec<(Fingerprint, StoredAlert)>>) -> Result<Vec<usize>, StoreError> {
        let _write_lock = self.write_lock.lock().await;
        let (logged, refused) = if self.store.is_shared() {
            self.commit_beside_others(batches).await?
        } else {
            let (merged, refused) = self.merge(batches, self.clock.now());
            let logged = numbered(merged, self.read(super::table::Table::seen) + 1);
            if !logged.is_empty() {
                self.store.insert(PUT, self.rows(&logged)?).await?;
            }
            (logged, refused)
        };
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now();
        let resolved = logged.iter().filter(|row| row.alert.is_resolved(now)).count() as u64;
        self.counts.resolved.fetch_add(resolved, Ordering::Relaxed);
        self.counts.firing.fetch_add(logged.len() as u64 - resolved, Ordering::Relaxed);
        self.took(logged);
        Ok(refused)
    }

    /// The same where other engines write too: first it learns what they wrote.
    async fn commit_beside_others(
        &self,
        batches: Vec<Vec<(Fingerprint, StoredAlert)>>,
    ) -> Result<(Vec<Logged>, Vec<usize>), StoreError> {
        let mut writing = sequence::begin(&self.store).await?;
        let newer = self.newer(&mut writing).await?;
        self.took(newer);
        let (merged, refused) = self.merge(batches, self.clock.now());
        if merged.is_empty() {
            writing.roll_back().await;
            return Ok((Vec::new(), refused));
        }
        let first = sequence::first_of(&mut writing, "alert", merged.len()).await?;
        let logged = numbered(merged, first);
        writing.insert(PUT, self.rows(&logged)?).await?;
        writing.commit().await?;
        Ok((logged, refused))
    }

    fn rows(&self, logged: &[Logged]) -> Result<Vec<Vec<Arg>>, StoreError> {
        let rows = logged.iter().map(row).collect::<Result<_, _>>();
        rows.map_err(|error: serde_json::Error| self.store.error(Fault::Failed(error.to_string())))
    }

    /// What is to be written; alerts that come in twice are merged one after the other.
    fn merge(
        &self,
        batches: Vec<Vec<(Fingerprint, StoredAlert)>>,
        now: Timestamp,
    ) -> (BTreeMap<Fingerprint, Arc<StoredAlert>>, Vec<usize>) {
        self.read(|table| {
            let mut merged: BTreeMap<Fingerprint, Arc<StoredAlert>> = BTreeMap::new();
            let mut room = self.limits.max_alerts.saturating_sub(table.len());
            let mut refused = Vec::with_capacity(batches.len());
            for batch in batches {
                let mut without_room = 0;
                for (print, alert) in batch {
                    let known = merged.get(&print).cloned().or_else(|| table.get(print));
                    let alert = match known {
                        Some(known) => known.merged_with(alert, now),
                        None if room == 0 => {
                            without_room += 1;
                            continue;
                        }
                        None => {
                            room -= 1;
                            alert
                        }
                    };
                    merged.insert(print, Arc::new(alert));
                }
                refused.push(without_room);
            }
            (merged, refused)
        })
    }

    fn took(&self, rows: Vec<Logged>) {
        let prints: Vec<Fingerprint> = rows.iter().map(|row| row.fingerprint).collect();
        // Before the notify loop is woken, they are to be found.
        self.write(|table| table.take(rows));
        if !prints.is_empty() {
            self.changed().extend(prints);
            self.wake.notify_waiters();
        }
    }

    async fn newer(&self, writing: &mut WriteTransaction) -> Result<Vec<Logged>, StoreError> {
        let sql = include_str!("../sql/newer_alerts.sql");
        self.decode(writing.fetch(sql, vec![self.read(super::table::Table::seen).into()]).await?)
    }

    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let _write_lock = self.write_lock.lock().await;
        let sql = include_str!("../sql/newer_alerts.sql");
        let rows = self.store.fetch(sql, vec![self.read(super::table::Table::seen).into()]).await?;
        self.took(self.decode(rows)?);
        Ok(())
    }

    fn decode(&self, rows: Vec<(i64, i64, String)>) -> Result<Vec<Logged>, StoreError> {
        let decoded = rows.into_iter().map(|(number, print, body)| {
            let alert: StoredAlert = serde_json::from_str(&body)
                .map_err(|error| self.store.error(Fault::Damaged(format!("a stored alert: {error}"))))?;
            Ok(Logged { number, fingerprint: Fingerprint(print as u64), alert: Arc::new(alert) })
        });
        decoded.collect()
    }

    /// Drops a bounded number of rows that later ones replaced; how many.
    pub(super) async fn drop_replaced(&self) -> Result<usize, StoreError> {
        let rows = self.write(|table| table.take_replaced(DROPPED));
        if rows.is_empty() {
            return Ok(0);
        }
        let dropped = self.drop_rows(&rows).await;
        if dropped.is_err() {
            self.write(|table| table.put_back(rows));
            return dropped.map(|()| 0);
        }
        Ok(rows.len())
    }

    async fn drop_rows(&self, rows: &[i64]) -> Result<(), StoreError> {
        let mut writing = sequence::begin(&self.store).await?;
        writing.execute("DELETE FROM alert_log WHERE number = ANY ($1)", vec![rows.to_vec().into()]).await?;
        writing.commit().await
    }

    pub(super) async fn collect_garbage(&self) -> Result<usize, StoreError> {
        let _write_lock = self.write_lock.lock().await;
        let before = self.clock.now() - self.limits.keep_resolved;
        let mut ended = self.read(|table| table.ended(before, DROPPED));
        {
            // What the notify loop has yet to see stays.
            let waiting = self.changed();
            ended.retain(|(print, _)| !waiting.contains(*print));
        }
        if ended.is_empty() {
            return Ok(0);
        }
        // One that came in again, here or at another engine, has another row.
        self.drop_rows(&ended.iter().map(|(_, number)| *number).collect::<Vec<_>>()).await?;
        self.write(|table| {
            for (print, number) in &ended {
                table.remove(*print, *number);
            }
        });
        Ok(ended.len())
    }
}

fn numbered(merged: BTreeMap<Fingerprint, Arc<StoredAlert>>, first: i64) -> Vec<Logged> {
    let rows = (first..).zip(merged);
    rows.map(|(number, (fingerprint, alert))| Logged { number, fingerprint, alert }).collect()
}

fn row(row: &Logged) -> Result<Vec<Arg>, serde_json::Error> {
    let body = serde_json::to_string(&*row.alert)?;
    Ok(vec![row.number.into(), (row.fingerprint.0 as i64).into(), body.into()])
}
