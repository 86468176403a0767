//! Reads lengths of time and moments, and bounds them: `promql-parser` panics on a range of 1e300, reads
//! `99999999999y5m` as five minutes, and moves `@ 1e300` to the end of its own time.

use super::at;
use super::grammar::Parser;
use super::lex::{Kind, Token};
use crate::promql::QueryError;
use slo_core::duration;
use slo_core::time::Span;

/// The longest length of time in seconds, some 300 years; Prometheus' own limit is near.
const LONGEST_SECONDS: f64 = 1e10;
/// The farthest moment that `@` may name, in seconds before or after 1970: some 3000 years.
const FARTHEST_SECONDS: f64 = 1e11;

/// The seconds of a number or a duration, infinite when it is none; `None` of a number that `promql-parser` refuses by itself.
fn seconds(token: Token<'_>) -> Option<f64> {
    if token.kind == Kind::Number {
        let hexadecimal = token.text.strip_prefix("0x").or_else(|| token.text.strip_prefix("0X"));
        return match hexadecimal {
            Some(digits) => i64::from_str_radix(digits, 16).ok().map(|seconds| seconds as f64),
            // What starts with 0 is octal there, and so never more than as a decimal.
            None => token.text.parse().ok(),
        };
    }
    // More than 32 bits are read there as 0.
    let parts =
        token.text.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty());
    let length = duration::parse(token.text)
        .ok()
        .filter(|_| parts.into_iter().all(|part| part.parse::<u32>().is_ok()));
    Some(length.map_or(f64::INFINITY, Span::as_seconds_f64))
}

/// The error that `@` does not take this.
pub(super) fn out_of_bounds(token: Token<'_>) -> QueryError {
    at(token.start, format!("`{}` is out of bounds for `@`; write a unix time in seconds", token.text))
}

impl<'a> Parser<'a> {
    /// A duration, or seconds as a number; in brackets and parentheses also what is computed from such. Its seconds, if they
    /// are known.
    pub(super) fn length(&mut self, wanted: &str, open: Token<'a>) -> Result<Option<f64>, QueryError> {
        let first = self.peek();
        let place = self.position();
        let found = if open.is("[") { self.sum(wanted, open)? } else { self.factor(wanted, open)? };
        let (end, parts) = (self.before(), self.position() - place);
        if parts > 1 {
            // Only Prometheus computes lengths.
            let seconds = found.filter(|seconds| (0.001..=LONGEST_SECONDS).contains(seconds));
            let seconds =
                seconds.ok_or_else(|| at(first.start, "this is not a valid duration; write e.g. 5m"))?;
            let length = duration::format(slo_core::time::Span::from_ms((seconds * 1000.0) as i64));
            self.hand_over(first.start, end, &length);
        }
        Ok(found)
    }

    fn sum(&mut self, wanted: &str, open: Token<'a>) -> Result<Option<f64>, QueryError> {
        let mut left = self.product(wanted, open)?;
        while self.peek().is("+") || self.peek().is("-") {
            let sign = if self.next().is("+") { 1.0 } else { -1.0 };
            left = left.zip(self.product(wanted, open)?).map(|(left, right)| left + sign * right);
        }
        Ok(left)
    }

    fn product(&mut self, wanted: &str, open: Token<'a>) -> Result<Option<f64>, QueryError> {
        let mut left = self.factor(wanted, open)?;
        while self.peek().is("*") || self.peek().is("/") {
            let times = self.next().is("*");
            let both = left.zip(self.factor(wanted, open)?);
            left = both.map(|(left, right)| if times { left * right } else { left / right });
        }
        Ok(left)
    }

    fn factor(&mut self, wanted: &str, open: Token<'a>) -> Result<Option<f64>, QueryError> {
        let token = self.peek();
        if token.is("(") {
            self.next();
            let inner = self.sum(wanted, open)?;
            if !self.peek().is(")") {
                return Err(self.unclosed(token, ")", "an operator or `)`"));
            }
            self.next();
            return Ok(inner);
        }
        if token.is_word("inf") || token.is_word("nan") {
            return Err(no_length(token));
        }
        if ["step", "range", "min", "max"].iter().any(|name| token.is_word(name)) && self.ahead(1).is("(") {
            return Err(at(
                token.start,
                format!("`{}` is known only when a query is asked; write a duration such as 5m", token.text),
            ));
        }
        if !matches!(token.kind, Kind::Number | Kind::Duration) {
            if token.kind == Kind::End && open.is("[") {
                return Err(self.unclosed(open, "]", wanted));
            }
            return Err(self.unexpected(wanted));
        }
        bounded(token)?;
        self.next();
        Ok(seconds(token))
    }
}

/// Refuses a length of time that nobody means.
pub(super) fn bounded(token: Token<'_>) -> Result<(), QueryError> {
    match seconds(token) {
        Some(seconds) if !(0.0..=LONGEST_SECONDS).contains(&seconds) => Err(no_length(token)),
        _ => Ok(()),
    }
}

/// Refuses a moment that nobody means.
pub(super) fn moment(token: Token<'_>) -> Result<(), QueryError> {
    match seconds(token) {
        Some(seconds) if !(0.0..=FARTHEST_SECONDS).contains(&seconds) => Err(out_of_bounds(token)),
        _ => Ok(()),
    }
}

fn no_length(token: Token<'_>) -> QueryError {
    at(token.start, format!("`{}` is not a valid duration; write e.g. 5m", token.text))
}
