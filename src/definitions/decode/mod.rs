//! Decodes documents into raw objects. One file a kind; nothing here looks at more than one object.

mod alert;
mod metadata;
mod sli;
mod slo;
mod source;
mod time;

use super::fields::{Entry, Fields, list, string};
use super::findings::{Finding, Findings};
use super::node::{Node, Value};
use super::raw::{Body, Meta, Object};
use super::source::Span;
use slo_core::suggest::closest;

/// The one `apiVersion` that is read.
const API_VERSION: &str = "openslo/v1";
const KINDS: [&str; 7] =
    ["SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"];

/// What a document held.
pub(super) enum Document {
    /// Objects; one document may be a list of them.
    Objects(Vec<Object>),
    /// Nothing at all.
    Empty,
    /// Something else that belongs in such a folder, e.g. Prometheus' rule files.
    Foreign,
}

/// Decodes a document.
pub(super) fn document(node: &Node, findings: &mut Findings) -> Document {
    match &node.value {
        Value::Null => Document::Empty,
        // Prometheus' rule files live in the same folders; they are read elsewhere.
        Value::Map(_) if node.get("groups").is_some() && node.get("apiVersion").is_none() => {
            Document::Foreign
        }
        Value::List(items) => {
            Document::Objects(items.iter().filter_map(|item| object(item, findings)).collect())
        }
        Value::Map(_) | Value::Scalar(_) => Document::Objects(object(node, findings).into_iter().collect()),
    }
}

fn object(node: &Node, findings: &mut Findings) -> Option<Object> {
    let entry = Entry::item(node);
    if !matches!(node.value, Value::Map(_)) {
        findings.add(
            Finding::error(
                "not-openslo",
                entry.head,
                format!("a definition is a mapping, and this is {}", node.kind()),
            )
            .help(format!("start it with `apiVersion: {API_VERSION}` and `kind: SLO`")),
        );
        return None;
    }
    if !version(node, entry.head, findings) {
        return None;
    }
    let mut fields = Fields::of(entry, "the object", findings)?;
    fields.get("apiVersion");
    let kind = fields.required("kind", "kind: SLO").and_then(|kind| string(kind, "`kind`", findings));
    let meta = fields.required("metadata", "metadata: {name: …}");
    let meta = meta.and_then(|meta| metadata::metadata(meta, true, findings));
    let spec = fields.get("spec");
    let is_service = kind.as_ref().is_none_or(|kind| kind.value == "Service");
    if spec.is_none() && !is_service {
        fields.required("spec", "spec: {…}");
    }
    fields.finish(findings);
    let kind = kind?;
    if !KINDS.contains(&kind.value.as_str()) {
        let help = match closest(&kind.value, KINDS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{API_VERSION} has {}", list(&KINDS)),
        };
        findings.add(
            Finding::error("unknown-kind", kind.span, format!("`{}` is not a kind of object", kind.value))
                .help(help),
        );
        return None;
    }
    let body = match (kind.value.as_str(), spec) {
        ("Service", spec) => Some(Body::Service { description: source::service(spec, findings) }),
        (_, None) => None,
        ("SLO", Some(spec)) => slo::slo(spec, findings).map(|body| Body::Slo(Box::new(body))),
        ("SLI", Some(spec)) => Some(Body::Sli(sli::metric(spec, findings))),
        ("DataSource", Some(spec)) => source::data_source(spec, findings).map(Body::DataSource),
        ("AlertPolicy", Some(spec)) => alert::policy(spec, findings).map(Body::AlertPolicy),
        ("AlertCondition", Some(spec)) => alert::condition(spec, findings).map(Body::AlertCondition),
        (_, Some(spec)) => alert::target(spec, findings).map(Body::AlertNotificationTarget),
    };
    Some(Object { meta: meta.unwrap_or_else(Meta::nameless), body: body? })
}

/// Whether the object is `OpenSLO` v1; says what to do if it is something else.
fn version(node: &Node, head: Span, findings: &mut Findings) -> bool {
    let said = node.get("apiVersion");
    let version = said.and_then(Node::text).unwrap_or_default();
    if version == API_VERSION {
        return true;
    }
    let span = said.filter(|said| said.text().is_some()).map_or(head, |said| said.span);
    let code = "api-version";
    let finding = if version.is_empty() && node.get("version").and_then(Node::text) == Some("prometheus/v1")
        || version.starts_with("sloth.slok.dev/")
    {
        Finding::error(code, span, "this is a Sloth definition, which is not read yet")
            .help(format!("write it as `apiVersion: {API_VERSION}`, `kind: SLO`"))
    } else if version.starts_with("pyrra.dev/") {
        Finding::error(code, span, "this is a Pyrra definition, which is not read yet")
            .help(format!("write it as `apiVersion: {API_VERSION}`, `kind: SLO`"))
    } else if is_other_openslo(version) {
        let which = match version.rsplit('/').next().unwrap_or_default() {
            older if older.starts_with("v1alpha") => "an older version of OpenSLO",
            draft if draft.starts_with("v2") => "a draft of OpenSLO that is not read",
            _ => "a version of OpenSLO that is not read",
        };
        Finding::error(code, span, format!("`{version}` is {which}")).help(format!(
            "write `apiVersion: {API_VERSION}`; then `timeWindows` becomes `timeWindow` with `duration: 30d`, \
             `indicator.thresholdMetric` becomes `indicator.spec.thresholdMetric`, and each objective's `ratioMetrics` \
             becomes `indicator.spec.ratioMetric`"
        ))
    } else if said.is_none() {
        Finding::error("missing-field", span, "`apiVersion` is missing").help(format!(
            "write `apiVersion: {API_VERSION}`, or move the file elsewhere if it is not an SLO definition"
        ))
    } else {
        let help = match closest(version, [API_VERSION]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "write `apiVersion: {API_VERSION}`, or move the file elsewhere if it is not an SLO definition"
            ),
        };
        Finding::error(code, span, format!("`{version}` is not an apiVersion that is read here")).help(help)
    };
    findings.add(finding);
    false
}

/// Whether it is OpenSLO, older or newer, or under its newer name.
fn is_other_openslo(version: &str) -> bool {
    let starts = |starts: &[&str]| starts.iter().any(|start| version.starts_with(start));
    starts(&["openslo/v1alpha", "openslo/v1beta", "openslo/v2", "openslo.com/v1", "openslo.com/v2"])
}

/// `description`, with a warning when it is longer than the specification allows.
fn description(fields: &mut Fields<'_>, findings: &mut Findings) -> String {
    const LONGEST: usize = 1050;
    let Some(text) = fields.get("description").and_then(|entry| string(entry, "`description`", findings))
    else {
        return String::new();
    };
    let length = text.value.chars().count();
    if length > LONGEST {
        findings.add(
            Finding::warning(
                "long-description",
                text.span,
                format!("the description has {length} characters"),
            )
            .help(format!("OpenSLO allows {LONGEST}; shorten it, or link to a page with an annotation")),
        );
    }
    text.value
}
