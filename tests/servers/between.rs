//! What stands between the engine and a real Prometheus, and spoils its answers as other servers, proxies and clocks do.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use slo_base::clock::Clock;
use slo_core::time::Span;

/// How answers are spoiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Not at all.
    Whole,
    /// Series with `code="500"` are missing, and `VictoriaMetrics` says so.
    Partial,
    /// They are missing, and Thanos warns.
    Warned,
    /// Only in answers of at least two hours: the store of the long past is away.
    PartialPast,
    /// They are missing and nobody says so: they come later.
    Held,
    /// Every target is another one.
    Other,
    /// The server's clock is so far ahead.
    Ahead(Span),
    /// 200, with an error inside.
    ErrorInside,
    /// The body ends in the middle, and nothing tells.
    Cut,
    /// There is no answer.
    Hang,
}

/// A proxy; ends with the test.
pub struct Between {
    /// Its address.
    pub url: String,
    mode: Arc<Mutex<Mode>>,
}

#[derive(Clone)]
struct Shared {
    upstream: String,
    client: reqwest::Client,
    mode: Arc<Mutex<Mode>>,
}

impl Between {
    /// In front of `upstream`, spoiling nothing yet.
    pub async fn start(upstream: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mode = Arc::new(Mutex::new(Mode::Whole));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let shared = Shared { upstream: upstream.to_owned(), client, mode: Arc::clone(&mode) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, mode }
    }

    /// Spoils answers so from now on.
    pub fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }
}

async fn pass(
    State(shared): State<Shared>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mode = shared.mode.lock().unwrap().clone();
    if mode == Mode::Hang {
        std::future::pending::<()>().await;
    }
    let asked = String::from_utf8_lossy(&body).into_owned() + uri.query().unwrap_or_default();
    let mut request = shared.client.request(method, format!("{}{uri}", shared.upstream)).body(body);
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let Ok(answer) = request.send().await else {
        return (axum::http::StatusCode::BAD_GATEWAY, "no upstream").into_response();
    };
    let status = axum::http::StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let text = answer.text().await.unwrap();
    let Ok(mut json) = serde_json::from_str::<Value>(&text) else { return (status, text).into_response() };
    let is_past = ["d%5D", "h%5D", "d]", "h]"].iter().any(|length| asked.contains(length));
    match mode {
        Mode::Whole | Mode::Ahead(_) | Mode::Cut | Mode::Hang => {}
        Mode::PartialPast if !is_past => {}
        Mode::Held => without_errors(&mut json),
        Mode::Partial | Mode::PartialPast => {
            without_errors(&mut json);
            json["isPartial"] = json!(true);
        }
        Mode::Warned => {
            without_errors(&mut json);
            json["warnings"] =
                json!(["receive series from Addr: 10.0.0.7:10901: rpc error: code = Unavailable"]);
        }
        Mode::Other => {
            for series in json["data"]["result"].as_array_mut().into_iter().flatten() {
                if let Some(instance) = series["metric"].get_mut("instance") {
                    *instance = json!(format!("other-{}", instance.as_str().unwrap()));
                }
            }
        }
        Mode::ErrorInside => {
            json = json!({"status": "error", "errorType": "internal", "error": "the store is on fire"});
        }
    }
    let mut text = json.to_string();
    if mode == Mode::Cut {
        text.truncate(text.len() / 2);
    }
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], text).into_response();
    if let Mode::Ahead(skew) = mode {
        let date = (Clock::System.now() + skew).datetime().unwrap();
        let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        response.headers_mut().insert(header::DATE, HeaderValue::from_str(&date).unwrap());
    }
    response
}

/// Takes the errors, which the store that is away had.
fn without_errors(json: &mut Value) {
    if let Some(result) = json["data"]["result"].as_array_mut() {
        result.retain(|series| series["metric"]["code"] != "500");
    }
}
