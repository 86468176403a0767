//! Matchers as Alertmanager's API has them: in silences, and as text in filters.

use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::alerts::is_label_name;
use crate::raw_labels::RawLabels;
use slo_model::route::{self, matcher::Op};

/// Bytes a compiled expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// A condition on one label.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// What it is, as it is sent and stored.
    pub spec: MatcherSpec,
    regex: Option<Arc<Regex>>,
}

/// A matcher as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MatcherSpec {
    /// `false`: the condition is turned round.
    #[serde(default = "yes")]
    pub is_equal: bool,
    /// The value is a regular expression for the whole of the label.
    pub is_regex: bool,
    /// The label.
    pub name: String,
    /// Text or expression.
    pub value: String,
}

fn yes() -> bool {
    true
}

impl MatcherSpec {
    /// Makes it usable; errors are in Alertmanager's words.
    pub fn compile(self) -> Result<Matcher, String> {
        let regex = if self.is_regex { Some(Arc::new(whole(&self.value)?)) } else { None };
        Ok(Matcher { spec: self, regex })
    }
}

impl fmt::Display for MatcherSpec {
    /// `name="value"`, as it can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(f, "{}{op}\"{value}\"", self.name)
    }
}

impl From<&route::matcher::Matcher> for MatcherSpec {
    fn from(matcher: &route::matcher::Matcher) -> Self {
        let (is_equal, is_regex) = match matcher.op() {
            Op::Equal => (true, false),
            Op::NotEqual => (false, false),
            Op::Regex => (true, true),
            Op::NotRegex => (false, true),
        };
        Self { is_equal, is_regex, name: matcher.name().to_owned(), value: matcher.value().to_owned() }
    }
}

/// An expression for a whole text. The syntax is RE2's, as Prometheus has it.
pub fn whole(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| format!("error parsing regexp: {}", one_line(&error)))
}

fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl Matcher {
    /// Reads `name="value"`, `name=value`, with `=`, `!=`, `=~` or `!~`; errors are in Alertmanager's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("bad matcher format: {text}");
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
            .filter(|end| *end > 0 && !trimmed.starts_with(|c: char| c.is_ascii_digit()))
            .ok_or_else(bad)?;
        let (name, rest) = trimmed.split_at(end);
        let rest = rest.trim_start();
        let operators = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
        let (value, is_regex, is_equal) = operators
            .iter()
            .find_map(|(op, regex, equal)| Some((rest.strip_prefix(op)?, *regex, *equal)))
            .ok_or_else(bad)?;
        let value = unquoted(value.trim())?;
        MatcherSpec { is_equal, is_regex, name: name.to_owned(), value }.compile()
    }

    /// Whether it holds for a value; an absent label's is empty.
    pub fn holds(&self, value: &str) -> bool {
        let same = match &self.regex {
            Some(regex) => regex.is_match(value),
            None => self.spec.value == value,
        };
        same == self.spec.is_equal
    }

    /// Whether it holds for a label set.
    pub fn matches(&self, labels: &RawLabels) -> bool {
        self.holds(labels.get(&self.spec.name))
    }

    /// What is wrong with its name, in Alertmanager's words.
    pub(super) fn check_name(&self) -> Result<(), String> {
        if is_label_name(&self.spec.name) {
            Ok(())
        } else {
            Err(format!("invalid label name {:?}", self.spec.name))
        }
    }
}

/// Whether a filter lets something with these labels through. As Alertmanager: a matcher with an empty value asks only
/// whether the label is there.
pub fn filter_matches<'a>(filter: &[Matcher], find: impl Fn(&str) -> Option<&'a str>) -> bool {
    filter.iter().all(|matcher| {
        let found = find(&matcher.spec.name);
        let trivially = matcher.spec.value.is_empty() && matcher.spec.is_equal == found.is_none();
        trivially || matcher.holds(found.unwrap_or_default())
    })
}

/// A value with or without quotes, its escapes resolved.
fn unquoted(value: &str) -> Result<String, String> {
    let unescaped = || format!("matcher value contains unescaped double quote: {value}");
    let (inside, quoted) = match value.strip_prefix('"') {
        Some(rest) => (rest, true),
        None => (value, false),
    };
    let (mut out, mut chars, mut closed) =
        (String::with_capacity(inside.len()), inside.chars().peekable(), false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(c @ ('"' | '\\')) => out.push(c),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '"' if quoted && chars.peek().is_none() => closed = true,
            '"' => return Err(unescaped()),
            c => out.push(c),
        }
    }
    if quoted && !closed { Err(unescaped()) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_alertmanager_reads_it() {
        let parse = |text: &str| Matcher::parse(text).map(|matcher| matcher.spec);
        let spec = |name: &str, value: &str, is_regex, is_equal| MatcherSpec {
            is_equal,
            is_regex,
            name: name.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(parse("a=b"), Ok(spec("a", "b", false, true)));
        assert_eq!(parse(" a != \"b c\" "), Ok(spec("a", "b c", false, false)));
        assert_eq!(parse(r#"a=~"x\"|\\d""#), Ok(spec("a", "x\"|\\d", true, true)));
        assert_eq!(parse("a!~.*"), Ok(spec("a", ".*", true, false)));
        assert_eq!(parse("a="), Ok(spec("a", "", false, true)));
        let odd = spec("a", "x\n\"\\d", true, false);
        assert_eq!(parse(&odd.to_string()), Ok(odd));
        for bad in ["foo", "", "=x", "1a=x", "a-b=x"] {
            assert_eq!(parse(bad), Err(format!("bad matcher format: {bad}")));
        }
        for bad in ["a=\"x", "a=x\"", "a=\"x\"y\""] {
            assert!(parse(bad).unwrap_err().contains("unescaped double quote"), "{bad}");
        }
        assert!(parse("a=~[").unwrap_err().starts_with("error parsing regexp: "));
    }

    #[test]
    fn expressions_are_for_the_whole_value() {
        let labels = RawLabels::new([("a", "xyz")]);
        assert!(!Matcher::parse("a=~y").unwrap().matches(&labels));
        assert!(Matcher::parse("a=~x.*|q").unwrap().matches(&labels));
        assert!(Matcher::parse("b!=x").unwrap().matches(&labels));
        let there = |text: &str| filter_matches(&[Matcher::parse(text).unwrap()], |name| labels.find(name));
        assert!(there("a!=\"\"") && there("b=\"\"") && !there("a=\"\"") && !there("b!=\"\""));
    }
}
