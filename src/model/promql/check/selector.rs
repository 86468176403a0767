//! Reads what stands in braces, brackets and label lists.

use super::at;
use super::grammar::Parser;
use super::lex::{Kind, Token};
use crate::promql::QueryError;

impl<'a> Parser<'a> {
    /// `{name="value", …}`; the opening brace is next. Says whether any matcher can exclude something.
    pub(super) fn matchers(&mut self, metric: Option<Token<'a>>) -> Result<(), QueryError> {
        let open = self.next();
        let mut selective = metric.is_some();
        loop {
            if self.peek().is("}") {
                self.next();
                break;
            }
            if self.peek().kind == Kind::End {
                return Err(self.unclosed(open, "}", "a matcher"));
            }
            selective |= self.matcher(metric)?;
            if self.peek().is(",") || self.peek().is_word("or") {
                self.next();
            } else if !self.peek().is("}") {
                return Err(self.unclosed(open, "}", "`,` or `}` after the matcher"));
            }
        }
        if selective {
            return Ok(());
        }
        Err(at(
            open.start,
            "the selector would match every series; name a metric, or give at least one matcher that is not empty",
        ))
    }

    /// One matcher; true when it does not match the empty string.
    fn matcher(&mut self, metric: Option<Token<'a>>) -> Result<bool, QueryError> {
        let label = self.peek();
        if !matches!(label.kind, Kind::Name | Kind::Text) {
            return Err(self.unexpected("a label's name or `}`"));
        }
        self.next();
        let operator = self.peek();
        if label.kind == Kind::Text && (operator.is(",") || operator.is("}")) {
            return Ok(true);
        }
        if !["=", "!=", "=~", "!~"].iter().any(|known| operator.is(known)) {
            if operator.is("==") {
                return Err(at(
                    operator.start,
                    format!("matchers are written with one `=`; write {}=\"…\"", label.text),
                ));
            }
            return Err(self.unexpected(&format!("=, !=, =~ or !~ after the label `{}`", label.text)));
        }
        self.next();
        let value = self.peek();
        if value.kind != Kind::Text {
            if matches!(value.kind, Kind::Name | Kind::Number | Kind::Duration) {
                return Err(at(
                    value.start,
                    format!(
                        "a label's value stands in quotes; write {}{}\"{}\"",
                        label.text, operator.text, value.text
                    ),
                ));
            }
            return Err(self.unexpected("a label's value in quotes"));
        }
        self.next();
        if metric.is_some() && label.text.trim_matches(['"', '\'', '`']) == slo_core::names::METRIC_NAME {
            return Err(at(label.start, "the metric's name is given twice; remove one of the two"));
        }
        let inner = value.text.trim_matches(['"', '\'', '`']);
        // Whether a regular expression matches the empty string is left to `promql-parser`.
        Ok(!(inner.is_empty() && operator.is("=") || operator.is("!=") && !inner.is_empty()))
    }

    /// `[range]` or `[range:step]`; the opening bracket is next. True for a subquery.
    pub(super) fn range(&mut self) -> Result<bool, QueryError> {
        let open = self.next();
        if self.peek().is("]") {
            return Err(at(self.peek().start, "the range is missing; write e.g. [5m], or [$window]"));
        }
        self.length("a range such as 5m", open)?;
        let subquery = self.peek().is(":");
        if subquery {
            self.next();
            if !self.peek().is("]") {
                self.length("a step such as 1m, or `]`", open)?;
            }
        }
        if !self.peek().is("]") {
            return Err(self.unclosed(open, "]", "`]` after the range"));
        }
        self.next();
        Ok(subquery)
    }

    /// `(label, …)`; the opening parenthesis is next.
    pub(super) fn labels(&mut self, after: &str) -> Result<(), QueryError> {
        if !self.peek().is("(") {
            return Err(self.unexpected(&format!("a list of labels in parentheses after `{after}`")));
        }
        let open = self.next();
        loop {
            let label = self.peek();
            if label.is(")") {
                self.next();
                return Ok(());
            }
            if !matches!(label.kind, Kind::Name | Kind::Text) {
                return Err(self.unclosed(open, ")", "a label's name"));
            }
            if label.kind == Kind::Name && label.text.contains(':') {
                return Err(at(
                    label.start,
                    format!("`{}` is not a valid label name; labels have no colons", label.text),
                ));
            }
            self.next();
            if self.peek().is(",") {
                self.next();
            } else if !self.peek().is(")") {
                return Err(self.unclosed(open, ")", "`,` or `)` after the label"));
            }
        }
    }
}
