//! The outbox: what is due is a row, and stays one until a channel took it or refused it for good.
//!
//! # What it promises, on every database
//!
//! - A key is enqueued once, however often it is given; the key decides, not the content.
//! - A row is handed to one worker at a time, under a lease. A worker that dies leaves its lease, which ends; then the
//!   row is handed out again. So a message goes out at least once, and the key lets a receiver drop the second.
//! - What is sent to one person through one receiver about one thread goes out in order: a resolve waits for its page.
//! - A firing that failed and that a newer one of its thread replaces is not tried any more: after an outage the
//!   receiver is notified once of how things are, not every reminder that was due meanwhile.
//! - A receiver with several channels is notified on each: the first worker that takes the row adds the further channels'
//!   rows ([`Outbox::add_channels`]), and each goes its own way from there.
//!
//! On `PostgreSQL` several engines share it: rows are taken with `FOR UPDATE SKIP LOCKED`, so that two workers never wait
//! for each other and never get the same one. A `SQLite` file has one writer at a time, and needs no locks of its own.

mod body;
mod group_commit;
mod row;

use std::sync::Arc;

use tokio::sync::Notify;

use slo_base::store::{Arg, Sql, Store, StoreError, WriteTransaction};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::alert::Fingerprint;
use slo_model::route::Notification;

use group_commit::{GroupCommit, Waiting};
use row::{LeasedRow, NewRow, StandingRow, TriedRow};

pub use row::{
    Attempt, AttemptRecord, Depth, Leased, MAX_EXCERPT_BYTES, OutboxEntry, Outcome, Outlet, Recorded, Room,
    State, excerpt,
};

/// Outlets whose rows one query finds due; further ones wait for the next query.
pub const MAX_DUE_OUTLETS: u32 = 1000;
/// Rows that one question about a key or an incident is answered with.
pub const MAX_STANDINGS: u32 = 500;

/// Incidents whose notifications one question asks for.
const INCIDENTS: usize = 500;

const ENQUEUE: Sql<'_> = Sql {
    sqlite: include_str!("sql/sqlite/enqueue.sql"),
    postgres: include_str!("sql/postgres/enqueue.sql"),
};

const LINK_ALERTS: Sql<'_> = Sql {
    sqlite: include_str!("sql/sqlite/link_alerts.sql"),
    postgres: include_str!("sql/postgres/link_alerts.sql"),
};

/// Where notifications wait. Times are unix milliseconds. Clones are the same outbox.
#[derive(Debug, Clone)]
pub struct Outbox {
    store: Store,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    changed: Notify,
    together: GroupCommit,
}

impl Outbox {
    /// The outbox in a database with the engine's schema.
    pub fn new(store: Store) -> Self {
        Self { store, inner: Arc::default() }
    }

    /// The database it is in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Stores what is not there yet, all of it or nothing, if this engine holds the lease; tells how many were new. When
    /// this returns, they are on disk.
    pub async fn enqueue(&self, notifications: &[Notification]) -> Result<usize, StoreError> {
        if notifications.is_empty() {
            return Ok(0);
        }
        let rows = self.rows(notifications)?;
        let added = self
            .store
            .retry(|| async {
                let mut transaction = self.store.begin_as_leader().await?;
                let added = enqueue(&mut transaction, &rows).await?;
                transaction.commit().await?;
                Ok::<_, StoreError>(added)
            })
            .await?;
        self.wake();
        Ok(added)
    }

    /// The same inside of somebody else's transaction, which decides whether it holds. After its commit [`Self::wake`]
    /// tells the workers.
    pub async fn enqueue_in(
        &self,
        transaction: &mut WriteTransaction,
        notifications: &[Notification],
    ) -> Result<usize, StoreError> {
        enqueue(transaction, &self.rows(notifications)?).await
    }

    /// Something was enqueued.
    pub fn wake(&self) {
        self.inner.changed.notify_one();
    }

    /// Resolves when this process has enqueued something, so that a worker need not wait for its next look.
    pub async fn changed(&self) {
        self.inner.changed.notified().await;
    }

    /// Outlets for which something may be taken at `now`; at most [`MAX_DUE_OUTLETS`].
    pub async fn due(&self, now: Timestamp) -> Result<Vec<Outlet>, StoreError> {
        let args = vec![now.into(), MAX_DUE_OUTLETS.into()];
        let outlets: Vec<(String,)> = self.store.fetch(include_str!("sql/due.sql"), args).await?;
        let outlets: Result<_, _> = outlets.iter().map(|(stored,)| Outlet::parse(stored)).collect();
        outlets.map_err(|fault| self.store.error(fault))
    }

    /// Hands out what is due for the outlets in `rooms`, at most as much as there is room for, most urgent first.
    /// It is the worker's until `now + lease`.
    pub async fn lease(
        &self,
        worker: &str,
        now: Timestamp,
        lease: Span,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, StoreError> {
        if rooms.is_empty() {
            return Ok(Vec::new());
        }
        let until = now + lease;
        self.store.retry(|| self.lease_once(worker, now, until, rooms)).await
    }

    async fn lease_once(
        &self,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, StoreError> {
        let room = |room: &Room| vec![room.outlet.stored().into(), room.max.into()];
        let mut transaction = self.store.begin().await?;
        let mut rows: Vec<LeasedRow> = Vec::new();
        if self.store.is_shared() {
            let rooms = Arg::Rows(rooms.iter().map(room).collect());
            let args = vec![rooms, now.into(), until.into(), worker.into()];
            rows = transaction.fetch(include_str!("sql/postgres/lease.sql"), args).await?;
        } else {
            for one in rooms {
                let mut args: Vec<Arg> = room(one);
                args.extend([now.into(), until.into(), worker.into()]);
                let taken: Vec<LeasedRow> =
                    transaction.fetch(include_str!("sql/sqlite/lease.sql"), args).await?;
                rows.extend(taken);
            }
        }
        let leased = row::leased(rows).map_err(|fault| self.store.error(fault))?;
        transaction.commit().await?;
        Ok(leased)
    }

    /// Keeps these rows the worker's until `now + lease`, those that are still its own.
    pub async fn renew(
        &self,
        worker: &str,
        now: Timestamp,
        lease: Span,
        rows: &[i64],
    ) -> Result<(), StoreError> {
        let until = now + lease;
        let args = vec![worker.into(), until.into(), rows.to_vec().into()];
        self.store.execute(include_str!("sql/renew.sql"), args).await.map(drop)
    }

    /// Adds the rows of channels 1 to `channels - 1` of a notification whose first row is leased; again changes nothing.
    pub async fn add_channels(
        &self,
        first: &Leased,
        channels: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let lane = NewRow::of(&first.notification).map_err(|fault| self.store.error(fault))?.lane;
        self.store
            .retry(|| async {
                let mut transaction = self.store.begin().await?;
                let args = vec![first.id.into(), channels.into(), now.into()];
                transaction.execute(include_str!("sql/add_channels.sql"), args).await?;
                supersede(&mut transaction, vec![lane.clone()]).await?;
                transaction.commit().await
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// Records an attempt and what follows from it, in one transaction with `failover`, which is enqueued only if the
    /// attempt still had its lease.
    pub async fn record(
        &self,
        attempt: &Attempt,
        failover: Option<&Notification>,
    ) -> Result<Recorded, StoreError> {
        let next = self.rows(failover.map_or(&[], std::slice::from_ref))?;
        let recorded = if self.store.is_shared() {
            let recorded = self.store.retry(|| self.record_once(vec![(attempt, next.as_slice())])).await;
            recorded.map(|recorded| recorded.first().copied().unwrap_or(Recorded::LeaseLost))
        } else {
            let write = async |waiting: &[Waiting]| {
                let attempts = waiting.iter().map(|one| (&one.attempt, one.failover.as_slice()));
                self.record_once(attempts.collect()).await
            };
            let recorded = self.inner.together.record(attempt.clone(), next, write).await;
            recorded.unwrap_or_else(|| Err(self.store.error(group_commit::never())))
        }?;
        // Whoever waited behind this one in its lane may go.
        self.wake();
        Ok(recorded)
    }

    async fn record_once(&self, attempts: Vec<(&Attempt, &[NewRow])>) -> Result<Vec<Recorded>, StoreError> {
        let mut transaction = self.store.begin().await?;
        let mut recorded = Vec::new();
        for (attempt, failover) in attempts {
            recorded.push(record(&mut transaction, attempt, failover).await?);
        }
        transaction.commit().await?;
        Ok(recorded)
    }

    /// What waits.
    pub async fn depth(&self) -> Result<Depth, StoreError> {
        let rows = self.store.fetch(include_str!("sql/depth.sql"), Vec::new()).await?;
        Ok(rows.into_iter().next().map(row::depth).unwrap_or_default())
    }

    /// When the next row may be taken; `None` when nothing waits.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows: Vec<(Option<i64>,)> =
            self.store.fetch(include_str!("sql/next_due.sql"), Vec::new()).await?;
        Ok(rows.first().and_then(|row| row.0).map(Timestamp::from_ms))
    }

    /// How a notification stands, channel by channel, with every attempt. Empty when the key is not known.
    pub async fn by_key(&self, key: &str) -> Result<Vec<OutboxEntry>, StoreError> {
        self.standings(include_str!("sql/standings_by_key.sql"), row::plain(key).into()).await
    }

    /// How the newest notifications about an incident stand, newest first; at most [`MAX_STANDINGS`] rows.
    pub async fn by_incident(&self, incident: &str) -> Result<Vec<OutboxEntry>, StoreError> {
        self.standings(include_str!("sql/standings_by_incident.sql"), row::plain(incident).into()).await
    }

    /// How the newest notifications about an alert stand, newest first; at most [`MAX_STANDINGS`] rows.
    pub async fn by_alert(&self, alert: Fingerprint) -> Result<Vec<OutboxEntry>, StoreError> {
        self.standings(include_str!("sql/standings_by_alert.sql"), (alert.0 as i64).into()).await
    }

    async fn standings(&self, sql: &str, value: Arg) -> Result<Vec<OutboxEntry>, StoreError> {
        self.store
            .retry(|| async {
                let mut transaction = self.store.begin_read().await?;
                let args = vec![value.clone(), MAX_STANDINGS.into()];
                let rows: Vec<StandingRow> = transaction.fetch(sql, args).await?;
                let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
                let tried: Vec<TriedRow> =
                    transaction.fetch(include_str!("sql/attempts.sql"), vec![ids.into()]).await?;
                row::standings(rows, tried).map_err(|fault| self.store.error(fault))
            })
            .await
    }

    /// Notifications about these incidents that were due in `range`, in order of time. For reports.
    pub async fn of_incidents(
        &self,
        incidents: &[String],
        range: TimeRange,
    ) -> Result<Vec<Notification>, StoreError> {
        let mut notifications = Vec::new();
        for some in incidents.chunks(INCIDENTS) {
            let args = vec![some.to_vec().into(), range.after.into(), range.until.into()];
            let rows: Vec<(String,)> = self.store.fetch(include_str!("sql/of_incidents.sql"), args).await?;
            for (text,) in rows {
                notifications.push(body::read(&text).map_err(|fault| self.store.error(fault))?);
            }
        }
        notifications.sort_by(|a, b| a.due_at.cmp(&b.due_at).then_with(|| a.key.cmp(&b.key)));
        Ok(notifications)
    }

    /// When the oldest notification that is kept was due; `None` when there is none.
    pub async fn kept_from(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows: Vec<(Option<i64>,)> =
            self.store.fetch(include_str!("sql/kept_from.sql"), Vec::new()).await?;
        Ok(rows.first().and_then(|row| row.0).map(Timestamp::from_ms))
    }

    /// Forgets notifications of which all channels ended before `before`, at most `max`; returns how many. A key that
    /// is forgotten could be enqueued again.
    pub async fn prune(&self, before: Timestamp, max: u32) -> Result<u64, StoreError> {
        self.store.execute(include_str!("sql/prune.sql"), vec![before.into(), max.into()]).await
    }

    fn rows(&self, notifications: &[Notification]) -> Result<Vec<NewRow>, StoreError> {
        let rows: Result<_, _> = notifications.iter().map(NewRow::of).collect();
        rows.map_err(|fault| self.store.error(fault))
    }
}

async fn enqueue(transaction: &mut WriteTransaction, rows: &[NewRow]) -> Result<usize, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    let notifications = rows.iter().map(NewRow::notification).collect();
    transaction.insert(include_str!("sql/put_notifications.sql"), notifications).await?;
    let alerts: Vec<Vec<Arg>> = rows.iter().flat_map(NewRow::alerts).collect();
    if !alerts.is_empty() {
        transaction.execute(LINK_ALERTS, vec![Arg::Rows(alerts)]).await?;
    }
    let queued = Arg::Rows(rows.iter().map(NewRow::queued).collect());
    let added = transaction.execute(ENQUEUE, vec![queued]).await?;
    supersede(transaction, rows.iter().map(|row| row.lane.clone()).collect()).await?;
    Ok(usize::try_from(added).unwrap_or(usize::MAX))
}

async fn supersede(transaction: &mut WriteTransaction, lanes: Vec<String>) -> Result<(), StoreError> {
    transaction.execute(include_str!("sql/supersede.sql"), vec![lanes.into()]).await.map(drop)
}

async fn record(
    transaction: &mut WriteTransaction,
    attempt: &Attempt,
    failover: &[NewRow],
) -> Result<Recorded, StoreError> {
    let Attempt { row, attempt: number, at, outcome, .. } = attempt;
    let (sql, args) = match outcome {
        Outcome::Accepted => (include_str!("sql/accept.sql"), vec![(*row).into(), (*at).into()]),
        Outcome::Retry { .. } => {
            (include_str!("sql/retry.sql"), vec![(*row).into(), (*number).into(), attempt.next_at().into()])
        }
        Outcome::Refused(_) | Outcome::Expired(_) => (
            include_str!("sql/give_up.sql"),
            vec![(*row).into(), (*number).into(), (*at).into(), outcome.as_str().into()],
        ),
    };
    let changed = transaction.execute(sql, args).await?;
    let args = vec![
        (*row).into(),
        (*number).into(),
        (*at).into(),
        row::plain(&attempt.worker).into(),
        attempt.channel.as_str().into(),
        outcome.as_str().into(),
        row::plain(outcome.reason()).into(),
        attempt.status.map(i64::from).into(),
        attempt.latency.into(),
        row::plain(&attempt.excerpt).into(),
        attempt.next_at().into(),
    ];
    transaction.execute(include_str!("sql/put_attempt.sql"), args).await?;
    if changed == 0 {
        return Ok(Recorded::LeaseLost);
    }
    if attempt.next_at().is_some() {
        let lanes: Vec<(String,)> =
            transaction.fetch(include_str!("sql/lane_of.sql"), vec![(*row).into()]).await?;
        supersede(transaction, lanes.into_iter().map(|lane| lane.0).collect()).await?;
    }
    enqueue(transaction, failover).await?;
    Ok(Recorded::Applied)
}
