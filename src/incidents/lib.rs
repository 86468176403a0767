//! What came in and what became of it: alerts, silences, incidents; who did what, and when. In memory for reading, on
//! `SQLite` or `PostgreSQL` before it is acknowledged to the sender.

pub mod access;
pub mod alerts;
mod events;
pub mod incidents;
pub mod metrics;
pub mod notify;
mod records;
pub mod sequence;
pub mod service;
pub mod silences;

pub use service::AlertService;
