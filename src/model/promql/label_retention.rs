//! Which labels the result of an expression can carry, read off its text.

use promql_parser::parser::value::ValueType;
use promql_parser::parser::{BinModifier, Expr, LabelModifier, VectorMatchCardinality, token};

/// False when `label` is surely gone from the result of `expr`; true when it may be there.
pub(super) fn keeps(expr: &Expr, label: &str) -> bool {
    match expr {
        Expr::Aggregate(aggregate) => {
            let selects = matches!(
                aggregate.op.id(),
                token::T_TOPK | token::T_BOTTOMK | token::T_LIMITK | token::T_LIMIT_RATIO
            );
            let modified = match &aggregate.modifier {
                _ if selects => true,
                Some(LabelModifier::Include(labels)) => labels.labels.iter().any(|name| name == label),
                Some(LabelModifier::Exclude(labels)) => !labels.labels.iter().any(|name| name == label),
                None => false,
            };
            modified && keeps(&aggregate.expr, label)
        }
        Expr::Unary(unary) => keeps(&unary.expr, label),
        Expr::Paren(paren) => keeps(&paren.expr, label),
        Expr::Subquery(subquery) => keeps(&subquery.expr, label),
        Expr::Binary(binary) => {
            let scalar = |side: &Expr| side.value_type() == ValueType::Scalar;
            match (scalar(&binary.lhs), scalar(&binary.rhs)) {
                (true, true) => false,
                (true, false) => keeps(&binary.rhs, label),
                (false, true) => keeps(&binary.lhs, label),
                (false, false) => joined(&binary.lhs, binary.modifier.as_ref(), &binary.rhs, label),
            }
        }
        Expr::Call(call) => match call.func.name {
            // These make labels, or take the vector from elsewhere than their first argument.
            "label_replace" | "label_join" | "info" | "absent" | "absent_over_time" => true,
            "vector" | "scalar" | "time" | "pi" => false,
            _ => call.args.args.iter().any(|argument| keeps(argument, label)),
        },
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) | Expr::Extension(_) => true,
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => false,
    }
}

/// Whether a label survives the match of two vectors.
fn joined(left: &Expr, modifier: Option<&BinModifier>, right: &Expr, label: &str) -> bool {
    let Some(modifier) = modifier else {
        return keeps(left, label);
    };
    match &modifier.card {
        VectorMatchCardinality::ManyToOne(extra) => {
            keeps(left, label) || extra.labels.iter().any(|name| name == label)
        }
        VectorMatchCardinality::OneToMany(extra) => {
            keeps(right, label) || extra.labels.iter().any(|name| name == label)
        }
        // `and`, `or` and `unless` leave their series as they are.
        VectorMatchCardinality::ManyToMany => keeps(left, label) || keeps(right, label),
        VectorMatchCardinality::OneToOne => match &modifier.matching {
            Some(LabelModifier::Include(labels)) => {
                labels.labels.iter().any(|name| name == label) && keeps(left, label)
            }
            Some(LabelModifier::Exclude(labels)) => {
                !labels.labels.iter().any(|name| name == label) && keeps(left, label)
            }
            None => keeps(left, label),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, kept: &[&str], gone: &[&str]) {
        let expr = crate::promql::parse(query).unwrap();
        for label in kept {
            assert!(keeps(&expr, label), "{query} keeps {label}");
        }
        for label in gone {
            assert!(!keeps(&expr, label), "{query} loses {label}");
        }
    }

    #[test]
    fn aggregations_and_matches_decide() {
        check("sum by (route) (rate(a[5m]))", &["route"], &["code"]);
        check("sum without (code) (rate(a[5m]))", &["route"], &["code"]);
        check("sum(a)", &[], &["route"]);
        check("time() - max by (source) (a)", &["source"], &["route"]);
        check("sum by (a, b) (x) / on (a) sum by (a) (y)", &["a"], &["b"]);
        check("sum by (a, b) (x) / on (a) group_left sum by (a) (y)", &["a", "b"], &["c"]);
        check("histogram_quantile(0.9, sum by (le, route) (rate(a_bucket[5m])))", &["route"], &["code"]);
        check("topk(3, a)", &["route"], &[]);
        check("a and on () b", &["route"], &[]);
    }
}
