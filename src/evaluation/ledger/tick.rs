//! What writing one tick means, apart from any database: which rows must be looked at, and what becomes of them.
//! Both stores run the same steps and differ only in SQL.
//!
//! 1. [`Tick::new`] checks the entries and brings each history's together.
//! 2. The store locks the histories, finds or makes their groups, and hands both to [`Tick::resolve`].
//! 3. The store reads the packed hours that [`Resolved`] asks for.
//! 4. [`Resolved::writes`] merges them with the entries; the store writes what comes out.

use std::collections::{BTreeMap, BTreeSet};

use super::packing::{PackingError, is_empty, pack, unpack};
use super::{Bucket, Correction, Entry, LedgerError};
use slo_core::sorted::Sorted;
use slo_core::time::{Span, TimeRange, Timestamp};

/// How much is packed into one row.
pub(super) const HOUR: Span = Span::hours(1);
/// No bucket ends after this; it keeps every sum of times far from overflow.
const LATEST: Timestamp = Timestamp::from_seconds(1 << 40);
/// Nor before this.
const EARLIEST: Timestamp = Timestamp::from_seconds(-(1 << 40));

/// The moment, or the end of the reach that it is beyond.
pub(super) fn in_reach(at: Timestamp) -> Timestamp {
    at.clamp(EARLIEST, LATEST)
}

/// The end of the hour that a bucket with this end belongs to: hours are left-open, as buckets are.
pub(super) fn hour_of(end: Timestamp) -> Timestamp {
    end.align_up(HOUR)
}

/// The last full hour at or before `at`.
fn full_hour(at: Timestamp) -> Timestamp {
    at.align_down(HOUR)
}

/// A history's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HistoryRow {
    pub(super) id: i64,
    pub(super) counted_from: Option<Timestamp>,
    pub(super) settled_to: Option<Timestamp>,
    pub(super) estimated: bool,
    pub(super) corrections: i64,
}

/// A group's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupRow {
    pub(super) id: i64,
    pub(super) history: i64,
    pub(super) labels: String,
}

/// A group's hour with its packed buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackedRow {
    pub(super) group: i64,
    pub(super) end: Timestamp,
    pub(super) packed: Vec<u8>,
}

/// The sums of a group's final hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HourRow {
    pub(super) group: i64,
    pub(super) sums: Bucket,
}

/// A group and the end of an hour.
pub(super) type HourKey = (i64, Timestamp);

/// Everything a tick says about one history.
struct Change {
    counted_from: Timestamp,
    settled_to: Timestamp,
    estimated: bool,
    groups: Sorted<String, Sorted<Timestamp, Bucket>>,
}

/// The checked entries of one `append`.
pub(super) struct Tick {
    step: Span,
    changes: BTreeMap<i64, Change>,
    /// It corrects what was final there.
    corrects: Option<TimeRange>,
}

impl Tick {
    /// Checks the entries. Of two buckets with the same end the later one counts.
    pub(super) fn new(entries: &[Entry], step: Span) -> Result<Self, LedgerError> {
        let mut changes: BTreeMap<i64, Change> = BTreeMap::new();
        for entry in entries {
            let change = changes.entry(entry.history.0).or_insert_with(|| Change {
                counted_from: entry.counted_from,
                settled_to: entry.settled_to,
                estimated: false,
                groups: Sorted::default(),
            });
            change.counted_from = change.counted_from.min(entry.counted_from);
            change.settled_to = change.settled_to.max(entry.settled_to);
            change.estimated |= entry.estimated;
            for part in &entry.groups {
                let labels = serde_json::to_string(&part.group)
                    .map_err(|error| LedgerError::Rejected { reason: format!("{}: {error}", part.group) })?;
                let buckets = change.groups.or_insert(labels, Sorted::default());
                for bucket in &part.buckets {
                    let bucket = checked(bucket, step).map_err(|reason| LedgerError::Rejected {
                        reason: format!("{}: {reason}", part.group),
                    })?;
                    buckets.insert(bucket.end, bucket);
                }
            }
        }
        let times = changes.values().flat_map(|change| [change.counted_from, change.settled_to]);
        if let Some(time) = times.into_iter().find(|time| in_reach(*time) != *time) {
            let reason = format!("{} is not a valid time in seconds", time.seconds());
            return Err(LedgerError::Rejected { reason });
        }
        Ok(Self { step, changes, corrects: None })
    }

    /// Checks a correction, which changes neither where counting began nor how far it is settled.
    pub(super) fn correcting(correction: &Correction, step: Span) -> Result<Self, LedgerError> {
        let range = correction.range;
        let outside = |bucket: &&Bucket| !range.contains(bucket.end);
        if let Some(bucket) = correction.groups.iter().flat_map(|group| &group.buckets).find(outside) {
            let reason = format!("a bucket ends at {}, outside of what is corrected", bucket.end);
            return Err(LedgerError::Rejected { reason });
        }
        let entry = Entry {
            history: correction.history,
            counted_from: range.until,
            settled_to: range.after,
            estimated: correction.estimated,
            groups: correction.groups.clone(),
        };
        Ok(Self { corrects: Some(range), ..Self::new(&[entry], step)? })
    }

    /// Refuses a correction of what is not final: an engine may be about to write it.
    pub(super) fn check_final(&self, rows: &[HistoryRow]) -> Result<(), LedgerError> {
        let Some(range) = self.corrects else { return Ok(()) };
        let is_open = |row: &HistoryRow| row.settled_to.is_none_or(|settled| settled < range.until);
        if rows.iter().any(is_open) {
            let reason = format!("what ends at {} is not final yet", range.until);
            return Err(LedgerError::Rejected { reason });
        }
        Ok(())
    }

    /// The rows as they are afterwards, in order of their ids.
    pub(super) fn applied_to(&self, rows: &[HistoryRow]) -> Vec<HistoryRow> {
        let next = |row: &HistoryRow| Some(self.next(*row, self.changes.get(&row.id)?));
        let mut rows: Vec<HistoryRow> = rows.iter().filter_map(next).collect();
        rows.sort_unstable_by_key(|row| row.id);
        rows
    }

    fn next(&self, row: HistoryRow, change: &Change) -> HistoryRow {
        let Some(corrected) = self.corrects else { return change.applied_to(row) };
        HistoryRow {
            estimated: row.history().is_estimated_after(corrected, change.estimated),
            corrections: row.corrections + 1,
            ..row
        }
    }

    /// Whose histories it touches, in order: locked in one order, two writers cannot block each other for good.
    pub(super) fn histories(&self) -> Vec<i64> {
        self.changes.keys().copied().collect()
    }

    /// The groups that have no row yet: history and labels.
    pub(super) fn unknown_groups(&self, known: &[GroupRow]) -> Vec<(i64, String)> {
        let known: BTreeSet<(i64, &str)> =
            known.iter().map(|group| (group.history, group.labels.as_str())).collect();
        self.changes
            .iter()
            .flat_map(|(history, change)| change.groups.keys().map(|labels| (*history, labels)))
            .filter(|(history, labels)| !known.contains(&(*history, labels.as_str())))
            .map(|(history, labels)| (history, labels.clone()))
            .collect()
    }

    /// Refuses a tick that names a history which is not among `rows`.
    pub(super) fn check_registered(&self, rows: &[HistoryRow]) -> Result<(), LedgerError> {
        let rows: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
        match self.changes.keys().find(|history| !rows.contains(history)) {
            None => Ok(()),
            Some(history) => {
                Err(LedgerError::Rejected { reason: format!("history {history} was never registered") })
            }
        }
    }

    /// Brings the tick together with the rows of its histories and of all their groups.
    pub(super) fn resolve(&self, histories: &[HistoryRow], groups: &[GroupRow]) -> Resolved {
        let rows: BTreeMap<i64, HistoryRow> = histories.iter().map(|row| (row.id, *row)).collect();
        let mut resolved = Resolved {
            step: self.step,
            corrects: self.corrects,
            changed: Vec::new(),
            finals: BTreeMap::new(),
            incoming: BTreeMap::new(),
        };
        for (row, change) in rows.values().filter_map(|row| Some((row, self.changes.get(&row.id)?))) {
            let next = self.next(*row, change);
            if next != *row {
                resolved.changed.push(next);
            }
        }
        for group in groups {
            let (Some(change), Some(row)) = (self.changes.get(&group.history), rows.get(&group.history))
            else {
                continue;
            };
            let next = self.next(*row, change);
            let reach =
                Reach { before: row.settled_to.map(full_hour), after: next.settled_to.map(full_hour) };
            let buckets = change.groups.get(&group.labels);
            if buckets.is_some() || reach.before != reach.after {
                resolved.finals.insert(group.id, reach);
            }
            for bucket in buckets.into_iter().flat_map(Sorted::values) {
                resolved.incoming.entry((group.id, hour_of(bucket.end))).or_default().push(*bucket);
            }
        }
        resolved
    }
}

impl Change {
    fn applied_to(&self, row: HistoryRow) -> HistoryRow {
        HistoryRow {
            counted_from: Some(
                row.counted_from.map_or(self.counted_from, |already| already.min(self.counted_from)),
            ),
            settled_to: Some(row.settled_to.map_or(self.settled_to, |already| already.max(self.settled_to))),
            estimated: row.estimated || self.estimated,
            ..row
        }
    }
}

/// A bucket that keeps the invariants. Sums of floating-point numbers may miss them by a last digit or two; that much
/// is mended, more is a mistake of whoever counted.
fn checked(bucket: &Bucket, step: Span) -> Result<Bucket, String> {
    const LAST_DIGITS: f64 = 1.0 + 1e-9;
    let Bucket { end, good, total, covered } = *bucket;
    let step_seconds = step.as_seconds_f64();
    let second = || end.as_seconds_f64();
    if end.align_down(step) != end || in_reach(end) != end {
        let second = second();
        return Err(format!(
            "a bucket ends at {second}, which is not a multiple of the step, {step_seconds} s"
        ));
    }
    if !(0.0..=f64::MAX).contains(&total) || !(0.0..=total * LAST_DIGITS).contains(&good) {
        return Err(format!("the bucket that ends at {} has {good} good of {total} events", second()));
    }
    if !(0.0..=step_seconds * LAST_DIGITS).contains(&covered) {
        return Err(format!(
            "the bucket that ends at {} has {covered} of {step_seconds} s covered",
            second()
        ));
    }
    Ok(Bucket { end, good: good.min(total), total, covered: covered.min(step_seconds) })
}

/// Up to which hour a history was final before the tick, and is after it.
#[derive(Debug, Clone, Copy)]
struct Reach {
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

/// A tick whose groups are known.
pub(super) struct Resolved {
    step: Span,
    corrects: Option<TimeRange>,
    /// Histories whose row changes.
    changed: Vec<HistoryRow>,
    /// Groups that the tick writes, or whose open hours it makes final.
    finals: BTreeMap<i64, Reach>,
    incoming: BTreeMap<HourKey, Vec<Bucket>>,
}

/// What a tick changes in the database.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Writes {
    /// Rows to update.
    pub(super) histories: Vec<HistoryRow>,
    /// Open hours to insert or replace.
    pub(super) open: Vec<PackedRow>,
    /// Open hours that are final now, to delete.
    pub(super) closed: Vec<HourKey>,
    /// Final hours to insert or replace, with their sums.
    pub(super) hours: Vec<HourRow>,
    /// The same hours' buckets.
    pub(super) packed: Vec<PackedRow>,
}

impl Resolved {
    /// The groups whose open hours must be read.
    pub(super) fn groups(&self) -> Vec<i64> {
        self.finals.keys().copied().collect()
    }

    /// Final hours that the tick writes again: their rows, sums and buckets, must be read.
    pub(super) fn rewritten(&self) -> Vec<HourKey> {
        let was_final = |(group, end): &HourKey| {
            self.finals.get(group).is_some_and(|reach| reach.before.is_some_and(|before| *end <= before))
        };
        self.incoming.keys().copied().filter(was_final).collect()
    }

    /// Merges what is stored with what came. `open` holds the open hours of [`Self::groups`]; `packed` and `sums` what
    /// is there of [`Self::rewritten`].
    pub(super) fn writes(
        self,
        open: Vec<PackedRow>,
        packed: Vec<PackedRow>,
        sums: &[HourKey],
    ) -> Result<Writes, PackingError> {
        let mut stored: BTreeMap<HourKey, Stored> = BTreeMap::new();
        // Sums without buckets: the hour has been pruned. It is final as a whole and was counted; nothing is added.
        stored.extend(sums.iter().map(|key| (*key, Stored::Pruned)));
        stored.extend(packed.into_iter().map(|row| ((row.group, row.end), Stored::Final(row.packed))));
        stored.extend(open.into_iter().map(|row| ((row.group, row.end), Stored::Open(row.packed))));
        let mut writes = Writes { histories: self.changed, ..Writes::default() };
        let keys: BTreeSet<HourKey> = self.incoming.keys().chain(stored.keys()).copied().collect();
        for key in keys {
            let is_final =
                self.finals.get(&key.0).is_some_and(|reach| reach.after.is_some_and(|after| key.1 <= after));
            let incoming = self.incoming.get(&key).map_or(&[][..], Vec::as_slice);
            match (stored.get(&key), self.corrects) {
                // Only as a whole: what its parts were is not known any more.
                (Some(Stored::Pruned), Some(range))
                    if range.after <= key.1 - HOUR && key.1 <= range.until =>
                {
                    writes.put_final(key, &merge(Vec::new(), incoming), self.step);
                }
                (before, _) => writes.hour(key, before, incoming, is_final, self.step)?,
            }
        }
        Ok(writes)
    }
}

enum Stored {
    Open(Vec<u8>),
    Final(Vec<u8>),
    Pruned,
}

impl Writes {
    fn hour(
        &mut self,
        (group, end): HourKey,
        stored: Option<&Stored>,
        incoming: &[Bucket],
        is_final: bool,
        step: Span,
    ) -> Result<(), PackingError> {
        let old = match stored {
            Some(Stored::Pruned) => return Ok(()),
            Some(Stored::Open(bytes) | Stored::Final(bytes)) => unpack(bytes, end, step)?,
            None => Vec::new(),
        };
        let merged = merge(old, incoming);
        let (unchanged, was_open) = match (stored, merged.is_empty()) {
            (None, true) | (Some(Stored::Pruned), _) => return Ok(()),
            (None, false) => (None, false),
            (Some(Stored::Final(before)), _) => (Some(before), false),
            // An open hour that becomes final moves, even if nothing in it changes.
            (Some(Stored::Open(before)), _) => ((!is_final).then_some(before), true),
        };
        let packed = pack(&merged, end, step);
        if unchanged == Some(&packed) {
            return Ok(());
        }
        if !is_final {
            self.open.push(PackedRow { group, end, packed });
            return Ok(());
        }
        if was_open {
            self.closed.push((group, end));
        }
        self.put_final((group, end), &merged, step);
        Ok(())
    }

    /// All buckets of a final hour.
    fn put_final(&mut self, (group, end): HourKey, buckets: &[Bucket], step: Span) {
        self.hours.push(HourRow { group, sums: sum(buckets, end) });
        self.packed.push(PackedRow { group, end, packed: pack(buckets, end, step) });
    }
}

/// In order of time; of two with the same end the new one stays.
fn merge(mut buckets: Vec<Bucket>, new: &[Bucket]) -> Vec<Bucket> {
    for bucket in new {
        match buckets.binary_search_by_key(&bucket.end, |old| old.end) {
            Ok(at) => buckets.splice(at..=at, [*bucket]).for_each(drop),
            Err(at) => buckets.insert(at, *bucket),
        }
    }
    buckets.retain(|bucket| !is_empty(bucket));
    buckets
}

/// Adds the buckets of one hour, in order of time.
pub(crate) fn sum(buckets: &[Bucket], end: Timestamp) -> Bucket {
    buckets.iter().fold(Bucket { end, ..Bucket::default() }, |sum, bucket| Bucket {
        end,
        good: sum.good + bucket.good,
        total: sum.total + bucket.total,
        covered: sum.covered + bucket.covered,
    })
}
