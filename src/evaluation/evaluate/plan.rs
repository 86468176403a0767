//! How an indicator is read: from raw samples, as points on a grid, or as an estimate of the source.

use slo_core::names::{INSTANCE, JOB, LE};
use slo_core::text::label_name;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::counting::Role;
use slo_model::promql::{Expression, MatchOp, Matcher, Selector, SliQuery, Term};
use slo_model::slo::{Comparison, Indicator, Numerator, Slo};
use slo_model::source::Source;

use super::pace::Pace;
use super::{EvaluateError, edges};

/// How an indicator is read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadPlan {
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
    pub(super) reads: Vec<Read>,
    /// What is counted of it.
    terms: Vec<CountedTerm>,
    /// The numerator counts bad events.
    pub(super) bad: bool,
    /// The histogram has not been seen yet, so how it writes its bounds is not known.
    pub(super) provisional: bool,
}

/// Series whose raw samples are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    pub(super) selector: Selector,
    /// They are native histograms, of which the observations at or below these are counted, and all of them.
    pub(super) cut_at: Option<Vec<f64>>,
}

/// A counter of the numerator or of the total.
#[derive(Debug, Clone, PartialEq)]
struct CountedTerm {
    term: Term,
    of_total: bool,
    /// Which read brings its series.
    read: usize,
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

/// Events per window, each side the sum of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowedPlan {
    pub(super) parts: Vec<Part>,
    pub(super) bad: bool,
    /// What is known of the source that it is asked of.
    pub(super) pace: Pace,
}

/// What is added to the numerator or to the total.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) expression: Expression,
    pub(super) of_total: bool,
    pub(super) minus: bool,
}

impl WindowedPlan {
    /// Finds out what has to be known of the source to ask for windows that end from the `first` of these moments to the last.
    pub(super) async fn find_out(
        &mut self,
        source: &dyn Source,
        (first, last): (Timestamp, Timestamp),
    ) -> Result<(), EvaluateError> {
        let expressions = self.parts.iter().map(|part| &part.expression);
        Ok(self.pace.find_out(expressions, source, (first, last)).await?)
    }
}

impl ReadPlan {
    /// The selectors whose raw samples are read.
    pub fn reads(&self) -> impl Iterator<Item = &Selector> {
        let reads = match self {
            Self::Raw(plan) => plan.reads.as_slice(),
            Self::Points(_) | Self::Windowed(_) | Self::Composite => &[],
        };
        reads.iter().map(|read| &read.selector)
    }

    /// Queries that have an answer whenever the source has something to read.
    pub fn presence(&self) -> Vec<String> {
        match self {
            Self::Raw(plan) => plan.reads.iter().map(|read| format!("count({})", read.selector)).collect(),
            Self::Points(PointsPlan::Threshold(query, ..) | PointsPlan::Ratio(query, _)) => {
                vec![query.clone()]
            }
            Self::Points(PointsPlan::Gauges(_, total, _)) => vec![total.clone()],
            Self::Windowed(plan) => {
                let of_total = plan.parts.iter().filter(|part| part.of_total);
                of_total.map(|part| part.expression.over(Span::minutes(5))).collect()
            }
            Self::Composite => Vec::new(),
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

/// Decides how `slo` is read. Asks the source only for the bounds of classic histograms seen in `range`.
pub async fn plan(slo: &Slo, source: &dyn Source, range: TimeRange) -> Result<ReadPlan, EvaluateError> {
    Ok(match &slo.indicator {
        Indicator::Ratio { numerator, total, counter } => {
            ratio(numerator, total, *counter, &slo.group_by, source, range).await?
        }
        Indicator::RawRatio { query, success } => {
            ReadPlan::Points(PointsPlan::Ratio(query.at_a_moment(), *success))
        }
        Indicator::Threshold { query, comparison, threshold } => {
            ReadPlan::Points(PointsPlan::Threshold(query.at_a_moment(), *comparison, *threshold))
        }
        Indicator::ClassicHistogram { buckets, comparison, threshold } => {
            let every = buckets.selector.without(LE);
            let all = every.with(Matcher::equal(LE, "+Inf"));
            let (bound, is_whole) = edges::bound(source, &every, *threshold, range).await?;
            let provisional = bound.is_none() || !is_whole;
            let upto = every.with(bound.unwrap_or_else(|| Matcher::equal(LE, threshold.to_string())));
            let one = |selector| vec![Term { selector, minus: false, native: false }];
            ReadPlan::Raw(RawPlan::new(one(upto), one(all), is_lower_bound(*comparison), provisional))
        }
        Indicator::NativeHistogram { histogram, comparison, threshold } => {
            let of = |value| vec![Term::observations(&histogram.selector, value)];
            let (upto, all) = (of(*threshold), of(f64::INFINITY));
            ReadPlan::Raw(RawPlan::new(upto, all, is_lower_bound(*comparison), false))
        }
        Indicator::Composite { .. } => ReadPlan::Composite,
    })
}

async fn ratio(
    numerator: &Numerator,
    total: &SliQuery,
    counter: bool,
    group_by: &[String],
    source: &dyn Source,
    range: TimeRange,
) -> Result<ReadPlan, EvaluateError> {
    let bad = match numerator {
        Numerator::Good(_) => false,
        Numerator::Bad(_) => true,
    };
    let part = numerator.query();
    if let (Some(part_is_bare), Some(total_is_bare)) = (part.is_bare(), total.is_bare())
        && (counter || !(part_is_bare && total_is_bare))
    {
        let mut known = true;
        let mut sides = [part.terms(), total.terms()];
        for term in sides.iter_mut().flatten().filter(|term| !term.native) {
            let (selector, is_known) = on_edge(&term.selector, source, range).await?;
            term.selector = selector;
            known &= is_known;
        }
        let [part, total] = sides;
        return Ok(ReadPlan::Raw(RawPlan::new(part, total, bad, !known)));
    }
    if counter || has_window(part) || has_window(total) {
        let mut parts = side(part, false, group_by)?;
        parts.extend(side(total, true, group_by)?);
        Ok(ReadPlan::Windowed(WindowedPlan { parts, bad, pace: Pace::default() }))
    } else {
        Ok(ReadPlan::Points(PointsPlan::Gauges(part.at_a_moment(), total.at_a_moment(), bad)))
    }
}

/// One side of a ratio as an estimate. Where it is counters, each series' increase is estimated, not that of their sum.
fn side(query: &SliQuery, of_total: bool, group_by: &[String]) -> Result<Vec<Part>, EvaluateError> {
    match query {
        SliQuery::Expression(expression) => {
            Ok(vec![Part { expression: expression.clone(), of_total, minus: false }])
        }
        SliQuery::Counter(_) | SliQuery::Combined(_) => {
            query.terms().iter().map(|term| increase(term, of_total, group_by)).collect()
        }
    }
}

fn increase(term: &Term, of_total: bool, group_by: &[String]) -> Result<Part, EvaluateError> {
    let increase = format!("sum{} (increase({}[$window]))", by(group_by), term.source_selector());
    let text = match (term.native, term.threshold()) {
        (false, _) => increase,
        (true, None) => format!("histogram_count({increase})"),
        (true, Some(threshold)) => {
            format!("histogram_fraction(-Inf, {threshold}, {increase}) * histogram_count({increase})")
        }
    };
    Ok(Part { expression: expression(&text)?, of_total, minus: term.minus })
}

fn by(group_by: &[String]) -> String {
    let labels: Vec<_> = group_by.iter().map(|label| label_name(label)).collect();
    if labels.is_empty() { String::new() } else { format!(" by ({})", labels.join(", ")) }
}

/// True when the query says how many events happened over a time, rather than giving a value at a moment.
fn has_window(query: &SliQuery) -> bool {
    match query {
        SliQuery::Expression(expression) => !expression.is_value(),
        SliQuery::Counter(_) | SliQuery::Combined(_) => query.is_bare() == Some(false),
    }
}

/// `…_bucket{le="1"}` finds the bucket however the server writes its bound. False when there is no such histogram yet.
async fn on_edge(
    selector: &Selector,
    source: &dyn Source,
    range: TimeRange,
) -> Result<(Selector, bool), EvaluateError> {
    let exact =
        selector.matchers().iter().find(|matcher| matcher.name() == LE && matcher.op() == MatchOp::Equal);
    let threshold = exact.and_then(|matcher| edges::parse(matcher.value())).filter(|edge| edge.is_finite());
    let Some(threshold) = threshold.filter(|_| selector.metric().ends_with("_bucket")) else {
        return Ok((selector.clone(), true));
    };
    let every = selector.without(LE);
    Ok(match edges::bound(source, &every, threshold, range).await? {
        (Some(bound), is_whole) => (every.with(bound), is_whole),
        (None, _) => (selector.clone(), false),
    })
}

fn is_lower_bound(comparison: Comparison) -> bool {
    match comparison {
        Comparison::LessOrEqual | Comparison::Less => false,
        Comparison::GreaterOrEqual | Comparison::Greater => true,
    }
}

fn expression(text: &str) -> Result<Expression, EvaluateError> {
    Expression::parse(text)
        .map_err(|error| slo_model::source::SourceError::Settings(error.to_string()).into())
}

impl RawPlan {
    /// Counts `numerator` and `total`, and reads every series once: those of a selector that is within another one come with
    /// that one's.
    fn new(numerator: Vec<Term>, total: Vec<Term>, bad: bool, provisional: bool) -> Self {
        let sided = numerator.into_iter().map(|term| (term, false));
        let all: Vec<(Term, bool)> = sided.chain(total.into_iter().map(|term| (term, true))).collect();
        let is_read_with = |one: usize, other: usize| match (all.get(one), all.get(other)) {
            (Some((a, _)), Some((b, _))) => {
                let is_like = a.native == b.native;
                let (a, b) = (a.source_selector(), b.source_selector());
                // Of two that are the same the first is read.
                is_like && one != other && a.is_within(&b) && (!b.is_within(&a) || other < one)
            }
            _ => false,
        };
        let mut reads: Vec<Read> = all
            .iter()
            .enumerate()
            .filter(|(place, _)| !(0..all.len()).any(|other| is_read_with(*place, other)))
            .map(|(_, (term, _))| Read {
                selector: term.source_selector(),
                cut_at: term.native.then(Vec::new),
            })
            .collect();
        let terms = all
            .into_iter()
            .map(|(term, of_total)| {
                let is_of = |read: &Read| {
                    read.cut_at.is_some() == term.native && term.source_selector().is_within(&read.selector)
                };
                let read = reads.iter().position(is_of).unwrap_or_default();
                if let Some(threshold) = term.threshold()
                    && let Some(cut_at) = reads.get_mut(read).and_then(|read| read.cut_at.as_mut())
                    && !cut_at.contains(&threshold)
                {
                    cut_at.push(threshold);
                }
                CountedTerm { term, of_total, read }
            })
            .collect();
        Self { reads, terms, bad, provisional }
    }

    /// What a series that came with read number `read` counts for.
    pub(super) fn role(&self, read: usize, labels: &slo_core::labels::Labels) -> Role {
        let mut role = Role::default();
        for CountedTerm { term, of_total, .. } in self.terms.iter().filter(|counted| counted.read == read) {
            // What was asked for need not be compared again.
            let is_asked = |read: &Read| read.cut_at.is_none() && read.selector == term.selector;
            let is_counted = self.reads.get(read).is_some_and(is_asked) || term.selector.matches(labels);
            if is_counted {
                let side = if *of_total { &mut role.total } else { &mut role.numerator };
                *side = side.saturating_add(if term.minus { -1 } else { 1 });
            }
        }
        role
    }

    /// By how much one observation more at or below a threshold changes the bad events: 1, -1, or not at all.
    pub(super) fn bad_below(&self) -> f64 {
        let below = |counted: &CountedTerm| {
            let sign = if counted.term.minus { -1.0 } else { 1.0 };
            counted.term.threshold().map_or(0.0, |_| sign)
        };
        let sum: f64 = self.terms.iter().filter(|counted| !counted.of_total).map(below).sum();
        if self.bad { sum.signum() * sum.abs().min(1.0) } else { -sum.signum() * sum.abs().min(1.0) }
    }

    /// The selector of the targets' own series (`up` and its kin), as far as the query names the targets: all counters of
    /// the total the same ones.
    pub(super) fn targets(&self, metric: &str) -> Option<Selector> {
        let named = |counted: &CountedTerm| -> Vec<Matcher> {
            let matchers = counted.term.selector.matchers().iter();
            matchers.filter(|matcher| matcher.name() == JOB || matcher.name() == INSTANCE).cloned().collect()
        };
        let mut all = self.terms.iter().filter(|counted| counted.of_total).map(named);
        let first = all.next().filter(|first| !first.is_empty())?;
        all.all(|other| other == first).then(|| Selector::new(metric, first))
    }

    /// The same indicator as an estimate, for when there are too many series to read.
    pub(super) fn estimate(&self, group_by: &[String]) -> Result<WindowedPlan, EvaluateError> {
        let part = |counted: &CountedTerm| increase(&counted.term, counted.of_total, group_by);
        let parts = self.terms.iter().map(part).collect::<Result<_, _>>()?;
        Ok(WindowedPlan { parts, bad: self.bad, pace: Pace::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;

    fn plan(numerator: &str, total: &str) -> RawPlan {
        let terms = |text: &str| SliQuery::parse(text).unwrap().terms();
        RawPlan::new(terms(numerator), terms(total), false, false)
    }

    fn check(plan: &RawPlan, reads: &[&str], roles: &[(usize, &str, &str, (i8, i8))]) {
        let read: Vec<String> = plan.reads.iter().map(|read| read.selector.to_string()).collect();
        assert_eq!(read, reads);
        for (read, metric, code, (numerator, total)) in roles {
            let labels: Labels =
                [(slo_core::names::METRIC_NAME, *metric), ("code", *code)].into_iter().collect();
            let want = Role { numerator: *numerator, total: *total };
            assert_eq!(plan.role(*read, &labels), want, "{metric} {code}");
        }
    }

    #[test]
    fn every_series_is_read_once_and_counted_where_it_belongs() {
        check(&plan("a{code=\"200\"}", "a"), &["a"], &[(0, "a", "200", (1, 1)), (0, "a", "500", (0, 1))]);
        check(&plan("a", "b"), &["a", "b"], &[(0, "a", "200", (1, 0)), (1, "b", "200", (0, 1))]);
        check(&plan("a", "a{}"), &["a"], &[(0, "a", "200", (1, 1))]);
        check(
            &plan("sum(a) - sum(a{code=\"500\"})", "sum(a) + sum(b)"),
            &["a", "b"],
            &[(0, "a", "200", (1, 1)), (0, "a", "500", (0, 1)), (1, "b", "500", (0, 1))],
        );
    }

    #[test]
    fn names_of_any_letters_are_asked_quoted() {
        let plan = plan("{\"http.requests\",\"http.code\"=\"200\"}", "{\"http.requests\"}");
        let windowed = plan.estimate(&["http.route".to_owned()]).unwrap();
        let asked = windowed.parts.first().unwrap().expression.over(Span::minutes(5));
        assert_eq!(
            asked,
            "sum by (\"http.route\") (increase({__name__=\"http.requests\",\"http.code\"=\"200\"}[5m]))"
        );
    }

    #[test]
    fn targets_are_named_when_all_of_the_total_names_the_same() {
        let targets = |total: &str| plan("a", total).targets("up").map(|selector| selector.to_string());
        assert_eq!(targets("sum(a{job=\"x\"}) + sum(b{job=\"x\"})").unwrap(), "up{job=\"x\"}");
        assert_eq!(targets("sum(a{job=\"x\"}) + sum(b{job=\"y\"})"), None);
        assert_eq!(targets("sum(a) + sum(b)"), None);
    }
}
