//! Whether a service may be released.

use serde::Serialize;

use super::{Action, BudgetPolicy, BudgetStanding, Demand};
use crate::budget::State;
use crate::status::words::percent;
use slo_core::text::counted;
use slo_core::time::Timestamp;

/// May it be released?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Yes.
    Open,
    /// No: the policy freezes releases.
    Closed,
    /// Nobody knows: a budget cannot be told, and none that can freezes releases.
    Unknown,
}

/// The gate's answer, with what it follows from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// Whose release.
    pub service: String,
    /// The answer.
    pub state: GateState,
    /// The answer in one sentence.
    pub reason: String,
    /// What the policy asks for, the gravest first.
    pub demands: Vec<Demand>,
    /// The service's budgets, the least left first.
    pub budgets: Vec<BudgetStanding>,
    /// What could not be evaluated, and why.
    pub errors: Vec<String>,
}

/// Judges a service by its budgets at `at`; `errors` are those of its objectives that could not be evaluated.
pub fn gate(
    policy: &BudgetPolicy,
    service: &str,
    mut budgets: Vec<BudgetStanding>,
    errors: Vec<String>,
    at: Timestamp,
) -> Gate {
    budgets.retain(|budget| budget.service == service);
    budgets.sort_by(|a, b| {
        let left = |budget: &BudgetStanding| budget.left.unwrap_or(f64::INFINITY);
        left(a).total_cmp(&left(b)).then_with(|| a.slo.cmp(&b.slo))
    });
    let mut demands: Vec<Demand> =
        budgets.iter().flat_map(|budget| policy.demands(budget, &[], at)).collect();
    demands.sort_by_key(|demand| demand.action);
    let freeze = demands.iter().find(|demand| demand.action == Action::Freeze && demand.exception.is_none());
    let unknown: Vec<&BudgetStanding> = budgets.iter().filter(|budget| !budget.is_known()).collect();
    let (state, reason) = if let Some(freeze) = freeze {
        let budget = budgets.iter().find(|budget| budget.slo == freeze.slo);
        let events = budget.map_or_else(String::new, |budget| {
            format!(" ({:.0} of {:.0} bad events allowed)", budget.spent, budget.allowed)
        });
        let window = budget.map_or("", |budget| budget.window.as_str());
        let left = percent(freeze.share, 1);
        let reason =
            format!("rule {}: {} has {left} of its {window} budget left{events}", freeze.rule, freeze.slo);
        (GateState::Closed, reason)
    } else if let Some(error) = errors.first() {
        (GateState::Unknown, error.clone())
    } else if let Some(first) = unknown.first() {
        let others = unknown.len() - 1;
        let others = if others > 0 { format!(", and {others} more") } else { String::new() };
        let what = if first.state == State::Stale.as_str() { "has no new data" } else { "has no data" };
        (GateState::Unknown, format!("{} {what}{others}", first.slo))
    } else if let Some(first) = budgets.first() {
        let known = counted(budgets.len(), "budget");
        let excepted = demands.iter().find(|demand| demand.action == Action::Freeze);
        let reason = match (excepted.and_then(|demand| demand.exception.as_ref()), first.left) {
            (Some(exception), _) => format!("releases would be frozen but for an exception {exception}"),
            (None, Some(left)) => {
                format!("{known} known, the least left is {} of {}", percent(left, 1), first.slo)
            }
            (None, None) => format!("{known} known, and nothing happened in their windows"),
        };
        (GateState::Open, reason)
    } else {
        (GateState::Unknown, "the service has no objective".to_owned())
    };
    Gate { service: service.to_owned(), state, reason, demands, budgets, errors }
}

#[cfg(test)]
mod tests {
    use super::super::{Condition, Exception, PolicyRule};
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn budget(slo: &str, left: Option<f64>, state: &str) -> BudgetStanding {
        BudgetStanding {
            slo: slo.to_owned(),
            service: "checkout".to_owned(),
            state: state.to_owned(),
            left,
            spent: 12.0,
            allowed: 10.0,
            window: "30d".to_owned(),
            coverage: 1.0,
            warnings: Vec::new(),
        }
    }

    fn policy() -> BudgetPolicy {
        let rule = |name: &str, share, actions: &[Action]| PolicyRule {
            name: name.to_owned(),
            condition: Condition::LeftAtMost(share),
            actions: actions.to_vec(),
            escalate_to: None,
            services: Vec::new(),
        };
        let rules = vec![rule("low", 0.25, &[Action::Review]), rule("spent", 0.0, &[Action::Freeze])];
        BudgetPolicy { rules, exceptions: Vec::new() }
    }

    fn judged(policy: &BudgetPolicy, budgets: &[BudgetStanding], errors: &[&str]) -> Gate {
        let errors = errors.iter().map(ToString::to_string).collect();
        gate(policy, "checkout", budgets.to_vec(), errors, AT)
    }

    #[test]
    fn a_spent_budget_closes_it_whatever_else_is_unknown() {
        let (ok, spent) = (budget("a", Some(0.5), "ok"), budget("b", Some(-0.2), "exhausted"));
        let gate = judged(&policy(), &[ok.clone(), spent, budget("c", None, "no_data")], &["d: away"]);
        assert_eq!(gate.state, GateState::Closed);
        assert_eq!(
            gate.reason,
            "rule spent: b has -20% of its 30d budget left (12 of 10 bad events allowed)"
        );
        assert_eq!(judged(&policy(), &[ok], &[]).state, GateState::Open);
    }

    #[test]
    fn what_is_not_known_is_no_yes() {
        let ok = budget("a", Some(0.5), "ok");
        let unknown = judged(&policy(), &[ok.clone(), budget("c", None, "no_data")], &[]);
        assert_eq!((unknown.state, unknown.reason.as_str()), (GateState::Unknown, "c has no data"));
        assert_eq!(
            judged(&policy(), &[ok.clone(), budget("c", Some(0.9), "stale")], &[]).state,
            GateState::Unknown
        );
        assert_eq!(judged(&policy(), &[ok], &["d: away"]).reason, "d: away");
        assert_eq!(judged(&policy(), &[], &[]).reason, "the service has no objective");
        assert_eq!(judged(&policy(), &[budget("q", None, "no_traffic")], &[]).state, GateState::Open);
    }

    #[test]
    fn an_exception_opens_it_until_it_ends_and_for_its_service() {
        let mut policy = policy();
        policy.exceptions.push(Exception {
            services: vec!["checkout".to_owned()],
            action: Action::Freeze,
            until: AT + slo_core::time::Span::SECOND,
            reason: "a fix".to_owned(),
            approved_by: "Ada".to_owned(),
        });
        let spent = [budget("b", Some(0.0), "exhausted")];
        let open = judged(&policy, &spent, &[]);
        assert_eq!(open.state, GateState::Open);
        assert!(open.reason.contains("agreed by Ada: a fix"), "{}", open.reason);
        policy.exceptions[0].until = AT;
        assert_eq!(judged(&policy, &spent, &[]).state, GateState::Closed);
        policy.exceptions[0].until = AT + slo_core::time::Span::SECOND;
        policy.exceptions[0].services = vec!["search".to_owned()];
        assert_eq!(judged(&policy, &spent, &[]).state, GateState::Closed);
    }

    #[test]
    fn an_incident_that_spent_much_asks_for_a_postmortem() {
        let mut policy = policy();
        policy.rules.push(PolicyRule {
            name: "large".to_owned(),
            condition: Condition::SpentByIncident(0.2),
            actions: vec![Action::Postmortem, Action::Escalate],
            escalate_to: Some("head".to_owned()),
            services: vec!["checkout".to_owned()],
        });
        let share =
            |incident: &str, spent| super::super::IncidentShare { incident: incident.to_owned(), spent };
        let asked = policy.demands(&budget("a", Some(0.5), "ok"), &[share("x", 0.1), share("y", 0.2)], AT);
        let asked: Vec<_> = asked
            .iter()
            .map(|one| (one.action, one.incident.as_deref(), one.escalate_to.as_deref()))
            .collect();
        assert_eq!(
            asked,
            [(Action::Escalate, Some("y"), Some("head")), (Action::Postmortem, Some("y"), None),]
        );
    }
}
