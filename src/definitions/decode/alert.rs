//! `kind: AlertPolicy`, `AlertCondition` and `AlertNotificationTarget`.

use super::{description, metadata, time};
use crate::fields::{Entry, Fields, choice, float, items, string, truth};
use crate::findings::{Finding, Findings};
use crate::node::Value;
use crate::raw::{ConditionBody, Meta, PolicyBody, TargetBody, Use};
use slo_model::alert::burn::windows_for;
use slo_model::budget::BURN_WINDOWS;

/// Something that is given inline as a whole object, or by name under `reference`.
pub(super) fn use_of<T>(
    entry: Entry<'_>,
    reference: &'static str,
    kind: &'static str,
    read: impl FnOnce(Entry<'_>, &mut Findings) -> Option<T>,
    findings: &mut Findings,
) -> Option<Use<T>> {
    let mut fields = Fields::of(entry, kind, findings)?;
    if let Some(name) = fields.get(reference) {
        fields.finish(findings);
        return string(name, reference, findings).map(Use::ByName);
    }
    fields.get("apiVersion");
    fields.get("kind").and_then(|said| choice(said, "kind of object here", &[(kind, ())], findings));
    let meta = fields.get("metadata").and_then(|meta| metadata::metadata(meta, true, findings));
    let spec = fields.get("spec");
    if spec.is_none() {
        findings.add(
            Finding::error(
                "missing-field",
                fields.head(),
                format!("neither `{reference}` nor a whole {kind}"),
            )
            .help(format!("write `{reference}: name`, or `kind`, `metadata` and `spec` of an {kind}")),
        );
    }
    if spec.is_some() && meta.is_none() {
        fields.required("metadata", "metadata: {name: …}");
    }
    fields.finish(findings);
    let body = read(spec?, findings)?;
    Some(Use::Inline(meta.unwrap_or_else(Meta::nameless), body))
}

/// Reads the `spec` of an alert policy.
pub(super) fn policy(entry: Entry<'_>, findings: &mut Findings) -> Option<PolicyBody> {
    let mut fields = Fields::of(entry, "the AlertPolicy", findings)?;
    let description = description(&mut fields, findings);
    let mut flag = |key: &'static str, findings: &mut Findings| {
        fields.get(key).map(|entry| truth(entry, key, findings).is_some_and(|truth| truth.value))
    };
    let no_data = flag("alertWhenNoData", findings);
    let resolved = flag("alertWhenResolved", findings);
    let breaching = flag("alertWhenBreaching", findings);
    let conditions = fields.required("conditions", "conditions: [{conditionRef: …}]");
    let targets = fields.get("notificationTargets");
    fields.finish(findings);
    if breaching != Some(true) {
        findings.add(
            Finding::warning(
                "silent-policy",
                entry.head,
                "this policy never alerts on how fast a budget burns",
            )
            .help("write `alertWhenBreaching: true`; without it the usual burn-rate alerts stay in force"),
        );
    }
    let conditions = conditions.map_or_else(Vec::new, |list| {
        let entries = items(list, "`conditions`", findings);
        if matches!(&list.node.value, Value::List(items) if items.is_empty()) {
            findings.add(
                Finding::error("no-condition", list.head, "a policy without conditions never alerts")
                    .help("write `conditions: [{conditionRef: …}]`; an SLO without a policy of its own has the usual burn-rate alerts"),
            );
        }
        if entries.len() > 1 {
            findings.add(
                Finding::warning("many-conditions", list.head, "OpenSLO allows one condition in a policy")
                    .help("write a policy for each; here, any of them alerts"),
            );
        }
        entries
            .into_iter()
            .filter_map(|item| use_of(item, "conditionRef", "AlertCondition", condition, findings))
            .collect()
    });
    let targets = targets.map_or_else(Vec::new, |list| {
        items(list, "`notificationTargets`", findings)
            .into_iter()
            .filter_map(|item| use_of(item, "targetRef", "AlertNotificationTarget", target, findings))
            .collect()
    });
    Some(PolicyBody {
        description,
        when_no_data: no_data == Some(true),
        when_resolved: resolved == Some(true),
        when_breaching: breaching == Some(true),
        conditions,
        targets,
    })
}

/// Reads the `spec` of an alert condition.
pub(super) fn condition(entry: Entry<'_>, findings: &mut Findings) -> Option<ConditionBody> {
    let mut fields = Fields::of(entry, "the AlertCondition", findings)?;
    let description = description(&mut fields, findings);
    let severity = fields.required("severity", "severity: page");
    let severity = severity.and_then(|entry| string(entry, "`severity`", findings)).map(|text| text.value);
    let condition = fields.required("condition", "condition: {kind: burnrate, threshold: 14.4, …}");
    fields.finish(findings);
    let mut fields = Fields::of(condition?, "condition", findings)?;
    fields.get("kind").and_then(|kind| choice(kind, "kind of condition", &[("burnrate", ())], findings));
    let or_equal = fields.get("op").and_then(|op| or_equal(op, findings)).unwrap_or_default();
    let threshold = fields.required("threshold", "threshold: 14.4");
    let threshold = threshold.and_then(|entry| float(entry, "`threshold`", findings)).filter(|threshold| {
        let good = threshold.value > 0.0;
        if !good {
            findings
                .add(Finding::error("burn-rate", threshold.span, "a burn rate is greater than 0").help(
                    "1 spends exactly the budget in the window; 14.4 spends 2 % of 30 days in an hour",
                ));
        }
        good
    });
    let lookback = fields.required("lookbackWindow", "lookbackWindow: 1h");
    let lookback = lookback.and_then(|entry| time::duration(entry, "`lookbackWindow`", findings));
    let alert_after = fields.get("alertAfter");
    let alert_after = alert_after.and_then(|entry| time::duration(entry, "`alertAfter`", findings));
    fields.finish(findings);
    if let Some(lookback) = lookback.as_ref().filter(|lookback| lookback.value == slo_core::time::Span::ZERO)
    {
        findings.add(
            Finding::error("bad-duration", lookback.span, "a lookback window of nothing has no burn rate")
                .help("write e.g. 1h"),
        );
    }
    if let Some(lookback) = lookback.as_ref().filter(|lookback| windows_for(lookback.value).is_none()) {
        let longest = BURN_WINDOWS.last().map_or("", |window| window.name);
        let message =
            format!("burn rates are measured over {longest} at most, so that this alert cannot fire");
        findings.add(
            Finding::error("lookback", lookback.span, message)
                .help(format!("write a lookback window of at most {longest}, e.g. 6h")),
        );
    }
    Some(ConditionBody {
        description,
        severity,
        or_equal,
        threshold,
        lookback: lookback.filter(|lookback| lookback.value > slo_core::time::Span::ZERO),
        alert_after,
    })
}

/// Whether the threshold itself is meant as well. A burn rate alerts when it is high; examples of OpenSLO have `lte` all the
/// same.
fn or_equal(op: Entry<'_>, findings: &mut Findings) -> Option<bool> {
    let choices = [
        ("gt", (false, None)),
        ("gte", (true, None)),
        ("lt", (false, Some("gt"))),
        ("lte", (true, Some("gte"))),
    ];
    let said = choice(op, "`op` of a burn rate", &choices, findings)?;
    let (or_equal, meant) = said.value;
    if let Some(meant) = meant {
        findings.add(
            Finding::warning(
                "burn-rate-op",
                said.span,
                format!("an alert on a low burn rate makes no sense; this is read as `{meant}`"),
            )
            .help(format!("write `op: {meant}`")),
        );
    }
    Some(or_equal)
}

/// Reads the `spec` of a notification target.
pub(super) fn target(entry: Entry<'_>, findings: &mut Findings) -> Option<TargetBody> {
    let mut fields = Fields::of(entry, "the AlertNotificationTarget", findings)?;
    let description = description(&mut fields, findings);
    let target = fields.required("target", "target: slack");
    let target = target.and_then(|entry| string(entry, "`target`", findings)).map(|text| text.value);
    fields.finish(findings);
    Some(TargetBody { description, target })
}
