//! Walks an expression over a grid: selectors, subqueries and dispatch; operators and functions are next door.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use super::plan::{At, Node, Shift};
use super::value::{Grid, QueryValue, Row, Value, owned};
use super::{Failure, Limits, aggregate, binary, functions};
use crate::store::{ReadLimits, Store, is_stale};
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::source::{Sample, Series};

/// How far back an instant selector looks for a sample, as in Prometheus.
const LOOKBACK: Span = Span::minutes(5);
/// The step of a subquery that names none: Prometheus' default evaluation interval.
const SUBQUERY_STEP: Span = Span::minutes(1);
/// Steps of one subquery over its whole grid: a millisecond step over days is a mistake, not a question.
const MAX_SUBQUERY_STEPS: usize = 2_000_000;

/// What `@ start()` and `@ end()` mean: the end as it was asked for, which the last step may not reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// One evaluation: where samples come from and what it may cost.
pub(super) struct Evaluator<'a> {
    store: &'a Store,
    limits: Limits,
    deadline: Option<Instant>,
    query: Bounds,
    spent: Cell<usize>,
}

/// A series of a range vector.
pub(super) type Sampled = (Arc<Labels>, Vec<Sample>);

/// The series of a range vector, and how its windows lie on the grid.
pub(super) struct Ranges {
    pub series: Vec<Sampled>,
    pub range: Span,
    shift: Shift,
    query: Bounds,
}

impl Ranges {
    /// Where the window of the step at `at` ends.
    pub fn end(&self, at: Timestamp) -> Timestamp {
        moved(at, self.shift, self.query)
    }
}

impl<'a> Evaluator<'a> {
    /// An evaluator of a query that was asked for `query`.
    pub fn new(store: &'a Store, limits: Limits, query: Bounds) -> Self {
        Self { store, limits, deadline: super::deadline(limits.timeout), query, spent: Cell::new(0) }
    }

    /// The value of an expression that is not a range vector.
    pub fn eval(&self, node: &Node, grid: Grid) -> Result<Value, Failure> {
        self.check()?;
        match node {
            Node::Number(number) => Ok(Value::Scalar(vec![*number; grid.count])),
            Node::Text(text) => Ok(Value::Text(text.clone())),
            Node::Instant { selector, shift } => {
                self.latest(selector, *shift, grid, |sample| sample.value).map(Value::Vector)
            }
            Node::Negate(inner) => functions::negate(self.eval(inner, grid)?),
            Node::Binary(inner) => binary::eval(self, inner, grid),
            Node::Aggregate(inner) => aggregate::eval(self, inner, grid).map(Value::Vector),
            Node::Call { name, function, arguments } => {
                functions::call(self, name, function, arguments, grid)
            }
            Node::Range { .. } | Node::Subquery { .. } => {
                Err(Failure::Execution("a range vector stands where an instant vector is needed".to_owned()))
            }
        }
    }

    /// The rows of an expression that is an instant vector.
    pub fn vector(&self, node: &Node, grid: Grid) -> Result<Vec<Row>, Failure> {
        match self.eval(node, grid)? {
            Value::Vector(rows) => Ok(rows),
            Value::Scalar(_) | Value::Text(_) => {
                Err(Failure::Execution("an instant vector is needed here".to_owned()))
            }
        }
    }

    /// The values of an expression that is a scalar.
    pub fn scalar(&self, node: &Node, grid: Grid) -> Result<Vec<f64>, Failure> {
        match self.eval(node, grid)? {
            Value::Scalar(values) => Ok(values),
            Value::Vector(_) | Value::Text(_) => {
                Err(Failure::Execution("a scalar is needed here".to_owned()))
            }
        }
    }

    /// An instant selector: for each step the latest sample within the lookback, unless it says the series ended.
    pub fn latest(
        &self,
        selector: &Selector,
        shift: Shift,
        grid: Grid,
        pick: impl Fn(&Sample) -> f64,
    ) -> Result<Vec<Row>, Failure> {
        let series = self.read(selector, self.reach(shift, grid, LOOKBACK))?;
        self.spend(series.len().saturating_mul(grid.count))?;
        let mut rows = Vec::with_capacity(series.len());
        for Series { labels, samples } in series {
            self.check()?;
            let mut row = Row::empty(Arc::new(labels), grid);
            for (step, at) in grid.times().enumerate() {
                let at = moved(at, shift, self.query);
                let until = samples.partition_point(|sample| sample.at <= at);
                let latest = until.checked_sub(1).and_then(|last| samples.get(last));
                if let Some(latest) = latest
                    && latest.at > at - LOOKBACK
                    && !is_stale(latest.value)
                {
                    row.set(step, pick(latest));
                }
            }
            if row.has_values() {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The series of an expression that is a range vector, stale markers taken out.
    pub fn ranges(&self, node: &Node, grid: Grid) -> Result<Ranges, Failure> {
        let (series, range, shift) = match node {
            Node::Range { selector, shift, range } => {
                let mut series = self.read(selector, self.reach(*shift, grid, *range))?;
                for one in &mut series {
                    one.samples.retain(|sample| !is_stale(sample.value));
                }
                let series = series.into_iter().map(|one| (Arc::new(one.labels), one.samples)).collect();
                (series, *range, *shift)
            }
            Node::Subquery { inner, shift, range, step } => {
                let step = step.unwrap_or(SUBQUERY_STEP);
                (self.subquery(inner, self.reach(*shift, grid, *range), step)?, *range, *shift)
            }
            Node::Number(_)
            | Node::Text(_)
            | Node::Instant { .. }
            | Node::Negate(_)
            | Node::Binary(_)
            | Node::Aggregate(_)
            | Node::Call { .. } => {
                return Err(Failure::Execution("a range vector is needed here".to_owned()));
            }
        };
        Ok(Ranges { series, range, shift, query: self.query })
    }

    /// A range vector as the answer of an instant query: the samples with their own times.
    pub fn matrix(&self, node: &Node, grid: Grid) -> Result<QueryValue, Failure> {
        let ranges = self.ranges(node, grid)?;
        let series = ranges.series.into_iter().filter(|(_, samples)| !samples.is_empty());
        Ok(QueryValue::Matrix(
            series.map(|(labels, samples)| Series { labels: owned(labels), samples }).collect(),
        ))
    }

    /// The inner expression of a subquery at every multiple of its step inside `range`.
    fn subquery(&self, inner: &Node, range: TimeRange, step: Span) -> Result<Vec<Sampled>, Failure> {
        let first = range.after.align_down(step) + step;
        let grid = Grid::range(first, range.until, step);
        if grid.count > MAX_SUBQUERY_STEPS {
            return Err(Failure::Execution(format!(
                "a subquery has more than {MAX_SUBQUERY_STEPS} steps; use a longer step or a shorter range"
            )));
        }
        if grid.count == 0 {
            return Ok(Vec::new());
        }
        let rows = match self.eval(inner, grid)? {
            Value::Vector(rows) => rows,
            Value::Scalar(values) => {
                vec![Row { labels: Arc::default(), values: values.into_iter().map(Some).collect() }]
            }
            Value::Text(_) => return Err(Failure::Execution("a subquery of a string".to_owned())),
        };
        self.spend(rows.len().saturating_mul(grid.count))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let samples = grid.times().zip(&row.values);
                let samples = samples.filter_map(|(at, value)| value.map(|value| Sample { at, value }));
                (row.labels, samples.collect())
            })
            .collect())
    }

    /// What a selector over `grid` that looks `back` behind each step has to read.
    fn reach(&self, shift: Shift, grid: Grid, back: Span) -> TimeRange {
        let first = moved(grid.start, shift, self.query);
        let last = moved(grid.end(), shift, self.query);
        TimeRange::new(first - back, last)
    }

    fn read(&self, selector: &Selector, range: TimeRange) -> Result<Vec<Series>, Failure> {
        let left = self.limits.points.saturating_sub(self.spent.get());
        let limits = ReadLimits { series: self.limits.series, samples: left, deadline: self.deadline };
        let series = self.store.read(selector, range, limits)?;
        self.spend(series.iter().map(|one| one.samples.len()).sum())?;
        Ok(series)
    }

    /// Counts values against the limit.
    pub fn spend(&self, points: usize) -> Result<(), Failure> {
        let spent = self.spent.get().saturating_add(points);
        self.spent.set(spent);
        if spent > self.limits.points {
            return Err(Failure::Execution(
                "query processing would load too many samples into memory in query execution".to_owned(),
            ));
        }
        Ok(())
    }

    /// Fails when the time is over.
    pub fn check(&self) -> Result<(), Failure> {
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => Err(Failure::Timeout),
            _ => Ok(()),
        }
    }
}

/// A step's time after `@` and `offset`.
fn moved(at: Timestamp, shift: Shift, query: Bounds) -> Timestamp {
    let at = match shift.at {
        None => at,
        Some(At::Start) => query.start,
        Some(At::End) => query.end,
        Some(At::Time(time)) => time,
    };
    at - shift.offset
}
