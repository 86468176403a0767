//! Registering, appending and pruning, in `PostgreSQL`'s words. What is to be written is decided in
//! [`super::super::tick`].

use sqlx::PgConnection;

use crate::ledger::Definition;
use crate::ledger::errors::Trouble;
use crate::ledger::tick::{GroupRow, HistoryRow, HourKey, PackedRow, Tick, Writes};

pub(super) async fn register(
    transaction: &mut PgConnection,
    definitions: &[Definition],
) -> Result<Vec<HistoryRow>, Trouble> {
    let keys: Vec<&str> = definitions.iter().map(|one| one.key.as_str()).collect();
    let indicators: Vec<&str> = definitions.iter().map(|one| one.indicator.as_str()).collect();
    sqlx::query(include_str!("../sql/postgres/add_definitions.sql"))
        .bind(&keys)
        .bind(&indicators)
        .execute(&mut *transaction)
        .await?;
    Ok(sqlx::query_as(include_str!("../sql/postgres/definitions.sql"))
        .bind(&keys)
        .bind(&indicators)
        .fetch_all(transaction)
        .await?)
}

pub(super) async fn append(transaction: &mut PgConnection, tick: &Tick) -> Result<(), Trouble> {
    let ids = tick.histories();
    let histories: Vec<HistoryRow> = sqlx::query_as(include_str!("../sql/postgres/histories.sql"))
        .bind(&ids)
        .fetch_all(&mut *transaction)
        .await?;
    // Before groups are added: an entry for a history that does not exist is told as what it is.
    tick.check_registered(&histories)?;
    let mut groups = groups_of(transaction, &ids).await?;
    let unknown = tick.unknown_groups(&groups);
    if !unknown.is_empty() {
        let (owners, labels): (Vec<i64>, Vec<String>) = unknown.into_iter().unzip();
        sqlx::query(include_str!("../sql/postgres/add_groups.sql"))
            .bind(owners)
            .bind(labels)
            .execute(&mut *transaction)
            .await?;
        groups = groups_of(transaction, &ids).await?;
    }
    let resolved = tick.resolve(&histories, &groups);
    let open: Vec<PackedRow> = sqlx::query_as(include_str!("../sql/postgres/open_hours.sql"))
        .bind(resolved.groups())
        .fetch_all(&mut *transaction)
        .await?;
    let rewritten = resolved.rewritten();
    let (mut packed, mut sums): (Vec<PackedRow>, Vec<HourKey>) = (Vec::new(), Vec::new());
    if !rewritten.is_empty() {
        let (owners, ends): (Vec<i64>, Vec<i64>) = rewritten.into_iter().unzip();
        packed = sqlx::query_as(include_str!("../sql/postgres/packed_hours.sql"))
            .bind(&owners)
            .bind(&ends)
            .fetch_all(&mut *transaction)
            .await?;
        sums = sqlx::query_as(include_str!("../sql/postgres/hour_keys.sql"))
            .bind(&owners)
            .bind(&ends)
            .fetch_all(&mut *transaction)
            .await?;
    }
    put(transaction, resolved.writes(open, packed, &sums)?).await
}

async fn groups_of(transaction: &mut PgConnection, histories: &[i64]) -> Result<Vec<GroupRow>, Trouble> {
    Ok(sqlx::query_as(include_str!("../sql/postgres/groups.sql"))
        .bind(histories)
        .fetch_all(transaction)
        .await?)
}

async fn put(transaction: &mut PgConnection, writes: Writes) -> Result<(), Trouble> {
    let hours = writes.hours;
    put_packed(transaction, include_str!("../sql/postgres/put_open_hours.sql"), writes.open).await?;
    put_packed(transaction, include_str!("../sql/postgres/put_packed_hours.sql"), writes.packed).await?;
    if !hours.is_empty() {
        sqlx::query(include_str!("../sql/postgres/put_hours.sql"))
            .bind(hours.iter().map(|row| row.group).collect::<Vec<_>>())
            .bind(hours.iter().map(|row| row.sums.end).collect::<Vec<_>>())
            .bind(hours.iter().map(|row| row.sums.good).collect::<Vec<_>>())
            .bind(hours.iter().map(|row| row.sums.total).collect::<Vec<_>>())
            .bind(hours.iter().map(|row| row.sums.covered).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
    }
    if !writes.closed.is_empty() {
        let (owners, ends): (Vec<i64>, Vec<i64>) = writes.closed.into_iter().unzip();
        sqlx::query(include_str!("../sql/postgres/close_hours.sql"))
            .bind(owners)
            .bind(ends)
            .execute(&mut *transaction)
            .await?;
    }
    let histories = writes.histories;
    if !histories.is_empty() {
        sqlx::query(include_str!("../sql/postgres/settle.sql"))
            .bind(histories.iter().map(|row| row.id).collect::<Vec<_>>())
            .bind(histories.iter().map(|row| row.counted_from).collect::<Vec<_>>())
            .bind(histories.iter().map(|row| row.settled_to).collect::<Vec<_>>())
            .bind(histories.iter().map(|row| row.estimated).collect::<Vec<_>>())
            .execute(transaction)
            .await?;
    }
    Ok(())
}

async fn put_packed(
    transaction: &mut PgConnection,
    sql: &'static str,
    rows: Vec<PackedRow>,
) -> Result<(), Trouble> {
    if rows.is_empty() {
        return Ok(());
    }
    let groups: Vec<i64> = rows.iter().map(|row| row.group).collect();
    let ends: Vec<i64> = rows.iter().map(|row| row.end).collect();
    let packed: Vec<Vec<u8>> = rows.into_iter().map(|row| row.packed).collect();
    sqlx::query(sql).bind(groups).bind(ends).bind(packed).execute(transaction).await?;
    Ok(())
}

pub(super) async fn prune_hours(
    transaction: &mut PgConnection,
    fine_before: i64,
    hours_before: i64,
) -> Result<(), Trouble> {
    for (sql, before) in [
        (include_str!("../sql/postgres/prune_packed_hours.sql"), fine_before.max(hours_before)),
        (include_str!("../sql/postgres/prune_hours.sql"), hours_before),
        (include_str!("../sql/postgres/prune_open_hours.sql"), hours_before),
    ] {
        sqlx::query(sql).bind(before).execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Deletes groups of which nothing is left, while no tick can be about to write to one.
pub(super) async fn prune_groups(transaction: &mut PgConnection) -> Result<(), Trouble> {
    let locked: Vec<i64> = sqlx::query_scalar(include_str!("../sql/postgres/lock_pruned.sql"))
        .fetch_all(&mut *transaction)
        .await?;
    if !locked.is_empty() {
        sqlx::query(include_str!("../sql/postgres/prune_groups.sql"))
            .bind(locked)
            .execute(transaction)
            .await?;
    }
    Ok(())
}
