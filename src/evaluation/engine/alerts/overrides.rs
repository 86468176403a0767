//! Alert policies of SLOs, which take the place of the burn-rate policy's tiers.

use std::collections::BTreeMap;

use slo_definitions::{AlertCondition, AlertPolicy};
use slo_model::alert::Priority;
use slo_model::alert::burn::{Severity, Tier, Trigger, windows_for};
use slo_model::slo::Slo;

/// The tiers of SLOs that name alert policies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    by_slo: BTreeMap<String, Vec<Tier>>,
    /// What could not be taken as it is written, for people.
    pub remarks: Vec<String>,
}

impl Overrides {
    /// The SLO's own tiers; `None` when it names no policy.
    pub fn of(&self, slo: &Slo) -> Option<&Vec<Tier>> {
        self.by_slo.get(&slo.key.name)
    }
}

/// The tiers that policies ask for. A condition's look-back becomes the long window, or the next longer one that is
/// measured; the short one is a twelfth of it.
pub fn overrides(policies: &[AlertPolicy]) -> Overrides {
    let mut found = Overrides::default();
    for policy in policies {
        let mut tiers = Vec::new();
        for condition in policy.conditions.iter().filter(|_| policy.when_breaching) {
            tiers.extend(tier(policy, condition, &mut found.remarks));
        }
        // A policy that says nothing of burning leaves the usual alerts as they are.
        for slo in policy.slos.iter().filter(|_| !tiers.is_empty()) {
            found.by_slo.entry(slo.clone()).or_default().extend(tiers.iter().cloned());
        }
    }
    for tiers in found.by_slo.values_mut() {
        // The fastest speaks for the others.
        tiers.sort_by_key(|tier| tier.long.length);
        let mut names = BTreeMap::new();
        for tier in tiers {
            let times: &mut usize = names.entry(tier.name.clone()).or_default();
            *times += 1;
            if *times > 1 {
                tier.name = format!("{}-{times}", tier.name);
            }
        }
    }
    found
}

fn tier(policy: &AlertPolicy, condition: &AlertCondition, remarks: &mut Vec<String>) -> Option<Tier> {
    let name = if condition.name.is_empty() { &policy.name } else { &condition.name };
    let Some((long, short)) = windows_for(condition.lookback) else {
        remarks.push(format!(
            "alert policy {}: burn rates are measured over 3 days at most, so that condition {name} cannot fire; \
             write a shorter lookbackWindow",
            policy.name
        ));
        return None;
    };
    if long.length != condition.lookback {
        remarks.push(format!(
            "alert policy {}: condition {name} looks back over {}, the next window that is measured",
            policy.name, long.name
        ));
    }
    let (severity, priority) = severity(&condition.severity, policy, remarks);
    Some(Tier {
        name: name.clone(),
        trigger: Trigger::Rate { threshold: condition.threshold, or_equal: condition.or_equal },
        long,
        short,
        severity,
        priority,
        hold: condition.alert_after,
    })
}

/// `OpenSLO` leaves the words to us: priorities, and those that are in use elsewhere.
fn severity(word: &str, policy: &AlertPolicy, remarks: &mut Vec<String>) -> (Severity, Priority) {
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "p1" | "critical" | "page" | "sev1" => (Severity::Page, Priority::P1),
        "p2" | "high" | "error" | "sev2" => (Severity::Page, Priority::P2),
        "p3" | "medium" | "warning" | "ticket" | "sev3" => (Severity::Ticket, Priority::P3),
        "p4" | "low" | "info" | "sev4" => (Severity::Ticket, Priority::P4),
        _ => {
            remarks.push(format!(
                "alert policy {}: severity `{word}` is not known and taken for P3; write page, ticket or P1 to P4",
                policy.name
            ));
            (Severity::Ticket, Priority::P3)
        }
    }
}
