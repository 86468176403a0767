//! Times as Alertmanager reads and writes them.

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

/// Year 1, Go's zero time: it stands for "absent".
const YEAR_2: i64 = -62_104_060_800_000;

/// A time as text; `None` for one that means "absent".
pub(super) fn read(text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let ms = DateTime::parse_from_rfc3339(text)
        .map(|time| time.timestamp_millis())
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .map(|time| time.and_utc().timestamp_millis())
        })
        .map_err(|error| format!("parsing time {text:?}: {error}; write 2026-09-04T00:00:00Z"))?;
    Ok(Some(ms).filter(|ms| *ms >= YEAR_2))
}

/// RFC 3339 with milliseconds, in UTC.
pub(super) fn write(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .unwrap_or(DateTime::UNIX_EPOCH)
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_one_is_absent() {
        assert_eq!(read("0001-01-01T00:00:00Z"), Ok(None));
        assert_eq!(read("0001-01-01T00:00:00.000Z"), Ok(None));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("1970-01-01T00:00:01Z"), Ok(Some(1000)));
        assert_eq!(read("1970-01-01T02:00:00.5+02:00"), Ok(Some(500)));
        assert!(read("yesterday").is_err());
        assert_eq!(write(500), "1970-01-01T00:00:00.500Z");
    }
}
