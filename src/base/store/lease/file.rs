//! One engine a `SQLite` file: a lock on a file beside it. The system lets go of it when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::LeaseError;
use crate::store::Fault;

/// Locks the file beside the database. Not the database itself: a program that closes any handle of a file loses all its
/// POSIX locks on it, also those of `SQLite`.
pub(super) fn lock(database: &Path, place: &str) -> Result<File, LeaseError> {
    let path = beside(database);
    let failed = |error: std::io::Error| LeaseError::Database {
        place: place.to_owned(),
        fault: Fault::Unreachable(format!(
            "{}: {error}; check that the folder may be written",
            path.display()
        )),
    };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut said = String::new();
            let by = match file.read_to_string(&mut said) {
                Ok(_) if !said.trim().is_empty() => format!(" (process {})", said.trim()),
                Ok(_) | Err(_) => String::new(),
            };
            return Err(LeaseError::Taken { place: place.to_owned(), by });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_engine_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("slo.db");
        let first = lock(&database, "sqlite://slo.db").unwrap();
        let LeaseError::Taken { by, .. } = lock(&database, "sqlite://slo.db").unwrap_err() else {
            panic!("it was refused for another reason");
        };
        assert_eq!(by, format!(" (process {})", std::process::id()));
        drop(first);
        lock(&database, "sqlite://slo.db").unwrap();
    }
}
