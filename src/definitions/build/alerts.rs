//! Alert policies: references in them, and whether their conditions can ever hold.

use std::collections::HashMap;

use super::Context;
use crate::fields::Located;
use crate::findings::{Finding, Findings};
use crate::model::{AlertCondition, AlertPolicy, NotificationTarget};
use crate::raw::{Body, ConditionBody, Meta, PolicyBody, SloBody, TargetBody, Use};
use slo_core::duration;
use slo_model::slo::{Target, Window};

/// The policies so far.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// By name, and those that were written inline.
    list: Vec<AlertPolicy>,
    /// Policy and SLO, of references; the policy may come later than the SLO.
    uses: Vec<(String, String)>,
}

impl Policies {
    /// Adds a policy that stands on its own.
    pub(super) fn define(
        &mut self,
        meta: &Meta,
        body: &PolicyBody,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        self.list.extend(policy(meta, body, context, findings));
    }

    /// Notes the policies of an SLO, and checks that they can fire for its targets.
    pub(super) fn used_by(
        &mut self,
        slo: Option<&str>,
        body: &SloBody,
        targets: &[Located<Target>],
        window: Option<Window>,
        context: &Context<'_>,
        findings: &mut Findings,
    ) {
        for used in &body.policies {
            let body = match used {
                Use::Inline(meta, body) => {
                    if let Some(mut policy) = policy(meta, body, context, findings) {
                        policy.slos.extend(slo.map(str::to_owned));
                        self.list.push(policy);
                    }
                    body
                }
                Use::ByName(name) => {
                    let Some(object) = context.find("AlertPolicy", name, findings) else { continue };
                    let Body::AlertPolicy(body) = &object.body else { continue };
                    self.uses.extend(slo.map(|slo| (name.value.clone(), slo.to_owned())));
                    body
                }
            };
            for condition in &body.conditions {
                if let Some(condition) = condition_of(condition, context) {
                    check_burn_rate(condition, targets, findings);
                    check_lengths(condition, window, findings);
                }
            }
        }
    }

    /// The policies with the SLOs that use them.
    pub(super) fn finish(mut self) -> Vec<AlertPolicy> {
        let mut users: HashMap<String, Vec<String>> = HashMap::new();
        for (policy, slo) in self.uses {
            users.entry(policy).or_default().push(slo);
        }
        for policy in self.list.iter_mut().filter(|policy| policy.slos.is_empty()) {
            policy.slos = users.remove(&policy.name).unwrap_or_default();
        }
        self.list
    }
}

/// A burn rate of 1 spends the budget in the window; with nothing but bad events it is `1 / (1 - target)`, after the
/// SRE workbook's chapter on alerting. A threshold beyond that is never reached.
fn check_burn_rate(condition: &ConditionBody, targets: &[Located<Target>], findings: &mut Findings) {
    let Some(threshold) = &condition.threshold else { return };
    let most = |target: &Located<Target>| 1.0 / target.value.budget();
    let out_of_reach = |target: &&Located<Target>| {
        let most = most(target);
        // `1 - target` is inexact, and a threshold of exactly the most is meant exactly.
        let same = (threshold.value - most).abs() <= 1e-9 * most;
        if condition.or_equal { threshold.value > most && !same } else { threshold.value > most || same }
    };
    let never: Vec<&Located<Target>> = targets.iter().filter(out_of_reach).collect();
    let Some(strictest) = never.iter().max_by(|a, b| most(a).total_cmp(&most(b))) else { return };
    let message = format!(
        "the burn rate never exceeds {} with a target of {}, so that this alert cannot fire",
        round(most(strictest)),
        strictest.value.ratio()
    );
    let help = "write a lower threshold; with only bad events the burn rate is 1 / (1 - target)";
    let finding = if never.len() == targets.len() {
        Finding::error("burn-rate", threshold.span, message)
    } else {
        Finding::warning("burn-rate", threshold.span, message)
    };
    findings.add(finding.help(help).related(strictest.span, "the target is here"));
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// What is older than the window is no part of its budget, and what waits for longer than it lasts has waited for another.
fn check_lengths(condition: &ConditionBody, window: Option<Window>, findings: &mut Findings) {
    let Some(window) = window else { return };
    let longest = match window {
        Window::Rolling(length) => length.span(),
        Window::Calendar(calendar) => calendar.longest(),
    };
    let lengths = [
        (&condition.lookback, "lookback", "looks back", "write a lookback window within the SLO's own"),
        (&condition.alert_after, "alert-after", "waits for", "write a shorter `alertAfter`, e.g. 5m"),
    ];
    for (length, code, does, help) in lengths {
        if let Some(length) = length.as_ref().filter(|length| length.value > longest) {
            let message = format!(
                "the alert {does} {}, longer than the SLO's window of {window}",
                duration::format(length.value)
            );
            findings.add(Finding::warning(code, length.span, message).help(help));
        }
    }
}

fn condition_of<'a>(used: &'a Use<ConditionBody>, context: &Context<'a>) -> Option<&'a ConditionBody> {
    match used {
        Use::Inline(_, body) => Some(body),
        Use::ByName(name) => match &context.names.get(&("AlertCondition", name.value.as_str()))?.body {
            Body::AlertCondition(body) => Some(body),
            _ => None,
        },
    }
}

fn policy(
    meta: &Meta,
    body: &PolicyBody,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Option<AlertPolicy> {
    let mut conditions = Vec::new();
    for used in &body.conditions {
        match used {
            Use::Inline(meta, body) => conditions.extend(condition(meta, body)),
            Use::ByName(name) => {
                if let Some(object) = context.find("AlertCondition", name, findings)
                    && let Body::AlertCondition(body) = &object.body
                {
                    conditions.extend(condition(&object.meta, body));
                }
            }
        }
    }
    let mut targets = Vec::new();
    for used in &body.targets {
        match used {
            Use::Inline(meta, body) => targets.extend(target(meta, body)),
            Use::ByName(name) => {
                if let Some(object) = context.find("AlertNotificationTarget", name, findings)
                    && let Body::AlertNotificationTarget(body) = &object.body
                {
                    targets.extend(target(&object.meta, body));
                }
            }
        }
    }
    let name = meta.name.as_ref()?.value.clone();
    Some(AlertPolicy {
        display_name: meta.display_name.clone().unwrap_or_else(|| name.clone()),
        name,
        description: body.description.clone(),
        file: context.file(meta.name.as_ref()?.span),
        slos: Vec::new(),
        when_breaching: body.when_breaching,
        when_resolved: body.when_resolved,
        when_no_data: body.when_no_data,
        conditions,
        targets,
    })
}

fn condition(meta: &Meta, body: &ConditionBody) -> Option<AlertCondition> {
    Some(AlertCondition {
        name: meta.name.as_ref()?.value.clone(),
        description: body.description.clone(),
        severity: body.severity.clone()?,
        threshold: body.threshold.as_ref()?.value,
        or_equal: body.or_equal,
        lookback: body.lookback.as_ref()?.value,
        alert_after: body.alert_after.as_ref().map_or(slo_core::time::Span::ZERO, |duration| duration.value),
    })
}

fn target(meta: &Meta, body: &TargetBody) -> Option<NotificationTarget> {
    Some(NotificationTarget {
        name: meta.name.as_ref()?.value.clone(),
        target: body.target.clone()?,
        description: body.description.clone(),
    })
}
