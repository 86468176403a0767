//! The one way from text to a tree. `promql-parser` panics on some texts, drops digits of others, and builds and drops its
//! tree by recursion; nothing reaches it but what the checker let through.

use std::sync::Once;

use promql_parser::parser::{self, Expr, value::ValueType};

use super::check::{self, Part};

/// A query that does not parse, or that cannot be used as an indicator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong and what would be right.
    pub message: String,
    /// Where in the query's text, as a byte offset, if it is known.
    pub offset: Option<usize>,
}

impl QueryError {
    /// An error about the whole query.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None }
    }
}

/// The tree of `text`, whatever it yields: a number, a vector, a range vector or a string. Takes no more time and stack than
/// the checker's limits on length, parts and nesting allow, but too much of both for a thread that serves others as well.
pub fn parse(text: &str) -> Result<Expr, QueryError> {
    Ok(gated(text)?.0)
}

/// The tree of a query that has a result of its own: a number or an instant vector.
pub(super) fn query(text: &str) -> Result<Expr, QueryError> {
    let (tree, whole) = gated(text)?;
    check::result(whole)?;
    Ok(tree)
}

fn gated(text: &str) -> Result<(Expr, Part), QueryError> {
    if text.trim().is_empty() {
        return Err(QueryError::new("the query is empty; write a PromQL expression"));
    }
    // Ours comes first: it knows the place of a mistake, and it keeps out what would make the other panic.
    let check::Checked { whole, mut instead } = check::check(text)?;
    instead.sort_by_key(|(place, _)| place.start);
    let mut known = text.to_owned();
    for (place, text) in instead.into_iter().rev() {
        known.replace_range(place, &text);
    }
    know_holt_winters();
    #[expect(clippy::disallowed_methods, reason = "the text was checked")]
    let parsed = parser::parse(&known);
    let tree = parsed.map_err(|message| {
        if let Some(regex) = message.strip_prefix("illegal regex for ") {
            return QueryError { offset: place_of_regex(text, regex), message: bad_regex(regex) };
        }
        let offset = quoted_in(&message).and_then(|name| text.find(name));
        QueryError { message, offset }
    })?;
    Ok((tree, whole))
}

/// Prometheus 3 and the parser call it `double_exponential_smoothing`; Prometheus 2 and many dashboards do not.
fn know_holt_winters() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let arguments = vec![ValueType::Matrix, ValueType::Scalar, ValueType::Scalar];
        let function = parser::Function::new("holt_winters", arguments, 0, ValueType::Vector, false);
        // It fails only when the name is known, which is what we want.
        drop(parser::register_extra_functions(vec![function]));
    });
}

/// Where a matcher has this regular expression; the same letters may stand elsewhere, too.
fn place_of_regex(text: &str, regex: &str) -> Option<usize> {
    let is_matched = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.strip_suffix(['"', '\'', '`']).is_some_and(|before| before.trim_end().ends_with('~'))
    };
    text.match_indices(regex).map(|(at, _)| at).find(|at| is_matched(*at)).or_else(|| text.find(regex))
}

fn bad_regex(regex: &str) -> String {
    format!(
        "the regular expression `{regex}` does not compile; close its brackets, and escape with `\\\\` what is meant literally"
    )
}

/// What a message quotes, which usually stands in the query as well.
fn quoted_in(message: &str) -> Option<&str> {
    let start = message.find('\'')? + 1;
    let rest = message.get(start..)?;
    rest.get(..rest.find('\'')?).filter(|quoted| !quoted.is_empty())
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
