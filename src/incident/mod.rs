//! What came in and what became of it: alerts, silences, incidents; who did what, and when. In memory for reading, on
//! `SQLite` or `PostgreSQL` before anybody is told it was taken.

pub mod alerts;
pub mod audit;
pub mod database;
pub mod desk;
pub mod incidents;
pub mod links;
pub mod matcher;
pub mod memory;
pub mod metrics;
pub mod notifier;
pub mod pairs;
pub mod planned;
pub mod ports;
pub mod refusals;
pub mod silences;
mod sink;
pub mod stand_ins;
mod titles;
pub mod tokens;
pub mod told;

pub use desk::Desk;
