//! The engine's HTTP: its own status and metrics, Prometheus' query API over the embedded store, Alertmanager's API, and
//! the console for people with a browser.

mod caller;
pub mod console;
mod credentials;
pub mod guard;
mod health;
pub mod incidents;
mod metrics;
mod needed;
mod origin;
pub mod prometheus;
mod refusal;
mod shell;
mod sources;
pub mod v2;
mod why;

pub use health::{Reload, ReloadRequest, Shared, router};
pub use metrics::EngineMetrics;
pub use refusal::under;
pub use shell::{LIMITS, shell};
