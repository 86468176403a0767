//! A fake scrape target whose answer a test sets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{Semaphore, watch};

use super::serve_router;
use crate::servers::deadline::soon;

/// What the target says next.
#[derive(Clone)]
pub enum Say {
    /// Prometheus text.
    Text(String),
    /// OpenMetrics.
    OpenMetrics(String),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// Another status.
    Status(StatusCode),
    /// Nothing, for ever.
    Never,
    /// A small text, once the test gives a permit.
    WhenAllowed,
}

pub struct Target {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    say: Mutex<Say>,
    permits: Semaphore,
    inside: AtomicUsize,
    most_inside: AtomicUsize,
    entered: watch::Sender<usize>,
}

impl Target {
    pub async fn start(say: Say) -> Self {
        let inner = Arc::new(Inner {
            say: Mutex::new(say),
            permits: Semaphore::new(0),
            inside: AtomicUsize::new(0),
            most_inside: AtomicUsize::new(0),
            entered: watch::channel(0).0,
        });
        let router = Router::new().route("/metrics", get(answer)).with_state(Arc::clone(&inner));
        Self { address: serve_router(router).await, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    pub fn say(&self, say: Say) {
        *self.inner.say.lock().unwrap() = say;
    }

    pub fn text(&self, text: &str) {
        self.say(Say::Text(text.to_owned()));
    }

    pub fn allow(&self, answers: usize) {
        self.inner.permits.add_permits(answers);
    }

    /// Waits until so many requests have come.
    pub async fn entered(&self, requests: usize) {
        let mut entered = self.inner.entered.subscribe();
        let enough = entered.wait_for(|entered| *entered >= requests);
        drop(soon("requests to the target", enough).await.unwrap());
    }

    /// The most requests that were there at once.
    pub fn most_inside(&self) -> usize {
        self.inner.most_inside.load(Ordering::SeqCst)
    }
}

async fn answer(State(inner): State<Arc<Inner>>) -> Response {
    let inside = inner.inside.fetch_add(1, Ordering::SeqCst) + 1;
    inner.most_inside.fetch_max(inside, Ordering::SeqCst);
    inner.entered.send_modify(|entered| *entered += 1);
    let say = inner.say.lock().unwrap().clone();
    let of_type = |kind: &'static str, text: String| ([(header::CONTENT_TYPE, kind)], text).into_response();
    let response = match say {
        Say::Text(text) => of_type("text/plain; version=0.0.4; charset=utf-8", text),
        Say::OpenMetrics(text) => of_type("application/openmetrics-text; version=1.0.0; charset=utf-8", text),
        Say::Bytes(bytes) => bytes.into_response(),
        Say::Status(status) => status.into_response(),
        Say::Never => std::future::pending().await,
        Say::WhenAllowed => {
            inner.permits.acquire().await.unwrap().forget();
            of_type("text/plain", "a 1\n".to_owned())
        }
    };
    inner.inside.fetch_sub(1, Ordering::SeqCst);
    response
}
