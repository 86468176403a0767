//! How an indicator is read: from raw samples, as points on a grid, or as an estimate of the source.

use crate::conventions::{INSTANCE, JOB, LE};
use crate::counting::Role;
use crate::promql::{Expression, MatchOp, Matcher, Selector, SliQuery};
use crate::samples::Span;
use crate::slo::{Comparison, Indicator, Numerator, Slo};
use crate::source::Source;

use super::{EvaluateError, edges};

/// How an indicator is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Raw samples of counters, counted here: exact.
    Raw(RawPlan),
    /// A value at every step; each is good, bad, or a ratio. Estimated.
    Points(PointsPlan),
    /// Events per window, as the source extrapolates them. Estimated.
    Windowed(WindowedPlan),
    /// Made of other budgets; nothing to read.
    Composite,
}

/// Counters to be counted from their raw samples.
#[derive(Debug, Clone, PartialEq)]
pub struct RawPlan {
    /// What is read.
    pub(super) reads: Vec<Selector>,
    /// Which series are the numerator.
    pub(super) numerator: Selector,
    /// Which series are the total.
    pub(super) total: Selector,
    /// The numerator counts bad events.
    pub(super) bad: bool,
    /// The histogram has not been seen yet, so how it writes its bounds is not known.
    pub(super) provisional: bool,
}

/// A value at every step.
#[derive(Debug, Clone, PartialEq)]
pub enum PointsPlan {
    /// Good when the comparison with the threshold holds.
    Threshold(String, Comparison, f64),
    /// A ratio of successes, or of failures.
    Ratio(String, bool),
    /// Gauges: numerator, total, and whether the numerator counts bad events.
    Gauges(String, String, bool),
}

/// Events per window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowedPlan {
    pub(super) numerator: Expression,
    pub(super) total: Expression,
    pub(super) bad: bool,
}

impl Plan {
    /// The selectors whose raw samples are read.
    pub fn reads(&self) -> &[Selector] {
        match self {
            Self::Raw(plan) => &plan.reads,
            Self::Points(_) | Self::Windowed(_) | Self::Composite => &[],
        }
    }

    /// True when it has to be made again: the histogram it is about has not been seen yet.
    pub fn is_provisional(&self) -> bool {
        match self {
            Self::Raw(plan) => plan.provisional,
            Self::Points(_) | Self::Windowed(_) | Self::Composite => false,
        }
    }
}

/// Decides how `slo` is read. Asks the source only for the bounds of classic histograms seen in `span`.
pub async fn plan(slo: &Slo, source: &dyn Source, span: Span) -> Result<Plan, EvaluateError> {
    Ok(match &slo.indicator {
        Indicator::Ratio { numerator, total, counter } => {
            ratio(numerator, total, *counter, source, span).await?
        }
        Indicator::RawRatio { query, success } => {
            Plan::Points(PointsPlan::Ratio(query.at_a_moment(), *success))
        }
        Indicator::Threshold { query, comparison, threshold } => {
            Plan::Points(PointsPlan::Threshold(query.at_a_moment(), *comparison, *threshold))
        }
        Indicator::ClassicHistogram { buckets, comparison, threshold } => {
            let every = buckets.selector.without(LE);
            let all = every.with(Matcher::equal(LE, "+Inf"));
            let bound = edges::bound(source, &every, *threshold, span).await?;
            let provisional = bound.is_none();
            let upto = every.with(bound.unwrap_or_else(|| Matcher::equal(LE, threshold.to_string())));
            Plan::Raw(RawPlan {
                reads: vec![upto.clone(), all.clone()],
                numerator: upto,
                total: all,
                bad: is_lower_bound(*comparison),
                provisional,
            })
        }
        Indicator::NativeHistogram { histogram, comparison, threshold } => {
            Plan::Windowed(native(&histogram.selector, &slo.group_by, *comparison, *threshold)?)
        }
        Indicator::Composite { .. } => Plan::Composite,
    })
}

async fn ratio(
    numerator: &Numerator,
    total: &SliQuery,
    counter: bool,
    source: &dyn Source,
    span: Span,
) -> Result<Plan, EvaluateError> {
    let bad = match numerator {
        Numerator::Good(_) => false,
        Numerator::Bad(_) => true,
    };
    if let (SliQuery::Counter(part), SliQuery::Counter(whole)) = (numerator.query(), total)
        && (counter || !(part.bare && whole.bare))
    {
        let (part, part_known) = on_edge(&part.selector, source, span).await?;
        let (whole, whole_known) = on_edge(&whole.selector, source, span).await?;
        let provisional = !(part_known && whole_known);
        let reads =
            if part.is_within(&whole) { vec![whole.clone()] } else { vec![part.clone(), whole.clone()] };
        return Ok(Plan::Raw(RawPlan { reads, numerator: part, total: whole, bad, provisional }));
    }
    let (part, whole) = (numerator.query().text(), total.text());
    if counter || has_window(numerator.query()) || has_window(total) {
        Ok(Plan::Windowed(WindowedPlan { numerator: expression(part)?, total: expression(whole)?, bad }))
    } else {
        Ok(Plan::Points(PointsPlan::Gauges(numerator.query().at_a_moment(), total.at_a_moment(), bad)))
    }
}

/// True when the query says how many events happened over a time, rather than giving a value at a moment.
fn has_window(query: &SliQuery) -> bool {
    match query {
        SliQuery::Counter(counter) => !counter.bare,
        SliQuery::Expression(expression) => !expression.is_value(),
    }
}

/// `…_bucket{le="1"}` finds the bucket however the server writes its bound. False when there is no such histogram yet.
async fn on_edge(
    selector: &Selector,
    source: &dyn Source,
    span: Span,
) -> Result<(Selector, bool), EvaluateError> {
    let exact =
        selector.matchers().iter().find(|matcher| matcher.name() == LE && matcher.op() == MatchOp::Equal);
    let threshold = exact.and_then(|matcher| edges::parse(matcher.value())).filter(|edge| edge.is_finite());
    let Some(threshold) = threshold.filter(|_| selector.metric().ends_with("_bucket")) else {
        return Ok((selector.clone(), true));
    };
    let every = selector.without(LE);
    Ok(match edges::bound(source, &every, threshold, span).await? {
        Some(bound) => (every.with(bound), true),
        None => (selector.clone(), false),
    })
}

fn is_lower_bound(comparison: Comparison) -> bool {
    match comparison {
        Comparison::LessOrEqual | Comparison::Less => false,
        Comparison::GreaterOrEqual | Comparison::Greater => true,
    }
}

fn expression(text: &str) -> Result<Expression, EvaluateError> {
    Expression::parse(text).map_err(|error| crate::source::SourceError::Settings(error.to_string()).into())
}

fn native(
    histogram: &Selector,
    group_by: &[String],
    comparison: Comparison,
    threshold: f64,
) -> Result<WindowedPlan, EvaluateError> {
    let by = if group_by.is_empty() { String::new() } else { format!(" by ({})", group_by.join(", ")) };
    let increase = format!("sum{by} (increase({histogram}[$window]))");
    let numerator =
        format!("histogram_fraction(-Inf, {threshold}, {increase}) * histogram_count({increase})");
    Ok(WindowedPlan {
        numerator: expression(&numerator)?,
        total: expression(&format!("histogram_count({increase})"))?,
        bad: is_lower_bound(comparison),
    })
}

impl RawPlan {
    /// What a series that came with read number `read` counts for.
    pub(super) fn role(&self, read: usize, labels: &crate::labels::Labels) -> Role {
        if self.reads.len() == 1 {
            Role { numerator: self.numerator.matches(labels), total: self.total.matches(labels) }
        } else {
            Role { numerator: read == 0, total: read == 1 }
        }
    }

    /// The selector of the targets' own series (`up` and its kin), as far as the query names the targets.
    pub(super) fn targets(&self, metric: &str) -> Option<Selector> {
        let named: Vec<Matcher> = self
            .total
            .matchers()
            .iter()
            .filter(|matcher| matcher.name() == JOB || matcher.name() == INSTANCE)
            .cloned()
            .collect();
        (!named.is_empty()).then(|| Selector::new(metric, named))
    }

    /// The same indicator as an estimate, for when there are too many series to read.
    pub(super) fn estimate(&self, group_by: &[String]) -> Result<WindowedPlan, EvaluateError> {
        let by = if group_by.is_empty() { String::new() } else { format!(" by ({})", group_by.join(", ")) };
        let sum = |selector: &Selector| expression(&format!("sum{by} (increase({selector}[$window]))"));
        Ok(WindowedPlan { numerator: sum(&self.numerator)?, total: sum(&self.total)?, bad: self.bad })
    }
}
