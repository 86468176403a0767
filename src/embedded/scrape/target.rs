//! What is scraped, and how often.

use std::time::Duration;

use url::Url;

use slo_core::labels::Labels;
use slo_core::names::{INSTANCE, JOB};
use slo_model::source::SourceError;

/// The shortest interval; a scrape more often than this is a benchmark.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// One target. [`ScrapeTarget::new`] has the usual values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeTarget {
    /// The `job` label.
    pub job: String,
    /// The `instance` label; job and instance together name a target.
    pub instance: String,
    /// Where its metrics are, `http` or `https`.
    pub url: String,
    /// More labels for all its series.
    pub labels: Labels,
    /// From scrape to scrape.
    pub interval: Duration,
    /// For connection, headers and body together; at most the interval.
    pub timeout: Duration,
    /// Samples of one scrape; more fail it.
    pub sample_limit: usize,
    /// Bytes of one answer; more fail the scrape.
    pub body_limit: usize,
}

impl ScrapeTarget {
    /// A target scraped every 15 s within 10 s, with at most 50,000 samples in 32 MiB; its instance is the URL's host
    /// and port, as Prometheus has it.
    pub fn new(job: impl Into<String>, url: impl Into<String>) -> Self {
        let url = url.into();
        let instance = Url::parse(&url)
            .ok()
            .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
        Self {
            job: job.into(),
            instance: instance.unwrap_or_default(),
            url,
            labels: Labels::new(),
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            sample_limit: 50_000,
            body_limit: 32 << 20,
        }
    }

    /// The labels that every series of this target gets.
    pub(super) fn own_labels(&self) -> Labels {
        let mut labels = self.labels.clone();
        labels.set(JOB, self.job.as_str());
        labels.set(INSTANCE, self.instance.as_str());
        labels
    }

    /// The URL, or what is wrong with the target.
    pub(super) fn check(&self) -> Result<Url, SourceError> {
        let refuse =
            |reason: String| SourceError::Settings(format!("the scrape target {}: {reason}", self.url));
        let url = Url::parse(&self.url).map_err(|error| refuse(format!("not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refuse("it must be an http or https URL with a host".to_owned()));
        }
        if self.job.is_empty() || self.instance.is_empty() {
            return Err(refuse("job and instance must not be empty".to_owned()));
        }
        if self.interval < SHORTEST_INTERVAL {
            return Err(refuse(format!("the interval is below {} ms", SHORTEST_INTERVAL.as_millis())));
        }
        if self.timeout.is_zero() || self.timeout > self.interval {
            return Err(refuse("the timeout must be above 0 and at most the interval".to_owned()));
        }
        let named = |name: &str| {
            !name.starts_with("__")
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !name.starts_with(|first: char| first.is_ascii_digit())
        };
        match self.labels.iter().find(|(name, _)| !named(name)) {
            Some((name, _)) => Err(refuse(format!("{name:?} is not a label name"))),
            None => Ok(url),
        }
    }
}
