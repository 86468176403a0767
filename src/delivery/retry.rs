//! When a message is tried again. Pure: the random part is handed in.

use slo_core::time::{Span, Timestamp};
/// How long and how often is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// The most that is waited after the first attempt; it doubles from there.
    pub base: Span,
    /// The most that is ever waited unasked. After an outage a page comes at most so late.
    pub cap: Span,
    /// The most that `Retry-After` may ask for.
    pub max_retry_after: Span,
    /// How long a message is tried, counted from its first attempt.
    pub limit: Span,
}

impl Default for RetrySettings {
    /// 1 s, doubling up to a minute, for 24 h; a receiver may ask for an hour's rest.
    fn default() -> Self {
        Self {
            base: Span::SECOND,
            cap: Span::minutes(1),
            max_retry_after: Span::hours(1),
            limit: Span::hours(24),
        }
    }
}

/// The wait before the next attempt, or `None` when the limit is over: `attempts` were made since
/// `first_at`, the last one ended at `now`, the receiver asked for `asked`, and `random` lies in 0 to 1.
///
/// Full jitter: anything between nothing and the ceiling, so that many messages that failed together do not come back
/// together. The last attempt is made when the limit ends, not before it.
pub fn wait(
    settings: &RetrySettings,
    attempts: i64,
    first_at: Timestamp,
    now: Timestamp,
    asked: Option<Span>,
    random: f64,
) -> Option<Span> {
    let left = first_at + settings.limit - now;
    if left <= Span::ZERO {
        return None;
    }
    let jitter = Span::from_ms((ceiling(settings, attempts).ms() as f64 * random.clamp(0.0, 1.0)) as i64);
    let asked = asked.unwrap_or(Span::ZERO).clamp(Span::ZERO, settings.max_retry_after);
    // Never at once: an answer that fails fast would be asked in a tight loop.
    Some(jitter.max(asked).max(settings.base.min(Span::from_ms(100))).min(left))
}

fn ceiling(settings: &RetrySettings, attempts: i64) -> Span {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 40)).unwrap_or(40);
    (settings.base * (1_i64 << doublings)).min(settings.cap)
}

/// Reads a `Retry-After` header, seconds or a date, as the time from `now`.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Span> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Span::from_seconds(i64::from(seconds)));
    }
    let at = Timestamp::from(chrono::DateTime::parse_from_rfc2822(header).ok()?);
    Some((at - now).max(Span::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, at_ms, ms};

    const HOUR: Span = Span::hours(1);

    fn settings() -> RetrySettings {
        RetrySettings::default()
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let longest = |attempts| wait(&settings(), attempts, at(0), at(0), None, 1.0).unwrap().ms();
        assert_eq!([1, 2, 3, 6, 7, 8].map(longest), [1000, 2000, 4000, 32_000, 60_000, 60_000]);
        assert_eq!(longest(i64::MAX), 60_000);
        assert_eq!(wait(&settings(), 7, at(0), at(0), None, 0.5), Some(ms(30_000)));
        assert_eq!(wait(&settings(), 7, at(0), at(0), None, 0.0), Some(ms(100)));
    }

    #[test]
    fn what_the_receiver_asks_for_is_waited_within_reason() {
        assert_eq!(wait(&settings(), 1, at(0), at(0), Some(ms(30_000)), 1.0), Some(ms(30_000)));
        assert_eq!(wait(&settings(), 8, at(0), at(0), Some(ms(10)), 1.0), Some(ms(60_000)));
        assert_eq!(wait(&settings(), 1, at(0), at(0), Some(ms(i64::MAX)), 1.0), Some(HOUR));
        assert_eq!(wait(&settings(), 1, at(0), at(0), Some(ms(-5)), 0.0), Some(ms(100)));
    }

    #[test]
    fn the_last_attempt_is_at_the_limit() {
        assert_eq!(wait(&settings(), 99, at(0), at(0) + HOUR * 24 - ms(10), None, 1.0), Some(ms(10)));
        assert_eq!(wait(&settings(), 99, at(0), at(0) + HOUR * 24, None, 1.0), None);
        assert_eq!(wait(&settings(), 99, at(0), Timestamp::MAX, None, 1.0), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = at_ms(1_700_000_000_000);
        assert_eq!(retry_after(" 120 ", now), Some(ms(120_000)));
        assert_eq!(retry_after("Tue, 14 Nov 2023 22:14:20 GMT", now), Some(ms(60_000)));
        assert_eq!(retry_after("Tue, 14 Nov 2023 22:00:00 GMT", now), Some(ms(0)));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-5", now), None);
    }
}
