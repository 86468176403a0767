//! Go's `printf`, for the verbs that texts use.

use std::fmt::Write as _;

use super::number;
use super::value::Value;

/// Widest field and finest precision.
const WIDEST: usize = 200;

#[derive(Debug, Default, Clone, Copy)]
struct Flags {
    left: bool,
    plus: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// Formats; what does not fit is written into the text, as Go does.
pub(super) fn printf(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = Flags::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '0' | ' ' | '#')) {
            match flag {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                '0' => flags.zero = true,
                _ => {}
            }
        }
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut sum: usize = 0;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                sum = (sum * 10 + digit.to_digit(10).unwrap_or(0) as usize).min(WIDEST);
            }
            sum
        };
        flags.width = digits(&mut chars);
        if chars.next_if_eq(&'.').is_some() {
            flags.precision = Some(digits(&mut chars));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match arguments.next() {
                None => {
                    let _ = write!(out, "%!{verb}(MISSING)");
                }
                Some(value) => out.push_str(&pad(one(verb, value, flags), flags, value)),
            },
        }
    }
    let extra: Vec<String> = arguments.map(|value| format!("{}={}", value.kind(), value.show())).collect();
    if !extra.is_empty() {
        let _ = write!(out, "%!(EXTRA {})", extra.join(", "));
    }
    out
}

fn one(verb: char, value: &Value, flags: Flags) -> String {
    let signed = |text: String, negative: bool| {
        if flags.plus && !negative && !text.starts_with('+') { format!("+{text}") } else { text }
    };
    match (verb, value) {
        ('v' | 'g', Value::Float(float)) => signed(number::general(*float, flags.precision), *float < 0.0),
        ('v', _) => value.show(),
        ('s', Value::Text(text)) => match flags.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.clone(),
        },
        ('q', Value::Text(text)) => format!("{text:?}"),
        ('d', Value::Int(int)) => signed(int.to_string(), *int < 0),
        ('x', Value::Int(int)) => format!("{int:x}"),
        ('t', Value::Bool(truth)) => truth.to_string(),
        ('f' | 'F', Value::Float(float)) => {
            signed(number::fixed(*float, flags.precision.unwrap_or(6)), *float < 0.0)
        }
        ('e', Value::Float(float)) => {
            signed(number::scientific(*float, flags.precision.unwrap_or(6)), *float < 0.0)
        }
        _ => format!("%!{verb}({}={})", value.kind(), value.show()),
    }
}

fn pad(text: String, flags: Flags, value: &Value) -> String {
    let length = text.chars().count();
    if length >= flags.width {
        return text;
    }
    let missing = flags.width - length;
    let number = matches!(value, Value::Int(_) | Value::Float(_));
    if flags.left {
        format!("{text}{}", " ".repeat(missing))
    } else if flags.zero && number {
        let (sign, rest) =
            text.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "-" | "+")).unwrap_or(("", &text));
        format!("{sign}{}{rest}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}
