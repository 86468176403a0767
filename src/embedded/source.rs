//! The embedded store as a [`Source`], and as what the Prometheus query API asks. tsink blocks, so every call runs on
//! a blocking thread, and only so many at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::eval::{self, Failure, Limits, QueryValue};
use super::exposition::{self, MetricKind};
use super::store::{ReadLimits, Store, StoreError, StoreSettings, Write, is_stale};
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::promql::Selector;
use slo_model::source::{Answer, Point, Series, SeriesWriter, Source, SourceError, WriteError};

/// What this source calls itself.
const VERSION: &str = "embedded (tsink 0.10)";
/// Queries evaluated at once; more wait for a turn.
const CONCURRENT_QUERIES: usize = 8;
/// How long a query waits for its turn, and then runs, when the caller names no limit: Prometheus' two minutes.
const QUERY_TIMEOUT: Duration = Duration::from_mins(2);
/// Series of one selector in a query.
const QUERY_SERIES: usize = 100_000;
/// Samples read and values computed by one query: about 300 MB.
const QUERY_POINTS: usize = 20_000_000;
/// Metrics whose type and help are remembered.
const MAX_METADATA: usize = 20_000;

/// What a target says about a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The type, as exposed.
    pub kind: MetricKind,
    /// The help text, empty when there is none.
    pub help: String,
}

/// The embedded source: one folder, written by the scraper and read by everybody. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedSource {
    store: Store,
    clock: Clock,
    turns: Arc<Semaphore>,
    metadata: Arc<Mutex<BTreeMap<String, Metadata>>>,
    place: Arc<str>,
}

impl std::fmt::Debug for EmbeddedSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedSource").field("place", &self.place).finish_non_exhaustive()
    }
}

impl EmbeddedSource {
    /// Opens the folder, or creates it. What an earlier process wrote is there, whether it closed the store, was
    /// killed, or lost power. Fails when another process has the folder open.
    pub async fn open(settings: StoreSettings, clock: Clock) -> Result<Self, SourceError> {
        let place = format!("embedded store in {}", absolute(&settings.folder));
        let opened = tokio::task::spawn_blocking(move || Store::open(&settings)).await;
        let store = opened
            .map_err(|error| SourceError::Store(error.to_string()))?
            .map_err(|error| source_error(&error))?;
        Ok(Self {
            store,
            clock,
            turns: Arc::new(Semaphore::new(CONCURRENT_QUERIES)),
            metadata: Arc::default(),
            place: place.into(),
        })
    }

    /// Writes series, durable on return. Samples of a series come in order of time; one that is there already is
    /// replaced. Samples outside the retention are refused.
    pub async fn append(&self, series: Vec<Series>) -> Result<(), SourceError> {
        let store = self.store.clone();
        self.blocking(move || {
            let rows: Vec<Write<'_>> = series
                .iter()
                .flat_map(|one| one.samples.iter().map(|sample| (&one.labels, sample.at, sample.value)))
                .collect();
            store.write(&rows).map_err(|error| source_error(&error))
        })
        .await
    }

    /// Loads OpenMetrics text whose samples carry timestamps, such as a recorded trace. Answers how many samples
    /// there were.
    pub async fn load_openmetrics(&self, text: String) -> Result<usize, SourceError> {
        let parsed = tokio::task::spawn_blocking(move || exposition::history(&text)).await;
        let series = parsed
            .map_err(|error| SourceError::Store(error.to_string()))?
            .map_err(|error| SourceError::Store(format!("cannot load OpenMetrics text: {error}")))?;
        let count = series.iter().map(|one| one.samples.len()).sum();
        self.append(series).await?;
        Ok(count)
    }

    /// Evaluates PromQL at one moment; `None` takes the default time limit of two minutes.
    pub async fn query(
        &self,
        query: &str,
        at: Timestamp,
        timeout: Option<Duration>,
    ) -> Result<QueryValue, Failure> {
        let query = query.to_owned();
        self.evaluate(timeout, move |store, limits| eval::instant(store, limits, &query, at)).await
    }

    /// Evaluates PromQL at `start`, `start + step`, … up to `end`; at most 11,000 steps.
    pub async fn query_range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
        timeout: Option<Duration>,
    ) -> Result<QueryValue, Failure> {
        let query = query.to_owned();
        let times = (start, end, step);
        self.evaluate(timeout, move |store, limits| eval::range(store, limits, &query, times)).await
    }

    /// The labels of the series that any of the selectors matched in `range`, sorted, each once.
    pub async fn series(&self, selectors: Vec<Selector>, range: TimeRange) -> Result<Vec<Labels>, Failure> {
        self.evaluate(None, move |store, limits| {
            let mut found = Vec::new();
            for selector in &selectors {
                found.extend(store.series(selector, range, limits.series)?);
            }
            found.sort();
            found.dedup();
            Ok(found)
        })
        .await
    }

    /// Types and help texts as the targets expose them, by metric name. Empty after a restart until the next scrape.
    pub fn metadata(&self) -> BTreeMap<String, Metadata> {
        self.metadata.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The clock this source calls "now".
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Flushes and closes the store; later calls fail. Dropping the last clone does the same without an answer.
    pub async fn close(&self) -> Result<(), SourceError> {
        let store = self.store.clone();
        self.blocking(move || store.close().map_err(|error| source_error(&error))).await
    }

    /// Remembers what a scrape said about its metrics.
    pub(super) fn remember(&self, described: impl IntoIterator<Item = (String, Metadata)>) {
        let mut metadata = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, about) in described {
            if metadata.len() < MAX_METADATA || metadata.contains_key(&name) {
                metadata.insert(name, about);
            }
        }
    }

    /// Writes what a scrape brought.
    pub(super) async fn write(&self, rows: Vec<(Arc<Labels>, Timestamp, f64)>) -> Result<(), SourceError> {
        let store = self.store.clone();
        self.blocking(move || {
            let rows: Vec<Write<'_>> =
                rows.iter().map(|(labels, at, value)| (&**labels, *at, *value)).collect();
            store.write(&rows).map_err(|error| source_error(&error))
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(error) => Err(SourceError::Store(error.to_string())),
        }
    }

    /// Runs a query when it is its turn. The permit goes with the work: a caller that leaves does not let one more in.
    async fn evaluate<T: Send + 'static>(
        &self,
        timeout: Option<Duration>,
        work: impl FnOnce(&Store, Limits) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let timeout = timeout.unwrap_or(QUERY_TIMEOUT).min(QUERY_TIMEOUT);
        let started = Instant::now();
        let turn = match tokio::time::timeout(timeout, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) => return Err(Failure::Unavailable("the embedded store is closed".to_owned())),
            Err(_) => return Err(Failure::Timeout),
        };
        let limits = Limits {
            series: QUERY_SERIES,
            points: QUERY_POINTS,
            timeout: timeout.saturating_sub(started.elapsed()),
        };
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || {
            let answer = work(&store, limits);
            drop(turn);
            answer
        });
        match done.await {
            Ok(answer) => answer,
            Err(error) => Err(Failure::Internal(format!("the query was not evaluated: {error}"))),
        }
    }

    fn query_error(&self, query: &str, failure: Failure) -> SourceError {
        match failure {
            Failure::BadData(reason) | Failure::Execution(reason) => {
                SourceError::BadQuery { url: self.place(), reason, query: query.to_owned() }
            }
            Failure::Timeout => SourceError::Timeout { url: self.place(), seconds: QUERY_TIMEOUT.as_secs() },
            Failure::Internal(reason) | Failure::Unavailable(reason) => SourceError::Store(reason),
        }
    }
}

#[async_trait]
impl SeriesWriter for EmbeddedSource {
    async fn write(&self, series: Vec<Series>) -> Result<(), WriteError> {
        if series.is_empty() { Ok(()) } else { Ok(self.append(series).await?) }
    }
}

#[async_trait]
impl Source for EmbeddedSource {
    async fn samples(
        &self,
        selector: &Selector,
        range: TimeRange,
        max_series: usize,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        let (store, selector, place) = (self.store.clone(), selector.clone(), self.place());
        self.blocking(move || {
            let limits = ReadLimits { series: max_series, samples: QUERY_POINTS, deadline: None };
            let mut series = match store.read(&selector, range, limits) {
                Ok(series) => series,
                Err(StoreError::TooManySeries(limit)) => {
                    return Err(SourceError::TooManySeries { selector: selector.to_string(), limit });
                }
                Err(StoreError::TooManySamples(limit)) => {
                    let reason = format!("{selector} matches more than {limit} samples");
                    return Err(SourceError::TooLarge { url: place, reason });
                }
                Err(error) => return Err(source_error(&error)),
            };
            for one in &mut series {
                one.samples.retain(|sample| !is_stale(sample.value));
            }
            series.retain(|one| !one.samples.is_empty());
            Ok(Answer::of(series))
        })
        .await
    }

    async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer<Vec<Point>>, SourceError> {
        let value = self.query(query, at, None).await.map_err(|failure| self.query_error(query, failure))?;
        let of_kind = |kind: &str| {
            let reason = format!("the result is a {kind}, and an instant vector or a scalar is needed");
            self.query_error(query, Failure::BadData(reason))
        };
        match value {
            QueryValue::Scalar(sample) => {
                Ok(Answer::of(vec![Point { labels: Labels::new(), value: sample.value }]))
            }
            QueryValue::Vector(vector) => Ok(Answer::of(
                vector
                    .into_iter()
                    .filter_map(|one| {
                        let sample = one.samples.first()?;
                        Some(Point { value: sample.value, labels: one.labels })
                    })
                    .collect(),
            )),
            other @ (QueryValue::Matrix(_) | QueryValue::Text(..)) => Err(of_kind(other.kind())),
        }
    }

    async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Span,
    ) -> Result<Answer<Vec<Series>>, SourceError> {
        match self.query_range(query, start, end, step, None).await {
            Ok(QueryValue::Matrix(matrix) | QueryValue::Vector(matrix)) => Ok(Answer::of(matrix)),
            Ok(QueryValue::Scalar(_) | QueryValue::Text(..)) => Ok(Answer::of(Vec::new())),
            Err(failure) => Err(self.query_error(query, failure)),
        }
    }

    async fn label_values(
        &self,
        selector: &Selector,
        label: &str,
        range: TimeRange,
    ) -> Result<Answer<Vec<String>>, SourceError> {
        let series = self.series(vec![selector.clone()], range).await;
        let series = series.map_err(|failure| self.query_error(&selector.to_string(), failure))?;
        let mut values: Vec<String> = series
            .iter()
            .map(|labels| labels.get(label))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        values.sort();
        values.dedup();
        Ok(Answer::of(values))
    }

    async fn version(&self) -> Result<String, SourceError> {
        Ok(VERSION.to_owned())
    }

    fn place(&self) -> String {
        self.place.to_string()
    }

    fn background_errors(&self) -> Option<u64> {
        Some(self.store.background_errors())
    }
}

fn source_error(error: &StoreError) -> SourceError {
    SourceError::Store(error.to_string())
}

fn absolute(folder: &Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf()).display().to_string()
}
