//! One HTTP request to a target, bounded in time and bytes.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, StatusCode};
use url::Url;

use crate::exposition::Format;
use slo_model::source::SourceError;

/// OpenMetrics is preferred: its end mark tells a whole answer from one that was cut off.
const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// The client of all scrapes. Proxies of the environment are not used: targets are near.
pub(super) fn client() -> Result<Client, SourceError> {
    // reqwest is built without a TLS provider of its own. An error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .user_agent(concat!("slo/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(1)
        // Targets are near.
        .no_gzip()
        .build()
        .map_err(|error| SourceError::Settings(format!("cannot build the scrape client: {}", chain(&error))))
}

/// The body and its format, or a sentence that says why there is none.
pub(super) async fn fetch(
    client: &Client,
    url: &Url,
    timeout: Duration,
    body_limit: usize,
) -> Result<(String, Format), String> {
    match tokio::time::timeout(timeout, request(client, url, timeout, body_limit)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no whole answer within {} s", timeout.as_secs_f64())),
    }
}

async fn request(
    client: &Client,
    url: &Url,
    timeout: Duration,
    body_limit: usize,
) -> Result<(String, Format), String> {
    let request = client
        .get(url.clone())
        .header(ACCEPT, ACCEPTED)
        .header("X-Prometheus-Scrape-Timeout-Seconds", timeout.as_secs_f64().to_string());
    let mut response = request.send().await.map_err(|error| chain(&error.without_url()))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the target answered HTTP {}", response.status()));
    }
    let format = format(response.headers());
    let too_large = || format!("the answer has more than {body_limit} bytes");
    if response.content_length().is_some_and(|length| length > body_limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error.without_url()))? {
        if body.len() + chunk.len() > body_limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    match String::from_utf8(body) {
        Ok(body) => Ok((body, format)),
        Err(_) => Err("the answer is not UTF-8".to_owned()),
    }
}

/// The format that the content type names; anything but OpenMetrics is read as Prometheus text.
fn format(headers: &HeaderMap) -> Format {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/openmetrics-text") { Format::OpenMetrics } else { Format::Text }
}

/// An error with its causes: reqwest keeps the one that helps for last.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}
