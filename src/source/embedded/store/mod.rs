//! The time-series store on disk: tsink with a write-ahead log and retention. Everything here blocks; callers on the
//! runtime go through [`super::EmbeddedSource`], which runs it on blocking threads.

mod convert;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tsink::{
    MetricSeries, SeriesMatcher, SeriesSelection, Storage, StorageBuilder, TimestampPrecision, TsinkError,
    WalReplayMode, WalSyncMode,
};

use self::convert::{bounds, to_labels, to_row, to_samples};

use crate::conventions::METRIC_NAME;
use crate::labels::Labels;
use crate::promql::{MatchOp, Selector};
use crate::source::{Series, Span};

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

/// One row to write: a series, a time in milliseconds and a value.
pub(super) type Write<'a> = (&'a Labels, i64, f64);

/// The open store.
#[derive(Clone)]
pub(super) struct Store {
    storage: Arc<dyn Storage>,
    /// One insert at a time: tsink 0.10 moves its durable mark through one temporary file, and two inserts that end
    /// together take it from each other.
    writing: Arc<Mutex<()>>,
    folder: Arc<str>,
}

impl Store {
    /// Opens or creates the folder. Every insert is synchronised to disk before it returns, so neither SIGKILL nor a
    /// power failure loses an acknowledged scrape.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let folder: Arc<str> = settings.folder.display().to_string().into();
        let storage = StorageBuilder::new()
            .with_data_path(Path::new(&settings.folder))
            .with_timestamp_precision(TimestampPrecision::Milliseconds)
            .with_retention(settings.retention)
            .with_wal_sync_mode(WalSyncMode::PerAppend)
            // A write that a power failure cut off was never acknowledged; tsink's default would refuse to start.
            .with_wal_replay_mode(WalReplayMode::Salvage)
            .with_cardinality_limit(MAX_SERIES)
            .with_memory_limit(MEMORY_BYTES)
            .build();
        match storage {
            Ok(storage) => Ok(Self { storage, writing: Arc::default(), folder }),
            Err(error) => Err(failed(&folder, &error)),
        }
    }

    /// Writes rows; those of one series must be in order of time. Bounded batches, each of them durable on return.
    pub fn write(&self, rows: &[Write<'_>]) -> Result<(), StoreError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        for batch in rows.chunks(ROWS_PER_INSERT) {
            let batch = batch.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
            self.storage.insert_rows(&batch).map_err(|error| failed(&self.folder, &error))?;
        }
        Ok(())
    }

    /// The samples of every selected series in `span`, stale markers included, series without a sample left
    /// out, sorted by labels.
    pub fn read(
        &self,
        selector: &Selector,
        span: Span,
        limits: ReadLimits,
    ) -> Result<Vec<Series>, StoreError> {
        let Some((start, end)) = bounds(span) else { return Ok(Vec::new()) };
        let mut answer = Vec::new();
        let mut total = 0usize;
        for batch in self.select(selector, span)?.chunks(SERIES_PER_READ) {
            if limits.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(StoreError::Timeout);
            }
            let read =
                self.storage.select_many(batch, start, end).map_err(|error| failed(&self.folder, &error))?;
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

    /// The labels of every selected series that has a sample in `span`.
    pub fn series(&self, selector: &Selector, span: Span, limit: usize) -> Result<Vec<Labels>, StoreError> {
        let selected = self.select(selector, span)?;
        if selected.len() > limit {
            return Err(StoreError::TooManySeries(limit));
        }
        Ok(selected.iter().map(to_labels).collect())
    }

    /// Flushes and closes; later calls fail.
    pub fn close(&self) -> Result<(), StoreError> {
        match self.storage.close() {
            Ok(()) | Err(TsinkError::StorageClosed | TsinkError::StorageShuttingDown) => Ok(()),
            Err(error) => Err(failed(&self.folder, &error)),
        }
    }

    /// Selects by tsink's index where it can (the name, and `=` with a value), and by our own matchers for the rest,
    /// so that regular expressions and absent labels mean what they mean everywhere else in this program.
    fn select(&self, selector: &Selector, span: Span) -> Result<Vec<MetricSeries>, StoreError> {
        let Some((start, end)) = bounds(span) else { return Ok(Vec::new()) };
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
        let mut found =
            self.storage.select_series(&selection).map_err(|error| failed(&self.folder, &error))?;
        found.retain(|series| selector.matches(&to_labels(series)));
        Ok(found)
    }
}

fn failed(folder: &str, error: &TsinkError) -> StoreError {
    StoreError::Failed { folder: folder.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::Matcher;

    const DAY_MS: i64 = 86_400_000;
    const LIMITS: ReadLimits = ReadLimits { series: 100, samples: 10_000, deadline: None };

    fn open(folder: &Path) -> Store {
        Store::open(&StoreSettings::new(folder).retention(Duration::from_hours(24 * 3650))).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().copied().collect()
    }

    fn all() -> Span {
        Span { after_ms: i64::MIN, until_ms: i64::MAX }
    }

    #[test]
    fn a_nan_keeps_its_bits_through_log_segment_and_restart() {
        let folder = tempfile::tempdir().unwrap();
        let series = labels(&[("__name__", "a"), ("job", "x")]);
        let at = 1_788_220_800_000;
        let other_nan = f64::from_bits(0x7ff8_0000_0000_0001);
        let values = [1.0, stale_marker(), other_nan, f64::INFINITY, -0.0];
        let rows: Vec<Write<'_>> =
            values.iter().enumerate().map(|(i, value)| (&series, at + i as i64, *value)).collect();
        let store = open(folder.path());
        store.write(&rows).unwrap();
        let bits = |store: &Store| {
            let read = store.read(&Selector::new("a", vec![]), all(), LIMITS).unwrap();
            read[0].samples.iter().map(|sample| sample.value.to_bits()).collect::<Vec<_>>()
        };
        let want: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
        assert_eq!(bits(&store), want);
        store.close().unwrap();
        drop(store);
        assert_eq!(bits(&open(folder.path())), want);
    }

    #[test]
    fn spans_are_left_open_and_matchers_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let bare = labels(&[("__name__", "m"), ("job", "x")]);
        let coded = labels(&[("__name__", "m"), ("job", "x"), ("code", "500")]);
        let at = 1_788_220_800_000;
        store.write(&[(&bare, at, 1.0), (&bare, at + DAY_MS, 2.0), (&coded, at, 3.0)]).unwrap();
        let read = |matchers: Vec<Matcher>, after: i64, until: i64| {
            let span = Span { after_ms: after, until_ms: until };
            store
                .read(&Selector::new("m", matchers), span, LIMITS)
                .unwrap()
                .into_iter()
                .map(|series| (series.labels.get("code").to_owned(), series.samples.len()))
                .collect::<Vec<_>>()
        };
        let matcher = |op, value: &str| vec![Matcher::new("code", op, value).unwrap()];
        let (bare, coded) = ((String::new(), 1), ("500".to_owned(), 1));
        assert_eq!(read(vec![Matcher::equal("job", "x")], at - 1, at), [coded.clone(), bare.clone()]);
        assert_eq!(read(vec![], at, at + DAY_MS), std::slice::from_ref(&bare));
        assert_eq!(read(matcher(MatchOp::Equal, ""), at - 1, at), std::slice::from_ref(&bare));
        assert_eq!(read(matcher(MatchOp::NotEqual, ""), at - 1, at), std::slice::from_ref(&coded));
        assert_eq!(read(matcher(MatchOp::Regex, "5.."), at - 1, at), std::slice::from_ref(&coded));
        assert_eq!(read(matcher(MatchOp::Regex, "5"), at - 1, at), []);
        assert_eq!(read(matcher(MatchOp::NotRegex, "5.."), at - 1, at), [bare]);
    }

    #[test]
    fn reads_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let series: Vec<Labels> =
            (0..20).map(|i| labels(&[("__name__", "m"), ("i", &i.to_string())])).collect();
        let rows: Vec<Write<'_>> = series.iter().map(|series| (series, 1_788_220_800_000, 1.0)).collect();
        store.write(&rows).unwrap();
        let selector = Selector::new("m", vec![]);
        let few = ReadLimits { series: 19, ..LIMITS };
        assert!(matches!(store.read(&selector, all(), few), Err(StoreError::TooManySeries(19))));
        let small = ReadLimits { samples: 5, ..LIMITS };
        assert!(matches!(store.read(&selector, all(), small), Err(StoreError::TooManySamples(5))));
        assert_eq!(store.read(&selector, all(), ReadLimits { series: 20, ..LIMITS }).unwrap().len(), 20);
    }

    #[test]
    fn what_cannot_be_stored_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let error = store.write(&[(&labels(&[("job", "x")]), 0, 1.0)]).unwrap_err().to_string();
        assert!(error.contains("no metric name"), "{error}");
        let long = "x".repeat(20_000);
        let error =
            store.write(&[(&labels(&[("__name__", "m"), ("a", &long)]), 0, 1.0)]).unwrap_err().to_string();
        assert!(error.contains("16 KiB"), "{error}");
    }
}
