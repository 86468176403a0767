//! The observability and SLO engine.

pub mod api;
pub mod app;
pub mod buckets;
pub mod budget;
pub mod cli;
pub mod clock;
pub mod config;
pub mod conventions;
pub mod counting;
pub mod engine;
pub mod evaluate;
pub mod labels;
pub mod ledger;
pub mod platform;
pub mod promql;
pub mod samples;
pub mod slo;
pub mod source;
pub mod spec;
pub mod status;
pub mod store;
pub mod suggest;
pub mod telemetry;
