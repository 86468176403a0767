//! Databases with the engine's schema, as the engine opens them.

use std::sync::Arc;

use slo_base::store::{ENGINE, Store, StoreError};
use slo_core::time::Span;
use slo_evaluation::ledger::{self, Ledger, LedgerError};

/// The database at `url`, made and migrated where that is needed.
pub async fn store(url: &str) -> Result<Store, StoreError> {
    Store::open(url, &ENGINE).await
}

/// A ledger in a database of its own.
pub async fn ledger(url: &str, step: u32) -> Result<Arc<dyn Ledger>, LedgerError> {
    ledger::open(&store(url).await?, Span::from_seconds(step.into())).await
}

/// A ledger that is there already, to read it.
pub async fn ledger_to_read(url: &str) -> Result<Arc<dyn Ledger>, LedgerError> {
    ledger::open_to_read(&Store::open_to_read(url, &ENGINE).await?).await
}
