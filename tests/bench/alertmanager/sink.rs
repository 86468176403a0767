//! The one receiver for both, which takes everything at once and notes when it received what. It also answers the engine
//! where that asks its Prometheus: there is nothing to be seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{any, post};
use tokio::sync::Notify;

/// What marks of probes begin with.
pub const MARK: &str = "probe-";

#[derive(Default)]
struct Received {
    requests: Mutex<usize>,
    probes: Mutex<BTreeMap<String, Instant>>,
    news: Notify,
}

/// See above. It ends with the bench.
#[derive(Clone)]
pub struct Sink {
    /// Its loopback port.
    pub port: u16,
    received: Arc<Received>,
}

impl Sink {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Received::default());
        let nothing = || async { r#"{"status":"success","data":{"resultType":"vector","result":[]}}"# };
        let router = Router::new()
            .route("/hook", post(take))
            .route("/api/v1/{*path}", any(nothing))
            .layer(DefaultBodyLimit::disable())
            .with_state(received.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, received }
    }

    /// Forgets what it received.
    pub fn clear(&self) {
        *self.received.requests.lock().unwrap() = 0;
        self.received.probes.lock().unwrap().clear();
    }

    /// Waits for so many requests; how many came, when they did not.
    pub async fn requests(&self, count: usize, within: Duration) -> Result<(), usize> {
        let came = || *self.received.requests.lock().unwrap();
        self.until(within, || (came() >= count).then_some(())).await.ok_or_else(came)
    }

    /// Waits for a probe, and says when it came; `None` when it did not.
    pub async fn probe(&self, mark: &str, within: Duration) -> Option<Instant> {
        self.until(within, || self.received.probes.lock().unwrap().get(mark).copied()).await
    }

    async fn until<T>(&self, within: Duration, look: impl Fn() -> Option<T>) -> Option<T> {
        let waiting = async {
            loop {
                let news = self.received.news.notified();
                if let Some(found) = look() {
                    return found;
                }
                news.await;
            }
        };
        tokio::time::timeout(within, waiting).await.ok()
    }
}

async fn take(State(heard): State<Arc<Received>>, body: Bytes) {
    let now = Instant::now();
    *heard.requests.lock().unwrap() += 1;
    if let Some(at) = body.windows(MARK.len()).position(|part| part == MARK.as_bytes()) {
        let mark: Vec<u8> = body.iter().skip(at).copied().take_while(|byte| *byte != b'"').collect();
        heard.probes.lock().unwrap().entry(String::from_utf8(mark).unwrap()).or_insert(now);
    }
    heard.news.notify_waiters();
}
