//! The messages that are being sent now, each in a task of its own, counted by outlet.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::outbox::Outlet;

/// Messages that are being sent.
#[derive(Default)]
pub(super) struct UnderWay {
    tasks: JoinSet<Outlet>,
    per_outlet: BTreeMap<Outlet, u32>,
}

impl UnderWay {
    pub(super) fn start(&mut self, outlet: Outlet, work: impl Future<Output = ()> + Send + 'static) {
        *self.per_outlet.entry(outlet.clone()).or_default() += 1;
        // The message has its own task, so that a panic in a channel is contained and its outlet's room given back.
        self.tasks.spawn(async move {
            if let Err(error) = tokio::spawn(work).await {
                tracing::error!(%error, receiver = outlet.receiver, "sending broke off; its lease ends");
            }
            outlet
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn count(&self) -> u32 {
        self.per_outlet.values().sum()
    }

    pub(super) fn of(&self, outlet: &Outlet) -> u32 {
        self.per_outlet.get(outlet).copied().unwrap_or(0)
    }

    fn done(&mut self, outlet: &Outlet) {
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
            if let Ok(outlet) = ended {
                self.done(&outlet);
            }
        }
    }

    /// Resolves when one has ended; never while there is none.
    pub(super) async fn one(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(outlet)) => self.done(&outlet),
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
