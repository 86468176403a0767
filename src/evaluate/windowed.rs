//! Estimates: events per window as the source itself computes them. Used for free expressions, native histograms, and
//! counters of too many series.

use std::collections::BTreeMap;

use crate::buckets::{Bucket, GroupBuckets};
use crate::budget::{BURN_WINDOWS, Sums, WindowSums};
use crate::labels::Labels;
use crate::samples::MOST_EVENTS;
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

/// What the source estimates for the `seconds` that end at `at`, per group. A group with an answer counts as covered.
pub async fn estimate(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: i64,
    seconds: i64,
) -> Result<BTreeMap<Labels, Sums>, EvaluateError> {
    let (whole, part) = (plan.total.over(seconds), plan.numerator.over(seconds));
    let (totals, parts) =
        futures::try_join!(source.instant(&whole, at * 1000), source.instant(&part, at * 1000))?;
    let mut sums: BTreeMap<Labels, (f64, f64)> = BTreeMap::new();
    for (expression, answer, is_total) in [(&plan.total, totals, true), (&plan.numerator, parts, false)] {
        for point in answer.data {
            let events = expression.events(point.value, seconds);
            if events.abs() <= MOST_EVENTS {
                let cell = sums.entry(point.labels.only(group_by)).or_default();
                if is_total { cell.1 += events } else { cell.0 += events }
            }
        }
    }
    let tidy = |(labels, (part, total))| {
        let (good, total) = ordered(part, total, plan.bad);
        (labels, Sums { good, total, covered: seconds as f64 }.tidy())
    };
    Ok(sums.into_iter().map(tidy).collect())
}

/// The sums of every window of `slo` that ends at `at`, per group.
pub(super) async fn window_sums(
    slo: &Slo,
    plan: &WindowedPlan,
    source: &dyn Source,
    at: i64,
) -> Result<Vec<(Labels, WindowSums)>, EvaluateError> {
    let length = slo.window.whole(at).seconds();
    let elapsed = slo.window.elapsed(at).seconds().max(1);
    let asked = BURN_WINDOWS.iter().map(|window| window.seconds).filter(|seconds| *seconds <= length);
    let asked = std::iter::once(elapsed).chain(asked);
    let answers = asked.map(|seconds| estimate(plan, source, &slo.group_by, at, seconds));
    let mut answers = futures::future::try_join_all(answers).await?.into_iter();
    let mut groups: BTreeMap<Labels, WindowSums> = BTreeMap::new();
    let blank = || WindowSums {
        burn: BURN_WINDOWS.map(|window| (window.seconds <= length).then(Sums::default)),
        ..WindowSums::default()
    };
    for (labels, sums) in answers.next().unwrap_or_default() {
        groups.entry(labels).or_insert_with(blank).whole = sums;
    }
    for (position, answer) in answers.enumerate() {
        for (labels, sums) in answer {
            let group = groups.entry(labels).or_insert_with(blank);
            if let Some(slot) = group.burn.get_mut(position) {
                *slot = Some(sums);
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
                    if events.abs() <= MOST_EVENTS {
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
