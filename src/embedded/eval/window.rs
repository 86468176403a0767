//! The functions over range vectors: each sees the samples of one left-open window.

use super::Failure;
use super::plan::Node;
use super::run::{Evaluator, Ranges};
use super::value::{Grid, Row, merge, nameless};
use slo_core::time::{Span, Timestamp};
use slo_model::source::Sample;

/// Samples looked at before the time limit is looked at again: about a millisecond.
const WORK_BETWEEN_CHECKS: usize = 1_000_000;

/// One series' samples in `(start, end]`, and the moment of evaluation.
struct Window<'a> {
    samples: &'a [Sample],
    start: Timestamp,
    end: Timestamp,
    at: Timestamp,
}

/// A function over a range vector.
#[derive(Debug)]
pub(super) struct WindowFunction {
    apply: fn(&Window<'_>, &[f64]) -> Option<f64>,
    /// Which argument is the range vector; the others are scalars.
    range: usize,
    keeps_name: bool,
    /// The scalars are factors between 0 and 1.
    factors: bool,
}

impl WindowFunction {
    /// The function of this name, if it is one over ranges.
    pub fn named(name: &str) -> Option<Self> {
        let apply: fn(&Window<'_>, &[f64]) -> Option<f64> = match name {
            "rate" => |window, _| extrapolated(window, true, true),
            "increase" => |window, _| extrapolated(window, true, false),
            "delta" => |window, _| extrapolated(window, false, false),
            "irate" => |window, _| last_step(window, true),
            "idelta" => |window, _| last_step(window, false),
            "changes" => {
                |window, _| count_pairs(window, |one, next| next != one && !(next.is_nan() && one.is_nan()))
            }
            "resets" => |window, _| count_pairs(window, |one, next| next < one),
            "avg_over_time" => |window, _| Some(mean(window.samples)),
            "sum_over_time" => |window, _| Some(sum(window.samples.iter().map(|sample| sample.value))),
            "min_over_time" => |window, _| extreme(window, |value, best| value < best),
            "max_over_time" => |window, _| extreme(window, |value, best| value > best),
            "count_over_time" => |window, _| Some(window.samples.len() as f64),
            "last_over_time" => |window, _| window.samples.last().map(|sample| sample.value),
            "present_over_time" => |_, _| Some(1.0),
            "stddev_over_time" => |window, _| Some(variance(window.samples).sqrt()),
            "stdvar_over_time" => |window, _| Some(variance(window.samples)),
            "quantile_over_time" => |window, scalars| {
                let mut values: Vec<f64> = window.samples.iter().map(|sample| sample.value).collect();
                Some(quantile(*scalars.first()?, &mut values))
            },
            "deriv" => |window, _| {
                let from = window.samples.first()?.at;
                (window.samples.len() > 1).then(|| regression(window.samples, from).0)
            },
            "predict_linear" => |window, scalars| {
                let ahead = *scalars.first()?;
                let (slope, intercept) = regression(window.samples, window.at);
                (window.samples.len() > 1).then_some(slope * ahead + intercept)
            },
            "holt_winters" | "double_exponential_smoothing" => {
                |window, scalars| smoothed(window.samples, *scalars.first()?, *scalars.get(1)?)
            }
            _ => return None,
        };
        Some(Self {
            apply,
            range: usize::from(name == "quantile_over_time"),
            keeps_name: name == "last_over_time",
            factors: matches!(name, "holt_winters" | "double_exponential_smoothing"),
        })
    }
}

/// Evaluates a function over a range vector.
pub(super) fn eval(
    evaluator: &Evaluator<'_>,
    function: &WindowFunction,
    arguments: &[Node],
    grid: Grid,
) -> Result<Vec<Row>, Failure> {
    let range =
        arguments.get(function.range).ok_or_else(|| Failure::BadData("a range vector is missing".into()))?;
    let scalars = arguments
        .iter()
        .enumerate()
        .filter(|(position, _)| *position != function.range)
        .map(|(_, node)| evaluator.scalar(node, grid))
        .collect::<Result<Vec<_>, _>>()?;
    let factor = |value: &f64| *value > 0.0 && *value < 1.0;
    if function.factors && !scalars.iter().flatten().all(factor) {
        return Err(Failure::Execution("smoothing and trend factors must lie between 0 and 1".to_owned()));
    }
    let ranges = evaluator.ranges(range, grid)?;
    evaluator.spend(ranges.series.len().saturating_mul(grid.count))?;
    let mut rows = Vec::with_capacity(ranges.series.len());
    for (labels, samples) in &ranges.series {
        evaluator.check()?;
        let labels = if function.keeps_name { labels.clone() } else { nameless(labels) };
        let mut row = Row::empty(labels, grid);
        let mut work = 0;
        for (step, at) in grid.times().enumerate() {
            let window = window(&ranges, samples, at);
            if window.samples.is_empty() {
                continue;
            }
            work += window.samples.len();
            if work > WORK_BETWEEN_CHECKS {
                work = 0;
                evaluator.check()?;
            }
            let scalars: Vec<f64> = scalars.iter().filter_map(|values| values.get(step).copied()).collect();
            if let Some(value) = (function.apply)(&window, &scalars) {
                row.set(step, value);
            }
        }
        if row.has_values() {
            rows.push(row);
        }
    }
    merge(rows)
}

/// For each step, whether any series has a sample in the window.
pub(super) fn present(ranges: &Ranges, grid: Grid) -> Vec<bool> {
    grid.times()
        .map(|at| ranges.series.iter().any(|(_, samples)| !window(ranges, samples, at).samples.is_empty()))
        .collect()
}

fn window<'a>(ranges: &Ranges, samples: &'a [Sample], at: Timestamp) -> Window<'a> {
    let end = ranges.end(at);
    let start = end - ranges.range;
    let from = samples.partition_point(|sample| sample.at <= start);
    let until = samples.partition_point(|sample| sample.at <= end);
    Window { samples: samples.get(from..until).unwrap_or_default(), start, end, at }
}

/// Pairs of neighbouring values.
fn pairs(samples: &[Sample]) -> impl Iterator<Item = (f64, f64)> {
    samples.iter().zip(samples.iter().skip(1)).map(|(one, next)| (one.value, next.value))
}

/// `rate`, `increase` and `delta`: the difference between first and last sample, counter resets added, stretched to
/// the window's edges where a sample may have been just outside (Prometheus' `extrapolatedRate`).
fn extrapolated(window: &Window<'_>, counter: bool, per_second: bool) -> Option<f64> {
    let [first, .., last] = window.samples else { return None };
    let mut change = last.value - first.value;
    if counter {
        change += pairs(window.samples).filter(|(one, next)| next < one).map(|(one, _)| one).sum::<f64>();
    }
    let seconds = |from: Timestamp, to: Timestamp| (to - from).as_seconds_f64();
    let mut to_start = seconds(window.start, first.at);
    let to_end = seconds(last.at, window.end);
    let sampled = seconds(first.at, last.at);
    let between = sampled / (window.samples.len() - 1) as f64;
    if counter && change > 0.0 && first.value >= 0.0 {
        // A counter does not go below zero: do not extrapolate to before it was zero.
        to_start = to_start.min(sampled * (first.value / change));
    }
    let edge = |gap: f64| if gap < between * 1.1 { gap } else { between / 2.0 };
    let mut factor = (sampled + edge(to_start) + edge(to_end)) / sampled;
    if per_second {
        factor /= seconds(window.start, window.end);
    }
    Some(change * factor)
}

/// `irate` and `idelta`: the last two samples.
fn last_step(window: &Window<'_>, rate: bool) -> Option<f64> {
    let [.., one, last] = window.samples else { return None };
    if !rate {
        return Some(last.value - one.value);
    }
    let change = if last.value < one.value { last.value } else { last.value - one.value };
    let elapsed = last.at - one.at;
    (elapsed > Span::ZERO).then(|| change / elapsed.as_seconds_f64())
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for all window functions")]
fn count_pairs(window: &Window<'_>, counts: fn(f64, f64) -> bool) -> Option<f64> {
    Some(pairs(window.samples).filter(|(one, next)| counts(*one, *next)).count() as f64)
}

/// The first value that no later one beats; NaN only when there is nothing else.
fn extreme(window: &Window<'_>, beats: fn(f64, f64) -> bool) -> Option<f64> {
    let mut values = window.samples.iter().map(|sample| sample.value);
    let first = values.next()?;
    Some(values.fold(first, |best, value| if best.is_nan() || beats(value, best) { value } else { best }))
}

/// A sum that keeps what rounding loses (Neumaier), as Prometheus does.
pub(super) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0f64);
    for value in values {
        let next = total + value;
        if !next.is_finite() {
            lost = 0.0;
        } else if total.abs() >= value.abs() {
            lost += (total - next) + value;
        } else {
            lost += (value - next) + total;
        }
        total = next;
    }
    total + lost
}

fn mean(samples: &[Sample]) -> f64 {
    sum(samples.iter().map(|sample| sample.value)) / samples.len() as f64
}

fn variance(samples: &[Sample]) -> f64 {
    spread(samples.iter().map(|sample| sample.value))
}

/// The population variance, in one pass (Welford).
pub(super) fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    squares / count
}

/// The φ-quantile by linear interpolation between ranks; NaNs sort first.
pub(super) fn quantile(phi: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || phi.is_nan() {
        return f64::NAN;
    }
    if phi < 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|one, other| other.is_nan().cmp(&one.is_nan()).then_with(|| one.total_cmp(other)));
    let last = values.len() - 1;
    let rank = phi * last as f64;
    let lower = rank.floor() as usize;
    let weight = rank - rank.floor();
    match (values.get(lower), values.get((lower + 1).min(last))) {
        (Some(lower), Some(upper)) => lower * (1.0 - weight) + upper * weight,
        _ => f64::NAN,
    }
}

/// Slope per second, and the value of the line at `from`, by least squares.
fn regression(samples: &[Sample], from: Timestamp) -> (f64, f64) {
    let points: Vec<(f64, f64)> =
        samples.iter().map(|sample| ((sample.at - from).as_seconds_f64(), sample.value)).collect();
    let first = points.first().map_or(f64::NAN, |(_, y)| *y);
    if points.iter().all(|(_, y)| *y == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let count = points.len() as f64;
    let sum_x = sum(points.iter().map(|(x, _)| *x));
    let sum_y = sum(points.iter().map(|(_, y)| *y));
    let covariance = sum(points.iter().map(|(x, y)| x * y)) - sum_x * sum_y / count;
    let variance = sum(points.iter().map(|(x, _)| x * x)) - sum_x * sum_x / count;
    let slope = covariance / variance;
    (slope, sum_y / count - slope * sum_x / count)
}

/// Double exponential smoothing (Holt and Winters without seasons).
fn smoothed(samples: &[Sample], smoothing: f64, trending: f64) -> Option<f64> {
    let [first, second, ..] = samples else { return None };
    let (mut before, mut level) = (0.0, first.value);
    let mut trend = second.value - first.value;
    for (position, sample) in samples.iter().skip(1).enumerate() {
        if position > 0 {
            trend = trending * (level - before) + (1.0 - trending) * trend;
        }
        let next = smoothing * sample.value + (1.0 - smoothing) * (level + trend);
        (before, level) = (level, next);
    }
    Some(level)
}
