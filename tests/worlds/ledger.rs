//! The cheapest ledger: in memory, fine for ever. What the real ones do has a contract suite of its own.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use slo_base::store::Store;
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::ledger::{
    Bucket, Correction, Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution,
};

/// One history.
#[derive(Default)]
struct Kept {
    reaches: Option<(Timestamp, Timestamp)>,
    estimated: bool,
    buckets: BTreeMap<Labels, BTreeMap<Timestamp, Bucket>>,
}

/// A ledger with one history, whatever it is asked to keep.
#[derive(Default)]
pub struct InMemory(Mutex<Kept>);

impl InMemory {
    fn history(&self) -> History {
        let kept = self.0.lock().unwrap();
        History {
            id: HistoryId(1),
            counted_from: kept.reaches.map(|(from, _)| from),
            settled_to: kept.reaches.map(|(_, to)| to),
            estimated: kept.estimated,
            corrections: 0,
        }
    }
}

#[async_trait]
impl Ledger for InMemory {
    fn step(&self) -> Span {
        Span::from_seconds(30)
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        Ok(definitions.iter().map(|_| self.history()).collect())
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        Ok(definitions.iter().map(|_| Some(self.history())).collect())
    }

    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError> {
        let mut kept = self.0.lock().unwrap();
        for entry in entries {
            let from = kept.reaches.map_or(entry.counted_from, |(from, _)| from);
            kept.reaches = Some((from, entry.settled_to));
            kept.estimated |= entry.estimated;
            for group in &entry.groups {
                let known = kept.buckets.entry(group.group.clone()).or_default();
                known.extend(group.buckets.iter().map(|bucket| (bucket.end, *bucket)));
            }
        }
        drop(kept);
        Ok(vec![self.history()])
    }

    async fn correct(&self, _: &Correction) -> Result<(), LedgerError> {
        unreachable!("nothing is counted anew")
    }

    async fn read(
        &self,
        _: HistoryId,
        range: TimeRange,
        _: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        let kept = self.0.lock().unwrap();
        let groups = kept.buckets.iter().map(|(group, known)| {
            let inside = known.values().filter(|bucket| range.contains(bucket.end));
            GroupBuckets { group: group.clone(), buckets: inside.copied().collect() }
        });
        Ok(groups.filter(|group| !group.buckets.is_empty()).collect())
    }

    async fn prune(&self, _: Timestamp, _: Timestamp) -> Result<(), LedgerError> {
        Ok(())
    }

    fn store(&self) -> &Store {
        unreachable!("an engine opens and closes no database")
    }
}
