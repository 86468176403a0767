//! Databases: where they are, how they are opened, their schema, and what their errors mean. What is in them is the
//! business of whoever opens one (`ledger` today).
//!
//! SQL lives in files: the schema's in `migrations/`, each room's own beside its code.

mod fault;
pub mod lease;
mod migrate;
mod place;
pub mod postgres;
pub mod sqlite;
mod write_lock;

pub use fault::Fault;
pub use migrate::SCHEMA_VERSION;
pub use place::{Mode, Place, Server};

/// A connection in the middle of a transaction that somebody else ends.
#[derive(Debug)]
pub enum Connection<'a> {
    /// To a `SQLite` file.
    Sqlite(&'a mut sqlx::SqliteConnection),
    /// To a `PostgreSQL` database.
    Postgres(&'a mut sqlx::PgConnection),
}
