//! The answer of `slo status` and of the status API: every budget at one moment, as JSON and as a table. Pure.

mod explained;
mod json;
mod table;
pub mod words;

pub use explained::Explained;
pub use json::{Report, to_json};
pub use table::{Style, table};

use std::sync::Arc;

use crate::budget::{Rest, Situation, State, Verdict, WindowSums, shown, verdict};
use crate::slo::Slo;
use slo_core::labels::Labels;

/// One budget at one moment, ready to be shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose; shared, for there is a row at every tick.
    pub slo: Arc<Slo>,
    /// Which group; empty for an SLO that is not split.
    pub group: Labels,
    /// What is known.
    pub verdict: Verdict,
    /// Some of it came from the source's arithmetic instead of raw samples.
    pub estimated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
    /// Groups that are added up in this one, at least.
    pub left_out: usize,
    /// Those of them that have spent their budgets.
    pub hidden_breaches: usize,
}

/// How good the answer is, which is also the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// There is no data of any budget.
    Unknown,
    /// Every budget that is known holds.
    Good,
    /// A budget is spent.
    Breach,
}

/// What is known of an SLO besides its sums.
#[derive(Debug, Clone)]
pub struct Known {
    /// When it is asked, and whether the source answers.
    pub situation: Situation,
    /// Some of it came from the source's arithmetic.
    pub estimated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
}

/// The rows of the groups of an SLO, at most `max_groups` and one for the rest.
pub fn rows(slo: &Arc<Slo>, groups: Vec<(Labels, WindowSums)>, max_groups: usize, known: &Known) -> Vec<Row> {
    let Known { situation, estimated, warnings } = known;
    let mut shown = shown(slo, groups, max_groups, *situation);
    let groups = std::mem::take(&mut shown.groups);
    let row = |(group, sums): (Labels, WindowSums)| {
        let rest = shown.rest_in(&group);
        Row {
            slo: Arc::clone(slo),
            verdict: verdict(slo, &sums, *situation),
            estimated: *estimated,
            warnings: warnings.iter().cloned().chain(rest.map(Rest::warning)).collect(),
            left_out: rest.map_or(0, |rest| rest.groups),
            hidden_breaches: rest.map_or(0, |rest| rest.exhausted),
            group,
        }
    };
    groups.into_iter().map(row).collect()
}

/// What the rows say together. A budget without data says nothing about the others; without any row nothing was asked
/// that could be bad.
pub fn outcome(rows: &[Row]) -> Outcome {
    let of_row = |row: &Row| match row.verdict.state {
        _ if row.hidden_breaches > 0 => Outcome::Breach,
        State::Exhausted => Outcome::Breach,
        State::NoData => Outcome::Unknown,
        // A stale budget may be spent all the same.
        State::Stale if row.verdict.budget.remaining_ratio.is_some_and(|left| left <= 0.0) => Outcome::Breach,
        State::Ok | State::NoTraffic | State::Stale => Outcome::Good,
    };
    rows.iter().map(of_row).max().unwrap_or(Outcome::Good)
}
