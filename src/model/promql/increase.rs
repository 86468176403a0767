//! The increase of an expression over raw counters. A sum of counters is no counter: it falls when an instance leaves and
//! jumps when one comes. So the increase is taken of every series before anything is added up.

use promql_parser::parser::{BinaryExpr, Expr, LabelModifier, VectorMatchCardinality, VectorSelector, token};

use super::render::SUBQUERY_STEP;
use super::terms::{constant, without_parens};
use slo_core::duration;

/// An expression as the events that happen in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Increase {
    /// PromQL, with `$window` where the length of the window belongs.
    pub(super) text: String,
    /// The increase is taken of every series, and only added up afterwards.
    pub(super) is_sound: bool,
}

/// Puts `increase(…[$window])` into `expr`, around each of its selectors as far as adding and scaling goes; around what
/// lies deeper as a whole.
pub(super) fn increase(expr: &Expr) -> Increase {
    let mut is_sound = true;
    let text = put(expr, &mut is_sound);
    Increase { text, is_sound }
}

fn put(expr: &Expr, is_sound: &mut bool) -> String {
    match expr {
        Expr::Paren(paren) => format!("({})", put(&paren.expr, is_sound)),
        Expr::Unary(unary) => format!("-{}", put(&unary.expr, is_sound)),
        Expr::VectorSelector(vector) => selected(vector),
        Expr::Aggregate(aggregate) if aggregate.op.id() == token::T_SUM => {
            let modifier = match &aggregate.modifier {
                Some(LabelModifier::Include(labels)) if !labels.is_empty() => format!(" by ({labels}) "),
                Some(LabelModifier::Exclude(labels)) => format!(" without ({labels}) "),
                Some(LabelModifier::Include(_)) | None => String::new(),
            };
            format!("sum{modifier}({})", put(&aggregate.expr, is_sound))
        }
        Expr::Binary(binary) => both(expr, binary, is_sound),
        // A constant has no increase.
        Expr::Call(call) if call.func.name == "vector" && constant(expr).is_some() => "vector(0)".to_owned(),
        other => whole(other, is_sound),
    }
}

fn both(expr: &Expr, binary: &BinaryExpr, is_sound: &mut bool) -> String {
    let (left, right) = (&*binary.lhs, &*binary.rhs);
    let is_number = |side: &Expr| match without_parens(side) {
        Expr::NumberLiteral(_) | Expr::Unary(_) => constant(side).is_some(),
        _ => false,
    };
    match (binary.op.id(), is_number(left), is_number(right)) {
        (token::T_ADD | token::T_SUB, false, true) => put(left, is_sound),
        (token::T_ADD, true, false) => put(right, is_sound),
        (token::T_SUB, true, false) => format!("-{}", put(right, is_sound)),
        (token::T_MUL | token::T_DIV, false, true) => {
            format!("{} {} {right}", put(left, is_sound), binary.op)
        }
        (token::T_MUL, true, false) => format!("{left} * {}", put(right, is_sound)),
        (token::T_ADD | token::T_SUB | token::T_LOR | token::T_LUNLESS | token::T_LAND, false, false) => {
            let modifier = binary.modifier.as_ref().map(ToString::to_string).unwrap_or_default();
            let modifier = modifier.trim();
            let space = if modifier.is_empty() { "" } else { " " };
            let (left, right) = (put(left, is_sound), put(right, is_sound));
            format!("{left} {}{space}{modifier} {right}", binary.op)
        }
        _ => whole(expr, is_sound),
    }
}

fn selected(vector: &VectorSelector) -> String {
    let at = vector.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
    let offset = vector.offset.as_ref().map(|offset| format!(" offset {offset}")).unwrap_or_default();
    let plain = VectorSelector { at: None, offset: None, ..vector.clone() };
    format!("increase({plain}[$window]{at}{offset})")
}

fn whole(expr: &Expr, is_sound: &mut bool) -> String {
    *is_sound &= is_of_series(expr);
    format!("increase(({expr})[$window:{}])", duration::format(SUBQUERY_STEP))
}

/// Whether every value of `expr` is that of one counter, as it is without aggregations and with joins that only add
/// labels.
fn is_of_series(expr: &Expr) -> bool {
    match expr {
        Expr::VectorSelector(_) => true,
        Expr::Paren(paren) => is_of_series(&paren.expr),
        Expr::Call(call) => {
            matches!(call.func.name, "label_replace" | "label_join")
                && call.args.args.first().is_some_and(|argument| is_of_series(argument))
        }
        Expr::Binary(binary) => {
            let is_join = binary.op.id() == token::T_MUL
                && binary.modifier.as_ref().is_some_and(|modifier| match modifier.card {
                    VectorMatchCardinality::ManyToOne(_) | VectorMatchCardinality::OneToMany(_) => true,
                    VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => false,
                });
            is_join && is_of_series(&binary.lhs) && is_of_series(&binary.rhs)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, want: &str, is_sound: bool) {
        let expr = crate::promql::parse(query).unwrap();
        let got = increase(&expr);
        assert_eq!((got.text.as_str(), got.is_sound), (want, is_sound), "{query}");
        crate::promql::validate(&want.replace("$window", "5m")).unwrap();
    }

    #[test]
    fn each_series_is_counted_before_they_are_added_up() {
        check(
            "sum by (x) (a{y=\"1\"}) or sum by (x) (b offset 5m)",
            "sum by (x) (increase(a{y=\"1\"}[$window])) or sum by (x) (increase(b[$window] offset 5m))",
            true,
        );
        check("sum(a or b)", "sum(increase(a[$window]) or increase(b[$window]))", true);
        check("(sum(a) + 3) * 60", "(sum(increase(a[$window]))) * 60", true);
        check("10 - sum(a)", "-sum(increase(a[$window]))", true);
        check("sum(a) or on () vector(7)", "sum(increase(a[$window])) or on () vector(0)", true);
        check(
            "sum without (x) (a unless on (x) b)",
            "sum without (x) (increase(a[$window]) unless on (x) increase(b[$window]))",
            true,
        );
        check(
            "sum by (team) (a * on (pod) group_left (team) owner)",
            "sum by (team) (increase((a * on (pod) group_left (team) owner)[$window:30s]))",
            true,
        );
    }

    #[test]
    fn what_is_no_counter_is_evaluated_as_a_whole_and_told() {
        check("max(a)", "increase((max(a))[$window:30s])", false);
        check("sum(a) / sum(b)", "increase((sum(a) / sum(b))[$window:30s])", false);
        check(
            "sum(a) - histogram_quantile(0.9, sum by (le) (b))",
            "sum(increase(a[$window])) - increase((histogram_quantile(0.9, sum by (le) (b)))[$window:30s])",
            false,
        );
        check("clamp_min(a, 0)", "increase((clamp_min(a, 0))[$window:30s])", false);
        check("a > 5", "increase((a > 5)[$window:30s])", false);
    }
}
