//! Turns answers that are not successes into [`SourceError`]s: by the API's own error type where there is one, by the
//! status where not. What a server wrote is quoted shortly and without control characters, for it ends on terminals.

use std::error::Error;

use super::decode::{self, Envelope};
use super::transport::Reply;
use slo_core::text;
use slo_model::source::SourceError;

/// Characters of a server's text that an error quotes.
const QUOTED: usize = 240;

/// Fragments of the messages by which servers say that a query asks for too much: Prometheus and Thanos, Mimir and
/// Cortex, `VictoriaMetrics`.
const LIMITS: [&str; 11] = [
    "too many samples",
    "exceeded maximum resolution",
    "err-mimir-max-",
    "maximum number of series",
    "maximum number of chunks",
    "-search.max",
    "exceeds the limit",
    "exceeds limit",
    "exceeded series limit",
    "not enough memory",
    "series unpacking",
];
/// Fragments of those by which they say, with whatever status, that it took too long.
const TIMEOUTS: [&str; 3] = ["deadline exceeded", "timeout exceeded", "query timed out"];

/// The start of a text, on one line, control characters escaped.
pub(super) fn quote(text: &str) -> String {
    text::cut(&text::escaped(text.trim()), QUOTED + 1)
}

/// The start of a body.
pub(super) fn quote_body(body: &[u8]) -> String {
    let start = body.get(..QUOTED * 4).unwrap_or(body);
    quote(&String::from_utf8_lossy(start))
}

/// What a connection said, without the URL, which the error names anyway.
pub(super) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(current) = cause {
        words.push(current.to_string());
        cause = current.source();
    }
    // The outer layers only say "error sending request: client error (Connect)".
    words.retain(|word| !word.starts_with("client error"));
    words.dedup();
    let mut reason = if words.is_empty() { quote(&error.to_string()) } else { quote(&words.join(": ")) };
    if reason.contains("InvalidContentType") {
        reason.push_str(" (it does not speak TLS there; perhaps http:// is meant)");
    }
    reason
}

/// Whether TLS, and not the network, is what failed: trying again would not help.
pub(super) fn is_tls(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source()).any(holds_tls)
}

/// An I/O error hides what it carries from `source()`, and may carry another I/O error.
fn holds_tls(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(carried) => holds_tls(carried),
        None => error.is::<rustls::Error>(),
    }
}

/// An error that the API itself wrote.
pub(super) struct ApiError {
    kind: String,
    message: String,
}

impl ApiError {
    /// The error in an answer's body, if it is one.
    pub fn in_body(body: &[u8]) -> Option<Self> {
        decode::plain::<serde::de::IgnoredAny>(body).ok().and_then(|envelope| Self::in_envelope(&envelope))
    }

    /// The error in an envelope, if it is one.
    pub fn in_envelope<T>(envelope: &Envelope<T>) -> Option<Self> {
        (envelope.status == "error")
            .then(|| Self { kind: envelope.error_type.clone(), message: quote(&envelope.error) })
    }

    /// The server gave up evaluating. The same query would only cost it the same again.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind.as_str(), "timeout" | "canceled")
            || TIMEOUTS.iter().any(|words| self.message.contains(words))
    }

    fn is_limit(&self) -> bool {
        is_limit(&self.message)
    }
}

fn is_limit(message: &str) -> bool {
    LIMITS.iter().any(|limit| message.contains(limit))
}

/// The error that an unsuccessful reply means.
pub(super) fn of_reply(reply: &Reply, query: &str) -> SourceError {
    match (reply.status, ApiError::in_body(&reply.body)) {
        (status @ (401 | 403), _) => SourceError::Unauthorized { url: reply.url.clone(), status },
        (429, _) => SourceError::RateLimited { url: reply.url.clone() },
        (_, Some(error)) => of_api(error, reply, query),
        (_, None) => of_status(reply, query),
    }
}

/// The error that the API's own error means.
pub(super) fn of_api(error: ApiError, reply: &Reply, query: &str) -> SourceError {
    let url = reply.url.clone();
    // First: the time is one of the limits that `VictoriaMetrics` names.
    if error.is_timeout() {
        return timeout(reply);
    }
    if error.is_limit() {
        return SourceError::TooLarge { url, reason: error.message };
    }
    match (error.kind.as_str(), reply.status) {
        ("bad_data" | "execution", _) | (_, 400 | 422) => {
            SourceError::BadQuery { url, reason: error.message, query: query.to_owned() }
        }
        ("too_many_requests", _) => SourceError::RateLimited { url },
        ("internal" | "unavailable", status) | (_, status @ 500..) => {
            SourceError::Unavailable { url, status, reason: error.message }
        }
        (kind, status) => SourceError::Malformed {
            url,
            reason: format!("HTTP {status}, error {:?}: {}", quote(kind), error.message),
        },
    }
}

fn of_status(reply: &Reply, query: &str) -> SourceError {
    let url = reply.url.clone();
    let text = quote_body(&reply.body);
    match reply.status {
        408 => timeout(reply),
        status @ (413 | 414 | 431) => SourceError::TooLarge {
            url,
            reason: format!("the request itself is too long for it, HTTP {status}"),
        },
        // Plain text with 422 is the API's (a limit of Mimir's); with 400 it is more often a proxy's.
        422 if is_limit(&text) => SourceError::TooLarge { url, reason: text },
        422 if !reply.is_html() => SourceError::BadQuery { url, reason: text, query: query.to_owned() },
        status @ 500.. => SourceError::Unavailable { url, status, reason: text },
        status => SourceError::Malformed { url, reason: format!("HTTP {status}: {text}") },
    }
}

/// It took too long: the server, or what is in front of it, gave up.
pub(super) fn timeout(reply: &Reply) -> SourceError {
    SourceError::Timeout { url: reply.url.clone(), seconds: super::whole_seconds(reply.took) }
}

/// The error that a successful reply means whose body cannot be read.
pub(super) fn of_json(error: &serde_json::Error, reply: &Reply) -> SourceError {
    let reason = if reply.body.is_empty() {
        "its answer is empty".to_owned()
    } else if reply.is_html() {
        format!("its answer is an HTML page: {}", quote_body(&reply.body))
    } else if error.is_eof() {
        format!("its answer ends in the middle of the JSON, after {} bytes", reply.body.len())
    } else {
        let kind = if reply.content_type.is_empty() { "without a content type" } else { &reply.content_type };
        let (problem, start) = (quote(&error.to_string()), quote_body(&reply.body));
        format!("its answer ({}) is not the API's JSON: {problem}; it begins: {start}", quote(kind))
    };
    SourceError::Malformed { url: reply.url.clone(), reason }
}

/// A server that does not know the functions of native histograms: `VictoriaMetrics`, and Prometheus before 2.40.
pub(super) fn of_functions(error: SourceError, query: &str) -> SourceError {
    const FUNCTIONS: [&str; 2] = ["histogram_fraction", "histogram_count"];
    match error {
        SourceError::BadQuery { url, reason, .. }
            if ["unknown func", "unsupported func"]
                .iter()
                .any(|words| reason.to_lowercase().contains(words))
                && FUNCTIONS.iter().any(|name| query.contains(name)) =>
        {
            let named =
                FUNCTIONS.into_iter().find(|name| reason.contains(name)).unwrap_or("histogram_fraction");
            SourceError::NoNativeHistograms { place: url, reason: format!(" (it has no {named})") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reply(status: u16, content_type: &str, body: &str) -> Reply {
        Reply {
            url: "http://p/api/v1/query".to_owned(),
            status,
            content_type: content_type.to_owned(),
            body: body.as_bytes().to_vec(),
            cut: false,
            took: Duration::from_millis(1500),
            clock_skew: None,
        }
    }

    fn api(status: u16, kind: &str, message: &str) -> SourceError {
        let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"{message}","data":null}}"#);
        of_reply(&reply(status, "application/json", &body), "up")
    }

    #[test]
    fn servers_without_native_histograms_are_named() {
        let asked = "count(histogram_count(x))";
        for words in
            ["unknown function with name \"histogram_count\"", "unsupported function \"histogram_count\""]
        {
            let reason = words.to_owned();
            let error =
                SourceError::BadQuery { url: "http://vm".to_owned(), reason, query: asked.to_owned() };
            let told = of_functions(error, asked).to_string();
            assert!(
                told.starts_with("http://vm knows no native histograms (it has no histogram_count)"),
                "{told}"
            );
        }
        let other = SourceError::BadQuery {
            url: String::new(),
            reason: "unknown function foo".to_owned(),
            query: "foo(x)".to_owned(),
        };
        assert!(matches!(of_functions(other, "foo(x)"), SourceError::BadQuery { .. }));
    }

    #[test]
    fn the_apis_own_errors_by_type() {
        assert!(matches!(api(400, "bad_data", "parse error"), SourceError::BadQuery { reason, query, .. }
            if reason == "parse error" && query == "up"));
        assert!(matches!(api(422, "execution", "found duplicate series"), SourceError::BadQuery { .. }));
        assert!(matches!(api(422, "422", "cannot parse"), SourceError::BadQuery { .. }));
        let many = "query processing would load too many samples into memory in query execution";
        assert!(matches!(api(422, "execution", many), SourceError::TooLarge { .. }));
        let points = "exceeded maximum resolution of 11,000 points per timeseries.";
        assert!(matches!(api(400, "bad_data", points), SourceError::TooLarge { .. }));
        for limit in [
            "the query time range exceeds the limit (query length: 721h0m0s, limit: 24h0m0s)",
            "error during time series unpacking: cannot unpack block",
            "cannot select more than -search.maxSamplesPerQuery=1000000000 samples",
            "exceeded series limit: rpc error: code = ResourceExhausted",
        ] {
            assert!(matches!(api(422, "execution", limit), SourceError::TooLarge { .. }), "{limit}");
        }
        for slow in [
            "timeout exceeded during query execution: 30.000 seconds; the timeout can be adjusted with `-search.maxQueryDuration`",
            "expanding series: proxy Series(): rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        ] {
            assert!(matches!(api(422, "execution", slow), SourceError::Timeout { .. }), "{slow}");
        }
        assert!(matches!(api(503, "timeout", "query timed out"), SourceError::Timeout { seconds: 2, .. }));
        assert!(matches!(api(503, "canceled", "query was canceled"), SourceError::Timeout { .. }));
        assert!(matches!(api(500, "internal", "oops"), SourceError::Unavailable { status: 500, .. }));
        assert!(matches!(api(200, "internal", "oops"), SourceError::Unavailable { status: 200, .. }));
        assert!(matches!(api(429, "too_many_requests", "slow down"), SourceError::RateLimited { .. }));
        assert!(matches!(api(401, "bad_data", "no org id"), SourceError::Unauthorized { status: 401, .. }));
        assert!(matches!(api(404, "not_found", "nothing"), SourceError::Malformed { .. }));
    }

    #[test]
    fn other_bodies_by_status() {
        let of = |status, body| of_reply(&reply(status, "text/plain", body), "up");
        assert!(matches!(of(403, "no"), SourceError::Unauthorized { status: 403, .. }));
        assert!(matches!(of(404, "404 page not found"), SourceError::Malformed { reason, .. }
            if reason == "HTTP 404: 404 page not found"));
        assert!(matches!(of(400, "Client sent an HTTP request to an HTTPS server."),
            SourceError::Malformed { reason, .. } if reason.contains("HTTPS")));
        assert!(matches!(of(414, ""), SourceError::TooLarge { .. }));
        assert!(matches!(of(408, ""), SourceError::Timeout { .. }));
        assert!(matches!(of(422, "bad"), SourceError::BadQuery { .. }));
        assert!(matches!(of(422, "<html>"), SourceError::Malformed { .. }));
        assert!(matches!(of(422, "err-mimir-max-series-per-query"), SourceError::TooLarge { .. }));
        assert!(matches!(of(502, "<html>"), SourceError::Unavailable { status: 502, .. }));
    }

    #[test]
    fn quotes_are_short_and_harmless_to_a_terminal() {
        assert_eq!(quote(" a\u{1b}[31mred\nnext\u{202e} "), "a\\u{1b}[31mred\\nnext\\u{202e}");
        let long = quote(&"é".repeat(1000));
        assert_eq!(long.chars().count(), QUOTED + 1);
        assert!(long.ends_with('…'));
        assert_eq!(quote_body(&[0xff, b'a']), "\u{fffd}a");
    }
}
