//! The engine's HTTP: for now, Prometheus' query API over the embedded store.

pub mod prometheus;
