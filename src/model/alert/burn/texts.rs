//! What people read in the alerts of SLOs.

use super::format::{budget_share, percent, plain_number, title};
use super::impact::impact;
use super::{Severity, Tier};
use crate::alert::context::{BurnRates, SloContext};
use crate::alert::template::humanize_duration;
use crate::budget::{BURN_WINDOWS, Verdict};
use crate::slo::Slo;
use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::Timestamp;

/// A budget that burns too fast: its tier, both windows and burn rates, and what is left.
pub(super) fn burn(
    slo: &Slo,
    group: &Labels,
    verdict: &Verdict,
    at: Timestamp,
    tier: &Tier,
    facts: &SloContext,
    rates: BurnRates,
) -> Labels {
    let mut annotations = common(slo, facts);
    let [long, short, threshold] = [rates.long, rates.short, rates.threshold].map(plain_number);
    let pace = match tier.severity {
        Severity::Page => "burns",
        Severity::Ticket => "burns slowly but surely",
    };
    annotations.set(
        names::SUMMARY,
        format!("{}: the error budget {pace}, {long}× over {}", title(slo, group), tier.long.name),
    );
    // What happens to users now is in the short window; the long one still remembers the time before.
    let short_window = BURN_WINDOWS.iter().position(|window| *window == tier.short);
    let lately = short_window.and_then(|place| verdict.windows.get(place).copied().flatten());
    let when = format!("in the last {}", tier.short.name);
    annotations
        .set(names::IMPACT, lately.and_then(|sums| impact(slo, group, sums, &when)).unwrap_or_default());
    let end = match verdict.exhausts_at {
        Some(ends) => {
            format!(
                "; if the last hours go on, it is spent in {}",
                humanize_duration((ends - at).as_seconds_f64())
            )
        }
        None => String::new(),
    };
    annotations.set(
        names::DESCRIPTION,
        format!(
            "{} Burn rate {long}× over {} and {short}× over {}, where {threshold}× is too fast. {} of the budget is left{end}.",
            sentence(slo),
            tier.long.name,
            tier.short.name,
            remaining(facts),
        )
        .trim_start(),
    );
    annotations.set("long_window", tier.long.name);
    annotations.set("short_window", tier.short.name);
    annotations.set("burn_rate_long", long);
    annotations.set("burn_rate_short", short);
    annotations.set("burn_rate_threshold", threshold);
    annotations
}

/// A budget that is spent.
pub(super) fn exhausted(
    slo: &Slo,
    group: &Labels,
    verdict: &Verdict,
    at: Timestamp,
    facts: &SloContext,
) -> Labels {
    let mut annotations = common(slo, facts);
    annotations.set(names::SUMMARY, format!("{}: the error budget is spent", title(slo, group)));
    let window = duration::format(slo.window.whole(at).length());
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
            remaining(facts),
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

fn common(slo: &Slo, facts: &SloContext) -> Labels {
    let mut annotations = about(slo);
    annotations.set("remaining_budget", remaining(facts));
    annotations.set("coverage", facts.coverage.map(percent).unwrap_or_default());
    annotations.set("sli", facts.sli.map(percent).unwrap_or_default());
    if let Some(ends) = facts.exhausts_at.filter(|ends| ends.datetime().is_some()) {
        annotations.set("exhausts_at", ends.rfc3339_seconds());
    }
    annotations
}

fn remaining(facts: &SloContext) -> String {
    facts.remaining_ratio.map_or_else(|| "an unknown share".to_owned(), budget_share)
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

fn sentence(slo: &Slo) -> String {
    let text = slo.about.description.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
