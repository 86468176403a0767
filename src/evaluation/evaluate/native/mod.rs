//! Reads native histograms: raw where that is a few samples, as numbers where it is many ([`numbers`]).

mod hints;
mod numbers;

use std::collections::BTreeMap;

use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::names::{LE, METRIC_NAME};
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::counting::{Histograms, REACH};
use slo_model::promql::Selector;
use slo_model::samples::{HistogramSeries, Point, Series};
use slo_model::source::{Answer, Source, SourceError};

pub(super) use hints::{hint_of_value, hints};

use super::EvaluateError;
use super::plan::{RawPlan, Read};
use super::raw::BASELINES;
use super::read_warnings::ReadWarnings;

/// As many samples of numbers a raw histogram weighs: 30 to 100 buckets.
const WEIGHT: usize = 50;
/// Longer stretches are read as numbers.
const LONG: Span = Span::minutes(20);
/// How finely it is looked when a histogram was last there, before the samples that are read.
const LOOK: Span = Span::minutes(1);
/// So many times a look at the samples of histograms that ended is worth it; those that ended first are left out.
const MOST_ENDS: usize = 20;

/// The samples of native histograms in `range`, the server's warnings, and as many samples of numbers as each of them weighs.
pub(super) async fn read(
    selector: &Selector,
    cut_at: &[f64],
    source: &dyn Source,
    range: TimeRange,
    max_series: usize,
) -> Result<(Answer<Vec<HistogramSeries>>, usize), SourceError> {
    if range.length() > LONG
        && let Some(answer) = numbers::read(selector, cut_at, source, range, max_series).await?
    {
        return Ok((answer, 2 + 2 * cut_at.len()));
    }
    Ok((source.histograms(selector, cut_at, range, max_series).await?, WEIGHT))
}

/// Tells samples up to `at` from those after it.
pub(super) fn divide(mut series: HistogramSeries, at: Timestamp) -> (HistogramSeries, HistogramSeries) {
    let begins = series.samples.partition_point(|sample| sample.at <= at);
    let now = series.samples.split_off(begins);
    let labels = series.labels.clone();
    (series, HistogramSeries { labels, samples: now })
}

/// The last values before `at` of the counters that native histograms are made into, as far back as the server is willing
/// to look.
pub(super) async fn last_values(
    selector: &Selector,
    cut_at: &[f64],
    source: &dyn Source,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<Vec<Point>, EvaluateError> {
    let near = TimeRange::new(at - REACH, at);
    let mut last: BTreeMap<Labels, HistogramSeries> = BTreeMap::new();
    let mut add = |series: Vec<HistogramSeries>| {
        for series in series {
            last.entry(series.labels.without(&[METRIC_NAME])).or_insert(series);
        }
    };
    add(warnings.take(source.histograms(selector, cut_at, near, usize::MAX).await?));
    // Those that were there before, in stretches of time that have the last samples of several.
    let mut ends: Vec<Timestamp> = when_seen_last(selector, source, at, warnings)
        .await?
        .into_iter()
        .map(|point| Timestamp::from_seconds_f64(point.value))
        .filter(|seen| *seen <= near.after)
        .collect();
    ends.sort_unstable();
    let mut stretches: Vec<TimeRange> = Vec::new();
    for end in ends.into_iter().rev() {
        let stretch = TimeRange::new(end - Span::SECOND, (end + LOOK).min(at));
        let known = stretches.len();
        match stretches.last_mut() {
            Some(later) if stretch.until >= later.after - REACH => later.after = stretch.after,
            _ if known < MOST_ENDS => stretches.push(stretch),
            _ => break,
        }
    }
    for stretch in stretches {
        add(warnings.take(source.histograms(selector, cut_at, stretch, usize::MAX).await?));
    }
    let mut points = Vec::new();
    for mut series in last.into_values() {
        let newest = series.samples.split_off(series.samples.len().saturating_sub(1));
        let newest = HistogramSeries { labels: series.labels, samples: newest };
        for counter in Histograms::default().before(&newest, cut_at) {
            points.extend(
                counter
                    .samples
                    .last()
                    .map(|last| Point { labels: counter.labels.clone(), value: last.value }),
            );
        }
    }
    Ok(points)
}

/// When each histogram had its last sample that a look each [`LOOK`] sees.
async fn when_seen_last(
    selector: &Selector,
    source: &dyn Source,
    at: Timestamp,
    warnings: &mut ReadWarnings,
) -> Result<Vec<Point>, EvaluateError> {
    for length in BASELINES {
        let (length, look) = (duration::format(length), duration::format(LOOK));
        match source.instant(&format!("max_over_time(timestamp({selector})[{length}:{look}])"), at).await {
            Ok(answer) => return Ok(warnings.take(answer)),
            Err(
                SourceError::TooLarge { .. } | SourceError::BadQuery { .. } | SourceError::Timeout { .. },
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Vec::new())
}

/// False of those counters of a native histogram that have the same samples as the one of all observations.
pub(super) fn is_scraped(plan: &RawPlan, series: &Series) -> bool {
    let is_of = |read: &Read| read.cut_at.is_some() && read.selector.metric() == series.labels.metric();
    series.labels.get(LE) == "+Inf" || !plan.reads.iter().any(is_of)
}

/// A point about a histogram, as points about the counters that it is made into; any other as it is.
pub(super) fn points_of(read: &Read, point: Point) -> Vec<Point> {
    let Some(cut_at) = &read.cut_at else { return vec![point] };
    let around = cut_at.iter().map(|threshold| format!("around {threshold}"));
    let below = cut_at.iter().map(f64::to_string);
    let bounds = std::iter::once("+Inf".to_owned()).chain(below).chain(around);
    let with = |bound: String| {
        let mut point = point.clone();
        point.labels.set(LE, bound);
        point
    };
    bounds.map(with).collect()
}

/// What is said of observations around thresholds that are no edges: between which numbers the bad events are, where so
/// many were counted, and one more below a threshold makes it `slope` more.
pub(super) fn undecided(histograms: &Histograms, events: f64, (bad, slope): (f64, f64)) -> Vec<String> {
    let other = (bad + slope * events).max(0.0);
    let (least, most) = (bad.min(other), bad.max(other));
    let told = |(threshold, (lower, upper)): (f64, (f64, f64))| {
        format!(
            "{threshold} is not a bucket edge of the native histogram, it lies between {lower} and {upper}: observations between these are counted as above it, {events:.0} in what was read, so that there were {least:.0} to {most:.0} bad events; set the objective's value to {lower} or {upper} to count exactly"
        )
    };
    histograms.edges().map(told).collect()
}
