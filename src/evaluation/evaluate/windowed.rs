//! Estimates: events per window as the source itself computes them. Used for free expressions, native histograms, and
//! counters of too many series.

use std::collections::BTreeMap;

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_model::buckets::{Bucket, GroupBuckets};
use slo_model::budget::{BURN_WINDOWS, Sums, WindowSums};
use slo_model::samples::MOST_EVENTS;
use slo_model::slo::Slo;
use slo_model::source::Source;

use super::EvaluateError;
use super::plan::{Part, WindowedPlan};
use super::read_warnings::{Found, ReadWarnings};

/// The least length of one estimate in the ledger. Shorter, and `increase()` has too few samples at usual scrape intervals.
const ESTIMATE_SECONDS: i64 = 300;

/// The length of one estimate on a grid of `step` seconds: a whole number of steps.
pub(super) fn estimate_seconds(step: i64) -> i64 {
    let step = step.max(1);
    ((ESTIMATE_SECONDS + step - 1) / step) * step
}

/// What the source answered about one group and moment, not yet put right.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    part: f64,
    total: f64,
    /// Something was answered about the total; without that nothing is known.
    is_known: bool,
}

impl Cell {
    /// Adds what one part of a plan says.
    fn add(&mut self, events: f64, part: &Part) {
        let events = if part.minus { -events } else { events };
        if events.abs() <= MOST_EVENTS {
            if part.of_total {
                self.total += events;
            } else {
                self.part += events;
            }
            self.is_known |= part.of_total;
        }
    }

    /// As sums over so many seconds.
    fn sums(self, seconds: i64, bad: bool, warnings: &mut ReadWarnings) -> Sums {
        let (good, total) = warnings.ordered(self.part, self.total, bad, true);
        Sums { good, total, covered: if self.is_known { seconds as f64 } else { 0.0 } }
    }
}

/// What the source estimates for the `seconds` that end at `at`, per group. A group with an answer about its total counts
/// as covered.
pub async fn estimate(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: i64,
    seconds: i64,
) -> Result<BTreeMap<Labels, Sums>, EvaluateError> {
    estimate_with_warnings(plan, source, group_by, at, seconds).await.map(|(sums, _)| sums)
}

async fn estimate_with_warnings(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: i64,
    seconds: i64,
) -> Result<(BTreeMap<Labels, Sums>, ReadWarnings), EvaluateError> {
    let queries: Vec<String> =
        plan.parts.iter().map(|part| part.expression.over(Span::from_seconds(seconds))).collect();
    let asked = queries.iter().map(|query| source.instant(query, Timestamp::from_seconds(at)));
    let answers = futures::future::try_join_all(asked).await?;
    let mut cells: BTreeMap<Labels, Cell> = BTreeMap::new();
    let mut warnings = ReadWarnings::default();
    let mut found = Found::default();
    for (part, answer) in plan.parts.iter().zip(answers) {
        warnings.say(answer.warnings);
        for point in answer.data {
            let events = part.expression.events(point.value, Span::from_seconds(seconds));
            found.saw(events, part.of_total);
            cells.entry(point.labels.only(group_by)).or_default().add(events, part);
        }
    }
    warnings.found(found, plan.bad);
    let sums = cells
        .into_iter()
        .map(|(labels, cell)| (labels, cell.sums(seconds, plan.bad, &mut warnings).tidy()))
        .collect();
    Ok((sums, warnings))
}

/// The sums of every window of `slo` that ends at `at`, per group, and what is doubtful about the whole window.
pub(super) async fn window_sums(
    slo: &Slo,
    plan: &WindowedPlan,
    source: &dyn Source,
    at: i64,
) -> Result<(Vec<(Labels, WindowSums)>, Vec<String>), EvaluateError> {
    let length = slo.window.whole(at).seconds();
    let elapsed = slo.window.elapsed(at).seconds().max(1);
    let asked = BURN_WINDOWS.iter().map(|window| window.seconds).filter(|seconds| *seconds <= length);
    let asked = std::iter::once(elapsed).chain(asked);
    let answers = asked.map(|seconds| estimate_with_warnings(plan, source, &slo.group_by, at, seconds));
    let mut answers = futures::future::try_join_all(answers).await?.into_iter();
    let mut groups: BTreeMap<Labels, WindowSums> = BTreeMap::new();
    let blank = || WindowSums {
        burn: BURN_WINDOWS.map(|window| (window.seconds <= length).then(Sums::default)),
        ..WindowSums::default()
    };
    let (whole, warnings) = answers.next().unwrap_or_default();
    for (labels, sums) in whole {
        groups.entry(labels).or_insert_with(blank).whole = sums;
    }
    for (position, (answer, _)) in answers.enumerate() {
        for (labels, sums) in answer {
            let group = groups.entry(labels).or_insert_with(blank);
            if let Some(slot) = group.burn.get_mut(position) {
                *slot = Some(sums);
            }
        }
    }
    Ok((groups.into_iter().collect(), warnings.warnings(plan.bad)))
}

/// Estimates that end in `(after, until]`, each spread evenly over its buckets of `step` seconds, and what is doubtful about
/// them; `after` is a multiple of [`estimate_seconds`]. `None` when there is none to ask for yet.
pub(super) async fn history(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    (after, until, step): (i64, i64, i64),
) -> Result<Option<(Vec<GroupBuckets>, Vec<String>)>, EvaluateError> {
    let length = estimate_seconds(step);
    let last = until.div_euclid(length) * length;
    if after + length > last {
        return Ok(None);
    }
    let mut groups: BTreeMap<Labels, BTreeMap<i64, Cell>> = BTreeMap::new();
    let mut warnings = ReadWarnings::default();
    let mut found = Found::default();
    for part in &plan.parts {
        let query = part.expression.over(Span::from_seconds(length));
        let answer = source
            .range(
                &query,
                Timestamp::from_seconds(after + length),
                Timestamp::from_seconds(last),
                Span::from_seconds(length),
            )
            .await?;
        warnings.say(answer.warnings);
        for series in answer.data {
            let group = groups.entry(series.labels.only(group_by)).or_default();
            for sample in &series.samples {
                let events = part.expression.events(sample.value, Span::from_seconds(length));
                found.saw(events, part.of_total);
                group.entry(sample.at.seconds()).or_default().add(events, part);
            }
        }
    }
    warnings.found(found, plan.bad);
    let pieces = (length / step.max(1)).max(1);
    let mut buckets = Vec::new();
    for (group, cells) in groups {
        let spread = cells.into_iter().flat_map(|(end, cell)| {
            let sums = cell.sums(length, plan.bad, &mut warnings);
            (0..pieces).rev().map(move |piece| Bucket {
                end: end - piece * step,
                good: sums.good / pieces as f64,
                total: sums.total / pieces as f64,
                covered: if cell.is_known { step as f64 } else { 0.0 },
            })
        });
        buckets.push(GroupBuckets { group, buckets: spread.filter(Bucket::has_data).collect() });
    }
    Ok(Some((buckets, warnings.warnings(plan.bad))))
}
