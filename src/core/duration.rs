//! Durations as Prometheus writes them (`5m`, `1h30m`, `500ms`, `0`), and lengths of time for people.

use std::error::Error;
use std::fmt;

/// Units in the order in which they must come, with their milliseconds.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The text, which is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDuration(pub String);

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a valid duration; write e.g. 30s, 5m or 1h30m", self.0)
    }
}

impl Error for InvalidDuration {}

/// The milliseconds of a duration: whole numbers with units, larger units first and each at most once; or `0`.
pub fn parse(text: &str) -> Result<i64, InvalidDuration> {
    milliseconds(text).ok_or_else(|| InvalidDuration(text.to_owned()))
}

/// As [`parse()`], of a length that something lasts: zero is refused, too.
pub fn positive(text: &str) -> Result<i64, InvalidDuration> {
    milliseconds(text).filter(|ms| *ms > 0).ok_or_else(|| InvalidDuration(text.to_owned()))
}

fn milliseconds(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let (count, name, after) = first_part(rest)?;
        let (_, size) = units.find(|(unit, _)| *unit == name)?;
        sum = sum.checked_add(count.checked_mul(*size)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
}

/// The number at the start, the letters after it, and the rest.
fn first_part(text: &str) -> Option<(i64, &str, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, after) = text.split_at_checked(digits)?;
    let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    let (unit, rest) = after.split_at_checked(letters)?;
    Some((count.parse().ok()?, unit, rest))
}

/// A whole number and one unit, as `OpenSLO` writes lengths: `30d` is 30 and `d`. Which units there are is the caller's.
pub fn number_and_unit(text: &str) -> Option<(i64, &str)> {
    match first_part(text)? {
        (count, unit, "") => Some((count, unit)),
        _ => None,
    }
}

/// A duration of `ms` milliseconds in its largest whole unit up to days: `90m`, `2d`, `1500ms`.
pub fn format(ms: i64) -> String {
    let whole = UNITS.iter().skip(2).find(|(_, size)| ms >= *size && ms % size == 0);
    match whole {
        Some((unit, size)) => format!("{}{unit}", ms / size),
        None if ms % 1000 == 0 => format!("{}s", ms / 1000),
        None => format!("{ms}ms"),
    }
}

/// As [`format()`], without the part of a second: how long something took, for people.
pub fn to_the_second(ms: i64) -> String {
    of_seconds(ms / 1000)
}

/// As [`format()`], of whole seconds.
pub fn of_seconds(seconds: i64) -> String {
    format(seconds.saturating_mul(1000))
}

/// A length in its two largest units, for a table: `3d 4h`, `5m`, `<1m`.
pub fn brief(seconds: i64) -> String {
    let (days, hours, minutes) = days_hours_minutes(seconds);
    match (days, hours, minutes) {
        (365.., _, _) => format!("{:.1}y", seconds as f64 / (365.0 * 86_400.0)),
        (14.., _, _) => format!("{days}d"),
        (1.., _, _) => format!("{days}d {hours}h"),
        (_, 1.., _) => format!("{hours}h {minutes}m"),
        (_, _, 1..) => format!("{minutes}m"),
        _ => "<1m".to_owned(),
    }
}

/// A length in its two largest units, for a message: `3 d 4 h`, `5 min`, `less than a minute`.
pub fn spelled(ms: i64) -> String {
    match days_hours_minutes(ms.max(0) / 1000) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn days_hours_minutes(seconds: i64) -> (i64, i64, i64) {
    (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_prometheus() {
        for (text, ms) in [
            ("0", 0),
            ("0s", 0),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("2w", 1_209_600_000),
            ("1y", 31_536_000_000),
            ("1s500ms", 1500),
            ("1d2h3m4s5ms", 93_784_005),
        ] {
            assert_eq!(parse(text), Ok(ms), "{text}");
        }
        for text in [
            "",
            "5",
            "m",
            "30m1h",
            "1h1h",
            "5m1h5m",
            "-5m",
            "1.5h",
            "5 m",
            "5min",
            "99999999999999999999y",
            "9999999999999y",
        ] {
            assert_eq!(parse(text), Err(InvalidDuration(text.to_owned())), "{text}");
        }
        assert_eq!((positive("0s").is_err(), positive("1s")), (true, Ok(1000)));
        assert_eq!(
            parse("5m1h").unwrap_err().to_string(),
            "\"5m1h\" is not a valid duration; write e.g. 30s, 5m or 1h30m"
        );
    }

    #[test]
    fn shorthand_is_one_number_and_one_unit() {
        assert_eq!(number_and_unit("30d"), Some((30, "d")));
        assert_eq!(number_and_unit("1Q"), Some((1, "Q")));
        for text in ["", "d", "30", "1h30m", "-1d", "1 d", "1d ", "+1d"] {
            assert_eq!(number_and_unit(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (ms, text) in [
            (0, "0s"),
            (90_000, "90s"),
            (600_000, "10m"),
            (5_400_000, "90m"),
            (14_400_000, "4h"),
            (172_800_000, "2d"),
            (1500, "1500ms"),
        ] {
            assert_eq!(format(ms), text);
            assert_eq!(parse(text), Ok(ms));
        }
        assert_eq!([of_seconds(3600), to_the_second(90_999)], ["1h", "90s"]);
    }

    #[test]
    fn lengths_for_people_have_two_units() {
        let lengths = [30, 90, 3700, 90_000, 20 * 86_400, 800 * 86_400];
        assert_eq!(lengths.map(brief), ["<1m", "1m", "1h 1m", "1d 1h", "20d", "2.2y"]);
        let spelt = lengths.map(|seconds| spelled(seconds * 1000));
        assert_eq!(
            spelt.each_ref().map(String::as_str),
            ["less than a minute", "1 min", "1 h 1 min", "1 d 1 h", "20 d 0 h", "800 d 0 h"]
        );
    }
}
