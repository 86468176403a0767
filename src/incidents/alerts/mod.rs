//! The alerts that are known: in memory for reading, and in the database before they are acknowledged to their sender.

mod changed;
mod commit;
mod table;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::events::{AlertsInvalid, AlertsRefused};
use slo_base::clock::Clock;
use slo_base::store::{Store, StoreError};
use slo_base::telemetry::event::Event;
use slo_core::time::Span;
use slo_model::alert::{AlertSink, Fingerprint, IncomingAlert, SinkError, StoredAlert};

pub use table::AlertEntry;

use changed::Changed;
use table::Table;

/// Batches that may wait for the disk; more callers wait to be let in.
const WAITING: usize = 256;

/// Bounds and times.
#[derive(Debug, Clone)]
pub struct AlertLimits {
    /// The most distinct alerts, resolved ones included until they are dropped.
    pub max_alerts: usize,
    /// An alert without an end ends so long after it came in last.
    pub resolve_timeout: Span,
    /// A resolved alert is dropped so long after its end.
    pub keep_resolved: Span,
}

impl Default for AlertLimits {
    fn default() -> Self {
        Self { max_alerts: 1_000_000, resolve_timeout: Span::minutes(5), keep_resolved: Span::minutes(15) }
    }
}

/// Why a batch was not taken as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// Some alerts are not valid; the others are kept.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// There is no room for some new alerts; those that were known, and those for which there was room, are kept.
    #[error(
        "{refused} new alerts were refused: the most is {most} distinct alerts; send fewer, or raise the limit"
    )]
    TooMany {
        /// How many.
        refused: usize,
        /// The cap.
        most: usize,
    },
    /// Nothing was kept.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// Nothing was kept: the engine ends.
    #[error("the engine is stopping; send the alerts again")]
    Stopping,
}

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct IngestCounts {
    /// Alerts that were kept and fire.
    pub firing: AtomicU64,
    /// Alerts that were kept and are over.
    pub resolved: AtomicU64,
    /// Alerts that were not valid.
    pub invalid: AtomicU64,
    /// Alerts for which there was no room.
    pub refused: AtomicU64,
    /// Transactions.
    pub commits: AtomicU64,
}

struct Post {
    alerts: Vec<(Fingerprint, StoredAlert)>,
    answer: oneshot::Sender<Result<usize, StoreError>>,
}

struct Inner {
    store: Store,
    limits: AlertLimits,
    clock: Clock,
    table: RwLock<Table>,
    /// What the notify loop has not seen yet.
    changed: Mutex<Changed>,
    wake: Notify,
    /// Held from reading the database to having it in memory, so that nothing old replaces something new.
    write_lock: tokio::sync::Mutex<()>,
    counts: IngestCounts,
}

/// The store of alerts. Clones are the same store.
#[derive(Clone)]
pub struct Alerts {
    inner: Arc<Inner>,
    posts: mpsc::Sender<Post>,
}

impl Alerts {
    /// Reads what is stored and starts the task that writes; it ends when the last clone is dropped.
    pub async fn open(store: Store, limits: AlertLimits, clock: Clock) -> Result<Self, StoreError> {
        let inner = Arc::new(Inner {
            store,
            limits,
            clock,
            table: RwLock::default(),
            changed: Mutex::default(),
            wake: Notify::new(),
            write_lock: tokio::sync::Mutex::new(()),
            counts: IngestCounts::default(),
        });
        inner.refresh().await?;
        let (posts, waiting) = mpsc::channel(WAITING);
        tokio::spawn(commit::run(inner.clone(), waiting));
        Ok(Self { inner, posts })
    }

    /// Stores what is valid of a batch and returns once it is on the disk: the one way in, for alerts from here and from
    /// elsewhere. Batches that arrive together share a transaction.
    #[tracing::instrument(name = "ingest", level = "debug", skip_all, fields(alerts = incoming.len()))]
    pub async fn put(&self, incoming: Vec<IncomingAlert>) -> Result<(), IngestError> {
        let (now, timeout) = (self.inner.clock.now(), self.inner.limits.resolve_timeout);
        let (mut alerts, mut wrong) = (Vec::with_capacity(incoming.len()), Vec::new());
        for one in incoming {
            match one.into_stored(now, timeout) {
                Ok(alert) => alerts.push((alert.fingerprint(), alert)),
                Err(reason) => wrong.push(reason),
            }
        }
        let counts = &self.inner.counts;
        AlertsInvalid { reasons: &wrong }.emit(counts);
        if !alerts.is_empty() {
            let (answer, answered) = oneshot::channel();
            self.posts.send(Post { alerts, answer }).await.map_err(|_| IngestError::Stopping)?;
            let refused = answered.await.map_err(|_| IngestError::Stopping)??;
            if refused > 0 {
                let most = self.inner.limits.max_alerts;
                AlertsRefused { refused, most }.emit(counts);
                return Err(IngestError::TooMany { refused, most });
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(IngestError::Invalid(wrong)) }
    }

    /// Every alert that is known, in order of fingerprints; resolved ones too until they are dropped.
    pub fn all(&self) -> Vec<AlertEntry> {
        self.inner.read(Table::all)
    }

    /// One alert.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Arc<StoredAlert>> {
        self.inner.read(|table| table.get(fingerprint))
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.inner.read(Table::len)
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was counted since the start.
    pub fn counts(&self) -> &IngestCounts {
        &self.inner.counts
    }

    /// Takes the alerts that changed since the last call.
    pub fn take_changed(&self) -> Vec<AlertEntry> {
        self.take_some_changed(usize::MAX)
    }

    /// The same, the first `most` of them, in the order in which they came in.
    pub fn take_some_changed(&self, most: usize) -> Vec<AlertEntry> {
        let changed = self.inner.changed().take(most);
        self.inner
            .read(|table| changed.into_iter().filter_map(|print| Some((print, table.get(print)?))).collect())
    }

    /// Returns when an alert has changed since [`Self::take_changed`].
    pub async fn changed(&self) {
        loop {
            let woken = self.inner.wake.notified();
            if !self.inner.changed().is_empty() {
                return;
            }
            woken.await;
        }
    }

    /// Reads what other engines wrote meanwhile.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.inner.refresh().await
    }

    /// Drops alerts that ended long ago, here and in the database, a bounded number at a time.
    pub async fn collect_garbage(&self) -> Result<usize, StoreError> {
        while self.inner.drop_replaced().await? > 0 {}
        self.inner.collect_garbage().await
    }
}

#[async_trait]
impl AlertSink for Alerts {
    async fn post(&self, alerts: Vec<IncomingAlert>) -> Result<(), SinkError> {
        self.put(alerts).await.map_err(|error| SinkError(error.to_string()))
    }
}

impl Inner {
    fn read<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Table) -> T) -> T {
        change(&mut self.table.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn changed(&self) -> std::sync::MutexGuard<'_, Changed> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
