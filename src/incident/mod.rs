//! What came in and what became of it: alerts, silences, incidents; who did what, and when. In memory for reading, on
//! `SQLite` or `PostgreSQL` before anybody is told it was taken.

pub mod alerts;
pub mod audit;
pub mod database;
pub mod matcher;
pub mod pairs;
pub mod silences;
