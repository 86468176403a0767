//! Estimates: events per window as the source itself computes them. Used for free expressions, native histograms, and
//! counters of too many series. The window is asked for so that windows that follow each other have everything once (see
//! [`Expression::piece`](slo_model::promql::Expression::piece)): what pieces in a ledger add up to is what the source says of
//! the whole.

use std::collections::BTreeMap;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::{Bucket, GroupBuckets};
use slo_model::budget::{BURN_WINDOWS, Sums, WindowSums};
use slo_model::samples::MOST_EVENTS;
use slo_model::slo::Slo;
use slo_model::source::{Source, SourceError};

use super::EvaluateError;
use super::plan::{Part, WindowedPlan};
use super::read_warnings::{Found, ReadWarnings};
use super::stretches::Stretches;

/// The least length of one estimate in the ledger. Shorter, and `increase()` has too few samples at usual scrape intervals.
const ESTIMATE: Span = Span::minutes(5);

/// The length of one estimate on a grid of `step`: a whole number of steps.
pub(super) fn estimate_length(step: Span) -> Span {
    (Timestamp::EPOCH + ESTIMATE).align_up(step) - Timestamp::EPOCH
}

/// What the source answered about one group and moment, not yet put right.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    part: f64,
    total: f64,
    /// Something was answered about the total; without that nothing is known.
    is_known: bool,
    /// A part answered what is no number: with the others alone it would be another indicator.
    is_no_number: bool,
}

impl Cell {
    /// Adds what one part of a plan says.
    fn add(&mut self, events: f64, part: &Part, warnings: &mut ReadWarnings) {
        if !events.is_finite() {
            self.is_no_number = true;
            if !part.of_total {
                warnings.no_number(part.expression.text());
            }
            return;
        }
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

    /// As sums over so long a time.
    fn sums(self, length: Span, bad: bool, warnings: &mut ReadWarnings) -> Sums {
        if self.is_no_number {
            return Sums::default();
        }
        let (good, total) = warnings.ordered(self.part, self.total, bad, true);
        Sums { good, total, covered: if self.is_known { length.as_seconds_f64() } else { 0.0 } }
    }
}

/// What the source estimates for the `window` that ends at `at`, per group. A group with an answer about its total counts
/// as covered. Of a partial answer none is made.
pub async fn estimate(
    mut plan: WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: Timestamp,
    window: Span,
) -> Result<BTreeMap<Labels, Sums>, EvaluateError> {
    plan.find_out(source, (at, at)).await?;
    let (sums, warnings) = estimate_with_warnings(&plan, source, group_by, at, window).await?;
    if warnings.partial {
        let reason = "its answer is partial".to_owned();
        return Err(SourceError::Doubtful { url: source.place(), reason }.into());
    }
    Ok(sums)
}

async fn estimate_with_warnings(
    plan: &WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    at: Timestamp,
    window: Span,
) -> Result<(BTreeMap<Labels, Sums>, ReadWarnings), EvaluateError> {
    let queries: Vec<String> =
        plan.parts.iter().map(|part| plan.pace.query(&part.expression, window)).collect();
    let asked = queries.iter().map(|query| source.instant(query, at));
    let answers = futures::future::try_join_all(asked).await?;
    let mut cells: BTreeMap<Labels, Cell> = BTreeMap::new();
    let mut warnings = ReadWarnings::default();
    let mut found = Found::default();
    for (part, answer) in plan.parts.iter().zip(answers) {
        for point in warnings.take(answer) {
            let events = part.expression.events(point.value, window);
            found.saw(if events.is_finite() { events } else { 0.0 }, part.of_total);
            cells.entry(point.labels.only(group_by)).or_default().add(events, part, &mut warnings);
        }
    }
    warnings.found(found, plan.bad);
    let sums = cells
        .into_iter()
        .map(|(labels, cell)| (labels, cell.sums(window, plan.bad, &mut warnings).tidy()))
        .collect();
    Ok((sums, warnings))
}

/// The sums of every window of `slo` that ends at `at`, per group, and what is doubtful about the whole window.
pub(super) async fn window_sums(
    slo: &Slo,
    mut plan: WindowedPlan,
    source: &dyn Source,
    at: Timestamp,
) -> Result<(Vec<(Labels, WindowSums)>, Vec<String>), EvaluateError> {
    plan.find_out(source, (at, at)).await?;
    let plan = &plan;
    let length = slo.window.whole(at).length();
    let elapsed = slo.window.elapsed(at).length().max(Span::SECOND);
    let asked = BURN_WINDOWS.iter().map(|window| window.length).filter(|one| *one <= length);
    let asked = std::iter::once(elapsed).chain(asked);
    let answers = asked.map(|window| estimate_with_warnings(plan, source, &slo.group_by, at, window));
    let mut answers = futures::future::try_join_all(answers).await?.into_iter();
    let mut groups: BTreeMap<Labels, WindowSums> = BTreeMap::new();
    let blank = || WindowSums {
        burn: BURN_WINDOWS.map(|window| (window.length <= length).then(Sums::default)),
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

/// Estimates that end in `range`, each spread evenly over its buckets of `step`, and what is doubtful about them; `range`
/// begins with a multiple of [`estimate_length`]. `None` when there is none to ask for yet.
pub(super) async fn history(
    plan: &mut WindowedPlan,
    source: &dyn Source,
    group_by: &[String],
    range: TimeRange,
    step: Span,
) -> Result<Option<(Vec<GroupBuckets>, ReadWarnings)>, EvaluateError> {
    let length = estimate_length(step);
    let (first, last) = (range.after + length, range.until.align_down(length));
    if first > last {
        return Ok(None);
    }
    plan.find_out(source, (first, last)).await?;
    let mut groups: BTreeMap<Labels, BTreeMap<Timestamp, Cell>> = BTreeMap::new();
    let mut warnings = ReadWarnings::default();
    let mut found = Found::default();
    for part in &plan.parts {
        let query = plan.pace.query(&part.expression, length);
        let mut stretches = Stretches::new(first, last, length);
        while let Some((first, last)) = stretches.next() {
            let answered = warnings.take(source.range(&query, first, last, length).await?);
            stretches.had(answered.len());
            for series in answered {
                let group = groups.entry(series.labels.only(group_by)).or_default();
                for sample in &series.samples {
                    let events = part.expression.events(sample.value, length);
                    found.saw(if events.is_finite() { events } else { 0.0 }, part.of_total);
                    let cell = group.entry(sample.at.align_down(Span::SECOND)).or_default();
                    cell.add(events, part, &mut warnings);
                }
            }
        }
    }
    warnings.found(found, plan.bad);
    let pieces = (length / step).max(1);
    let mut buckets = Vec::new();
    for (group, cells) in groups {
        let spread = cells.into_iter().flat_map(|(end, cell)| {
            let sums = cell.sums(length, plan.bad, &mut warnings);
            (0..pieces).rev().map(move |piece| Bucket {
                end: end - step * piece,
                good: sums.good / pieces as f64,
                total: sums.total / pieces as f64,
                covered: if sums.covered > 0.0 { step.as_seconds_f64() } else { 0.0 },
            })
        });
        buckets.push(GroupBuckets { group, buckets: spread.filter(Bucket::has_data).collect() });
    }
    Ok(Some((buckets, warnings)))
}
