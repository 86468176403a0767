//! Matchers as Alertmanager has them: in silences, filters, routes and inhibitions. As JSON, and as text in both of
//! Alertmanager's notations.
//!
//! An expression is for the whole value, and its `.` is any character but the end of a line, as in Alertmanager; in
//! PromQL's matchers ([`crate::promql::Matcher`]) it is any character, as in Prometheus.

mod classic;
mod text;

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

pub use crate::promql::MatchOp as Op;
pub use classic::parse_classic;
use slo_core::labels::Packed;
use slo_core::text::quoted;
pub use text::{MatcherError, parse};

/// Largest compiled expression, in bytes.
const LARGEST_REGEX: usize = 1 << 20;

/// A matcher as JSON: as it is sent and stored, not compiled yet.
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
    /// How it compares.
    pub fn op(&self) -> Op {
        match (self.is_equal, self.is_regex) {
            (true, false) => Op::Equal,
            (false, false) => Op::NotEqual,
            (true, true) => Op::Regex,
            (false, true) => Op::NotRegex,
        }
    }

    /// Makes it usable.
    pub fn compile(self) -> Result<Matcher, InvalidRegex> {
        let regex = self.is_regex.then(|| anchored(&self.value)).transpose()?;
        Ok(Matcher { spec: self, regex })
    }
}

impl fmt::Display for MatcherSpec {
    /// `name="value"`, as it can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if self.name.chars().all(bare) && !self.name.starts_with(|c: char| c.is_ascii_digit()) {
            f.write_str(&self.name)?;
        } else {
            f.write_str(&quoted(&self.name))?;
        }
        write!(f, "{}{}", self.op().as_str(), quoted(&self.value))
    }
}

/// Why an expression does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct InvalidRegex(pub String);

/// An expression for a whole text, compiled. The syntax is RE2's.
pub fn anchored(pattern: &str) -> Result<Regex, InvalidRegex> {
    let built = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST_REGEX).build();
    built.map_err(|error| {
        // The last line of the library's message is the reason; the lines before it draw the expression.
        let text = error.to_string();
        InvalidRegex(text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
    })
}

/// One comparison of a label with a value, compiled. An absent label is an empty one.
#[derive(Debug, Clone)]
pub struct Matcher {
    spec: MatcherSpec,
    regex: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for Matcher {}

impl Matcher {
    /// A matcher; the error says what is wrong with the expression.
    pub fn new(name: impl Into<String>, op: Op, value: impl Into<String>) -> Result<Self, InvalidRegex> {
        let is_equal = matches!(op, Op::Equal | Op::Regex);
        let is_regex = matches!(op, Op::Regex | Op::NotRegex);
        MatcherSpec { is_equal, is_regex, name: name.into(), value: value.into() }.compile()
    }

    /// As it is sent and stored.
    pub fn spec(&self) -> &MatcherSpec {
        &self.spec
    }

    /// The label's name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// How it compares.
    pub fn op(&self) -> Op {
        self.spec.op()
    }

    /// What it compares with.
    pub fn value(&self) -> &str {
        &self.spec.value
    }

    /// Whether it holds for a label set.
    pub fn matches(&self, labels: &impl AsRef<Packed>) -> bool {
        self.matches_value(labels.as_ref().find(self.name()).unwrap_or_default())
    }

    /// Whether it holds for a value.
    pub fn matches_value(&self, value: &str) -> bool {
        let same = match &self.regex {
            Some(regex) => regex.is_match(value),
            None => self.spec.value == value,
        };
        same == self.spec.is_equal
    }
}

impl fmt::Display for Matcher {
    /// `name="value"`, as it can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

/// Whether a filter lets something with these labels through. As Alertmanager: a matcher with an empty value asks only
/// whether the label is there.
pub fn filter_matches<'a>(filter: &[Matcher], find: impl Fn(&str) -> Option<&'a str>) -> bool {
    filter.iter().all(|matcher| {
        let found = find(matcher.name());
        let trivially = matcher.value().is_empty() && matcher.spec.is_equal == found.is_none();
        trivially || matcher.matches_value(found.unwrap_or_default())
    })
}

/// What a backslash and the character after it stand for in a quoted value: `\\`, `\"` and `\n`; any other escape is the
/// expression's own, e.g. `\d`.
fn unescape(escaped: char, out: &mut String) {
    match escaped {
        'n' => out.push('\n'),
        '"' | '\\' => out.push(escaped),
        other => out.extend(['\\', other]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;

    #[test]
    fn a_dot_is_not_the_end_of_a_line() {
        let labels: Labels = [("msg", "a\nb")].into_iter().collect();
        let holds = |op, value: &str| Matcher::new("msg", op, value).unwrap().matches(&labels);
        assert!(!holds(Op::Regex, "a.b") && !holds(Op::Regex, ".*") && holds(Op::NotRegex, "a.*"));
        assert!(holds(Op::Regex, "(?s)a.b") && holds(Op::Regex, "a\nb") && holds(Op::Equal, "a\nb"));
        assert!(!holds(Op::Regex, "a"), "the whole value, not a line of it");
    }
}
