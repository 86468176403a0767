//! What an engine shows while another one evaluates: the verdicts of the ledger that both share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::tick::until_next;
use slo_base::clock::Clock;
use slo_core::time::Span;
use slo_evaluation::engine::{Snapshot, SnapshotChannel, stored};
use slo_evaluation::ledger::Ledger;
use slo_model::slo::Slo;

/// After a tick is due its buckets take this long to be there.
const TICKS_TAKE: Duration = Duration::from_secs(5);
/// Of the time, reading the ledger takes at most one part in so many.
const SHARE: u32 = 10;

/// What is shown where.
pub(super) struct Show {
    pub(super) slos: watch::Receiver<Arc<Vec<Arc<Slo>>>>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) snapshots: SnapshotChannel,
    pub(super) clock: Clock,
    /// How many groups of an SLO are shown.
    pub(super) max_groups: usize,
    /// The time between ticks.
    pub(super) interval: Span,
}

/// Publishes what the ledger says, about once a tick, until `stop`.
pub(super) async fn publish(mut show: Show, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let began = tokio::time::Instant::now();
        tokio::select! {
            () = stop.cancelled() => return,
            () = show.once() => {}
        }
        let next = until_next(&show.clock, show.interval) + TICKS_TAKE;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(next.max(began.elapsed() * SHARE)) => {}
            changed = show.slos.changed() => if changed.is_err() { return },
        }
    }
}

impl Show {
    async fn once(&mut self) {
        let slos = self.slos.borrow_and_update().clone();
        let at = self.clock.now().align_down(self.interval);
        match stored(&slos, self.ledger.as_ref(), at, self.max_groups).await {
            Ok((at, rows)) => {
                self.snapshots.publish(Snapshot { at, rows, ready: true, ..Snapshot::default() });
            }
            Err(error) => tracing::warn!(%error, "what the other engine recorded cannot be read"),
        }
    }
}
