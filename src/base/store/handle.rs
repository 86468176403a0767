//! The one handle on a database: its connections, who writes next, its schema, and whose term it is to evaluate.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::lease::{Fence, Lease, LeaseError};
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::statement::{Connection, ROWS};
use super::transaction::Reading;
use super::{
    Arg, Fault, Place, ReadTransaction, Row, Schema, Server, Sql, StoreError, StoreFailure, WriteTransaction,
};

/// How long a write waits for another process' lock on a `SQLite` file.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open, migrated database. Clones share its connections; whoever opened it closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shown: Arc<str>,
    /// Holds the password, for the lease's own connections.
    server: Server,
    opened: Opened,
    fence: OnceLock<Fence>,
}

enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.inner.shown).finish()
    }
}

impl Store {
    /// Opens the database at `url` (`sqlite://PATH`, `sqlite::memory:` or `postgres://user:password@host/database`), makes
    /// a `SQLite` file that is missing, and brings it to `schema`. With `?mode=ro` nothing is made or written, and the file
    /// must be there already; on a medium that cannot be written at all, `?mode=ro&immutable=1`.
    pub async fn open(url: &str, schema: &Schema) -> Result<Self, StoreError> {
        Self::open_within(url, schema, PATIENCE).await
    }

    /// The same, waiting `patience` instead of 5 s for another process that holds the lock of a `SQLite` file.
    pub async fn open_within(url: &str, schema: &Schema, patience: Duration) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        let opened = match place.server() {
            Server::Sqlite { options, mode } => {
                Sqlite::open(options, *mode, schema, patience).await.map(Opened::Sqlite)
            }
            Server::Postgres(options) => Postgres::open(options, schema, false).await.map(Opened::Postgres),
        };
        Self::opened(&place, opened)
    }

    /// Opens a database that is there already, to read it: nothing is made, migrated or written.
    pub async fn open_to_read(url: &str, schema: &Schema) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        let opened = match place.server() {
            Server::Sqlite { options, mode } => {
                Sqlite::open_to_read(options, *mode, schema, PATIENCE).await.map(Opened::Sqlite)
            }
            Server::Postgres(options) => Postgres::open(options, schema, true).await.map(Opened::Postgres),
        };
        Self::opened(&place, opened)
    }

    fn opened(place: &Place, opened: Result<Opened, Fault>) -> Result<Self, StoreError> {
        let shown: Arc<str> = place.shown().into();
        match opened {
            Ok(opened) => {
                let (server, fence) = (place.server().clone(), OnceLock::new());
                Ok(Self { inner: Arc::new(Inner { shown, server, opened, fence }) })
            }
            Err(fault) => Err(StoreError { place: (*shown).to_owned(), fault }),
        }
    }

    /// Where it is, for people; without password.
    pub fn place(&self) -> &str {
        &self.inner.shown
    }

    /// Whether other engines may write to it too.
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.opened, Opened::Postgres(_))
    }

    /// A fault with the place it came from.
    pub fn error(&self, fault: Fault) -> StoreError {
        StoreError { place: self.place().to_owned(), fault }
    }

    /// This engine's place among those that would evaluate; `name` tells it from the others. From now on what the leader
    /// decides is written only while it holds the lease; the first lease stays. A `SQLite` file that another engine has is
    /// an error.
    pub fn lease(&self, name: &str) -> Result<Lease, LeaseError> {
        let lease = Lease::of(self.place(), &self.inner.server, name)?;
        if let Some(fence) = lease.fence() {
            drop(self.inner.fence.set(fence.clone()));
        }
        Ok(lease)
    }

    /// Rows of a single query.
    pub async fn fetch<T: Row>(&self, sql: impl Into<Sql<'_>>, args: Vec<Arg>) -> Result<Vec<T>, StoreError> {
        let sql = sql.into();
        self.retry(|| async { self.fetch_once(sql, args.clone()).await.map_err(|fault| self.error(fault)) })
            .await
    }

    async fn fetch_once<T: Row>(&self, sql: Sql<'_>, args: Vec<Arg>) -> Result<Vec<T>, Fault> {
        match &self.inner.opened {
            Opened::Sqlite(sqlite) => {
                let mut connection = sqlite.reader().acquire().await?;
                Connection::Sqlite(&mut connection).fetch(sql, args).await
            }
            Opened::Postgres(postgres) => {
                let mut connection = postgres.pool().acquire().await?;
                Connection::Postgres(&mut connection).fetch(sql, args).await
            }
        }
    }

    /// Runs one statement, which is a transaction by itself; how many rows it changed. It must be idempotent: it is run
    /// again when the connection broke.
    pub async fn execute(&self, sql: impl Into<Sql<'_>>, args: Vec<Arg>) -> Result<u64, StoreError> {
        let sql = sql.into();
        self.retry(|| async { self.execute_once(sql, args.clone()).await.map_err(|fault| self.error(fault)) })
            .await
    }

    async fn execute_once(&self, sql: Sql<'_>, args: Vec<Arg>) -> Result<u64, Fault> {
        match &self.inner.opened {
            Opened::Sqlite(sqlite) => {
                let mut writer = sqlite.writer().await?;
                Connection::Sqlite(&mut writer).execute(sql, args).await
            }
            Opened::Postgres(postgres) => {
                let mut connection = postgres.pool().acquire().await?;
                Connection::Postgres(&mut connection).execute(sql, args).await
            }
        }
    }

    /// Inserts rows that are alike where `sql` says `{rows}`, all or nothing. On a `SQLite` file few rows are one statement,
    /// which is a transaction by itself: begin and commit would each cost a way to the connection's thread and back.
    pub async fn insert(&self, sql: &str, rows: Vec<Vec<Arg>>) -> Result<(), StoreError> {
        let inserted = match &self.inner.opened {
            Opened::Sqlite(sqlite) if rows.len() <= ROWS => match sqlite.writer().await {
                Ok(mut writer) => Connection::Sqlite(&mut writer).insert(sql, rows).await,
                Err(fault) => Err(fault),
            },
            Opened::Sqlite(_) | Opened::Postgres(_) => {
                let mut transaction = self.begin().await?;
                transaction.insert(sql, rows).await?;
                return transaction.commit().await;
            }
        };
        inserted.map(drop).map_err(|fault| self.error(fault))
    }

    /// Begins a transaction that sees one moment.
    pub async fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        let begun = match &self.inner.opened {
            Opened::Sqlite(sqlite) => sqlite.reader().begin().await.map(Reading::Sqlite).map_err(Fault::from),
            Opened::Postgres(postgres) => postgres.begin_reading().await.map(Reading::Postgres),
        };
        let inner = begun.map_err(|fault| self.error(fault))?;
        Ok(ReadTransaction { place: Arc::clone(&self.inner.shown), inner })
    }

    /// Begins a transaction that writes. On `SQLite` writers follow one another.
    pub async fn begin(&self) -> Result<WriteTransaction, StoreError> {
        self.begin_checked(None).await.map_err(|fault| self.error(fault))
    }

    /// The same for what evaluation or planning decided: refused when another engine holds the lease.
    pub async fn begin_as_leader(&self) -> Result<WriteTransaction, StoreError> {
        self.begin_checked(self.inner.fence.get()).await.map_err(|fault| self.error(fault))
    }

    async fn begin_checked(&self, fence: Option<&Fence>) -> Result<WriteTransaction, Fault> {
        let place = Arc::clone(&self.inner.shown);
        match &self.inner.opened {
            Opened::Sqlite(sqlite) => WriteTransaction::on_sqlite(place, sqlite.writer().await?).await,
            Opened::Postgres(postgres) => {
                let mut transaction = postgres.begin_writing().await?;
                if let Some(fence) = fence {
                    fence.check(&mut transaction).await?;
                }
                Ok(WriteTransaction::on_postgres(place, transaction))
            }
        }
    }

    /// Runs a transaction a second time when the connection broke or another transaction was in the way. It must be
    /// idempotent: the first one may have been committed unknown to us.
    pub async fn retry<T, E: StoreFailure, F>(&self, attempt: impl Fn() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        match attempt().await {
            Err(error) if error.store_error().is_some_and(|error| matches!(error.fault, Fault::Lost(_))) => {
                tracing::warn!(reason = ?error.store_error(), "a database transaction is tried again");
                attempt().await
            }
            outcome => outcome,
        }
    }

    /// Waits for what is under way and closes the connections.
    pub async fn close(&self) {
        match &self.inner.opened {
            Opened::Sqlite(sqlite) => sqlite.close().await,
            Opened::Postgres(postgres) => postgres.close().await,
        }
    }
}
