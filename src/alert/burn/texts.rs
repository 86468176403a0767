//! What people read in the alerts of SLOs.

use chrono::DateTime;

use super::{Severity, Tier};
use crate::alert::template::{four_digits, humanize_duration};
use crate::budget::Verdict;
use crate::labels::Labels;
use crate::slo::Slo;

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
        "summary",
        format!("{}: the error budget {urgency}, {}× over {}", title(slo, group), rate(long), tier.long.name),
    );
    let end = match verdict.exhausts_at {
        Some(ends) => {
            format!("; if the last hours go on, it is spent in {}", humanize_duration((ends - at) as f64))
        }
        None => String::new(),
    };
    annotations.set(
        "description",
        format!(
            "{} Burn rate {}× over {} and {}× over {}, where {}× is too fast. {} of the budget is left{end}.",
            sentence(slo),
            rate(long),
            tier.long.name,
            rate(short),
            tier.short.name,
            rate(factor),
            remaining(verdict),
        ),
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
    annotations.set("summary", format!("{}: the error budget is spent", title(slo, group)));
    let window = humanize_duration(slo.window.whole(at).seconds() as f64);
    annotations.set(
        "description",
        format!(
            "{} {} of {} allowed bad {} in its window of {window} happened; {} of the budget is left.",
            sentence(slo),
            four_digits(verdict.budget.spent),
            four_digits(verdict.budget.allowed),
            match slo.budgeting {
                crate::slo::Budgeting::Occurrences => "events",
                crate::slo::Budgeting::Timeslices { .. } | crate::slo::Budgeting::RatioTimeslices { .. } =>
                    "time slices",
            },
            remaining(verdict),
        ),
    );
    annotations
}

/// An SLO of which nothing is known.
pub(super) fn without_data(slo: &Slo, group: &Labels, reason: &str) -> Labels {
    let mut annotations = about(slo);
    annotations.set("summary", format!("{}: no data", title(slo, group)));
    annotations.set(
        "description",
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
        ("runbook", &slo.about.runbook),
        ("dashboard", &slo.about.dashboard),
        ("owner", &slo.about.owner),
        ("slo_tier", &slo.about.tier),
    ] {
        annotations.set(name, value.clone().unwrap_or_default());
    }
    annotations
}

fn title(slo: &Slo, group: &Labels) -> String {
    let name = if slo.about.display_name.is_empty() { &slo.key.name } else { &slo.about.display_name };
    let objective = slo.key.objective.as_ref().map(|objective| format!(" / {objective}")).unwrap_or_default();
    let group = if group.is_empty() { String::new() } else { format!(" {group}") };
    format!("{name}{objective}{group}")
}

fn sentence(slo: &Slo) -> String {
    let text = slo.about.description.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

fn rate(rate: f64) -> String {
    four_digits(rate)
}

fn percent(ratio: f64) -> String {
    format!("{}%", crate::alert::template::six_digits(ratio * 100.0))
}

fn remaining(verdict: &Verdict) -> String {
    verdict
        .budget
        .remaining_ratio
        .map_or_else(|| "an unknown share".to_owned(), |ratio| format!("{}%", four_digits(ratio * 100.0)))
}
