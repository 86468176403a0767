//! The open tsink storage, and what keeps its faults from becoming ours.
//!
//! tsink 0.10.2 empties its write-ahead log after a flush, and lets go of the log's lock before it moves the mark
//! `wal.published` (`FramedWal::reset_locked`). An insert that comes in between writes the same temporary file: one of the
//! two renames finds nothing. On the flush's side that is a background error, after which tsink by default refuses every
//! call until the process ends. On the insert's side the rows are taken back out of the log, and the insert is reported as
//! done but not durable. Or both renames work, and an older mark stays, past which a replay does not read. So:
//!
//! - background errors do not close the store (tsink's flusher tries again in 250 ms); they are counted and logged;
//! - an insert that is not durable is made so: the store is closed, which writes everything to segments, and opened;
//! - a read that finds corruption is tried again;
//! - the mark is removed before opening: without it tsink replays every whole frame of the log, each with its checksum.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use tsink::{Result, Row, StorageBuilder, TimestampPrecision, TsinkError, WalReplayMode, WalSyncMode};

use super::{MAX_SERIES, MEMORY_BYTES, Open, StoreSettings};

/// tsink's mark of how far its log was published, below the store's folder.
const PUBLISHED_MARK: &str = "wal/wal.published";

/// How often a read is tried before its answer is believed.
const READS: usize = 4;

/// One folder's storage, which may be opened again while it is in use.
pub(super) struct Handle {
    settings: StoreSettings,
    /// `None` while it could not be opened again; the next insert tries.
    storage: RwLock<Option<Open>>,
    /// One insert at a time; see above.
    writing: Mutex<()>,
    /// Background errors of storages that were closed since, and of opening again.
    past_errors: AtomicU64,
    /// Background errors that were logged.
    told_errors: AtomicU64,
}

impl Handle {
    pub fn open(settings: StoreSettings) -> Result<Self> {
        let storage = build(&settings)?;
        Ok(Self {
            settings,
            storage: RwLock::new(Some(storage)),
            writing: Mutex::default(),
            past_errors: AtomicU64::new(0),
            told_errors: AtomicU64::new(0),
        })
    }

    /// Asks the open storage. A segment that a compaction replaces while it is looked into is reported as corrupt; the
    /// same question then finds the new one. What is really corrupt stays so.
    pub fn read<T>(&self, ask: impl Fn(&Open) -> Result<T>) -> Result<T> {
        for _ in 1..READS {
            match self.with_open(&ask) {
                Err(TsinkError::DataCorruption(reason)) => {
                    tracing::debug!(folder = %self.settings.folder.display(), reason, "the metrics store is asked again");
                }
                answer => return answer,
            }
        }
        self.with_open(&ask)
    }

    /// The storage stays open until the answer is there.
    fn with_open<T>(&self, ask: impl FnOnce(&Open) -> Result<T>) -> Result<T> {
        match &*self.storage.read().unwrap_or_else(PoisonError::into_inner) {
            Some(storage) => ask(storage),
            None => Err(TsinkError::StorageClosed),
        }
    }

    /// Inserts batches, each durable on return. One that tsink took without making it durable is kept, and everything
    /// is brought to disk by opening again; where not even that works, the rows are in memory, and it is logged.
    pub fn insert(&self, batches: impl Iterator<Item = Vec<Row>>) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.with_open(|_| Ok(())).is_err() {
            self.open_again()?;
        }
        let mut durable = true;
        for batch in batches {
            let done = self.with_open(|storage| storage.insert_rows_with_result(&batch))?;
            durable &= batch.is_empty() || done.acknowledgement.is_durable();
        }
        self.tell_errors();
        if !durable && let Err(error) = self.open_again() {
            self.past_errors.fetch_add(1, Ordering::Relaxed);
            self.told_errors.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                folder = %self.settings.folder.display(), %error,
                "samples are in memory, but could not be brought to disk; they are lost if the process is killed now"
            );
        }
        Ok(())
    }

    /// Flushes and closes; later inserts fail.
    pub fn close(&self) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.with_open(|storage| storage.close()) {
            Ok(()) | Err(TsinkError::StorageClosed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// How often tsink's own work (flushing, compacting) failed since this handle was made.
    pub fn background_errors(&self) -> u64 {
        self.current_errors().0 + self.past_errors.load(Ordering::Relaxed)
    }

    fn current_errors(&self) -> (u64, Option<String>) {
        let health =
            self.with_open(|storage| Ok(storage.observability_snapshot().health)).unwrap_or_default();
        (health.background_errors_total, health.last_background_error)
    }

    /// Logs what went wrong in the background since the last time, in one line.
    fn tell_errors(&self) {
        let (now, last) = self.current_errors();
        let errors = now + self.past_errors.load(Ordering::Relaxed);
        let told = self.told_errors.swap(errors, Ordering::Relaxed);
        if errors > told {
            tracing::warn!(
                folder = %self.settings.folder.display(),
                errors = errors - told,
                last = last.as_deref().unwrap_or_default(),
                "the metrics store's background work failed; it is tried again"
            );
        }
    }

    /// Closes, which brings everything to disk, and opens again. Waits for reads under way; later ones wait for it. When
    /// closing fails, the storage stays open as it was.
    fn open_again(&self) -> Result<()> {
        let mut storage = self.storage.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = storage.as_ref() {
            open.close()?;
            let errors = open.observability_snapshot().health.background_errors_total;
            self.past_errors.fetch_add(errors, Ordering::Relaxed);
            *storage = None;
        }
        *storage = Some(build(&self.settings)?);
        Ok(())
    }
}

fn build(settings: &StoreSettings) -> Result<Open> {
    forget_mark(&settings.folder)?;
    StorageBuilder::new()
        .with_data_path(Path::new(&settings.folder))
        .with_timestamp_precision(TimestampPrecision::Milliseconds)
        .with_retention(settings.retention)
        .with_wal_sync_mode(WalSyncMode::PerAppend)
        // A write that a power failure cut off was never acknowledged; tsink's default would refuse to start.
        .with_wal_replay_mode(WalReplayMode::Salvage)
        .with_background_fail_fast(false)
        .with_cardinality_limit(MAX_SERIES)
        .with_memory_limit(MEMORY_BYTES)
        .build()
}

fn forget_mark(folder: &Path) -> Result<()> {
    match std::fs::remove_file(folder.join(PUBLISHED_MARK)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
