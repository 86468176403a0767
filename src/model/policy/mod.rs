//! The error-budget policy: what spent budgets ask for, and whether a service may be released.
//!
//! Source: Google's SRE workbook, "Error budget policy". A budget is judged by the share of it that is left, or that one
//! incident has spent; both are shares of the whole window's budget.

mod gate;

pub use gate::{Gate, GateState, gate};

use serde::Serialize;

use crate::budget::State;
use crate::slo::SloKey;
use crate::status::Row;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;

/// A policy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BudgetPolicy {
    /// What is asked for, and when.
    pub rules: Vec<PolicyRule>,
    /// What is not, for a while.
    pub exceptions: Vec<Exception>,
}

/// What is asked for under one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRule {
    /// Its name; no two are alike.
    pub name: String,
    /// When.
    pub condition: Condition,
    /// What; not empty, none twice.
    pub actions: Vec<Action>,
    /// To whom [`Action::Escalate`] goes.
    pub escalate_to: Option<String>,
    /// For these services; for all when it is empty.
    pub services: Vec<String>,
}

/// When a rule holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// At most this share of the budget is left; 0 is a budget that is spent.
    LeftAtMost(f64),
    /// One incident has spent at least this share of the budget.
    SpentByIncident(f64),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing but fixes is released.
    Freeze,
    /// Somebody above decides.
    Escalate,
    /// The incident is looked back at in writing.
    Postmortem,
    /// The owners look at the objective and at what spent its budget.
    Review,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Freeze, Self::Escalate, Self::Postmortem, Self::Review];

    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Escalate => "escalate",
            Self::Postmortem => "postmortem",
            Self::Review => "review",
        }
    }
}

/// An action that is not asked for until some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Of these services; of all when it is empty.
    pub services: Vec<String>,
    /// Which.
    pub action: Action,
    /// From this moment on it is asked for again.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who agreed.
    pub approved_by: String,
}

impl Exception {
    fn covers(&self, service: &str, action: Action, at: Timestamp) -> bool {
        self.action == action && at < self.until && is_among(service, &self.services)
    }
}

/// All that a policy asks of a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BudgetStanding {
    /// The objective, with its group if it has one.
    pub slo: String,
    /// Whose budget.
    pub service: String,
    /// One of [`State`]'s names.
    pub state: String,
    /// The share of the budget that is left; negative when overspent, `None` without events.
    pub left: Option<f64>,
    /// Bad events that happened in the window.
    pub spent: f64,
    /// Bad events that are allowed in the window.
    pub allowed: f64,
    /// The window, e.g. `30d`.
    pub window: String,
    /// The share of the window for which there was data, from 0 to 1.
    pub coverage: f64,
    /// What people should know.
    pub warnings: Vec<String>,
}

impl BudgetStanding {
    /// An objective, with its group if it has one.
    pub fn name(key: &SloKey, group: &Labels) -> String {
        if group.is_empty() { key.to_string() } else { format!("{key}{group}") }
    }

    /// Whether `left` says how the budget stands now.
    pub fn is_known(&self) -> bool {
        ![State::NoData, State::Stale].iter().any(|state| state.as_str() == self.state)
    }
}

impl From<&Row> for BudgetStanding {
    fn from(row: &Row) -> Self {
        let (slo, verdict) = (&row.slo, &row.verdict);
        Self {
            slo: Self::name(&slo.key, &row.group),
            service: slo.service.clone(),
            state: verdict.state.as_str().to_owned(),
            left: verdict.budget.remaining_ratio,
            spent: verdict.budget.spent,
            allowed: verdict.budget.allowed,
            window: crate::status::words::window(row).text,
            coverage: verdict.coverage,
            warnings: row.warnings.clone(),
        }
    }
}

/// What an incident has spent of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentShare {
    /// The incident, as people call it.
    pub incident: String,
    /// The share of the whole budget that it spent.
    pub spent: f64,
}

/// An action that a rule asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Demand {
    /// The rule.
    pub rule: String,
    /// What it asks for.
    pub action: Action,
    /// To whom it goes, of an escalation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// The objective whose budget it is about.
    pub slo: String,
    /// The incident that spent so much, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The share that is left, or that the incident spent.
    pub share: f64,
    /// Why it does not hold for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

impl BudgetPolicy {
    /// What it asks for at `at` of a budget of which `incidents` spent parts; the gravest first.
    pub fn demands(
        &self,
        budget: &BudgetStanding,
        incidents: &[IncidentShare],
        at: Timestamp,
    ) -> Vec<Demand> {
        let mut demands = Vec::new();
        for rule in self.rules.iter().filter(|rule| is_among(&budget.service, &rule.services)) {
            let found: Vec<(Option<&str>, f64)> = match rule.condition {
                Condition::LeftAtMost(share) => {
                    budget.left.filter(|left| *left <= share).map(|left| (None, left)).into_iter().collect()
                }
                Condition::SpentByIncident(share) => {
                    let large = incidents.iter().filter(|incident| incident.spent >= share);
                    large.map(|incident| (Some(incident.incident.as_str()), incident.spent)).collect()
                }
            };
            for (incident, share) in found {
                demands.extend(rule.actions.iter().map(|action| Demand {
                    rule: rule.name.clone(),
                    action: *action,
                    escalate_to: rule.escalate_to.clone().filter(|_| *action == Action::Escalate),
                    slo: budget.slo.clone(),
                    incident: incident.map(str::to_owned),
                    share,
                    exception: self.exception(&budget.service, *action, at),
                }));
            }
        }
        demands.sort_by(|a, b| a.action.cmp(&b.action).then(a.share.total_cmp(&b.share)));
        demands
    }

    fn exception(&self, service: &str, action: Action, at: Timestamp) -> Option<String> {
        let covering = self.exceptions.iter().filter(|exception| exception.covers(service, action, at));
        let longest = covering.max_by_key(|exception| exception.until)?;
        let Exception { until, reason, approved_by, .. } = longest;
        Some(format!("until {}, agreed by {approved_by}: {reason}", until.rfc3339_seconds()))
    }
}

/// An empty list stands for all services.
fn is_among(service: &str, services: &[String]) -> bool {
    services.is_empty() || services.iter().any(|one| one == service)
}
