//! Incidents of the period, and what each spent.

use slo_core::time::Timestamp;

use super::claims;
use super::objective::ObjectiveReview;
use crate::facts::{Facts, IncidentFacts};
use crate::words;

/// What an incident spent of one budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The objective's place in the review.
    pub objective: usize,
    /// Bad events in it.
    pub bad: f64,
    /// The share of the budget.
    pub of_budget: f64,
}

/// An incident of the period.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentReview {
    /// What is recorded of it.
    pub facts: IncidentFacts,
    /// What it is called throughout the report; `None` for one of many small ones.
    pub letter: Option<String>,
    /// When it is taken to have begun: earlier than it was opened when a budget burned before.
    pub began: Timestamp,
    /// What it spent, the largest share first.
    pub shares: Vec<Share>,
    /// Objectives that it could have spent, by its labels.
    pub names_any: bool,
}

impl IncidentReview {
    /// The largest share of a budget that it spent; 0 when it spent none.
    pub fn most(&self) -> f64 {
        self.shares.first().map_or(0.0, |share| share.of_budget)
    }

    /// Its title, on one line.
    pub fn title(&self) -> String {
        match words::name(&self.facts.title) {
            title if title.is_empty() => words::name(&self.facts.rule),
            title => title,
        }
    }
}

/// Every incident of the facts, with what it spent of `objectives`.
pub(super) fn all(facts: &Facts, objectives: &[ObjectiveReview]) -> Vec<IncidentReview> {
    let mut all: Vec<IncidentReview> = facts
        .incidents
        .iter()
        .map(|incident| IncidentReview {
            facts: incident.clone(),
            letter: None,
            began: incident.opened_at,
            shares: Vec::new(),
            names_any: objectives.iter().any(|one| claims::names(incident, &one.slo)),
        })
        .collect();
    for (place, objective) in objectives.iter().enumerate() {
        let Some(spend) = &objective.spend else { continue };
        for (incident, bad) in &spend.by_incident {
            if let (Some(incident), Some(of_budget)) = (all.get_mut(*incident), objective.share(*bad)) {
                incident.shares.push(Share { objective: place, bad: *bad, of_budget });
            }
        }
        for (incident, began) in &spend.began {
            if let Some(incident) = all.get_mut(*incident).filter(|one| one.facts.opened_at > *began) {
                incident.began = incident.began.min(*began);
            }
        }
    }
    for incident in &mut all {
        incident
            .shares
            .sort_by(|a, b| b.of_budget.total_cmp(&a.of_budget).then(a.objective.cmp(&b.objective)));
    }
    all
}

/// Letters for the incidents that spent the most, in order of time.
pub(super) fn give_letters(incidents: &mut [IncidentReview], most: usize) {
    let mut order: Vec<usize> = (0..incidents.len()).collect();
    let rank = |at: &usize| incidents.get(*at).map(|one| (one.most(), one.facts.priority));
    order.sort_by(|a, b| {
        let (Some((one, first)), Some((two, second))) = (rank(a), rank(b)) else { return a.cmp(b) };
        two.total_cmp(&one).then(first.cmp(&second)).then(a.cmp(b))
    });
    let mut chosen: Vec<usize> = order
        .into_iter()
        .filter(|at| incidents.get(*at).is_some_and(|one| !one.shares.is_empty()))
        .take(most)
        .collect();
    chosen.sort_unstable();
    for (number, place) in chosen.into_iter().enumerate() {
        if let Some(incident) = incidents.get_mut(place) {
            incident.letter = Some(words::letter(number));
        }
    }
}
