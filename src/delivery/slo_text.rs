//! The objective that is in danger, in words, as its alert tells it.

use chrono::DateTime;
use serde::Serialize;

use super::message::bounded;
use slo_core::duration::spelled;
use slo_core::names;
use slo_model::route::NotifiedAlert;

/// The objective that is in danger. What the alert does not tell is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SloText {
    /// Its name: the label `slo`, or the annotation.
    pub name: String,
    /// What was promised: annotation `target`.
    pub target: String,
    /// What is left of the budget: annotation `remaining_budget`.
    pub remaining: String,
    /// How fast it goes: annotation `burn_rate_long`, with a `×` behind it, or `burn_rate` as it is.
    pub burn_rate: String,
    /// Over which window: annotation `long_window`.
    pub window: String,
    /// What is too fast: annotation `burn_rate_threshold`, with a `×` behind it.
    pub limit: String,
    /// When the budget is gone: annotation `exhausts_at`.
    pub exhausts_at: String,
    /// In how long that is, e.g. `6 h 57 min`; empty when it is over, or no time.
    pub exhausts_in: String,
}

impl SloText {
    /// Of an alert that is about an SLO, at `now_ms`.
    pub(super) fn of(alert: &NotifiedAlert, now_ms: i64) -> Option<Self> {
        let name = [alert.labels.get(names::SLO), alert.annotations.get(names::SLO)]
            .into_iter()
            .find(|name| !name.is_empty())?;
        let text = |name| bounded(alert.annotations.get(name));
        let times = |name| Some(text(name)).filter(|rate| !rate.is_empty()).map(|rate| format!("{rate}×"));
        let exhausts_at = text("exhausts_at");
        let left = DateTime::parse_from_rfc3339(&exhausts_at).map(|at| at.timestamp_millis() - now_ms);
        Some(Self {
            name: bounded(name),
            target: text("target"),
            remaining: text("remaining_budget"),
            burn_rate: times("burn_rate_long").unwrap_or_else(|| text("burn_rate")),
            window: text("long_window"),
            limit: times("burn_rate_threshold").unwrap_or_default(),
            exhausts_in: left.ok().filter(|left| *left > 0).map(spelled).unwrap_or_default(),
            exhausts_at,
        })
    }
}
