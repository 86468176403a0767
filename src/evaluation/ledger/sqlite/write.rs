//! Registering, appending and pruning, in `SQLite`'s words. What is to be written is decided in [`super::super::tick`].

use sqlx::{Arguments, SqliteConnection};

use super::json;
use super::rows::insert;
use crate::ledger::Definition;
use crate::ledger::errors::Trouble;
use crate::ledger::tick::{GroupRow, HistoryRow, HourKey, PackedRow, Tick, Writes};
use slo_base::store::sqlite::Sqlite;

pub(super) async fn register(
    transaction: &mut SqliteConnection,
    definitions: &[Definition],
) -> Result<Vec<HistoryRow>, Trouble> {
    let wanted: Vec<(&str, &str)> =
        definitions.iter().map(|one| (one.key.as_str(), one.indicator.as_str())).collect();
    let wanted = json(&wanted)?;
    sqlx::query(include_str!("../sql/sqlite/add_definitions.sql"))
        .bind(&wanted)
        .execute(&mut *transaction)
        .await?;
    Ok(sqlx::query_as(include_str!("../sql/sqlite/definitions.sql"))
        .bind(&wanted)
        .fetch_all(transaction)
        .await?)
}

pub(super) async fn append(transaction: &mut SqliteConnection, tick: &Tick) -> Result<(), Trouble> {
    let ids = json(&tick.histories())?;
    let histories: Vec<HistoryRow> = sqlx::query_as(include_str!("../sql/sqlite/histories.sql"))
        .bind(&ids)
        .fetch_all(&mut *transaction)
        .await?;
    // Before groups are added: an entry for a history that does not exist is told as what it is.
    tick.check_registered(&histories)?;
    let mut groups = groups_of(transaction, &ids).await?;
    let unknown = tick.unknown_groups(&groups);
    if !unknown.is_empty() {
        sqlx::query(include_str!("../sql/sqlite/add_groups.sql"))
            .bind(json(&unknown)?)
            .execute(&mut *transaction)
            .await?;
        groups = groups_of(transaction, &ids).await?;
    }
    let resolved = tick.resolve(&histories, &groups);
    let open: Vec<PackedRow> = sqlx::query_as(include_str!("../sql/sqlite/open_hours.sql"))
        .bind(json(&resolved.groups())?)
        .fetch_all(&mut *transaction)
        .await?;
    let rewritten = resolved.rewritten();
    let (mut packed, mut sums): (Vec<PackedRow>, Vec<HourKey>) = (Vec::new(), Vec::new());
    if !rewritten.is_empty() {
        let keys = json(&rewritten)?;
        packed = sqlx::query_as(include_str!("../sql/sqlite/packed_hours.sql"))
            .bind(&keys)
            .fetch_all(&mut *transaction)
            .await?;
        sums = sqlx::query_as(include_str!("../sql/sqlite/hour_keys.sql"))
            .bind(&keys)
            .fetch_all(&mut *transaction)
            .await?;
    }
    put(transaction, resolved.writes(open, packed, &sums)?).await
}

async fn groups_of(transaction: &mut SqliteConnection, histories: &str) -> Result<Vec<GroupRow>, Trouble> {
    Ok(sqlx::query_as(include_str!("../sql/sqlite/groups.sql"))
        .bind(histories)
        .fetch_all(transaction)
        .await?)
}

async fn put(transaction: &mut SqliteConnection, writes: Writes) -> Result<(), Trouble> {
    let packed_row = |arguments: &mut sqlx::sqlite::SqliteArguments, row: &PackedRow| {
        arguments.add(row.group)?;
        arguments.add(row.end)?;
        arguments.add(row.packed.clone())
    };
    insert(transaction, include_str!("../sql/sqlite/put_open_hours.sql"), &writes.open, packed_row).await?;
    insert(transaction, include_str!("../sql/sqlite/put_packed_hours.sql"), &writes.packed, packed_row)
        .await?;
    insert(transaction, include_str!("../sql/sqlite/put_hours.sql"), &writes.hours, |arguments, row| {
        arguments.add(row.group)?;
        arguments.add(row.sums.end)?;
        arguments.add(row.sums.good)?;
        arguments.add(row.sums.total)?;
        arguments.add(row.sums.covered)
    })
    .await?;
    if !writes.closed.is_empty() {
        sqlx::query(include_str!("../sql/sqlite/close_hours.sql"))
            .bind(json(&writes.closed)?)
            .execute(&mut *transaction)
            .await?;
    }
    if !writes.histories.is_empty() {
        let rows: Vec<_> = writes
            .histories
            .iter()
            .map(|row| (row.id, row.counted_from, row.settled_to, i64::from(row.estimated)))
            .collect();
        sqlx::query(include_str!("../sql/sqlite/settle.sql")).bind(json(&rows)?).execute(transaction).await?;
    }
    Ok(())
}

/// In several transactions: pruning half is as good as pruning none, and ticks get their turn in between.
pub(super) async fn prune(database: &Sqlite, fine_before: i64, hours_before: i64) -> Result<(), Trouble> {
    let fine_before = fine_before.max(hours_before);
    let packed = include_str!("../sql/sqlite/prune_packed_hours.sql");
    while delete(database, packed, Some(fine_before)).await? > 0 {}
    delete(database, include_str!("../sql/sqlite/prune_hours.sql"), Some(hours_before)).await?;
    delete(database, include_str!("../sql/sqlite/prune_open_hours.sql"), Some(hours_before)).await?;
    delete(database, include_str!("../sql/sqlite/prune_groups.sql"), None).await?;
    Ok(())
}

async fn delete(database: &Sqlite, sql: &'static str, before: Option<i64>) -> Result<u64, Trouble> {
    database
        .write(async |transaction| {
            let query = sqlx::query(sql);
            let query = match before {
                Some(before) => query.bind(before),
                None => query,
            };
            Ok(query.execute(transaction).await?.rows_affected())
        })
        .await
}
