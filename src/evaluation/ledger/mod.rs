//! The error-budget ledger: what happened, per SLO, group and bucket of time. Written once a tick, in one
//! transaction; kept fine for the recent past and hourly, with the fine buckets packed beside it, for the long.
//! Stores only what happened; targets, windows and verdicts are computed from it elsewhere.

/// A statement that the two databases word differently.
macro_rules! worded {
    ($file:literal) => {
        slo_base::store::Sql {
            sqlite: include_str!(concat!("sql/sqlite/", $file)),
            postgres: include_str!(concat!("sql/postgres/", $file)),
        }
    };
}

mod columns;
mod packing;
mod range;
mod read;
mod stored;
mod tick;
mod write;

use std::sync::Arc;

use async_trait::async_trait;

use slo_base::store::{Arg, Fault, Store, StoreError, StoreFailure};
use slo_core::time::{Span, TimeRange, Timestamp};
pub use slo_model::buckets::{Bucket, GroupBuckets};

use stored::StoredLedger;
use tick::HOUR;
pub(crate) use tick::sum;

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
    /// Counting began here: nothing before it was ever read; `None` when nothing was written yet.
    pub counted_from: Option<Timestamp>,
    /// Buckets up to this moment are final. Later ones may be written again by the next tick.
    pub settled_to: Option<Timestamp>,
    /// Some of it came from `increase()` or another expression instead of raw samples.
    pub estimated: bool,
    /// How often what was final was counted anew, see [`Ledger::correct`].
    pub corrections: i64,
}

impl History {
    /// Whether any of it is an estimate once `range` was counted anew, and was `estimated` by that or not.
    fn is_estimated_after(&self, range: TimeRange, estimated: bool) -> bool {
        let is_all = self.counted_from.is_some_and(|from| range.after <= from)
            && self.settled_to.is_some_and(|to| to <= range.until);
        estimated || (self.estimated && !is_all)
    }
}

/// What a tick writes for one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Whose.
    pub history: HistoryId,
    /// Where counting began; only the first one written is kept.
    pub counted_from: Timestamp,
    /// Buckets with `end <= settled_to` are final after this.
    pub settled_to: Timestamp,
    /// Whether this part was estimated; once set it stays.
    pub estimated: bool,
    /// What happened, replacing any bucket of the same end.
    pub groups: Vec<GroupBuckets>,
}

/// What takes the place of something that was final.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Whose.
    pub history: HistoryId,
    /// What was counted anew; it ends where the history is settled, or before.
    pub range: TimeRange,
    /// What happened, replacing any bucket of the same end; one without anything takes back what is there. Of an hour in the
    /// range of which only the sums are left, these are all buckets.
    pub groups: Vec<GroupBuckets>,
    /// Whether this part was estimated.
    pub estimated: bool,
    /// What else is written in the same transaction: an `INSERT`, and its rows.
    pub also: Option<(&'static str, Vec<Vec<Arg>>)>,
}

impl Correction {
    /// The history once it is written.
    pub fn applied_to(&self, history: History) -> History {
        History {
            estimated: history.is_estimated_after(self.range, self.estimated),
            corrections: history.corrections + 1,
            ..history
        }
    }
}

/// Why a ledger cannot be read or written. Every message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The database did not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The step that was asked for cannot be used with what is stored.
    #[error(
        "the ledger {url} has buckets of {} s; use an interval that is a multiple of that, not {} s",
        .stored.as_seconds_f64(), .asked.as_seconds_f64()
    )]
    Step {
        /// Without password.
        url: String,
        /// The ledger's step.
        stored: Span,
        /// What was asked for.
        asked: Span,
    },
    /// Buckets of this length do not fill an hour.
    #[error(
        "an interval of {} s does not divide an hour; use one that does, e.g. 15, 30 or 60 s",
        .asked.as_seconds_f64()
    )]
    Interval {
        /// What was asked for.
        asked: Span,
    },
    /// What was to be written breaks an invariant of the ledger: a mistake of the program, not of the database.
    #[error("the ledger refuses what it was given, and wrote nothing: {reason}")]
    Rejected {
        /// Which bucket, and what is wrong with it.
        reason: String,
    },
}

impl StoreFailure for LedgerError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Step { .. } | Self::Interval { .. } | Self::Rejected { .. } => None,
        }
    }
}

/// The ledger in a database with the engine's schema. `step` is the length of a bucket, whole seconds; a ledger that is there
/// already keeps its own, of which `step` must be a multiple: read it with [`Ledger::step`].
pub async fn open(store: &Store, step: Span) -> Result<Arc<dyn Ledger>, LedgerError> {
    Ok(Arc::new(StoredLedger::open(store.clone(), step).await?))
}

/// The ledger that is there already, whatever its step, to read it: nothing is written.
pub async fn open_to_read(store: &Store) -> Result<Arc<dyn Ledger>, LedgerError> {
    Ok(Arc::new(StoredLedger::open_to_read(store.clone()).await?))
}

/// The keys of the objectives that were counted at some time of `range`, in order.
pub async fn counted_in(store: &Store, range: TimeRange) -> Result<Vec<String>, StoreError> {
    let args = vec![range.after.seconds().into(), range.until.seconds().into()];
    let rows: Vec<(String,)> = store.fetch(include_str!("sql/counted_in.sql"), args).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Whether a ledger that has buckets of `stored` (`None`: a new one) may be opened for `asked`; its step.
fn agreed_step(store: &Store, stored: Option<Span>, asked: Span) -> Result<Span, LedgerError> {
    let fills_hours = |step: Span| step > Span::ZERO && step.is_whole_seconds() && HOUR % step == Span::ZERO;
    if !fills_hours(asked) {
        return Err(LedgerError::Interval { asked });
    }
    match stored {
        None => Ok(asked),
        Some(stored) if fills_hours(stored) => {
            if asked % stored == Span::ZERO {
                Ok(stored)
            } else {
                Err(LedgerError::Step { url: store.place().to_owned(), stored, asked })
            }
        }
        Some(_) => Err(store.error(Fault::Damaged("its step is not a part of an hour".to_owned())).into()),
    }
}

/// All groups together; what they share is the coverage of the one without labels.
fn summed(groups: &[GroupBuckets], end: Timestamp) -> Bucket {
    let mut sums = Bucket { end, ..Bucket::default() };
    for group in groups {
        for bucket in &group.buckets {
            sums.good += bucket.good;
            sums.total += bucket.total;
            sums.covered += if group.group.is_empty() { bucket.covered } else { 0.0 };
        }
    }
    sums
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
    /// The length of a bucket; divides an hour; fixed when the ledger is created.
    fn step(&self) -> Span;

    /// Makes sure that each definition has a history, and tells how far each reaches, in the order asked.
    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError>;

    /// The histories that definitions have, in the order asked; `None` where nothing was ever registered. Writes nothing.
    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError>;

    /// Writes one tick (or one chunk of a back-fill) in one transaction: all of it or nothing. Writing the same again
    /// changes nothing. An hour whose buckets are all final is packed into one row. Tells how the histories are now, each
    /// once, in order of their ids.
    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError>;

    /// Puts what was counted anew in the place of what was final, in one transaction, whichever engine leads: engines write
    /// only what is not final yet, and learn of it with the next [`Ledger::append`].
    async fn correct(&self, correction: &Correction) -> Result<(), LedgerError>;

    /// What happened in `range` (from one multiple of the step to another), per group that has any bucket there; groups in
    /// order of their labels, buckets in order of time. An hour whose fine buckets have been pruned is one bucket, read
    /// if its end lies in the range: so adjacent ranges never count it twice.
    async fn read(
        &self,
        history: HistoryId,
        range: TimeRange,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError>;

    /// What happened in `range` in all: the events of every group, and the seconds of coverage that they share. Cheaper than
    /// [`Self::read`] where a report wants many months of many objectives.
    async fn sums(&self, history: HistoryId, range: TimeRange) -> Result<Bucket, LedgerError> {
        Ok(summed(&self.read(history, range, Resolution::Coarse).await?, range.until))
    }

    /// Drops fine buckets of final hours that ended at or before `fine_before`, leaving their sums, and everything of
    /// hours that ended at or before `hours_before`, with groups of which nothing is left.
    async fn prune(&self, fine_before: Timestamp, hours_before: Timestamp) -> Result<(), LedgerError>;

    /// The database it is in; whoever opened that closes it.
    fn store(&self) -> &Store;
}
