//! How a source is doing, for people and metrics. Pure.

use slo_core::time::{Span, Timestamp};

/// The requests to one source since the start, and what the last ones came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    /// Requests that were answered, if only with a refusal of the question.
    pub answered: u64,
    /// Requests that were not answered, or with a failure of the server or of our credentials.
    pub failed: u64,
    /// How long all of them took, in seconds.
    pub seconds: f64,
    /// Answers that lacked data.
    pub partial: u64,
    /// When a request was answered last.
    pub last_success: Option<Timestamp>,
    /// Why the last request failed; `None` when it was answered.
    pub error: Option<String>,
    /// How far its clock is ahead of ours, to about a second; `None` when it does not say what time it is.
    pub clock_skew: Option<Span>,
    /// Name and version, when it was asked.
    pub version: Option<String>,
}

impl Health {
    /// Whether the last request was answered; `None` before the first.
    pub fn is_up(&self) -> Option<bool> {
        (self.answered + self.failed > 0).then(|| self.error.is_none())
    }
}
