//! The functions over instant vectors and scalars, and the table of all names.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Months, NaiveDate, Timelike, Utc};

use super::plan::Node;
use super::run::Evaluator;
use super::value::{Grid, Row, Value, merge, nameless};
use super::window::{self, WindowFunction};
use super::{Failure, histogram, labels};
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::promql::{MatchOp, Selector};

/// A function of PromQL.
#[derive(Debug)]
pub(super) enum Function {
    /// Value by value.
    Math(fn(f64) -> f64),
    /// A part of a date, of a vector's values or of the evaluation time.
    Calendar(fn(DateTime<Utc>) -> u32),
    /// Over a range vector.
    Window(WindowFunction),
    Absent,
    AbsentOverTime,
    Clamp,
    ClampMin,
    ClampMax,
    Round,
    Scalar,
    Vector,
    Time,
    Pi,
    Timestamp,
    Sort,
    SortDesc,
    LabelReplace,
    LabelJoin,
    HistogramQuantile,
    /// Of native histograms only: float samples give nothing.
    NativeHistogram,
}

impl Function {
    /// The function of this name, if this engine has it.
    pub fn named(name: &str) -> Option<Self> {
        if let Some(window) = WindowFunction::named(name) {
            return Some(Self::Window(window));
        }
        if let Some(math) = math(name) {
            return Some(Self::Math(math));
        }
        Some(match name {
            "minute" => Self::Calendar(|at| at.minute()),
            "hour" => Self::Calendar(|at| at.hour()),
            "day_of_week" => Self::Calendar(|at| at.weekday().num_days_from_sunday()),
            "day_of_month" => Self::Calendar(|at| at.day()),
            "day_of_year" => Self::Calendar(|at| at.ordinal()),
            "days_in_month" => Self::Calendar(days_in_month),
            "month" => Self::Calendar(|at| at.month()),
            "year" => Self::Calendar(|at| u32::try_from(at.year()).unwrap_or(0)),
            "absent" => Self::Absent,
            "absent_over_time" => Self::AbsentOverTime,
            "clamp" => Self::Clamp,
            "clamp_min" => Self::ClampMin,
            "clamp_max" => Self::ClampMax,
            "round" => Self::Round,
            "scalar" => Self::Scalar,
            "vector" => Self::Vector,
            "time" => Self::Time,
            "pi" => Self::Pi,
            "timestamp" => Self::Timestamp,
            "sort" => Self::Sort,
            "sort_desc" => Self::SortDesc,
            "label_replace" => Self::LabelReplace,
            "label_join" => Self::LabelJoin,
            "histogram_quantile" => Self::HistogramQuantile,
            "histogram_count" | "histogram_sum" | "histogram_avg" | "histogram_stddev"
            | "histogram_stdvar" | "histogram_fraction" => Self::NativeHistogram,
            _ => return None,
        })
    }
}

fn math(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "sqrt" => f64::sqrt,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        "asin" => f64::asin,
        "acos" => f64::acos,
        "atan" => f64::atan,
        "sinh" => f64::sinh,
        "cosh" => f64::cosh,
        "tanh" => f64::tanh,
        "asinh" => f64::asinh,
        "acosh" => f64::acosh,
        "atanh" => f64::atanh,
        "deg" => f64::to_degrees,
        "rad" => f64::to_radians,
        // `signum` of 0 is 1 in Rust and 0 in PromQL.
        "sgn" => |value| if value == 0.0 { value } else { value.signum() },
        _ => return None,
    })
}

fn days_in_month(at: DateTime<Utc>) -> u32 {
    let first = NaiveDate::from_ymd_opt(at.year(), at.month(), 1);
    let last =
        first.and_then(|first| first.checked_add_months(Months::new(1))).and_then(|next| next.pred_opt());
    last.map_or(0, |last| last.day())
}

/// The larger of two, NaN if either is, as Go's `math.Max`.
pub(super) fn max_of(one: f64, other: f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::NAN } else { one.max(other) }
}

/// The smaller of two, NaN if either is, as Go's `math.Min`.
pub(super) fn min_of(one: f64, other: f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::NAN } else { one.min(other) }
}

/// `-v`.
pub(super) fn negate(value: Value) -> Result<Value, Failure> {
    match value {
        Value::Scalar(values) => Ok(Value::Scalar(values.into_iter().map(|value| -value).collect())),
        Value::Vector(rows) => map(rows, |_, value| Some(-value)).map(Value::Vector),
        Value::Text(_) => Err(Failure::Execution("a string cannot be negated".to_owned())),
    }
}

/// Changes every value and drops the metric's name, as all functions but a few do.
fn map(rows: Vec<Row>, change: impl Fn(usize, f64) -> Option<f64>) -> Result<Vec<Row>, Failure> {
    let changed = rows.into_iter().map(|row| Row {
        labels: nameless(&row.labels),
        values: row
            .values
            .into_iter()
            .enumerate()
            .map(|(step, value)| value.and_then(|value| change(step, value)))
            .collect(),
    });
    merge(changed.collect())
}

/// Evaluates a call. Number and types of arguments were checked by the parser; what is missing here is an error all
/// the same, never a panic.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &str,
    function: &Function,
    arguments: &[Node],
    grid: Grid,
) -> Result<Value, Failure> {
    let argument = |position: usize| {
        arguments
            .get(position)
            .ok_or_else(|| Failure::BadData(format!("argument {} of {name}() is missing", position + 1)))
    };
    let vector = |position: usize| evaluator.vector(argument(position)?, grid);
    let scalar = |position: usize| evaluator.scalar(argument(position)?, grid);
    let rows = match function {
        Function::Math(math) => map(vector(0)?, |_, value| Some(math(value)))?,
        Function::Calendar(part) => match arguments.first() {
            Some(given) => map(evaluator.vector(given, grid)?, |_, value| Some(calendar(*part, value)))?,
            None => alone(grid.times().map(|at| Some(calendar(*part, at.as_seconds_f64()))).collect()),
        },
        Function::Window(window) => window::eval(evaluator, window, arguments, grid)?,
        Function::Absent => {
            let rows = vector(0)?;
            let present = |step: usize| rows.iter().any(|row| row.at(step).is_some());
            absent(argument(0)?, grid, present)
        }
        Function::AbsentOverTime => {
            let ranges = evaluator.ranges(argument(0)?, grid)?;
            let present = window::present(&ranges, grid);
            absent(argument(0)?, grid, |step| present.get(step).copied().unwrap_or(false))
        }
        Function::Clamp | Function::ClampMin | Function::ClampMax | Function::Round => {
            bounded(function, vector(0)?, &(1..arguments.len()).map(scalar).collect::<Result<Vec<_>, _>>()?)?
        }
        Function::Scalar => return Ok(Value::Scalar(only_value(&vector(0)?, grid))),
        Function::Vector => alone(scalar(0)?.into_iter().map(Some).collect()),
        Function::Time => return Ok(Value::Scalar(grid.times().map(Timestamp::as_seconds_f64).collect())),
        Function::Pi => return Ok(Value::Scalar(vec![std::f64::consts::PI; grid.count])),
        Function::Timestamp => timestamp(evaluator, argument(0)?, grid)?,
        Function::Sort => sorted(vector(0)?, f64::total_cmp),
        Function::SortDesc => sorted(vector(0)?, |one, other| other.total_cmp(one)),
        Function::LabelReplace => labels::replace(vector(0)?, arguments)?,
        Function::LabelJoin => labels::join(vector(0)?, arguments)?,
        Function::HistogramQuantile => histogram::quantiles(&scalar(0)?, vector(1)?, grid)?,
        Function::NativeHistogram => Vec::new(),
    };
    Ok(Value::Vector(rows))
}

/// `clamp`, its halves, and `round`: each value against the scalars of its step.
fn bounded(function: &Function, rows: Vec<Row>, scalars: &[Vec<f64>]) -> Result<Vec<Row>, Failure> {
    let scalar = |place: usize, step: usize| scalars.get(place).map(|values| at(values, step));
    map(rows, |step, value| {
        let first = scalar(0, step);
        match function {
            Function::Clamp => {
                let (low, high) = (first?, scalar(1, step)?);
                (low <= high || low.is_nan() || high.is_nan()).then(|| max_of(low, min_of(high, value)))
            }
            Function::ClampMin => Some(max_of(first?, value)),
            Function::ClampMax => Some(min_of(first?, value)),
            _ => {
                let inverse = 1.0 / first.unwrap_or(1.0);
                Some((value * inverse + 0.5).floor() / inverse)
            }
        }
    })
}

/// A vector of one element without labels.
fn alone(values: Vec<Option<f64>>) -> Vec<Row> {
    vec![Row { labels: Arc::default(), values }]
}

fn at(values: &[f64], step: usize) -> f64 {
    values.get(step).copied().unwrap_or(f64::NAN)
}

fn calendar(part: fn(DateTime<Utc>) -> u32, seconds: f64) -> f64 {
    if seconds.is_nan() {
        return f64::NAN;
    }
    DateTime::from_timestamp(seconds as i64, 0).map_or(f64::NAN, |at| f64::from(part(at)))
}

/// The value of the only element, NaN when there is none or more than one.
fn only_value(rows: &[Row], grid: Grid) -> Vec<f64> {
    (0..grid.count)
        .map(|step| {
            let mut values = rows.iter().filter_map(|row| row.at(step));
            match (values.next(), values.next()) {
                (Some(value), None) => value,
                _ => f64::NAN,
            }
        })
        .collect()
}

/// `timestamp(selector)` tells when the sample was taken; of anything else, the time of evaluation.
fn timestamp(evaluator: &Evaluator<'_>, node: &Node, grid: Grid) -> Result<Vec<Row>, Failure> {
    if let Node::Instant { selector, shift } = node {
        return map(
            evaluator.latest(selector, *shift, grid, |sample| sample.at.as_seconds_f64())?,
            |_, at| Some(at),
        );
    }
    let times: Vec<f64> = grid.times().map(Timestamp::as_seconds_f64).collect();
    map(evaluator.vector(node, grid)?, |step, _| Some(at(&times, step)))
}

/// Sorted by value, NaN last. Only an instant query has an order to speak of.
fn sorted(mut rows: Vec<Row>, compare: fn(&f64, &f64) -> std::cmp::Ordering) -> Vec<Row> {
    rows.sort_by(|one, other| match (one.at(0), other.at(0)) {
        (Some(one), Some(other)) => one.is_nan().cmp(&other.is_nan()).then_with(|| compare(&one, &other)),
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
    rows
}

/// One element with 1 where nothing is present, labelled with what the selector asked for by `=`.
fn absent(node: &Node, grid: Grid, present: impl Fn(usize) -> bool) -> Vec<Row> {
    let labels = match node {
        Node::Instant { selector, .. } | Node::Range { selector, .. } => asked_for(selector),
        _ => Labels::new(),
    };
    let mut row = Row::empty(Arc::new(labels), grid);
    for step in (0..grid.count).filter(|step| !present(*step)) {
        row.set(step, 1.0);
    }
    if row.has_values() { vec![row] } else { Vec::new() }
}

/// The labels that `=` matchers name; a label that is matched twice, or otherwise, is left out.
fn asked_for(selector: &Selector) -> Labels {
    let matchers = selector.matchers();
    matchers
        .iter()
        .filter(|matcher| {
            matcher.op() == MatchOp::Equal
                && matchers.iter().filter(|other| other.name() == matcher.name()).count() == 1
        })
        .map(|matcher| (matcher.name(), matcher.value()))
        .collect()
}
