//! Which web pages may ask. Alertmanager lets any page ask anything; so do we where a token is needed anyway, since a page
//! does not have it. Without tokens, only pages of this machine may: otherwise any page that somebody on call opens could
//! silence alerts.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

/// The page a request comes from, as its browser says; `None` for what is no page.
pub(super) fn of(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(header::ORIGIN)
}

/// Whether it is a page of this machine, or one that was served from where it asks.
pub(super) fn is_local(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else { return false };
    let loopback = match origin.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = origin.host_str().map(|name| match origin.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    });
    loopback || (own.is_some() && own.as_deref() == host)
}

/// The answer to a browser that asks whether a page may.
pub(super) fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::OK, headers).into_response()
}

/// Lets the page read the answer.
pub(super) fn allow(origin: HeaderValue, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine() {
        let local = |origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            is_local(&origin.parse().unwrap(), &headers)
        };
        for origin in
            ["http://localhost:8080", "http://127.0.0.1:3000", "http://[::1]", "https://slo.example"]
        {
            assert!(local(origin, "slo.example"), "{origin}");
        }
        for origin in
            ["http://evil.example", "null", "http://localhost.evil.example", "http://slo.example:81"]
        {
            assert!(!local(origin, "slo.example"), "{origin}");
        }
    }
}
