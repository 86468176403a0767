//! The one integration-test binary.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop here; clippy excuses only the #[test] functions themselves"
)]

mod alert_service;
mod cli;
mod deliver;
mod embedded;
mod engine;
mod fire;
mod house;
mod ledger;
mod platform;
mod prometheus_source;
mod route;
mod servers;
mod stores;
mod surface;
mod traces;
mod upgrade;
mod worlds;

mod definitions;
