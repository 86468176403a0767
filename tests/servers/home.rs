//! A place for a database, empty at first, gone with the test.

use tempfile::TempDir;

use super::postgres::{self, Database};

/// Where a database is.
pub struct Home {
    /// Its URL.
    pub url: String,
    _folder: Option<TempDir>,
    _database: Option<Database>,
}

impl Home {
    /// A `SQLite` file.
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/slo.db", folder.path().display());
        Self { url, _folder: Some(folder), _database: None }
    }

    /// `SQLite` in memory.
    pub fn memory() -> Self {
        Self::at("sqlite::memory:".to_owned())
    }

    /// What somebody else keeps.
    pub fn at(url: String) -> Self {
        Self { url, _folder: None, _database: None }
    }

    /// On the shared `PostgreSQL`.
    pub async fn postgres() -> Self {
        let database = postgres::database().await;
        Self { url: database.url.clone(), _folder: None, _database: Some(database) }
    }
}
