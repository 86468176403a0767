//! The time-series store on disk: tsink with a write-ahead log and retention. Everything here blocks; callers on the
//! runtime go through [`super::EmbeddedSource`], which runs it on blocking threads.

mod convert;
mod handle;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tsink::{MetricSeries, SeriesMatcher, SeriesSelection, Storage, TsinkError};

use self::convert::{bounds, to_labels, to_row, to_samples};
use self::handle::Handle;

use slo_core::labels::Labels;
use slo_core::names::METRIC_NAME;
use slo_core::time::{TimeRange, Timestamp};
use slo_model::promql::{MatchOp, Selector};
use slo_model::source::Series;

/// The NaN that Prometheus writes where a series ends. tsink keeps a NaN's bits, so the store does as well.
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;
/// Rows of one insert: bounds the memory of a large load, far above any scrape.
const ROWS_PER_INSERT: usize = 20_000;
/// Series read at once: bounds what a query that will be refused has read by then.
const SERIES_PER_READ: usize = 500;
/// Different series the folder may hold; a scrape that would go beyond is refused.
const MAX_SERIES: usize = 500_000;
/// Memory of chunks that are not on disk yet.
const MEMORY_BYTES: usize = 1 << 30;

/// The value that marks a series as ended.
pub(super) fn stale_marker() -> f64 {
    f64::from_bits(STALE_BITS)
}

/// Whether a value is the stale marker; other NaNs are samples.
pub(super) fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// Where the store is and how long it keeps samples.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// The folder; created if it is not there. One process at a time.
    pub folder: PathBuf,
    /// Older samples are removed, and refused when they arrive. Measured against the machine's own time.
    pub retention: Duration,
}

impl StoreSettings {
    /// A store in `folder` that keeps 35 days: a 30-day window, and time to notice.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), retention: Duration::from_hours(35 * 24) }
    }

    /// The same store with another retention.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }
}

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum StoreError {
    /// tsink's own words, and where.
    #[error("{folder}: {reason}")]
    Failed {
        /// The store's folder.
        folder: String,
        /// What tsink said.
        reason: String,
    },
    /// A series that cannot be stored.
    #[error("cannot store the series {series}: {reason}")]
    Series {
        /// Which.
        series: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More series than asked for.
    #[error("more than {0} series match")]
    TooManySeries(usize),
    /// More samples than asked for.
    #[error("more than {0} samples match")]
    TooManySamples(usize),
    /// The time for the read is over.
    #[error("the read took too long")]
    Timeout,
}

/// What a read may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadLimits {
    pub series: usize,
    pub samples: usize,
    pub deadline: Option<Instant>,
}

/// tsink's storage while it is open.
type Open = Arc<dyn Storage>;

/// One row to write: a series, a time and a value.
pub(super) type Write<'a> = (&'a Labels, Timestamp, f64);

/// The open store.
#[derive(Clone)]
pub(super) struct Store {
    handle: Arc<Handle>,
    folder: Arc<str>,
}

impl Store {
    /// Opens or creates the folder. Every insert is synchronised to disk before it returns, so neither SIGKILL nor a
    /// power failure loses an acknowledged scrape.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let folder: Arc<str> = settings.folder.display().to_string().into();
        match Handle::open(settings.clone()) {
            Ok(handle) => Ok(Self { handle: Arc::new(handle), folder }),
            Err(error) => Err(failed(&folder, &error)),
        }
    }

    /// Writes rows; those of one series must be in order of time. Bounded batches, each of them durable on return.
    pub fn write(&self, rows: &[Write<'_>]) -> Result<(), StoreError> {
        let rows = rows.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
        let batches = rows.chunks(ROWS_PER_INSERT).map(<[_]>::to_vec);
        self.handle.insert(batches).map_err(|error| failed(&self.folder, &error))
    }

    /// How often the store's own work in the background failed; it is tried again.
    pub fn background_errors(&self) -> u64 {
        self.handle.background_errors()
    }

    /// The samples of every selected series in `range`, stale markers included, series without a sample left
    /// out, sorted by labels.
    pub fn read(
        &self,
        selector: &Selector,
        range: TimeRange,
        limits: ReadLimits,
    ) -> Result<Vec<Series>, StoreError> {
        let Some((start, end)) = bounds(range) else { return Ok(Vec::new()) };
        let mut answer = Vec::new();
        let mut total = 0usize;
        for batch in self.select(selector, range)?.chunks(SERIES_PER_READ) {
            if limits.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(StoreError::Timeout);
            }
            let read = self
                .handle
                .read(|open| open.select_many(batch, start, end))
                .map_err(|error| failed(&self.folder, &error))?;
            for series in read {
                let samples = to_samples(&series.points);
                if samples.is_empty() {
                    continue;
                }
                total += samples.len();
                if total > limits.samples {
                    return Err(StoreError::TooManySamples(limits.samples));
                }
                if answer.len() == limits.series {
                    return Err(StoreError::TooManySeries(limits.series));
                }
                answer.push(Series { labels: to_labels(&series.series), samples });
            }
        }
        answer.sort_by(|one, other| one.labels.cmp(&other.labels));
        Ok(answer)
    }

    /// The labels of every selected series that has a sample in `range`.
    pub fn series(
        &self,
        selector: &Selector,
        range: TimeRange,
        limit: usize,
    ) -> Result<Vec<Labels>, StoreError> {
        let selected = self.select(selector, range)?;
        if selected.len() > limit {
            return Err(StoreError::TooManySeries(limit));
        }
        Ok(selected.iter().map(to_labels).collect())
    }

    /// Flushes and closes; later calls fail.
    pub fn close(&self) -> Result<(), StoreError> {
        self.handle.close().map_err(|error| failed(&self.folder, &error))
    }

    /// Selects by tsink's index where it can (the name, and `=` with a value), and by our own matchers for the rest,
    /// so that regular expressions and absent labels mean what they mean everywhere else in this program.
    fn select(&self, selector: &Selector, range: TimeRange) -> Result<Vec<MetricSeries>, StoreError> {
        let Some((start, end)) = bounds(range) else { return Ok(Vec::new()) };
        let mut selection = SeriesSelection::new().with_time_range(start, end);
        if !selector.metric().is_empty() {
            selection = selection.with_metric(selector.metric());
        }
        for matcher in selector.matchers() {
            if matcher.op() == MatchOp::Equal && !matcher.value().is_empty() && matcher.name() != METRIC_NAME
            {
                selection = selection.with_matcher(SeriesMatcher::equal(matcher.name(), matcher.value()));
            }
        }
        let mut found = self
            .handle
            .read(|open| open.select_series(&selection))
            .map_err(|error| failed(&self.folder, &error))?;
        found.retain(|series| selector.matches(&to_labels(series)));
        Ok(found)
    }
}

fn failed(folder: &str, error: &TsinkError) -> StoreError {
    StoreError::Failed { folder: folder.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests;
