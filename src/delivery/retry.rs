//! When a message is tried again. Pure: the random part is handed in.

/// How long and how often is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// The most that is waited after the first attempt, milliseconds; it doubles from there.
    pub base_ms: i64,
    /// The most that is ever waited unasked, milliseconds. After an outage a page comes at most so late.
    pub cap_ms: i64,
    /// The most that `Retry-After` may ask for, milliseconds.
    pub max_retry_after_ms: i64,
    /// How long a message is tried, counted from its first attempt, milliseconds.
    pub limit_ms: i64,
}

impl Default for RetrySettings {
    /// 1 s, doubling up to a minute, for 24 h; a receiver may ask for an hour's rest.
    fn default() -> Self {
        Self { base_ms: 1000, cap_ms: 60_000, max_retry_after_ms: 3_600_000, limit_ms: 24 * 3_600_000 }
    }
}

/// The wait before the next attempt, milliseconds, or `None` when the limit is over: `attempts` were made since
/// `first_at`, the last one ended at `now_ms`, the receiver asked for `asked_ms`, and `random` lies in 0 to 1.
///
/// Full jitter: anything between nothing and the ceiling, so that many messages that failed together do not come back
/// together. The last attempt is made when the limit ends, not before it.
pub fn wait(
    settings: &RetrySettings,
    attempts: i64,
    first_at: i64,
    now_ms: i64,
    asked_ms: Option<i64>,
    random: f64,
) -> Option<i64> {
    let left = first_at.saturating_add(settings.limit_ms).saturating_sub(now_ms);
    if left <= 0 {
        return None;
    }
    let jitter = (ceiling(settings, attempts) as f64 * random.clamp(0.0, 1.0)) as i64;
    let asked = asked_ms.unwrap_or(0).clamp(0, settings.max_retry_after_ms);
    // Never at once: an answer that fails fast would be asked in a tight loop.
    Some(jitter.max(asked).max(settings.base_ms.min(100)).min(left))
}

fn ceiling(settings: &RetrySettings, attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 40)).unwrap_or(40);
    settings.base_ms.saturating_mul(1_i64 << doublings).min(settings.cap_ms)
}

/// Reads a `Retry-After` header, seconds or a date, as milliseconds from now.
pub fn retry_after_ms(header: &str, now_ms: i64) -> Option<i64> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(i64::from(seconds) * 1000);
    }
    let at_ms = chrono::DateTime::parse_from_rfc2822(header).ok()?.timestamp_millis();
    Some(at_ms.saturating_sub(now_ms).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn settings() -> RetrySettings {
        RetrySettings::default()
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let longest = |attempts| wait(&settings(), attempts, 0, 0, None, 1.0).unwrap();
        assert_eq!([1, 2, 3, 6, 7, 8].map(longest), [1000, 2000, 4000, 32_000, 60_000, 60_000]);
        assert_eq!(longest(i64::MAX), 60_000);
        assert_eq!(wait(&settings(), 7, 0, 0, None, 0.5), Some(30_000));
        assert_eq!(wait(&settings(), 7, 0, 0, None, 0.0), Some(100));
    }

    #[test]
    fn what_the_receiver_asks_for_is_waited_within_reason() {
        assert_eq!(wait(&settings(), 1, 0, 0, Some(30_000), 1.0), Some(30_000));
        assert_eq!(wait(&settings(), 8, 0, 0, Some(10), 1.0), Some(60_000));
        assert_eq!(wait(&settings(), 1, 0, 0, Some(i64::MAX), 1.0), Some(HOUR));
        assert_eq!(wait(&settings(), 1, 0, 0, Some(-5), 0.0), Some(100));
    }

    #[test]
    fn the_last_attempt_is_at_the_limit() {
        assert_eq!(wait(&settings(), 99, 0, 24 * HOUR - 10, None, 1.0), Some(10));
        assert_eq!(wait(&settings(), 99, 0, 24 * HOUR, None, 1.0), None);
        assert_eq!(wait(&settings(), 99, 0, i64::MAX, None, 1.0), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = 1_700_000_000_000;
        assert_eq!(retry_after_ms(" 120 ", now), Some(120_000));
        assert_eq!(retry_after_ms("Tue, 14 Nov 2023 22:14:20 GMT", now), Some(60_000));
        assert_eq!(retry_after_ms("Tue, 14 Nov 2023 22:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_ms("soon", now), None);
        assert_eq!(retry_after_ms("-5", now), None);
    }
}
