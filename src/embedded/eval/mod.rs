//! PromQL over the store.
//!
//! tsink has a PromQL engine of its own. It was measured with the queries of `tests/embedded/compare.rs` against
//! Prometheus 2.42 and is not used: of 166 instant queries 46 kept a metric name that Prometheus drops, and 23 had other
//! labels or values (joins by `on` and `ignoring` keep every label, subqueries are not aligned to their step,
//! `label_replace` is not anchored, text beyond ASCII never matches, `sgn(0)` is 1). Nor does it know exponents, and a
//! query can be neither bounded nor stopped. So this module evaluates promql-parser's tree on tsink's samples.
//!
//! An expression is evaluated over the whole grid of a range query at once: a selector reads its series once, labels
//! are computed once per series rather than once per step, and only values are computed per step.
//!
//! As in Prometheus 3, ranges and the lookback are left-open; extrapolation is that of 2.x and 3.x alike. Not here:
//! native histograms and what Prometheus calls experimental; such a query is refused, never answered wrongly.

#![expect(clippy::float_cmp, reason = "PromQL compares floats exactly")]

mod aggregate;
mod binary;
mod functions;
mod histogram;
mod labels;
mod plan;
mod run;
mod value;
mod window;

use std::time::{Duration, Instant};

use promql_parser::parser::value::ValueType;
use slo_core::time::{Span, Timestamp};

use self::plan::Plan;
pub use self::plan::parse_selector;
use self::run::{Bounds, Evaluator};
use self::value::Grid;
pub use self::value::QueryValue;
use super::store::{Store, StoreError};

/// Steps of one range query, as in Prometheus.
const MAX_STEPS: usize = 11_000;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The query or a parameter is at fault.
    #[error("{0}")]
    BadData(String),
    /// The query is fine and could not be evaluated on this data.
    #[error("{0}")]
    Execution(String),
    /// It took longer than allowed.
    #[error("query timed out in expression evaluation; ask for less, or raise the timeout")]
    Timeout,
    /// The store failed.
    #[error("{0}")]
    Internal(String),
    /// Too many queries at once, or the store is closed.
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Timeout => Self::Timeout,
            StoreError::TooManySamples(_) => Self::Execution(
                "query processing would load too many samples into memory in query execution".to_owned(),
            ),
            StoreError::TooManySeries(_) => Self::Execution(error.to_string()),
            StoreError::Failed { .. } | StoreError::Series { .. } => Self::Internal(error.to_string()),
        }
    }
}

/// What one query may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Series per selector.
    pub series: usize,
    /// Samples read and values computed, together.
    pub points: usize,
    /// Wall time.
    pub timeout: Duration,
}

/// Evaluates at one moment.
pub(super) fn instant(
    store: &Store,
    limits: Limits,
    text: &str,
    at: Timestamp,
) -> Result<QueryValue, Failure> {
    let plan = Plan::new(text)?;
    let grid = Grid::instant(at);
    let evaluator = Evaluator::new(store, limits, Bounds { start: at, end: at });
    if plan.kind == ValueType::Matrix {
        return evaluator.matrix(&plan.node, grid);
    }
    Ok(value::instant_answer(evaluator.eval(&plan.node, grid)?, at))
}

/// Evaluates over a range of moments.
pub(super) fn range(
    store: &Store,
    limits: Limits,
    text: &str,
    (start, end, step): (Timestamp, Timestamp, Span),
) -> Result<QueryValue, Failure> {
    if end < start {
        return Err(Failure::BadData("end timestamp must not be before start time".to_owned()));
    }
    if step <= Span::ZERO {
        return Err(Failure::BadData(
            "zero or negative query resolution step widths are not accepted. Try a positive integer"
                .to_owned(),
        ));
    }
    let grid = Grid::range(start, end, step);
    if grid.count > MAX_STEPS + 1 {
        return Err(Failure::BadData(format!(
            "exceeded maximum resolution of {} points per timeseries. Try decreasing the query resolution (?step=XX)",
            "11,000"
        )));
    }
    let plan = Plan::new(text)?;
    let kind = match plan.kind {
        ValueType::Scalar | ValueType::Vector => {
            let evaluator = Evaluator::new(store, limits, Bounds { start, end });
            return Ok(value::range_answer(evaluator.eval(&plan.node, grid)?, grid));
        }
        ValueType::Matrix => "range vector",
        ValueType::String => "string",
    };
    Err(Failure::BadData(format!(
        "invalid expression type \"{kind}\" for range query, must be Scalar or instant Vector"
    )))
}

/// When a query that starts now has to end.
fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}
