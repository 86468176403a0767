//! Numbers as Go writes and reads them.

/// `%v`: the shortest text that reads back as the same number, with an exponent from 1e6 and below 1e-4.
pub(super) fn shortest(value: f64) -> String {
    if let Some(special) = special(value) {
        return special;
    }
    let scientific = format!("{value:e}");
    let exponent = exponent_of(&scientific);
    if (-4..6).contains(&exponent) { format!("{value}") } else { go_exponent(&scientific) }
}

/// `%g` with a precision, or the shortest one: without trailing zeros; an exponent where it would be longer without.
pub(super) fn general(value: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else { return shortest(value) };
    if let Some(special) = special(value) {
        return special;
    }
    let digits = precision.clamp(1, 100);
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent = exponent_of(&scientific);
    if exponent < -4 || exponent >= digits as i32 {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return go_exponent(&format!("{}e{power}", without_zeros(mantissa)));
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// `%f` with a precision.
pub(super) fn fixed(value: f64, precision: usize) -> String {
    special(value).unwrap_or_else(|| format!("{value:.*}", precision.min(100)))
}

/// `%e` with a precision.
pub(super) fn scientific(value: f64, precision: usize) -> String {
    special(value).unwrap_or_else(|| go_exponent(&format!("{value:.*e}", precision.min(100))))
}

/// A text as Go's `ParseFloat` reads it.
pub(super) fn parse(text: &str) -> Option<f64> {
    let lower = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let known = lower.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || matches!(lower.as_str(), "inf" | "infinity" | "nan");
    known.then(|| text.parse().ok()).flatten()
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        Some("NaN".to_owned())
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned())
    } else {
        None
    }
}

fn exponent_of(scientific: &str) -> i32 {
    scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// Go writes a sign and at least two digits: `1e+06`.
fn go_exponent(scientific: &str) -> String {
    let (mantissa, power) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.abs())
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}
