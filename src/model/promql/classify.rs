//! Tells what a query is: a counter whose raw samples we can count ourselves, or an expression that only the
//! source can evaluate.

use super::terms::{Grouping, Term, Terms, Unit, terms};
use promql_parser::parser::{Expr, token};

use super::{Expression, QueryError, Selector, label_retention, parse};
use slo_core::labels::Labels;

/// A counter that is counted from its raw samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Which series are counted.
    pub selector: Selector,
    grouping: Grouping,
    /// It counts native histograms' observations up to the bound that the selector's `le` names.
    native: bool,
    text: Box<str>,
    /// The selector stood bare, without `rate` or `increase` and so may also be read as a gauge.
    pub bare: bool,
}

impl Counter {
    /// The labels of `series` that survive the query's own aggregation.
    #[must_use]
    pub fn kept(&self, series: &Labels) -> Labels {
        match &self.grouping {
            Grouping::By(names) => series.only(names),
            Grouping::Without(names) => series.without(names),
            Grouping::Everything => series.clone(),
        }
    }

    /// Whether the query's own aggregation leaves `label` on its result, if the series have it.
    pub fn keeps(&self, label: &str) -> bool {
        self.grouping.keeps(label)
    }
}

/// Sums of counters that are added and subtracted, all by the same labels; each is counted from its raw samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combined {
    terms: Box<[Term]>,
    grouping: Grouping,
    text: Box<str>,
    bare: bool,
}

/// A query of an indicator, classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SliQuery {
    /// Counted here, from raw samples: exact.
    Counter(Counter),
    /// Several that are added and subtracted, counted here as well.
    Combined(Combined),
    /// Evaluated by the source: an estimate.
    Expression(Expression),
}

impl SliQuery {
    /// Parses and classifies. A counter selector, `sum [by|without]` of one, and `sum [by|without]` of its `rate`
    /// or `increase` is a counter, also with `or vector(0)` behind it; sums and differences of such sums are counters that
    /// are combined; everything else is an expression.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let (expression, parsed) = Expression::parse_tree(text)?;
        let Some(Terms { list, grouping, unit }) = terms(&parsed)? else {
            return Ok(Self::Expression(expression));
        };
        let (text, bare) = (text.into(), unit == Unit::Bare);
        Ok(match (list.as_slice(), grouping) {
            ([one], grouping) => {
                let (selector, native) = (one.selector.clone(), one.native);
                Self::Counter(Counter { selector, grouping, native, text, bare })
            }
            (several, grouping)
                if matches!(grouping, Grouping::By(_)) || several.iter().all(|term| term.native) =>
            {
                Self::Combined(Combined { terms: list.into(), grouping, text, bare })
            }
            _ => Self::Expression(expression),
        })
    }

    /// The counters that are counted here; none of an expression.
    pub fn terms(&self) -> Vec<Term> {
        match self {
            Self::Counter(Counter { selector, native, .. }) => {
                vec![Term { selector: selector.clone(), minus: false, native: *native }]
            }
            Self::Combined(combined) => combined.terms.to_vec(),
            Self::Expression(_) => Vec::new(),
        }
    }

    /// True when native histograms' observations are counted.
    pub fn is_native(&self) -> bool {
        match self {
            Self::Counter(counter) => counter.native,
            Self::Combined(combined) => combined.terms.iter().any(|term| term.native),
            Self::Expression(_) => false,
        }
    }

    /// True of selectors that stand bare, without `rate` or `increase`, so that they may also be read as gauges; `None` of an
    /// expression.
    pub fn is_bare(&self) -> Option<bool> {
        match self {
            Self::Counter(counter) => Some(counter.bare),
            Self::Combined(combined) => Some(combined.bare),
            Self::Expression(_) => None,
        }
    }

    /// Whether the result can carry `label`, as far as the query's text tells: false when it is surely aggregated
    /// away.
    pub fn keeps(&self, label: &str) -> bool {
        match self {
            Self::Counter(counter) => counter.keeps(label),
            Self::Combined(combined) => combined.grouping.keeps(label),
            Self::Expression(_) => match parse::query(&self.at_a_moment()) {
                Ok(parsed) => label_retention::keeps(&parsed, label),
                Err(_) => true,
            },
        }
    }

    /// True when what comes last is a comparison without `bool`, perhaps of what a mean or an extreme is taken.
    pub fn is_filter(&self) -> bool {
        match self {
            Self::Counter(_) | Self::Combined(_) => false,
            Self::Expression(_) => parse::query(&self.at_a_moment()).is_ok_and(|tree| filters(&tree)),
        }
    }

    /// The query as it stands, for evaluation at a moment; a window it asks for is 5 minutes.
    pub fn at_a_moment(&self) -> String {
        super::window::fill(self.text(), super::render::MOMENT_WINDOW)
    }

    /// The text as the user wrote it.
    pub fn text(&self) -> &str {
        match self {
            Self::Counter(counter) => &counter.text,
            Self::Combined(combined) => &combined.text,
            Self::Expression(expression) => expression.text(),
        }
    }
}

fn filters(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(paren) => filters(&paren.expr),
        Expr::Aggregate(aggregate) => {
            matches!(aggregate.op.id(), token::T_AVG | token::T_MIN | token::T_MAX)
                && filters(&aggregate.expr)
        }
        Expr::Binary(binary) => {
            let is_comparison = matches!(
                binary.op.id(),
                token::T_EQLC | token::T_NEQ | token::T_LSS | token::T_GTR | token::T_LTE | token::T_GTE
            );
            is_comparison && !binary.return_bool()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Option<String> {
        match SliQuery::parse(text).unwrap() {
            SliQuery::Counter(counter) => Some(counter.selector.to_string()),
            SliQuery::Combined(_) | SliQuery::Expression(_) => None,
        }
    }

    /// The counters of `text`, with their signs.
    fn signed(text: &str) -> Vec<String> {
        let sign = |term: &Term| if term.minus { '-' } else { '+' };
        let terms = SliQuery::parse(text).unwrap().terms();
        terms.iter().map(|term| format!("{}{}", sign(term), term.selector)).collect()
    }

    #[test]
    fn what_says_only_that_nothing_is_zero_leaves_a_counter_what_it_is() {
        for text in [
            "sum(a) or vector(0)",
            "sum(a) or on () vector(0)",
            "(sum(a or vector(0)))",
            "sum(rate(a[5m])) or vector(0)",
            "sum(increase(a[$window])) or 0 * sum(b)",
            "sum(a) * 1",
            "0 + sum(a)",
            "sum(a) - 0",
            "sum(a) / 1",
        ] {
            assert_eq!(selector(text).as_deref(), Some("a"), "{text}");
        }
        for text in
            ["sum(a) or vector(1)", "vector(0) or sum(a)", "1 / sum(a)", "sum(a) * 2", "sum(a) or sum(b)"]
        {
            assert_eq!(signed(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn sums_and_differences_are_counters_that_are_combined() {
        for (text, want) in [
            ("sum(a) + sum(b)", &["+a", "+b"][..]),
            ("sum(a) - (sum(b) - (sum(c) or vector(0)))", &["+a", "-b", "+c"]),
            ("sum(a) - sum(a{code=\"500\"})", &["+a", "-a{code=\"500\"}"]),
            ("sum(a{c=\"1\"}) + sum(a{c=~\"[23]\"})", &["+a{c=\"1\"}", "+a{c=~\"[23]\"}"]),
            ("sum by (x) (a) + on (x) sum by (x) (b)", &["+a", "+b"]),
            ("sum(rate(a[5m])) + sum(rate(b[1h]))", &["+a", "+b"]),
            ("sum(a{c=\"1\"} or (a{c=\"2\"} or vector(0)))", &["+a{c=\"1\"}", "+a{c=\"2\"}"]),
            ("sum(a{c=\"1\"} or a or a{c=\"2\"})", &["+a"]),
            ("sum(rate(a{c=\"1\"}[5m]) or rate(a{c!=\"1\"}[5m]))", &["+a{c=\"1\"}", "+a{c!=\"1\"}"]),
            ("sum(a or b)", &[]),
            ("sum(a{c=\"1\"} or a{d=\"1\"})", &[]),
            ("sum(a{c=\"1\"} or on (c) a{c=\"2\"})", &[]),
            // Not the same unit, not the same labels, nothing left, or series that may be in both.
            ("sum(a) + sum(rate(b[5m]))", &[]),
            ("sum(increase(a[5m])) + sum(increase(b[1h]))", &[]),
            ("sum by (x) (a) + sum by (y) (b)", &[]),
            ("sum by (x) (a) + on (x) group_left () sum by (x) (b)", &[]),
            ("a + b", &[]),
            ("5 - sum(a)", &[]),
            ("sum(a{c=\"1\"}) + sum(a{d=\"1\"})", &[]),
        ] {
            assert_eq!(signed(text), want, "{text}");
        }
        let query = SliQuery::parse("sum by (x) (a) + sum by (x) (b)").unwrap();
        assert!(query.keeps("x") && !query.keeps("y") && query.is_bare() == Some(true));
    }

    #[test]
    fn counters_are_recognised_in_every_usual_shape() {
        let want = Some(r#"http_requests_total{job="shop",code!~"5.."}"#.to_owned());
        for text in [
            r#"http_requests_total{job="shop",code!~"5.."}"#,
            r#"sum(http_requests_total{job="shop",code!~"5.."})"#,
            r#"sum by (instance) (rate(http_requests_total{job="shop",code!~"5.."}[5m]))"#,
            r#"sum(increase(http_requests_total{job="shop",code!~"5.."}[$window]))"#,
            r#"(sum(rate(({__name__="http_requests_total",job="shop",code!~"5.."}[{{.window}}]))))"#,
            r#"sum without (code) (http_requests_total{job="shop",code!~"5.."})"#,
        ] {
            assert_eq!(selector(text), want, "{text}");
        }
    }

    #[test]
    fn anything_else_is_an_expression() {
        for text in [
            "sum(rate(a[5m])) / sum(rate(b[5m]))",
            "time() - ingest_last_success_timestamp_seconds",
            "a_total offset 5m",
            "max(a_total)",
            "sum(rate(a_total[5m] @ 100))",
            "histogram_fraction(0, 0.2, rate(x[5m]))",
        ] {
            assert_eq!(selector(text), None, "{text}");
        }
    }

    #[test]
    fn the_window_is_filled_in() {
        let expression =
            Expression::parse("sum(increase(a[$window])) - sum(increase(b[${window}]))").unwrap();
        assert_eq!(
            expression.over(slo_core::time::Span::hours(1)),
            "sum(increase(a[1h])) - sum(increase(b[1h]))"
        );
    }
}
