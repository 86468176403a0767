//! A year that the project invents, so that a newcomer sees a whole report at once: three services, eight objectives, their
//! incidents and pages. Nothing in it happened, and the report says so. The same every time, whoever asks.

mod invented;
mod objectives;
mod traffic;

use slo_core::time::{Span, TimeRange};
use slo_model::budget::Sums;
use slo_model::policy::{Action, BudgetPolicy, Condition, PolicyRule};

use crate::facts::{Facts, GroupFacts, ObjectiveFacts, Origin};
use crate::period::{Kind, Period};
use invented::Plan;
use objectives::objectives;

/// The invented platform's zone.
pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Lisbon;
/// The month that is shown when none is asked for.
pub const MONTH: &str = "2026-10";

/// What is invented of a period.
pub fn facts(period: Period, version: &str) -> Facts {
    let range = period.range();
    let plan = Plan::of(&period);
    let all = objectives()
        .into_iter()
        .enumerate()
        .map(|(place, invented)| {
            let groups = traffic::groups(&invented, place, &plan, period.zone, range);
            let sums = |stretch: &Period| {
                let plan = Plan::of(stretch);
                let groups = traffic::groups(&invented, place, &plan, stretch.zone, stretch.range());
                together(&groups)
            };
            let covered: Vec<(TimeRange, f64)> = traffic::coverage(&invented, &plan, range);
            ObjectiveFacts {
                before: Some(sums(&period.before())),
                months: period.months().iter().map(|month| Some(sums(month))).collect(),
                counted_from: Some(range.after - Span::days(400)),
                estimated: false,
                slices_estimated: false,
                warnings: Vec::new(),
                coverage: covered,
                groups,
                slo: std::sync::Arc::new(invented.slo),
            }
        })
        .collect();
    let options = match period.kind {
        Kind::Month if period.option() == format!("--month {MONTH}") && period.zone == ZONE => {
            "--demo".to_owned()
        }
        _ => format!("--demo {} --time-zone {}", period.option(), period.zone),
    };
    Facts {
        period,
        until: range.until,
        objectives: all,
        incidents: plan.incidents(),
        pages: plan.pages(),
        policy: policy(),
        origin: Origin {
            source: "an invention of the project".to_owned(),
            step: Span::from_seconds(30),
            version: version.to_owned(),
            options,
            policy: "The invented platform’s".to_owned(),
            invented: true,
            title: "Quayside, an invented platform".to_owned(),
            ..Origin::default()
        },
    }
}

/// The invented platform's policy, which is much as the one that ships.
pub fn policy() -> BudgetPolicy {
    let rule = |name: &str, condition: Condition, actions: &[Action]| PolicyRule {
        name: name.to_owned(),
        condition,
        actions: actions.to_vec(),
        escalate_to: None,
        services: Vec::new(),
    };
    BudgetPolicy {
        rules: vec![
            rule("budget-spent", Condition::LeftAtMost(0.0), &[Action::Freeze, Action::Review]),
            rule("budget-low", Condition::LeftAtMost(0.25), &[Action::Review]),
            rule("large-incident", Condition::SpentByIncident(0.2), &[Action::Postmortem]),
        ],
        exceptions: Vec::new(),
    }
}

/// The invented platform's objectives.
pub fn slos() -> Vec<slo_model::slo::Slo> {
    objectives().into_iter().map(|invented| invented.slo).collect()
}

fn together(groups: &[GroupFacts]) -> Sums {
    let mut sums = Sums::default();
    for piece in groups.iter().flat_map(|group| &group.pieces) {
        sums.good += piece.sums.good;
        sums.total += piece.sums.total;
        sums.covered += piece.sums.covered;
    }
    sums
}
