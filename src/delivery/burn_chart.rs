//! How fast a budget burnt before its alert began to fire: which of a notification's charts is shown, and in words.

use serde::Serialize;

use slo_core::duration;
use slo_core::time::Span;
use slo_model::alert::BurnChart;
use slo_model::alert::burn::format::plain_number;
use slo_model::route::{Kind, Notification};

/// The picture's name, for formats that refer to it.
pub const CHART_ID: &str = "burn-chart";

/// The chart in words, for templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChartText {
    /// The content id of the picture: `cid:` and this.
    pub id: &'static str,
    /// How long a time it is of, e.g. `6h`; may be empty.
    pub span: String,
    /// What it shows.
    pub words: String,
}

/// The first chart among the alerts, if they still fire: of what is over it says nothing new.
pub(super) fn of(notification: &Notification) -> Option<&BurnChart> {
    match notification.kind {
        Kind::Firing | Kind::Escalation | Kind::Flapping | Kind::Failover => {}
        Kind::Resolved | Kind::Digest | Kind::Acknowledged | Kind::Heartbeat => return None,
    }
    let mut firing = notification.alerts.iter().filter(|alert| alert.ended_at.is_none());
    firing.find_map(|alert| alert.context.as_ref()?.chart.as_ref())
}

impl ChartText {
    pub(super) fn of(chart: &BurnChart) -> Self {
        let highest = chart.rates.iter().flatten().copied().fold(0.0, f64::max);
        let span = if chart.span > Span::ZERO { duration::format(chart.span) } else { String::new() };
        let over = if span.is_empty() { String::new() } else { format!(" over {span}") };
        let red = chart
            .threshold
            .map(|limit| format!(", red from {}× on", plain_number(limit)))
            .unwrap_or_default();
        let words = format!("Burn rate{over} until the alert began: {}× at most{red}", rounded(highest));
        Self { id: CHART_ID, span, words }
    }
}

/// Enough digits to read.
fn rounded(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_shows() {
        let rates = vec![Some(0.0), Some(0.5), None, Some(20.0)];
        let mut chart = BurnChart { span: Span::hours(6), rates, threshold: Some(14.4) };
        let words = ChartText::of(&chart).words;
        assert_eq!(words, "Burn rate over 6h until the alert began: 20.0× at most, red from 14.4× on");
        chart = BurnChart { span: Span::ZERO, threshold: None, ..chart };
        assert_eq!(ChartText::of(&chart).words, "Burn rate until the alert began: 20.0× at most");
    }
}
