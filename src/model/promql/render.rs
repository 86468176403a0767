//! Free expressions: anything that is not a plain counter. The source evaluates them, window by window.

use std::borrow::Cow;
use std::time::Duration;

use promql_parser::parser::{Call, Expr};

use super::QueryError;
use super::increase::{Increase, increase};
use super::piece::{self, RangeEdges};
use super::terms::without_parens;
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
        // The tree has no word for operators that cut histograms off.
        let is_told_by_tree = !text.contains("</") && !text.contains(">/");
        let of_counters = (yields == Yields::Value && !has_placeholder && is_told_by_tree)
            .then(|| Box::new(increase(tree)));
        let fixed_range = seen.counted.or(seen.range).filter(|_| !has_placeholder);
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

    /// True when a part of it counts over a range of its own beside `$window`: it is asked at the end of a window, and its
    /// last minutes stand for all of it.
    pub fn counts_beside_window(&self) -> bool {
        // A length that nobody writes.
        const LENGTH: Span = Span::from_seconds(86_399);
        !placeholders(&self.text).is_empty()
            && super::parse::query(&fill(&self.text, LENGTH))
                .is_ok_and(|tree| counts_beside(&tree, LENGTH.to_std()))
    }

    /// The query for a window of that length, as it stands. An expression with a range of its own is averaged over the
    /// window's steps, and one without any is taken for one over counters.
    pub fn over(&self, window: Span) -> String {
        fill(&self.template(), window)
    }

    /// The query for one of several windows that follow each other, so that they have together what happened, whole and
    /// once, on a server that reads ranges so. `interval` tells how often the series of a selector are scraped, for each of
    /// [`Expression::scraped`].
    pub fn piece(&self, window: Span, edges: RangeEdges, interval: impl Fn(&str) -> Span) -> String {
        piece::render(&self.template(), window, edges, interval)
    }

    /// The selectors whose scrape interval has to be known for [`Expression::piece`].
    pub fn scraped(&self) -> Vec<String> {
        piece::scraped(&self.template())
    }

    /// The query, with `$window` where the window's length belongs.
    fn template(&self) -> Cow<'_, str> {
        let (text, step) = (&self.text, duration::format(SUBQUERY_STEP));
        match (self.yields, self.fixed_range) {
            (Yields::Value, _) => match &self.increase {
                Some(increase) => Cow::Borrowed(&increase.text),
                None => Cow::Owned(format!("increase(({text})[$window:{step}])")),
            },
            (Yields::Events | Yields::EventsPerSecond, Some(_)) => {
                // Not the mean of what there is: where a filter leaves nothing, nothing happened.
                Cow::Owned(format!(
                    "sum_over_time(({text})[$window:{step}]) / scalar(count_over_time(vector(1)[$window:{step}]))"
                ))
            }
            (Yields::Events | Yields::EventsPerSecond, None) => Cow::Borrowed(text),
        }
    }

    /// Turns one evaluation of [`Expression::over`] or [`Expression::piece`] into events.
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

/// Functions that say how much happened in a range.
const EVENTS: [&str; 6] = ["increase", "delta", "changes", "resets", "count_over_time", "sum_over_time"];
/// Functions that say how much happens in a second.
const RATES: [&str; 3] = ["rate", "irate", "deriv"];

/// The range that a function looks at, if it looks at one.
fn range_of(call: &Call) -> Option<Duration> {
    call.args.args.iter().find_map(|argument| match without_parens(argument) {
        Expr::MatrixSelector(matrix) => Some(matrix.range),
        Expr::Subquery(subquery) => Some(subquery.range),
        _ => None,
    })
}

/// The checker's limit on ranges leaves none that does not fit.
fn span(range: Duration) -> Span {
    Span::from_ms(i64::try_from(range.as_millis()).unwrap_or(i64::MAX))
}

/// Whether a function counts over another range than `window`, and not inside one that is.
fn counts_beside(expr: &Expr, window: Duration) -> bool {
    match expr {
        Expr::Call(call) => match range_of(call) {
            Some(range) if range == window => false,
            Some(_) if EVENTS.contains(&call.func.name) || RATES.contains(&call.func.name) => true,
            _ => call.args.args.iter().any(|argument| counts_beside(argument, window)),
        },
        Expr::Aggregate(aggregate) => counts_beside(&aggregate.expr, window),
        Expr::Unary(unary) => counts_beside(&unary.expr, window),
        Expr::Paren(paren) => counts_beside(&paren.expr, window),
        Expr::Binary(binary) => counts_beside(&binary.lhs, window) || counts_beside(&binary.rhs, window),
        Expr::Subquery(subquery) => subquery.range != window && counts_beside(&subquery.expr, window),
        Expr::MatrixSelector(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::VectorSelector(_)
        | Expr::Extension(_) => false,
    }
}

/// What occurs in an expression.
#[derive(Default)]
struct Seen {
    events: bool,
    rates: bool,
    /// The longest range.
    range: Option<Span>,
    /// The longest range over which events are counted.
    counted: Option<Span>,
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
            Expr::Subquery(subquery) => {
                self.range = self.range.max(Some(span(subquery.range)));
                self.visit(&subquery.expr);
            }
            Expr::Call(call) => {
                if EVENTS.contains(&call.func.name) {
                    self.events = true;
                    self.counted = self.counted.max(range_of(call).map(span));
                }
                self.rates |= RATES.contains(&call.func.name);
                call.args.args.iter().for_each(|argument| self.visit(argument));
            }
            Expr::MatrixSelector(matrix) => {
                self.range = self.range.max(Some(span(matrix.range)));
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
    fn a_range_of_its_own_is_taken_for_every_step_of_the_window() {
        for (text, range) in [
            ("sum(count_over_time((a == 1)[5m:15s]))", Some(300)),
            ("sum(increase(a[10m:15s]))", Some(600)),
            ("sum(increase(rate(a[1h])[10m:15s]))", Some(600)),
            ("max(increase(a[5m]))", Some(300)),
            ("sum(count_over_time((a == 1)[$window:15s]))", None),
            ("sum(count_over_time((rate(a[5m]) > 1)[$window:15s]))", None),
        ] {
            let expression = Expression::parse(text).unwrap();
            let over = expression.over(Span::hours(6));
            crate::promql::validate(&over).unwrap();
            assert_eq!(over.starts_with("sum_over_time(("), range.is_some(), "{over}");
            // Asked once a step, of which each stands for its share of the window.
            let events = expression.events(f64::from(range.unwrap_or(6 * 3600)), Span::hours(6));
            assert!((events - 6.0 * 3600.0).abs() < 1e-6, "{text}: {events}");
            assert!(!expression.counts_beside_window(), "{text}");
        }
    }

    #[test]
    fn what_counts_over_another_range_than_the_window_is_found() {
        for (text, want) in [
            ("sum(increase(a[$window])) + sum(increase(b[5m:15s]))", true),
            ("rate(a[5m]) / rate(b[5m]) * increase(b[$window])", true),
            ("sum(sum_over_time((rate(a[5m]) > 1)[$window:1m]))", false),
            ("sum(increase(a[$window])) * (avg_over_time(b[5m]) > bool 0)", false),
            ("sum(increase(b[5m]))", false),
        ] {
            assert_eq!(Expression::parse(text).unwrap().counts_beside_window(), want, "{text}");
        }
    }

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
