//! What every program here stands on: databases, HTTP servers, telemetry, settings and the clock. Knows nothing of objectives or
//! alerts, so that the platform API can use it too.

pub mod clock;
pub mod config;
pub mod http;
pub mod store;
pub mod telemetry;
