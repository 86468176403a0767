//! A ledger as it will be once a correction is written: for a look at the budgets before that, and without it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use slo_base::store::Store;
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};

use super::HOUR;
use super::difference::Difference;
use crate::ledger::{
    Bucket, Correction, Definition, Entry, GroupBuckets, History, HistoryId, Ledger, LedgerError, Resolution,
    sum,
};

/// How much of it is put together at once where hours are asked for.
const PIECE: Span = Span::hours(6);

/// A ledger with what changes in one of its histories.
pub(super) struct Corrected<'a> {
    pub(super) ledger: &'a dyn Ledger,
    pub(super) correction: &'a Correction,
    pub(super) found: &'a Difference,
}

impl Corrected<'_> {
    /// As it is recorded, with what changes.
    async fn fine(&self, range: TimeRange) -> Result<BTreeMap<Labels, Vec<Bucket>>, LedgerError> {
        let read = self.ledger.read(self.correction.history, range, Resolution::Fine).await?;
        let mut groups: BTreeMap<Labels, Vec<Bucket>> =
            read.into_iter().map(|group| (group.group, group.buckets)).collect();
        for group in self.found.groups() {
            let recorded = groups.remove(group).unwrap_or_default();
            let buckets = self.found.applied(group, range, recorded);
            if !buckets.is_empty() {
                groups.insert(group.clone(), buckets);
            }
        }
        Ok(groups)
    }
}

#[async_trait]
impl Ledger for Corrected<'_> {
    fn step(&self) -> Span {
        self.ledger.step()
    }

    async fn register(&self, definitions: &[Definition]) -> Result<Vec<History>, LedgerError> {
        self.ledger.register(definitions).await
    }

    async fn histories(&self, definitions: &[Definition]) -> Result<Vec<Option<History>>, LedgerError> {
        let mut histories = self.ledger.histories(definitions).await?;
        for history in histories.iter_mut().flatten().filter(|one| one.id == self.correction.history) {
            *history = self.correction.applied_to(*history);
        }
        Ok(histories)
    }

    async fn append(&self, entries: &[Entry]) -> Result<Vec<History>, LedgerError> {
        self.ledger.append(entries).await
    }

    async fn correct(&self, correction: &Correction) -> Result<(), LedgerError> {
        self.ledger.correct(correction).await
    }

    async fn read(
        &self,
        history: HistoryId,
        range: TimeRange,
        resolution: Resolution,
    ) -> Result<Vec<GroupBuckets>, LedgerError> {
        if history != self.correction.history || !self.found.touches(range) {
            return self.ledger.read(history, range, resolution).await;
        }
        let mut all: BTreeMap<Labels, Vec<Bucket>> = BTreeMap::new();
        let mut after = range.after;
        while after < range.until {
            let piece = TimeRange::new(after, (after.align_down(PIECE) + PIECE).min(range.until));
            for (group, buckets) in self.fine(piece).await? {
                let known = all.entry(group).or_default();
                match resolution {
                    Resolution::Fine => known.extend(buckets),
                    Resolution::Coarse => known.extend(by_the_hour(&buckets, range)),
                }
            }
            after = piece.until;
        }
        Ok(all.into_iter().map(|(group, buckets)| GroupBuckets { group, buckets }).collect())
    }

    async fn prune(&self, fine_before: Timestamp, hours_before: Timestamp) -> Result<(), LedgerError> {
        self.ledger.prune(fine_before, hours_before).await
    }

    fn store(&self) -> &Store {
        self.ledger.store()
    }
}

/// The sums of hours that lie wholly in the range, and the buckets of the others.
fn by_the_hour(buckets: &[Bucket], range: TimeRange) -> Vec<Bucket> {
    let mut out = Vec::new();
    for hour in buckets.chunk_by(|a, b| a.end.align_up(HOUR) == b.end.align_up(HOUR)) {
        let Some(end) = hour.first().map(|bucket| bucket.end.align_up(HOUR)) else { continue };
        if end - HOUR < range.after || end > range.until {
            out.extend_from_slice(hour);
            continue;
        }
        out.push(sum(hour, end));
    }
    out
}
