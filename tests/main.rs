//! The one integration-test binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop here; clippy excuses only the #[test] functions themselves"
)]

mod cli;
mod deliver;
mod desk;
mod embedded;
mod engine;
mod fire;
mod house;
mod ledger;
mod platform;
mod prometheus_source;
mod route;
mod servers;
mod traces;

mod spec;
