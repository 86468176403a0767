//! Registering, appending and pruning. What is to be written is decided in [`super::tick`].

use super::columns::FoundRow;
use super::read::named;
use super::tick::{GroupRow, HistoryRow, HourKey, PackedRow, Tick, Writes};
use super::{Definition, LedgerError};
use slo_base::store::{Arg, Fault, Sql, Store, StoreError, WriteTransaction};
use slo_core::time::Timestamp;

pub(super) async fn register(
    transaction: &mut WriteTransaction,
    definitions: &[Definition],
) -> Result<Vec<HistoryRow>, StoreError> {
    let wanted: Vec<Vec<Arg>> = definitions.iter().map(named).collect();
    let mut ordered: Vec<&Definition> = definitions.iter().collect();
    ordered.sort_by_key(|one| (&one.key, &one.indicator));
    let rows = ordered.into_iter().map(named).collect();
    transaction.insert(include_str!("sql/add_definitions.sql"), rows).await?;
    let found: Vec<FoundRow> =
        transaction.fetch(worded!("find_definitions.sql"), vec![Arg::Rows(wanted)]).await?;
    Ok(found.into_iter().filter_map(|row| row.0).collect())
}

/// Tells how the histories are afterwards.
pub(super) async fn append(
    transaction: &mut WriteTransaction,
    tick: &Tick,
) -> Result<Vec<HistoryRow>, LedgerError> {
    let ids = tick.histories();
    let histories: Vec<HistoryRow> =
        transaction.fetch(worded!("histories.sql"), vec![ids.clone().into()]).await?;
    // Before groups are added: an entry for a history that does not exist is told as what it is.
    tick.check_registered(&histories)?;
    tick.check_final(&histories)?;
    let mut groups = groups_of(transaction, &ids).await?;
    let unknown = tick.unknown_groups(&groups);
    if !unknown.is_empty() {
        let rows = unknown.into_iter().map(|(history, labels)| vec![history.into(), labels.into()]);
        transaction.insert(include_str!("sql/add_groups.sql"), rows.collect()).await?;
        groups = groups_of(transaction, &ids).await?;
    }
    let resolved = tick.resolve(&histories, &groups);
    let open: Vec<PackedRow> =
        transaction.fetch(include_str!("sql/open_hours.sql"), vec![resolved.groups().into()]).await?;
    let rewritten = resolved.rewritten();
    let (mut packed, mut sums): (Vec<PackedRow>, Vec<HourKey>) = (Vec::new(), Vec::new());
    if !rewritten.is_empty() {
        let keys = keys(rewritten);
        packed = transaction.fetch(worded!("packed_hours.sql"), vec![keys.clone()]).await?;
        let rows: Vec<(i64, i64)> = transaction.fetch(worded!("hour_keys.sql"), vec![keys]).await?;
        sums = rows.into_iter().map(|(group, end)| (group, Timestamp::from_seconds(end))).collect();
    }
    let writes = resolved.writes(open, packed, &sums);
    let writes = writes.map_err(|error| transaction.error(Fault::Damaged(error.to_string())))?;
    put(transaction, writes).await?;
    Ok(tick.applied_to(&histories))
}

fn keys(hours: Vec<HourKey>) -> Arg {
    Arg::Rows(hours.into_iter().map(|(group, end)| vec![group.into(), end.seconds().into()]).collect())
}

async fn groups_of(
    transaction: &mut WriteTransaction,
    histories: &[i64],
) -> Result<Vec<GroupRow>, StoreError> {
    transaction.fetch(include_str!("sql/groups.sql"), vec![histories.to_vec().into()]).await
}

async fn put(transaction: &mut WriteTransaction, writes: Writes) -> Result<(), StoreError> {
    for (sql, rows) in [
        (include_str!("sql/put_open_hours.sql"), writes.open),
        (include_str!("sql/put_packed_hours.sql"), writes.packed),
    ] {
        let rows =
            rows.into_iter().map(|row| vec![row.group.into(), row.end.seconds().into(), row.packed.into()]);
        transaction.insert(sql, rows.collect()).await?;
    }
    let hours = writes.hours.into_iter().map(|row| {
        let sums = row.sums;
        vec![
            row.group.into(),
            sums.end.seconds().into(),
            sums.good.into(),
            sums.total.into(),
            sums.covered.into(),
        ]
    });
    transaction.insert(include_str!("sql/put_hours.sql"), hours.collect()).await?;
    if !writes.closed.is_empty() {
        transaction.execute(worded!("close_hours.sql"), vec![keys(writes.closed)]).await?;
    }
    let histories: Vec<Vec<Arg>> = writes
        .histories
        .iter()
        .map(|row| {
            let [counted_from, settled_to] =
                [row.counted_from, row.settled_to].map(|time| time.map(Timestamp::seconds).into());
            vec![row.id.into(), counted_from, settled_to, row.estimated.into(), row.corrections.into()]
        })
        .collect();
    if !histories.is_empty() {
        transaction.execute(worded!("settle.sql"), vec![Arg::Rows(histories)]).await?;
    }
    Ok(())
}

/// In several transactions: pruning half is as good as pruning none, and ticks get their turn in between.
pub(super) async fn prune(
    store: &Store,
    fine_before: Timestamp,
    hours_before: Timestamp,
) -> Result<(), StoreError> {
    let fine_before = fine_before.max(hours_before);
    let shared = store.is_shared();
    // On SQLite a bounded number each time.
    while delete(store, worded!("prune_packed_hours.sql"), fine_before).await? > 0 && !shared {}
    delete(store, worded!("prune_hours.sql"), hours_before).await?;
    delete(store, include_str!("sql/prune_open_hours.sql").into(), hours_before).await?;
    store.retry(|| prune_groups(store)).await
}

async fn prune_groups(store: &Store) -> Result<(), StoreError> {
    let mut transaction = store.begin_as_leader().await?;
    if store.is_shared() {
        // While no tick can be about to write to one.
        let sql = include_str!("sql/postgres/lock_pruned.sql");
        let locked: Vec<(i64,)> = transaction.fetch(sql, Vec::new()).await?;
        let locked: Vec<i64> = locked.into_iter().map(|row| row.0).collect();
        transaction.execute(include_str!("sql/postgres/prune_groups.sql"), vec![locked.into()]).await?;
    } else {
        transaction.execute(include_str!("sql/sqlite/prune_groups.sql"), Vec::new()).await?;
    }
    transaction.commit().await
}

async fn delete(store: &Store, sql: Sql<'_>, before: Timestamp) -> Result<u64, StoreError> {
    store
        .retry(|| async {
            let mut transaction = store.begin_as_leader().await?;
            let deleted = transaction.execute(sql, vec![before.seconds().into()]).await?;
            transaction.commit().await?;
            Ok(deleted)
        })
        .await
}
