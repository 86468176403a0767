//! What every channel does: take a notification, and answer how that went.

use async_trait::async_trait;

use slo_core::time::{Span, Timestamp};
use slo_model::route::Notification;

/// How a channel took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has it.
    Accepted,
    /// Not now; perhaps after as long as it asked for.
    Retry {
        /// What it asked for.
        asked: Option<Span>,
        /// For people.
        reason: String,
    },
    /// Never.
    Refused(String),
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it went.
    pub verdict: Verdict,
    /// The status, HTTP's or SMTP's, if there was an answer.
    pub status: Option<u16>,
    /// The start of what was answered.
    pub excerpt: String,
}

impl Answer {
    /// No answer, and none to be expected.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Refused(reason.into()), status: None, excerpt: String::new() }
    }

    /// No answer this time.
    pub fn retry(reason: impl Into<String>) -> Self {
        let verdict = Verdict::Retry { asked: None, reason: reason.into() };
        Self { verdict, status: None, excerpt: String::new() }
    }
}

/// One way out. It tries once; trying again is the worker's.
#[async_trait]
pub trait Channel: Send + Sync {
    /// `email`, `slack`, `pagerduty`, `webhook` or `alertmanager_webhook`.
    fn kind(&self) -> &'static str;

    /// Sends a message at `now`, bounded in time.
    async fn send(&self, notification: &Notification, now: Timestamp) -> Answer;
}
