//! `slo status --explain`: what was decided about an SLO's counters, one line or one JSON object each.

use serde::Serialize;

use crate::counting::Decision;

/// A decision, for programs.
#[derive(Debug, Serialize)]
pub struct Explained {
    at: String,
    series: String,
    decision: String,
    value: f64,
    counted: f64,
}

impl Explained {
    /// What `decision` says.
    pub fn of(decision: &Decision) -> Self {
        Self {
            at: decision.at.to_string(),
            series: decision.labels.to_string(),
            decision: decision.judgement.to_string(),
            value: decision.value,
            counted: decision.counted,
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let Self { at, series, decision, value, counted } = self;
        format!("{at}  {series}  {value} → {counted} counted: {decision}")
    }
}
