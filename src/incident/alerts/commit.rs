//! From memory to disk and back. One task writes; what arrives while it waits for the disk goes into its next
//! transaction, so many senders cost one sync.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::{Inner, Kept, Known, Post};
use crate::alert::Fingerprint;
use crate::incident::database::{Arg, DatabaseError, Writing};
use crate::store::Fault;

/// Alerts in one transaction, after which it takes no further batch.
const ENOUGH: usize = 8192;
/// Alerts dropped in one transaction.
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
    async fn commit(&self, batches: Vec<Vec<(Fingerprint, Kept)>>) -> Result<Vec<usize>, DatabaseError> {
        let _turn = self.turn.lock().await;
        let mut writing = self.database.begin().await?;
        if self.database.is_shared() {
            let newer = self.newer(&mut writing).await?;
            self.learn(newer);
        }
        let seq = writing.next_seq("alert").await?;
        let now = self.clock.now_ms();
        let (merged, refused) = self.merge(batches, now);
        let rows = merged.iter().map(|(print, alert)| row(*print, alert, seq)).collect::<Result<_, _>>();
        let rows: Vec<Vec<Arg>> =
            rows.map_err(|error: serde_json::Error| self.database.error(Fault::Failed(error.to_string())))?;
        writing
            .insert(include_str!("../sql/put_alerts.sql"), rows, include_str!("../sql/put_alerts_tail.sql"))
            .await?;
        writing.commit().await?;
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        let resolved = merged.values().filter(|alert| alert.is_resolved(now)).count() as u64;
        self.counts.resolved.fetch_add(resolved, Ordering::Relaxed);
        self.counts.firing.fetch_add(merged.len() as u64 - resolved, Ordering::Relaxed);
        self.took(merged.into_iter().collect(), seq);
        Ok(refused)
    }

    /// What is to be written; alerts that are heard twice are merged one after the other.
    fn merge(
        &self,
        batches: Vec<Vec<(Fingerprint, Kept)>>,
        now: i64,
    ) -> (BTreeMap<Fingerprint, Arc<Kept>>, Vec<usize>) {
        self.read(|table| {
            let mut merged: BTreeMap<Fingerprint, Arc<Kept>> = BTreeMap::new();
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

    fn took(&self, alerts: Vec<Known>, seq: i64) {
        let prints: Vec<Fingerprint> = alerts.iter().map(|(print, _)| *print).collect();
        // Before the notifier hears of them, they are to be found.
        self.write(|table| table.take(alerts, seq));
        if !prints.is_empty() {
            self.changed().extend(prints);
            self.wake.notify_waiters();
        }
    }

    fn learn(&self, (alerts, seq): (Vec<Known>, i64)) {
        self.took(alerts, seq);
    }

    async fn newer(&self, writing: &mut Writing) -> Result<(Vec<Known>, i64), DatabaseError> {
        let sql = include_str!("../sql/newer_alerts.sql");
        self.decode(writing.fetch(sql, vec![self.read(super::table::Table::seen).into()]).await?)
    }

    pub(super) async fn refresh(&self) -> Result<(), DatabaseError> {
        let _turn = self.turn.lock().await;
        let sql = include_str!("../sql/newer_alerts.sql");
        let rows = self.database.fetch(sql, vec![self.read(super::table::Table::seen).into()]).await?;
        self.learn(self.decode(rows)?);
        Ok(())
    }

    fn decode(&self, rows: Vec<(i64, i64, String)>) -> Result<(Vec<Known>, i64), DatabaseError> {
        let (mut alerts, mut last) = (Vec::with_capacity(rows.len()), 0);
        for (print, seq, body) in rows {
            let alert: Kept = serde_json::from_str(&body)
                .map_err(|error| self.database.error(Fault::Damaged(format!("a stored alert: {error}"))))?;
            alerts.push((Fingerprint(print as u64), Arc::new(alert)));
            last = last.max(seq);
        }
        Ok((alerts, last))
    }

    pub(super) async fn collect_garbage(&self) -> Result<usize, DatabaseError> {
        let _turn = self.turn.lock().await;
        let before = self.clock.now_ms().saturating_sub(self.limits.keep_resolved_ms);
        let mut ended = self.read(|table| table.ended(before, DROPPED));
        {
            // What the notifier has yet to hear of stays.
            let waiting = self.changed();
            ended.retain(|print| !waiting.contains(*print));
        }
        if ended.is_empty() {
            return Ok(0);
        }
        let mut writing = self.database.begin().await?;
        let mut gone = Vec::with_capacity(ended.len());
        for print in ended {
            // Unless it was heard of again, here or at another engine.
            let sql = include_str!("../sql/drop_alert.sql");
            let dropped = writing.execute(sql, vec![(print.0 as i64).into(), before.into()]).await?;
            if dropped > 0 || self.read(|table| table.get(print)).is_some_and(|alert| alert.ends_at <= before)
            {
                gone.push(print);
            }
        }
        writing.commit().await?;
        self.write(|table| {
            for print in &gone {
                if table.get(*print).is_some_and(|alert| alert.ends_at <= before) {
                    table.remove(*print);
                }
            }
        });
        Ok(gone.len())
    }
}

fn row(print: Fingerprint, alert: &Kept, seq: i64) -> Result<Vec<Arg>, serde_json::Error> {
    let body = serde_json::to_string(alert)?;
    Ok(vec![(print.0 as i64).into(), seq.into(), alert.ends_at.into(), body.into()])
}
