//! What an SLI measures: `ratioMetric` or `thresholdMetric`, and their queries.

use super::description;
use crate::fields::{Entry, Fields, choice, field, string, text, truth};
use crate::findings::{Finding, Findings};
use crate::raw::{Counts, Metric, Query};
use crate::source::Span;
use slo_core::suggest::closest;

/// Reads the `spec` of an SLI, inline or of its own.
pub(super) fn metric(entry: Entry<'_>, findings: &mut Findings) -> Option<Metric> {
    let mut fields = Fields::of(entry, "the SLI", findings)?;
    description(&mut fields, findings);
    let ratio = fields.get("ratioMetric");
    let threshold = fields.get("thresholdMetric");
    fields.finish(findings);
    match (ratio, threshold) {
        (Some(ratio), None) => ratio_metric(ratio, findings),
        (None, Some(threshold)) => {
            let query = query(threshold, "thresholdMetric", findings)?;
            Some(Metric::Threshold(Box::new(query)))
        }
        (Some(ratio), Some(threshold)) => {
            findings.add(
                Finding::error(
                    "two-metrics",
                    threshold.head,
                    "an SLI has either `ratioMetric` or `thresholdMetric`",
                )
                .help("remove one of the two")
                .related(ratio.head, "the other is here"),
            );
            None
        }
        (None, None) => {
            findings.add(
                Finding::error("missing-field", entry.head, "the SLI has neither `ratioMetric` nor `thresholdMetric`")
                    .help("write `ratioMetric` with `good` and `total`, or `thresholdMetric` with a query of a value"),
            );
            None
        }
    }
}

fn ratio_metric(entry: Entry<'_>, findings: &mut Findings) -> Option<Metric> {
    let mut fields = Fields::of(entry, "ratioMetric", findings)?;
    let counter = field(fields.get("counter"), |entry| truth(entry, "`counter`", findings));
    let good = fields.get("good");
    let bad = fields.get("bad");
    let total = fields.get("total");
    let raw = fields.get("raw");
    let raw_type = fields.get("rawType");
    fields.finish(findings);
    let kind = raw_type
        .and_then(|entry| choice(entry, "`rawType`", &[("success", true), ("failure", false)], findings));
    if let Some(raw) = raw {
        return raw_ratio(raw, raw_type, kind.map(|kind| kind.value), [good, bad, total], findings);
    }
    if let Some(raw_type) = raw_type {
        findings.add(
            Finding::error("raw-type", raw_type.head, "`rawType` belongs to `raw`")
                .help("remove it, or write `raw` instead of `good`, `bad` and `total`"),
        );
    }
    if let (Some(good), Some(bad)) = (good, bad) {
        findings.add(
            Finding::error("good-and-bad", bad.head, "`ratioMetric` has both `good` and `bad`")
                .help("keep one of the two; the other follows from `total`")
                .related(good.head, "`good` is here"),
        );
    }
    if good.is_none() && bad.is_none() {
        findings.add(missing(entry.head, "`good` or `bad`", "good"));
    }
    if total.is_none() {
        findings.add(missing(entry.head, "`total`", "total"));
    }
    let both = good.is_some() && bad.is_some();
    let good = good.and_then(|entry| query(entry, "good", findings));
    let bad = bad.and_then(|entry| query(entry, "bad", findings));
    let total = total.and_then(|entry| query(entry, "total", findings));
    let bad = bad.filter(|_| !both);
    Some(Metric::Ratio(Box::new(Counts { head: entry.head, counter, good, bad, total })))
}

fn raw_ratio(
    raw: Entry<'_>,
    raw_type: Option<Entry<'_>>,
    success: Option<bool>,
    others: [Option<Entry<'_>>; 3],
    findings: &mut Findings,
) -> Option<Metric> {
    if let Some(other) = others.into_iter().flatten().next() {
        findings.add(
            Finding::error("raw-and-counts", other.head, "`raw` is a ratio already and stands alone")
                .help("remove `good`, `bad` and `total`, or remove `raw`")
                .related(raw.head, "`raw` is here"),
        );
    }
    if raw_type.is_none() {
        findings.add(
            Finding::error("missing-field", raw.head, "`raw` needs `rawType`").help(
                "write `rawType: success` if the ratio is of good events, `rawType: failure` if it is of bad ones",
            ),
        );
    }
    let query = query(raw, "raw", findings);
    Some(Metric::Raw { query: Box::new(query?), success: success? })
}

fn missing(span: Span, what: &str, example: &str) -> Finding {
    Finding::error("missing-field", span, format!("{what} of ratioMetric is missing"))
        .help(format!("write `{example}: {{metricSource: {{type: Prometheus, spec: {{query: …}}}}}}`"))
}

/// `metricSource` under `good`, `total` and so on.
fn query(entry: Entry<'_>, what: &'static str, findings: &mut Findings) -> Option<Query> {
    let mut fields = Fields::of(entry, what, findings)?;
    let metric_source = fields.required("metricSource", "metricSource: {spec: {query: …}}");
    fields.finish(findings);
    let mut fields = Fields::of(metric_source?, "metricSource", findings)?;
    let source = fields.get("metricSourceRef").and_then(|entry| string(entry, "`metricSourceRef`", findings));
    let kind = fields.get("type").and_then(|entry| string(entry, "`type`", findings));
    let spec = fields.required("spec", "spec: {query: …}");
    fields.finish(findings);
    let text = spec.and_then(|spec| query_text(spec, findings));
    Some(Query { head: entry.head, text, source, kind })
}

/// `spec.query`. What else stands in `spec` is free, and not used.
fn query_text(entry: Entry<'_>, findings: &mut Findings) -> Option<crate::node::Text> {
    const KEY: &str = "query";
    let mut fields = Fields::of(entry, "the metric source's spec", findings)?;
    let found = fields.get(KEY);
    let crate::node::Value::Map(entries) = &entry.node.value else { return None };
    let others = entries.iter().filter(|(key, _)| key.text() != Some(KEY));
    let Some(found) = found else {
        let names = others.filter_map(|(key, _)| key.text());
        let near = names.into_iter().find(|name| {
            closest(name, [KEY]).is_some() || ["promql", "expr", "expression", "metric"].contains(name)
        });
        let help = near.map_or_else(
            || "write `query:` with a PromQL expression".to_owned(),
            |near| format!("write `{KEY}` instead of `{near}`"),
        );
        let finding = Finding::error("missing-field", fields.head(), "the metric source has no `query`");
        findings.add(finding.help(help));
        return None;
    };
    for (key, _) in others {
        findings.add(
            Finding::warning(
                "unused-key",
                key.span,
                format!("`{}` has no effect", key.text().unwrap_or("this key")),
            )
            .help("of a Prometheus metric source only `query` is used"),
        );
    }
    text(found, "`query`", findings).cloned()
}

impl Metric {
    /// Every query with the name of its key.
    pub(crate) fn queries(&self) -> Vec<(&'static str, &Query)> {
        match self {
            Self::Ratio(counts) => {
                let Counts { good, bad, total, .. } = &**counts;
                [("good", good), ("bad", bad), ("total", total)]
                    .into_iter()
                    .filter_map(|(key, query)| query.as_ref().map(|query| (key, query)))
                    .collect()
            }
            Self::Raw { query, .. } => vec![("raw", &**query)],
            Self::Threshold(query) => vec![("thresholdMetric", &**query)],
        }
    }
}
