//! Records that are written to the database and read from memory: what the stores of incidents and silences share.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, MutexGuard, watch};

use slo_base::store::{Fault, Store, StoreError};

/// What is kept by its id.
pub(crate) trait Record: Sized {
    /// What it is called in errors, e.g. `incident`.
    const NAME: &'static str;

    /// Its id.
    fn id(&self) -> &str;

    /// Reads what is stored; an error in words.
    fn decode(text: &str) -> Result<Self, String>;
}

/// Records of one kind, all in memory.
pub(crate) struct Records<T> {
    store: Store,
    table: RwLock<Table<T>>,
    /// Held from reading the database to having it in memory, so that nothing old replaces something new.
    write_lock: Mutex<()>,
    /// Counts changes, for whoever has to look again.
    generation: watch::Sender<u64>,
}

struct Table<T> {
    records: BTreeMap<String, Arc<T>>,
    /// Rows up to this number are in here.
    seen: i64,
}

impl<T: Record> Records<T> {
    /// None yet.
    pub(crate) fn new(store: Store) -> Self {
        let table = RwLock::new(Table { records: BTreeMap::new(), seen: 0 });
        Self { store, table, write_lock: Mutex::new(()), generation: watch::Sender::new(0) }
    }

    /// The database they are in.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until nobody else writes here.
    pub(crate) async fn write_lock(&self) -> MutexGuard<'_, ()> {
        self.write_lock.lock().await
    }

    /// One of them.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<T>> {
        self.read(|table| table.records.get(id).cloned())
    }

    /// All of them, in order of ids.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.read(|table| table.records.values().cloned().collect())
    }

    /// How many are so.
    pub(crate) fn count(&self, is: impl Fn(&T) -> bool) -> usize {
        self.read(|table| table.records.values().filter(|record| is(record)).count())
    }

    /// Whether one of them is so.
    pub(crate) fn any(&self, is: impl Fn(&T) -> bool) -> bool {
        self.read(|table| table.records.values().any(|record| is(record)))
    }

    /// Rows up to this number are known.
    pub(crate) fn seen(&self) -> i64 {
        self.read(|table| table.seen)
    }

    /// Takes rows, numbers and texts, that are on the disk.
    pub(crate) fn learn(&self, rows: Vec<(i64, String)>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (mut records, mut last) = (Vec::with_capacity(rows.len()), 0);
        for (number, text) in rows {
            records.push(Arc::new(self.decode(&text)?));
            last = last.max(number);
        }
        self.change(|table| table.seen = table.seen.max(last));
        self.put(records);
        Ok(())
    }

    /// Takes records that are on the disk. What was seen stays as it is: on a shared database others may have written
    /// before us what we have not read.
    pub(crate) fn put(&self, records: Vec<Arc<T>>) {
        self.change(|table| {
            table.records.extend(records.into_iter().map(|record| (record.id().to_owned(), record)));
        });
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Forgets the others; nobody has to look again.
    pub(crate) fn retain(&self, is: impl Fn(&T) -> bool) {
        self.change(|table| table.records.retain(|_, record| is(record)));
    }

    /// Changes with every change.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Reads what is stored.
    pub(crate) fn decode(&self, text: &str) -> Result<T, StoreError> {
        T::decode(text).map_err(|reason| self.damaged(&reason))
    }

    /// What is stored, or is to be, is not as it should be.
    pub(crate) fn damaged(&self, reason: &str) -> StoreError {
        self.store.error(Fault::Damaged(format!("a stored {}: {reason}", T::NAME)))
    }

    fn read<R>(&self, look: impl FnOnce(&Table<T>) -> R) -> R {
        look(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Table<T>)) {
        change(&mut self.table.write().unwrap_or_else(PoisonError::into_inner));
    }
}
