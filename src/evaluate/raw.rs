//! Reads the raw samples that one stretch of time needs: the counters, their targets, and, where a counter's age is in
//! doubt, when its process or the counter itself was created.

use std::collections::BTreeSet;

use crate::conventions::{JOB, PROCESS_START, UP};
use crate::counting::{Observed, Role, Tally};
use crate::promql::{Selector, duration};
use crate::samples::{Point, Span};
use crate::source::{Source, SourceError};

use super::plan::RawPlan;
use super::{EvaluateError, Limits, edges};

/// How far back a counter's last value is looked for when counting begins.
const BASELINE_SECONDS: i64 = 86_400;
/// How far before the counted range `up` is read, so that the interval between scrapes is known from the first bucket.
const UP_LEAD_MS: i64 = 300_000;

/// Tells `tally` what was before `at_ms`: the counters' last values, and which targets were scraped.
pub(super) async fn prime(
    plan: &RawPlan,
    source: &dyn Source,
    tally: &mut Tally,
    at_ms: i64,
) -> Result<(), EvaluateError> {
    for (read, selector) in plan.reads.iter().enumerate() {
        let points = last_values(source, selector, at_ms).await?;
        let with_roles: Vec<(Point, Role)> = points
            .into_iter()
            .map(|mut point| {
                // `last_over_time` keeps the name on some servers and drops it on others.
                point.labels.set(crate::conventions::METRIC_NAME, selector.metric());
                let role = plan.role(read, &point.labels);
                (point, role)
            })
            .collect();
        tally.remember(&with_roles, at_ms);
    }
    if let Some(up) = plan.targets(UP) {
        let query = format!("max_over_time({up}[{}])", duration(BASELINE_SECONDS));
        tally.remember_targets(&source.instant(&query, at_ms).await?.data, at_ms);
    }
    Ok(())
}

/// The last value of each series in the day before `at_ms`; a server that finds a day too much is asked for its own
/// look-back.
async fn last_values(
    source: &dyn Source,
    selector: &Selector,
    at_ms: i64,
) -> Result<Vec<Point>, EvaluateError> {
    let query = format!("last_over_time({selector}[{}])", duration(BASELINE_SECONDS));
    match source.instant(&query, at_ms).await {
        Ok(answer) => Ok(answer.data),
        Err(SourceError::TooLarge { .. } | SourceError::BadQuery { .. }) => {
            Ok(source.instant(&selector.to_string(), at_ms).await?.data)
        }
        Err(error) => Err(error.into()),
    }
}

/// Everything `tally` needs for `span`, and the warnings that came with it.
pub(super) async fn observe(
    plan: &RawPlan,
    source: &dyn Source,
    limits: &Limits,
    tally: &Tally,
    span: Span,
    first: bool,
) -> Result<(Observed, Vec<String>), EvaluateError> {
    let mut observed = Observed::default();
    let mut warnings = Vec::new();
    for (read, selector) in plan.reads.iter().enumerate() {
        let answer = source.samples(selector, span, limits.max_series).await?;
        warnings.extend(answer.warnings);
        observed.series.extend(answer.data.into_iter().map(|series| {
            let role = plan.role(read, &series.labels);
            (series, role)
        }));
    }
    let lead = if first { UP_LEAD_MS } else { 0 };
    let with_lead = Span { after_ms: span.after_ms - lead, ..span };
    if let Some(up) = targets(plan, &observed, UP)? {
        observed.up = source.samples(&up, with_lead, limits.max_series).await?.data;
    }
    if tally.has_unknown_births(&observed) {
        if let Some(starts) = targets(plan, &observed, PROCESS_START)? {
            observed.process_starts = source.samples(&starts, span, limits.max_series).await?.data;
        }
        for selector in &plan.reads {
            if let Some(created) = created(selector) {
                observed.created.extend(source.samples(&created, span, limits.max_series).await?.data);
            }
        }
    }
    Ok((observed, warnings))
}

/// The targets' series: named by the query, or else by the jobs of the series that came.
fn targets(plan: &RawPlan, observed: &Observed, metric: &str) -> Result<Option<Selector>, EvaluateError> {
    if let Some(named) = plan.targets(metric) {
        return Ok(Some(named));
    }
    let jobs: BTreeSet<&str> = observed
        .series
        .iter()
        .map(|(series, _)| series.labels.get(JOB))
        .filter(|job| !job.is_empty())
        .collect();
    if jobs.is_empty() {
        return Ok(None);
    }
    let jobs: Vec<&str> = jobs.into_iter().collect();
    let matcher = edges::one_of(JOB, &jobs).map_err(|error| SourceError::Settings(error.to_string()))?;
    Ok(Some(Selector::new(metric, vec![matcher])))
}

/// The OpenMetrics `_created` series that go with a counter or a histogram's bucket.
fn created(selector: &Selector) -> Option<Selector> {
    let metric = selector.metric();
    let stem = ["_total", "_bucket", "_count"].iter().find_map(|suffix| metric.strip_suffix(suffix))?;
    Some(selector.on_metric(format!("{stem}_created")).without(crate::conventions::LE))
}
