//! Query parameters: known ones only, each once, and every mistake told at once.

use std::collections::BTreeMap;

use url::form_urlencoded;

use crate::problem::{FieldError, Problem};
use slo_core::time::Timestamp;

/// Items on a page when `limit` is not given.
const DEFAULT_LIMIT: i64 = 20;
/// Items on a page at most.
const MAX_LIMIT: i64 = 100;
/// Characters of a parameter's value.
const MAX_TEXT: usize = 100;
/// Letters of a ticker at most.
const MAX_TICKER: usize = 10;

/// A request's parameters while they are being read.
#[derive(Debug)]
pub struct Params {
    values: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

impl Params {
    /// Splits a query string; only the `known` names may occur.
    pub fn parse(query: Option<&str>, known: &[&str]) -> Self {
        let mut params = Self { values: BTreeMap::new(), errors: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let shown: String = name.chars().take(MAX_TEXT).collect();
            if !known.contains(&name.as_ref()) {
                params.wrong(&shown, format!("is not known here; known are {}", known.join(", ")));
            } else if value.chars().count() > MAX_TEXT {
                params.wrong(&shown, format!("is longer than {MAX_TEXT} characters"));
            } else if params.values.insert(shown.clone(), value.into_owned()).is_some() {
                params.wrong(&shown, "is given more than once".to_owned());
            }
        }
        params
    }

    /// `field` is wrong.
    fn wrong(&mut self, field: &str, detail: String) {
        self.errors.push(FieldError { field: field.to_owned(), detail });
    }

    /// A parameter as it is; an empty one counts as not given.
    pub fn text(&mut self, field: &str) -> Option<String> {
        self.values.remove(field).filter(|value| !value.is_empty())
    }

    /// A parameter that `read` understands, or an error that says what it `must be`.
    fn read<T>(&mut self, field: &str, must_be: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.text(field)?;
        let read = read(&value);
        if read.is_none() {
            self.wrong(field, format!("{value:?} must be {must_be}"));
        }
        read
    }

    /// How many items on a page.
    pub fn limit(&mut self) -> i64 {
        let must_be = format!("a whole number from 1 to {MAX_LIMIT}");
        let limit = self.read("limit", &must_be, |value| {
            value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit))
        });
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// A moment, RFC 3339.
    pub fn time(&mut self, field: &str) -> Option<Timestamp> {
        // In a query string a literal `+` is a space; `2026-01-01T00:00:00+01:00` typed by hand means the offset.
        self.read(field, "a time such as 2026-09-01T00:00:00Z", |value| value.replace(' ', "+").parse().ok())
    }

    /// A company's symbol, in capitals.
    pub fn ticker(&mut self, field: &str) -> Option<String> {
        self.read(field, TICKER_RULE, ticker)
    }

    /// A ticker as cursor: the last one of the page before.
    pub fn ticker_cursor(&mut self) -> Option<String> {
        self.read("cursor", CURSOR_RULE, ticker)
    }

    /// A time in milliseconds and an id as cursor: those of the last item of the page before.
    pub fn time_cursor(&mut self) -> Option<(Timestamp, i64)> {
        self.read("cursor", CURSOR_RULE, |value| {
            let (at, id) = value.split_once('-')?;
            Some((Timestamp::from_ms(digits(at)?), digits(id)?))
        })
    }

    /// All mistakes together, if there is one.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }
}

const TICKER_RULE: &str = "a ticker: 1 to 10 letters, digits, dots or dashes";
const CURSOR_RULE: &str = "next_cursor of the page before, unchanged";

/// A ticker in capitals, if `text` can be one.
fn ticker(text: &str) -> Option<String> {
    let fits = (1..=MAX_TICKER).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    fits.then(|| text.to_ascii_uppercase())
}

/// The ticker in a path.
pub fn path_ticker(text: &str) -> Result<String, Problem> {
    ticker(text).ok_or_else(|| {
        let shown: String = text.chars().take(MAX_TEXT).collect();
        let detail = format!("{shown:?} must be {TICKER_RULE}");
        Problem::invalid(vec![FieldError { field: "ticker".to_owned(), detail }])
    })
}

/// A number of digits only, as cursors have them; `parse` alone would take a sign.
fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::parse(Some(query), &["limit", "cursor", "since", "ticker", "q"])
    }

    fn fields(params: Params) -> Vec<String> {
        params.errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn limits_are_whole_numbers_from_one_to_a_hundred() {
        for (query, expected) in [("", 20), ("limit=1", 1), ("limit=100", 100), ("limit=", 20)] {
            let mut params = params(query);
            assert_eq!(params.limit(), expected, "{query}");
            assert!(params.finish().is_ok(), "{query}");
        }
        for query in
            ["limit=0", "limit=101", "limit=-1", "limit=1.5", "limit=x", "limit=99999999999999999999"]
        {
            let mut params = params(query);
            params.limit();
            assert_eq!(fields(params), ["limit"], "{query}");
        }
    }

    #[test]
    fn times_may_have_offsets_even_unescaped() {
        for query in ["since=2026-01-01T00:00:00Z", "since=2026-01-01T01:00:00+01:00"] {
            assert_eq!(params(query).time("since"), Some(Timestamp::from_ms(1_767_225_600_000)), "{query}");
        }
        let mut params = params("since=yesterday");
        assert_eq!(params.time("since"), None);
        assert_eq!(fields(params), ["since"]);
    }

    #[test]
    fn cursors_are_taken_back_only_as_they_were_given() {
        assert_eq!(
            params("cursor=1700000000000-12").time_cursor(),
            Some((Timestamp::from_ms(1_700_000_000_000), 12))
        );
        for query in
            ["cursor=12", "cursor=-1-2", "cursor=1--2", "cursor=a-b", "cursor=1-2-3", "cursor=%2B1-2"]
        {
            let mut params = params(query);
            assert_eq!(params.time_cursor(), None, "{query}");
            assert_eq!(fields(params), ["cursor"], "{query}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let mut params = params(&format!("limit=0&page=2&ticker=a%20b&limit=3&q={}", "x".repeat(101)));
        params.limit();
        params.ticker("ticker");
        assert_eq!(fields(params), ["page", "limit", "q", "ticker"]);
    }

    #[test]
    fn tickers_are_capitalised_and_checked() {
        assert_eq!(path_ticker("brk.b"), Ok("BRK.B".to_owned()));
        for bad in ["", "A B", "ABCDEFGHIJK", "Ä", "A/B", "A'"] {
            assert!(path_ticker(bad).is_err(), "{bad}");
        }
    }
}
