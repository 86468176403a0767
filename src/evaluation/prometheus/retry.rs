//! When a request is sent again, and how long is waited before. Pure but for the random part of the wait.

use std::time::Duration;

use chrono::DateTime;
use rand::RngExt;

use slo_base::config::source::RetrySettings;
use slo_core::time::Timestamp;

/// A server that asks for a day may have asked by mistake; and whoever is on call wants to know that it is back.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// How one try ended, as far as trying again is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer, or a failure that would only repeat itself.
    Final,
    /// A failure that may pass; with the wait that the server asked for, if it did.
    Passing(Option<Duration>),
}

/// The wait before the next try, or `None` when there is none: `tries` were made, the last one ended in `outcome`.
pub(super) fn wait(settings: &RetrySettings, tries: u32, outcome: Outcome) -> Option<Duration> {
    let asked = match outcome {
        Outcome::Final => return None,
        Outcome::Passing(_) if tries > settings.retries => return None,
        Outcome::Passing(asked) => asked,
    };
    let jitter = rand::rng().random_range(Duration::ZERO..=ceiling(settings, tries));
    match asked {
        // A server that wants to rest for long is left alone, see `rest`.
        Some(asked) if asked > settings.max_retry_after => None,
        Some(asked) => Some(asked.max(jitter)),
        None => Some(jitter),
    }
}

/// How long nobody is to ask a server that answered so: what it asked for, if that is longer than a question waits.
pub(super) fn rest(settings: &RetrySettings, outcome: Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Passing(Some(asked)) if asked > settings.max_retry_after => Some(asked.min(LONGEST_REST)),
        Outcome::Final | Outcome::Passing(_) => None,
    }
}

/// The most that is waited after so many tries. The wait itself is random below it ("full jitter"), so that many
/// engines that lost the same server do not come back together.
fn ceiling(settings: &RetrySettings, tries: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
    settings.base.saturating_mul(doubled).min(settings.cap)
}

/// Reads a `Retry-After` header: seconds, or a date.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = Timestamp::from(DateTime::parse_from_rfc2822(header).ok()?);
    Some((at - now).to_std())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> RetrySettings {
        RetrySettings {
            retries: 3,
            base: Duration::from_millis(100),
            cap: Duration::from_millis(250),
            max_retry_after: Duration::from_secs(10),
        }
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let ceilings: Vec<_> = (1..=4).map(|tries| ceiling(&settings(), tries).as_millis()).collect();
        assert_eq!(ceilings, [100, 200, 250, 250]);
        assert_eq!(ceiling(&settings(), u32::MAX).as_millis(), 250);
    }

    #[test]
    fn waits_are_spread_below_the_ceiling_and_end_with_the_retries() {
        let waits: Vec<_> = (0..200).filter_map(|_| wait(&settings(), 1, Outcome::Passing(None))).collect();
        assert_eq!(waits.len(), 200);
        assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(100)));
        assert!(waits.iter().any(|wait| *wait < Duration::from_millis(50)));
        assert!(waits.iter().any(|wait| *wait > Duration::from_millis(50)));
        assert!(wait(&settings(), 3, Outcome::Passing(None)).is_some());
        assert!(wait(&settings(), 4, Outcome::Passing(None)).is_none());
        assert!(wait(&settings(), 1, Outcome::Final).is_none());
    }

    #[test]
    fn what_the_server_asks_for_is_waited_unless_it_is_too_long() {
        let after = |seconds| wait(&settings(), 1, Outcome::Passing(Some(Duration::from_secs(seconds))));
        assert_eq!(after(7), Some(Duration::from_secs(7)));
        assert!(after(0).is_some_and(|wait| wait <= Duration::from_millis(100)));
        assert_eq!(after(11), None);
        let rest = |seconds| rest(&settings(), Outcome::Passing(Some(Duration::from_secs(seconds))));
        assert_eq!(
            [rest(7), rest(11), rest(86_400)],
            [None, Some(Duration::from_secs(11)), Some(LONGEST_REST)]
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_seconds(784_111_777);
        let read = |header| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(read(" 120 "), Some(120));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:40 GMT"), Some(3));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }
}
