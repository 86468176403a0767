//! What the last tick found, for whoever asks: status, metrics, later the alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;

use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_definitions::BrokenFile;
use slo_model::slo::SloKey;
use slo_model::status::Row;

/// What is said of an SLO whose history is being filled.
pub(super) const FILLING: &str = "its history is being filled";

/// Events counted since the engine started; only final ones, so that they never fall.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Good events.
    pub good: f64,
    /// All events.
    pub total: f64,
}

/// What one tick found.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The moment of the verdicts; the epoch before the first tick.
    pub at: Timestamp,
    /// Every budget.
    pub rows: Vec<Row>,
    /// What could not be evaluated, and why: SLOs, or the `ledger`.
    pub errors: Vec<(String, String)>,
    /// Final events per SLO and group since the engine started.
    pub totals: BTreeMap<(SloKey, Labels), Totals>,
    /// There has been a snapshot in which every SLO had been read.
    pub ready: bool,
    /// SLOs whose history is still being filled.
    pub filling: usize,
    /// Those of them that have verdicts already, of the newest part of their windows, and composites of such.
    pub lacking: BTreeSet<SloKey>,
    /// SLOs whose source answers in part, so that nothing is settled.
    pub partial: usize,
    /// Counters remembered between ticks.
    pub counters: usize,
}

/// Where snapshots are published.
#[derive(Debug, Clone)]
pub struct SnapshotChannel {
    sender: Arc<watch::Sender<Arc<Snapshot>>>,
    broken: Arc<watch::Sender<Arc<[BrokenFile]>>>,
}

impl Default for SnapshotChannel {
    fn default() -> Self {
        Self {
            sender: Arc::new(watch::Sender::new(Arc::new(Snapshot::default()))),
            broken: Arc::new(watch::Sender::new(Arc::default())),
        }
    }
}

impl SnapshotChannel {
    /// The newest snapshot.
    pub fn latest(&self) -> Arc<Snapshot> {
        self.sender.borrow().clone()
    }

    /// The files that have errors, and of which no snapshot tells what they define.
    pub fn broken_files(&self) -> Arc<[BrokenFile]> {
        self.broken.borrow().clone()
    }

    /// Shows which files have errors.
    pub fn show_broken_files(&self, broken: Vec<BrokenFile>) {
        self.broken.send_replace(broken.into());
    }

    /// What the newest snapshot could not evaluate, and why, with the files that have errors first.
    pub fn errors(&self) -> Vec<(String, String)> {
        let broken = self.broken_files();
        let files = broken.iter().map(|broken| (broken.file.clone(), broken.to_string()));
        files.chain(self.latest().errors.iter().cloned()).collect()
    }

    /// A receiver that wakes with every new snapshot.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.sender.subscribe()
    }

    /// Replaces the newest snapshot: what this engine judged, or, where it follows, what another one did.
    pub fn publish(&self, snapshot: Snapshot) {
        self.sender.send_replace(Arc::new(snapshot));
    }
}
