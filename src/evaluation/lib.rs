//! From a Prometheus to verdicts: the source behind its HTTP API, what is asked of it, the ledger of what was counted, and
//! the engine that ticks, judges and fires.

pub mod engine;
pub mod evaluate;
pub mod ledger;
pub mod prometheus;
pub mod recount;
