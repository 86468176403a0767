//! A series selector: a metric name and matchers, which can be rendered for a server and applied to labels here.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use regex::Regex;

use super::QueryError;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::text::{is_plain_name, label_name, quoted};

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored at both ends.
    Regex,
    /// `!~`, anchored at both ends.
    NotRegex,
}

impl MatchOp {
    /// The operator as PromQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// One label matcher. Regular expressions are compiled once, here, and shared by all matchers with the same text: a
/// compiled one takes kilobytes, and a thousand SLOs ask for `5..`.
#[derive(Debug, Clone)]
pub struct Matcher {
    name: Box<str>,
    op: MatchOp,
    value: Box<str>,
    regex: Option<Arc<Regex>>,
}

impl Matcher {
    /// A matcher; fails when a regular expression does not compile.
    pub fn new(
        name: impl Into<Box<str>>,
        op: MatchOp,
        value: impl Into<Box<str>>,
    ) -> Result<Self, QueryError> {
        let (name, value) = (name.into(), value.into());
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(compiled(&value).map_err(|error| {
                QueryError::new(format!(
                    "the regular expression {value:?} of label {name} does not compile: {error}"
                ))
            })?),
        };
        Ok(Self { name, op, value, regex })
    }

    /// `name="value"`.
    pub fn equal(name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// The label's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it compares.
    pub fn op(&self) -> MatchOp {
        self.op
    }

    /// What it compares with.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether a label's value (empty for an absent label) matches.
    pub fn matches(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::Equal, _) => *self.value == *value,
            (MatchOp::NotEqual, _) => *self.value != *value,
            (MatchOp::Regex, regex) => regex.as_ref().is_some_and(|regex| regex.is_match(value)),
            (MatchOp::NotRegex, regex) => !regex.as_ref().is_some_and(|regex| regex.is_match(value)),
        }
    }
}

impl Matcher {
    /// Whether no value matches both, as far as the texts tell.
    fn excludes(&self, other: &Self) -> bool {
        self.name == other.name
            && match (self.op, other.op) {
                (MatchOp::Equal, _) => !other.matches(&self.value),
                (MatchOp::Regex, MatchOp::NotRegex) => self.value == other.value,
                (MatchOp::NotEqual | MatchOp::Regex | MatchOp::NotRegex, _) => false,
            }
    }
}

/// The expressions in use, by their text.
static COMPILED: LazyLock<Mutex<HashMap<String, Weak<Regex>>>> = LazyLock::new(Mutex::default);

/// The expression, anchored at both ends; the one that is there already when somebody uses the same.
fn compiled(value: &str) -> Result<Arc<Regex>, regex::Error> {
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(value).and_then(Weak::upgrade) {
        return Ok(regex);
    }
    let regex = Arc::new(Regex::new(&format!("^(?s:{value})$"))?);
    // Before it grows, the table lets go of what nobody uses any more; queries from outside come and go.
    if known.len() == known.capacity() {
        known.retain(|_, regex| regex.strong_count() > 0);
    }
    known.insert(value.to_owned(), Arc::downgrade(&regex));
    Ok(regex)
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", label_name(&self.name), self.op.as_str(), quoted(&self.value))
    }
}

/// A selector without offset or `@`: all series of `metric` whose labels match. Copies share one text: an SLO's
/// definition and the plan of its reading name the same selectors, two or three times each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Arc<Parts>);

/// What a selector is made of.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    metric: Box<str>,
    matchers: Box<[Matcher]>,
}

impl Selector {
    /// A selector of `metric`, which may be empty when a matcher names the metric.
    pub fn new(metric: impl Into<Box<str>>, matchers: Vec<Matcher>) -> Self {
        Self(Arc::new(Parts { metric: metric.into(), matchers: matchers.into() }))
    }

    /// The metric's name, empty when only matchers select it.
    pub fn metric(&self) -> &str {
        &self.0.metric
    }

    /// The label matchers, without the metric's name.
    pub fn matchers(&self) -> &[Matcher] {
        &self.0.matchers
    }

    /// The same selector with one more matcher.
    #[must_use]
    pub fn with(&self, matcher: Matcher) -> Self {
        let mut matchers = self.matchers().to_vec();
        matchers.push(matcher);
        Self::new(self.metric(), matchers)
    }

    /// The same matchers without those on `label`.
    #[must_use]
    pub fn without(&self, label: &str) -> Self {
        let kept = self.matchers().iter().filter(|matcher| matcher.name() != label);
        Self::new(self.metric(), kept.cloned().collect())
    }

    /// The same matchers on another metric.
    #[must_use]
    pub fn on_metric(&self, metric: impl Into<Box<str>>) -> Self {
        Self::new(metric, self.matchers().to_vec())
    }

    /// Whether a series with these labels is selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        let metric = self.metric();
        (metric.is_empty() || labels.metric() == metric)
            && self.matchers().iter().all(|matcher| matcher.matches(labels.get(matcher.name())))
    }

    /// True when every series this selects is surely selected by `other` as well: same metric, and `other`'s
    /// matchers are among ours. Used to read the series of `good` and `total` once.
    pub fn is_within(&self, other: &Self) -> bool {
        self.metric() == other.metric()
            && other.matchers().iter().all(|matcher| self.matchers().contains(matcher))
    }

    /// True when surely no series is selected by both: of another metric, or with a label that cannot be both.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        let (metric, others) = (self.metric(), other.metric());
        let mut pairs =
            self.matchers().iter().flat_map(|own| other.matchers().iter().map(move |its| (own, its)));
        !metric.is_empty() && !others.is_empty() && metric != others
            || pairs.any(|(own, its)| own.excludes(its) || its.excludes(own))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every server takes a name of any letters as a matcher; only newer ones take it in quotes alone.
        let quoted = Some(self.metric()).filter(|name| !name.is_empty() && !is_plain_name(name, true));
        let named = quoted.map(|name| Matcher::equal(METRIC_NAME, name));
        if named.is_none() {
            f.write_str(self.metric())?;
            if self.matchers().is_empty() && !self.metric().is_empty() {
                return Ok(());
            }
        }
        f.write_str("{")?;
        for (position, matcher) in named.iter().chain(self.matchers()).enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            write!(f, "{matcher}")?;
        }
        f.write_str("}")
    }
}

impl TryFrom<&promql_parser::parser::VectorSelector> for Selector {
    type Error = QueryError;

    fn try_from(parsed: &promql_parser::parser::VectorSelector) -> Result<Self, QueryError> {
        use promql_parser::label::MatchOp as Op;
        let mut metric = parsed.name.clone().unwrap_or_default();
        let mut matchers = Vec::new();
        for matcher in &parsed.matchers.matchers {
            let op = match matcher.op {
                Op::Equal => MatchOp::Equal,
                Op::NotEqual => MatchOp::NotEqual,
                Op::Re(_) => MatchOp::Regex,
                Op::NotRe(_) => MatchOp::NotRegex,
            };
            if matcher.name == METRIC_NAME && op == MatchOp::Equal {
                metric.clone_from(&matcher.value);
            } else {
                matchers.push(Matcher::new(matcher.name.as_str(), op, matcher.value.as_str())?);
            }
        }
        Ok(Self::new(metric, matchers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_letters_are_quoted_and_read_back_as_they_were() {
        for (text, want) in [
            ("{\"http.requests\", code!~\"5..\"}", "{__name__=\"http.requests\",code!~\"5..\"}"),
            ("{\"my metric\"}", "{__name__=\"my metric\"}"),
            ("{__name__=\"a-b\",\"http.route\"=\"/b\"}", "{__name__=\"a-b\",\"http.route\"=\"/b\"}"),
            ("größe{}", ""),
            ("{\"größe\",\"ü\\\"\"=\"x\"}", "{__name__=\"größe\",\"ü\\\"\"=\"x\"}"),
            ("{\"job:x:rate5m\",\"le\"=\"1\"}", "job:x:rate5m{le=\"1\"}"),
        ] {
            let selector = |text: &str| match crate::promql::SliQuery::parse(text).ok()? {
                crate::promql::SliQuery::Counter(counter) => Some(counter.selector),
                _ => None,
            };
            let parsed = selector(text);
            assert_eq!(parsed.as_ref().map(ToString::to_string).unwrap_or_default(), want, "{text}");
            assert_eq!(selector(want), parsed, "{text}");
        }
    }

    #[test]
    fn the_same_expression_is_compiled_once() {
        let matcher =
            |name: &str, text: &str| Matcher::new(name, MatchOp::Regex, text).unwrap().regex.unwrap();
        let one = matcher("code", "5[0-9]{2}");
        assert!(Arc::ptr_eq(&one, &matcher("status", "5[0-9]{2}")));
        assert!(!Arc::ptr_eq(&one, &matcher("code", "4[0-9]{2}")));
        drop(one);
        assert!(matcher("code", "5[0-9]{2}").is_match("503"));
        assert!(Matcher::new("code", MatchOp::NotRegex, "5[0-9").is_err());
    }
}
