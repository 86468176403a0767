//! The values an expression has over a grid of times, and what a query answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::Failure;
use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::{Span, Timestamp};
use slo_model::source::{Sample, Series};

/// The moments at which an expression is evaluated: `start`, `start + step`, …, `count` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub start: Timestamp,
    pub step: Span,
    pub count: usize,
}

impl Grid {
    /// One moment.
    pub fn instant(at: Timestamp) -> Self {
        Self { start: at, step: Span::MILLISECOND, count: 1 }
    }

    /// From `start` to `end`, both included; empty when `end` is before `start`.
    pub fn range(start: Timestamp, end: Timestamp, step: Span) -> Self {
        let count =
            if end < start { 0 } else { ((end - start) / step.max(Span::MILLISECOND)).saturating_add(1) };
        Self { start, step, count: usize::try_from(count).unwrap_or(usize::MAX) }
    }

    /// The last moment.
    pub fn end(&self) -> Timestamp {
        self.start + self.step * (self.count.max(1) as i64 - 1)
    }

    /// Every moment, in order.
    pub fn times(&self) -> impl Iterator<Item = Timestamp> {
        let Self { start, step, count } = *self;
        (0..count as i64).map(move |number| start + step * number)
    }
}

/// An element of an instant vector, over the grid: a hole where it has no value.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub labels: Arc<Labels>,
    pub values: Vec<Option<f64>>,
}

impl Row {
    /// A row that has no value anywhere yet.
    pub fn empty(labels: Arc<Labels>, grid: Grid) -> Self {
        Self { labels, values: vec![None; grid.count] }
    }

    /// The value at one step.
    pub fn at(&self, step: usize) -> Option<f64> {
        self.values.get(step).copied().flatten()
    }

    /// Sets the value at one step; a step outside the grid does not exist.
    pub fn set(&mut self, step: usize, value: f64) {
        if let Some(slot) = self.values.get_mut(step) {
            *slot = Some(value);
        }
    }

    /// True when it has a value somewhere.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }
}

/// What an expression is over a grid. Range vectors are read by the functions that take them and never stand alone.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// One number per step.
    Scalar(Vec<f64>),
    /// An instant vector per step.
    Vector(Vec<Row>),
    /// A string literal.
    Text(String),
}

/// The labels without the metric's name.
pub(super) fn nameless(labels: &Arc<Labels>) -> Arc<Labels> {
    if labels.metric().is_empty() {
        return Arc::clone(labels);
    }
    Arc::new(labels.without(&[METRIC_NAME]))
}

/// Joins rows whose labels have become equal. Two values at one step are an error, as in Prometheus.
pub(super) fn merge(rows: Vec<Row>) -> Result<Vec<Row>, Failure> {
    let mut merged: Vec<Row> = Vec::with_capacity(rows.len());
    let mut places: HashMap<Arc<Labels>, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        match places.entry(Arc::clone(&row.labels)) {
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(row);
            }
            Entry::Occupied(entry) => {
                let Some(target) = merged.get_mut(*entry.get()) else { continue };
                for (slot, value) in target.values.iter_mut().zip(row.values) {
                    if slot.is_some() && value.is_some() {
                        return Err(Failure::Execution(
                            "vector cannot contain metrics with the same labelset".to_owned(),
                        ));
                    }
                    *slot = slot.or(value);
                }
            }
        }
    }
    Ok(merged)
}

/// What a query answers, as Prometheus' API has it.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryValue {
    /// A number.
    Scalar(Sample),
    /// A string literal, at a time.
    Text(Timestamp, String),
    /// An instant vector: every series has exactly one sample.
    Vector(Vec<Series>),
    /// A range vector, or the result of a range query.
    Matrix(Vec<Series>),
}

impl QueryValue {
    /// The API's name of the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Text(..) => "string",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
        }
    }
}

/// A value over one moment, as an answer.
pub(super) fn instant_answer(value: Value, at: Timestamp) -> QueryValue {
    match value {
        Value::Scalar(values) => {
            let value = values.first().copied().unwrap_or(f64::NAN);
            QueryValue::Scalar(Sample { at, value })
        }
        Value::Text(text) => QueryValue::Text(at, text),
        Value::Vector(rows) => QueryValue::Vector(
            rows.into_iter()
                .filter_map(|row| {
                    let value = row.at(0)?;
                    Some(Series { labels: owned(row.labels), samples: vec![Sample { at, value }] })
                })
                .collect(),
        ),
    }
}

/// A value over a grid, as the answer of a range query: sorted by labels, rows without a value left out.
pub(super) fn range_answer(value: Value, grid: Grid) -> QueryValue {
    let rows = match value {
        Value::Scalar(values) => {
            vec![Row { labels: Arc::default(), values: values.into_iter().map(Some).collect() }]
        }
        Value::Vector(rows) => rows,
        Value::Text(_) => Vec::new(),
    };
    let mut matrix: Vec<Series> = rows
        .into_iter()
        .filter(Row::has_values)
        .map(|row| Series {
            samples: grid
                .times()
                .zip(&row.values)
                .filter_map(|(at, value)| value.map(|value| Sample { at, value }))
                .collect(),
            labels: owned(row.labels),
        })
        .collect();
    matrix.sort_by(|one, other| one.labels.cmp(&other.labels));
    QueryValue::Matrix(matrix)
}

/// The labels themselves, without a copy when nobody else holds them.
pub(super) fn owned(labels: Arc<Labels>) -> Labels {
    Arc::try_unwrap(labels).unwrap_or_else(|shared| (*shared).clone())
}
