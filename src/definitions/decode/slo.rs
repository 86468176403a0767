//! `kind: SLO` and its objectives.

use super::{alert, description, metadata, sli, time};
use crate::fields::{Entry, Field, Fields, Located, choice, field, float, items, string};
use crate::findings::{Finding, Findings};
use crate::node::Value;
use crate::raw::{InlineSli, Measure, Meta, Method, Objective, SloBody, Use};
use slo_model::slo::Comparison;

/// Reads the `spec` of an SLO.
pub(super) fn slo(entry: Entry<'_>, findings: &mut Findings) -> Option<SloBody> {
    let mut fields = Fields::of(entry, "the SLO", findings)?;
    let description = description(&mut fields, findings);
    let service = fields.required("service", "service: my-service");
    let service = service.and_then(|entry| string(entry, "`service`", findings));
    let measure = measure(&mut fields, findings);
    let window = fields.get("timeWindow");
    let method = fields.required("budgetingMethod", "budgetingMethod: Occurrences").and_then(|entry| {
        let methods = [
            ("Occurrences", Method::Occurrences),
            ("Timeslices", Method::Timeslices),
            ("RatioTimeslices", Method::RatioTimeslices),
        ];
        choice(entry, "budgeting method", &methods, findings)
    });
    let objectives = fields.required("objectives", "objectives: [{target: 0.999}]");
    let objectives: Vec<Objective> = objectives.map_or_else(Vec::new, |entry| {
        let items = items(entry, "`objectives`", findings);
        if items.is_empty() && matches!(entry.node.value, Value::List(_)) {
            findings.add(
                Finding::error("missing-field", entry.head, "there is no objective")
                    .help("write at least one, e.g. `- target: 0.999`"),
            );
        }
        items.into_iter().filter_map(|item| objective(item, findings)).collect()
    });
    let policies = fields.get("alertPolicies").map_or_else(Vec::new, |entry| {
        let items = items(entry, "`alertPolicies`", findings);
        items.into_iter().filter_map(|item| policy_use(item, findings)).collect()
    });
    let meant = fields.finish(findings);
    let window = match window {
        None if meant.contains(&"timeWindow") => Field::Wrong(entry.head),
        window => time::window(window, entry.head, findings),
    };
    Some(SloBody { head: entry.head, description, service, measure, window, method, objectives, policies })
}

/// `indicator` or `indicatorRef`.
fn measure(fields: &mut Fields<'_>, findings: &mut Findings) -> Measure {
    let inline = fields.get("indicator");
    let by_name = fields.get("indicatorRef").and_then(|entry| string(entry, "`indicatorRef`", findings));
    Measure {
        inline: inline.and_then(|entry| inline_sli(entry, findings)),
        inline_at: inline.map(|entry| entry.head),
        by_name,
    }
}

fn inline_sli(entry: Entry<'_>, findings: &mut Findings) -> Option<InlineSli> {
    let mut fields = Fields::of(entry, "the indicator", findings)?;
    // Some write the whole object, some only what is needed.
    fields.get("apiVersion");
    fields.get("kind");
    let meta = fields.get("metadata").and_then(|meta| metadata::metadata(meta, false, findings));
    let spec = fields.required("spec", "spec: {ratioMetric: …}");
    fields.finish(findings);
    let metric = spec.and_then(|spec| sli::metric(spec, findings));
    Some(InlineSli { meta: meta.unwrap_or_else(Meta::nameless), metric })
}

fn objective(entry: Entry<'_>, findings: &mut Findings) -> Option<Objective> {
    let mut fields = Fields::of(entry, "the objective", findings)?;
    let display_name = fields.get("displayName").and_then(|entry| string(entry, "`displayName`", findings));
    let comparison = field(fields.get("op"), |entry| {
        let comparisons = [
            ("lte", Comparison::LessOrEqual),
            ("lt", Comparison::Less),
            ("gte", Comparison::GreaterOrEqual),
            ("gt", Comparison::Greater),
        ];
        choice(entry, "`op`", &comparisons, findings)
    });
    let mut float = |key: &'static str, what: &str, findings: &mut Findings| {
        field(fields.get(key), |entry| float(entry, what, findings))
    };
    let value = float("value", "`value`", findings);
    let target = float("target", "`target`", findings);
    let target_percent = float("targetPercent", "`targetPercent`", findings);
    let slice_target = float("timeSliceTarget", "`timeSliceTarget`", findings);
    let weight = float("compositeWeight", "`compositeWeight`", findings);
    let slice_window = field(fields.get("timeSliceWindow"), |entry| time::slice(entry, findings));
    let measure = measure(&mut fields, findings);
    let meant = fields.finish(findings);
    let unless_misspelt = |field: Field<f64>, key| match field {
        Field::Absent if meant.contains(&key) => Field::Wrong(entry.head),
        field => field,
    };
    Some(Objective {
        head: entry.head,
        display_name,
        comparison,
        value: unless_misspelt(value, "value"),
        target: if meant.contains(&"targetPercent") {
            Field::Wrong(entry.head)
        } else {
            unless_misspelt(target, "target")
        },
        target_percent,
        slice_target: unless_misspelt(slice_target, "timeSliceTarget"),
        slice_window,
        weight,
        measure,
    })
}

/// An alert policy by name (`alertPolicyRef`, or just the name, as some write it), or inline.
fn policy_use(entry: Entry<'_>, findings: &mut Findings) -> Option<Use<crate::raw::PolicyBody>> {
    if let Value::Scalar(name) = &entry.node.value {
        return Some(Use::ByName(Located::new(name.value.clone(), name.span)));
    }
    alert::use_of(entry, "alertPolicyRef", "AlertPolicy", alert::policy, findings)
}
