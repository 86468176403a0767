//! The order in which the alert service writes: on every engine one transaction follows the other, so that what was
//! committed later has the higher number, and who knows all up to a number has missed nothing before it.

use slo_base::store::{Fault, Store, StoreError, WriteTransaction};

/// Any number that no other program on the server uses.
const QUEUE: i64 = 0x73_6c_6f_10;

/// Begins a transaction behind the other writers of the alert service.
pub async fn begin(store: &Store) -> Result<WriteTransaction, StoreError> {
    in_order(store.begin().await?).await
}

/// The same for what planning decided: refused when another engine holds the lease.
pub async fn begin_planned(store: &Store) -> Result<WriteTransaction, StoreError> {
    in_order(store.begin_as_leader().await?).await
}

async fn in_order(mut writing: WriteTransaction) -> Result<WriteTransaction, StoreError> {
    writing.follow(QUEUE).await?;
    Ok(writing)
}

/// The next number of a series: higher than all before, also than those whose rows have gone.
pub async fn next(writing: &mut WriteTransaction, series: &'static str) -> Result<i64, StoreError> {
    first_of(writing, series, 1).await
}

/// The first of the next `count` numbers of a series.
pub async fn first_of(
    writing: &mut WriteTransaction,
    series: &'static str,
    count: usize,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO desk_counter (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = desk_counter.value + $2 RETURNING value";
    let rows: Vec<(i64,)> = writing.fetch(sql, vec![series.into(), (count as i64).into()]).await?;
    let last = rows.first().ok_or_else(|| writing.error(Fault::Failed("it counted nothing".to_owned())))?;
    Ok(last.0 - count as i64 + 1)
}
