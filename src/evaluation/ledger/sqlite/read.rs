//! Reading a range, in `SQLite`'s words. What is needed, and how it becomes an answer, is decided in [`Range`].

use sqlx::SqliteConnection;

use super::json;
use crate::ledger::columns::FoundRow;
use crate::ledger::errors::Trouble;
use crate::ledger::range::{Packed, Range};
use crate::ledger::tick::{GroupRow, HistoryRow, HourRow, PackedRow};
use crate::ledger::{Definition, GroupBuckets};
use slo_base::store::Fault;
use slo_base::store::sqlite::Sqlite;

/// The histories of `definitions`, in the order asked.
pub(super) async fn histories(
    database: &Sqlite,
    definitions: &[Definition],
) -> Result<Vec<Option<HistoryRow>>, Trouble> {
    let wanted: Vec<(&str, &str)> =
        definitions.iter().map(|one| (one.key.as_str(), one.indicator.as_str())).collect();
    let rows: Vec<FoundRow> = sqlx::query_as(include_str!("../sql/sqlite/find_definitions.sql"))
        .bind(json(&wanted)?)
        .fetch_all(database.reader())
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

pub(super) async fn read(
    database: &Sqlite,
    history: i64,
    range: Range,
    step: u32,
) -> Result<Vec<GroupBuckets>, Fault> {
    if range.is_empty() {
        return Ok(Vec::new());
    }
    // One transaction sees one moment: an hour that becomes final meanwhile is not read twice, or not at all.
    let mut transaction = database.reader().begin().await?;
    let groups: Vec<GroupRow> = sqlx::query_as(include_str!("../sql/sqlite/read_groups.sql"))
        .bind(history)
        .fetch_all(&mut *transaction)
        .await?;
    let mut packed: Vec<PackedRow> = sqlx::query_as(include_str!("../sql/sqlite/read_open_hours.sql"))
        .bind(history)
        .bind(range.after())
        .bind(range.last_hour())
        .fetch_all(&mut *transaction)
        .await?;
    let sums = match range.packed() {
        Packed::Between { first, last } => {
            let buckets: Vec<PackedRow> =
                sqlx::query_as(include_str!("../sql/sqlite/read_packed_between.sql"))
                    .bind(history)
                    .bind(first)
                    .bind(last)
                    .fetch_all(&mut *transaction)
                    .await?;
            packed.extend(buckets);
            sums(&mut transaction, include_str!("../sql/sqlite/read_pruned_hours.sql"), history, range)
                .await?
        }
        Packed::At(ends) => {
            if !ends.is_empty() {
                let ends = serde_json::to_string(&ends).map_err(|error| Fault::Failed(error.to_string()))?;
                let buckets: Vec<PackedRow> =
                    sqlx::query_as(include_str!("../sql/sqlite/read_packed_at.sql"))
                        .bind(history)
                        .bind(ends)
                        .fetch_all(&mut *transaction)
                        .await?;
                packed.extend(buckets);
            }
            sums(&mut transaction, include_str!("../sql/sqlite/read_hours.sql"), history, range).await?
        }
    };
    transaction.commit().await?;
    range.assemble(groups, &sums, &packed, step)
}

async fn sums(
    transaction: &mut SqliteConnection,
    sql: &'static str,
    history: i64,
    range: Range,
) -> Result<Vec<HourRow>, Fault> {
    Ok(sqlx::query_as(sql)
        .bind(history)
        .bind(range.after())
        .bind(range.until())
        .fetch_all(transaction)
        .await?)
}
