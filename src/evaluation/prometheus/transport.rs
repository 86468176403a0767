//! Sends one request until it is answered or given up: credentials, redirects, the limits of time, bytes and requests
//! at once, and retries. Knows HTTP, not what an answer means.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{AGE, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use super::client::HttpClient;
use super::failure::{self, ApiError};
use super::headers::{self, Headers};
use super::retry::{self, Outcome};
use super::watch::Watch;
use super::whole_seconds;
use slo_base::clock::Clock;
use slo_base::config::source::{QueryMethod, SourceSettings};
use slo_core::time::{Span, Timestamp};
use slo_model::source::SourceError;

/// Redirects and changes of method within one try.
const MAX_HOPS: usize = 5;
/// A `Date` is rounded down to whole seconds.
const HALF_A_SECOND: Span = Span::from_ms(500);
/// Of the body of an error only the start is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What is asked.
pub(super) struct Request<'a> {
    /// The path below `/api/v1`, in segments.
    pub path: &'a [&'a str],
    /// Parameters, in the URL or as a form.
    pub params: Vec<(&'static str, String)>,
    /// Whether the endpoint takes a form.
    pub form: bool,
    /// Whether its asker asks for less when it takes too long; then a gateway that gave up is not asked the same again.
    pub divisible: bool,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// Where it came from, without parameters or credentials.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The content type, empty if there was none.
    pub content_type: String,
    /// The body, or as much of it as is read.
    pub body: Vec<u8>,
    /// The body was longer than that.
    pub cut: bool,
    /// From the request to the end of the body.
    pub took: Duration,
    /// How far the server's clock is ahead of ours, by its `Date`, which is in whole seconds.
    pub clock_skew: Option<Span>,
}

impl Reply {
    /// Whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body is a page for people: a proxy's, or a login's.
    pub fn is_html(&self) -> bool {
        self.content_type.contains("html") || self.body.trim_ascii_start().starts_with(b"<")
    }
}

/// A failed try.
struct Failure {
    error: SourceError,
    passing: bool,
}

impl Failure {
    fn lasting(error: SourceError) -> Self {
        Self { error, passing: false }
    }
}

/// A connection to one server.
pub(super) struct Transport {
    settings: SourceSettings,
    clock: Clock,
    client: HttpClient,
    permits: Semaphore,
    /// The server answered 405 to a form.
    only_get: AtomicBool,
    /// The server asked to be left alone until then, and how it did.
    rest: Mutex<Option<(Instant, Reply)>>,
    watch: Watch,
}

impl Transport {
    /// Checks the settings and reads the certificates.
    pub fn new(settings: SourceSettings, clock: Clock) -> Result<Self, SourceError> {
        settings.check().map_err(|wrong| SourceError::Settings(wrong.to_string()))?;
        headers::check(&settings)?;
        let client = HttpClient::new(settings.tls.clone(), settings.url().scheme() == "https")?;
        let permits = Semaphore::new(settings.max_concurrency.min(Semaphore::MAX_PERMITS));
        Ok(Self {
            settings,
            clock,
            client,
            permits,
            only_get: AtomicBool::new(false),
            rest: Mutex::default(),
            watch: Watch::default(),
        })
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &SourceSettings {
        &self.settings
    }

    /// How the server is doing.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The time, as we see it.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Sends until there is an answer of any status, or until trying again is of no use.
    pub async fn send(&self, request: &Request<'_>) -> Result<Reply, SourceError> {
        if let Some(reply) = self.resting() {
            return Ok(reply);
        }
        let mut tries = 0;
        loop {
            let started = Instant::now();
            let (result, outcome) = self.attempt(request).await;
            self.watch.asked(&result, started.elapsed().as_secs_f64(), self.clock.now());
            tries += 1;
            if let (Some(rest), Ok(reply)) = (retry::rest(&self.settings.retry, outcome), &result) {
                let rest = Some((Instant::now() + rest, reply.clone()));
                *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
            }
            let Some(wait) = retry::wait(&self.settings.retry, tries, outcome) else { return result };
            let problem = match &result {
                Ok(reply) => format!("HTTP {}", reply.status),
                Err(error) => error.to_string(),
            };
            // Each of hundreds of questions may be asked again; what they all came to, its asker tells.
            tracing::debug!(server = %self.settings.url(), tries, ?wait, problem, "asking again");
            tokio::time::sleep(wait).await;
        }
    }

    /// The answer of a server that asked not to be asked now.
    fn resting(&self) -> Option<Reply> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.take_if(|(until, _)| *until <= Instant::now());
        rest.as_ref().map(|(_, reply)| reply.clone())
    }

    /// One try, within its time and its turn.
    async fn attempt(&self, request: &Request<'_>) -> (Result<Reply, SourceError>, Outcome) {
        // Never closed, so this only waits. Waiting for a turn is not the server's time.
        let _turn = self.permits.acquire().await;
        let exchange = tokio::time::timeout(self.settings.timeout, self.exchange(request));
        match exchange.await {
            Ok(Ok((reply, asked))) => {
                let outcome = outcome_of(&reply, asked, request.divisible);
                (Ok(reply), outcome)
            }
            Ok(Err(failure)) => {
                let outcome = if failure.passing { Outcome::Passing(None) } else { Outcome::Final };
                (Err(failure.error), outcome)
            }
            // Not tried again: the caller's time is spent, and the server would do the same work once more.
            Err(_) => {
                let seconds = whole_seconds(self.settings.timeout);
                (
                    Err(SourceError::Timeout { url: shown(&self.endpoint(request.path)), seconds }),
                    Outcome::Final,
                )
            }
        }
    }

    /// Sends and reads the answer, with the wait the server asked for.
    async fn exchange(&self, request: &Request<'_>) -> Result<(Reply, Option<Duration>), Failure> {
        let started = Instant::now();
        let headers = Headers::current(&self.settings).await.map_err(Failure::lasting)?;
        let client = self.client.current();
        let mut url = self.endpoint(request.path);
        for _ in 0..MAX_HOPS {
            let form = request.form
                && self.settings.method == QueryMethod::Post
                && !self.only_get.load(Ordering::Relaxed);
            let builder = if form {
                client.request(Method::POST, url.clone()).form(&request.params)
            } else {
                client.request(Method::GET, url.clone()).query(&request.params)
            };
            let builder = builder.query(self.settings.parameters());
            let sent = headers.apply(builder).send().await;
            let response = sent.map_err(|error| self.unreachable(&url, error))?;
            if form && response.status() == StatusCode::METHOD_NOT_ALLOWED {
                self.only_get.store(true, Ordering::Relaxed);
            } else if response.status().is_redirection() {
                url = redirected(&url, &response).map_err(Failure::lasting)?;
            } else {
                return self.read(response, &url, started).await;
            }
        }
        let reason = format!("it redirects more than {MAX_HOPS} times");
        Err(Failure::lasting(SourceError::Malformed { url: shown(&url), reason }))
    }

    async fn read(
        &self,
        mut response: Response,
        url: &Url,
        started: Instant,
    ) -> Result<(Reply, Option<Duration>), Failure> {
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let now = self.clock.now();
        // What a cache kept tells the time of its beginning.
        let date = header(DATE).filter(|_| !response.headers().contains_key(AGE));
        let date = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        let clock_skew = date.map(|date| Timestamp::from(date) + HALF_A_SECOND - now);
        let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
        let asked = header(RETRY_AFTER).and_then(|text| retry::retry_after(text, self.clock.now()));
        let limit = if status.is_success() { self.settings.max_response_bytes } else { MAX_ERROR_BYTES };
        let expected = response.content_length().unwrap_or(0);
        let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(limit).min(limit));
        let mut cut = false;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(url, error))? {
            let room = limit - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                cut = true;
                break;
            }
        }
        let took = started.elapsed();
        let (url, status) = (shown(url), status.as_u16());
        Ok((Reply { url, status, content_type, body, cut, took, clock_skew }, asked))
    }

    fn unreachable(&self, url: &Url, error: reqwest::Error) -> Failure {
        let passing = !failure::is_tls(&error) && !error.is_builder();
        let connected = !error.is_connect();
        let is_packed = error.is_decode();
        let mut reason = failure::reason(error);
        if is_packed {
            reason.insert_str(0, "its answer cannot be unpacked: ");
        }
        // In TLS 1.3 a server that misses our certificate accepts the connection first, then closes it; its alert
        // often comes too late to be read.
        if connected && passing && url.scheme() == "https" && self.settings.tls.client_cert.is_none() {
            reason.push_str(" (perhaps it asks for a client certificate, and none is set)");
        }
        Failure { error: SourceError::Unreachable { url: shown(url), reason }, passing }
    }

    fn endpoint(&self, path: &[&str]) -> Url {
        let mut url = self.settings.url().clone();
        // Always there for http and https.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        url
    }
}

fn outcome_of(reply: &Reply, asked: Option<Duration>, divisible: bool) -> Outcome {
    let passing = match reply.status {
        429 => true,
        504 if divisible => false,
        500.. => !ApiError::in_body(&reply.body).is_some_and(|error| error.is_timeout()),
        _ => false,
    };
    if passing { Outcome::Passing(asked) } else { Outcome::Final }
}

/// Where a redirect leads, if that is the same host: nobody else gets our credentials and queries.
fn redirected(from: &Url, response: &Response) -> Result<Url, SourceError> {
    let malformed = |reason: String| SourceError::Malformed { url: shown(from), reason };
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(location) = location else {
        return Err(malformed(format!(
            "it answers HTTP {} without a place to go",
            response.status().as_u16()
        )));
    };
    let mut to = from.join(location).map_err(|_| {
        malformed(format!("it redirects to {:?}, which is not a URL", failure::quote(location)))
    })?;
    // The parameters are sent again from the request.
    to.set_query(None);
    to.set_fragment(None);
    let same_place = to.host_str() == from.host_str()
        && to.username().is_empty()
        && to.password().is_none()
        && match (from.scheme(), to.scheme()) {
            ("http", "https") => true,
            (a, b) => a == b && from.port_or_known_default() == to.port_or_known_default(),
        };
    if same_place {
        return Ok(to);
    }
    let port = to.port().map(|port| format!(":{port}")).unwrap_or_default();
    let to = format!("{}://{}{port}{}", to.scheme(), to.host_str().unwrap_or_default(), to.path());
    Err(malformed(format!("it redirects to {}, another place; use its final address", failure::quote(&to))))
}

/// A URL for people: parameters may hold what a query should not tell.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
