//! Who writes next to a `SQLite` file. The file's own lock has no queue: who finds it taken sleeps and asks again, so that
//! one part of this process that writes often keeps another one waiting for half a second. Here they queue.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

type WriteLock = tokio::sync::Mutex<()>;

/// The queues of all files that this process has open. Global because the file is: whoever opens it joins its queue.
static FILES: LazyLock<Mutex<HashMap<PathBuf, Weak<WriteLock>>>> = LazyLock::new(Mutex::default);

/// The queue of a file.
pub(super) fn of(file: &Path) -> Arc<WriteLock> {
    // Two spellings of one file have two queues, and wait for each other as other processes do.
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    files.retain(|_, lock| lock.strong_count() > 0);
    if let Some(lock) = files.get(&file).and_then(Weak::upgrade) {
        return lock;
    }
    let lock = Arc::new(WriteLock::default());
    files.insert(file, Arc::downgrade(&lock));
    lock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_queue_for_as_long_as_somebody_is_in_it() {
        let (one, other) = (of(Path::new("/tmp/turns/a.db")), of(Path::new("/tmp/turns/a.db")));
        assert!(Arc::ptr_eq(&one, &other));
        assert!(!Arc::ptr_eq(&one, &of(Path::new("/tmp/turns/b.db"))));
        let held = one.try_lock().unwrap();
        assert!(other.try_lock().is_err());
        drop(held);
        drop((one, other));
        assert!(of(Path::new("/tmp/turns/a.db")).try_lock().is_ok());
    }
}
