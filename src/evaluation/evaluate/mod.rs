//! Asks a source about an indicator: what to read ([`plan`]), reading it bucket by bucket ([`Recorder`]), and a whole
//! verdict straight from the source ([`direct`]). Knows sources and counting, not ledgers.

mod direct;
mod edges;
mod ended;
mod heard;
mod native;
mod owed;
mod pace;
mod plan;
mod points;
mod raw;
mod read_warnings;
mod recorder;
mod stretches;
mod windowed;

pub use direct::{Assessed, direct};
pub use owed::{AGAIN, Ahead};
pub use plan::{ReadPlan, WindowedPlan, plan};
pub use recorder::{Recorded, Recorder};
pub use windowed::estimate;

use slo_core::time::Span;
use slo_model::counting::MAX_GROUPS;
use slo_model::source::SourceError;

/// Limits and conventions of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// More series than this in one query, and it is estimated by `sum(increase())` instead.
    pub max_series: usize,
    /// The label that tells the replicas of one Prometheus apart.
    pub replica_label: Option<String>,
    /// How many groups of an SLO are shown; the rest is counted together, the worst are never among it.
    pub max_groups: usize,
    /// What was decided about births, restarts and continuations is listed.
    pub explain: bool,
    /// A total that has had no series for so long, though its targets are scraped, has ended: it was renamed, or is exposed no
    /// more. Counters that begin with their first event are gone for a while after a restart.
    pub ended_after: Span,
    /// So far back an engine looks for samples that came after their time was settled; none at all: it does not.
    pub late: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_series: 20_000,
            replica_label: None,
            max_groups: MAX_GROUPS,
            explain: false,
            ended_after: Span::minutes(30),
            late: Span::ZERO,
        }
    }
}

/// Why an indicator could not be evaluated.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EvaluateError {
    /// The source did not answer, or not this question.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A latency threshold that is not one of the histogram's bucket bounds.
    #[error(
        "{threshold} is not a bucket edge of {metric}; {nearest}. Set the objective's value to an edge, or add the bucket where the histogram is made"
    )]
    OffEdge {
        /// The histogram.
        metric: String,
        /// As the definition has it.
        threshold: String,
        /// The nearest edges, in words.
        nearest: String,
    },
}

impl EvaluateError {
    /// True when asking again later may help.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Source(error) => error.is_outage(),
            Self::OffEdge { .. } => false,
        }
    }
}
