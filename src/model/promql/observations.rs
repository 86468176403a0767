//! Native histograms in an indicator's query: how many observations there were, and how many at or below a value. Both count
//! up like any counter.

use promql_parser::parser::{BinaryExpr, Call, Expr, LabelModifier, token};

use super::terms::{Grouping, Term, Unit, constant, without_parens};
use super::{Matcher, QueryError, Selector};
use slo_core::names::LE;

/// What `+Inf` is written as in the label of a bucket.
const EVERYTHING: &str = "+Inf";

/// Which histograms, and what is done to them before they are asked for their observations.
#[derive(PartialEq)]
struct Histograms {
    selector: Selector,
    grouping: Grouping,
    unit: Unit,
}

/// The counters that `expr` is made of, if it counts observations: `histogram_count(…)`, or that times
/// `histogram_fraction(…)` of the same histograms.
pub(super) fn observations(expr: &Expr) -> Result<Option<(Vec<Term>, Grouping, Unit)>, QueryError> {
    match without_parens(expr) {
        Expr::Call(call) if call.func.name == "histogram_count" => {
            let Some(of) = argument(call, 0).map(histograms).transpose()?.flatten() else { return Ok(None) };
            let Some(all) = upto(&of.selector, f64::INFINITY) else { return Ok(None) };
            Ok(Some((vec![all], of.grouping, of.unit)))
        }
        Expr::Binary(binary) if binary.op.id() == token::T_MUL => within(binary),
        _ => Ok(None),
    }
}

/// `histogram_fraction(lower, upper, h) * histogram_count(h)`, in either order.
fn within(binary: &BinaryExpr) -> Result<Option<(Vec<Term>, Grouping, Unit)>, QueryError> {
    let (left, right) = (without_parens(&binary.lhs), without_parens(&binary.rhs));
    let (Expr::Call(one), Expr::Call(other)) = (left, right) else { return Ok(None) };
    let (fraction, count) = match (one.func.name, other.func.name) {
        ("histogram_fraction", "histogram_count") => (one, other),
        ("histogram_count", "histogram_fraction") => (other, one),
        _ => return Ok(None),
    };
    if binary.modifier.as_ref().is_some_and(|modifier| modifier.matching.is_some()) {
        return Ok(None);
    }
    let bound = |place| argument(fraction, place).and_then(constant);
    let (Some(lower), Some(upper)) = (bound(0), bound(1)) else { return Ok(None) };
    let of = argument(fraction, 2).map(histograms).transpose()?.flatten();
    let counted = argument(count, 0).map(histograms).transpose()?.flatten();
    let Some(of) = of.filter(|of| Some(of) == counted.as_ref()) else { return Ok(None) };
    let Some(at_most) = upto(&of.selector, upper) else { return Ok(None) };
    let mut terms = vec![at_most];
    // What is measured is never negative, and what is exactly zero is in it.
    if lower > 0.0 {
        let Some(below) = upto(&of.selector, lower) else { return Ok(None) };
        terms.push(Term { minus: true, ..below });
    } else if lower < 0.0 && lower.is_finite() {
        return Ok(None);
    }
    Ok((upper > lower && upper > 0.0).then_some((terms, of.grouping, of.unit)))
}

fn argument(call: &Call, place: usize) -> Option<&Expr> {
    call.args.args.get(place).map(|arg| without_parens(arg))
}

/// A selector, its `rate` or `increase`, or the `sum` of either.
fn histograms(expr: &Expr) -> Result<Option<Histograms>, QueryError> {
    match without_parens(expr) {
        Expr::Aggregate(aggregate) if aggregate.op.id() == token::T_SUM => {
            let inner = histograms(&aggregate.expr)?.filter(|inner| inner.grouping == Grouping::Everything);
            let grouping = match &aggregate.modifier {
                None => Grouping::By(Vec::new()),
                Some(LabelModifier::Include(labels)) => Grouping::By(labels.labels.clone()),
                Some(LabelModifier::Exclude(labels)) => Grouping::Without(labels.labels.clone()),
            };
            Ok(inner.map(|inner| Histograms { grouping, ..inner }))
        }
        other => {
            let Some((mut selectors, unit)) = super::terms::selected(other)? else { return Ok(None) };
            let Some(selector) = selectors.pop() else { return Ok(None) };
            let has_bucket = selector.matchers().iter().any(|matcher| matcher.name() == LE);
            Ok((!has_bucket).then_some(Histograms { selector, grouping: Grouping::Everything, unit }))
        }
    }
}

/// The observations at or below a value, named as a classic histogram's bucket is.
fn upto(selector: &Selector, value: f64) -> Option<Term> {
    (!value.is_nan()).then(|| Term::observations(selector, value))
}

impl Term {
    /// The observations at or below `value` of the native histograms that `selector` selects; all of them at infinity.
    #[must_use]
    pub fn observations(selector: &Selector, value: f64) -> Self {
        let bound = if value == f64::INFINITY { EVERYTHING.to_owned() } else { value.to_string() };
        Self { selector: selector.with(Matcher::equal(LE, bound)), minus: false, native: true }
    }

    /// The value that is the upper bound of a native histogram's observations; `None` of other counters and of all
    /// observations.
    pub fn threshold(&self) -> Option<f64> {
        let bound = self.selector.matchers().iter().find(|matcher| matcher.name() == LE)?;
        (self.native && bound.value() != EVERYTHING).then(|| bound.value().parse().ok())?
    }

    /// What is read for it: native histograms without the bound.
    pub fn source_selector(&self) -> Selector {
        if self.native { self.selector.without(LE) } else { self.selector.clone() }
    }
}

#[cfg(test)]
mod tests {
    use crate::promql::SliQuery;

    /// The terms in words; empty for what the source has to evaluate.
    fn terms(text: &str) -> Vec<String> {
        let words = |term: &crate::promql::Term| {
            let sign = if term.minus { "-" } else { "" };
            format!("{sign}{}{}", term.selector, if term.native { " native" } else { "" })
        };
        SliQuery::parse(text).unwrap().terms().iter().map(words).collect()
    }

    #[test]
    fn observations_are_counters() {
        for text in [
            "histogram_count(x{a=\"b\"})",
            "sum(histogram_count(x{a=\"b\"}))",
            "histogram_count(sum(rate(x{a=\"b\"}[5m])))",
            "sum(histogram_count(increase(x{a=\"b\"}[$window]))) or vector(0)",
        ] {
            assert_eq!(terms(text), ["x{a=\"b\",le=\"+Inf\"} native"], "{text}");
        }
        for text in [
            "histogram_fraction(-Inf, 0.5, x) * histogram_count(x)",
            "sum(histogram_count(rate(x[5m])) * histogram_fraction(0, 0.5, rate(x[5m])))",
            "histogram_fraction(0, 0.5, sum(rate(x[5m]))) * histogram_count(sum(rate(x[5m])))",
        ] {
            assert_eq!(terms(text), ["x{le=\"0.5\"} native"], "{text}");
        }
        assert_eq!(
            terms("sum(histogram_fraction(0.5, +Inf, x) * histogram_count(x))"),
            ["x{le=\"+Inf\"} native", "-x{le=\"0.5\"} native"]
        );
        assert_eq!(
            terms("sum(histogram_count(x)) - sum(histogram_count(y))"),
            ["x{le=\"+Inf\"} native", "-y{le=\"+Inf\"} native"]
        );
    }

    #[test]
    fn what_is_of_different_histograms_or_more_than_a_count_is_left_to_the_source() {
        for text in [
            "histogram_fraction(-Inf, 0.5, x) * histogram_count(y)",
            "histogram_fraction(-Inf, 0.5, x)",
            "histogram_fraction(-Inf, 0.5, rate(x[5m])) * histogram_count(increase(x[5m]))",
            "histogram_fraction(-1, 0.5, x) * histogram_count(x)",
            "histogram_fraction(0.7, 0.5, x) * histogram_count(x)",
            "histogram_count(x offset 5m)",
            "histogram_sum(x)",
        ] {
            assert_eq!(terms(text), [""; 0], "{text}");
        }
    }
}
