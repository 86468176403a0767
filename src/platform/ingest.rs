//! The sample ingester: each source on its own schedule, from a generator instead of the network. Everything behind
//! that is real: records are stored with the time of the run in one transaction, and only then does freshness move.

use std::sync::Arc;

use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::events::{Ingested, IngestionFailed};
use super::fault::Injector;
use super::metrics::Metrics;
use super::model::IngestSource;
use super::seed;
use super::settings::Schedule;
use super::store::{CompanyFilter, Progress, Records, Store, StoreError};
use slo_base::clock::Clock;
use slo_base::telemetry::event::Event;
use slo_core::time::{Span, Timestamp};

/// Companies read at once; more than there are.
const ALL_COMPANIES: i64 = 10_000;
/// A database that was just filled says that its sources were last ingested this long ago, so that a platform whose
/// ingestion never works is visibly stale, not fresh by having just been born.
const AGE_OF_NEW_DATA: Span = Span::hours(2);

/// Why a run brought nothing.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the source does not answer (a fault on request)")]
    Fault,
}

/// Ingests all sources.
#[derive(Debug, Clone)]
pub struct Ingester {
    store: Store,
    metrics: Metrics,
    injector: Arc<Injector>,
    clock: Clock,
    seed: u64,
    /// Tickers with names, and with the SEC's numbers.
    names: Arc<Vec<(String, String)>>,
    ciks: Arc<Vec<(String, String)>>,
}

impl Ingester {
    /// Fills an empty database, and takes the freshness of each source from it.
    pub async fn prepare(
        store: Store,
        metrics: Metrics,
        injector: Arc<Injector>,
        clock: Clock,
        seed: u64,
    ) -> Result<Self, StoreError> {
        fill(&store, seed, clock.now()).await?;
        let companies = store.companies(&CompanyFilter::default(), ALL_COMPANIES).await?.items;
        let (mut names, mut ciks) = (Vec::new(), Vec::new());
        for company in companies {
            names.push((company.ticker.clone(), company.name));
            ciks.push((company.ticker, company.cik));
        }
        for source in IngestSource::ALL {
            if let Some(progress) = store.progress(source).await? {
                metrics.set_last_success(source, progress.last_success);
            }
        }
        Ok(Self { store, metrics, injector, clock, seed, names: Arc::new(names), ciks: Arc::new(ciks) })
    }

    /// One run of every source.
    pub async fn run_once(&self) {
        for source in IngestSource::ALL {
            self.ingest(source).await;
        }
    }

    /// Runs each source on its schedule until `stop`; the first runs come one period from now.
    pub async fn run(self, schedule: Schedule, stop: CancellationToken) {
        let sources = IngestSource::ALL.map(|source| {
            let (ingester, stop) = (self.clone(), stop.clone());
            async move { ingester.run_source(source, schedule, stop).await }
        });
        futures::future::join_all(sources).await;
    }

    async fn run_source(&self, source: IngestSource, schedule: Schedule, stop: CancellationToken) {
        let period = schedule.period(source);
        let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // Not raced against `stop`: a run is short, and a transaction should end by its own will.
            self.ingest(source).await;
        }
    }

    /// One run, with its outcome counted and logged.
    async fn ingest(&self, source: IngestSource) {
        match self.try_ingest(source).await {
            Ok((records, at)) => Ingested { source, records, at }.emit(&self.metrics),
            Err(error) => IngestionFailed { source, error }.emit(&self.metrics),
        }
    }

    async fn try_ingest(&self, source: IngestSource) -> Result<(usize, Timestamp), RunError> {
        if self.injector.stops_ingestion() {
            return Err(RunError::Fault);
        }
        let now = self.clock.now();
        let run = self.store.progress(source).await?.map_or(0, |progress| progress.runs);
        let records = match source {
            IngestSource::Sec => Records::Filings(seed::fresh_filings(self.seed, run, &self.ciks, now)),
            IngestSource::Financial => {
                let caps = self.store.market_caps().await?;
                Records::Financials(seed::fresh_market_caps(self.seed, run, &caps))
            }
            IngestSource::News => Records::News(seed::fresh_news(self.seed, run, &self.names, now)),
        };
        let progress = Progress { runs: run.saturating_add(1), last_success: now };
        self.store.ingest(source, &records, progress).await?;
        Ok((records.len(), now))
    }
}

/// Fills `store` when it is empty.
async fn fill(store: &Store, seed: u64, now: Timestamp) -> Result<(), StoreError> {
    let companies = seed::companies(seed, now);
    let names: Vec<_> = companies.iter().map(|c| (c.ticker.clone(), c.name.clone())).collect();
    let ciks: Vec<_> = companies.iter().map(|c| (c.ticker.clone(), c.cik.clone())).collect();
    let last_success = now - AGE_OF_NEW_DATA;
    let news = seed::news(seed, &names, last_success);
    let filings = seed::filings(seed, &ciks, last_success);
    if store.fill(&companies, &filings, &news, last_success).await? {
        tracing::info!(
            companies = companies.len(),
            news = news.len(),
            "filled a new database with sample data"
        );
    }
    Ok(())
}
