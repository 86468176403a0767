//! The one way out for channels that speak HTTP: guarded against places it must not reach, bounded in time and bytes,
//! and with one reading of what an answer means.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::channel::{Answer, Verdict};
use super::outbox::excerpt;
use super::retry::retry_after;
use super::ssrf::{Blocked, Guard, GuardedResolver};
use slo_base::clock::Clock;
use slo_core::time::Span;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// Of an answer's body only so much is read.
const MAX_ANSWER_BYTES: usize = 4096;

/// A guarded client.
#[derive(Clone)]
pub struct Http {
    client: Client,
    guard: Arc<Guard>,
    clock: Clock,
}

impl Http {
    /// A client that gives up after `timeout`. Fails when TLS cannot be set up.
    pub fn new(guard: Guard, clock: Clock, timeout: Duration) -> Result<Self, String> {
        // The provider may be there already; all of this program uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Arc::new(guard);
        let base = || {
            Client::builder()
                .user_agent(concat!("slo/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(GuardedResolver(Arc::clone(&guard)))
                // Redirects are judged by us, tries are counted by us, and a proxy would connect where it likes.
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .no_proxy()
                .timeout(timeout)
        };
        let client = base()
            .build()
            // A machine without a certificate store can still notify a receiver that needs none.
            .or_else(|_| base().tls_certs_only([]).build())
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        Ok(Self { client, guard, clock })
    }

    /// Posts JSON and returns what the answer means. `secret_url`: the URL must not appear in reasons.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        secret_url: bool,
    ) -> Answer {
        let mut url = match Url::parse(url) {
            Ok(url) => url,
            Err(error) => return Answer::refused(format!("its URL cannot be read: {error}")),
        };
        let body = Bytes::from(body);
        for _ in 0..=MAX_REDIRECTS {
            if let Err(blocked) = self.guard.check(&url) {
                return Answer::refused(blocked.to_string());
            }
            let request = self
                .client
                .post(url.clone())
                .headers(headers.clone())
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.clone());
            let response = match request.send().await {
                Ok(response) => response,
                Err(error) => return failed(error, secret_url),
            };
            // These two keep method and body; after the others a POST would arrive as something else.
            let redirect =
                [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&response.status());
            if !redirect {
                return self.read(response, secret_url).await;
            }
            url = match redirected(&url, &response) {
                Ok(url) => url,
                Err(reason) => {
                    return Answer { status: Some(response.status().as_u16()), ..Answer::refused(reason) };
                }
            };
        }
        Answer::refused(format!("it redirects more than {MAX_REDIRECTS} times; use its final address"))
    }

    async fn read(&self, mut response: Response, secret_url: bool) -> Answer {
        let status = response.status();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = header.and_then(|text| retry_after(text, self.clock.now()));
        let mut body = Vec::new();
        while body.len() < MAX_ANSWER_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = MAX_ANSWER_BYTES - body.len();
                    body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                }
                Ok(None) => break,
                // Half an answer is none: sent twice with one key is better than not at all.
                Err(error) => return Answer { status: Some(status.as_u16()), ..failed(error, secret_url) },
            }
        }
        let text = excerpt(&String::from_utf8_lossy(&body));
        Answer { verdict: judge(status, asked, &text), status: Some(status.as_u16()), excerpt: text }
    }
}

/// What a status means for any receiver.
fn judge(status: StatusCode, asked: Option<Span>, text: &str) -> Verdict {
    let reason = || {
        let text = if text.is_empty() { String::new() } else { format!(": {text}") };
        format!("HTTP {}{text}", status.as_u16())
    };
    match status.as_u16() {
        200..=299 => Verdict::Accepted,
        // Too slow, too early, too many: it may be different later.
        408 | 425 | 429 | 500..=599 => Verdict::Retry { asked, reason: reason() },
        300..=399 => Verdict::Refused(format!("{}; use its final address", reason())),
        _ => Verdict::Refused(reason()),
    }
}

fn redirected(from: &Url, response: &Response) -> Result<Url, String> {
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let to = to.ok_or_else(|| format!("HTTP {status} without a place to go"))?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(format!("HTTP {status} leads from https to {}; use its final address", to.scheme()));
    }
    Ok(to)
}

/// No answer came. A blocked address stays blocked; anything else may pass.
fn failed(error: reqwest::Error, secret_url: bool) -> Answer {
    let error = if secret_url { error.without_url() } else { error };
    let timed_out = error.is_timeout();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(blocked) = cause.downcast_ref::<Blocked>() {
            return Answer::refused(blocked.to_string());
        }
        let said = cause.to_string();
        if !reason.contains(&said) {
            reason = format!("{reason}: {said}");
        }
        source = cause.source();
    }
    if timed_out {
        reason = format!("no answer in time ({reason})");
    }
    Answer::retry(excerpt(&reason))
}

/// Headers from names and values; a value that no header can hold is left out.
pub(super) fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?)))
        .collect()
}
