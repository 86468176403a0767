//! Finds where a query is wrong. `promql-parser` decides what a query means, but its errors carry no position; this
//! is a small checker of PromQL's grammar and types that stops at the first mistake, knows the place, and says what
//! would be right. It accepts whatever `promql-parser` accepts, which a property test holds it to.

mod calls;
mod functions;
mod grammar;
mod lex;
mod operators;
mod selector;

use super::QueryError;

/// Longest query that is read, in bytes. Dashboards' longest are a tenth of it.
const LONGEST: usize = 16 * 1024;
/// Most tokens in a query: bounds the depth of the tree `promql-parser` builds, which it walks recursively.
const MOST_TOKENS: usize = 1000;
/// Deepest nesting of parentheses and signs, for the same reason.
const DEEPEST: usize = 64;

/// The first mistake in `text`, with its byte offset.
pub(super) fn check(text: &str) -> Result<(), QueryError> {
    if text.len() > LONGEST {
        return Err(at(
            0,
            format!("the query is longer than {LONGEST} bytes; record its parts with rules first"),
        ));
    }
    grammar::check(text)
}

/// An error at a byte offset.
fn at(offset: usize, message: impl Into<String>) -> QueryError {
    QueryError { message: message.into(), offset: Some(offset) }
}

#[cfg(test)]
mod tests;
