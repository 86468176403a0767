//! What the programs tell about themselves: logs, and metrics in a registry that is handed around, never global.
//! Which metrics there are is decided where the events happen; here is what all of them share.

pub mod event;
pub mod exposition;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod process;
