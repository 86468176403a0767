//! PromQL's types and binary operators.

use super::at;
use super::lex::{Kind, Token};
use crate::promql::QueryError;

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A scalar.
    Number,
    /// An instant vector.
    Vector,
    /// A range vector.
    Range,
    /// A string.
    Text,
}

impl Type {
    /// As a message names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Vector => "an instant vector",
            Self::Range => "a range vector",
            Self::Text => "a string",
        }
    }

    /// What to write to get one.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Number => "write a number such as 0.99, or scalar(…) of a vector",
            Self::Vector => {
                "write a selector without a range, or wrap the range in a function such as rate(…[5m])"
            }
            Self::Range => "add a range, e.g. [5m], directly after the selector",
            Self::Text => "write it in quotes",
        }
    }
}

/// What an expression is, as far as what may follow it depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A selector that may still take a range.
    Selector,
    /// A selector that has an offset or `@` and may not take a range any more.
    Moved,
    /// A selector with a range, or a subquery.
    Ranged,
    /// A literal number.
    Literal,
    /// Anything else.
    Other,
}

/// An expression that was read: its type and where it stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::promql) struct Part {
    pub(super) yields: Type,
    pub(super) shape: Shape,
    pub(super) start: usize,
}

/// What stood between a binary operator and its right side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Modifiers {
    /// Where `bool` stands.
    pub(super) returns_bool: Option<usize>,
    /// Where `on` or `ignoring` stands, if it lists labels.
    pub(super) matching: Option<usize>,
    /// Where `group_left` or `group_right` stands.
    pub(super) grouping: Option<usize>,
}

/// How tightly unary signs bind: as multiplication does.
pub(super) const SIGN: u8 = 5;

/// How tightly the operator binds, and whether it groups to the right; `None` when the token is no operator.
pub(super) fn power(token: &Token<'_>) -> Option<(u8, bool)> {
    if token.kind == Kind::Name {
        return match token.text.to_ascii_lowercase().as_str() {
            "or" => Some((1, false)),
            "and" | "unless" => Some((2, false)),
            "atan2" => Some((SIGN, false)),
            _ => None,
        };
    }
    if token.kind != Kind::Symbol {
        return None;
    }
    match token.text {
        // The last two cut native histograms off.
        "==" | "!=" | "<" | ">" | "<=" | ">=" | "</" | ">/" => Some((3, false)),
        "+" | "-" => Some((4, false)),
        "*" | "/" | "%" => Some((SIGN, false)),
        "^" => Some((6, true)),
        _ => None,
    }
}

/// The type of `left operator right`, or why they do not go together.
pub(super) fn combine(
    left: Part,
    operator: &Token<'_>,
    modifiers: Modifiers,
    right: Part,
) -> Result<Part, QueryError> {
    let comparison = matches!(operator.text, "==" | "!=" | "<" | ">" | "<=" | ">=");
    let set = operator.kind == Kind::Name && !operator.is_word("atan2");
    if let Some(offset) = modifiers.returns_bool.filter(|_| !comparison) {
        return Err(at(offset, "`bool` belongs to comparisons only; remove it"));
    }
    for part in [left, right] {
        if matches!(part.yields, Type::Range | Type::Text) {
            return Err(at(
                part.start,
                format!(
                    "`{}` needs numbers or instant vectors on both sides, and this is {}; {}",
                    operator.text,
                    part.yields.name(),
                    Type::Vector.example()
                ),
            ));
        }
        if set && part.yields == Type::Number {
            return Err(at(
                part.start,
                format!(
                    "`{}` needs vectors on both sides, and this is a number; write vector(…)",
                    operator.text
                ),
            ));
        }
    }
    let scalars = left.yields == Type::Number && right.yields == Type::Number;
    if comparison && scalars && modifiers.returns_bool.is_none() {
        return Err(at(
            operator.start,
            format!("a comparison of two numbers needs `bool`; write `{} bool`", operator.text),
        ));
    }
    let vectors = left.yields == Type::Vector && right.yields == Type::Vector;
    if let Some(offset) = modifiers.matching.filter(|_| !vectors) {
        return Err(at(offset, "labels can be matched only between two vectors; remove this"));
    }
    if let Some(offset) = modifiers.grouping.filter(|_| set && vectors) {
        return Err(at(offset, format!("`{}` takes no group_left or group_right; remove it", operator.text)));
    }
    let yields = if scalars { Type::Number } else { Type::Vector };
    Ok(Part { yields, shape: Shape::Other, start: left.start })
}
