//! Definitions as they are written: decoded, each value with its place, but not yet put together.

use std::collections::BTreeMap;

use super::fields::{Field, Located};
use super::node::Text;
use super::source::Span;
use slo_core::time;
use slo_model::slo::{Comparison, Window};

/// `metadata`.
#[derive(Debug, Clone)]
pub(super) struct Meta {
    pub(super) name: Option<Located<String>>,
    pub(super) display_name: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: Vec<(Located<String>, Located<String>)>,
}

/// An object of a file.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) meta: Meta,
    pub(super) body: Body,
}

/// What the object is.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Slo(Box<SloBody>),
    Sli(Option<Metric>),
    Service { description: String },
    DataSource(SourceBody),
    AlertPolicy(PolicyBody),
    AlertCondition(ConditionBody),
    AlertNotificationTarget(TargetBody),
}

/// An indicator that is written inline.
#[derive(Debug, Clone)]
pub(super) struct InlineSli {
    pub(super) meta: Meta,
    pub(super) metric: Option<Metric>,
}

/// An indicator, inline or by name, as far as it was given.
#[derive(Debug, Clone, Default)]
pub(super) struct Measure {
    pub(super) inline: Option<InlineSli>,
    /// Where `indicator` stands, even if nothing in it could be used.
    pub(super) inline_at: Option<Span>,
    pub(super) by_name: Option<Located<String>>,
}

/// `kind: SLO`.
#[derive(Debug, Clone)]
pub(super) struct SloBody {
    pub(super) head: Span,
    pub(super) description: String,
    pub(super) service: Option<Located<String>>,
    pub(super) measure: Measure,
    pub(super) window: Field<Window>,
    pub(super) method: Option<Located<Method>>,
    pub(super) objectives: Vec<Objective>,
    pub(super) policies: Vec<Use<PolicyBody>>,
}

/// `budgetingMethod`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

/// One of `objectives`.
#[derive(Debug, Clone)]
pub(super) struct Objective {
    pub(super) head: Span,
    pub(super) display_name: Option<Located<String>>,
    pub(super) comparison: Field<Comparison>,
    pub(super) value: Field<f64>,
    pub(super) target: Field<f64>,
    pub(super) target_percent: Field<f64>,
    pub(super) slice_target: Field<f64>,
    /// Seconds.
    pub(super) slice_window: Field<time::Span>,
    pub(super) weight: Field<f64>,
    pub(super) measure: Measure,
}

/// What an SLI measures.
#[derive(Debug, Clone)]
pub(super) enum Metric {
    Ratio(Box<Counts>),
    Raw { query: Box<Query>, success: bool },
    Threshold(Box<Query>),
}

/// `ratioMetric` of good or bad events and all of them.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) head: Span,
    pub(super) counter: Field<bool>,
    pub(super) good: Option<Query>,
    pub(super) bad: Option<Query>,
    pub(super) total: Option<Query>,
}

/// `metricSource`.
#[derive(Debug, Clone)]
pub(super) struct Query {
    /// Where the query belongs.
    pub(super) head: Span,
    /// `None` when it is missing.
    pub(super) text: Option<Text>,
    pub(super) source: Option<Located<String>>,
    pub(super) kind: Option<Located<String>>,
}

/// Something that is used inline or by name.
#[derive(Debug, Clone)]
pub(super) enum Use<T> {
    Inline(Meta, T),
    ByName(Located<String>),
}

/// `kind: DataSource`.
#[derive(Debug, Clone)]
pub(super) struct SourceBody {
    pub(super) description: String,
    pub(super) kind: Option<Located<String>>,
    pub(super) connection: serde_json::Map<String, serde_json::Value>,
}

/// `kind: AlertPolicy`.
#[derive(Debug, Clone)]
pub(super) struct PolicyBody {
    pub(super) description: String,
    pub(super) when_no_data: bool,
    pub(super) when_resolved: bool,
    pub(super) when_breaching: bool,
    pub(super) conditions: Vec<Use<ConditionBody>>,
    pub(super) targets: Vec<Use<TargetBody>>,
}

/// `kind: AlertCondition`.
#[derive(Debug, Clone)]
pub(super) struct ConditionBody {
    pub(super) description: String,
    pub(super) severity: Option<String>,
    /// `op`: greater, or greater or equal.
    pub(super) or_equal: bool,
    pub(super) threshold: Option<Located<f64>>,
    /// Seconds.
    pub(super) lookback: Option<Located<time::Span>>,
    /// Seconds.
    pub(super) alert_after: Option<Located<time::Span>>,
}

/// `kind: AlertNotificationTarget`.
#[derive(Debug, Clone)]
pub(super) struct TargetBody {
    pub(super) description: String,
    pub(super) target: Option<String>,
}
