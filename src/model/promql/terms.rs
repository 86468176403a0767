//! Sums and differences of counters, and what stands around a counter without changing what it counts.

use std::collections::BTreeSet;
use std::time::Duration;

use promql_parser::parser::{BinModifier, BinaryExpr, Expr, LabelModifier, VectorMatchCardinality, token};

use super::observations::observations;
use super::{QueryError, Selector};

/// Most counters in one query; a sum of more is left to the source.
const MOST_TERMS: usize = 32;

/// Which labels an aggregation keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grouping {
    /// `by (…)`; empty for a plain `sum`.
    By(Vec<String>),
    /// `without (…)`.
    Without(Vec<String>),
    /// No aggregation: every label stays.
    Everything,
}

impl Grouping {
    /// Whether `label` stays, where series have it.
    pub(super) fn keeps(&self, label: &str) -> bool {
        match self {
            Self::By(names) => names.iter().any(|name| name == label),
            Self::Without(names) => !names.iter().any(|name| name == label),
            Self::Everything => true,
        }
    }
}

/// What a counter's value is made into; only like may be added to like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// The counter as it stands, which may also be read as a gauge.
    Bare,
    Rate,
    Increase(Duration),
}

/// One counter of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Which series are counted.
    pub selector: Selector,
    /// What they count is taken off.
    pub minus: bool,
    /// They are native histograms' observations up to the bound that the selector's `le` names.
    pub native: bool,
}

/// A query that is nothing but counters.
pub(super) struct Terms {
    pub(super) list: Vec<Term>,
    pub(super) grouping: Grouping,
    pub(super) unit: Unit,
}

/// The counters that `expr` adds up, if it does nothing else: a selector, its `rate` or `increase`, `sum` of either, sums
/// and differences of such sums. What changes no counter's increase is looked through: `or vector(0)`, a constant that is
/// added, a factor of 1.
///
/// A sum whose sides have no common labels has no result in PromQL, nor has one with an empty side. Counted here, it has
/// what is there: a counter that nobody has touched yet is no reason to know nothing of the other.
pub(super) fn terms(expr: &Expr) -> Result<Option<Terms>, QueryError> {
    let Some(terms) = any_terms(expr)? else { return Ok(None) };
    let is_tellable = terms.list.len() <= MOST_TERMS && terms.list.iter().any(|term| !term.minus);
    let told_apart = |(place, term): (usize, &Term)| {
        terms.list.iter().skip(place + 1).all(|other| {
            let (a, b) = (&term.selector, &other.selector);
            // Series that are in both by chance would have to be counted twice.
            a.is_within(b) || b.is_within(a) || a.is_apart_from(b)
        })
    };
    Ok((is_tellable && terms.list.iter().enumerate().all(told_apart)).then_some(terms))
}

fn any_terms(expr: &Expr) -> Result<Option<Terms>, QueryError> {
    match expr {
        Expr::Paren(paren) => any_terms(&paren.expr),
        Expr::Binary(binary) => combined(binary, expr),
        other => one(other),
    }
}

fn combined(binary: &BinaryExpr, whole: &Expr) -> Result<Option<Terms>, QueryError> {
    let (left, right) = (&*binary.lhs, &*binary.rhs);
    match binary.op.id() {
        token::T_LOR if is_zero(right) => any_terms(left),
        token::T_ADD | token::T_SUB if constant(right).is_some() => any_terms(left),
        token::T_ADD if constant(left).is_some() => any_terms(right),
        token::T_MUL | token::T_DIV if constant(right) == Some(1.0) => any_terms(left),
        token::T_MUL if constant(left) == Some(1.0) => any_terms(right),
        token::T_MUL => one(whole),
        token::T_ADD | token::T_SUB => {
            let (Some(mut all), Some(more)) = (any_terms(left)?, any_terms(right)?) else { return Ok(None) };
            if all.unit != more.unit
                || !is_one_to_one(&all.grouping, &more.grouping, binary.modifier.as_ref())
            {
                return Ok(None);
            }
            let minus = binary.op.id() == token::T_SUB;
            all.list.extend(more.list.into_iter().map(|term| Term { minus: term.minus != minus, ..term }));
            Ok(Some(all))
        }
        _ => Ok(None),
    }
}

/// Whether the sides are sums over the same labels, and are matched by all of them.
fn is_one_to_one(left: &Grouping, right: &Grouping, modifier: Option<&BinModifier>) -> bool {
    let (Grouping::By(left), Grouping::By(right)) = (left, right) else { return false };
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    let by = set(left);
    by == set(right)
        && modifier.is_none_or(|modifier| {
            let by_all = match &modifier.matching {
                None => true,
                Some(LabelModifier::Include(labels)) => set(&labels.labels) == by,
                Some(LabelModifier::Exclude(labels)) => labels.labels.is_empty(),
            };
            by_all && modifier.card == VectorMatchCardinality::OneToOne
        })
}

/// A counter alone, or the sum of one.
fn one(expr: &Expr) -> Result<Option<Terms>, QueryError> {
    let (inner, grouping) = match expr {
        Expr::Aggregate(aggregate) if aggregate.op.id() == token::T_SUM => {
            let grouping = match &aggregate.modifier {
                None => Grouping::By(Vec::new()),
                Some(LabelModifier::Include(labels)) => Grouping::By(labels.labels.clone()),
                Some(LabelModifier::Exclude(labels)) => Grouping::Without(labels.labels.clone()),
            };
            (&*aggregate.expr, grouping)
        }
        other => (other, Grouping::Everything),
    };
    if let Some((list, within, unit)) = observations(without_zero(inner))? {
        let grouping = if grouping == Grouping::Everything { within } else { grouping };
        return Ok(Some(Terms { list, grouping, unit }));
    }
    let Some((selectors, unit)) = union(inner)? else { return Ok(None) };
    let list = selectors.into_iter().map(|selector| Term { selector, minus: false, native: false }).collect();
    Ok(Some(Terms { list, grouping, unit }))
}

/// The selectors of one metric that `or` puts together, without those that are within another one. Of two metrics, `or`
/// leaves out the series of the second that have the labels of one of the first; that is left to the source.
fn union(expr: &Expr) -> Result<Option<(Vec<Selector>, Unit)>, QueryError> {
    let Expr::Binary(binary) = without_zero(expr) else { return selected(without_zero(expr)) };
    let by_all = binary.modifier.as_ref().is_none_or(|modifier| modifier.matching.is_none());
    if binary.op.id() != token::T_LOR || !by_all {
        return Ok(None);
    }
    let (Some((mut all, unit)), Some((more, its_unit))) = (union(&binary.lhs)?, union(&binary.rhs)?) else {
        return Ok(None);
    };
    for selector in more {
        let is_same = |other: &Selector| !other.metric().is_empty() && other.metric() == selector.metric();
        if unit != its_unit || !all.iter().all(is_same) {
            return Ok(None);
        }
        if !all.iter().any(|other| selector.is_within(other)) {
            all.retain(|other| !other.is_within(&selector));
            all.push(selector);
        }
    }
    Ok(Some((all, unit)))
}

/// A selector alone, or its `rate` or `increase`.
pub(super) fn selected(expr: &Expr) -> Result<Option<(Vec<Selector>, Unit)>, QueryError> {
    let (vector, unit) = match expr {
        Expr::VectorSelector(vector) => (vector, Unit::Bare),
        Expr::Call(call) => match call.args.args.first().map(|arg| without_parens(arg)) {
            Some(Expr::MatrixSelector(matrix)) if call.func.name == "rate" => (&matrix.vs, Unit::Rate),
            Some(Expr::MatrixSelector(matrix)) if call.func.name == "increase" => {
                (&matrix.vs, Unit::Increase(matrix.range))
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    if vector.offset.is_some() || vector.at.is_some() || !vector.matchers.or_matchers.is_empty() {
        return Ok(None);
    }
    Ok(Some((vec![Selector::try_from(vector)?], unit)))
}

/// Without parentheses and `or vector(0)` around it.
fn without_zero(expr: &Expr) -> &Expr {
    match without_parens(expr) {
        Expr::Binary(binary) if binary.op.id() == token::T_LOR && is_zero(&binary.rhs) => {
            without_zero(&binary.lhs)
        }
        other => other,
    }
}

/// Without parentheses around it.
pub(super) fn without_parens(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => without_parens(&paren.expr),
        other => other,
    }
}

/// What only says that no series is zero: `vector(0)`, or something times zero.
fn is_zero(expr: &Expr) -> bool {
    if constant(expr) == Some(0.0) {
        return true;
    }
    match without_parens(expr) {
        Expr::Binary(binary) if binary.op.id() == token::T_MUL => {
            is_zero(&binary.lhs) || is_zero(&binary.rhs)
        }
        _ => false,
    }
}

/// The value of a number, or of a vector of one.
pub(super) fn constant(expr: &Expr) -> Option<f64> {
    match without_parens(expr) {
        Expr::NumberLiteral(number) => Some(number.val),
        Expr::Unary(unary) => constant(&unary.expr).map(|value| -value),
        Expr::Call(call) if call.func.name == "vector" => {
            call.args.args.first().and_then(|value| constant(value))
        }
        _ => None,
    }
}
