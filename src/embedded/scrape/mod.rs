//! The scraper: every target on its own schedule, one scrape of it at a time.

mod fetch;
mod rows;
mod schedule;
mod target;

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Client;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::rows::{Identity, Row, Seen};
use self::schedule::Schedule;
pub use self::target::ScrapeTarget;
use super::exposition::{self, Format};
use super::source::{EmbeddedSource, Metadata};
use slo_core::time::Timestamp;
use slo_model::source::SourceError;

/// Reports that wait for a slow listener; older ones are lost to it, never to the store.
const REPORTS: usize = 1024;
/// The longest single sleep: a clock that is set, or moved by a test, is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// How one scrape went.
#[derive(Debug, Clone, PartialEq)]
pub struct ScrapeReport {
    /// The target's job.
    pub job: String,
    /// The target's instance.
    pub instance: String,
    /// The time that the samples carry.
    pub at: Timestamp,
    /// Samples that the target exposed; 0 when the scrape failed.
    pub samples: usize,
    /// From the request to the last byte parsed.
    pub took: Duration,
    /// Why it failed, and so `up` is 0; or why nothing could be stored.
    pub error: Option<String>,
}

/// Scrapes targets into an [`EmbeddedSource`].
#[derive(Debug)]
pub struct Scraper {
    targets: Vec<Target>,
    reports: broadcast::Sender<ScrapeReport>,
}

impl Scraper {
    /// A scraper of these targets; each pair of job and instance once. Nothing is asked before [`Scraper::run`].
    pub fn new(source: &EmbeddedSource, targets: Vec<ScrapeTarget>) -> Result<Self, SourceError> {
        let client = fetch::client()?;
        let mut known = BTreeSet::new();
        let mut ready = Vec::with_capacity(targets.len());
        for settings in targets {
            let url = settings.check()?;
            if !known.insert((settings.job.clone(), settings.instance.clone())) {
                return Err(SourceError::Settings(format!(
                    "two scrape targets have job {} and instance {}; give one another instance",
                    settings.job, settings.instance
                )));
            }
            ready.push(Target::new(source.clone(), client.clone(), settings, url));
        }
        Ok(Self { targets: ready, reports: broadcast::channel(REPORTS).0 })
    }

    /// A report of every scrape from now on.
    pub fn reports(&self) -> broadcast::Receiver<ScrapeReport> {
        self.reports.subscribe()
    }

    /// Scrapes every target once, now, with the given time on all samples: for a first look before the schedule
    /// begins, for replays and for tests. Times must rise from call to call.
    pub async fn scrape_once(&mut self, at: Timestamp) -> Vec<ScrapeReport> {
        let mut reports = Vec::with_capacity(self.targets.len());
        for target in &mut self.targets {
            let report = target.scrape(at).await;
            // Nobody has to listen.
            let _ = self.reports.send(report.clone());
            reports.push(report);
        }
        reports
    }

    /// Scrapes on schedule until `stop` is cancelled. A scrape in flight then is given up; what
    /// was written is durable. Series get no end marks on a stop, so that a restart continues them.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for target in self.targets {
            tasks.spawn(target.watch(stop.clone(), self.reports.clone()));
        }
        while let Some(done) = tasks.join_next().await {
            if let Err(error) = done {
                tracing::error!(%error, "a scrape loop ended on its own; its target is not watched any more");
            }
        }
    }
}

/// A target and what its last scrape brought.
#[derive(Debug)]
struct Target {
    source: EmbeddedSource,
    client: Client,
    settings: ScrapeTarget,
    url: Url,
    identity: Identity,
    schedule: Schedule,
    seen: Seen,
    healthy: Option<bool>,
}

impl Target {
    fn new(source: EmbeddedSource, client: Client, settings: ScrapeTarget, url: Url) -> Self {
        let key = format!("{}/{}/{url}", settings.job, settings.instance);
        Self {
            identity: Identity::new(settings.own_labels()),
            schedule: Schedule::new(settings.interval.into(), &key),
            source,
            client,
            settings,
            url,
            seen: Seen::new(),
            healthy: None,
        }
    }

    async fn watch(mut self, stop: CancellationToken, reports: broadcast::Sender<ScrapeReport>) {
        let mut last = Timestamp::MIN;
        loop {
            let Some(at) = self.next(last, &stop).await else { return };
            last = at;
            let report = tokio::select! {
                () = stop.cancelled() => return,
                report = self.scrape(at) => report,
            };
            self.tell(&report);
            // Nobody has to listen.
            let _ = reports.send(report);
        }
    }

    /// Waits for the next slot after `last` and answers the time its scrape carries; `None` when it is time to stop.
    async fn next(&self, last: Timestamp, stop: &CancellationToken) -> Option<Timestamp> {
        let clock = self.source.clock();
        let interval = self.schedule.interval();
        let mut now = clock.now();
        // A `last` far ahead of now is a clock that was set back: start again from now.
        let from = |now: Timestamp| if last > now + interval { now } else { now.max(last) };
        let mut slot = self.schedule.after(from(now));
        while now < slot {
            if slot - now > interval * 2 {
                slot = self.schedule.after(from(now));
            }
            let left = (slot - now).to_std();
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
            }
            now = clock.now();
        }
        (!stop.is_cancelled()).then(|| self.schedule.stamp(slot, now))
    }

    /// One scrape: ask, parse, store. Failures are part of the data (`up` is 0 and every series ends), not errors.
    async fn scrape(&mut self, at: Timestamp) -> ScrapeReport {
        let started = Instant::now();
        let answer = match self.ask(at).await {
            Ok(answer) => answer,
            Err(reason) => Answer { error: Some(reason), ..Answer::default() },
        };
        let took = started.elapsed();
        let Answer { mut rows, seen, samples, mut error } = answer;
        rows.extend(rows::ended(&self.seen, &seen, at));
        rows.extend(self.identity.report(at, error.is_none(), took, samples));
        match self.source.write(rows).await {
            // What was not written has not ended either: the marks are due next time.
            Err(store) => error = Some(store.to_string()),
            Ok(()) => self.seen = seen,
        }
        let ScrapeTarget { job, instance, .. } = self.settings.clone();
        ScrapeReport { job, instance, at, samples, took, error }
    }

    async fn ask(&self, at: Timestamp) -> Result<Answer, String> {
        let ScrapeTarget { timeout, body_limit, sample_limit, .. } = self.settings;
        let (body, format) = fetch::fetch(&self.client, &self.url, timeout, body_limit).await?;
        let (identity, source) = (self.identity.clone(), self.source.clone());
        // Parsing is the CPU of a scrape; a large one must not hold up the runtime.
        let parsed =
            tokio::task::spawn_blocking(move || read(&body, format, sample_limit, &identity, &source, at));
        parsed.await.map_err(|error| error.to_string())?
    }

    /// Says once when a target goes down, and when it comes back.
    fn tell(&mut self, report: &ScrapeReport) {
        let healthy = report.error.is_none();
        if self.healthy.replace(healthy) == Some(healthy) {
            return;
        }
        let ScrapeReport { job, instance, .. } = report;
        if let Some(error) = &report.error {
            tracing::warn!(job, instance, url = %self.url, error, "scrape failed");
        } else {
            tracing::info!(job, instance, samples = report.samples, "scraped");
        }
    }
}

/// What a scrape brought.
#[derive(Debug, Default)]
struct Answer {
    rows: Vec<Row>,
    seen: Seen,
    samples: usize,
    error: Option<String>,
}

fn read(
    body: &str,
    format: Format,
    limit: usize,
    identity: &Identity,
    source: &EmbeddedSource,
    at: Timestamp,
) -> Result<Answer, String> {
    let parsed = exposition::parse(body, format, limit).map_err(|error| error.to_string())?;
    let samples = parsed.samples.len();
    let described = parsed.families.into_iter();
    source
        .remember(described.map(|(name, family)| (name, Metadata { kind: family.kind, help: family.help })));
    let (rows, seen) = identity.rows(parsed.samples, at);
    Ok(Answer { rows, seen, samples, error: None })
}
