//! The outbox: what is due is a row, and stays one until a channel took it or refused it for good.
//!
//! # What every store promises
//!
//! - A key is enqueued once, however often it is given; the key decides, not the content.
//! - A row is handed to one worker at a time, under a lease. A worker that dies leaves its lease, which ends; then the
//!   row is handed out again. So a message goes out at least once, and the key lets a receiver drop the second.
//! - What is sent to one person through one receiver about one thread goes out in order: a resolve waits for its page.
//! - A firing that failed and that a newer one of its thread replaces is not tried any more: after an outage the
//!   receiver hears once how things are, not every reminder that was due meanwhile.
//! - A receiver with several channels is notified on each: the first worker that takes the row adds the further channels'
//!   rows ([`Outbox::add_channels`]), and each goes its own way from there.

mod body;
mod group_commit;
mod postgres;
mod row;
mod sqlite;

use async_trait::async_trait;

use slo_base::store::lease::Fence;
use slo_base::store::{Connection, Fault, Mode, Place, Server};
use slo_model::alert::Fingerprint;
use slo_model::route::Notification;

pub use postgres::PostgresOutbox;
pub use row::{
    Attempt, AttemptRecord, Depth, Leased, MAX_EXCERPT_BYTES, OutboxEntry, Outcome, Outlet, Recorded, Room,
    State, excerpt,
};
pub use sqlite::SqliteOutbox;

/// Outlets whose rows one query finds due; further ones wait for the next query.
pub const MAX_DUE_OUTLETS: u32 = 1000;
/// Rows that one question about a key or an incident is answered with.
pub const MAX_STANDINGS: u32 = 500;

/// The outbox could not do what it was asked; nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the outbox in {place}: {fault}")]
pub struct OutboxError {
    /// The database, without its password.
    pub place: String,
    /// What it said.
    pub fault: Fault,
}

/// Where notifications wait. Times are unix milliseconds.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Stores what is not there yet, all of it or nothing, if it is this engine's turn ([`Self::fence`]); returns how many were new. When this returns, they are on disk.
    async fn enqueue(&self, notifications: &[Notification]) -> Result<usize, OutboxError>;

    /// The same inside of somebody else's transaction on the same database, which decides whether it holds. After its commit
    /// [`Self::wake`] wakes the workers.
    async fn enqueue_in(
        &self,
        transaction: Connection<'_>,
        notifications: &[Notification],
    ) -> Result<usize, OutboxError>;

    /// Something was enqueued.
    fn wake(&self);

    /// Outlets for which something may be taken at `now_ms`; at most [`MAX_DUE_OUTLETS`].
    async fn due(&self, now_ms: i64) -> Result<Vec<Outlet>, OutboxError>;

    /// Hands out what is due for the outlets in `rooms`, at most as much as there is room for, most urgent first.
    /// It is the worker's until `now_ms + lease_ms`.
    async fn lease(
        &self,
        worker: &str,
        now_ms: i64,
        lease_ms: i64,
        rooms: &[Room],
    ) -> Result<Vec<Leased>, OutboxError>;

    /// Keeps these rows the worker's until `now_ms + lease_ms`, those that are still its own.
    async fn renew(&self, worker: &str, now_ms: i64, lease_ms: i64, rows: &[i64]) -> Result<(), OutboxError>;

    /// Adds the rows of channels 1 to `channels - 1` of a notification whose first row is leased; again changes nothing.
    async fn add_channels(&self, first: &Leased, channels: u32, now_ms: i64) -> Result<(), OutboxError>;

    /// Records an attempt and what follows from it, in one transaction with `failover`, which is enqueued only if the
    /// attempt still had its lease.
    async fn record(
        &self,
        attempt: &Attempt,
        failover: Option<&Notification>,
    ) -> Result<Recorded, OutboxError>;

    /// What waits.
    async fn depth(&self) -> Result<Depth, OutboxError>;

    /// When the next row may be taken; `None` when nothing waits.
    async fn next_due(&self) -> Result<Option<i64>, OutboxError>;

    /// How a notification stands, channel by channel, with every attempt. Empty when the key is not known.
    async fn by_key(&self, key: &str) -> Result<Vec<OutboxEntry>, OutboxError>;

    /// How the newest notifications about an incident stand, newest first; at most [`MAX_STANDINGS`] rows.
    async fn by_incident(&self, incident: &str) -> Result<Vec<OutboxEntry>, OutboxError>;

    /// How the newest notifications about an alert stand, newest first; at most [`MAX_STANDINGS`] rows.
    async fn by_alert(&self, alert: Fingerprint) -> Result<Vec<OutboxEntry>, OutboxError>;

    /// Forgets notifications of which all channels ended before `before_ms`, at most `max`; returns how many. A key that
    /// is forgotten could be enqueued again.
    async fn prune(&self, before_ms: i64, max: u32) -> Result<u64, OutboxError>;

    /// Resolves when this process has enqueued something, so that a worker need not wait for its next query.
    async fn changed(&self);

    /// From now on something is enqueued only while it is this engine's turn; what is there is delivered by all. One that
    /// has no other writers needs no fence.
    fn fence(&self, _: &Fence) {}

    /// The database, for people.
    fn place(&self) -> String;

    /// Waits for what is under way and lets go of the database.
    async fn close(&self);
}

/// What a transaction on another database is refused with.
fn elsewhere() -> Fault {
    Fault::Failed("what is to be enqueued was decided in another database".to_owned())
}

/// Opens the outbox in the database at `url`: `sqlite://PATH`, `sqlite::memory:` or `postgres://…`.
pub async fn open(url: &str) -> Result<std::sync::Arc<dyn Outbox>, OutboxError> {
    let place = Place::parse(url).map_err(|(place, fault)| OutboxError { place, fault })?;
    let failed = |fault| OutboxError { place: place.shown().to_owned(), fault };
    Ok(match place.server() {
        Server::Sqlite { options, mode } => {
            let database = slo_base::store::sqlite::Sqlite::open(options, *mode, sqlite::PATIENCE);
            let memory = *mode == Mode::Memory;
            std::sync::Arc::new(SqliteOutbox::new(database.await.map_err(failed)?, place.shown(), memory))
        }
        Server::Postgres(options) => {
            let database = slo_base::store::postgres::Postgres::open(options, false).await.map_err(failed)?;
            std::sync::Arc::new(PostgresOutbox::new(database, place.shown()))
        }
    })
}
