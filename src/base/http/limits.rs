//! What clients may cost.

use std::time::Duration;

/// Bounds on what clients can make a server do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; further ones wait in the socket's backlog.
    pub connections: usize,
    /// Requests at once; further ones are answered with 503.
    pub in_flight: usize,
    /// A connection on which nothing arrives or leaves for this long is closed.
    pub idle: Duration,
    /// A request's head that is not complete this long after it began is not waited for, nor is the first one of a
    /// connection; the connection is closed.
    pub head: Duration,
    /// A request's body that has not arrived by then is answered with 408.
    pub body: Duration,
    /// A request that is not answered by then is answered with 503.
    pub request: Duration,
    /// When stopping: how long requests under way may take before they are cut off.
    pub drain: Duration,
    /// Bytes of path and query; longer ones are answered with 414.
    pub uri_bytes: usize,
    /// Bytes of a request's body; larger ones are answered with 413.
    pub body_bytes: usize,
}

impl Default for Limits {
    /// For small questions and answers.
    fn default() -> Self {
        Self {
            connections: 1024,
            in_flight: 1024,
            idle: Duration::from_mins(1),
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            request: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            uri_bytes: 2048,
            body_bytes: 64 * 1024,
        }
    }
}
