//! One rule at one moment, and when a group is due.

use std::collections::BTreeMap;
use std::path::Path;

use slo_core::time::{Span, Timestamp};
use slo_model::alert::rule::{ExternalContext, Rule, RuleGroup};
use slo_model::alert::state::{Observation, Timing};
use slo_model::samples::Point;
use slo_model::source::Source;

/// What a rule came to.
pub(super) enum Outcome {
    /// The elements of a recorded metric.
    Recorded(Vec<Point>),
    /// The alerts whose condition holds.
    Observed(Vec<(Observation, Timing)>),
    /// It could not be evaluated.
    Failed(String),
}

/// Evaluates a rule at `at`.
pub(super) async fn rule(
    rule: &Rule,
    group: &RuleGroup,
    source: &dyn Source,
    around: &ExternalContext,
    at: Timestamp,
) -> Outcome {
    let points = match source.instant(rule.expr(), at).await {
        // As Thanos' ruler does: on half of the data a rule would fire, or end, for what did not happen.
        Ok(answer) if answer.partial => {
            return Outcome::Failed(format!(
                "{} answers with a part of the data only, on which no rule is judged: {}",
                source.place(),
                answer.warnings.join("; ")
            ));
        }
        Ok(answer) => {
            for warning in &answer.warnings {
                tracing::debug!(rule = rule.name(), warning, "the source warns");
            }
            answer.data
        }
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let outcome = match rule {
        Rule::Record(rule) => rule.record(points, group.limit).map(Outcome::Recorded),
        Rule::Alert(rule) => rule.observe(&points, group.limit, around).map(Outcome::Observed),
    };
    outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string()))
}

/// A group that is evaluated.
pub(super) struct Ready {
    pub(super) group: RuleGroup,
    /// Its name among all groups: that of its file, without folders, and its own.
    pub(super) key: String,
    /// The names under which the state of its rules is kept.
    pub(super) keys: Vec<String>,
    pub(super) interval: Span,
    /// The moment it was last evaluated at.
    pub(super) evaluated: Timestamp,
    /// Why one of its rules failed last.
    pub(super) failing: Option<String>,
}

impl Ready {
    pub(super) fn new(group: RuleGroup, evaluated: &BTreeMap<String, Timestamp>) -> Self {
        let file = Path::new(&group.file).file_name().map(|name| name.to_string_lossy().into_owned());
        let key = format!("rule:{}:{}", file.unwrap_or_default(), group.name);
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        let keys = group
            .rules
            .iter()
            .map(|rule| {
                let time = times.entry(rule.name()).or_default();
                *time += 1;
                format!("{key}:{}#{time}", rule.name())
            })
            .collect();
        Self {
            keys,
            interval: super::interval(&group),
            evaluated: evaluated.get(&key).copied().unwrap_or(Timestamp::MIN),
            failing: None,
            key,
            group,
        }
    }

    /// The newest multiple of its interval at or before `now`.
    pub(super) fn slot(&self, now: Timestamp) -> Timestamp {
        now.align_down(self.interval)
    }
}
