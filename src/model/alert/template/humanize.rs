//! Prometheus' functions that write numbers for people.

use chrono::{DateTime, Utc};

use super::number::general;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

fn four(value: f64) -> String {
    general(value, Some(4))
}

/// `humanize`: with metric prefixes.
pub(super) fn metric(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return four(value);
    }
    let (scaled, prefix) = if value.abs() >= 1.0 { scale(value, &LARGE, 1000.0) } else { shrink(value) };
    format!("{}{prefix}", four(scaled))
}

/// `humanize1024`: with binary prefixes.
pub(super) fn binary(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return four(value);
    }
    let (scaled, prefix) = scale(value, &BINARY, 1024.0);
    format!("{}{prefix}", four(scaled))
}

fn scale(mut value: f64, prefixes: &[&'static str], base: f64) -> (f64, &'static str) {
    let mut shown = "";
    for prefix in prefixes {
        if value.abs() < base {
            break;
        }
        shown = prefix;
        value /= base;
    }
    (value, shown)
}

fn shrink(mut value: f64) -> (f64, &'static str) {
    let mut shown = "";
    for prefix in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        shown = prefix;
        value *= 1000.0;
    }
    (value, shown)
}

/// `humanizeDuration`: seconds as days, hours, minutes and seconds.
pub(super) fn duration(value: f64) -> String {
    if !value.is_finite() {
        return four(value);
    }
    if value == 0.0 {
        return format!("{}s", four(value));
    }
    if value.abs() < 1.0 {
        let (scaled, prefix) = shrink(value);
        return format!("{}{prefix}s", four(scaled));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let whole = value as i64;
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", four(value))
    }
}

/// `humanizePercentage`: a ratio as a percentage.
pub(super) fn percentage(value: f64) -> String {
    format!("{}%", four(value * 100.0))
}

/// `humanizeTimestamp`: unix seconds as a date, in Go's way of writing times.
pub(super) fn timestamp(value: f64) -> Result<String, String> {
    if !value.is_finite() {
        return Ok(four(value));
    }
    let ms = (value * 1000.0).round();
    let time: DateTime<Utc> = (ms.abs() < 1e17)
        .then(|| DateTime::from_timestamp_millis(ms as i64))
        .flatten()
        .ok_or_else(|| format!("{} is not a valid time", four(value)))?;
    let fraction = format!("{:03}", time.timestamp_subsec_millis());
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{}{dot}{fraction} +0000 UTC", time.format("%Y-%m-%d %H:%M:%S")))
}
