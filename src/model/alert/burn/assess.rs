//! What a policy says of a verdict.

use super::texts;
use super::{BURN_ALERT, EXHAUSTED_ALERT, NO_DATA_ALERT, Notice, Policy, Priority, Severity, Tier};
use crate::alert::context::{AlertContext, BurnRates, SloContext};
use crate::alert::state::{Observation, Timing};
use crate::budget::{BURN_WINDOWS, BurnWindow, State, Sums, Verdict};
use crate::slo::{Budgeting, Indicator, Slo};
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::{Span, Timestamp};

/// Labels of ours, which a group's label cannot have.
const OURS: [&str; 9] = [
    names::ALERTNAME,
    names::SLO,
    names::OBJECTIVE,
    names::SERVICE,
    names::SEVERITY,
    names::PRIORITY,
    names::SLO_TIER,
    names::OWNER,
    names::TIER,
];

/// What is found for one budget.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assessed {
    /// The alerts whose condition holds.
    pub seen: Vec<(Observation, Timing)>,
    /// Labels of alerts of which nothing can be told now: they stay as they are.
    pub unclear: Vec<Labels>,
}

/// What is known of one tier now.
enum Evidence {
    Burning(BurnRates),
    Fine,
    Unknown,
}

/// Judges one budget (`slo`, `group`) at `at`. `tiers` are the policy's, or the SLO's own.
pub fn assess(
    slo: &Slo,
    group: &Labels,
    verdict: &Verdict,
    at: Timestamp,
    policy: &Policy,
    tiers: &[Tier],
) -> Assessed {
    let mut assessed = Assessed::default();
    let blind = match verdict.state {
        State::NoData | State::Stale => true,
        State::Ok | State::NoTraffic | State::Exhausted => false,
    };
    let facts = facts(slo, group, Some(verdict));
    let mut fastest: Option<&str> = None;
    for tier in tiers {
        let priority = policy.held_back(tier.priority, slo);
        let mut labels = labels(slo, group, BURN_ALERT, tier.severity, priority);
        labels.set(names::TIER, &tier.name);
        let evidence = if blind { Evidence::Unknown } else { evidence(tier, slo, verdict, at, policy) };
        match evidence {
            Evidence::Fine => {}
            Evidence::Unknown => assessed.unclear.push(labels),
            Evidence::Burning(rates) => {
                let mut annotations = texts::burn(slo, group, verdict, at, tier, &facts, rates);
                match fastest {
                    None => fastest = Some(&tier.name),
                    Some(fastest) => annotations.set(names::INHIBITED_BY, fastest),
                }
                let facts = SloContext { burn: Some(rates), ..facts.clone() };
                let observation =
                    Observation { labels, annotations, value: rates.long, context: context(facts) };
                assessed.seen.push((observation, policy.timing(tier.hold)));
            }
        }
    }
    if let Some(notice) = policy.exhausted {
        let priority = policy.held_back(notice.priority, slo);
        let labels = labels(slo, group, EXHAUSTED_ALERT, notice.severity, priority);
        let spent = verdict.budget.remaining_ratio.filter(|remaining| *remaining <= 0.0);
        if blind {
            assessed.unclear.push(labels);
        } else if let Some(remaining) = spent.filter(|_| enough_bad(slo, verdict.counts, policy)) {
            let annotations = texts::exhausted(slo, group, verdict, at, &facts);
            let context = context(facts.clone());
            let observation = Observation { labels, annotations, value: remaining, context };
            assessed.seen.push((observation, policy.timing(notice.hold)));
        }
    }
    if blind {
        let reason = match verdict.state {
            State::Stale => "its newest data is more than 5 minutes old",
            State::NoData | State::Ok | State::NoTraffic | State::Exhausted => {
                "the source does not answer, or has no data in its window"
            }
        };
        assessed.seen.extend(without_data(slo, group, reason, policy));
    }
    assessed
}

/// The alert of an SLO of which nothing is known, and why.
pub fn without_data(
    slo: &Slo,
    group: &Labels,
    reason: &str,
    policy: &Policy,
) -> Option<(Observation, Timing)> {
    let Notice { severity, priority, hold } = policy.no_data?;
    let priority = policy.held_back(priority, slo);
    let labels = labels(slo, group, NO_DATA_ALERT, severity, priority);
    let annotations = texts::without_data(slo, group, reason);
    let context = context(facts(slo, group, None));
    Some((Observation { labels, annotations, value: 1.0, context }, Timing { hold, keep_firing: Span::ZERO }))
}

/// What is known of the budget, without how fast it burns.
fn facts(slo: &Slo, group: &Labels, verdict: Option<&Verdict>) -> SloContext {
    SloContext {
        slo: slo.key.name.clone(),
        objective: slo.key.objective.clone(),
        group: group.clone(),
        target: slo.target.ratio(),
        sli: verdict.and_then(|verdict| verdict.sli),
        coverage: verdict.map(|verdict| verdict.coverage),
        remaining_ratio: verdict.and_then(|verdict| verdict.budget.remaining_ratio),
        burn: None,
        exhausts_at: verdict.and_then(|verdict| verdict.exhausts_at),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "alerts of others have none")]
fn context(slo: SloContext) -> Option<Box<AlertContext>> {
    Some(Box::new(AlertContext { slo: Some(slo), chart: None }))
}

fn evidence(tier: &Tier, slo: &Slo, verdict: &Verdict, at: Timestamp, policy: &Policy) -> Evidence {
    let Some(factor) = tier.factor(slo, at, policy.minimum_factor) else { return Evidence::Fine };
    let rate = |window: BurnWindow| -> Option<f64> {
        let place = BURN_WINDOWS.iter().position(|known| *known == window)?;
        verdict.burn_rates.get(place).copied().flatten().flatten()
    };
    let Some(long) = rate(tier.long).filter(|rate| tier.reaches(*rate, factor)) else {
        return Evidence::Fine;
    };
    let place = BURN_WINDOWS.iter().position(|window| *window == tier.long);
    let counts = place.and_then(|place| verdict.windows.get(place).copied().flatten());
    // What the tier spends with even traffic. A policy of the SLO's own may ask for less than the minimum; half of it
    // must then be spent, or it could never fire.
    let even = factor * tier.long.length.as_seconds_f64()
        / slo.window.whole(at).length().max(Span::SECOND).as_seconds_f64();
    let least = policy.minimum.budget_spent.min(even / 2.0);
    let Some(counts) = counts.filter(|counts| enough(slo, *counts, verdict, policy, least)) else {
        return Evidence::Fine;
    };
    if counts.total < slo.minimum_events {
        return Evidence::Fine;
    }
    match rate(tier.short) {
        // Nothing happened in the short window: it got neither better nor worse.
        None => Evidence::Unknown,
        Some(short) if tier.reaches(short, factor) => Evidence::Burning(BurnRates {
            long_window: tier.long.length,
            long,
            short_window: tier.short.length,
            short,
            threshold: factor,
        }),
        Some(_) => Evidence::Fine,
    }
}

fn enough(slo: &Slo, counts: Sums, verdict: &Verdict, policy: &Policy, least: f64) -> bool {
    let bad = counts.total - counts.good;
    let spent = if verdict.budget.allowed > 0.0 { bad / verdict.budget.allowed } else { 0.0 };
    enough_bad(slo, counts, policy) && spent >= least
}

/// Whether enough bad events happened. A time slice is many events, and a composite's counts are weights.
fn enough_bad(slo: &Slo, counts: Sums, policy: &Policy) -> bool {
    let counted = match slo.budgeting {
        Budgeting::Occurrences => !matches!(slo.indicator, Indicator::Composite { .. }),
        Budgeting::Timeslices { .. } | Budgeting::RatioTimeslices { .. } => false,
    };
    // Counts of estimates are fractional: 4.9999999 is five.
    !counted || counts.total - counts.good >= policy.minimum.bad_events - 1e-6
}

/// An alert's identity. A group label that has the name of one of ours is told as `exported_…`, as Prometheus does.
fn labels(slo: &Slo, group: &Labels, alert: &str, severity: Severity, priority: Priority) -> Labels {
    let mut labels = Labels::new();
    labels.set(names::ALERTNAME, alert);
    labels.set(names::SLO, &slo.key.name);
    labels.set(names::OBJECTIVE, slo.key.objective.clone().unwrap_or_default());
    labels.set(names::SERVICE, &slo.service);
    labels.set(names::SEVERITY, severity.as_str());
    labels.set(names::PRIORITY, priority.as_str());
    labels.set(names::SLO_TIER, slo.about.tier.clone().unwrap_or_default());
    labels.set(names::OWNER, slo.about.owner.clone().unwrap_or_default());
    for (name, value) in group {
        let name = if OURS.contains(&name) { format!("exported_{name}") } else { name.to_owned() };
        labels.set(name, value);
    }
    labels
}
