//! Durations as Prometheus writes them (`5m`, `1h30m`, `500ms`, `0`), and lengths of time for people.

use std::error::Error;
use std::fmt;

use crate::time::Span;

/// Units in the order in which they must come.
const UNITS: [(&str, Span); 7] = [
    ("y", Span::days(365)),
    ("w", Span::days(7)),
    ("d", Span::days(1)),
    ("h", Span::hours(1)),
    ("m", Span::minutes(1)),
    ("s", Span::SECOND),
    ("ms", Span::MILLISECOND),
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

/// Reads a duration: whole numbers with units, larger units first and each at most once; or `0`.
pub fn parse(text: &str) -> Result<Span, InvalidDuration> {
    length(text).ok_or_else(|| InvalidDuration(text.to_owned()))
}

/// As [`parse()`], of a length that something lasts: zero is refused, too.
pub fn positive(text: &str) -> Result<Span, InvalidDuration> {
    length(text).filter(|length| *length > Span::ZERO).ok_or_else(|| InvalidDuration(text.to_owned()))
}

fn length(text: &str) -> Option<Span> {
    if text == "0" {
        return Some(Span::ZERO);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let (count, name, after) = first_part(rest)?;
        let (_, size) = units.find(|(unit, _)| *unit == name)?;
        sum = sum.checked_add(count.checked_mul(size.ms())?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(Span::from_ms(sum))
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

/// A duration in its largest whole unit up to days: `90m`, `2d`, `1500ms`.
pub fn format(length: Span) -> String {
    let whole = UNITS.iter().skip(2).find(|(_, size)| length >= *size && length % *size == Span::ZERO);
    match whole {
        Some((unit, size)) => format!("{}{unit}", length / *size),
        None if length.is_whole_seconds() => format!("{}s", length / Span::SECOND),
        None => format!("{}ms", length.ms()),
    }
}

/// As [`format()`], without the part of a second: how long something took, for people.
pub fn to_the_second(length: Span) -> String {
    format(length - length % Span::SECOND)
}

/// A length in its two largest units, for a table: `3d 4h`, `5m`, `<1m`.
pub fn brief(length: Span) -> String {
    let (days, hours, minutes) = days_hours_minutes(length);
    match (days, hours, minutes) {
        (365.., _, _) => format!("{:.1}y", length.as_seconds_f64() / Span::days(365).as_seconds_f64()),
        (14.., _, _) => format!("{days}d"),
        (1.., _, _) => format!("{days}d {hours}h"),
        (_, 1.., _) => format!("{hours}h {minutes}m"),
        (_, _, 1..) => format!("{minutes}m"),
        _ => "<1m".to_owned(),
    }
}

/// A length in its two largest units, for a message: `3 d 4 h`, `5 min`, `less than a minute`.
pub fn spelled(length: Span) -> String {
    match days_hours_minutes(length.max(Span::ZERO)) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn days_hours_minutes(length: Span) -> (i64, i64, i64) {
    (length / Span::days(1), length / Span::hours(1) % 24, length / Span::minutes(1) % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::short::{ms, secs};

    #[test]
    fn durations_are_prometheus() {
        for (text, length) in [
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
            assert_eq!(parse(text), Ok(ms(length)), "{text}");
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
        assert_eq!((positive("0s").is_err(), positive("1s")), (true, Ok(secs(1))));
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
        for (length, text) in [
            (0, "0s"),
            (90_000, "90s"),
            (600_000, "10m"),
            (5_400_000, "90m"),
            (14_400_000, "4h"),
            (172_800_000, "2d"),
            (1500, "1500ms"),
        ] {
            assert_eq!(format(ms(length)), text);
            assert_eq!(parse(text), Ok(ms(length)));
        }
        assert_eq!([format(secs(3600)), to_the_second(ms(90_999))], ["1h", "90s"]);
    }

    #[test]
    fn lengths_for_people_have_two_units() {
        let lengths = [30, 90, 3700, 90_000, 20 * 86_400, 800 * 86_400].map(secs);
        assert_eq!(lengths.map(brief), ["<1m", "1m", "1h 1m", "1d 1h", "20d", "2.2y"]);
        let spelt = lengths.map(spelled);
        assert_eq!(
            spelt.each_ref().map(String::as_str),
            ["less than a minute", "1 min", "1 h 1 min", "1 d 1 h", "20 d 0 h", "800 d 0 h"]
        );
    }
}
