//! Who evaluates, when several engines use one database.
//!
//! On `PostgreSQL` one engine leads at a time: it holds a term and says so with a heartbeat; when it falls silent another one
//! takes the next term, and when it stops cleanly it hands the term back. A `SQLite` file has one engine at a time, which
//! holds a lock beside it for as long as it lives.
//!
//! A heartbeat alone proves nothing: a process that was paused wakes up in the belief that it still leads. So whatever
//! evaluation decides is written in transactions that first lock the row of its own term (`Fence::check`): the next
//! term begins after they have ended, and once it has begun they find no row and write nothing. The server ends
//! transactions of a process that sleeps in the middle of one.

mod file;
mod shared;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Fault, Mode, Server};
use shared::Shared;

/// A heartbeat holds so long; after that another engine may take over.
pub const HOLDS: Duration = Duration::from_secs(3);
/// Between two heartbeats.
const BEAT: Duration = Duration::from_millis(750);
/// Between two looks whether the lease is free.
const LOOK: Duration = Duration::from_millis(250);
/// A holder trusts its last heartbeat so long, which is less than it holds.
const TRUSTED: Duration = Duration::from_millis(2500);

/// Why a lease cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Another process has the file.
    #[error("another engine uses {place}{by}; stop it, or use PostgreSQL for several engines")]
    Taken {
        /// The database.
        place: String,
        /// Which process it is, if it said so: ` (process 17)`.
        by: String,
    },
    /// The database, or the file beside it.
    #[error("the lease in {place}: {fault}")]
    Database {
        /// Where it is, without password.
        place: String,
        /// What went wrong.
        fault: Fault,
    },
}

/// What lets only the leader write what it decided. Clones are the same fence.
#[derive(Debug, Clone, Default)]
pub struct Fence {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    term: AtomicI64,
    /// Until when the last heartbeat can be trusted; `None` while this engine follows.
    trusted: Mutex<Option<Instant>>,
    deposed: Notify,
}

impl Fence {
    /// Inside a transaction that writes what evaluation decided: keeps the next term from beginning until it ends, or
    /// finds that it has begun.
    pub(super) async fn check(&self, transaction: &mut PgConnection) -> Result<(), Fault> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT term FROM evaluation_lease WHERE term = $1 FOR SHARE")
                .bind(self.term())
                .fetch_optional(transaction)
                .await?;
        if found.is_none() {
            self.inner.deposed.notify_one();
            return Err(Fault::Deposed);
        }
        Ok(())
    }

    /// Whether this engine may believe that it leads: for what is not written in a fenced transaction.
    pub fn holds(&self) -> bool {
        self.trusted().is_some_and(|until| Instant::now() < until)
    }

    fn term(&self) -> i64 {
        // No term is negative: who follows finds no row.
        if self.trusted().is_none() { -1 } else { self.inner.term.load(Ordering::Acquire) }
    }

    fn trusted(&self) -> Option<Instant> {
        *self.inner.trusted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trust(&self, until: Option<Instant>) {
        *self.inner.trusted.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

/// A place in the queue of engines that would evaluate.
pub struct Lease {
    place: String,
    kind: Kind,
}

enum Kind {
    /// Nobody else can use the database; the lock is let go with the file.
    Alone(#[expect(dead_code, reason = "held, not read")] Option<std::fs::File>),
    Shared(Box<Shared>),
}

impl Lease {
    /// In the database at `place`, which is migrated; see [`Store::lease`](super::Store::lease).
    pub(super) fn of(place: &str, server: &Server, name: &str) -> Result<Self, LeaseError> {
        let kind = match server {
            Server::Sqlite { mode: Mode::Memory, .. } => Kind::Alone(None),
            Server::Sqlite { options, .. } => Kind::Alone(Some(file::lock(options.get_filename(), place)?)),
            Server::Postgres(options) => Kind::Shared(Box::new(Shared::new(options, name))),
        };
        Ok(Self { place: place.to_owned(), kind })
    }

    /// What stores check before they write; `None` where nobody else can be at it.
    pub fn fence(&self) -> Option<&Fence> {
        match &self.kind {
            Kind::Alone(_) => None,
            Kind::Shared(shared) => Some(&shared.fence),
        }
    }

    /// Takes the lease if it is free; whether it did.
    pub async fn take(&self) -> bool {
        let Kind::Shared(shared) = &self.kind else { return true };
        match tokio::time::timeout(HOLDS, shared.campaign()).await {
            Ok(Ok(taken)) => taken,
            // It is asked several times a second: told once.
            Ok(Err(fault)) => {
                if shared.lose_sight() {
                    tracing::warn!(%fault, place = self.place, "who leads cannot be found out");
                }
                false
            }
            Err(_) => {
                if shared.lose_sight() {
                    tracing::warn!(place = self.place, "no answer to who leads");
                }
                false
            }
        }
    }

    /// Returns when this engine has the lease.
    pub async fn acquired(&self) {
        while !self.take().await {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Who had the lease when it was last looked at; `None` where nobody else can, or when the database does not say.
    pub fn holder(&self) -> Option<String> {
        match &self.kind {
            Kind::Alone(_) => None,
            Kind::Shared(shared) => shared.holder(),
        }
    }

    /// Keeps the lease until `term` is cancelled, and cancels that when the lease is lost.
    pub async fn hold(&self, term: &CancellationToken) {
        let Kind::Shared(shared) = &self.kind else { return term.cancelled().await };
        loop {
            tokio::select! {
                () = term.cancelled() => return,
                () = shared.fence.inner.deposed.notified() => {}
                () = tokio::time::sleep(BEAT) => {}
            }
            let lost = match tokio::time::timeout(TRUSTED, shared.beat()).await {
                Ok(Ok(kept)) => !kept,
                Ok(Err(fault)) => {
                    tracing::warn!(%fault, place = self.place, "a heartbeat was not written");
                    !shared.fence.holds()
                }
                Err(_) => !shared.fence.holds(),
            };
            if lost {
                tracing::warn!(place = self.place, "the lease is lost: this engine evaluates no more");
                return term.cancel();
            }
        }
    }

    /// Gives the lease back, so that another engine need not wait until it ends. What this engine decided must be written
    /// by now.
    pub async fn resign(&self) {
        let Kind::Shared(shared) = &self.kind else { return };
        match tokio::time::timeout(HOLDS, shared.resign()).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => {
                tracing::warn!(%fault, place = self.place, "the lease was not given back; it ends by itself");
            }
            Err(_) => tracing::warn!(place = self.place, "the lease was not given back; it ends by itself"),
        }
    }

    /// Closes the connections.
    pub async fn close(&self) {
        if let Kind::Shared(shared) = &self.kind {
            shared.close().await;
        }
    }
}
