//! Rules of Prometheus' rule files, read and ready; and the pure part of evaluating one: from what an expression
//! yields to observations, or to series. Asking the source is `engine`'s business.

use std::collections::BTreeMap;

use super::state::{Observation, Timing};
use super::template::{Data, Template};
use crate::samples::Point;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::Span;

/// A group of rules, evaluated together, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleGroup {
    /// The file it stands in.
    pub file: String,
    /// Its name; unique in its file.
    pub name: String,
    /// How often it is evaluated; `None` for the default.
    pub interval: Option<Span>,
    /// Most alerts or series of one of its rules; 0 for no limit.
    pub limit: usize,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// `record`
    Record(RecordRule),
    /// `alert`
    Alert(AlertRule),
}

impl Rule {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Record(rule) => &rule.record,
            Self::Alert(rule) => &rule.name,
        }
    }

    /// What it evaluates.
    pub fn expr(&self) -> &str {
        match self {
            Self::Record(rule) => &rule.expr,
            Self::Alert(rule) => &rule.expr,
        }
    }
}

/// A rule that writes what an expression yields as a new metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRule {
    /// The metric it writes.
    pub record: String,
    /// What it evaluates.
    pub expr: String,
    /// Labels it adds; an empty value removes.
    pub labels: Vec<(String, String)>,
}

/// A rule that fires for every element that an expression yields.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    /// The alert's name.
    pub name: String,
    /// What it evaluates.
    pub expr: String,
    /// `for` and `keep_firing_for`.
    pub timing: Timing,
    /// Labels it adds.
    pub labels: Vec<(String, Template)>,
    /// What people should know.
    pub annotations: Vec<(String, Template)>,
}

/// What surrounds every rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalContext {
    /// `$externalLabels`
    pub external_labels: Labels,
    /// `$externalURL`: where people reach the engine.
    pub external_url: String,
}

/// Why what an expression yielded is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// More than the group allows.
    #[error("it yields {found} elements, and its group's limit is {limit}")]
    Limit {
        /// How many.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Two elements became the same.
    #[error(
        "two elements have the same labels {0} once the rule's labels are set; keep a label that tells them apart"
    )]
    Duplicate(Labels),
}

fn check_limit(found: usize, limit: usize) -> Result<(), RuleError> {
    if limit > 0 && found > limit { Err(RuleError::Limit { found, limit }) } else { Ok(()) }
}

impl AlertRule {
    /// The alerts whose condition holds, given what the expression yields.
    pub fn observe(
        &self,
        points: &[Point],
        limit: usize,
        around: &ExternalContext,
    ) -> Result<Vec<(Observation, Timing)>, RuleError> {
        check_limit(points.len(), limit)?;
        let mut seen: BTreeMap<Labels, Observation> = BTreeMap::new();
        for point in points {
            let data = Data {
                labels: &point.labels,
                external_labels: &around.external_labels,
                external_url: &around.external_url,
                value: point.value,
            };
            let mut labels = point.labels.clone();
            labels.remove(slo_core::names::METRIC_NAME);
            for (name, template) in &self.labels {
                labels.set(name, template.expand_or_say(&data));
            }
            labels.set(names::ALERTNAME, &self.name);
            let annotations = self
                .annotations
                .iter()
                .map(|(name, template)| (name.as_str(), template.expand_or_say(&data)))
                .collect();
            let observation =
                Observation { labels: labels.clone(), annotations, value: point.value, context: None };
            if seen.insert(labels.clone(), observation).is_some() {
                return Err(RuleError::Duplicate(labels));
            }
        }
        Ok(seen.into_values().map(|observation| (observation, self.timing)).collect())
    }
}

impl RecordRule {
    /// The series' elements, given what the expression yields.
    pub fn record(&self, points: Vec<Point>, limit: usize) -> Result<Vec<Point>, RuleError> {
        check_limit(points.len(), limit)?;
        let mut written: BTreeMap<Labels, f64> = BTreeMap::new();
        for Point { mut labels, value } in points {
            labels.set(slo_core::names::METRIC_NAME, &self.record);
            for (name, value) in &self.labels {
                labels.set(name, value);
            }
            if written.insert(labels.clone(), value).is_some() {
                return Err(RuleError::Duplicate(labels));
            }
        }
        Ok(written.into_iter().map(|(labels, value)| Point { labels, value }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> AlertRule {
        AlertRule {
            name: "Down".to_owned(),
            expr: "up == 0".to_owned(),
            timing: Timing { hold: Span::minutes(1), keep_firing: Span::ZERO },
            labels: vec![
                ("priority".to_owned(), Template::new("P1").unwrap()),
                ("job".to_owned(), Template::new("").unwrap()),
            ],
            annotations: vec![(
                "summary".to_owned(),
                Template::new("{{ $labels.instance }} of {{ $labels.job }} is {{ $value }}").unwrap(),
            )],
        }
    }

    fn point(instance: &str, job: &str) -> Point {
        let labels = [("__name__", "up"), ("instance", instance), ("job", job)].into_iter().collect();
        Point { labels, value: 0.0 }
    }

    #[test]
    fn an_element_becomes_an_alert() {
        let seen = rule().observe(&[point("a:1", "api")], 0, &ExternalContext::default()).unwrap();
        let (observation, timing) = seen.first().unwrap();
        assert_eq!(observation.labels.to_string(), r#"{alertname="Down",instance="a:1",priority="P1"}"#);
        assert_eq!(observation.annotations.get("summary"), "a:1 of api is 0");
        assert_eq!(timing.hold, Span::minutes(1));
    }

    #[test]
    fn what_becomes_the_same_or_too_much_is_refused() {
        let points = [point("a:1", "api"), point("a:1", "db")];
        let error = rule().observe(&points, 0, &ExternalContext::default()).unwrap_err();
        assert!(matches!(error, RuleError::Duplicate(_)), "{error}");
        let error = rule().observe(&points, 1, &ExternalContext::default()).unwrap_err();
        assert_eq!(error, RuleError::Limit { found: 2, limit: 1 });
    }

    #[test]
    fn recorded_series_take_their_name_and_labels() {
        let rule = RecordRule {
            record: "job:up:sum".to_owned(),
            expr: "up".to_owned(),
            labels: vec![("instance".to_owned(), String::new()), ("kind".to_owned(), "x".to_owned())],
        };
        let written = rule.record(vec![point("a:1", "api")], 0).unwrap();
        assert_eq!(written.first().unwrap().labels.to_string(), r#"job:up:sum{job="api",kind="x"}"#);
        let twice = rule.record(vec![point("a:1", "api"), point("a:2", "api")], 0);
        assert!(matches!(twice, Err(RuleError::Duplicate(_))));
    }
}
