//! How fast answers were, week by week, for objectives about histograms: the share within each bound, which is counted,
//! and not percentiles, which a ledger does not have.

use chrono::NaiveDate;

use slo_core::time::TimeRange;
use slo_model::budget::Sums;
use slo_model::slo::Indicator;

use super::objective::ObjectiveReview;
use super::spend::whole;
use crate::facts::Facts;

/// A week of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyWeek {
    /// Its first day in the period.
    pub first: NaiveDate,
    /// Its last day in the period.
    pub last: NaiveDate,
    /// What happened; `None` for one without events.
    pub sums: Option<Sums>,
}

impl LatencyWeek {
    /// The share within the bound.
    pub fn within(&self) -> Option<f64> {
        self.sums.and_then(Sums::ratio)
    }
}

/// An objective about latency, week by week.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyReview {
    /// The objective's place in the review.
    pub objective: usize,
    /// The weeks so far.
    pub weeks: Vec<LatencyWeek>,
}

/// Every objective about a histogram that counted anything, those of one document together.
pub(super) fn all(facts: &Facts, objectives: &[ObjectiveReview]) -> Vec<LatencyReview> {
    let is_latency = |one: &ObjectiveReview| {
        let histogram = matches!(
            one.slo.indicator,
            Indicator::ClassicHistogram { .. } | Indicator::NativeHistogram { .. }
        );
        histogram && one.counts.total > 0.0
    };
    let mut all: Vec<LatencyReview> = objectives
        .iter()
        .enumerate()
        .filter(|(_, one)| is_latency(one))
        .filter_map(|(objective, one)| {
            let known = facts.objectives.iter().find(|known| known.slo.key == one.slo.key)?;
            let pieces = whole(&known.groups);
            let weeks = facts.period.weeks().into_iter().filter(|(_, _, range)| range.after < facts.until);
            let weeks =
                weeks.map(|(first, last, range)| LatencyWeek { first, last, sums: sums(&pieces, range) });
            Some(LatencyReview { objective, weeks: weeks.collect() })
        })
        .collect();
    let key = |one: &LatencyReview| objectives.get(one.objective).map(|one| one.slo.key.clone());
    all.sort_by_key(key);
    all
}

fn sums(pieces: &[crate::facts::Piece], range: TimeRange) -> Option<Sums> {
    let mut sums = Sums::default();
    let middle = |range: TimeRange| range.after + range.length() / 2;
    for piece in pieces.iter().filter(|piece| range.contains(middle(piece.range))) {
        sums.good += piece.sums.good;
        sums.total += piece.sums.total;
        sums.covered += piece.sums.covered;
    }
    (sums.total > 0.0).then(|| sums.tidy())
}
