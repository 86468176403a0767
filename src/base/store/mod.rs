//! Databases: where they are, how they are opened, their schema, who writes next, and what their errors mean. What is in
//! one is the business of whoever borrows the [`Store`].
//!
//! SQL lives in files: the schema's in `migrations/`, each room's own beside its code.

mod engine;
mod fault;
mod handle;
pub mod lease;
mod migrate;
mod place;
mod postgres;
mod sqlite;
mod statement;
mod transaction;

pub use engine::ENGINE;
pub use fault::{Fault, StoreError, StoreFailure};
pub use handle::Store;
pub use migrate::{Migration, Schema, Versions};
pub use place::{Mode, Place, Server, sqlite_url};
pub use statement::{Arg, Row, Sql};
pub use transaction::{ReadTransaction, WriteTransaction};
