//! The lease of engines that share a `PostgreSQL` database. Times are the server's, so engines' clocks may differ.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::{Fence, HOLDS, TRUSTED};
use crate::store::Fault;

pub(super) struct Shared {
    /// Connections of its own: a heartbeat must not wait behind a tick.
    pool: PgPool,
    name: String,
    pub(super) fence: Fence,
    holder: Mutex<Holder>,
}

/// Who has the lease, as far as was seen.
#[derive(Debug, Default)]
struct Holder {
    name: Option<String>,
    out_of_sight: bool,
}

impl Shared {
    pub(super) fn new(options: &PgConnectOptions, name: &str) -> Self {
        let options = options.clone().application_name("slo lease").disable_statement_logging();
        // A second one for when the first hangs.
        let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(HOLDS).connect_lazy_with(options);
        Self { pool, name: name.to_owned(), fence: Fence::default(), holder: Mutex::default() }
    }

    pub(super) fn holder(&self) -> Option<String> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner).name.clone()
    }

    fn heard(&self, holder: String) {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) =
            Holder { name: Some(holder), out_of_sight: false };
    }

    /// Takes note that the database does not say who has the lease; whether that is news.
    pub(super) fn lose_sight(&self) -> bool {
        let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        !std::mem::replace(&mut *holder, Holder { name: None, out_of_sight: true }).out_of_sight
    }

    /// Takes the next term if the last one's heartbeat has ended.
    pub(super) async fn campaign(&self) -> Result<bool, Fault> {
        let (free, holder): (bool, String) = sqlx::query_as(
            "SELECT beat.until <= clock_timestamp(), lease.holder \
             FROM evaluation_beat AS beat CROSS JOIN evaluation_lease AS lease",
        )
        .fetch_one(&self.pool)
        .await?;
        self.heard(holder);
        if !free {
            return Ok(false);
        }
        let mut transaction = self.pool.begin().await?;
        // From here on heartbeats and other candidates wait, or go away.
        let still: Option<bool> = sqlx::query_scalar(
            "SELECT until <= clock_timestamp() FROM evaluation_beat FOR UPDATE SKIP LOCKED",
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if still != Some(true) {
            return Ok(false);
        }
        // Waits for what the last holder is writing; see `Fence::check`.
        let term: i64 =
            sqlx::query_scalar("UPDATE evaluation_lease SET term = term + 1, holder = $1 RETURNING term")
                .bind(&self.name)
                .fetch_one(&mut *transaction)
                .await?;
        let asked = Instant::now();
        sqlx::query(
            "UPDATE evaluation_beat SET term = $1, until = clock_timestamp() + $2 * interval '1 millisecond'",
        )
        .bind(term)
        .bind(holds_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.heard(self.name.clone());
        self.fence.inner.term.store(term, Ordering::Release);
        self.fence.trust(Some(asked + TRUSTED));
        tracing::info!(term, name = self.name, "this engine evaluates");
        Ok(true)
    }

    /// Says that the holder lives; whether it still is the holder.
    pub(super) async fn beat(&self) -> Result<bool, Fault> {
        let asked = Instant::now();
        let sql = "UPDATE evaluation_beat SET until = clock_timestamp() + $2 * interval '1 millisecond' \
                   WHERE term = $1";
        let beaten = sqlx::query(sql).bind(self.fence.term()).bind(holds_ms()).execute(&self.pool).await?;
        let kept = beaten.rows_affected() > 0;
        if kept {
            self.fence.trust(Some(asked + TRUSTED));
        }
        Ok(kept)
    }

    /// Ends the term now.
    pub(super) async fn resign(&self) -> Result<(), Fault> {
        let term = self.fence.term();
        self.fence.trust(None);
        let sql = "UPDATE evaluation_beat SET until = '-infinity' WHERE term = $1";
        let ended = sqlx::query(sql).bind(term).execute(&self.pool).await?;
        if ended.rows_affected() > 0 {
            tracing::info!(term, name = self.name, "the lease is given back");
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn holds_ms() -> f64 {
    HOLDS.as_secs_f64() * 1000.0
}
