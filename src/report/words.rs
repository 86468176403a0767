//! Numbers, times and days as a report writes them: aligned digits, no exponents, no NaN.

use chrono::{Datelike, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;

use slo_core::text::one_line;
use slo_core::time::{Span, Timestamp};
use slo_model::route::local::to_local;

/// Names that others wrote are shown to this length.
const MOST_CHARACTERS: usize = 120;

/// What stands where there is no number.
pub const NONE: &str = "–";

/// A month's name.
pub fn month(day: NaiveDate) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES.get(day.month0() as usize).copied().unwrap_or_default()
}

/// A month's name, short.
pub fn short_month(day: NaiveDate) -> &'static str {
    month(day).get(..3).unwrap_or_default()
}

/// A weekday's name.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// `14 October`.
pub fn day(day: NaiveDate) -> String {
    format!("{} {}", day.day(), month(day))
}

/// `Wednesday 14 October`.
pub fn long_day(date: NaiveDate) -> String {
    format!("{} {}", weekday(date.weekday()), day(date))
}

/// The local day of a moment, in words.
pub fn day_of(zone: Tz, at: Timestamp) -> String {
    long_day(to_local(zone, at).date())
}

/// `09:40`.
pub fn clock(zone: Tz, at: Timestamp) -> String {
    let local = to_local(zone, at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `1 h 35 min`, `46 min`, `2 d 3 h`.
pub fn length(span: Span) -> String {
    let minutes = (span.max(Span::ZERO) + Span::from_seconds(30)) / Span::minutes(1);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "under 1 min".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A number with `digits` decimals, thousands apart and a true minus sign.
pub fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), None), |(a, b)| (a, Some(b)));
    let mut out = String::new();
    if value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        out.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// A count of events: whole, unless parts of one matter.
pub fn count(value: f64) -> String {
    let has_parts = (value - value.round()).abs() >= 0.05 && value.abs() < 100.0;
    number(value, usize::from(has_parts))
}

/// A ratio as a percentage with `digits` decimals, or a dash.
pub fn percent(ratio: Option<f64>, digits: usize) -> String {
    ratio.map_or_else(|| NONE.to_owned(), |ratio| number(ratio * 100.0, digits))
}

/// A share of good events as a percentage, rounded towards the bad side: what missed 99.9 is never shown as 99.9.
pub fn reached(ratio: Option<f64>, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    let down = |ratio: f64| (ratio * 100.0 * scale + 1e-6).floor() / scale;
    ratio.map_or_else(
        || NONE.to_owned(),
        |ratio| number(down(ratio), usize::try_from(digits).unwrap_or_default()),
    )
}

/// For how much of the time there was data, in %: a little is not nothing.
pub fn coverage(ratio: f64) -> String {
    if ratio > 0.0 && ratio < 0.000_1 { "<0.01".to_owned() } else { reached(Some(ratio), 2) }
}

/// A target as a percentage, with at least one decimal and as many as it has.
pub fn target(ratio: f64) -> String {
    let text = format!("{:.6}", ratio * 100.0);
    let text = text.trim_end_matches('0');
    if text.ends_with('.') { format!("{text}0") } else { text.to_owned() }
}

/// How many decimals a target has, and one more, at least three: so much of what was reached is shown.
pub fn reached_digits(ratio: f64) -> i32 {
    let decimals = target(ratio).split_once('.').map_or(1, |(_, decimals)| decimals.len());
    i32::try_from(decimals + 1).unwrap_or(3).max(3)
}

/// A share in words that a sentence needs: `two thirds`, `nearly all`; `None` where a percentage says it better.
pub fn portion(share: f64) -> Option<&'static str> {
    let near = |to: f64| (share - to).abs() <= 0.034;
    match share {
        _ if share >= 0.995 => Some("all"),
        _ if share >= 0.93 => Some("nearly all"),
        _ if near(0.75) => Some("three quarters"),
        _ if near(2.0 / 3.0) => Some("two thirds"),
        _ if near(0.5) => Some("half"),
        _ if near(1.0 / 3.0) => Some("a third"),
        _ if near(0.25) => Some("a quarter"),
        _ => None,
    }
}

/// A name that others wrote, on one line.
pub fn name(text: &str) -> String {
    one_line(text, MOST_CHARACTERS)
}

/// `one`, `two`, … up to nine; more in digits.
pub fn small(count: usize) -> String {
    const WORDS: [&str; 10] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| number(count as f64, 0), |word| (*word).to_owned())
}

/// A, B, …, Z, AA, AB, ….
pub fn letter(at: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = at + 1;
    while rest > 0 {
        letters.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default());
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_read() {
        let cases = [
            (1_111_088.0, 0, "1,111,088"),
            (-307_007.4, 0, "−307,007"),
            (-0.04, 1, "0.0"),
            (999.95, 1, "1,000.0"),
            (f64::NAN, 1, "–"),
            (f64::INFINITY, 1, "–"),
        ];
        for (value, digits, text) in cases {
            assert_eq!(number(value, digits), text);
        }
        assert_eq!(reached(Some(0.998_999_9), 3), "99.899");
        assert_eq!(reached(Some(0.999), 3), "99.900");
        assert_eq!(
            (target(0.999).as_str(), target(0.95).as_str(), target(0.0).as_str()),
            ("99.9", "95.0", "0.0")
        );
        assert_eq!((reached_digits(0.9999), reached_digits(0.95)), (3, 3));
        assert_eq!([0, 25, 26, 701, 702].map(letter), ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(length(Span::minutes(95)), "1 h 35 min");
        assert_eq!(name("a\u{202e}\n<b>"), "a <b>");
        assert_eq!(portion(0.667), Some("two thirds"));
        assert_eq!(listed(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
    }
}
