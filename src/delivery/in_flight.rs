//! What is being sent: one task a message, counted by outlet, and the rows that are ours meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::outbox::Outlet;

/// The outbox's rows that are being sent. Clones are the same rows.
#[derive(Clone, Default)]
pub(super) struct Rows {
    ids: Arc<Mutex<BTreeSet<i64>>>,
}

impl Rows {
    pub(super) fn all(&self) -> Vec<i64> {
        self.ids().iter().copied().collect()
    }

    fn ids(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that are being sent.
#[derive(Default)]
pub(super) struct InFlight {
    tasks: JoinSet<(Outlet, i64)>,
    per_outlet: BTreeMap<Outlet, u32>,
    rows: Rows,
}

impl InFlight {
    pub(super) fn start(
        &mut self,
        outlet: Outlet,
        row: i64,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.rows.ids().insert(row);
        *self.per_outlet.entry(outlet.clone()).or_default() += 1;
        // The message has its own task, so that a panic in a channel is contained and its outlet's room given back.
        self.tasks.spawn(async move {
            if let Err(error) = tokio::spawn(work).await {
                tracing::error!(%error, receiver = outlet.receiver, "sending broke off; its lease ends");
            }
            (outlet, row)
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether several are being sent.
    pub(super) fn is_busy(&self) -> bool {
        self.tasks.len() > 2
    }

    pub(super) fn count(&self) -> u32 {
        self.per_outlet.values().sum()
    }

    pub(super) fn of(&self, outlet: &Outlet) -> u32 {
        self.per_outlet.get(outlet).copied().unwrap_or(0)
    }

    /// What is being sent now and later.
    pub(super) fn rows(&self) -> Rows {
        self.rows.clone()
    }

    pub(super) fn has(&self, row: i64) -> bool {
        self.rows.ids().contains(&row)
    }

    fn done(&mut self, (outlet, row): &(Outlet, i64)) {
        self.rows.ids().remove(row);
        if let Some(count) = self.per_outlet.get_mut(outlet) {
            *count -= 1;
            if *count == 0 {
                self.per_outlet.remove(outlet);
            }
        }
    }

    /// Forgets those that have ended.
    pub(super) fn reap(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            if let Ok(ended) = ended {
                self.done(&ended);
            }
        }
    }

    /// Resolves when one has ended; never while there is none.
    pub(super) async fn one(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(ended)) => self.done(&ended),
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }

    pub(super) async fn all(&mut self) {
        while !self.tasks.is_empty() {
            self.one().await;
        }
    }
}
