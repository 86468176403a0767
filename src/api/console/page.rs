//! Templates into answers: escaped, styled, and with the headers that keep a page from doing anything else.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat};
use minijinja::value::{Serde, Value as Cell};
use minijinja::{Environment, Error, Output, State, UndefinedBehavior};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::visitor::Visitor;
use slo_core::duration::brief;
use slo_core::text::escape_html;
use slo_core::time::{Span, Timestamp};

const STYLE: &str = include_str!("html/style.css");

/// In the order in which they need each other. HTML by their names, so what they write is escaped.
const TEMPLATES: [(&str, &str); 10] = [
    ("layout.html", include_str!("html/layout.html")),
    ("parts.html", include_str!("html/parts.html")),
    ("notice.html", include_str!("html/notice.html")),
    ("overview.html", include_str!("html/overview.html")),
    ("incident.html", include_str!("html/incident.html")),
    ("silences.html", include_str!("html/silences.html")),
    ("alerts.html", include_str!("html/alerts.html")),
    ("alert.html", include_str!("html/alert.html")),
    ("audit.html", include_str!("html/audit.html")),
    ("link.html", include_str!("html/link.html")),
];

/// Nothing is loaded and nothing runs. The style is the one that is meant, and forms lead back here.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    // At night a page with a hole is better than none; the tests look for holes.
    pages.set_undefined_behavior(UndefinedBehavior::Chainable);
    pages.set_formatter(write_value);
    pages.add_filter("stamp", |ms: i64| utc(ms).format("%Y-%m-%d %H:%M:%S").to_string());
    pages.add_filter("rfc3339", |ms: i64| utc(ms).to_rfc3339_opts(SecondsFormat::Secs, true));
    pages.add_filter("ago", ago);
    pages.add_filter("seg", segment);
    pages.add_test("web", is_web);
    pages.add_global("style", STYLE);
    pages.add_global("version", env!("CARGO_PKG_VERSION"));
    for (name, text) in TEMPLATES {
        if let Err(error) = pages.add_template(name, text) {
            tracing::error!(name, error = format!("{error:#}"), "a page of the console cannot be used");
        }
    }
    pages
});

/// As minijinja's own, but slashes stay, which makes pages easier to read, and nothing is nothing.
fn write_value(out: &mut Output, _: &mut State, value: &Cell) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    let text = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    Ok(out.write_str(&escape_html(&text))?)
}

fn utc(ms: i64) -> DateTime<chrono::Utc> {
    Timestamp::from_ms(ms).datetime().unwrap_or_default()
}

/// `3h 5m ago`, `in 2d`.
fn ago(ms: i64, now: i64) -> String {
    let passed = Timestamp::from_ms(now) - Timestamp::from_ms(ms);
    if passed <= -Span::SECOND { format!("in {}", brief(-passed)) } else { format!("{} ago", brief(passed)) }
}

/// One segment of a path, or a value in a query.
pub(super) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Whether a link may lead there: others wrote it, and a browser would run `javascript:`.
fn is_web(text: &Cell) -> bool {
    text.as_str().is_some_and(|text| {
        url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    })
}

/// A page for somebody, at a time.
pub(super) fn page(
    status: StatusCode,
    name: &str,
    visitor: &Visitor,
    now: Timestamp,
    content: Value,
) -> Response {
    let mut content = content;
    if let Value::Object(content) = &mut content {
        content.insert("now".to_owned(), now.ms().into());
        content.insert("root".to_owned(), visitor.root.clone().into());
        content.insert("me".to_owned(), visitor.shown());
    }
    plain(status, name, &content)
}

/// The same where finding out what there is to show takes a while: not on a thread that answers others.
pub(super) async fn made(
    status: StatusCode,
    name: &str,
    visitor: &Visitor,
    now: Timestamp,
    content: impl FnOnce() -> Value + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(content).await {
        Ok(content) => page(status, name, visitor, now, content),
        Err(error) => {
            tracing::error!(name, %error, "a page of the console could not be made");
            said(
                StatusCode::INTERNAL_SERVER_ERROR,
                visitor,
                now,
                "The page could not be made; the log says why.",
            )
        }
    }
}

/// A page that says one thing, to somebody of whom nothing need be known.
pub(in crate::api) fn notice(status: StatusCode, text: &str) -> Response {
    plain(status, "notice.html", &json!({"heading": heading(status), "text": text}))
}

/// The same with the way to the other pages.
pub(super) fn said(status: StatusCode, visitor: &Visitor, now: Timestamp, text: &str) -> Response {
    page(status, "notice.html", visitor, now, json!({"heading": heading(status), "text": text}))
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Who are you?",
        StatusCode::FORBIDDEN => "That is not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::GONE => "It is over",
        StatusCode::INTERNAL_SERVER_ERROR => "That did not work",
        _ => "That cannot be",
    }
}

fn render(name: &str, content: &Value) -> Result<String, Error> {
    PAGES.get_template(name)?.render(Cell::from(Serde(content)))
}

/// A page for somebody of whom nothing need be known.
pub(super) fn plain(status: StatusCode, name: &str, content: &Value) -> Response {
    let (status, html) = match render(name, content) {
        Ok(html) => (status, html),
        Err(error) => {
            tracing::error!(name, error = format!("{error:#}"), "a page of the console could not be written");
            let text = "<!doctype html><p>The page could not be written; the log says why. The API works: try \
                        <code>slo alerts list</code>.</p>";
            (StatusCode::INTERNAL_SERVER_ERROR, text.to_owned())
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Nobody else learns of a page; our own are given it, for a browser that gives it to nobody sends forms as from nowhere.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_used() {
        for (name, _) in TEMPLATES {
            PAGES.get_template(name).unwrap();
        }
    }

    #[test]
    fn links_lead_to_the_web_only() {
        let web = |text: &str| is_web(&Cell::from(text));
        assert!(web("https://runbooks.example/x") && web("HTTP://x"));
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "/x", "x", "", " javascript:alert(1)", "file:///etc"]
        {
            assert!(!web(bad), "{bad}");
        }
    }

    #[test]
    fn times_are_told_from_here() {
        assert_eq!(ago(0, 3 * 3_600_000 + 5 * 60_000), "3h 5m ago");
        assert_eq!(ago(7_200_000, 0), "in 2h 0m");
        assert_eq!(ago(0, 10), "<1m ago");
    }

    #[test]
    fn the_style_that_is_sent_is_the_one_that_is_allowed() {
        let html = render("notice.html", &json!({"heading": "<b>", "text": "&"})).unwrap();
        let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert_eq!(style, STYLE);
        assert!(html.contains("&lt;b&gt;") && html.contains("&amp;"), "{html}");
    }
}
