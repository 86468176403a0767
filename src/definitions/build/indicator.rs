//! Queries into an [`Indicator`]: PromQL is parsed here, and what stands beside it is checked against it.

use super::Context;
use super::annotations::Histogram;
use crate::fields::{Field, Located};
use crate::findings::{Finding, Findings};
use crate::node::Text;
use crate::raw::{Body, Counts, Metric, Objective, Query};
use crate::scalar;
use slo_core::suggest::closest;
use slo_core::text::label_name;
use slo_model::promql::{Counter, QueryError, SliQuery};
use slo_model::slo::{Indicator, Numerator};

/// The `type`s that speak Prometheus' query API, in lower case.
const TYPES: [&str; 8] =
    ["prometheus", "thanos", "mimir", "cortex", "victoriametrics", "amp", "grafana-mimir", "embedded"];

/// A metric whose queries parse.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    metric: Parsed,
    /// The data source it is read from; `None` for the default one.
    pub(super) source: Option<String>,
    /// Every query with its text, for what is checked later.
    queries: Vec<(Text, SliQuery)>,
}

#[derive(Debug, Clone)]
enum Parsed {
    Ratio { numerator: Numerator, total: SliQuery, counter: bool },
    Raw { query: SliQuery, success: bool },
    Threshold { query: SliQuery, text: Text },
}

/// Something is wrong, and a finding says what.
struct Noted;

/// Parses a metric's queries and finds its data source.
pub(super) fn measured(metric: &Metric, context: &Context<'_>, findings: &mut Findings) -> Option<Measured> {
    let mut queries = Vec::new();
    let mut complete = true;
    for (_, query) in metric.queries() {
        if let Some(kind) = &query.kind {
            complete &= check_type(kind, findings);
        }
        let Some(text) = &query.text else {
            complete = false;
            continue;
        };
        match parse(text, context, findings) {
            Some(parsed) => queries.push((text.clone(), parsed)),
            None => complete = false,
        }
    }
    let source = source(metric, context, findings);
    if !complete {
        return None;
    }
    let parsed = |wanted: &Query| {
        let wanted = wanted.text.as_ref()?;
        queries.iter().find(|(text, _)| text.span == wanted.span).map(|(_, query)| query.clone())
    };
    let metric = match metric {
        Metric::Ratio(counts) => {
            let numerator = match (&counts.good, &counts.bad) {
                (Some(good), _) => Numerator::Good(parsed(good)?),
                (None, Some(bad)) => Numerator::Bad(parsed(bad)?),
                (None, None) => return None,
            };
            let total = parsed(counts.total.as_ref()?)?;
            let counter = counter(counts, &queries, findings);
            check_same(&queries, findings);
            check_ranges(&queries, findings);
            if counter {
                check_counted(&queries, findings);
            }
            Parsed::Ratio { numerator, total, counter }
        }
        Metric::Raw { query, success } => Parsed::Raw { query: parsed(query)?, success: *success },
        Metric::Threshold(query) => Parsed::Threshold { query: parsed(query)?, text: query.text.clone()? },
    };
    Some(Measured { metric, source: source.ok()?, queries })
}

/// Whether the ratio's bare selectors are counters.
fn counter(counts: &Counts, queries: &[(Text, SliQuery)], findings: &mut Findings) -> bool {
    let has = |bare: bool| queries.iter().any(|(_, query)| query.is_bare() == Some(bare));
    match &counts.counter {
        Field::Is(said) if !said.value && has(false) => {
            let message = "the queries take the increase of counters, but `counter` is false";
            findings.add(
                Finding::warning("counter", said.span, message)
                    .help("write `counter: true`; it is taken as that"),
            );
            true
        }
        Field::Is(said) => said.value,
        Field::Absent if has(true) => {
            let bare = queries.iter().filter(|(_, query)| query.is_bare() == Some(true));
            let counted = bare
                .flat_map(|(_, query)| query.terms())
                .all(|term| is_named_as_counter(term.selector.metric()));
            let (assumed, why) = if counted {
                ("true", "`counter` is missing; `true` is assumed, as the metrics are named as counters are")
            } else {
                (
                    "false",
                    "`counter` is missing; `false` is assumed, as OpenSLO says: the queries are read as gauges",
                )
            };
            findings.add(
                Finding::warning("counter", counts.head, why)
                    .help(format!("write `counter: {assumed}`, or `counter: {}` if that is meant", !counted)),
            );
            counted
        }
        Field::Absent | Field::Wrong(_) => true,
    }
}

/// Prometheus' convention; what recording rules record (`job:requests:rate5m`) has none of these ends.
fn is_named_as_counter(metric: &str) -> bool {
    !metric.contains(':') && ["_total", "_count", "_bucket", "_sum"].iter().any(|end| metric.ends_with(end))
}

/// A ratio of something to itself is always 1.
fn check_same(queries: &[(Text, SliQuery)], findings: &mut Findings) {
    let [(first, one), (second, other)] = queries else { return };
    let words = |query: &SliQuery| query.text().split_whitespace().collect::<String>();
    let same_counters = !one.terms().is_empty() && one.terms() == other.terms();
    if same_counters || words(one) == words(other) {
        findings.add(
            Finding::warning("same-query", second.span, "both queries of the ratio count the same")
                .help("select in one of them only the good events, or only the bad ones, e.g. by a matcher on the status")
                .related(first.span, "the other one is here"),
        );
    }
}

/// A part that is asked once, at the end of a window, says nothing of the rest of it.
fn check_ranges(queries: &[(Text, SliQuery)], findings: &mut Findings) {
    for (text, query) in queries {
        if let SliQuery::Expression(expression) = query
            && expression.counts_beside_window()
        {
            let message = "a part of the query counts over a range of its own, and its last minutes stand for the whole window";
            findings.add(
                Finding::warning("fixed-range", text.span, message)
                    .help("write `[$window]` there as well, or in none of the query"),
            );
        }
    }
}

/// What is no counter cannot be counted, and the increase of it is not what happened.
fn check_counted(queries: &[(Text, SliQuery)], findings: &mut Findings) {
    for (text, query) in queries {
        if let SliQuery::Expression(expression) = query
            && expression.is_no_counter()
        {
            findings.add(
                Finding::warning(
                    "no-counter",
                    text.span,
                    "the query is not a sum of counters; what happened can only be guessed from how its value grows, and that is wrong whenever series come or go",
                )
                .help("write `sum(…)` of a counter, sums and differences of such, or take `increase(…[$window])` of each counter inside; `counter: false` if it is a gauge"),
            );
        }
    }
}

/// Whether a type of data source can be read here.
fn is_read(kind: &str) -> bool {
    TYPES.contains(&kind.to_lowercase().as_str())
}

/// Checks that a query's type of data source can be read.
fn check_type(kind: &Located<String>, findings: &mut Findings) -> bool {
    let known = is_read(&kind.value);
    if !known {
        findings.add(
            Finding::error("source-type", kind.span, format!("metrics of `{}` cannot be read", kind.value))
                .help(meant(&kind.value).unwrap_or_else(|| NOT_READ.to_owned())),
        );
    }
    known
}

/// What can be read.
const NOT_READ: &str = "only what speaks Prometheus' query API is read: write `Prometheus`, `Thanos`, `Mimir`, `Cortex` or `VictoriaMetrics`";

/// The type that was probably meant.
fn meant(kind: &str) -> Option<String> {
    closest(kind, ["Prometheus", "Thanos", "Mimir", "Cortex", "VictoriaMetrics"])
        .map(|near| format!("did you mean `{near}`?"))
}

/// A data source of another vendor is somebody else's, and no mistake; one whose type is nearly one of ours is.
pub(super) fn check_misspelt(kind: &Located<String>, findings: &mut Findings) {
    if let Some(help) = meant(&kind.value).filter(|_| !is_read(&kind.value)) {
        let message = format!("metrics of `{}` cannot be read", kind.value);
        findings.add(Finding::warning("source-type", kind.span, message).help(help));
    }
}

/// Checks that the data source a query names can be read. One that the files do not define is for the command line to
/// name.
fn check_source(name: &Located<String>, context: &Context<'_>, findings: &mut Findings) -> bool {
    let Some(object) = context.names.get(&("DataSource", name.value.as_str())) else {
        let help = findings.suggest(&name.value, context.of_kind("DataSource")).map_or_else(
            || "what the command line names is read in its place".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no DataSource `{}` in the files that were read", name.value);
        findings.add(Finding::warning("unknown-source", name.span, message).help(help));
        return true;
    };
    let Body::DataSource(source) = &object.body else { return false };
    let Some(kind) = source.kind.as_ref().filter(|kind| !is_read(&kind.value)) else { return true };
    let message = format!("metrics of `{}` cannot be read", kind.value);
    findings.add(
        Finding::error("source-type", name.span, message)
            .help(NOT_READ)
            .related(kind.span, "its type is here"),
    );
    false
}

fn parse(text: &Text, context: &Context<'_>, findings: &mut Findings) -> Option<SliQuery> {
    match SliQuery::parse(&text.value) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            findings.add(promql(&error, text, context));
            None
        }
    }
}

/// A mistake in a query, at its place in the file.
fn promql(error: &QueryError, text: &Text, context: &Context<'_>) -> Finding {
    let file = context.sources.get(text.span.file);
    let span = match (error.offset, file) {
        (Some(offset), Some(file)) => scalar::inside(text, offset, file),
        _ => text.span,
    };
    let (message, help) = error
        .message
        .split_once("; ")
        .map_or((error.message.as_str(), None), |(message, help)| (message, Some(help.to_owned())));
    Finding::error("promql", span, message).help_if(help)
}

/// The one data source of all the metric's queries, `Ok(None)` for the default one. An error was noted.
fn source(metric: &Metric, context: &Context<'_>, findings: &mut Findings) -> Result<Option<String>, Noted> {
    let mut good = true;
    let mut first: Option<Option<&Located<String>>> = None;
    for (key, query) in metric.queries() {
        if let Some(name) = &query.source {
            good &= check_source(name, context, findings);
        }
        let name = |source: Option<&Located<String>>| source.map(|name| name.value.clone());
        match first {
            None => first = Some(query.source.as_ref()),
            Some(other) if name(other) == name(query.source.as_ref()) => {}
            Some(other) => {
                good = false;
                let span = query.source.as_ref().map_or(query.head, |name| name.span);
                let message = format!("`{key}` is read from another data source than the other query");
                let mut finding = Finding::error("two-sources", span, message)
                    .help("write the same `metricSourceRef` in both; a ratio needs one clock");
                if let Some(other) = other {
                    finding = finding.related(other.span, "the other one is here");
                }
                findings.add(finding);
            }
        }
    }
    if good { Ok(first.flatten().map(|name| name.value.clone())) } else { Err(Noted) }
}

impl Measured {
    /// The indicator of one objective.
    pub(super) fn indicator(
        &self,
        objective: &Objective,
        histogram: Option<&Located<Histogram>>,
        findings: &mut Findings,
    ) -> Option<Indicator> {
        if let (Parsed::Ratio { .. } | Parsed::Raw { .. }, Some(histogram)) = (&self.metric, histogram) {
            findings.add(
                Finding::error("annotation", histogram.span, "`histogram` belongs to a `thresholdMetric`")
                    .help("remove it, or measure latency with `thresholdMetric`, `op` and `value`"),
            );
        }
        match &self.metric {
            Parsed::Ratio { numerator, total, counter } => {
                no_value(objective, "ratioMetric", findings);
                Some(Indicator::Ratio {
                    numerator: numerator.clone(),
                    total: total.clone(),
                    counter: *counter,
                })
            }
            Parsed::Raw { query, success } => {
                self.check_filter(findings);
                no_value(objective, "raw", findings);
                Some(Indicator::RawRatio { query: query.clone(), success: *success })
            }
            Parsed::Threshold { query, text } => {
                self.check_filter(findings);
                threshold(query, text, objective, histogram.map(|histogram| histogram.value), findings)
            }
        }
    }

    /// A comparison without `bool` leaves out what it does not hold for, and so whatever is bad.
    fn check_filter(&self, findings: &mut Findings) {
        for (text, _) in self.queries.iter().filter(|(_, query)| query.is_filter()) {
            findings.add(
                Finding::warning(
                    "filter",
                    text.span,
                    "the comparison leaves out every value that it does not hold for",
                )
                .help("write `bool` after the operator, e.g. `== bool 1`, which gives 1 or 0"),
            );
        }
    }

    /// Checks that the queries keep the labels that the SLO is grouped by.
    pub(super) fn check_groups(&self, group_by: &Located<Vec<String>>, findings: &mut Findings) {
        let by: Vec<_> = group_by.value.iter().map(|label| label_name(label)).collect();
        for label in &group_by.value {
            for (text, _) in self.queries.iter().filter(|(_, query)| !query.keeps(label)) {
                findings.add(
                    Finding::error(
                        "group-by",
                        group_by.span,
                        format!("the query aggregates the label `{label}` away"),
                    )
                    .help(format!("write `sum by ({}) (…)` there", by.join(", ")))
                    .related(text.span, "this query"),
                );
            }
        }
    }
}

fn no_value(objective: &Objective, what: &str, findings: &mut Findings) {
    for (key, span) in [("op", objective.comparison.span()), ("value", objective.value.span())] {
        if let Some(span) = span {
            findings.add(
                Finding::warning("unused-key", span, format!("`{key}` has no effect with `{what}`"))
                    .help("remove it; only a `thresholdMetric` is compared with a value"),
            );
        }
    }
}

fn threshold(
    query: &SliQuery,
    text: &Text,
    objective: &Objective,
    histogram: Option<Histogram>,
    findings: &mut Findings,
) -> Option<Indicator> {
    for (given, key, example) in
        [(objective.comparison.span(), "op", "op: lte"), (objective.value.span(), "value", "value: 0.5")]
    {
        if given.is_none() {
            findings.add(
                Finding::error(
                    "missing-field",
                    objective.head,
                    format!("with `thresholdMetric`, the objective needs `{key}`"),
                )
                .help(format!("write `{example}`; what satisfies `op` and `value` is good")),
            );
        }
    }
    let counter = match query {
        SliQuery::Counter(counter) => Some(counter.clone()),
        SliQuery::Combined(_) | SliQuery::Expression(_) => None,
    };
    let is_bucket = counter.as_ref().is_some_and(|counter| counter.selector.metric().ends_with("_bucket"));
    let kind = match (histogram, counter) {
        (None, counter) => counter.filter(|_| is_bucket).map(|counter| (Histogram::Classic, counter)),
        (Some(histogram), Some(counter)) if !query.is_native() => Some((histogram, counter)),
        (Some(_), _) => {
            findings.add(
                Finding::error("histogram", text.span, "the query is not a selector of a histogram")
                    .help("write the histogram's name and matchers alone, e.g. `request_duration_seconds_bucket{job=\"api\"}`"),
            );
            return None;
        }
    };
    if let Some((Histogram::Classic, counter)) = &kind {
        check_buckets(counter, text, findings)?;
    }
    let comparison = *objective.comparison.value()?;
    let threshold = *objective.value.value()?;
    Some(match kind {
        Some((Histogram::Classic, buckets)) => Indicator::ClassicHistogram { buckets, comparison, threshold },
        Some((Histogram::Native, histogram)) => {
            Indicator::NativeHistogram { histogram, comparison, threshold }
        }
        None => Indicator::Threshold { query: query.clone(), comparison, threshold },
    })
}

/// The query must leave every bucket in: neither select one, nor sum over them.
fn check_buckets(counter: &Counter, text: &Text, findings: &mut Findings) -> Option<()> {
    const LE: &str = slo_core::names::LE;
    if counter.selector.matchers().iter().any(|matcher| matcher.name() == LE) {
        findings.add(
            Finding::error("histogram", text.span, "the query selects a bucket itself")
                .help("remove the matcher on `le`; the objective's `value` says which bucket is meant"),
        );
        return None;
    }
    if !counter.keeps(LE) {
        findings.add(
            Finding::error("histogram", text.span, "the query sums over the histogram's buckets")
                .help("keep `le`: write `sum by (le) (…)`, or the selector alone"),
        );
        return None;
    }
    if !counter.selector.metric().ends_with("_bucket") {
        findings.add(
            Finding::error("histogram", text.span, "a classic histogram's series end in `_bucket`")
                .help("select the `…_bucket` series, or write `slo-engine/histogram: native`"),
        );
        return None;
    }
    Some(())
}
