//! The outbox in a `PostgreSQL` database, which several engines share: rows are taken with `FOR UPDATE SKIP LOCKED`, so
//! that two workers never wait for each other and never get the same one.

use async_trait::async_trait;
use sqlx::PgConnection;
use tokio::sync::Notify;

use super::row::{self, LeasedRow, NewRow, StandingRow, TriedRow};
use super::{
    Attempt, Depth, Leased, MAX_DUE_OUTLETS, MAX_STANDINGS, Outbox, OutboxEntry, OutboxError, Outcome,
    Outlet, Recorded, Room, elsewhere,
};
use slo_base::store::lease::Fence;
use slo_base::store::postgres::{Access, Postgres, twice};
use slo_base::store::{Connection, Fault};
use slo_model::alert::Fingerprint;
use slo_model::route::Notification;

/// An outbox in a `PostgreSQL` database.
#[derive(Debug)]
pub struct PostgresOutbox {
    database: Postgres,
    place: String,
    changed: Notify,
}

impl PostgresOutbox {
    /// An outbox in a database that is open and migrated; `place` is its address for people.
    pub fn new(database: Postgres, place: impl Into<String>) -> Self {
        Self { database, place: place.into(), changed: Notify::new() }
    }

    /// Everything the outbox does may be done twice: enqueueing and recording are keyed, and a lease whose answer got
    /// lost ends by itself.
    async fn twice<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, OutboxError>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        twice(itself, attempt).await.map_err(|fault| OutboxError { place: self.place.clone(), fault })
    }

    async fn enqueue_once(&self, rows: &[NewRow]) -> Result<usize, Fault> {
        let mut transaction = self.database.begin(Access::Evaluate).await?;
        let added = enqueue(&mut transaction, rows).await?;
        transaction.commit().await?;
        Ok(added)
    }

    async fn due_once(&self, now_ms: i64) -> Result<Vec<Outlet>, Fault> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let outlets: Vec<String> = sqlx::query_scalar(include_str!("sql/postgres/due.sql"))
            .bind(now_ms)
            .bind(i64::from(MAX_DUE_OUTLETS))
            .fetch_all(&mut *transaction)
            .await?;
        outlets.iter().map(|stored| Outlet::parse(stored)).collect()
    }

    async fn lease_once(
        &self,
        worker: &str,
        now_ms: i64,
        until: i64,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, Fault> {
        let mut transaction = self.database.begin(Access::Write).await?;
        let rows: Vec<LeasedRow> = sqlx::query_as(include_str!("sql/postgres/lease.sql"))
            .bind(rooms.iter().map(|room| room.outlet.stored()).collect::<Vec<_>>())
            .bind(rooms.iter().map(|room| i64::from(room.max)).collect::<Vec<_>>())
            .bind(now_ms)
            .bind(until)
            .bind(worker)
            .fetch_all(&mut *transaction)
            .await?;
        let leased = row::leased(rows)?;
        transaction.commit().await?;
        Ok(leased)
    }

    async fn add_channels_once(&self, row: i64, lane: &str, channels: u32, now_ms: i64) -> Result<(), Fault> {
        let mut transaction = self.database.begin(Access::Write).await?;
        sqlx::query(include_str!("sql/postgres/add_channels.sql"))
            .bind(row)
            .bind(i64::from(channels))
            .bind(now_ms)
            .execute(&mut *transaction)
            .await?;
        supersede(&mut transaction, vec![lane]).await?;
        Ok(transaction.commit().await?)
    }

    async fn record_once(&self, attempt: &Attempt, failover: &[NewRow]) -> Result<Recorded, Fault> {
        let mut transaction = self.database.begin(Access::Write).await?;
        let recorded = record(&mut transaction, attempt, failover).await?;
        transaction.commit().await?;
        Ok(recorded)
    }

    async fn standings_once(&self, sql: &'static str, value: &str) -> Result<Vec<OutboxEntry>, Fault> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let rows: Vec<StandingRow> = sqlx::query_as(sql)
            .bind(row::plain(value))
            .bind(i64::from(MAX_STANDINGS))
            .fetch_all(&mut *transaction)
            .await?;
        let tried: Vec<TriedRow> = sqlx::query_as(include_str!("sql/postgres/attempts.sql"))
            .bind(rows.iter().map(|row| row.0).collect::<Vec<_>>())
            .fetch_all(&mut *transaction)
            .await?;
        row::standings(rows, tried)
    }

    async fn prune_once(&self, before_ms: i64, max: u32) -> Result<u64, Fault> {
        let mut transaction = self.database.begin(Access::Write).await?;
        let sql = include_str!("sql/postgres/prune.sql");
        let gone = sqlx::query(sql).bind(before_ms).bind(i64::from(max)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(gone.rows_affected())
    }

    async fn depth_once(&self) -> Result<Depth, Fault> {
        let mut transaction = self.database.begin(Access::Read).await?;
        let row = sqlx::query_as(include_str!("sql/postgres/depth.sql")).fetch_one(&mut *transaction).await?;
        Ok(row::depth(row))
    }

    async fn next_due_once(&self) -> Result<Option<i64>, Fault> {
        let mut transaction = self.database.begin(Access::Read).await?;
        Ok(sqlx::query_scalar(include_str!("sql/postgres/next_due.sql")).fetch_one(&mut *transaction).await?)
    }

    fn rows(&self, notifications: &[Notification]) -> Result<Vec<NewRow>, OutboxError> {
        NewRow::all(notifications).map_err(|fault| OutboxError { place: self.place.clone(), fault })
    }
}

#[async_trait]
impl Outbox for PostgresOutbox {
    async fn enqueue(&self, notifications: &[Notification]) -> Result<usize, OutboxError> {
        if notifications.is_empty() {
            return Ok(0);
        }
        let rows = self.rows(notifications)?;
        let added = self.twice(|| self.enqueue_once(&rows)).await?;
        self.changed.notify_one();
        Ok(added)
    }

    async fn enqueue_in(
        &self,
        transaction: Connection<'_>,
        notifications: &[Notification],
    ) -> Result<usize, OutboxError> {
        let rows = self.rows(notifications)?;
        let enqueued = match transaction {
            Connection::Postgres(transaction) => enqueue(transaction, &rows).await,
            Connection::Sqlite(_) => Err(elsewhere()),
        };
        enqueued.map_err(|fault| OutboxError { place: self.place.clone(), fault })
    }

    fn wake(&self) {
        self.changed.notify_one();
    }

    async fn due(&self, now_ms: i64) -> Result<Vec<Outlet>, OutboxError> {
        self.twice(|| self.due_once(now_ms)).await
    }

    async fn lease(
        &self,
        worker: &str,
        now_ms: i64,
        lease_ms: i64,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, OutboxError> {
        self.twice(|| self.lease_once(worker, now_ms, now_ms.saturating_add(lease_ms), rooms)).await
    }

    async fn renew(&self, worker: &str, now_ms: i64, lease_ms: i64, rows: &[i64]) -> Result<(), OutboxError> {
        let until = now_ms.saturating_add(lease_ms);
        self.twice(|| async {
            sqlx::query(include_str!("sql/postgres/renew.sql"))
                .bind(worker)
                .bind(until)
                .bind(rows)
                .execute(self.database.pool())
                .await?;
            Ok(())
        })
        .await
    }

    fn fence(&self, fence: &Fence) {
        self.database.fence(fence);
    }

    async fn add_channels(&self, first: &Leased, channels: u32, now_ms: i64) -> Result<(), OutboxError> {
        let rows = self.rows(std::slice::from_ref(&first.notification))?;
        for row in &rows {
            self.twice(|| self.add_channels_once(first.id, &row.lane, channels, now_ms)).await?;
        }
        self.changed.notify_one();
        Ok(())
    }

    async fn record(
        &self,
        attempt: &Attempt,
        failover: Option<&Notification>,
    ) -> Result<Recorded, OutboxError> {
        let next = self.rows(failover.map_or(&[], std::slice::from_ref))?;
        let recorded = self.twice(|| self.record_once(attempt, &next)).await?;
        // Whoever waited behind this one in its lane may go.
        self.changed.notify_one();
        Ok(recorded)
    }

    async fn depth(&self) -> Result<Depth, OutboxError> {
        self.twice(|| self.depth_once()).await
    }

    async fn next_due(&self) -> Result<Option<i64>, OutboxError> {
        self.twice(|| self.next_due_once()).await
    }

    async fn by_key(&self, key: &str) -> Result<Vec<OutboxEntry>, OutboxError> {
        let sql = include_str!("sql/postgres/standings_by_key.sql");
        self.twice(|| self.standings_once(sql, key)).await
    }

    async fn by_incident(&self, incident: &str) -> Result<Vec<OutboxEntry>, OutboxError> {
        let sql = include_str!("sql/postgres/standings_by_incident.sql");
        self.twice(|| self.standings_once(sql, incident)).await
    }

    async fn by_alert(&self, alert: Fingerprint) -> Result<Vec<OutboxEntry>, OutboxError> {
        let (sql, alert) =
            (include_str!("sql/postgres/standings_by_alert.sql"), (alert.0 as i64).to_string());
        self.twice(|| self.standings_once(sql, &alert)).await
    }

    async fn prune(&self, before_ms: i64, max: u32) -> Result<u64, OutboxError> {
        self.twice(|| self.prune_once(before_ms, max)).await
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

/// What [`twice`] judges by.
#[expect(clippy::unnecessary_wraps, reason = "other rooms' errors are not always the database's")]
fn itself(fault: &Fault) -> Option<&Fault> {
    Some(fault)
}

async fn enqueue(transaction: &mut PgConnection, rows: &[NewRow]) -> Result<usize, Fault> {
    let texts = |of: fn(&NewRow) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&NewRow) -> i64| rows.iter().map(of).collect::<Vec<_>>();
    let lanes = texts(|row| &row.lane);
    let (keys, alerts): (Vec<&str>, Vec<i64>) =
        rows.iter().flat_map(|row| row.alerts.iter().map(|alert| (row.key.as_str(), *alert))).unzip();
    let added = sqlx::query(include_str!("sql/postgres/enqueue.sql"))
        .bind(texts(|row| &row.key))
        .bind(texts(|row| &row.outlet))
        .bind(&lanes)
        .bind(texts(|row| row.kind))
        .bind(numbers(|row| row.priority))
        .bind(rows.iter().map(|row| row.incident.as_deref()).collect::<Vec<_>>())
        .bind(numbers(|row| row.due_at))
        .bind(texts(|row| &row.body))
        .bind(keys)
        .bind(alerts)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    supersede(transaction, lanes).await?;
    Ok(usize::try_from(added).unwrap_or(usize::MAX))
}

async fn supersede(transaction: &mut PgConnection, lanes: Vec<&str>) -> Result<(), Fault> {
    sqlx::query(include_str!("sql/postgres/supersede.sql")).bind(lanes).execute(transaction).await?;
    Ok(())
}

async fn record(
    transaction: &mut PgConnection,
    attempt: &Attempt,
    failover: &[NewRow],
) -> Result<Recorded, Fault> {
    let changed = match &attempt.outcome {
        Outcome::Accepted => {
            let sql = include_str!("sql/postgres/accept.sql");
            sqlx::query(sql).bind(attempt.row).bind(attempt.at_ms).execute(&mut *transaction).await?
        }
        Outcome::Retry { .. } => {
            sqlx::query(include_str!("sql/postgres/retry.sql"))
                .bind(attempt.row)
                .bind(attempt.attempt)
                .bind(attempt.next_at())
                .execute(&mut *transaction)
                .await?
        }
        Outcome::Refused(_) | Outcome::Expired(_) => {
            sqlx::query(include_str!("sql/postgres/give_up.sql"))
                .bind(attempt.row)
                .bind(attempt.attempt)
                .bind(attempt.at_ms)
                .bind(attempt.outcome.as_str())
                .execute(&mut *transaction)
                .await?
        }
    };
    sqlx::query(include_str!("sql/postgres/put_attempt.sql"))
        .bind(attempt.row)
        .bind(attempt.attempt)
        .bind(attempt.at_ms)
        .bind(row::plain(&attempt.worker))
        .bind(&attempt.channel)
        .bind(attempt.outcome.as_str())
        .bind(row::plain(attempt.outcome.reason()))
        .bind(attempt.status.map(i64::from))
        .bind(attempt.latency_ms)
        .bind(row::plain(&attempt.excerpt))
        .bind(attempt.next_at())
        .execute(&mut *transaction)
        .await?;
    if changed.rows_affected() == 0 {
        return Ok(Recorded::LeaseLost);
    }
    if attempt.next_at().is_some() {
        let sql = include_str!("sql/postgres/lane_of.sql");
        let lane: Option<String> =
            sqlx::query_scalar(sql).bind(attempt.row).fetch_optional(&mut *transaction).await?;
        supersede(transaction, lane.as_deref().into_iter().collect()).await?;
    }
    if !failover.is_empty() {
        enqueue(transaction, failover).await?;
    }
    Ok(Recorded::Applied)
}
