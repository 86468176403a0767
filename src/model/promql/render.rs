//! Free expressions: anything that is not a plain counter. The source evaluates them, window by window.

use promql_parser::parser::Expr;

use super::QueryError;
use super::increase::{Increase, increase};
use super::window::{before_filling, fill, placeholders};
use slo_core::duration;
use slo_core::time::Span;

/// The resolution of subqueries we put around an expression.
pub(super) const SUBQUERY_STEP: Span = Span::from_seconds(30);
/// The window that an expression is checked with, and evaluated at a moment.
pub(super) const MOMENT_WINDOW: Span = Span::minutes(5);

/// What one evaluation of an expression means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yields {
    /// Events in a range: `increase`, `count_over_time` and their kin.
    Events,
    /// Events a second: `rate` and `irate`.
    EventsPerSecond,
    /// A value at a moment, of no range.
    Value,
}

/// An expression that the source evaluates. It parsed when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    yields: Yields,
    /// The longest range in it when no placeholder stands for the window.
    fixed_range: Option<Span>,
    /// What happens in a window, if the expression is a value and its selectors are counters.
    increase: Option<Box<Increase>>,
}

impl Expression {
    /// Checks that `text` parses with its placeholder filled in.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Self::parse_tree(text).map(|(expression, _)| expression)
    }

    /// The expression and the tree that it was parsed into.
    pub(super) fn parse_tree(text: &str) -> Result<(Self, Expr), QueryError> {
        let tree = super::parse::query(&fill(text, MOMENT_WINDOW)).map_err(|error| QueryError {
            offset: error.offset.map(|offset| before_filling(text, MOMENT_WINDOW, offset)),
            ..error
        })?;
        Ok((Self::of_tree(text, &tree), tree))
    }

    fn of_tree(text: &str, tree: &Expr) -> Self {
        let mut seen = Seen::default();
        seen.visit(tree);
        let has_placeholder = !placeholders(text).is_empty();
        let yields = if seen.events {
            Yields::Events
        } else if seen.rates {
            Yields::EventsPerSecond
        } else {
            Yields::Value
        };
        let of_counters = (yields == Yields::Value && !has_placeholder).then(|| Box::new(increase(tree)));
        let fixed_range = seen.range.filter(|_| !has_placeholder);
        Self { text: text.to_owned(), yields, fixed_range, increase: of_counters }
    }

    /// The text as the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when it gives a value at a moment: neither a rate nor a count over a range.
    pub fn is_value(&self) -> bool {
        self.yields == Yields::Value
    }

    /// True when it is a value that is no counter's and no sum of such: its increase over a window is then not what
    /// happened, for it also moves when series come and go.
    pub fn is_no_counter(&self) -> bool {
        self.is_value() && !self.increase.as_ref().is_some_and(|increase| increase.is_sound)
    }

    /// The query for a window of that length. An expression with a range of its own is averaged over the window, and
    /// one without any is taken for one over counters.
    pub fn over(&self, window: Span) -> String {
        let (text, length) = (&self.text, duration::format(window));
        let step = duration::format(SUBQUERY_STEP);
        match (self.yields, self.fixed_range) {
            (Yields::Value, _) => match &self.increase {
                Some(increase) => fill(&increase.text, window),
                None => format!("increase(({text})[{length}:{step}])"),
            },
            (Yields::Events | Yields::EventsPerSecond, Some(_)) => {
                format!("avg_over_time(({text})[{length}:{step}])")
            }
            (Yields::Events | Yields::EventsPerSecond, None) => fill(text, window),
        }
    }

    /// Turns one evaluation of [`Expression::over`] into events.
    pub fn events(&self, value: f64, window: Span) -> f64 {
        match (self.yields, self.fixed_range) {
            (Yields::EventsPerSecond, _) => value * window.as_seconds_f64(),
            (Yields::Events, Some(range)) => {
                value * window.as_seconds_f64() / range.max(Span::SECOND).as_seconds_f64()
            }
            (Yields::Events, None) | (Yields::Value, _) => value,
        }
    }
}

/// What occurs in an expression.
#[derive(Default)]
struct Seen {
    events: bool,
    rates: bool,
    range: Option<Span>,
}

impl Seen {
    fn visit(&mut self, expr: &Expr) {
        match expr {
            Expr::Aggregate(aggregate) => self.visit(&aggregate.expr),
            Expr::Unary(unary) => self.visit(&unary.expr),
            Expr::Binary(binary) => {
                self.visit(&binary.lhs);
                self.visit(&binary.rhs);
            }
            Expr::Paren(paren) => self.visit(&paren.expr),
            Expr::Subquery(subquery) => self.visit(&subquery.expr),
            Expr::Call(call) => {
                match call.func.name {
                    "increase" | "delta" | "changes" | "resets" | "count_over_time" | "sum_over_time" => {
                        self.events = true;
                    }
                    "rate" | "irate" | "deriv" => self.rates = true,
                    _ => {}
                }
                call.args.args.iter().for_each(|argument| self.visit(argument));
            }
            Expr::MatrixSelector(matrix) => {
                let seconds = i64::try_from(matrix.range.as_secs()).unwrap_or(i64::MAX);
                self.range = self.range.max(Some(Span::from_seconds(seconds)));
            }
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::VectorSelector(_)
            | Expr::Extension(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mistake_is_told_in_the_text_as_it_was_written() {
        for (text, want) in [
            ("sum(increase(a[$window])) / sum(rat(b[${window}]))", "rat("),
            ("rate(a[{{ .window }}]) + rate(b[{{.window}}]) + }", "}"),
            ("rate(a[{{ .window }}]) + sum(increase(c", "(c"),
            ("rate(a[$windows])", "$windows"),
        ] {
            let offset = Expression::parse(text).unwrap_err().offset.unwrap();
            assert!(text[offset..].starts_with(want), "{text}: {}", &text[offset..]);
        }
    }
}
