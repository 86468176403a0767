//! What is computed and never waits. Time is an argument, and what is needed is handed in, so that live evaluation,
//! replay and tests share one path: this crate has no runtime, no database and no HTTP among its dependencies.

pub mod alert;
pub mod buckets;
pub mod budget;
pub mod counting;
pub mod generate;
pub mod policy;
pub mod promql;
pub mod route;
pub mod samples;
pub mod slo;
pub mod source;
pub mod status;
