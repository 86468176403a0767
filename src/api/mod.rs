//! The engine's HTTP: its own status and metrics, and Prometheus' query API over the embedded store.

pub mod guard;
mod health;
pub mod incidents;
mod metrics;
mod origin;
pub mod prometheus;
pub mod v2;
mod why;

pub use health::{Reload, ReloadRequest, Shared, router};
pub use metrics::EngineMetrics;
