//! Where metrics come from: one trait, and two sources behind it: Prometheus' HTTP API and the embedded store.

mod health;
mod sources;

use async_trait::async_trait;
use slo_core::time::{Span, TimeRange, Timestamp};

use crate::promql::Selector;
pub use crate::samples::{HistogramSeries, Point, Sample, Series};
pub use health::Health;
pub use sources::{NamedSources, SourceOf, Sources};

/// What a source answers: the data, the warnings that came with it, and whether it is all of the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer<T> {
    /// The data.
    pub data: T,
    /// The server's warnings, as it wrote them.
    pub warnings: Vec<String>,
    /// The server says that data may be missing: what this answer brings is not settled, and is asked for again.
    pub partial: bool,
}

impl<T> Answer<T> {
    /// A whole answer without warnings.
    pub fn of(data: T) -> Self {
        Self { data, warnings: Vec::new(), partial: false }
    }
}

/// Why a source did not answer. Every message says what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// No connection, or it broke.
    #[error("cannot reach {url}: {reason}; check the address and that the server runs")]
    Unreachable {
        /// Where we asked, without credentials.
        url: String,
        /// What the connection said.
        reason: String,
    },
    /// No answer in time.
    #[error(
        "{url} did not answer within {seconds} s; raise the timeout (--prometheus-timeout) or ask for less"
    )]
    Timeout {
        /// Where we asked, without credentials.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// 401 or 403.
    #[error("{url} refused our credentials (HTTP {status}); check the user, token or tenant header")]
    Unauthorized {
        /// Where we asked, without credentials.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// 400 or 422: the query itself is at fault.
    #[error("{url} cannot evaluate the query: {reason}\n  query: {query}")]
    BadQuery {
        /// Where we asked, without credentials.
        url: String,
        /// The server's own words.
        reason: String,
        /// The query.
        query: String,
    },
    /// 429 after all retries.
    #[error(
        "{url} limits our rate (HTTP 429); ask fewer questions at once (--prometheus-concurrency), or raise the limit there"
    )]
    RateLimited {
        /// Where we asked, without credentials.
        url: String,
    },
    /// 5xx after all retries.
    #[error("{url} is unavailable (HTTP {status}): {reason}")]
    Unavailable {
        /// Where we asked, without credentials.
        url: String,
        /// The last status.
        status: u16,
        /// The start of the body.
        reason: String,
    },
    /// An answer that is not the API's.
    #[error(
        "{url} did not answer as a Prometheus API does: {reason}; check that the URL ends before /api/v1"
    )]
    Malformed {
        /// Where we asked, without credentials.
        url: String,
        /// What was wrong, with the start of the body.
        reason: String,
    },
    /// More series than we read.
    #[error("{selector} matches more than {limit} series")]
    TooManySeries {
        /// What was asked for.
        selector: String,
        /// The limit.
        limit: usize,
    },
    /// More bytes or samples than we, or the server, are willing to handle at once.
    #[error("{url} answered with more than we read at once ({reason})")]
    TooLarge {
        /// Where we asked, without credentials.
        url: String,
        /// Which limit.
        reason: String,
    },
    /// An answer that cannot be what happened: nothing is settled on it, and it is asked again.
    #[error(
        "{url} is not believed: {reason}; nothing is settled on its answers, and they are asked for again"
    )]
    Doubtful {
        /// Where we asked, without credentials.
        url: String,
        /// Why, and what to do.
        reason: String,
    },
    /// It does not know native histograms.
    #[error(
        "{place} knows no native histograms{reason}: count the classic histogram of the same requests, a thresholdMetric on its …_bucket series, or read the SLO from a Prometheus, Mimir or Thanos that stores native ones"
    )]
    NoNativeHistograms {
        /// The source, without credentials.
        place: String,
        /// Why that is known, in brackets; empty where it needs no proof.
        reason: String,
    },
    /// The settings of the source are wrong.
    #[error("{0}")]
    Settings(String),
    /// The embedded store failed.
    #[error("the embedded store failed: {0}")]
    Store(String),
}

impl SourceError {
    /// True when asking again later may help: the question is fine, the server is not.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Doubtful { .. }
            | Self::Store(_) => true,
            Self::Unauthorized { .. }
            | Self::BadQuery { .. }
            | Self::Malformed { .. }
            | Self::TooManySeries { .. }
            | Self::TooLarge { .. }
            | Self::NoNativeHistograms { .. }
            | Self::Settings(_) => false,
        }
    }
}

/// A place to read metrics from. Answers are bounded, see [`SourceError`].
#[async_trait]
pub trait Source: Send + Sync {
    /// The raw samples of every selected series in `range`, left-open whatever the server does. Stale markers are
    /// left out. At most `max_series` series, else [`SourceError::TooManySeries`].
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError>;

    /// The raw samples of every selected native histogram in `range`, left-open, each cut at `thresholds`; series of numbers
    /// are passed over. At most `max_series` series, else [`SourceError::TooManySeries`]. A source that does not know them
    /// says so.
    async fn histograms(
        &self,
        _selector: &Selector,
        _thresholds: &[f64],
        _range: TimeRange,
        _max_series: usize,
    ) -> Result<Answer<Vec<HistogramSeries>>, SourceError> {
        Err(SourceError::NoNativeHistograms { place: self.place(), reason: String::new() })
    }

    /// An expression at one moment; a scalar becomes one point without labels.
    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError>;

    /// An expression at `start`, `start + step`, … up to `end`, both included.
    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError>;

    /// The values of `label` among the series that `selector` matched in `range`.
    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError>;

    /// Name and version of what answers, e.g. `Prometheus 2.42.0`.
    async fn version(&self) -> Result<String, SourceError>;

    /// Where it is, for people; without credentials.
    fn place(&self) -> String;

    /// Why nothing that it answers may be settled now, although it does answer: its clock is far from ours, or it answers
    /// about now as of longer ago than samples may be late (`settle`).
    fn doubt(&self, _settle: Span) -> Option<SourceError> {
        None
    }

    /// How it is doing; `None` for one that asks nobody else.
    fn health(&self) -> Option<Health> {
        None
    }

    /// How often its own work in the background failed (flushing, compacting), for a source that has any.
    fn background_errors(&self) -> Option<u64> {
        None
    }
}

/// Why series were not written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("what rules computed was not written: {0}")]
pub struct WriteError(#[from] SourceError);

/// Takes the series that rules compute.
#[async_trait]
pub trait SeriesWriter: Send + Sync {
    /// Writes them; durable on return.
    async fn write(&self, series: Vec<Series>) -> Result<(), WriteError>;
}
