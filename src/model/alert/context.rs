//! What an alert of an SLO is about, as numbers: messages and pictures are made of these, and never of the alert's words.
//! Only alerts that are made here have a context; one that is posted by somebody else has none.

use serde::{Deserialize, Serialize};

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp, as_seconds};

/// Burn rates of one chart that are read from an annotation.
const MOST_RATES: usize = 500;

/// The facts behind an alert.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AlertContext {
    /// The objective in danger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<SloContext>,
    /// How fast its budget burnt before the alert began to fire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<BurnChart>,
}

/// An objective and how its budget stands. Ratios are of 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SloContext {
    /// Its name.
    pub slo: String,
    /// The objective's name, where the SLO has several.
    pub objective: Option<String>,
    /// The group of events that it is about.
    pub group: Labels,
    /// The share of events that was promised to be good.
    pub target: f64,
    /// The share of events that was good; `None` without data.
    pub sli: Option<f64>,
    /// The share of the window for which there is data; `None` when nothing is known.
    pub coverage: Option<f64>,
    /// The share of the budget that is left, negative when it is overspent.
    pub remaining_ratio: Option<f64>,
    /// How fast the budget burns, for alerts about that.
    pub burn: Option<BurnRates>,
    /// When the budget is spent if this goes on.
    #[serde(default, with = "as_seconds")]
    pub exhausts_at: Option<Timestamp>,
}

/// Burn rates of a tier's two windows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BurnRates {
    /// The long window.
    #[serde(rename = "long_seconds", with = "as_seconds")]
    pub long_window: Span,
    /// The burn rate over it.
    pub long: f64,
    /// The short window.
    #[serde(rename = "short_seconds", with = "as_seconds")]
    pub short_window: Span,
    /// The burn rate over it.
    pub short: f64,
    /// The burn rate that is too fast.
    pub threshold: f64,
}

/// Burn rates over some time, until an alert began to fire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BurnChart {
    /// How long a time they are of; zero when that is not known.
    #[serde(rename = "span_seconds", with = "as_seconds")]
    pub span: Span,
    /// Oldest first; `None` where nothing happened. Finite and not negative, at least two of them known.
    pub rates: Vec<Option<f64>>,
    /// The burn rate that is too fast.
    pub threshold: Option<f64>,
}

impl AlertContext {
    /// Takes a chart out of annotations, where programs up to schema 60 put it: `burn_chart` are its rates between commas,
    /// `burn_chart_span` is e.g. `6h`. Asked only of what such a program stored; an alert that somebody posts keeps them.
    pub fn of_annotations(annotations: &mut Labels) -> Option<Box<Self>> {
        let positive = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let rates: Option<Vec<Option<f64>>> = annotations
            .get("burn_chart")
            .split(',')
            .take(MOST_RATES)
            .map(|text| match text.trim() {
                "" => Some(None),
                text => positive(text).filter(|rate| *rate >= 0.0).map(Some),
            })
            .collect();
        let rates = rates.filter(|rates| rates.iter().flatten().count() >= 2);
        let span = slo_core::duration::parse(annotations.get("burn_chart_span"));
        let threshold = positive(annotations.get("burn_rate_threshold")).filter(|limit| *limit > 0.0);
        annotations.remove("burn_chart");
        annotations.remove("burn_chart_span");
        let chart = BurnChart { span: span.unwrap_or_default(), rates: rates?, threshold };
        Some(Box::new(Self { slo: None, chart: Some(chart) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_in_annotations_is_read_with_its_gaps_and_what_is_no_chart_is_none() {
        let read = |chart: &str| {
            let told = [("burn_chart", chart), ("burn_chart_span", "6h"), ("burn_rate_threshold", "14.4")];
            let mut annotations: Labels = told.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let context = AlertContext::of_annotations(&mut annotations);
            assert_eq!(annotations.iter().collect::<Vec<_>>(), [("burn_rate_threshold", "14.4")]);
            context.and_then(|context| context.chart)
        };
        let rates = vec![Some(0.0), Some(0.5), None, Some(20.0)];
        let chart = BurnChart { span: Span::hours(6), rates, threshold: Some(14.4) };
        assert_eq!(read("0, 0.5,,20"), Some(chart));
        for nothing in ["", "1", "1,x", "1,NaN", "1,inf", "1,-1", ",,,"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
