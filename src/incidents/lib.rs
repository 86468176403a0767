//! What came in and what became of it: alerts, silences, incidents; who did what, and when. In memory for reading, on
//! `SQLite` or `PostgreSQL` before anybody is told it was taken.

pub mod alerts;
pub mod audit;
pub mod database;
pub mod delivery_status;
pub mod failover_links;
pub mod incidents;
pub mod links;
pub mod matcher;
pub mod memory;
pub mod metrics;
pub mod notify_loop;
pub mod ports;
pub mod raw_labels;
pub mod refusals;
pub mod service;
pub mod shared_planner;
pub mod silences;
mod sink;
mod titles;
pub mod tokens;

pub use service::AlertService;
