//! From when on a source has what an objective is read from.

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::source::{Source, SourceError};

use crate::evaluate::{EvaluateError, ReadPlan};

/// The steps in which the beginning is looked for first.
const STEPS: i64 = 300;
/// And then.
const FINE: Span = Span::minutes(1);
/// How long after the beginning of what a source still has counters are compared with what was before: Prometheus itself looks
/// back five minutes, and scrapes are up to a few minutes apart.
const LEAD: Span = Span::minutes(10);

/// From when on what is in `range` can be counted anew, on a grid of `grid`; `None` when the source has nothing there.
///
/// A series that begins is born there, if its source had others before. Where all begins, its source was emptied, or keeps no
/// more: what was before the first samples is not known, so it is counted from a little later.
pub(super) async fn begins(
    plan: &ReadPlan,
    source: &dyn Source,
    range: TimeRange,
    grid: Span,
) -> Result<Option<Timestamp>, EvaluateError> {
    let mut first = first_value("count(up)", source, range).await?;
    for query in plan.presence() {
        if first.is_some_and(|first| first <= range.after) {
            break;
        }
        let own = first_value(&query, source, range).await?;
        first = first.into_iter().chain(own).min();
    }
    Ok(first.map(|first| if first <= range.after { range.after } else { (first + LEAD).align_up(grid) }))
}

/// The first moment at which a query has an answer; none if it cannot be asked at all.
async fn first_value(
    query: &str,
    source: &dyn Source,
    range: TimeRange,
) -> Result<Option<Timestamp>, EvaluateError> {
    let step = (Timestamp::EPOCH + (range.length() / STEPS).max(FINE)).align_up(FINE) - Timestamp::EPOCH;
    let Some(coarse) = earliest(query, source, (range.after, range.until), step).await? else {
        return Ok(None);
    };
    if coarse <= range.after || step <= FINE {
        return Ok(Some(coarse));
    }
    let fine = earliest(query, source, (coarse - step + FINE, coarse), FINE).await?;
    Ok(Some(fine.unwrap_or(coarse)))
}

async fn earliest(
    query: &str,
    source: &dyn Source,
    (first, last): (Timestamp, Timestamp),
    step: Span,
) -> Result<Option<Timestamp>, EvaluateError> {
    match source.range(query, first, last, step).await {
        Ok(answer) => {
            Ok(answer.data.iter().filter_map(|series| series.samples.first()).map(|sample| sample.at).min())
        }
        Err(SourceError::BadQuery { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
