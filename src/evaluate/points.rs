//! Indicators that are a value at a moment: thresholds, ratios somebody else computed, gauges. Asked on the grid of
//! buckets, one value a bucket.

use std::collections::BTreeMap;

use crate::buckets::{Bucket, GroupBuckets};
use crate::labels::Labels;
use crate::samples::{MOST_EVENTS, Series};
use crate::source::Source;

use super::EvaluateError;
use super::plan::PointsPlan;

/// Prometheus refuses more points of one series than this.
const MAX_POINTS: i64 = 11_000;

/// What each value of a series adds to its bucket: good and total.
type Weigh<'a> = dyn Fn(f64) -> (f64, f64) + Sync + 'a;

/// The buckets of `(after, until]`, both multiples of `step`, in unix seconds.
pub(super) async fn read(
    plan: &PointsPlan,
    source: &dyn Source,
    group_by: &[String],
    (after, until, step): (i64, i64, i64),
) -> Result<(Vec<GroupBuckets>, Vec<String>), EvaluateError> {
    let mut grid = Grid { step, groups: BTreeMap::new() };
    let mut warnings = Vec::new();
    let mut start = after + step;
    while start <= until {
        let end = until.min(start + (MAX_POINTS - 1) * step);
        let mut ask = async |query: &str, weigh: &Weigh<'_>| -> Result<(), EvaluateError> {
            let answer = source.range(query, start * 1000, end * 1000, step * 1000).await?;
            warnings.extend(answer.warnings);
            grid.add(&answer.data, group_by, weigh);
            Ok(())
        };
        match plan {
            PointsPlan::Threshold(query, comparison, threshold) => {
                ask(query, &|value| (f64::from(comparison.holds(value, *threshold)), 1.0)).await?;
            }
            PointsPlan::Ratio(query, success) => {
                ask(query, &|value| {
                    let ratio = value.clamp(0.0, 1.0);
                    (if *success { ratio } else { 1.0 - ratio }, 1.0)
                })
                .await?;
            }
            PointsPlan::Gauges(numerator, total, bad) => {
                let sign = if *bad { -1.0 } else { 1.0 };
                ask(numerator, &|value| (sign * value.max(0.0), 0.0)).await?;
                let whole = if *bad { 1.0 } else { 0.0 };
                ask(total, &|value| (whole * value.max(0.0), value.max(0.0))).await?;
            }
        }
        start = end + step;
    }
    Ok((grid.finish(), warnings))
}

struct Grid {
    step: i64,
    groups: BTreeMap<Labels, BTreeMap<i64, (f64, f64)>>,
}

impl Grid {
    fn add(&mut self, series: &[Series], group_by: &[String], weigh: &Weigh<'_>) {
        for series in series {
            let group = self.groups.entry(series.labels.only(group_by)).or_default();
            // A NaN is the absence of a value (a ratio of nothing), not a bad one.
            for sample in series.samples.iter().filter(|sample| !sample.value.is_nan()) {
                let (good, total) = weigh(sample.value);
                if good.abs() <= MOST_EVENTS && total <= MOST_EVENTS {
                    let cell = group.entry(sample.at_ms.div_euclid(1000)).or_default();
                    cell.0 += good;
                    cell.1 += total;
                }
            }
        }
    }

    fn finish(self) -> Vec<GroupBuckets> {
        let step = self.step as f64;
        let bucket = |(end, (good, total)): (i64, (f64, f64))| {
            let total = total.max(0.0);
            Bucket { end, good: good.clamp(0.0, total), total, covered: step }
        };
        self.groups
            .into_iter()
            .map(|(group, cells)| GroupBuckets { group, buckets: cells.into_iter().map(bucket).collect() })
            .collect()
    }
}
