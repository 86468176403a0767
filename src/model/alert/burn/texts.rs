//! What people read in the alerts of SLOs.

use chrono::DateTime;

use super::impact::impact;
use super::{Severity, Tier};
use crate::alert::template::{four_digits, humanize_duration};
use crate::budget::{BURN_WINDOWS, Verdict};
use crate::slo::Slo;
use slo_core::duration::of_seconds;
use slo_core::labels::Labels;
use slo_core::names;

/// A budget that burns too fast: its tier, both windows and burn rates, and what is left.
pub(super) fn burn(
    slo: &Slo,
    group: &Labels,
    verdict: &Verdict,
    at: i64,
    tier: &Tier,
    (factor, long, short): (f64, f64, f64),
) -> Labels {
    let mut annotations = common(slo, verdict);
    let urgency = match tier.severity {
        Severity::Page => "burns",
        Severity::Ticket => "burns slowly but surely",
    };
    annotations.set(
        names::SUMMARY,
        format!("{}: the error budget {urgency}, {}× over {}", title(slo, group), rate(long), tier.long.name),
    );
    // What happens to users now is in the short window; the long one still remembers the time before.
    let short_window = BURN_WINDOWS.iter().position(|window| window.seconds == tier.short.seconds);
    let lately = short_window.and_then(|place| verdict.windows.get(place).copied().flatten());
    let when = format!("in the last {}", tier.short.name);
    annotations
        .set(names::IMPACT, lately.and_then(|sums| impact(slo, group, sums, &when)).unwrap_or_default());
    let end = match verdict.exhausts_at {
        Some(ends) => {
            format!("; if the last hours go on, it is spent in {}", humanize_duration((ends - at) as f64))
        }
        None => String::new(),
    };
    annotations.set(
        names::DESCRIPTION,
        format!(
            "{} Burn rate {}× over {} and {}× over {}, where {}× is too fast. {} of the budget is left{end}.",
            sentence(slo),
            rate(long),
            tier.long.name,
            rate(short),
            tier.short.name,
            rate(factor),
            remaining(verdict),
        )
        .trim_start(),
    );
    annotations.set("long_window", tier.long.name);
    annotations.set("short_window", tier.short.name);
    annotations.set("burn_rate_long", rate(long));
    annotations.set("burn_rate_short", rate(short));
    annotations.set("burn_rate_threshold", rate(factor));
    annotations
}

/// A budget that is spent.
pub(super) fn exhausted(slo: &Slo, group: &Labels, verdict: &Verdict, at: i64) -> Labels {
    let mut annotations = common(slo, verdict);
    annotations.set(names::SUMMARY, format!("{}: the error budget is spent", title(slo, group)));
    let window = of_seconds(slo.window.whole(at).seconds());
    let when = format!("in its window of {window}");
    annotations.set(names::IMPACT, impact(slo, group, verdict.counts, &when).unwrap_or_default());
    annotations.set(
        names::DESCRIPTION,
        format!(
            "{} {} of {} allowed bad {} in its window of {window} happened; {} of the budget is left.",
            sentence(slo),
            plain_number(verdict.budget.spent),
            plain_number(verdict.budget.allowed),
            match slo.budgeting {
                crate::slo::Budgeting::Occurrences => "events",
                crate::slo::Budgeting::Timeslices { .. } | crate::slo::Budgeting::RatioTimeslices { .. } =>
                    "time slices",
            },
            remaining(verdict),
        )
        .trim_start(),
    );
    annotations
}

/// An SLO of which nothing is known.
pub(super) fn without_data(slo: &Slo, group: &Labels, reason: &str) -> Labels {
    let mut annotations = about(slo);
    annotations.set(names::SUMMARY, format!("{}: no data", title(slo, group)));
    let unknown = "whether users are served as promised is not known";
    annotations.set(names::IMPACT, format!("{}: {unknown}, for there is no data", title(slo, group)));
    annotations.set(
        names::DESCRIPTION,
        format!("Whether the objective is kept is not known: {reason}. {}", sentence(slo))
            .trim_end()
            .to_owned(),
    );
    annotations
}

fn common(slo: &Slo, verdict: &Verdict) -> Labels {
    let mut annotations = about(slo);
    annotations.set("remaining_budget", remaining(verdict));
    annotations.set("coverage", percent(verdict.coverage));
    annotations.set("sli", verdict.sli.map(percent).unwrap_or_default());
    if let Some(ends) = verdict.exhausts_at.and_then(|ends| DateTime::from_timestamp(ends, 0)) {
        annotations.set("exhausts_at", ends.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    annotations
}

fn about(slo: &Slo) -> Labels {
    let mut annotations = Labels::new();
    annotations.set("target", percent(slo.target.ratio()));
    for (name, value) in [
        (names::RUNBOOK, &slo.about.runbook),
        (names::DASHBOARD, &slo.about.dashboard),
        (names::OWNER, &slo.about.owner),
        (names::SLO_TIER, &slo.about.tier),
    ] {
        annotations.set(name, value.clone().unwrap_or_default());
    }
    annotations
}

pub(super) fn title(slo: &Slo, group: &Labels) -> String {
    let name = if slo.about.display_name.is_empty() { &slo.key.name } else { &slo.about.display_name };
    // Display names often end with it already.
    let objective = slo.key.objective.as_ref().filter(|objective| !name.ends_with(objective.as_str()));
    let objective = objective.map(|objective| format!(" / {objective}")).unwrap_or_default();
    let group = if group.is_empty() { String::new() } else { format!(" {group}") };
    format!("{name}{objective}{group}")
}

fn sentence(slo: &Slo) -> String {
    let text = slo.about.description.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

fn rate(rate: f64) -> String {
    plain_number(rate)
}

/// A share for people; what is too small to be read is said to be small.
pub(super) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "<0.01%".to_owned();
    }
    format!("{}%", crate::alert::template::six_digits(percent))
}

/// A number for people: four digits that matter, and never an exponent.
pub(super) fn plain_number(number: f64) -> String {
    if number.abs() >= 1000.0 {
        return format!("{number:.0}");
    }
    if number != 0.0 && number.abs() < 0.001 {
        return if number < 0.0 { ">-0.001" } else { "<0.001" }.to_owned();
    }
    four_digits(number)
}

fn remaining(verdict: &Verdict) -> String {
    verdict
        .budget
        .remaining_ratio
        .map_or_else(|| "an unknown share".to_owned(), |ratio| format!("{}%", plain_number(ratio * 100.0)))
}
