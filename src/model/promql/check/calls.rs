//! Reads calls of functions and aggregations, and checks what is handed to them.

use super::at;
use super::functions::{self, Function};
use super::grammar::{AGGREGATIONS, AGGREGATIONS_OF_TWO, Parser};
use super::lex::Token;
use super::operators::{Part, Shape, Type};
use crate::promql::QueryError;
use slo_core::suggest::closest;

impl<'a> Parser<'a> {
    fn arguments(&mut self) -> Result<Vec<Part>, QueryError> {
        let open = self.next();
        let mut arguments = Vec::new();
        if self.peek().is(")") {
            self.next();
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if self.peek().is(")") {
                self.next();
                return Ok(arguments);
            }
            if !self.peek().is(",") {
                return Err(self.unclosed(open, ")", "an operator, `,` or `)`"));
            }
            let comma = self.next();
            if self.peek().is(")") {
                return Err(at(comma.start, "no comma after the last argument; remove it"));
            }
        }
    }

    /// An aggregation, from its name on; `of_two` are those with a parameter.
    pub(super) fn aggregation(&mut self, word: Token<'a>, of_two: bool) -> Result<Part, QueryError> {
        self.next();
        let is_modifier = |token: Token<'_>| token.is_word("by") || token.is_word("without");
        let before = is_modifier(self.peek());
        if before {
            let modifier = self.next();
            self.labels(modifier.text)?;
        }
        if !self.peek().is("(") {
            return Err(self.unexpected(&format!("what to aggregate, in parentheses, after `{}`", word.text)));
        }
        let arguments = self.arguments()?;
        if !before && is_modifier(self.peek()) {
            let modifier = self.next();
            self.labels(modifier.text)?;
        }
        let wanted: &[Option<Type>] = match word.text.to_ascii_lowercase().as_str() {
            "limitk" | "limit_ratio" => &[None, Some(Type::Vector)],
            "count_values" => &[Some(Type::Text), Some(Type::Vector)],
            _ if of_two => &[Some(Type::Number), Some(Type::Vector)],
            _ => &[Some(Type::Vector)],
        };
        if arguments.len() != wanted.len() {
            return Err(at(
                word.start,
                format!("`{}` takes {} but has {}", word.text, count(wanted.len()), arguments.len()),
            ));
        }
        for (argument, wanted) in arguments.iter().zip(wanted) {
            expect(word.text, *argument, *wanted)?;
        }
        Ok(Part { yields: Type::Vector, shape: Shape::Other, start: word.start })
    }

    /// A function's call, from its name on.
    pub(super) fn call(&mut self, name: Token<'a>) -> Result<Part, QueryError> {
        let Some(function) = functions::function(name.text) else {
            return Err(unknown_function(name));
        };
        self.next();
        let arguments = self.arguments()?;
        let (least, most) = function.arity();
        if !(least..=most).contains(&arguments.len()) {
            let takes = match most {
                _ if least == most => count(least),
                usize::MAX => format!("at least {}", count(least)),
                most => format!("{least} to {}", count(most)),
            };
            return Err(at(name.start, format!("`{}` takes {takes} but has {}", name.text, arguments.len())));
        }
        for (index, argument) in arguments.iter().enumerate() {
            if !takes_anything(function, *argument) {
                expect(name.text, *argument, function.argument(index))?;
            }
        }
        Ok(Part { yields: function.gives, shape: Shape::Other, start: name.start })
    }
}

/// `promql-parser` does not check literals handed to these; what it refuses, it refuses itself.
fn takes_anything(function: Function, argument: Part) -> bool {
    argument.yields == Type::Number && matches!(function.name, "exp" | "ln" | "log2" | "log10")
}

fn expect(name: &str, argument: Part, wanted: Option<Type>) -> Result<(), QueryError> {
    match wanted {
        Some(wanted) if wanted != argument.yields => Err(at(
            argument.start,
            format!(
                "`{name}` needs {} here, and this is {}; {}",
                wanted.name(),
                argument.yields.name(),
                wanted.example()
            ),
        )),
        _ => Ok(()),
    }
}

fn count(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

fn unknown_function(name: Token<'_>) -> QueryError {
    let all: Vec<Function> = functions::all().collect();
    let names = all.iter().map(|function| function.name).chain(AGGREGATIONS).chain(AGGREGATIONS_OF_TWO);
    let hint = closest(name.text, names).map_or_else(
        || "see PromQL's list of functions".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    at(name.start, format!("`{}` is not a PromQL function; {hint}", name.text))
}
