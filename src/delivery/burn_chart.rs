//! How fast a budget burnt before its alert began to fire, as the alert carries it: numbers for a picture.
//!
//! | annotation | value |
//! |---|---|
//! | `burn_chart` | burn rates, oldest first, between commas; nothing where nothing happened |
//! | `burn_chart_span` | how long a time they are of, e.g. `6h` |
//! | `burn_rate_threshold` | the burn rate that is too fast |

use serde::Serialize;

use slo_core::text::one_line;
use slo_model::route::{Kind, Notification};

/// Numbers that are read.
const MOST: usize = 500;
/// The picture's name, for formats that refer to it.
pub const CHART_ID: &str = "burn-chart";

/// Burn rates over some time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BurnChart {
    /// Oldest first; `None` where nothing happened. Finite.
    pub(super) rates: Vec<Option<f64>>,
    /// What is too fast.
    pub(super) limit: Option<f64>,
    span: String,
}

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

impl BurnChart {
    /// The first among the alerts, if they still fire: of what is over it says nothing new.
    pub(super) fn of(notification: &Notification) -> Option<Self> {
        match notification.kind {
            Kind::Firing | Kind::Escalation | Kind::Flapping | Kind::Failover => {}
            Kind::Resolved | Kind::Digest | Kind::Acknowledged | Kind::Heartbeat => return None,
        }
        let mut firing = notification.alerts.iter().filter(|alert| alert.ended_at.is_none());
        let annotations = &firing.find(|alert| !alert.annotations.get("burn_chart").is_empty())?.annotations;
        let mut rates = Vec::new();
        for text in annotations.get("burn_chart").split(',').take(MOST) {
            let rate = match text.trim() {
                "" => None,
                text => Some(text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.0)?),
            };
            rates.push(rate);
        }
        let limit = annotations.get("burn_rate_threshold").parse::<f64>();
        let limit = limit.ok().filter(|limit| limit.is_finite() && *limit > 0.0);
        let span = one_line(annotations.get("burn_chart_span"), 20);
        (rates.iter().flatten().count() >= 2).then_some(Self { rates, limit, span })
    }

    pub(super) fn text(self) -> ChartText {
        let highest = self.rates.iter().flatten().copied().fold(0.0, f64::max);
        let span = if self.span.is_empty() { String::new() } else { format!(" over {}", self.span) };
        let red = self.limit.map(|limit| format!(", red from {limit}× on")).unwrap_or_default();
        let words = format!("Burn rate{span} until the alert began: {}× at most{red}", rounded(highest));
        ChartText { id: CHART_ID, span: self.span, words }
    }
}

/// Enough digits to read.
fn rounded(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;
    use slo_model::alert::Fingerprint;
    use slo_model::route::{NotifiedAlert, Priority};

    fn told(kind: Kind, chart: &str) -> Option<BurnChart> {
        let annotations: Labels =
            [("burn_chart", chart), ("burn_chart_span", "6h"), ("burn_rate_threshold", "14.4")]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect();
        let alert = NotifiedAlert {
            fingerprint: Fingerprint(1),
            labels: Labels::new(),
            annotations,
            starts_at: 0,
            ended_at: None,
            generator_url: String::new(),
        };
        BurnChart::of(&Notification {
            key: String::new(),
            thread: String::new(),
            incident: None,
            kind,
            priority: Priority::P1,
            receiver: String::new(),
            person: None,
            group: Labels::new(),
            alerts: vec![alert],
            due_at: 0,
            failover: None,
            reason: String::new(),
        })
    }

    #[test]
    fn gaps_stay_gaps_and_what_is_no_chart_is_none() {
        let chart = told(Kind::Firing, "0, 0.5,,20").unwrap();
        assert_eq!(
            (chart.rates.as_slice(), chart.limit),
            (&[Some(0.0), Some(0.5), None, Some(20.0)][..], Some(14.4))
        );
        assert_eq!(
            chart.text().words,
            "Burn rate over 6h until the alert began: 20.0× at most, red from 14.4× on"
        );
        for nothing in ["", "1", "1,x", "1,NaN", "1,inf", "1,-1", ",,,"] {
            assert_eq!(told(Kind::Firing, nothing), None, "{nothing}");
        }
        assert_eq!(told(Kind::Resolved, "1,2"), None);
    }
}
