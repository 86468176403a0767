//! Service level objectives as values that are valid by construction. Files are `spec`'s business, sums `budget`'s.
//!
//! One [`Slo`] here is one budget: an `OpenSLO` document with three objectives becomes three.

mod calendar;
mod digest;
mod target;
mod window;

use std::collections::BTreeMap;
use std::fmt;

pub use calendar::{Calendar, CalendarUnit};
pub use target::{Target, TargetError, percent_as_ratio};
pub use window::{Window, WindowError, WindowLength};

use crate::promql::{Counter, SliQuery};
use slo_core::time::Span;

/// The identity of a budget: the document's name and, when it has several objectives, which one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SloKey {
    /// `metadata.name`.
    pub name: String,
    /// The objective's `displayName` (or its number) when the document has more than one.
    pub objective: Option<String>,
}

impl fmt::Display for SloKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.objective {
            Some(objective) => write!(f, "{}/{objective}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A service level objective: what is measured, how much of it must be good, over which window.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    /// Its identity.
    pub key: SloKey,
    /// The service it belongs to.
    pub service: String,
    /// The share of good events (or slices) that is promised.
    pub target: Target,
    /// Over which time.
    pub window: Window,
    /// Whether events or time slices spend the budget.
    pub budgeting: Budgeting,
    /// What is measured.
    pub indicator: Indicator,
    /// Labels that split the SLO into groups, each with a budget of its own; empty for none.
    pub group_by: Vec<String>,
    /// What a time slice without events or data counts as.
    pub no_data: NoData,
    /// Fewer events than this in a window and no alert fires for it.
    pub minimum_events: f64,
    /// What becomes of a counter's first value when nothing tells when the counter began.
    pub first_values: FirstValues,
    /// The name of the `DataSource` it is read from; `None` for the engine's default source.
    pub source: Option<String>,
    /// What people need to know about it.
    pub about: About,
}

/// What becomes of a counter's first value that no evidence dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstValues {
    /// It does not count, and a warning gives both numbers.
    #[default]
    Undecided,
    /// It counts: the counter began when it was first seen.
    Count,
    /// It does not count: it is history.
    History,
}

/// What people, not sums, need to know about an SLO.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// For display.
    pub display_name: String,
    /// `spec.description`.
    pub description: String,
    /// The team that owns it.
    pub owner: Option<String>,
    /// Where its runbook is.
    pub runbook: Option<String>,
    /// Where its dashboard is.
    pub dashboard: Option<String>,
    /// How much it matters, e.g. `critical`.
    pub tier: Option<String>,
    /// `metadata.labels`, flattened: several values of one key are joined by commas.
    pub labels: BTreeMap<String, String>,
}

/// How the budget is spent, after `OpenSLO` v1's `budgetingMethod`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budgeting {
    /// Good events over all events.
    Occurrences,
    /// Good slices over all slices; a slice is good when its own ratio reaches `target`.
    Timeslices {
        /// `timeSliceTarget`, in `(0, 1]`.
        target: f64,
        /// `timeSliceWindow`.
        slice: Span,
    },
    /// The mean of the slices' ratios.
    RatioTimeslices {
        /// `timeSliceWindow`.
        slice: Span,
    },
}

impl Budgeting {
    /// The length of the time slices; none at all when events are counted.
    pub fn slice(self) -> Span {
        match self {
            Self::Occurrences => Span::ZERO,
            Self::Timeslices { slice, .. } | Self::RatioTimeslices { slice } => slice,
        }
    }
}

/// What a time slice counts as when nothing happened in it, or when the source had no data for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoData {
    /// It is not counted; coverage and state say that it is missing.
    #[default]
    Ignore,
    /// It counts as good.
    Good,
    /// It counts as bad.
    Bad,
}

/// Which of the two is counted beside the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Numerator {
    /// `ratioMetric.good`
    Good(SliQuery),
    /// `ratioMetric.bad`
    Bad(SliQuery),
}

impl Numerator {
    /// The query, whichever it counts.
    pub fn query(&self) -> &SliQuery {
        match self {
            Self::Good(query) | Self::Bad(query) => query,
        }
    }
}

/// A comparison, after `OpenSLO`'s `op`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `lte`
    LessOrEqual,
    /// `lt`
    Less,
    /// `gte`
    GreaterOrEqual,
    /// `gt`
    Greater,
}

impl Comparison {
    /// Whether `value` satisfies the comparison with `threshold`. A NaN never does.
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::LessOrEqual => value <= threshold,
            Self::Less => value < threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Greater => value > threshold,
        }
    }

    /// The symbol people write.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::LessOrEqual => "<=",
            Self::Less => "<",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }
}

/// What is measured: the service level indicator.
#[derive(Debug, Clone, PartialEq)]
pub enum Indicator {
    /// `ratioMetric` with good or bad over total.
    Ratio {
        /// Good or bad events.
        numerator: Numerator,
        /// All events.
        total: SliQuery,
        /// `counter: true`: bare selectors are counters. `false`: they are gauges that are summed at every step.
        counter: bool,
    },
    /// `ratioMetric.raw`: a ratio somebody else computed; every step of it weighs the same.
    RawRatio {
        /// The query of the ratio, in 0 to 1.
        query: SliQuery,
        /// `rawType: success`; otherwise the ratio is of failures.
        success: bool,
    },
    /// `thresholdMetric` on a gauge: each of its values is good or bad.
    Threshold {
        /// The query of the value.
        query: SliQuery,
        /// `op`
        comparison: Comparison,
        /// `value`
        threshold: f64,
    },
    /// `thresholdMetric` on a classic histogram's `…_bucket` series: each observation is good or bad.
    ClassicHistogram {
        /// The selector of the `…_bucket` series, without a matcher on `le`.
        buckets: Counter,
        /// At most (`lte`, `lt`) or at least (`gte`, `gt`) this is good.
        comparison: Comparison,
        /// The threshold, which must be one of the histogram's edges.
        threshold: f64,
    },
    /// `thresholdMetric` on a native histogram: each observation is good or bad.
    NativeHistogram {
        /// The selector of the histogram.
        histogram: Counter,
        /// At most (`lte`, `lt`) or at least (`gte`, `gt`) this is good.
        comparison: Comparison,
        /// The threshold.
        threshold: f64,
    },
    /// Composite: a weighted mean of other budgets of the same document.
    Composite {
        /// The parts with their `compositeWeight`s.
        parts: Vec<(SloKey, f64)>,
    },
}
