//! Indicators that are a value at a moment: thresholds, ratios somebody else computed, gauges. Asked on the grid of
//! buckets, one value a bucket.

use std::collections::BTreeMap;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::{Bucket, GroupBuckets};
use slo_model::samples::{MOST_EVENTS, Series};
use slo_model::slo::Comparison;
use slo_model::source::Source;

use super::plan::PointsPlan;
use super::read_warnings::{Found, ReadWarnings};
use super::stretches::Stretches;
use super::{EvaluateError, Recorded};

/// What a value of a series means.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// Good when the comparison with the threshold holds.
    Compared(Comparison, f64),
    /// A ratio of successes, or of failures.
    Ratio { success: bool },
    /// Events of the numerator.
    Numerator,
    /// All events.
    Total,
}

/// The buckets of `range`, which begins and ends with multiples of `step`.
pub(super) async fn read(
    plan: &PointsPlan,
    source: &dyn Source,
    group_by: &[String],
    range: TimeRange,
    step: Span,
) -> Result<Recorded, EvaluateError> {
    let (questions, bad) = match plan {
        PointsPlan::Threshold(query, comparison, threshold) => {
            (vec![(query, Meaning::Compared(*comparison, *threshold))], false)
        }
        PointsPlan::Ratio(query, success) => (vec![(query, Meaning::Ratio { success: *success })], false),
        PointsPlan::Gauges(numerator, total, bad) => {
            (vec![(numerator, Meaning::Numerator), (total, Meaning::Total)], *bad)
        }
    };
    let mut grid = Grid::default();
    for (query, meaning) in &questions {
        let mut stretches = Stretches::new(range.after + step, range.until, step);
        let query: &String = query;
        while let Some((first, last)) = stretches.next() {
            let series = grid.warnings.take(source.range(query, first, last, step).await?);
            stretches.had(series.len());
            grid.add(&series, group_by, *meaning, query);
        }
    }
    Ok(grid.finish(bad, step))
}

/// One bucket, not yet put right.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    numerator: f64,
    total: f64,
    /// There was a value of the total; without that nothing is known.
    is_known: bool,
    /// The numerator is NaN: nothing is known either.
    is_no_number: bool,
}

#[derive(Default)]
struct Grid {
    groups: BTreeMap<Labels, BTreeMap<Timestamp, Cell>>,
    warnings: ReadWarnings,
    /// By gauges of events.
    found: Found,
}

impl Grid {
    fn add(&mut self, series: &[Series], group_by: &[String], meaning: Meaning, query: &str) {
        for series in series {
            let group = self.groups.entry(series.labels.only(group_by)).or_default();
            for sample in &series.samples {
                let value = sample.value;
                if value.is_nan() {
                    // The absence of a value (a ratio of nothing), not a bad one, and no zero beside a total.
                    if matches!(meaning, Meaning::Numerator) {
                        self.warnings.no_number(query);
                        self.found.saw(0.0, false);
                        group.entry(sample.at.align_down(Span::SECOND)).or_default().is_no_number = true;
                    }
                    continue;
                }
                let (numerator, total) = match meaning {
                    // Infinite is what a division by zero gives: never good.
                    Meaning::Compared(comparison, threshold) => {
                        self.found.saw_both();
                        (f64::from(value.is_finite() && comparison.holds(value, threshold)), Some(1.0))
                    }
                    Meaning::Ratio { success } => {
                        self.found.saw_both();
                        let ratio = self.warnings.ratio(value);
                        let good = if success { ratio } else { 1.0 - ratio };
                        (if value.is_finite() { good } else { 0.0 }, Some(1.0))
                    }
                    Meaning::Numerator => {
                        self.found.saw(value, false);
                        (value.max(0.0), None)
                    }
                    Meaning::Total => {
                        self.found.saw(value, true);
                        (0.0, Some(value.max(0.0)))
                    }
                };
                if numerator <= MOST_EVENTS && total.is_none_or(|total| total <= MOST_EVENTS) {
                    let cell = group.entry(sample.at.align_down(Span::SECOND)).or_default();
                    cell.numerator += numerator;
                    cell.total += total.unwrap_or_default();
                    cell.is_known |= total.is_some();
                }
            }
        }
    }

    fn finish(mut self, bad: bool, step: Span) -> Recorded {
        self.warnings.found(self.found, bad);
        let mut groups = Vec::new();
        for (group, cells) in self.groups {
            let bucket = |(end, cell): (Timestamp, Cell)| {
                let (good, total) = self.warnings.ordered(cell.numerator, cell.total, bad, false);
                Bucket { end, good, total, covered: if cell.is_known { step.as_seconds_f64() } else { 0.0 } }
            };
            let cells = cells.into_iter().filter(|(_, cell)| !cell.is_no_number);
            let buckets = cells.map(bucket).filter(Bucket::has_data).collect();
            groups.push(GroupBuckets { group, buckets });
        }
        let samples = groups.iter().map(|group| group.buckets.len()).sum();
        let partial = self.warnings.partial;
        let warnings = self.warnings.warnings(bad);
        Recorded { groups, estimated: true, warnings, samples, partial, ..Recorded::default() }
    }
}
