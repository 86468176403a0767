//! What the error-budget policy asks of a service, from the period's budgets and what incidents spent of them.

use std::collections::BTreeSet;

use slo_model::policy::{Action, BudgetStanding, Condition, Demand, IncidentShare, PolicyRule};

use super::incidents::IncidentReview;
use super::objective::ObjectiveReview;
use crate::facts::Facts;
use crate::words;

/// What a service is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Nothing but fixes is released.
    Freeze,
    /// Somebody above decides.
    Escalate,
    /// Risky changes are looked at first.
    Review,
    /// Nothing was counted: that first.
    Measure,
    /// Go on.
    Ship,
}

impl Ask {
    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Freeze => "Freeze features",
            Self::Escalate => "Let somebody above decide",
            Self::Review => "Review risky changes",
            Self::Measure => "Mend the measuring first",
            Self::Ship => "Ship as planned",
        }
    }

    /// As it is written in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Escalate => "escalate",
            Self::Review => "review",
            Self::Measure => "measure",
            Self::Ship => "ship",
        }
    }

    fn of(action: Action) -> Option<Self> {
        match action {
            Action::Freeze => Some(Self::Freeze),
            Action::Escalate => Some(Self::Escalate),
            Action::Review => Some(Self::Review),
            Action::Postmortem => None,
        }
    }
}

/// What the policy asks of a service.
pub(super) struct Asked {
    pub(super) ask: Ask,
    pub(super) why: String,
    /// Incidents to be written up, by their places.
    pub(super) postmortems: Vec<usize>,
}

/// All that the policy asks for `own`, the objectives at `places`.
pub(super) fn asked(
    facts: &Facts,
    incidents: &[IncidentReview],
    places: &[usize],
    own: &[&ObjectiveReview],
) -> Asked {
    let mut demands: Vec<(&ObjectiveReview, Demand)> = Vec::new();
    for (place, one) in places.iter().zip(own.iter().copied()) {
        let shares: Vec<IncidentShare> = incidents
            .iter()
            .enumerate()
            .filter_map(|(number, incident)| {
                let share = incident.shares.iter().find(|share| share.objective == *place)?;
                Some(IncidentShare { incident: number.to_string(), spent: share.of_budget })
            })
            .collect();
        let found = facts.policy.demands(&standing(facts, one), &shares, facts.until);
        demands.extend(found.into_iter().map(|demand| (one, demand)));
    }
    let places_of = |demand: &Demand| demand.incident.as_ref()?.parse::<usize>().ok();
    let in_force = |demand: &Demand| demand.exception.is_none();
    let postmortems: BTreeSet<usize> = demands
        .iter()
        .filter(|(_, demand)| demand.action == Action::Postmortem && in_force(demand))
        .filter_map(|(_, demand)| places_of(demand))
        .collect();
    let gravest = demands
        .iter()
        .filter(|(_, demand)| in_force(demand))
        .filter_map(|(one, demand)| Some((Ask::of(demand.action)?, *one, demand)))
        .min_by(|a, b| a.0.cmp(&b.0).then(a.2.share.total_cmp(&b.2.share)));
    let (ask, mut why) = match gravest {
        Some((ask, one, demand)) => (ask, why(facts, ask, one, demand)),
        None if own.iter().all(|one| one.spent_ratio.is_none()) => {
            (Ask::Measure, "No budget of it is known.".to_owned())
        }
        None => (Ask::Ship, left(own)),
    };
    let excepted = demands.iter().find(|(_, demand)| {
        demand.exception.is_some() && Ask::of(demand.action).is_some_and(|excepted| excepted < ask)
    });
    if let Some((_, Demand { action, exception: Some(exception), .. })) = excepted {
        why = format!(
            "{why} The policy asks to {}, but for an exception {}.",
            action.as_str(),
            words::name(exception)
        );
    }
    Asked { ask, why, postmortems: postmortems.into_iter().collect() }
}

fn standing(facts: &Facts, one: &ObjectiveReview) -> BudgetStanding {
    BudgetStanding {
        slo: one.slo.key.to_string(),
        service: one.slo.service.clone(),
        state: one.outcome.as_str().to_owned(),
        left: one.spent_ratio.map(|spent| 1.0 - spent),
        spent: one.spent,
        allowed: one.allowed,
        window: facts.period.short(),
        coverage: one.coverage,
        warnings: Vec::new(),
    }
}

fn why(facts: &Facts, ask: Ask, one: &ObjectiveReview, demand: &Demand) -> String {
    let percent = |share: f64| format!("{} %", words::number(share * 100.0, 0));
    let cause = match &demand.incident {
        Some(_) => format!("one incident spent {} of {}’s budget", percent(demand.share), one.name),
        None if demand.share < 0.0 => {
            format!("{} overspent it by {}", facts.period.short(), percent(-demand.share))
        }
        None => format!("of {}’s budget {} is left", one.name, percent(demand.share)),
    };
    match (ask, &demand.escalate_to) {
        (Ask::Freeze, _) => {
            format!("Fixes and security only until {} has budget again: {cause}.", one.name)
        }
        (Ask::Escalate, Some(whom)) => format!("{} decides: {cause}.", words::name(whom)),
        _ => sentence(&cause),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// How much every budget has left.
fn left(own: &[&ObjectiveReview]) -> String {
    let spent = own.iter().filter_map(|one| one.spent_ratio).fold(0.0, f64::max);
    if spent <= 0.5 {
        "Every budget has at least half left.".to_owned()
    } else {
        format!("Every budget has at least {} % left.", words::number(((1.0 - spent) * 100.0).floor(), 0))
    }
}

/// The rules of the policy, in words.
pub fn rules(rules: &[PolicyRule]) -> String {
    let percent = |share: f64| words::number(share * 100.0, 0);
    let rule = |rule: &PolicyRule| {
        let when = match rule.condition {
            Condition::LeftAtMost(share) if share <= 0.0 => "a budget that is spent".to_owned(),
            Condition::LeftAtMost(share) => format!("{} % left or less", percent(share)),
            Condition::SpentByIncident(share) => format!("an incident of {} % of a budget", percent(share)),
        };
        let what: Vec<String> = rule.actions.iter().map(|action| action.as_str().to_owned()).collect();
        let whose = if rule.services.is_empty() {
            String::new()
        } else {
            format!(
                " ({})",
                words::listed(&rule.services.iter().map(|one| words::name(one)).collect::<Vec<_>>())
            )
        };
        format!("{when}{whose}: {}", words::listed(&what))
    };
    rules.iter().map(rule).collect::<Vec<_>>().join("; ")
}
