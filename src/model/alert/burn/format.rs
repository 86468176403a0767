//! Numbers and names as people read them in the alerts of SLOs.

use crate::alert::template::{four_digits, six_digits};
use crate::slo::Slo;
use slo_core::labels::Labels;

/// What an SLO is called, with its objective and its group.
pub(super) fn title(slo: &Slo, group: &Labels) -> String {
    let name = if slo.about.display_name.is_empty() { &slo.key.name } else { &slo.about.display_name };
    // Display names often end with it already.
    let objective = slo.key.objective.as_ref().filter(|objective| !name.ends_with(objective.as_str()));
    let objective = objective.map(|objective| format!(" / {objective}")).unwrap_or_default();
    let group = if group.is_empty() { String::new() } else { format!(" {group}") };
    format!("{name}{objective}{group}")
}

/// A share for people; what is too small to be read is said to be small.
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "<0.01%".to_owned();
    }
    format!("{}%", six_digits(percent))
}

/// A number for people: four digits that matter, and never an exponent.
pub fn plain_number(number: f64) -> String {
    if number.abs() >= 1000.0 {
        return format!("{number:.0}");
    }
    if number != 0.0 && number.abs() < 0.001 {
        return if number < 0.0 { ">-0.001" } else { "<0.001" }.to_owned();
    }
    four_digits(number)
}

/// A share of the budget for people.
pub fn budget_share(ratio: f64) -> String {
    format!("{}%", plain_number(ratio * 100.0))
}
