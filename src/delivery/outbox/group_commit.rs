//! Attempts that end at about the same time are recorded in one transaction: while one is written, the next ones gather.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::row::NewRow;
use super::{Attempt, Recorded};
use slo_base::store::{Fault, StoreError};

/// The most in one transaction.
const MOST: usize = 256;

/// An attempt that is to be recorded.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) attempt: Attempt,
    pub(super) failover: Vec<NewRow>,
    answer: oneshot::Sender<Result<Recorded, StoreError>>,
}

impl Waiting {
    /// Tells how it went. Whoever asked may have gone; what is recorded stays.
    pub(super) fn answer(self, outcome: Result<Recorded, StoreError>) {
        drop(self.answer.send(outcome));
    }
}

/// Attempts that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct GroupCommit {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl GroupCommit {
    /// Records one attempt: by whoever writes next, which may be this one. `write` records several, all or nothing. `None`:
    /// whoever was to write it has gone.
    pub(super) async fn record(
        &self,
        attempt: Attempt,
        failover: Vec<NewRow>,
        write: impl AsyncFnOnce(&[Waiting]) -> Result<Vec<Recorded>, StoreError>,
    ) -> Option<Result<Recorded, StoreError>> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push(Waiting { attempt, failover, answer });
        let turn = self.turn.lock().await;
        if let Ok(outcome) = answered.try_recv() {
            return Some(outcome);
        }
        let taken: Vec<Waiting> = {
            let mut waiting = self.waiting();
            let most = waiting.len().min(MOST);
            waiting.drain(..most).collect()
        };
        match write(&taken).await {
            Ok(recorded) => {
                for (waiting, recorded) in taken.into_iter().zip(recorded) {
                    waiting.answer(Ok(recorded));
                }
            }
            Err(error) => taken.into_iter().for_each(|waiting| waiting.answer(Err(error.clone()))),
        }
        drop(turn);
        answered.await.ok()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is returned for an attempt that nobody wrote.
pub(super) fn never() -> Fault {
    Fault::Failed("its turn to be recorded never came".to_owned())
}
