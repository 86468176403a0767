//! The engine's HTTP: its own status and metrics, and Prometheus' query API over the embedded store.

mod health;
mod metrics;
pub mod prometheus;

pub use health::{Reload, ReloadRequest, Shared, router};
pub use metrics::EngineMetrics;
