//! The alert service as a whole: every store on one database, and the tasks that keep them in order.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::access::audit;
use crate::access::tokens::Tokens;
use crate::alerts::Alerts;
use crate::incidents::Incidents;
use crate::notify::links::Links;
use crate::notify::memory::Memory;
use crate::notify::ports::{NoRoutes, Routes};
use crate::sequence;
use crate::silences::{SilenceLimits, Silences};
use slo_base::clock::Clock;
use slo_base::store::{Store, StoreError, WriteTransaction};
use slo_core::time::Timestamp;
use slo_delivery::Outbox;

/// How often what other engines wrote is read: escalation stops within a second of an acknowledgement anywhere.
const REFRESH: Duration = Duration::from_millis(500);
/// Refreshes between two clean-ups.
const CLEAN_EVERY: u64 = 60;
/// Refreshes between two looks at the tokens.
const TOKENS_EVERY: u64 = 4;

/// Who is notified and how that goes, for those who ask. By default nobody is.
#[derive(Clone)]
pub struct Notifying {
    /// Routing; what it says is as new as the file that was read last.
    pub routes: Arc<dyn Routes>,
    /// Where messages wait and what became of them; `None` where nobody is notified.
    pub outbox: Option<Outbox>,
}

impl Default for Notifying {
    fn default() -> Self {
        Self { routes: Arc::new(NoRoutes), outbox: None }
    }
}

/// Everything that came in and what became of it. Clones are the same service.
#[derive(Clone)]
pub struct AlertService {
    /// What fires.
    pub alerts: Alerts,
    /// What is muted.
    pub silences: Silences,
    /// What became of it.
    pub incidents: Incidents,
    /// Who may ask.
    pub tokens: Tokens,
    /// Links that acknowledge.
    pub links: Links,
    /// What the planner remembers.
    pub memory: Memory,
    /// What time it is.
    pub clock: Clock,
    /// When the engine started.
    pub started_at: Timestamp,
    /// Escalations that were decided since the start: one for each message to a next level.
    pub escalations: Arc<AtomicU64>,
    /// Who is notified of what.
    pub routes: Arc<dyn Routes>,
    /// Where messages wait and what became of them; `None` where nobody is notified.
    pub outbox: Option<Outbox>,
    store: Store,
}

impl AlertService {
    /// Reads what else is in the database that `alerts` are in.
    pub async fn open(
        store: &Store,
        alerts: Alerts,
        silences: SilenceLimits,
        notifying: Notifying,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            alerts,
            silences: Silences::open(store.clone(), silences, clock.clone()).await?,
            incidents: Incidents::open(store.clone(), clock.clone()).await?,
            tokens: Tokens::open(store.clone(), clock.clone()).await?,
            links: Links::open(store.clone(), clock.clone()).await?,
            memory: Memory::new(store.clone(), clock.clone()),
            started_at: clock.now(),
            escalations: Arc::default(),
            clock,
            routes: notifying.routes,
            outbox: notifying.outbox,
            store: store.clone(),
        })
    }

    /// The database it is in; whoever opened that closes it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Reads what other engines write and drops what is old, until `shutdown`.
    pub async fn keep(self, shutdown: CancellationToken) {
        let mut rounds: u64 = 0;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(REFRESH) => {}
            }
            rounds += 1;
            if let Err(error) = self.round(rounds).await {
                tracing::warn!(%error, "the alert service could not look at its database; it will look again");
            }
        }
    }

    async fn round(&self, number: u64) -> Result<(), StoreError> {
        self.refresh().await?;
        if number.is_multiple_of(TOKENS_EVERY) {
            self.tokens.refresh().await?;
        }
        if number.is_multiple_of(CLEAN_EVERY) {
            self.clean().await?;
        }
        Ok(())
    }

    /// Begins the transaction in which a plan is stored.
    pub async fn begin_planned(&self) -> Result<WriteTransaction, StoreError> {
        sequence::begin_planned(&self.store).await
    }

    /// Reads what other engines wrote meanwhile.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if self.store.is_shared() {
            self.alerts.refresh().await?;
            self.silences.refresh().await?;
            self.incidents.refresh().await?;
        }
        Ok(())
    }

    /// The newest lines of the audit log, at most `most`.
    pub async fn log(&self, most: i64) -> Result<Vec<audit::Entry>, StoreError> {
        audit::read(&self.store, "", most).await
    }

    /// Drops what is old.
    pub async fn clean(&self) -> Result<(), StoreError> {
        while self.alerts.collect_garbage().await? > 0 {}
        self.silences.collect_garbage().await?;
        self.incidents.refresh().await?;
        self.links.collect_garbage().await?;
        self.memory.collect_garbage().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.fetch::<(i64,)>("SELECT CAST(1 AS BIGINT)", Vec::new()).await.map(drop)
    }
}
