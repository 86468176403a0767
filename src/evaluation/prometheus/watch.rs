//! Keeps an eye on one server: how its requests end, what its clock says, and whether it is still the same version.

use std::sync::{Mutex, PoisonError};

use super::transport::Reply;
use slo_core::time::{Span, Timestamp};
use slo_model::source::{Health, SourceError};

/// A version is asked for again after so long, and after each outage.
const VERSION_FOR: Span = Span::minutes(10);

/// What is known of the server.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    health: Health,
    /// What `health.version` was before it was forgotten, and when it was learned.
    version: Option<(String, Timestamp)>,
    /// How often it came back after a failure: what was found out before may not hold any more.
    returns: u64,
}

impl Watch {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a request ended at `now`.
    pub fn asked(&self, result: &Result<Reply, SourceError>, seconds: f64, now: Timestamp) {
        let mut known = self.known();
        known.health.seconds += seconds;
        let error = match result {
            Ok(reply) if matches!(reply.status, 401 | 403 | 429 | 500..) => {
                Some(super::failure::of_reply(reply, "").to_string())
            }
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Ok(reply) = result {
            known.health.clock_skew = reply.clock_skew.or(known.health.clock_skew);
        }
        if error.is_some() {
            known.health.failed += 1;
        } else {
            known.health.answered += 1;
            known.health.last_success = Some(now);
            let is_back = known.health.error.is_some();
            known.returns += u64::from(is_back);
            if is_back || known.version.as_ref().is_some_and(|(_, at)| now - *at > VERSION_FOR) {
                known.health.version = None;
            }
        }
        known.health.error = error;
    }

    /// An answer lacked data.
    pub fn was_partial(&self) {
        self.known().health.partial += 1;
    }

    /// Notes the version that it says it is at `now`, and tells when that changed.
    pub fn is_version(&self, server: &str, version: &str, now: Timestamp) {
        let mut known = self.known();
        known.health.version = Some(version.to_owned());
        let before = known.version.replace((version.to_owned(), now));
        if let Some((before, _)) = before.filter(|(before, _)| before != version) {
            known.returns += 1;
            tracing::warn!(server, before, version, "the source is another version now");
        }
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        self.known().health.clone()
    }

    /// Changes when what was found out about the server has to be found out again.
    pub fn returns(&self) -> u64 {
        self.known().returns
    }
}
