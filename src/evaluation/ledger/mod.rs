//! The error-budget ledger: what happened, per SLO, group and bucket of time. Written once a tick, in one
//! transaction; kept fine for the recent past and hourly, with the fine buckets packed beside it, for the long.
//! Stores only what happened; targets, windows and verdicts are computed from it elsewhere.

mod columns;
mod errors;
mod packing;
pub mod postgres;
mod range;
pub mod sqlite;
mod tick;

use std::sync::Arc;

use async_trait::async_trait;

use slo_base::store::lease::Fence;
use slo_base::store::{Place, Server};
pub use slo_model::buckets::{Bucket, GroupBuckets};

pub use postgres::PostgresLedger;
pub use sqlite::SqliteLedger;

/// A definition whose history the ledger keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The SLO's key as text, e.g. `api-latency/p95`.
    pub key: String,
    /// A digest of everything that decides what is counted (queries, grouping, thresholds), not of the target. A
    /// changed indicator starts a history of its own; the old one stays in the database.
    pub indicator: String,
}

/// Names a definition's history in one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HistoryId(pub i64);

/// A registered history and how far it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Its name in this database.
    pub id: HistoryId,
    /// Counting began here: nothing before it was ever read, unix seconds; `None` when nothing was written yet.
    pub counted_from: Option<i64>,
    /// Buckets up to this moment are final, unix seconds. Later ones may be written again by the next tick.
    pub settled_to: Option<i64>,
    /// Some of it came from `increase()` or another expression instead of raw samples.
    pub estimated: bool,
}

/// What a tick writes for one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Whose.
    pub history: HistoryId,
    /// Where counting began, unix seconds; only the first one written is kept.
    pub counted_from: i64,
    /// Buckets with `end <= settled_to` are final after this.
    pub settled_to: i64,
    /// Whether this part was estimated; once set it stays.
    pub estimated: bool,
    /// What happened, replacing any bucket of the same end.
    pub groups: Vec<GroupBuckets>,
}

/// Why a ledger cannot be read or written. Every message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The database cannot be opened or reached.
    #[error("cannot open the database {url}: {reason}")]
    Unreachable {
        /// Without password.
        url: String,
        /// What the driver said.
        reason: String,
    },
    /// Somebody else holds the lock.
    #[error(
        "the database {url} is locked by another process; stop it, or use PostgreSQL for several engines"
    )]
    Locked {
        /// Without password.
        url: String,
    },
    /// It cannot be written.
    #[error(
        "the database {url} is read-only; check the file's and the folder's permissions, or that it is no standby"
    )]
    ReadOnly {
        /// Without password.
        url: String,
    },
    /// No space left.
    #[error("no space left for the database {url}; free some, nothing was written")]
    Full {
        /// Without password.
        url: String,
    },
    /// Made by a later version of this program.
    #[error(
        "the database {url} has schema {found}, this program knows up to {known}; use the newer program, or another database"
    )]
    NewerSchema {
        /// Without password.
        url: String,
        /// What the database says.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// Not a database, or a damaged one.
    #[error(
        "{url} is not a usable database: {reason}; restore it from a backup, or point --database elsewhere"
    )]
    Damaged {
        /// Without password.
        url: String,
        /// What the driver said.
        reason: String,
    },
    /// The step that was asked for cannot be used with what is stored.
    #[error(
        "the ledger {url} has buckets of {stored} s; use an interval that is a multiple of that, not {asked} s"
    )]
    Step {
        /// Without password.
        url: String,
        /// The ledger's step.
        stored: u32,
        /// What was asked for.
        asked: u32,
    },
    /// Buckets of this length do not fill an hour.
    #[error("an interval of {asked} s does not divide an hour; use one that does, e.g. 15, 30 or 60 s")]
    Interval {
        /// What was asked for.
        asked: u32,
    },
    /// What was to be written breaks an invariant of the ledger: a mistake of the program, not of the database.
    #[error("the ledger refuses what it was given, and wrote nothing: {reason}")]
    Rejected {
        /// Which bucket, and what is wrong with it.
        reason: String,
    },
    /// Anything else the driver said.
    #[error("the database {url} failed: {reason}")]
    Failed {
        /// Without password.
        url: String,
        /// What the driver said.
        reason: String,
    },
}

/// Opens the ledger at `url` (`sqlite://PATH`, `sqlite::memory:` or `postgres://user:password@host/database`), makes it
/// if it is new, and brings its schema up to date. `step` is the length of a bucket in seconds; a ledger that is there
/// already keeps its own, of which `step` must be a multiple: read it with [`Ledger::step`].
pub async fn open(url: &str, step: u32) -> Result<Arc<dyn Ledger>, LedgerError> {
    let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
    Ok(match place.server() {
        Server::Sqlite { .. } => Arc::new(SqliteLedger::open(url, step).await?),
        Server::Postgres(_) => Arc::new(PostgresLedger::open(url, step).await?),
    })
}

/// Opens the ledger at `url` for reading what is there, whatever its step: nothing is made, migrated or written.
pub async fn open_to_read(url: &str) -> Result<Arc<dyn Ledger>, LedgerError> {
    let place = Place::parse(url).map_err(|(shown, fault)| LedgerError::of(&shown, fault))?;
    Ok(match place.server() {
        Server::Sqlite { .. } => Arc::new(SqliteLedger::open_to_read(url).await?),
        Server::Postgres(_) => Arc::new(PostgresLedger::open_to_read(url).await?),
    })
}

/// The step of a ledger that is opened for reading.
fn stored_step(url: &str, stored: Option<i64>) -> Result<u32, LedgerError> {
    match stored {
        Some(_) => agreed_step(url, stored, 3600),
        None => Err(LedgerError::Unreachable {
            url: url.to_owned(),
            reason: "it holds no ledger yet; `slo serve` makes one".to_owned(),
        }),
    }
}

/// Whether a ledger that has buckets of `stored` seconds (`None`: a new one) may be opened for `asked`; its step.
fn agreed_step(url: &str, stored: Option<i64>, asked: u32) -> Result<u32, LedgerError> {
    if asked == 0 || 3600 % asked != 0 {
        return Err(LedgerError::Interval { asked });
    }
    match stored.map(u32::try_from) {
        None => Ok(asked),
        Some(Ok(stored)) if stored > 0 && 3600 % stored == 0 => {
            if asked.is_multiple_of(stored) {
                Ok(stored)
            } else {
                Err(LedgerError::Step { url: url.to_owned(), stored, asked })
            }
        }
        Some(_) => Err(LedgerError::Damaged {
            url: url.to_owned(),
            reason: "its step is not a part of an hour".to_owned(),
        }),
    }
}

/// How fine a read should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// One bucket a step.
    Fine,
    /// One bucket an hour where an hour is complete and lies wholly inside the range; steps at the edges.
    Coarse,
}

/// The store of histories. One contract suite runs on every implementation.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Seconds in a bucket; divides 3600; fixed when the ledger is created.
    fn step(&self) -> u32;

    /// Makes sure that each definition has a history, and tells how far each reaches, in the order asked.
    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError>;

    /// The histories that definitions have, in the order asked; `None` where nothing was ever registered. Writes nothing.
    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError>;

    /// Writes one tick (or one chunk of a back-fill) in one transaction: all of it or nothing. Writing the same again
    /// changes nothing. An hour whose buckets are all final is packed into one row.
    async fn append(&self, entries: &[Entry]) -> Result<(), LedgerError>;

    /// What happened in `(after, until]` (both multiples of the step), per group that has any bucket there; groups in
    /// order of their labels, buckets in order of time. An hour whose fine buckets have been pruned is one bucket, read
    /// if its end lies in the range: so adjacent ranges never count it twice.
    async fn read(
        &self,
        history: HistoryId,
        after: i64,
        until: i64,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError>;

    /// Drops fine buckets of final hours that ended at or before `fine_before`, leaving their sums, and everything of
    /// hours that ended at or before `hours_before`, with groups of which nothing is left.
    async fn prune(&self, fine_before: i64, hours_before: i64) -> Result<(), LedgerError>;

    /// From now on it is written only while it is this engine's turn. One that has no other writers needs no fence.
    fn fence(&self, _: &Fence) {}

    /// Where it is, for people; without password.
    fn place(&self) -> String;

    /// Waits for writes under way and closes the connections.
    async fn close(&self);
}
