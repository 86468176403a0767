//! The outbox in a `SQLite` file. One writer at a time, so a lease is an `UPDATE … RETURNING` and needs no locks of its
//! own; several processes may share the file.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tokio::sync::Notify;

use super::group_commit::{GroupCommit, Waiting};
use super::row::{self, LeasedRow, NewRow, StandingRow, TriedRow};
use super::{
    Attempt, Depth, Leased, MAX_DUE_OUTLETS, MAX_STANDINGS, Outbox, OutboxEntry, OutboxError, Outcome,
    Outlet, Recorded, Room, elsewhere,
};
use slo_base::store::sqlite::Sqlite;
use slo_base::store::{Connection, Fault};
use slo_model::alert::Fingerprint;
use slo_model::route::Notification;

/// How long we wait for another process that holds the lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// An outbox in a `SQLite` database.
#[derive(Debug)]
pub struct SqliteOutbox {
    database: Sqlite,
    place: String,
    memory: bool,
    changed: Notify,
    together: GroupCommit,
}

impl SqliteOutbox {
    /// An outbox in a database that is open and migrated; `place` is its address for people, and `memory` says that it is
    /// no file.
    pub fn new(database: Sqlite, place: impl Into<String>, memory: bool) -> Self {
        Self {
            database,
            place: place.into(),
            memory,
            changed: Notify::new(),
            together: GroupCommit::default(),
        }
    }

    fn at(&self, fault: impl Into<Fault>) -> OutboxError {
        OutboxError { place: self.place.clone(), fault: fault.into() }
    }

    async fn standings(&self, sql: &'static str, value: &str) -> Result<Vec<OutboxEntry>, Fault> {
        let rows: Vec<StandingRow> = sqlx::query_as(sql)
            .bind(row::plain(value))
            .bind(MAX_STANDINGS)
            .fetch_all(self.database.reader())
            .await?;
        let ids = json(&rows.iter().map(|row| row.0).collect::<Vec<_>>())?;
        let tried: Vec<TriedRow> = sqlx::query_as(include_str!("sql/sqlite/attempts.sql"))
            .bind(ids)
            .fetch_all(self.database.reader())
            .await?;
        row::standings(rows, tried)
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn enqueue(&self, notifications: &[Notification]) -> Result<usize, OutboxError> {
        if notifications.is_empty() {
            return Ok(0);
        }
        let rows = NewRow::all(notifications).map_err(|fault| self.at(fault))?;
        let added = self
            .database
            .write::<_, Fault>(async |transaction| enqueue(transaction, &rows).await)
            .await
            .map_err(|fault| self.at(fault))?;
        self.changed.notify_one();
        Ok(added)
    }

    async fn enqueue_in(
        &self,
        transaction: Connection<'_>,
        notifications: &[Notification],
    ) -> Result<usize, OutboxError> {
        if self.memory {
            // Everybody who opens a memory database has one of his own; what is in it ends with the process anyway.
            return self.enqueue(notifications).await;
        }
        let rows = NewRow::all(notifications).map_err(|fault| self.at(fault))?;
        match transaction {
            Connection::Sqlite(transaction) => {
                enqueue(transaction, &rows).await.map_err(|fault| self.at(fault))
            }
            Connection::Postgres(_) => Err(self.at(elsewhere())),
        }
    }

    fn wake(&self) {
        self.changed.notify_one();
    }

    async fn due(&self, now_ms: i64) -> Result<Vec<Outlet>, OutboxError> {
        let outlets: Vec<String> = sqlx::query_scalar(include_str!("sql/sqlite/due.sql"))
            .bind(now_ms)
            .bind(MAX_DUE_OUTLETS)
            .fetch_all(self.database.reader())
            .await
            .map_err(|error| self.at(error))?;
        outlets
            .iter()
            .map(|stored| Outlet::parse(stored))
            .collect::<Result<_, _>>()
            .map_err(|fault| self.at(fault))
    }

    async fn lease(
        &self,
        worker: &str,
        now_ms: i64,
        lease_ms: i64,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, OutboxError> {
        let until = now_ms.saturating_add(lease_ms);
        self.database
            .write::<_, Fault>(async |transaction| {
                let mut rows: Vec<LeasedRow> = Vec::new();
                for room in rooms {
                    let taken: Vec<LeasedRow> = sqlx::query_as(include_str!("sql/sqlite/lease.sql"))
                        .bind(room.outlet.stored())
                        .bind(room.max)
                        .bind(now_ms)
                        .bind(until)
                        .bind(worker)
                        .fetch_all(&mut *transaction)
                        .await?;
                    rows.extend(taken);
                }
                row::leased(rows)
            })
            .await
            .map_err(|fault| self.at(fault))
    }

    async fn renew(&self, worker: &str, now_ms: i64, lease_ms: i64, rows: &[i64]) -> Result<(), OutboxError> {
        let (until, rows) = (now_ms.saturating_add(lease_ms), format!("{rows:?}"));
        self.database
            .write::<_, Fault>(async |transaction| {
                let sql = include_str!("sql/sqlite/renew.sql");
                sqlx::query(sql).bind(worker).bind(until).bind(&rows).execute(transaction).await?;
                Ok(())
            })
            .await
            .map_err(|fault| self.at(fault))
    }

    async fn add_channels(&self, first: &Leased, channels: u32, now_ms: i64) -> Result<(), OutboxError> {
        let lane = NewRow::of(&first.notification).map_err(|fault| self.at(fault))?.lane;
        self.database
            .write::<_, Fault>(async |transaction| {
                sqlx::query(include_str!("sql/sqlite/add_channels.sql"))
                    .bind(first.id)
                    .bind(channels)
                    .bind(now_ms)
                    .execute(&mut *transaction)
                    .await?;
                supersede(transaction, &[&lane]).await
            })
            .await
            .map_err(|fault| self.at(fault))?;
        self.changed.notify_one();
        Ok(())
    }

    async fn record(
        &self,
        attempt: &Attempt,
        failover: Option<&Notification>,
    ) -> Result<Recorded, OutboxError> {
        let next: Vec<NewRow> =
            failover.map(NewRow::of).transpose().map_err(|fault| self.at(fault))?.into_iter().collect();
        let write = async |waiting: &[Waiting]| {
            let write = async |transaction: &mut SqliteConnection| {
                let mut recorded = Vec::with_capacity(waiting.len());
                for one in waiting {
                    recorded.push(record(transaction, &one.attempt, &one.failover).await?);
                }
                Ok(recorded)
            };
            self.database.write::<_, Fault>(write).await
        };
        let recorded = self.together.record(attempt.clone(), next, write).await;
        let recorded = recorded.map_err(|fault| self.at(fault))?;
        // Whoever waited behind this one in its lane may go.
        self.changed.notify_one();
        Ok(recorded)
    }

    async fn depth(&self) -> Result<Depth, OutboxError> {
        let row = sqlx::query_as(include_str!("sql/sqlite/depth.sql"))
            .fetch_one(self.database.reader())
            .await
            .map_err(|error| self.at(error))?;
        Ok(row::depth(row))
    }

    async fn next_due(&self) -> Result<Option<i64>, OutboxError> {
        sqlx::query_scalar(include_str!("sql/sqlite/next_due.sql"))
            .fetch_one(self.database.reader())
            .await
            .map_err(|error| self.at(error))
    }

    async fn by_key(&self, key: &str) -> Result<Vec<OutboxEntry>, OutboxError> {
        let sql = include_str!("sql/sqlite/standings_by_key.sql");
        self.standings(sql, key).await.map_err(|fault| self.at(fault))
    }

    async fn by_incident(&self, incident: &str) -> Result<Vec<OutboxEntry>, OutboxError> {
        let sql = include_str!("sql/sqlite/standings_by_incident.sql");
        self.standings(sql, incident).await.map_err(|fault| self.at(fault))
    }

    async fn by_alert(&self, alert: Fingerprint) -> Result<Vec<OutboxEntry>, OutboxError> {
        let sql = include_str!("sql/sqlite/standings_by_alert.sql");
        self.standings(sql, &(alert.0 as i64).to_string()).await.map_err(|fault| self.at(fault))
    }

    async fn prune(&self, before_ms: i64, max: u32) -> Result<u64, OutboxError> {
        self.database
            .write::<_, Fault>(async |transaction| {
                let sql = include_str!("sql/sqlite/prune.sql");
                Ok(sqlx::query(sql).bind(before_ms).bind(max).execute(transaction).await?.rows_affected())
            })
            .await
            .map_err(|fault| self.at(fault))
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

async fn enqueue(transaction: &mut SqliteConnection, rows: &[NewRow]) -> Result<usize, Fault> {
    let given = json(&rows)?;
    let sql = include_str!("sql/sqlite/enqueue_notifications.sql");
    sqlx::query(sql).bind(&given).execute(&mut *transaction).await?;
    sqlx::query(include_str!("sql/sqlite/enqueue_alerts.sql"))
        .bind(&given)
        .execute(&mut *transaction)
        .await?;
    let sql = include_str!("sql/sqlite/enqueue.sql");
    let added = sqlx::query(sql).bind(&given).execute(&mut *transaction).await?.rows_affected();
    let lanes: Vec<&str> = rows.iter().map(|row| row.lane.as_str()).collect();
    supersede(transaction, &lanes).await?;
    Ok(usize::try_from(added).unwrap_or(usize::MAX))
}

async fn supersede(transaction: &mut SqliteConnection, lanes: &[&str]) -> Result<(), Fault> {
    sqlx::query(include_str!("sql/sqlite/supersede.sql")).bind(json(&lanes)?).execute(transaction).await?;
    Ok(())
}

async fn record(
    transaction: &mut SqliteConnection,
    attempt: &Attempt,
    failover: &[NewRow],
) -> Result<Recorded, Fault> {
    let changed = match &attempt.outcome {
        Outcome::Accepted => {
            let sql = include_str!("sql/sqlite/accept.sql");
            sqlx::query(sql).bind(attempt.row).bind(attempt.at_ms).execute(&mut *transaction).await?
        }
        Outcome::Retry { .. } => {
            sqlx::query(include_str!("sql/sqlite/retry.sql"))
                .bind(attempt.row)
                .bind(attempt.attempt)
                .bind(attempt.next_at())
                .execute(&mut *transaction)
                .await?
        }
        Outcome::Refused(_) | Outcome::Expired(_) => {
            sqlx::query(include_str!("sql/sqlite/give_up.sql"))
                .bind(attempt.row)
                .bind(attempt.attempt)
                .bind(attempt.at_ms)
                .bind(attempt.outcome.as_str())
                .execute(&mut *transaction)
                .await?
        }
    };
    sqlx::query(include_str!("sql/sqlite/put_attempt.sql"))
        .bind(attempt.row)
        .bind(attempt.attempt)
        .bind(attempt.at_ms)
        .bind(&attempt.worker)
        .bind(&attempt.channel)
        .bind(attempt.outcome.as_str())
        .bind(attempt.outcome.reason())
        .bind(attempt.status.map(i64::from))
        .bind(attempt.latency_ms)
        .bind(&attempt.excerpt)
        .bind(attempt.next_at())
        .execute(&mut *transaction)
        .await?;
    if changed.rows_affected() == 0 {
        return Ok(Recorded::LeaseLost);
    }
    if attempt.next_at().is_some() {
        let sql = include_str!("sql/sqlite/lane_of.sql");
        let lane: Option<String> =
            sqlx::query_scalar(sql).bind(attempt.row).fetch_optional(&mut *transaction).await?;
        supersede(transaction, &lane.as_deref().into_iter().collect::<Vec<_>>()).await?;
    }
    if !failover.is_empty() {
        enqueue(transaction, failover).await?;
    }
    Ok(Recorded::Applied)
}

/// Many rows as one JSON parameter: `SQLite` has no arrays.
fn json<T: serde::Serialize>(values: &T) -> Result<String, Fault> {
    serde_json::to_string(values).map_err(|error| Fault::Failed(error.to_string()))
}
