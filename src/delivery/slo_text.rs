//! The objective that is in danger, in words: of its alert's context, or, of an alert that somebody posted, of the
//! annotations that they wrote.

use serde::Serialize;

use super::bounded::bounded;
use slo_core::duration;
use slo_core::names;
use slo_core::time::{Span, Timestamp};
use slo_model::alert::SloContext;
use slo_model::alert::burn::format::{budget_share, percent, plain_number};
use slo_model::route::NotifiedAlert;

/// The objective that is in danger. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SloText {
    /// Its name; of a posted alert the label or the annotation `slo`.
    pub name: String,
    /// What was promised; annotation `target`.
    pub target: String,
    /// What is left of the budget; annotation `remaining_budget`.
    pub remaining: String,
    /// How fast it goes, with a `×` behind it; annotation `burn_rate_long`, or `burn_rate` as it is.
    pub burn_rate: String,
    /// Over which window; annotation `long_window`.
    pub window: String,
    /// What is too fast, with a `×` behind it; annotation `burn_rate_threshold`.
    pub limit: String,
    /// When the budget is gone; annotation `exhausts_at`.
    pub exhausts_at: String,
    /// In how long that is, e.g. `6 h 57 min`; empty when it is over, or no time.
    pub exhausts_in: String,
}

impl SloText {
    /// Of an alert that is about an SLO, at `now`.
    pub(super) fn of(alert: &NotifiedAlert, now: Timestamp) -> Option<Self> {
        let context = alert.context.as_ref().and_then(|context| context.slo.as_ref());
        context.map(|slo| Self::of_context(slo, now)).or_else(|| Self::of_annotations(alert, now))
    }

    fn of_context(slo: &SloContext, now: Timestamp) -> Self {
        let times = |rate| format!("{}×", plain_number(rate));
        let ends = slo.exhausts_at.filter(|ends| ends.datetime().is_some());
        let remaining = slo.remaining_ratio.map(budget_share).unwrap_or_default();
        let mut text =
            Self { name: bounded(&slo.slo), target: percent(slo.target), remaining, ..Self::default() };
        if let Some(burn) = slo.burn {
            text.burn_rate = times(burn.long);
            text.window = duration::format(burn.long_window);
            text.limit = times(burn.threshold);
        }
        if let Some(ends) = ends {
            text.exhausts_at = ends.rfc3339_seconds();
            text.exhausts_in = left(ends - now);
        }
        text
    }

    fn of_annotations(alert: &NotifiedAlert, now: Timestamp) -> Option<Self> {
        let name = [alert.labels.get(names::SLO), alert.annotations.get(names::SLO)]
            .into_iter()
            .find(|name| !name.is_empty())?;
        let text = |name| bounded(alert.annotations.get(name));
        let times = |name| Some(text(name)).filter(|rate| !rate.is_empty()).map(|rate| format!("{rate}×"));
        let exhausts_at = text("exhausts_at");
        let ends = exhausts_at.parse::<Timestamp>();
        Some(Self {
            name: bounded(name),
            target: text("target"),
            remaining: text("remaining_budget"),
            burn_rate: times("burn_rate_long").unwrap_or_else(|| text("burn_rate")),
            window: text("long_window"),
            limit: times("burn_rate_threshold").unwrap_or_default(),
            exhausts_in: ends.map(|at| left(at - now)).unwrap_or_default(),
            exhausts_at,
        })
    }
}

fn left(length: Span) -> String {
    if length > Span::ZERO { duration::spelled(length) } else { String::new() }
}
