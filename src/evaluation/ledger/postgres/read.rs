//! Reading a range, in `PostgreSQL`'s words. What is needed, and how it becomes an answer, is decided in [`Range`].

use sqlx::PgConnection;

use crate::ledger::Definition;
use crate::ledger::columns::FoundRow;
use crate::ledger::errors::Trouble;
use crate::ledger::range::{Packed, Range};
use crate::ledger::tick::{GroupRow, HistoryRow, HourRow, PackedRow};

/// The histories of `definitions`, in the order asked.
pub(super) async fn histories(
    transaction: &mut PgConnection,
    definitions: &[Definition],
) -> Result<Vec<Option<HistoryRow>>, Trouble> {
    let keys: Vec<&str> = definitions.iter().map(|one| one.key.as_str()).collect();
    let indicators: Vec<&str> = definitions.iter().map(|one| one.indicator.as_str()).collect();
    let rows: Vec<FoundRow> = sqlx::query_as(include_str!("../sql/postgres/find_definitions.sql"))
        .bind(&keys)
        .bind(&indicators)
        .fetch_all(transaction)
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The groups, the sums and the packed hours that an answer is made of.
pub(super) async fn rows(
    transaction: &mut PgConnection,
    history: i64,
    range: Range,
) -> Result<(Vec<GroupRow>, Vec<HourRow>, Vec<PackedRow>), Trouble> {
    let groups: Vec<GroupRow> = sqlx::query_as(include_str!("../sql/postgres/read_groups.sql"))
        .bind(history)
        .fetch_all(&mut *transaction)
        .await?;
    let mut packed: Vec<PackedRow> = sqlx::query_as(include_str!("../sql/postgres/read_open_hours.sql"))
        .bind(history)
        .bind(range.after())
        .bind(range.last_hour())
        .fetch_all(&mut *transaction)
        .await?;
    let (buckets, sums): (Vec<PackedRow>, _) = match range.packed() {
        Packed::Between { first, last } => (
            sqlx::query_as(include_str!("../sql/postgres/read_packed_between.sql"))
                .bind(history)
                .bind(first)
                .bind(last)
                .fetch_all(&mut *transaction)
                .await?,
            include_str!("../sql/postgres/read_pruned_hours.sql"),
        ),
        Packed::At(ends) if ends.is_empty() => (Vec::new(), include_str!("../sql/postgres/read_hours.sql")),
        Packed::At(ends) => (
            sqlx::query_as(include_str!("../sql/postgres/read_packed_at.sql"))
                .bind(history)
                .bind(ends)
                .fetch_all(&mut *transaction)
                .await?,
            include_str!("../sql/postgres/read_hours.sql"),
        ),
    };
    packed.extend(buckets);
    let sums: Vec<HourRow> = sqlx::query_as(sums)
        .bind(history)
        .bind(range.after())
        .bind(range.until())
        .fetch_all(transaction)
        .await?;
    Ok((groups, sums, packed))
}
