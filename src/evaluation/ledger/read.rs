//! Reading a range. What is needed, and how it becomes an answer, is decided in [`Range`].

use super::columns::FoundRow;
use super::range::{Packed, Range};
use super::tick::{GroupRow, HistoryRow, HourRow, PackedRow};
use super::{Bucket, Definition};
use slo_base::store::{Arg, Store, StoreError};
use slo_core::time::Timestamp;

/// A definition's `key, indicator`.
pub(super) fn named(definition: &Definition) -> Vec<Arg> {
    vec![definition.key.as_str().into(), definition.indicator.as_str().into()]
}

/// The histories of `definitions`, in the order asked.
pub(super) async fn histories(
    store: &Store,
    definitions: &[Definition],
) -> Result<Vec<Option<HistoryRow>>, StoreError> {
    let wanted = Arg::Rows(definitions.iter().map(named).collect());
    let rows: Vec<FoundRow> = store.fetch(worded!("find_definitions.sql"), vec![wanted]).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The groups, the sums and the packed hours that an answer is made of.
pub(super) async fn rows(
    store: &Store,
    history: i64,
    range: Range,
) -> Result<(Vec<GroupRow>, Vec<HourRow>, Vec<PackedRow>), StoreError> {
    // One transaction sees one moment: an hour that becomes final meanwhile is not read twice, or not at all.
    let mut transaction = store.begin_read().await?;
    let groups = transaction.fetch(include_str!("sql/read_groups.sql"), vec![history.into()]).await?;
    let open = vec![history.into(), range.after().seconds().into(), range.last_hour().seconds().into()];
    let mut packed: Vec<PackedRow> = transaction.fetch(worded!("read_open_hours.sql"), open).await?;
    let sums = match range.packed() {
        Packed::Between { first, last } => {
            let between = vec![history.into(), first.seconds().into(), last.seconds().into()];
            packed.extend(transaction.fetch::<PackedRow>(worded!("read_packed_between.sql"), between).await?);
            worded!("read_pruned_hours.sql")
        }
        Packed::At(ends) => {
            if !ends.is_empty() {
                let ends: Vec<i64> = ends.into_iter().map(Timestamp::seconds).collect();
                let at = vec![history.into(), ends.into()];
                packed.extend(transaction.fetch::<PackedRow>(worded!("read_packed_at.sql"), at).await?);
            }
            worded!("read_hours.sql")
        }
    };
    let within = vec![history.into(), range.after().seconds().into(), range.until().seconds().into()];
    Ok((groups, transaction.fetch(sums, within).await?, packed))
}

/// The sums of a range of whole hours; `None` when not all of them are final.
pub(super) async fn final_sums(
    store: &Store,
    history: i64,
    range: Range,
) -> Result<Option<Bucket>, StoreError> {
    let args = vec![history.into(), range.after().seconds().into(), range.until().seconds().into()];
    let rows: Vec<(f64, f64, f64)> = store.fetch(include_str!("sql/final_sums.sql"), args).await?;
    Ok(rows.first().map(|(good, total, covered)| Bucket {
        end: range.until(),
        good: *good,
        total: *total,
        covered: *covered,
    }))
}
