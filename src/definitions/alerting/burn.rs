//! `alerts/burn-rate.yaml`.

use std::collections::BTreeMap;

use super::duration;
use crate::fields::{Entry, Fields, Located, choice, float, items, list, priority, string};
use crate::findings::{Finding, Findings};
use crate::node::Value;
use slo_core::time::Span;
use slo_model::alert::Priority;
use slo_model::alert::burn::{Minimum, Notice, Policy, Severity, Tier, Trigger, window};
use slo_model::budget::BURN_WINDOWS;

/// Most tiers; the SRE workbook has four.
const MOST_TIERS: usize = 16;

/// Reads the policy.
pub(super) fn policy(entry: Entry<'_>, findings: &mut Findings) -> Option<Policy> {
    let mut fields = Fields::of(entry, "the burn-rate policy", findings)?;
    let tiers = fields.required("tiers", "tiers: [{name: 1h, budget: 0.02, …}]");
    let minimum = fields.get("minimum");
    let floor = fields.get("minimum_factor");
    let keep = fields.get("keep_firing_for");
    let exhausted = fields.get("exhausted");
    let no_data = fields.get("no_data");
    let most_urgent = fields.get("most_urgent");
    fields.finish(findings);
    let listed = tiers.map_or_else(Vec::new, |list| {
        let entries = items(list, "`tiers`", findings);
        if entries.is_empty() || entries.len() > MOST_TIERS {
            findings.add(
                Finding::error("burn-policy", list.head, format!("{} tiers", entries.len()))
                    .help(format!("write from 1 to {MOST_TIERS}")),
            );
        }
        entries.into_iter().take(MOST_TIERS).filter_map(|item| tier(item, findings)).collect()
    });
    check_tiers(&listed, findings);
    let floor = floor.and_then(|entry| at_least(entry, "`minimum_factor`", 0.0, findings));
    let keep = keep.and_then(|entry| duration(entry, "`keep_firing_for`", findings));
    let minimum = minimum.map_or(Some(Minimum { bad_events: 0.0, budget_spent: 0.0 }), |entry| {
        read_minimum(entry, findings)
    })?;
    Some(Policy {
        tiers: listed.into_iter().map(|tier| tier.value).collect(),
        minimum_factor: floor.unwrap_or(0.0),
        minimum,
        keep_firing: keep.map_or(Span::ZERO, |keep| keep.value),
        exhausted: exhausted.and_then(|entry| notice(entry, "exhausted", findings)),
        no_data: no_data.and_then(|entry| notice(entry, "no_data", findings)),
        most_urgent: most_urgent.map_or_else(BTreeMap::new, |entry| priorities(entry, findings)),
    })
}

fn tier(entry: Entry<'_>, findings: &mut Findings) -> Option<Located<Tier>> {
    let mut fields = Fields::of(entry, "the tier", findings)?;
    let name = fields.required("name", "name: fast");
    let share = fields.required("budget", "budget: 0.02");
    let long = fields.required("long_window", "long_window: 1h");
    let short = fields.required("short_window", "short_window: 5m");
    let severity = fields.required("severity", "severity: page");
    let priority = fields.required("priority", "priority: P1");
    let hold = fields.get("for");
    fields.finish(findings);
    let name = name.and_then(|entry| string(entry, "`name`", findings));
    let share = share.and_then(|entry| ratio(entry, "`budget`", findings)).filter(|share| {
        let some = *share > 0.0;
        if !some {
            findings.add(
                Finding::error("burn-policy", entry.head, "a tier that may spend nothing always fires")
                    .help("write the share of the budget, e.g. 0.02"),
            );
        }
        some
    });
    let mut burn_window = |entry: Option<Entry<'_>>, what: &str| {
        let length = duration(entry?, what, findings)?;
        let found = window(length.value);
        if found.is_none() {
            let names: Vec<&str> = BURN_WINDOWS.iter().map(|window| window.name).collect();
            findings.add(
                Finding::error(
                    "burn-window",
                    length.span,
                    format!("{what} is not a window that is measured"),
                )
                .help(format!("write one of {}", list(&names))),
            );
        }
        found.map(|window| Located::new(window, length.span))
    };
    let long = burn_window(long, "`long_window`");
    let short = burn_window(short, "`short_window`");
    let severity = severity.and_then(|entry| read_severity(entry, findings));
    let priority = priority.and_then(|entry| read_priority(entry, findings));
    let hold = hold.map_or(Some(Span::ZERO), |entry| Some(duration(entry, "`for`", findings)?.value))?;
    let (long, short) = (long?, short?);
    if short.value.length >= long.value.length {
        findings.add(
            Finding::error("burn-window", short.span, "the short window is not shorter than the long one")
                .help("write about a twelfth of the long window")
                .related(long.span, "the long window is here"),
        );
    }
    let name = name?;
    let tier = Tier {
        name: name.value,
        trigger: Trigger::Share(share?),
        long: long.value,
        short: short.value,
        severity: severity?,
        priority: priority?,
        hold,
    };
    Some(Located::new(tier, name.span))
}

/// Names that differ, and faster tiers first: the first one that burns speaks for the others.
fn check_tiers(tiers: &[Located<Tier>], findings: &mut Findings) {
    for (place, tier) in tiers.iter().enumerate() {
        let before = tiers.get(..place).unwrap_or_default();
        if let Some(same) = before.iter().find(|other| other.value.name == tier.value.name) {
            let message = format!("there are two tiers `{}`", tier.value.name);
            findings.add(
                Finding::error("duplicate-name", tier.span, message)
                    .help("the name tells their alerts apart; rename one")
                    .related(same.span, "the first is here"),
            );
        }
        if let Some(slower) = before.iter().find(|other| other.value.long.length > tier.value.long.length) {
            findings.add(
                Finding::error("burn-policy", tier.span, "a faster tier comes after a slower one")
                    .help("write the shortest long window first: the first tier that burns speaks for the others")
                    .related(slower.span, "the slower one is here"),
            );
        }
    }
}

fn read_minimum(entry: Entry<'_>, findings: &mut Findings) -> Option<Minimum> {
    let mut fields = Fields::of(entry, "minimum", findings)?;
    let events = fields.get("bad_events");
    let spent = fields.get("budget_spent");
    fields.finish(findings);
    let bad_events = events.map_or(Some(0.0), |entry| at_least(entry, "`bad_events`", 0.0, findings))?;
    let budget_spent = spent.map_or(Some(0.0), |entry| ratio(entry, "`budget_spent`", findings))?;
    Some(Minimum { bad_events, budget_spent })
}

fn notice(entry: Entry<'_>, what: &'static str, findings: &mut Findings) -> Option<Notice> {
    let mut fields = Fields::of(entry, what, findings)?;
    let severity = fields.required("severity", "severity: ticket");
    let priority = fields.required("priority", "priority: P3");
    let hold = fields.get("for");
    fields.finish(findings);
    let severity = severity.and_then(|entry| read_severity(entry, findings));
    let priority = priority.and_then(|entry| read_priority(entry, findings));
    let hold = hold.map_or(Some(Span::ZERO), |entry| Some(duration(entry, "`for`", findings)?.value))?;
    Some(Notice { severity: severity?, priority: priority?, hold })
}

fn priorities(entry: Entry<'_>, findings: &mut Findings) -> BTreeMap<String, Priority> {
    let Value::Map(pairs) = &entry.node.value else {
        // The finding that it is no mapping.
        let _ = Fields::of(entry, "most_urgent", findings);
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for (key, value) in pairs {
        let Some(name) = key.text() else { continue };
        if let Some(priority) = read_priority(Entry { head: key.span, node: value }, findings)
            && found.insert(name.to_owned(), priority).is_some()
        {
            findings.add(
                Finding::error("duplicate-key", key.span, format!("`{name}` stands twice in most_urgent"))
                    .help("remove one of the two"),
            );
        }
    }
    found
}

fn read_severity(entry: Entry<'_>, findings: &mut Findings) -> Option<Severity> {
    let words = [("page", Severity::Page), ("ticket", Severity::Ticket)];
    choice(entry, "severity", &words, findings).map(|found| found.value)
}

fn read_priority(entry: Entry<'_>, findings: &mut Findings) -> Option<Priority> {
    priority(entry, findings).map(|found| found.value)
}

fn ratio(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<f64> {
    let number = float(entry, what, findings)?;
    if (0.0..=1.0).contains(&number.value) {
        return Some(number.value);
    }
    findings.add(
        Finding::error("burn-policy", number.span, format!("{what} is a share from 0 to 1")).help(format!(
            "{} % is {}",
            number.value,
            number.value / 100.0
        )),
    );
    None
}

fn at_least(entry: Entry<'_>, what: &str, least: f64, findings: &mut Findings) -> Option<f64> {
    let number = float(entry, what, findings)?;
    if number.value >= least {
        return Some(number.value);
    }
    findings.add(
        Finding::error("burn-policy", number.span, format!("{what} is less than {least}"))
            .help(format!("write a number of at least {least}")),
    );
    None
}
