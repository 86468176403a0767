//! Reads a query by PromQL's grammar, types included, up to the first mistake.

use std::ops::Range;

use super::length::{bounded, moment, out_of_bounds};
use super::lex::{self, Kind, Token};
use super::operators::{Modifiers, Part, SIGN, Shape, Type, combine, power};
use super::{Checked, DEEPEST, MOST_TOKENS, at};
use crate::promql::QueryError;

/// Aggregations without and with a parameter.
pub(super) const AGGREGATIONS: [&str; 8] = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"];
pub(super) const AGGREGATIONS_OF_TWO: [&str; 6] =
    ["topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"];
/// Keywords that cannot be metrics.
const RESERVED: [&str; 6] = ["bool", "on", "ignoring", "group_left", "group_right", "atan2"];

/// Checks a whole query.
pub(super) fn check(text: &str) -> Result<Checked, QueryError> {
    let (tokens, broken) = lex::tokens(text);
    if let Some(token) = tokens.get(MOST_TOKENS) {
        return Err(at(
            token.start,
            format!("the query has more than {MOST_TOKENS} parts; record some of them with rules first"),
        ));
    }
    let mut parser = Parser { tokens, position: 0, depth: 0, broken, instead: Vec::new() };
    let whole = parser.expression(0)?;
    match parser.peek().kind {
        Kind::End => Ok(Checked { whole, instead: parser.instead }),
        Kind::Symbol if matches!(parser.peek().text, ")" | "]" | "}") => {
            let stray = parser.peek();
            Err(at(
                stray.start,
                format!("this `{}` closes nothing; remove it, or open it before", stray.text),
            ))
        }
        _ => Err(parser.unexpected("an operator or the end of the query")),
    }
}

/// A reader of tokens.
pub(super) struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    position: usize,
    depth: usize,
    broken: Option<QueryError>,
    pub(super) instead: Vec<(Range<usize>, String)>,
}

impl<'a> Parser<'a> {
    /// The next token, without taking it.
    pub(super) fn peek(&self) -> Token<'a> {
        self.ahead(0)
    }

    /// The token after so many others.
    pub(super) fn ahead(&self, count: usize) -> Token<'a> {
        let end = Token { kind: Kind::End, text: "", start: 0 };
        self.tokens.get(self.position + count).or(self.tokens.last()).copied().unwrap_or(end)
    }

    /// Takes the next token; the last one stays.
    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        if self.position + 1 < self.tokens.len() {
            self.position += 1;
        }
        token
    }

    /// The error that the next token is not what is wanted.
    pub(super) fn unexpected(&self, wanted: &str) -> QueryError {
        let token = self.peek();
        match (token.kind, &self.broken) {
            (Kind::Broken, Some(error)) => error.clone(),
            (Kind::End, _) => at(token.start, format!("the query ends too early; expected {wanted}")),
            (_, _) if token.is("=") => {
                at(token.start, format!("unexpected `=`; expected {wanted} (to compare, write `==`)"))
            }
            (_, _) => at(token.start, format!("unexpected `{}`; expected {wanted}", token.text)),
        }
    }

    /// The error that `open` is not closed: at it when the query ends, otherwise at what stands where it should close.
    pub(super) fn unclosed(&self, open: Token<'_>, close: &str, wanted: &str) -> QueryError {
        if self.peek().kind == Kind::End {
            return at(open.start, format!("this `{}` is never closed; add `{close}`", open.text));
        }
        self.unexpected(wanted)
    }

    /// How many tokens have been taken.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Where the token before the next one ends.
    pub(super) fn before(&self) -> usize {
        self.position.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, Token::end)
    }

    /// Notes what `promql-parser` is to read in the place of what it does not know.
    pub(super) fn hand_over(&mut self, start: usize, end: usize, instead: &str) {
        self.instead.push((start..end, instead.to_owned()));
    }

    /// An expression whose operators bind at least so tightly.
    pub(super) fn expression(&mut self, least: u8) -> Result<Part, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(at(
                self.peek().start,
                format!("the query is nested more than {DEEPEST} levels deep"),
            ));
        }
        let mut left = self.operand()?;
        while let Some((strength, to_the_right)) =
            power(&self.peek()).filter(|(strength, _)| *strength >= least)
        {
            let operator = self.next();
            if let Some(comparison) = operator.text.strip_suffix('/').filter(|rest| !rest.is_empty()) {
                self.hand_over(operator.start, operator.end(), comparison);
            }
            let modifiers = self.modifiers()?;
            let right = self.expression(if to_the_right { strength } else { strength + 1 })?;
            left = combine(left, &operator, modifiers, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Part, QueryError> {
        let token = self.peek();
        if token.is("-") || token.is("+") {
            self.next();
            let part = self.expression(SIGN + 1)?;
            if token.is("-") && matches!(part.yields, Type::Range | Type::Text) {
                return Err(at(
                    part.start,
                    format!("a sign needs a number or an instant vector, and this is {}", part.yields.name()),
                ));
            }
            return Ok(Part { start: token.start, ..part });
        }
        let mut part = self.primary()?;
        loop {
            let next = self.peek();
            if next.is("[") {
                part = self.ranged(part)?;
            } else if next.is_word("offset") {
                part = self.moved(part, false)?;
            } else if next.is("@") {
                part = self.moved(part, true)?;
            } else {
                return Ok(part);
            }
        }
    }

    fn primary(&mut self) -> Result<Part, QueryError> {
        let token = self.peek();
        let part = |yields, shape| Ok(Part { yields, shape, start: token.start });
        match token.kind {
            Kind::Number | Kind::Duration => {
                if token.kind == Kind::Duration {
                    bounded(token)?;
                }
                self.next();
                part(Type::Number, Shape::Literal)
            }
            Kind::Text => {
                self.next();
                part(Type::Text, Shape::Other)
            }
            Kind::Symbol if token.text == "(" => {
                self.next();
                let inner = self.expression(0)?;
                if !self.peek().is(")") {
                    return Err(self.unclosed(token, ")", "an operator or `)`"));
                }
                self.next();
                part(inner.yields, Shape::Other)
            }
            Kind::Symbol if token.text == "{" => {
                self.matchers(None)?;
                part(Type::Vector, Shape::Selector)
            }
            Kind::Name => self.named(token),
            Kind::Symbol | Kind::Broken | Kind::End => {
                Err(self.unexpected("a metric, a function or a number"))
            }
        }
    }

    fn named(&mut self, token: Token<'a>) -> Result<Part, QueryError> {
        let part = |yields, shape| Ok(Part { yields, shape, start: token.start });
        let word = token.text.to_ascii_lowercase();
        let next = self.ahead(1);
        let is_aggregation =
            AGGREGATIONS.contains(&word.as_str()) || AGGREGATIONS_OF_TWO.contains(&word.as_str());
        if is_aggregation && (next.is("(") || next.is_word("by") || next.is_word("without")) {
            return self.aggregation(token, AGGREGATIONS_OF_TWO.contains(&word.as_str()));
        }
        if next.is("(") {
            return self.call(token);
        }
        if matches!(word.as_str(), "inf" | "nan") {
            self.next();
            return part(Type::Number, Shape::Literal);
        }
        if RESERVED.contains(&word.as_str()) {
            return Err(self.unexpected("a metric, a function or a number"));
        }
        self.next();
        if self.peek().is("{") {
            self.matchers(Some(token))?;
        }
        part(Type::Vector, Shape::Selector)
    }

    fn ranged(&mut self, part: Part) -> Result<Part, QueryError> {
        let open = self.peek();
        let subquery = self.range()?;
        // How Prometheus 3 takes what lies before and after the range.
        let word = self.peek();
        if part.shape == Shape::Selector
            && !subquery
            && (word.is_word("anchored") || word.is_word("smoothed"))
        {
            self.hand_over(word.start, word.end(), "");
            self.next();
        }
        let refuse = |message: String| Err(at(open.start, message));
        match part.shape {
            _ if subquery && part.yields == Type::Vector => {}
            _ if subquery => {
                return refuse(format!(
                    "a subquery needs an instant vector, and this is {}",
                    part.yields.name()
                ));
            }
            Shape::Selector => {}
            Shape::Moved => {
                return refuse("the range comes before offset and @; move it to the left".to_owned());
            }
            Shape::Ranged => return refuse("this has a range already; remove one of the two".to_owned()),
            Shape::Literal | Shape::Other => {
                return refuse(
                    "a range can follow only a selector; put it inside the parentheses, or write a subquery such as [1h:1m]"
                        .to_owned(),
                );
            }
        }
        Ok(Part { yields: Type::Range, shape: Shape::Ranged, start: part.start })
    }

    /// `offset 5m` or `@ 1700000000`.
    fn moved(&mut self, part: Part, to_a_moment: bool) -> Result<Part, QueryError> {
        let word = self.next();
        if matches!(part.shape, Shape::Literal | Shape::Other) {
            return Err(at(
                word.start,
                format!("`{}` can follow only a selector, a range or a subquery; move it there", word.text),
            ));
        }
        if self.peek().is("+") || self.peek().is("-") {
            self.next();
        }
        let next = self.peek();
        if !to_a_moment {
            let seconds = self.length("a duration such as 5m after `offset`", word)?;
            if seconds == Some(0.0) {
                self.hand_over(word.start, self.before(), "");
            }
        } else if next.is_word("start") || next.is_word("end") {
            self.next();
            for bracket in ["(", ")"] {
                if !self.peek().is(bracket) {
                    return Err(self.unexpected(&format!("`{}()`", next.text)));
                }
                self.next();
            }
        } else if matches!(next.kind, Kind::Number | Kind::Duration) {
            moment(next)?;
            self.next();
        } else if next.is_word("inf") || next.is_word("nan") {
            return Err(out_of_bounds(next));
        } else {
            return Err(self.unexpected("a unix time, start() or end() after `@`"));
        }
        let shape = if part.shape == Shape::Selector { Shape::Moved } else { part.shape };
        Ok(Part { shape, ..part })
    }

    fn modifiers(&mut self) -> Result<Modifiers, QueryError> {
        let mut modifiers = Modifiers::default();
        if self.peek().is_word("bool") {
            modifiers.returns_bool = Some(self.next().start);
        }
        if self.peek().is_word("on") || self.peek().is_word("ignoring") {
            let word = self.next();
            let empty = self.ahead(1).is(")");
            self.labels(word.text)?;
            modifiers.matching = (!empty).then_some(word.start);
            if self.peek().is_word("group_left") || self.peek().is_word("group_right") {
                let word = self.next();
                modifiers.grouping = Some(word.start);
                if self.peek().is("(") {
                    self.labels(word.text)?;
                }
            }
        } else if self.peek().is_word("group_left") || self.peek().is_word("group_right") {
            return Err(self.unexpected("`on (…)` or `ignoring (…)` before it"));
        }
        while ["fill", "fill_left", "fill_right"].iter().any(|word| self.peek().is_word(word))
            && self.ahead(1).is("(")
        {
            self.next();
            let open = self.next();
            if self.peek().is("+") || self.peek().is("-") {
                self.next();
            }
            if self.peek().kind != Kind::Number && !self.peek().is_word("inf") && !self.peek().is_word("nan")
            {
                return Err(self.unexpected("a number to fill in"));
            }
            self.next();
            if !self.peek().is(")") {
                return Err(self.unclosed(open, ")", "`)`"));
            }
            self.next();
        }
        Ok(modifiers)
    }
}
