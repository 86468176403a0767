//! The shell around every HTTP server here: bounded connections, deadlines for heads, bodies and answers, a bound on requests
//! at once, a net for panics, an identifier for each request, and an end that waits for those under way and not for long.
//!
//! ```text
//! socket ─ listener (connections, head, idle) ─ identify (x-request-id, span, log) ─ bound (size, body, answer) ─ net ─ routes
//! ```
//! What a server says when it refuses is its own ([`Refusal`]); rate, errors and duration are counted by
//! [`telemetry::http`](crate::telemetry::http), around all this.

mod body;
mod connection;
mod identity;
mod layers;
mod limits;
mod listener;
mod server;

pub use layers::{Refusal, Shell};
pub use limits::Limits;
pub use server::serve;
