//! Times as Alertmanager reads and writes them.

use chrono::{NaiveDateTime, SecondsFormat};

use slo_core::time::Timestamp;

/// Year 1, Go's zero time: it stands for "absent".
const YEAR_2: Timestamp = Timestamp::from_ms(-62_104_060_800_000);

/// A time as text; `None` for one that means "absent".
pub(super) fn read(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = text
        .parse::<Timestamp>()
        .or_else(|_| {
            let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
            local.map(|time| time.and_utc().into())
        })
        .map_err(|error| format!("parsing time {text:?}: {error}; write 2026-09-04T00:00:00Z"))?;
    Ok(Some(time).filter(|time| *time >= YEAR_2))
}

/// RFC 3339 with milliseconds, in UTC.
pub(super) fn write(at: Timestamp) -> String {
    at.datetime().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, at_ms};

    #[test]
    fn year_one_is_absent() {
        assert_eq!(read("0001-01-01T00:00:00Z"), Ok(None));
        assert_eq!(read("0001-01-01T00:00:00.000Z"), Ok(None));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("1970-01-01T00:00:01Z"), Ok(Some(at(1))));
        assert_eq!(read("1970-01-01T02:00:00.5+02:00"), Ok(Some(at_ms(500))));
        assert!(read("yesterday").is_err());
        assert_eq!(write(at_ms(500)), "1970-01-01T00:00:00.500Z");
    }
}
