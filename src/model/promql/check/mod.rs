//! Finds where a query is wrong. `promql-parser` decides what a query means, but its errors carry no position; this
//! is a small checker of PromQL's grammar and types that stops at the first mistake, knows the place, and says what
//! would be right. It accepts whatever `promql-parser` accepts, which a property test holds it to, but for what makes that
//! panic or read something else than what is written: lengths of time beyond all sense, moments beyond the year 5000.

mod calls;
mod functions;
mod grammar;
mod length;
mod lex;
mod operators;
mod selector;

use std::ops::Range;

use super::QueryError;
pub(super) use lex::{Kind, Token, tokens};
pub(super) use operators::Part;
use operators::Type;

/// Longest query that is read, in bytes. Dashboards' longest are a tenth of it.
const LONGEST: usize = 16 * 1024;
/// Most tokens in a query: bounds the depth of the tree `promql-parser` builds, which it walks recursively.
const MOST_TOKENS: usize = 1000;
/// Deepest nesting of parentheses and signs, for the same reason.
const DEEPEST: usize = 64;

/// A query that is right.
pub(super) struct Checked {
    /// What it yields.
    pub(super) whole: Part,
    /// What `promql-parser` does not know, by its place, and what to hand it instead: something with the same type.
    pub(super) instead: Vec<(Range<usize>, String)>,
}

/// What `text` yields, or its first mistake with its byte offset.
pub(super) fn check(text: &str) -> Result<Checked, QueryError> {
    if text.len() > LONGEST {
        return Err(at(
            0,
            format!("the query is longer than {LONGEST} bytes; record its parts with rules first"),
        ));
    }
    grammar::check(text)
}

/// Refuses what is no result of a query.
pub(super) fn result(whole: Part) -> Result<(), QueryError> {
    match whole.yields {
        Type::Number | Type::Vector => Ok(()),
        Type::Range => Err(at(
            whole.start,
            "a range vector is not a result; wrap it in a function such as rate(…), or remove the range",
        )),
        Type::Text => Err(at(whole.start, "a string is not a result; write a query")),
    }
}

/// An error at a byte offset.
fn at(offset: usize, message: impl Into<String>) -> QueryError {
    QueryError { message: message.into(), offset: Some(offset) }
}

#[cfg(test)]
mod tests;
