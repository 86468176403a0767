//! Estimates: events per window as the source itself computes them. Used for free expressions, native histograms, and
//! counters of too many series.

use std::collections::BTreeMap;

use crate::buckets::{Bucket, GroupBuckets};
use crate::budget::{BURN_WINDOWS, Sums, WindowSums};
use crate::labels::Labels;
use crate::slo::Slo;
use crate::source::Source;

use super::EvaluateError;
use super::plan::WindowedPlan;

/// The least length of one estimate in the ledger. Shorter, and `increase()` has too few samples at usual scrape intervals.
const ESTIMATE_SECONDS: i64 = 300;

/// The length of one estimate on a grid of `step` seconds: a whole number of steps.
pub(super) fn estimate_seconds(step: i64) -> i64 {
    let step = step.max(1);
    ((ESTIMATE_SECONDS + step - 1) / step) * step
}

/// Good and total of each group over the `seconds` that end at `at`.
async fn over(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: i64,
    seconds: i64,
) -> Result<BTreeMap<Labels, (f64, f64)>, EvaluateError> {
    let mut sums: BTreeMap<Labels, (f64, f64)> = BTreeMap::new();
    for (expression, is_total) in [(&plan.total, true), (&plan.numerator, false)] {
        for point in source.instant(&expression.over(seconds), at * 1000).await?.data {
            let events = expression.events(point.value, seconds);
            if events.is_finite() {
                let cell = sums.entry(point.labels.only(group_by)).or_default();
                if is_total { cell.1 += events } else { cell.0 += events }
            }
        }
    }
    for (part, total) in sums.values_mut() {
        (*part, *total) = ordered(*part, *total, plan.bad);
    }
    Ok(sums)
}

/// The sums of every window of `slo` that ends at `at`, per group. Coverage is that of the shortest estimates: a window
/// with an answer counts as covered.
pub async fn window_sums(
    slo: &Slo,
    plan: &WindowedPlan,
    source: &dyn Source,
    at: i64,
) -> Result<Vec<(Labels, WindowSums)>, EvaluateError> {
    let length = slo.window.whole(at).seconds();
    let elapsed = slo.window.elapsed(at).seconds();
    let mut groups: BTreeMap<Labels, WindowSums> = BTreeMap::new();
    let blank = || WindowSums {
        burn: BURN_WINDOWS.map(|window| (window.seconds <= length).then(Sums::default)),
        ..WindowSums::default()
    };
    for (labels, (good, total)) in over(plan, source, &slo.group_by, at, elapsed.max(1)).await? {
        groups.entry(labels).or_insert_with(blank).whole =
            Sums { good, total, covered: elapsed as f64 }.tidy();
    }
    for (position, window) in BURN_WINDOWS.iter().enumerate().filter(|(_, window)| window.seconds <= length) {
        for (labels, (good, total)) in over(plan, source, &slo.group_by, at, window.seconds).await? {
            let sums = groups.entry(labels).or_insert_with(blank);
            if let Some(slot) = sums.burn.get_mut(position) {
                *slot = Some(Sums { good, total, covered: window.seconds as f64 }.tidy());
            }
        }
    }
    Ok(groups.into_iter().collect())
}

/// Estimates that end in `(after, until]`, each spread evenly over its buckets of `step` seconds; `after` is a multiple of
/// [`estimate_seconds`].
pub(super) async fn history(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    (after, until, step): (i64, i64, i64),
) -> Result<Vec<GroupBuckets>, EvaluateError> {
    let length = estimate_seconds(step);
    let last = until.div_euclid(length) * length;
    let mut groups: BTreeMap<Labels, BTreeMap<i64, (f64, f64)>> = BTreeMap::new();
    if after + length <= last {
        for (expression, is_total) in [(&plan.total, true), (&plan.numerator, false)] {
            let query = expression.over(length);
            let answer = source.range(&query, (after + length) * 1000, last * 1000, length * 1000).await?;
            for series in answer.data {
                let group = groups.entry(series.labels.only(group_by)).or_default();
                for sample in &series.samples {
                    let events = expression.events(sample.value, length);
                    if events.is_finite() {
                        let cell = group.entry(sample.at_ms.div_euclid(1000)).or_default();
                        if is_total { cell.1 += events } else { cell.0 += events }
                    }
                }
            }
        }
    }
    let pieces = (length / step.max(1)).max(1);
    let spread = |(end, (part, total)): (i64, (f64, f64))| {
        let (good, total) = ordered(part, total, plan.bad);
        (0..pieces).rev().map(move |piece| Bucket {
            end: end - piece * step,
            good: good / pieces as f64,
            total: total / pieces as f64,
            covered: step as f64,
        })
    };
    Ok(groups
        .into_iter()
        .map(|(group, cells)| GroupBuckets { group, buckets: cells.into_iter().flat_map(spread).collect() })
        .collect())
}

/// Good and total, both never negative and good at most total.
pub(super) fn ordered(part: f64, total: f64, bad: bool) -> (f64, f64) {
    let total = total.max(0.0);
    let part = part.clamp(0.0, total);
    (if bad { total - part } else { part }, total)
}
