//! From promql-parser's tree to the one that is evaluated: operators, functions and times resolved, and what this
//! engine does not know refused before anything is read.

use std::time::SystemTime;

use promql_parser::label::Labels as LabelNames;
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinaryExpr, Call, Expr, LabelModifier, Offset, SubqueryExpr,
    VectorMatchCardinality, VectorSelector,
    token::{self, TokenType},
};

use super::Failure;
use super::functions::Function;
use slo_core::time::{Span, Timestamp};
use slo_model::promql::{self, Selector};

/// Deeper expressions are refused: evaluation recurses, and a stack is finite.
const MAX_DEPTH: usize = 200;

/// `offset` and `@`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    pub offset: Span,
    pub at: Option<At>,
}

/// The moment that `@` names.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    Start,
    End,
    Time(Timestamp),
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    And,
    Or,
    Unless,
}

/// How the two sides of an operator find each other.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    pub on: bool,
    pub labels: Vec<String>,
    pub many: Many,
    pub include: Vec<String>,
}

/// Which side may have several elements per match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Many {
    Neither,
    Left,
    Right,
}

/// A binary operation.
#[derive(Debug)]
pub(super) struct Binary {
    pub op: Op,
    pub left: Node,
    pub right: Node,
    pub return_bool: bool,
    pub matching: Matching,
}

/// An aggregation operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    TopK,
    BottomK,
    Quantile,
    CountValues,
}

/// Which labels an aggregation keeps.
#[derive(Debug, Clone)]
pub(super) enum Keep {
    By(Vec<String>),
    Without(Vec<String>),
}

/// An aggregation.
#[derive(Debug)]
pub(super) struct Aggregation {
    pub fold: Fold,
    pub inner: Node,
    pub parameter: Option<Node>,
    pub keep: Keep,
}

/// An expression, ready to be evaluated.
#[derive(Debug)]
pub(super) enum Node {
    Number(f64),
    Text(String),
    Instant { selector: Selector, shift: Shift },
    Range { selector: Selector, shift: Shift, range: Span },
    Subquery { inner: Box<Node>, shift: Shift, range: Span, step: Option<Span> },
    Negate(Box<Node>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregation>),
    Call { name: &'static str, function: Function, arguments: Vec<Node> },
}

/// A compiled query and its type.
#[derive(Debug)]
pub(super) struct Plan {
    pub node: Node,
    pub kind: ValueType,
}

impl Plan {
    /// Parses and compiles; what is wrong with the text is [`Failure::BadData`].
    pub fn new(text: &str) -> Result<Self, Failure> {
        if text.trim().is_empty() {
            return Err(Failure::BadData(
                "unknown position: parse error: no expression found in input".into(),
            ));
        }
        let parsed = promql::parse(text)
            .map_err(|error| Failure::BadData(format!("invalid parameter \"query\": {error}")))?;
        Ok(Self { kind: parsed.value_type(), node: node(&parsed, 0)? })
    }
}

/// Reads a series selector such as `up{job="a"}`: no offset, no function.
pub fn parse_selector(text: &str) -> Result<Selector, Failure> {
    match promql::parse(text) {
        Ok(Expr::VectorSelector(vector)) if vector.offset.is_none() && vector.at.is_none() => {
            selector(&vector)
        }
        Ok(_) => Err(Failure::BadData(format!("\"{text}\" is not a series selector"))),
        Err(error) => Err(Failure::BadData(error.to_string())),
    }
}

fn unsupported(what: impl std::fmt::Display) -> Failure {
    Failure::BadData(format!("{what} is not supported by the embedded engine; ask a Prometheus instead"))
}

fn node(expr: &Expr, depth: usize) -> Result<Node, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::BadData(format!("the expression is nested more than {MAX_DEPTH} levels deep")));
    }
    match expr {
        Expr::NumberLiteral(number) => Ok(Node::Number(number.val)),
        Expr::StringLiteral(text) => Ok(Node::Text(text.val.clone())),
        Expr::Paren(paren) => node(&paren.expr, depth + 1),
        Expr::Unary(unary) => Ok(Node::Negate(Box::new(node(&unary.expr, depth + 1)?))),
        Expr::VectorSelector(vector) => Ok(Node::Instant {
            selector: selector(vector)?,
            shift: shift(vector.offset.as_ref(), vector.at.as_ref()),
        }),
        Expr::MatrixSelector(matrix) => Ok(Node::Range {
            selector: selector(&matrix.vs)?,
            shift: shift(matrix.vs.offset.as_ref(), matrix.vs.at.as_ref()),
            range: matrix.range.into(),
        }),
        Expr::Subquery(inner) => subquery(inner, depth),
        Expr::Binary(inner) => binary(inner, depth),
        Expr::Aggregate(inner) => aggregation(inner, depth),
        Expr::Call(inner) => call(inner, depth),
        Expr::Extension(_) => Err(unsupported("an extension")),
    }
}

fn selector(vector: &VectorSelector) -> Result<Selector, Failure> {
    if !vector.matchers.or_matchers.is_empty() {
        return Err(unsupported("`or` between matchers"));
    }
    Selector::try_from(vector).map_err(|error| Failure::BadData(error.to_string()))
}

fn shift(offset: Option<&Offset>, at: Option<&AtModifier>) -> Shift {
    let offset = match offset {
        None => Span::ZERO,
        Some(Offset::Pos(back)) => Span::from(*back),
        Some(Offset::Neg(ahead)) => -Span::from(*ahead),
    };
    let at = at.map(|at| match at {
        AtModifier::Start => At::Start,
        AtModifier::End => At::End,
        AtModifier::At(time) => At::Time(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Timestamp::EPOCH + Span::from(after),
            Err(before) => Timestamp::EPOCH - Span::from(before.duration()),
        }),
    });
    Shift { offset, at }
}

fn subquery(expr: &SubqueryExpr, depth: usize) -> Result<Node, Failure> {
    Ok(Node::Subquery {
        inner: Box::new(node(&expr.expr, depth + 1)?),
        shift: shift(expr.offset.as_ref(), expr.at.as_ref()),
        range: expr.range.into(),
        step: expr.step.map(Span::from).filter(|step| *step > Span::ZERO),
    })
}

fn operator(op: TokenType) -> Result<Op, Failure> {
    Ok(match op.id() {
        token::T_ADD => Op::Add,
        token::T_SUB => Op::Sub,
        token::T_MUL => Op::Mul,
        token::T_DIV => Op::Div,
        token::T_MOD => Op::Mod,
        token::T_POW => Op::Pow,
        token::T_ATAN2 => Op::Atan2,
        token::T_EQLC => Op::Eq,
        token::T_NEQ => Op::Ne,
        token::T_GTR => Op::Gt,
        token::T_GTE => Op::Ge,
        token::T_LSS => Op::Lt,
        token::T_LTE => Op::Le,
        token::T_LAND => Op::And,
        token::T_LOR => Op::Or,
        token::T_LUNLESS => Op::Unless,
        _ => return Err(unsupported(format!("the operator {op}"))),
    })
}

fn binary(expr: &BinaryExpr, depth: usize) -> Result<Node, Failure> {
    let mut matching = Matching { on: false, labels: Vec::new(), many: Many::Neither, include: Vec::new() };
    let mut return_bool = false;
    if let Some(modifier) = &expr.modifier {
        return_bool = modifier.return_bool;
        if modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some() {
            return Err(unsupported("the fill modifier"));
        }
        if let Some(labels) = &modifier.matching {
            matching.on = labels.is_include();
            matching.labels.clone_from(&labels.labels().labels);
        }
        let mut include = |labels: &LabelNames| matching.include.clone_from(&labels.labels);
        match &modifier.card {
            VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => {}
            VectorMatchCardinality::ManyToOne(labels) => {
                include(labels);
                matching.many = Many::Left;
            }
            VectorMatchCardinality::OneToMany(labels) => {
                include(labels);
                matching.many = Many::Right;
            }
        }
    }
    let op = operator(expr.op)?;
    let (left, right) = (node(&expr.lhs, depth + 1)?, node(&expr.rhs, depth + 1)?);
    Ok(Node::Binary(Box::new(Binary { op, left, right, return_bool, matching })))
}

fn aggregation(expr: &AggregateExpr, depth: usize) -> Result<Node, Failure> {
    let fold = match expr.op.id() {
        token::T_SUM => Fold::Sum,
        token::T_AVG => Fold::Avg,
        token::T_MIN => Fold::Min,
        token::T_MAX => Fold::Max,
        token::T_COUNT => Fold::Count,
        token::T_GROUP => Fold::Group,
        token::T_STDDEV => Fold::Stddev,
        token::T_STDVAR => Fold::Stdvar,
        token::T_TOPK => Fold::TopK,
        token::T_BOTTOMK => Fold::BottomK,
        token::T_QUANTILE => Fold::Quantile,
        token::T_COUNT_VALUES => Fold::CountValues,
        _ => return Err(unsupported(format!("the aggregation {}", expr.op))),
    };
    let keep = match &expr.modifier {
        None => Keep::By(Vec::new()),
        Some(LabelModifier::Include(labels)) => Keep::By(labels.labels.clone()),
        Some(LabelModifier::Exclude(labels)) => Keep::Without(labels.labels.clone()),
    };
    let parameter = expr.param.as_ref().map(|parameter| node(parameter, depth + 1)).transpose()?;
    let inner = node(&expr.expr, depth + 1)?;
    Ok(Node::Aggregate(Box::new(Aggregation { fold, inner, parameter, keep })))
}

fn call(expr: &Call, depth: usize) -> Result<Node, Failure> {
    let name = expr.func.name;
    let function = Function::named(name).ok_or_else(|| unsupported(format!("the function {name}()")))?;
    let arguments =
        expr.args.args.iter().map(|argument| node(argument, depth + 1)).collect::<Result<Vec<_>, _>>()?;
    Ok(Node::Call { name, function, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of the longest query that is read.
    const MAX_QUERY: usize = 16 << 10;

    /// Runs on a thread with the stack that the runtime's threads have.
    #[test]
    fn the_deepest_query_that_is_let_in_overflows_no_stack() {
        let fill = |head: &str, part: &str, tail: &str| {
            let times = (MAX_QUERY - head.len() - tail.len()) / part.len();
            format!("{head}{}{tail}", part.repeat(times))
        };
        let half = MAX_QUERY / 2 - 1;
        let texts = [
            fill("1", "+1", ""),
            fill("1", "^1", ""),
            fill("", "-", "a"),
            fill("a", " or a", ""),
            format!("{}a{}", "abs(".repeat(half / 3), ")".repeat(half / 3)),
            format!("{}a{}", "(".repeat(half), ")".repeat(half)),
            fill("", "(", ""),
            fill("a", "[5m:1m]", ""),
            fill("{a=\"", "x", "\"}"),
        ];
        let checked = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || texts.iter().map(|text| Plan::new(text).is_ok()).filter(|good| *good).count());
        assert_eq!(checked.unwrap().join().unwrap(), 1, "only the long matcher is a sensible query");
        assert!(matches!(Plan::new(&"1".repeat(MAX_QUERY + 1)), Err(Failure::BadData(_))));
    }
}
