//! Which web pages may ask, and under which names this engine is asked. Alertmanager lets any page ask anything; so do we
//! where a program has to show a token, since a page does not have it. What a browser sends by itself is another matter: a
//! password it remembers, or nothing at all on a machine without tokens. There only our own pages may change something,
//! and pages of this machine through Alertmanager's API; otherwise any page that somebody on call opens could silence
//! alerts.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use url::{Host, Url};

/// What browsers say of a request themselves; pages cannot.
const FETCH_SITE: &str = "sec-fetch-site";

/// Where people reach this engine, besides its address.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    external: Option<Url>,
}

impl Known {
    /// With the address in messages' links; one that is none is as none.
    pub(super) fn at(external_url: &str) -> Self {
        Self { external: Url::parse(external_url).ok() }
    }

    /// The first name under which the engine is asked that is neither one of this machine nor the external one. A page can
    /// have its own name lead here, and is then no other page to the browser.
    pub(super) fn stranger<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or("?"));
        let mut named = hosts.chain(uri.authority().map(axum::http::uri::Authority::as_str));
        let external = self.external.as_ref().and_then(host);
        named.find(|named| match place(named) {
            Some((host, _)) => !is_loopback(&host) && Some(host) != external,
            None => true,
        })
    }

    /// Whether no page but our own can have sent this. A request without any of these headers comes from a program.
    pub(super) fn is_own(&self, headers: &HeaderMap) -> bool {
        match headers.get(FETCH_SITE) {
            Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
            None => of(headers).is_none_or(|page| self.serves(page, headers)),
        }
    }

    /// Whether the page was served from where it asks.
    fn serves(&self, page: &HeaderValue, headers: &HeaderMap) -> bool {
        let Some((page, name)) = parsed(page).and_then(|page| host(&page).map(|host| (page, host))) else {
            return false;
        };
        let port = page.port_or_known_default();
        let asked = headers.get(header::HOST).and_then(|host| place(host.to_str().ok()?));
        // Without a port it is the one that the page's scheme has; the request does not say which scheme it had.
        let asked = asked.map(|(host, port)| (host, port.or_else(|| usual_port(&page))));
        let external = self.external.as_ref().and_then(|url| Some((host(url)?, url.port_or_known_default())));
        let page = Some((name, port));
        asked == page || external == page
    }

    /// Whether it is a page of this machine, or one that was served from where it asks.
    pub(super) fn is_near(&self, page: &HeaderValue, headers: &HeaderMap) -> bool {
        is_of_this_machine(page) || self.serves(page, headers)
    }
}

/// The page a request comes from, as its browser says; `None` for what is no page.
pub(super) fn of(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(header::ORIGIN)
}

/// Whether it is a page of this machine.
pub(super) fn is_of_this_machine(page: &HeaderValue) -> bool {
    parsed(page)
        .and_then(|page| page.host().map(|host| host.to_owned()))
        .is_some_and(|host| is_loopback(&host))
}

fn parsed(page: &HeaderValue) -> Option<Url> {
    page.to_str().ok().and_then(|page| Url::parse(page).ok())
}

fn host(url: &Url) -> Option<Host<String>> {
    url.host().map(|host| host.to_owned())
}

/// The port that a page's address leaves out.
fn usual_port(page: &Url) -> Option<u16> {
    match page.scheme() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

/// The host and port of a `Host`; `None` for what is none.
fn place(text: &str) -> Option<(Host<String>, Option<u16>)> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port.parse().ok()?)),
        Some(_) | None => (text, None),
    };
    Some((Host::parse(name).ok()?, port))
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
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

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn pages_of_this_machine() {
        let near = |origin: &str, host: &str| {
            Known::default().is_near(&origin.parse().unwrap(), &headers(&[("host", host)]))
        };
        for origin in
            ["http://localhost:8080", "http://127.0.0.1:3000", "http://[::1]", "https://slo.example"]
        {
            assert!(near(origin, "slo.example"), "{origin}");
        }
        for origin in
            ["http://evil.example", "null", "http://localhost.evil.example", "http://slo.example:81"]
        {
            assert!(!near(origin, "slo.example"), "{origin}");
        }
    }

    #[test]
    fn only_our_own_pages_send_what_is_ours() {
        let own = |external: &str, pairs: &[(&'static str, &str)]| {
            Known::at(external).is_own(&headers(&[&[("host", "slo.example:9099")], pairs].concat()))
        };
        assert!(own("", &[]), "a program");
        assert!(own("", &[("origin", "http://slo.example:9099")]));
        assert!(own("", &[("origin", "http://SLO.example:9099")]));
        assert!(!own("", &[("origin", "http://slo.example")]));
        assert!(!own("", &[("origin", "null")]));
        assert!(own("https://slo.example/slo", &[("origin", "https://slo.example")]), "behind a proxy");
        assert!(!own("https://slo.example/slo", &[("origin", "http://slo.example")]));
        assert!(own("", &[("origin", "https://slo.example"), ("sec-fetch-site", "same-origin")]));
        assert!(own("", &[("sec-fetch-site", "none")]));
        for site in ["cross-site", "same-site", "strange"] {
            assert!(!own("", &[("origin", "http://slo.example:9099"), ("sec-fetch-site", site)]), "{site}");
        }
        let default = headers(&[("host", "slo.example"), ("origin", "https://slo.example")]);
        assert!(Known::default().is_own(&default));
        let other = headers(&[("host", "slo.example:80"), ("origin", "https://slo.example")]);
        assert!(!Known::default().is_own(&other));
        let explicit = headers(&[("host", "slo.example:443"), ("origin", "https://slo.example")]);
        assert!(Known::default().is_own(&explicit));
    }

    #[test]
    fn names_of_this_machine_and_the_external_one_are_known() {
        let known = Known::at("https://slo.example/slo");
        let stranger = |uri: &str, pairs: &[(&'static str, &str)]| {
            known.stranger(&uri.parse().unwrap(), &headers(pairs)).map(str::to_owned)
        };
        assert_eq!(stranger("/", &[]), None);
        for host in [
            "127.0.0.1:9099",
            "127.1",
            "[::1]:9099",
            "localhost",
            "LOCALHOST.:1",
            "a.localhost",
            "slo.example:8443",
        ] {
            assert_eq!(stranger("/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.test",
            "evil.test:9099",
            "localhost.evil.test",
            "0.0.0.0:9099",
            "x@localhost",
            "",
            "10.0.0.1",
            "a b",
        ] {
            assert_eq!(stranger("/", &[("host", host)]), Some(host.to_owned()), "{host}");
        }
        assert_eq!(stranger("http://evil.test/", &[("host", "localhost")]), Some("evil.test".to_owned()));
    }
}
