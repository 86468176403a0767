//! The ledger's rows as the databases give them: by position, alike in both.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::tick::{GroupRow, HistoryRow, HourRow, PackedRow};
use super::{Bucket, History, HistoryId};
use slo_core::time::Timestamp;

/// A time as a column has it, in unix seconds.
fn time<'r, R: Row>(row: &'r R, column: usize) -> sqlx::Result<Timestamp>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    row.try_get(column).map(Timestamp::from_seconds)
}

/// A time that may be NULL.
fn time_or_null<'r, R: Row>(row: &'r R, column: usize) -> sqlx::Result<Option<Timestamp>>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let seconds: Option<i64> = row.try_get(column)?;
    Ok(seconds.map(Timestamp::from_seconds))
}

impl HistoryRow {
    /// As callers know it.
    pub(super) fn history(&self) -> History {
        History {
            id: HistoryId(self.id),
            counted_from: self.counted_from,
            settled_to: self.settled_to,
            estimated: self.estimated,
            corrections: self.corrections,
        }
    }
}

/// `id, counted_from, settled_to, estimated, corrections`
impl<'r, R: Row> FromRow<'r, R> for HistoryRow
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            counted_from: time_or_null(row, 1)?,
            settled_to: time_or_null(row, 2)?,
            estimated: row.try_get(3)?,
            corrections: row.try_get(4)?,
        })
    }
}

/// A history that was looked for: `id, counted_from, settled_to, estimated, corrections`, all NULL when there is none.
pub(super) struct FoundRow(pub(super) Option<HistoryRow>);

impl<'r, R: Row> FromRow<'r, R> for FoundRow
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let id: Option<i64> = row.try_get(0)?;
        Ok(Self(id.map(|_| HistoryRow::from_row(row)).transpose()?))
    }
}

/// `id, history_id, labels`
impl<'r, R: Row> FromRow<'r, R> for GroupRow
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get(0)?, history: row.try_get(1)?, labels: row.try_get(2)? })
    }
}

/// `group_id, end_at, packed`
impl<'r, R: Row> FromRow<'r, R> for PackedRow
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { group: row.try_get(0)?, end: time(row, 1)?, packed: row.try_get(2)? })
    }
}

/// `group_id, end_at, good, total, covered`
impl<'r, R: Row> FromRow<'r, R> for HourRow
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    f64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self {
            group: row.try_get(0)?,
            sums: Bucket {
                end: time(row, 1)?,
                good: row.try_get(2)?,
                total: row.try_get(3)?,
                covered: row.try_get(4)?,
            },
        })
    }
}
