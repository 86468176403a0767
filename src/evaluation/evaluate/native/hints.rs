//! Histograms that are not what an indicator takes them for: classic where native ones are asked for, and the other way
//! round. Asked only where series are missing.

use slo_core::names::LE;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::{Selector, SliQuery};
use slo_model::source::{Source, SourceError};

use crate::evaluate::plan::{RawPlan, Read};

/// So far back classic histograms are looked for.
const RECENT: Span = Span::minutes(10);

/// What to write instead, for each read of `plan` of which there is a histogram of another kind. A server that does not know
/// native histograms is an error where they are asked for.
pub(in crate::evaluate) async fn hints(
    plan: &RawPlan,
    source: &dyn Source,
    at: Timestamp,
) -> Result<Vec<String>, SourceError> {
    let mut hints = Vec::new();
    for Read { selector, cut_at } in &plan.reads {
        let hint = match cut_at {
            Some(_) => classic(selector, source, at).await,
            None => native(selector, source, at).await,
        };
        match hint {
            Ok(hint) => hints.extend(hint),
            Err(error @ SourceError::NoNativeHistograms { .. }) if cut_at.is_some() => return Err(error),
            // Nobody is told more, and nothing is wrong with what was read.
            Err(_) => {}
        }
    }
    hints.sort();
    hints.dedup();
    Ok(hints)
}

/// What to write instead of a query of a value that has none because it selects a native histogram.
pub(in crate::evaluate) async fn hint_of_value(
    query: &str,
    source: &dyn Source,
    at: Timestamp,
) -> Option<String> {
    let SliQuery::Counter(counter) = SliQuery::parse(query).ok()? else { return None };
    let histogram = counter.selector;
    let found = source.instant(&format!("count(histogram_count({histogram}))"), at).await.ok()?;
    (!found.data.is_empty()).then(|| {
        format!(
            "{histogram} is a native histogram, which has no single value: annotate the SLO with slo-engine/histogram: native to count its observations against the objective's value"
        )
    })
}

/// Native histograms under the name of counters that are missing.
async fn native(
    selector: &Selector,
    source: &dyn Source,
    at: Timestamp,
) -> Result<Option<String>, SourceError> {
    let metric = selector.metric();
    let suffix = ["_bucket", "_count", "_sum"].into_iter().find(|suffix| metric.ends_with(suffix));
    let stem = metric.strip_suffix(suffix.unwrap_or_default()).unwrap_or(metric);
    if stem.is_empty() {
        return Ok(None);
    }
    let histogram = selector.on_metric(stem).without(LE);
    let found = source.instant(&format!("count(histogram_count({histogram}))"), at).await?;
    let instead = match suffix {
        Some("_bucket") => format!(
            "ask thresholdMetric for {histogram} with the annotation slo-engine/histogram: native, or write histogram_fraction(-Inf, T, {histogram}) * histogram_count({histogram})"
        ),
        Some("_sum") => format!("write histogram_sum({histogram})"),
        _ => format!("write histogram_count({histogram})"),
    };
    let told = match suffix {
        Some(_) => format!("there are no series {metric}, but {stem} is a native histogram: {instead}"),
        None => format!("{stem} is a native histogram, not a counter: {instead}"),
    };
    Ok((!found.data.is_empty()).then_some(told))
}

/// Classic histograms under the name of native ones that are missing.
async fn classic(
    selector: &Selector,
    source: &dyn Source,
    at: Timestamp,
) -> Result<Option<String>, SourceError> {
    // Whether the server knows native histograms at all.
    source.instant(&format!("histogram_count({selector})"), at).await?;
    let buckets = selector.on_metric(format!("{}_bucket", selector.metric()));
    let bounds = source.label_values(&buckets, LE, TimeRange::new(at - RECENT, at)).await?.data;
    Ok((!bounds.is_empty()).then(|| {
        format!(
            "there is no native histogram {}, but {} is a classic one: ask thresholdMetric for {buckets} without the annotation slo-engine/histogram: native; of all observations, {}_count is the counter",
            selector.metric(),
            buckets.metric(),
            selector.metric(),
        )
    }))
}
