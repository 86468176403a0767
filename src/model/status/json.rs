//! The JSON of a status: design's shape, with numbers that are finite or null.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Explained, Row};
use crate::budget::BURN_WINDOWS;
use crate::slo::{Budgeting, Window};
use slo_core::time::Timestamp;

/// Every budget at one moment.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    at: String,
    slos: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Failure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<&'a [Explained]>,
}

impl<'a> Report<'a> {
    /// The same with what was decided about an SLO's counters.
    #[must_use]
    pub fn explained(self, decisions: Option<&'a [Explained]>) -> Self {
        Self { decisions, ..self }
    }
}

#[derive(Debug, Serialize)]
struct Failure<'a> {
    name: &'a str,
    error: &'a str,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    objective: Option<&'a str>,
    service: &'a str,
    /// The data source that it names, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    group: BTreeMap<&'a str, &'a str>,
    target: f64,
    window: WindowJson,
    budgeting: &'static str,
    good: f64,
    total: f64,
    sli: Option<f64>,
    budget: BudgetJson,
    burn_rates: BurnRates,
    coverage: f64,
    counting: &'static str,
    state: &'static str,
    exhausts_at: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Debug, Serialize)]
struct WindowJson {
    duration: String,
    rolling: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<&'static str>,
    start: String,
    end: String,
}

#[derive(Debug, Serialize)]
struct BudgetJson {
    allowed: f64,
    spent: f64,
    remaining_ratio: Option<f64>,
}

/// In the order of the windows, which a map sorted by name would lose.
#[derive(Debug)]
struct BurnRates(Vec<(&'static str, Option<f64>)>);

impl Serialize for BurnRates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (window, rate) in &self.0 {
            map.serialize_entry(window, rate)?;
        }
        map.end()
    }
}

/// The report of `rows` at `at`; `errors` are SLOs that could not be evaluated.
pub fn to_json<'a>(at: Timestamp, rows: &'a [Row], errors: &'a [(String, String)]) -> Report<'a> {
    Report {
        at: at.rfc3339_seconds(),
        slos: rows.iter().map(|row| entry(at, row)).collect(),
        errors: errors.iter().map(|(name, error)| Failure { name, error }).collect(),
        decisions: None,
    }
}

fn entry(at: Timestamp, row: &Row) -> Entry<'_> {
    let (slo, verdict) = (&row.slo, &row.verdict);
    let period = slo.window.whole(at);
    let (duration, time_zone) = match &slo.window {
        Window::Rolling(length) => (length.to_string(), None),
        Window::Calendar(calendar) => (calendar.shorthand(), Some(calendar.zone().name())),
    };
    Entry {
        name: &slo.key.name,
        objective: slo.key.objective.as_deref(),
        service: &slo.service,
        source: slo.source.as_deref(),
        group: row.group.iter().collect(),
        target: slo.target.ratio(),
        window: WindowJson {
            duration,
            rolling: slo.window.is_rolling(),
            time_zone,
            start: period.after.rfc3339_seconds(),
            end: period.until.rfc3339_seconds(),
        },
        budgeting: match slo.budgeting {
            Budgeting::Occurrences => "Occurrences",
            Budgeting::Timeslices { .. } => "Timeslices",
            Budgeting::RatioTimeslices { .. } => "RatioTimeslices",
        },
        good: verdict.counts.good,
        total: verdict.counts.total,
        sli: verdict.sli,
        budget: BudgetJson {
            allowed: verdict.budget.allowed,
            spent: verdict.budget.spent,
            remaining_ratio: verdict.budget.remaining_ratio,
        },
        burn_rates: BurnRates(
            BURN_WINDOWS
                .iter()
                .zip(verdict.burn_rates)
                .filter_map(|(window, rate)| Some((window.name, rate?)))
                .collect(),
        ),
        coverage: verdict.coverage,
        counting: if row.estimated { "estimated" } else { "exact" },
        state: verdict.state.as_str(),
        exhausts_at: verdict.exhausts_at.map(Timestamp::rfc3339_seconds),
        warnings: &row.warnings,
    }
}
