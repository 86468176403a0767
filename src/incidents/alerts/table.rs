//! Alerts in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use slo_core::time::Timestamp;
use slo_model::alert::{Fingerprint, StoredAlert};

/// An alert with its identity.
pub type AlertEntry = (Fingerprint, Arc<StoredAlert>);

/// An alert as it stands in the log.
#[derive(Debug, Clone)]
pub(super) struct Logged {
    /// Its row; a later one of the same alert has a higher number.
    pub(super) number: i64,
    /// Which alert.
    pub(super) fingerprint: Fingerprint,
    /// What is known of it.
    pub(super) alert: Arc<StoredAlert>,
}

/// In order of fingerprints, the order in which they are listed.
#[derive(Debug, Default)]
pub(super) struct Table {
    alerts: BTreeMap<Fingerprint, (i64, Arc<StoredAlert>)>,
    /// Rows up to this one are in here.
    seen: i64,
    /// Rows that later ones replaced; they are still in the log.
    replaced: Vec<i64>,
}

impl Table {
    pub(super) fn get(&self, fingerprint: Fingerprint) -> Option<Arc<StoredAlert>> {
        self.alerts.get(&fingerprint).map(|(_, alert)| alert.clone())
    }

    pub(super) fn all(&self) -> Vec<AlertEntry> {
        self.alerts.iter().map(|(print, (_, alert))| (*print, alert.clone())).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }

    pub(super) fn seen(&self) -> i64 {
        self.seen
    }

    /// Takes rows; of an alert the one with the highest number counts.
    pub(super) fn take(&mut self, rows: impl IntoIterator<Item = Logged>) {
        for Logged { number, fingerprint, alert } in rows {
            self.seen = self.seen.max(number);
            let known = self.alerts.get(&fingerprint).map(|(number, _)| *number);
            if known.is_some_and(|known| known >= number) {
                continue;
            }
            self.alerts.insert(fingerprint, (number, alert));
            self.replaced.extend(known);
        }
    }

    /// At most `most` alerts that ended at or before `before`, with their rows.
    pub(super) fn ended(&self, before: Timestamp, most: usize) -> Vec<(Fingerprint, i64)> {
        let ended = self.alerts.iter().filter(|(_, (_, alert))| alert.ends_at <= before);
        ended.map(|(print, (number, _))| (*print, *number)).take(most).collect()
    }

    /// Forgets an alert, unless it came in again.
    pub(super) fn remove(&mut self, fingerprint: Fingerprint, number: i64) {
        if self.alerts.get(&fingerprint).is_some_and(|(known, _)| *known == number) {
            self.alerts.remove(&fingerprint);
        }
    }

    /// At most `most` rows that nobody needs any more.
    pub(super) fn take_replaced(&mut self, most: usize) -> Vec<i64> {
        let rest = self.replaced.len().saturating_sub(most);
        self.replaced.split_off(rest)
    }

    /// Rows that were not dropped after all.
    pub(super) fn put_back(&mut self, rows: Vec<i64>) {
        self.replaced.extend(rows);
    }
}
