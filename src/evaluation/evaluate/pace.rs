//! What has to be known of a source to ask it for pieces of an estimate: how it reads ranges, and how often series are
//! scraped. Both are asked of the source itself, whatever its name and version.

use std::collections::BTreeMap;

use futures::future;
use slo_core::time::{Span, Timestamp};
use slo_model::promql::{Expression, RangeEdges};
use slo_model::source::{Source, SourceError};

/// Scrape intervals change with a configuration, servers with an update.
const KNOWN_FOR: Span = Span::hours(1);
/// The range in which scrapes are counted.
const COUNTED: Span = Span::hours(1);
/// The same for series that are younger than that.
const COUNTED_YOUNG: Span = Span::minutes(10);
/// Fewer scrapes than this in the shorter range tell nothing that the longer one does not.
const FEWEST: f64 = 3.0;
/// The interval of what had no sample when it was asked for: Prometheus' default.
const DEFAULT: Span = Span::minutes(1);
/// In a range of one second with a value every second there are two or one; and a difference needs one more, wherever
/// that lies.
const PROBE: &str = "count_over_time(vector(1)[1s:1s]) + 10 * (increase(vector(time())[1s:1s]) or vector(0))";

/// Intervals that people set, in seconds. What is a little off one of them is one of them with a scrape missing or late.
const USUAL: [i64; 22] =
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 90, 120, 180, 300, 600];
/// How far off.
const TOLERANCE: f64 = 0.05;

/// How a source reads ranges, and how often it scrapes, when it was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pace {
    asked_at: Option<Timestamp>,
    edges: RangeEdges,
    intervals: BTreeMap<String, Span>,
}

impl Pace {
    /// Asks what was not asked before, or too long ago. Fails when the source is away; what it cannot answer stays as it was.
    /// Series that have ended at the `last` of these moments may have been there at the first.
    pub(super) async fn find_out<'a>(
        &mut self,
        expressions: impl Iterator<Item = &'a Expression>,
        source: &dyn Source,
        (first, last): (Timestamp, Timestamp),
    ) -> Result<(), SourceError> {
        let [first, at] = [first, last].map(|at| at.align_down(Span::SECOND));
        if self.asked_at.is_some_and(|asked| (at - asked).abs() < KNOWN_FOR) {
            return Ok(());
        }
        let mut selectors: Vec<String> = expressions.flat_map(Expression::scraped).collect();
        selectors.sort_unstable();
        selectors.dedup();
        let intervals = selectors.into_iter().map(async |selector| {
            let mut found = interval(&selector, source, at).await?;
            if found.is_none() && first < at {
                found = interval(&selector, source, first).await?;
            }
            Ok::<_, SourceError>((selector, found))
        });
        let (edges, intervals) = future::try_join(edges(source, at), future::try_join_all(intervals)).await?;
        self.edges = edges.unwrap_or(self.edges);
        self.intervals.extend(intervals.into_iter().filter_map(|(selector, found)| Some((selector, found?))));
        self.asked_at = Some(at);
        Ok(())
    }

    /// The query for one of several windows that follow each other.
    pub(super) fn query(&self, expression: &Expression, window: Span) -> String {
        expression
            .piece(window, self.edges, |selector| self.intervals.get(selector).copied().unwrap_or(DEFAULT))
    }
}

/// A number that the source computes; `None` when it has none, or cannot compute it.
async fn number(query: &str, source: &dyn Source, at: Timestamp) -> Result<Option<f64>, SourceError> {
    match source.instant(query, at).await {
        Ok(answer) => Ok(answer.data.first().map(|point| point.value)),
        Err(error) if error.is_outage() && !matches!(error, SourceError::Timeout { .. }) => Err(error),
        // The estimate itself costs less, and may be answered.
        Err(_) => Ok(None),
    }
}

async fn edges(source: &dyn Source, at: Timestamp) -> Result<Option<RangeEdges>, SourceError> {
    let values = number(PROBE, source, at).await?;
    Ok(values.map(|values| match values.round() as i64 {
        12 => RangeEdges::Closed,
        1 => RangeEdges::LeftOpen,
        11 => RangeEdges::SeesBefore,
        _ => RangeEdges::Unknown,
    }))
}

/// How far apart the samples of most of the selected series are.
async fn interval(selector: &str, source: &dyn Source, at: Timestamp) -> Result<Option<Span>, SourceError> {
    let counted = async |range: Span| {
        let exact = slo_core::duration::format(range - Span::MILLISECOND);
        number(&format!("quantile(0.9, count_over_time({selector}[{exact}]))"), source, at).await
    };
    let (long, young) = future::try_join(counted(COUNTED), counted(COUNTED_YOUNG)).await?;
    Ok(apart(long, young))
}

/// The interval of which so many samples lie in each of the two ranges.
fn apart(long: Option<f64>, young: Option<f64>) -> Option<Span> {
    let of = |range: Span, count: Option<f64>| {
        count.filter(|count| count.is_finite() && *count >= 1.0).map(|count| range.as_seconds_f64() / count)
    };
    let long = of(COUNTED, long);
    let young = of(COUNTED_YOUNG, young.filter(|count| *count >= FEWEST));
    let seconds = match (long, young) {
        // In the long range many may lie before the series' birth.
        (Some(long), Some(young)) if long > young * 1.2 => young,
        (Some(long), _) => long,
        (None, young) => young?,
    };
    let usual =
        USUAL.into_iter().map(|usual| usual as f64).find(|usual| (seconds / usual - 1.0).abs() < TOLERANCE);
    Some(Span::from_ms((usual.unwrap_or(seconds) * 1000.0).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{ms, secs};

    #[test]
    fn intervals_are_told_by_how_many_samples_there_are() {
        for (long, young, want) in [
            (Some(240.0), Some(40.0), Some(secs(15))),
            // A scrape is missing.
            (Some(59.0), Some(10.0), Some(secs(60))),
            (Some(239.0), Some(39.0), Some(secs(15))),
            // Younger than an hour; and one that ended.
            (Some(30.0), Some(20.0), Some(secs(30))),
            (Some(50.0), None, Some(ms(72_000))),
            // Rarely scraped: ten minutes tell nothing.
            (Some(12.0), Some(2.0), Some(secs(300))),
            (Some(6.0), Some(1.0), Some(secs(600))),
            (Some(18_000.0), Some(3_000.0), Some(ms(200))),
            (None, Some(40.0), Some(secs(15))),
            (None, None, None),
            (Some(f64::NAN), None, None),
        ] {
            assert_eq!(apart(long, young), want, "{long:?} {young:?}");
        }
    }
}
