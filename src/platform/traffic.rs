//! Light sample traffic, so that a platform API without users has requests to count: a steady rate, a seeded mix over
//! the routes, now and then a mistake such as people make.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Bytes of an answer that are read; a page of a hundred items has a tenth of it.
const MAX_ANSWER: usize = 1 << 20;
/// Requests under way at once; further ones are left out, so that a stuck server is not buried.
const MAX_UNDER_WAY: usize = 64;
/// Requests a second at most.
const MAX_RATE: f64 = 10_000.0;

/// How much traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Requests a second.
    pub rate: f64,
    /// Decides the mix.
    pub seed: u64,
    /// A request without an answer by then counts as failed.
    pub timeout: Duration,
    /// Ends after this many requests; `None` goes on until it is stopped.
    pub requests: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rate: 20.0, seed: 1, timeout: Duration::from_secs(15), requests: None }
    }
}

/// What became of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Sent; the sum of the others.
    pub sent: u64,
    /// Answered with 1xx to 3xx.
    pub good: u64,
    /// Answered with 4xx.
    pub client_errors: u64,
    /// Answered with 5xx.
    pub server_errors: u64,
    /// Not answered: no connection, or too slow.
    pub unanswered: u64,
    /// Left out because too many were under way; not in `sent`.
    pub skipped: u64,
}

/// Why there is no traffic.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    /// The address is none.
    #[error("{0:?} is not an address for sample traffic; write it as http://127.0.0.1:8080")]
    Address(String),
    /// The client cannot be made.
    #[error("sample traffic cannot start: {0}")]
    Client(reqwest::Error),
}

#[derive(Debug, Default)]
struct Counts {
    good: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    unanswered: AtomicU64,
}

#[derive(Deserialize)]
struct Companies {
    items: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    ticker: String,
}

/// Sends sample traffic to the platform API at `base` until `stop`, and waits for the answers under way.
pub async fn run(base: &str, settings: Settings, stop: CancellationToken) -> Result<Summary, TrafficError> {
    let base = Url::parse(base)
        .ok()
        .filter(|url| !url.cannot_be_a_base() && url.has_host())
        .ok_or_else(|| TrafficError::Address(base.chars().take(200).collect()))?;
    let client = client(settings.timeout)?;
    let mut mix = Mix { rng: StdRng::seed_from_u64(settings.seed), tickers: Vec::new() };
    let counts = Arc::new(Counts::default());
    let (mut sent, mut skipped) = (0, 0);
    let room = Arc::new(Semaphore::new(MAX_UNDER_WAY));
    let mut under_way = JoinSet::new();
    let rate = if settings.rate.is_finite() { settings.rate.clamp(0.001, MAX_RATE) } else { MAX_RATE };
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    // A machine that was busy or asleep does not catch up in a burst.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while settings.requests.is_none_or(|wanted| sent < wanted) {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        while under_way.try_join_next().is_some() {}
        if mix.tickers.is_empty() {
            // The first request asks what there is; until it is answered there is nothing to ask about.
            sent += 1;
            let url = join(&base, "/api/v1/companies?limit=100");
            mix.tickers = tokio::select! {
                () = stop.cancelled() => { counts.unanswered.fetch_add(1, Ordering::Relaxed); break }
                tickers = tickers(&client, url, &counts) => tickers,
            };
            continue;
        }
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            skipped += 1;
            continue;
        };
        sent += 1;
        let (client, url, counts) = (client.clone(), join(&base, &mix.next()), Arc::clone(&counts));
        under_way.spawn(async move {
            fetch(&client, url, &counts).await;
            drop(place);
        });
    }
    while under_way.join_next().await.is_some() {}
    Ok(Summary {
        sent,
        good: counts.good.load(Ordering::Relaxed),
        client_errors: counts.client_errors.load(Ordering::Relaxed),
        server_errors: counts.server_errors.load(Ordering::Relaxed),
        unanswered: counts.unanswered.load(Ordering::Relaxed),
        skipped,
    })
}

/// A client that needs no proxy and follows nothing.
fn client(timeout: Duration) -> Result<Client, TrafficError> {
    // reqwest is built without a TLS provider of its own and wants one even for plain HTTP. An error says that the
    // process has one already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .timeout(timeout)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("sample-traffic/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(TrafficError::Client)
}

fn join(base: &Url, path_and_query: &str) -> Url {
    base.join(path_and_query).unwrap_or_else(|_| base.clone())
}

/// One request; its answer's body if it was a good one.
async fn fetch(client: &Client, url: Url, counts: &Counts) -> Option<Vec<u8>> {
    let answer = async {
        let mut response = client.get(url).send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok::<_, reqwest::Error>((response.status(), body))
    };
    let (counter, body) = match answer.await {
        Ok((status, _)) if status.is_server_error() => (&counts.server_errors, None),
        Ok((status, _)) if status.is_client_error() => (&counts.client_errors, None),
        Ok((_, body)) => (&counts.good, Some(body)),
        Err(error) => {
            tracing::debug!(%error, "sample traffic was not answered");
            (&counts.unanswered, None)
        }
    };
    counter.fetch_add(1, Ordering::Relaxed);
    body
}

/// The companies to ask about; none when the answer is not what it should be.
async fn tickers(client: &Client, url: Url, counts: &Counts) -> Vec<String> {
    let body = fetch(client, url, counts).await.unwrap_or_default();
    serde_json::from_slice::<Companies>(&body)
        .map(|companies| companies.items.into_iter().map(|company| company.ticker).collect())
        .unwrap_or_default()
}

/// What is asked next.
#[derive(Debug)]
struct Mix {
    rng: StdRng,
    tickers: Vec<String>,
}

impl Mix {
    /// Path and query. About one in four hundred is a mistake, far inside the objective for client errors.
    fn next(&mut self) -> String {
        const SECTORS: [&str; 4] = ["Energy", "Utilities", "Health+Care", "Information+Technology"];
        const WORDS: [&str; 4] = ["har", "beacon", "trust", "soft"];
        let rng = &mut self.rng;
        let ticker = self.tickers.choose(rng).map_or("NOSUCH", String::as_str);
        match rng.random_range(0..400) {
            0 => "/api/v1/companies/NOSUCH".to_owned(),
            1..100 => format!("/api/v1/companies?limit={}", rng.random_range(5..=50)),
            100..140 => {
                format!("/api/v1/companies?sector={}", SECTORS.choose(rng).copied().unwrap_or_default())
            }
            140..160 => format!("/api/v1/companies?q={}", WORDS.choose(rng).copied().unwrap_or_default()),
            160..260 => format!("/api/v1/companies/{ticker}"),
            260..320 => format!("/api/v1/companies/{ticker}/news?limit=10"),
            320..340 => format!("/api/v1/news?ticker={ticker}"),
            _ => "/api/v1/news?limit=30".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_the_same_for_the_same_seed_and_rarely_wrong() {
        let mix = |seed| {
            let mut mix = Mix { rng: StdRng::seed_from_u64(seed), tickers: vec!["ABC".to_owned()] };
            (0..4000).map(|_| mix.next()).collect::<Vec<_>>()
        };
        assert_eq!(mix(1), mix(1));
        assert_ne!(mix(1), mix(2));
        let wrong = mix(1).iter().filter(|path| path.ends_with("NOSUCH")).count();
        assert!((1..40).contains(&wrong), "{wrong} of 4000");
        for route in ["/api/v1/companies?", "/api/v1/companies/ABC", "/ABC/news", "/api/v1/news"] {
            assert!(mix(1).iter().any(|path| path.contains(route)), "{route}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused() {
        for bad in ["", "127.0.0.1:8080", "mailto:a@b"] {
            let refused = run(bad, Settings::default(), CancellationToken::new()).await;
            assert!(matches!(refused, Err(TrafficError::Address(_))), "{bad}: {refused:?}");
        }
    }
}
