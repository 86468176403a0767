//! From facts to findings: everything that a report says, before it is text.

mod claims;
mod incidents;
mod latency;
mod months;
mod objective;
mod pages;
mod policy;
mod spend;
mod suggest;
mod verdict;

use slo_core::time::Timestamp;

use crate::facts::{Facts, Origin};
use crate::period::Period;

pub use claims::{LONGEST_LEAD, names};
pub use incidents::{IncidentReview, Share};
pub use latency::{LatencyReview, LatencyWeek};
pub use months::Months;
pub use objective::{Counted, ObjectiveReview, Outcome, Unit};
pub use pages::{Night, PageReview, PagesReview, PersonReview, Quantiles, RuleReview, Times};
pub use policy::{Ask, rules as policy_rules};
pub use spend::{DaySpend, GroupSpend, Spend};
pub use suggest::{About, Suggestion};
pub use verdict::{Said, ServiceReview};

/// So many incidents get a letter, those that spent the most; the rest is counted together.
pub const MOST_LETTERS: usize = 12;

/// What a period comes to.
#[derive(Debug, Clone)]
pub struct Review {
    /// Which.
    pub period: Period,
    /// How far anything can be known of it.
    pub until: Timestamp,
    /// One verdict a service, the worst first.
    pub services: Vec<ServiceReview>,
    /// The objectives, in the order of their services, the worst first.
    pub objectives: Vec<ObjectiveReview>,
    /// Incidents that were open at some time of it, in order of their beginning.
    pub incidents: Vec<IncidentReview>,
    /// Who was called.
    pub pages: PagesReview,
    /// How fast answers were, for objectives about that.
    pub latency: Vec<LatencyReview>,
    /// What to do about it.
    pub suggestions: Vec<Suggestion>,
    /// The policy's rules, in words.
    pub policy: String,
    /// Where all of it comes from.
    pub origin: Origin,
}

impl Review {
    /// The period goes on.
    pub fn is_running(&self) -> bool {
        self.until < self.period.range().until
    }

    /// How much of the period has happened, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let range = self.period.range();
        let whole = range.length().as_seconds_f64();
        let passed = (self.until - range.after).as_seconds_f64();
        if whole > 0.0 { (passed / whole).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// How many objectives were met, and of how many that can be known.
    pub fn met(&self) -> (usize, usize) {
        let of = |outcome: Outcome| self.objectives.iter().filter(|one| one.outcome == outcome).count();
        (of(Outcome::Met), of(Outcome::Met) + of(Outcome::Missed))
    }

    /// The incidents that have letters, with their places among all, in order of time.
    pub fn lettered(&self) -> impl Iterator<Item = (usize, &IncidentReview)> {
        self.incidents.iter().enumerate().filter(|(_, incident)| incident.letter.is_some())
    }

    /// The objectives whose parts are known: all but composites and those of which nothing was counted.
    pub fn spent(&self) -> impl Iterator<Item = (&ObjectiveReview, &Spend)> {
        self.objectives.iter().filter_map(|one| Some((one, one.spend.as_ref()?)))
    }
}

/// What the facts come to.
pub fn review(facts: &Facts) -> Review {
    let mut objectives = objective::all(facts);
    let services = verdict::sorted(&mut objectives);
    let mut incidents = incidents::all(facts, &objectives);
    incidents::give_letters(&mut incidents, MOST_LETTERS);
    let services = verdict::all(facts, services, &objectives, &incidents);
    let pages = pages::all(facts, &incidents);
    let latency = latency::all(facts, &objectives);
    let mut review = Review {
        period: facts.period,
        until: facts.until,
        services,
        objectives,
        incidents,
        pages,
        latency,
        suggestions: Vec::new(),
        policy: policy_rules(&facts.policy.rules),
        origin: facts.origin.clone(),
    };
    review.suggestions = suggest::all(&review);
    review
}

/// `1 page`, `24 pages`.
pub(crate) fn words_of(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", crate::words::number(count as f64, 0))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
