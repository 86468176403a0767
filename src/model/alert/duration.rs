//! Durations as Prometheus' files write them: `5m`, `1h30m`, `90s`, `500ms`, and `0`.

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

/// The milliseconds of a duration, `None` when the text is none. Each unit comes at most once, larger ones first.
pub fn parse_duration(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(letters)?;
        let (_, size) = units.find(|(unit, _)| *unit == name)?;
        sum = sum.checked_add(count.parse::<i64>().ok()?.checked_mul(*size)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
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
        ] {
            assert_eq!(parse_duration(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "5",
            "m",
            "30m1h",
            "1h1h",
            "-5m",
            "1.5h",
            "5 m",
            "5min",
            "99999999999999999999y",
            "9999999999999y",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
