//! Time as a value that is handed in: the system's clock, and one that a test or a replay moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use slo_core::time::Timestamp;

/// Where "now" comes from. Nothing outside this file reads the system's time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's own time.
    System,
    /// Milliseconds since the epoch, moved by whoever holds the other end.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `unix_ms` until it is moved.
    pub fn manual(unix_ms: i64) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(unix_ms)))
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may read the system's time")]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(match self {
            Self::System => chrono::Utc::now().timestamp_millis(),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        })
    }

    /// Moves a manual clock to `unix_ms`; the system's clock is not ours to move.
    pub fn set_ms(&self, unix_ms: i64) {
        match self {
            Self::System => {}
            Self::Manual(at) => at.store(unix_ms, Ordering::SeqCst),
        }
    }
}
