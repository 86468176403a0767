//! The API's own database: a SQLite file in a folder, or memory. SQL is in files beside this one; nothing else here
//! speaks it.

mod read;
mod write;

use std::path::{Path, PathBuf};

use slo_base::store as database;
use slo_base::store::{Fault, Migration, Schema, Versions};

pub use read::{CompanyFilter, NewsFilter};
pub use write::{Progress, Records};

/// What this program keeps; SQLite's `user_version` says how far a file is.
const SCHEMA: Schema = Schema {
    migrations: &[Migration { version: 1, sqlite: include_str!("sql/schema.sql"), postgres: "" }],
    versions: Versions::UserVersion,
    made_by: "platform-api --data FOLDER",
};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Gone when the server stops.
    Memory,
    /// `platform.db` in this folder, which is made when it is missing.
    Folder(PathBuf),
}

/// Why the database cannot be used. Every message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made.
    #[error("cannot create the folder {}: {reason}; choose another with --data", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        reason: std::io::Error,
    },
    /// Made by a later version.
    #[error(
        "the platform's database has schema {found}, this program knows {known}; use the newer program or another --data folder"
    )]
    NewerSchema {
        /// What the database says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// Nobody answered in time: too many at once, or somebody else holds the lock.
    #[error("the platform's database is busy; try again")]
    Busy,
    /// Anything else.
    #[error("the platform's database failed: {0}; check the disk, or choose another --data folder")]
    Failed(database::StoreError),
}

impl From<database::StoreError> for StoreError {
    fn from(error: database::StoreError) -> Self {
        match error.fault {
            Fault::Locked => Self::Busy,
            Fault::NewerSchema { found, known } => Self::NewerSchema { found, known },
            _ => Self::Failed(error),
        }
    }
}

/// The database; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    database: database::Store,
}

impl Store {
    /// Opens the database, and makes it when it is missing.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let url = match place {
            Place::Memory => "sqlite::memory:".to_owned(),
            Place::Folder(folder) => {
                create_folder(folder).await?;
                database::sqlite_url(&folder.join("platform.db"))
            }
        };
        Ok(Self { database: database::Store::open(&url, &SCHEMA).await? })
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.fetch::<(i64,)>("SELECT 1 FROM companies LIMIT 1", Vec::new()).await?;
        Ok(())
    }

    /// Waits for statements under way and closes the connections.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

async fn create_folder(folder: &Path) -> Result<(), StoreError> {
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|reason| StoreError::Folder { folder: folder.to_owned(), reason })
}
