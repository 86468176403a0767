//! Alerts in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Kept;
use crate::alert::Fingerprint;

/// An alert with its identity.
pub type Known = (Fingerprint, Arc<Kept>);

/// In order of fingerprints, the order in which they are listed.
#[derive(Debug, Default)]
pub(super) struct Table {
    alerts: BTreeMap<Fingerprint, Arc<Kept>>,
    /// Commits up to this one are in here.
    seen: i64,
}

impl Table {
    pub(super) fn get(&self, fingerprint: Fingerprint) -> Option<Arc<Kept>> {
        self.alerts.get(&fingerprint).cloned()
    }

    pub(super) fn all(&self) -> Vec<Known> {
        self.alerts.iter().map(|(print, alert)| (*print, alert.clone())).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }

    pub(super) fn seen(&self) -> i64 {
        self.seen
    }

    /// Takes what commits up to `seq` wrote.
    pub(super) fn take(&mut self, alerts: impl IntoIterator<Item = Known>, seq: i64) {
        self.alerts.extend(alerts);
        self.seen = self.seen.max(seq);
    }

    /// At most `most` alerts that ended at or before `before`.
    pub(super) fn ended(&self, before: i64, most: usize) -> Vec<Fingerprint> {
        let ended = self.alerts.iter().filter(|(_, alert)| alert.ends_at <= before);
        ended.map(|(print, _)| *print).take(most).collect()
    }

    pub(super) fn remove(&mut self, fingerprint: Fingerprint) {
        self.alerts.remove(&fingerprint);
    }
}
