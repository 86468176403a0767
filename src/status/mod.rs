//! The answer of `slo status` and of the status API: every budget at one moment, as JSON and as a table. Pure.

mod json;
mod table;

pub use json::{Report, to_json};
pub use table::{Style, table};

use crate::budget::{State, Verdict};
use crate::labels::Labels;
use crate::slo::Slo;

/// One budget at one moment, ready to be shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose.
    pub slo: Slo,
    /// Which group; empty for an SLO that is not split.
    pub group: Labels,
    /// What is known.
    pub verdict: Verdict,
    /// Some of it came from the source's arithmetic instead of raw samples.
    pub estimated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
}

/// How good the answer is, which is also the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Every budget holds.
    Good,
    /// A budget is spent.
    Breach,
}

/// Whether any budget is spent.
pub fn outcome(rows: &[Row]) -> Outcome {
    if rows.iter().any(|row| row.verdict.state == State::Exhausted) { Outcome::Breach } else { Outcome::Good }
}
