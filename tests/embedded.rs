//! The embedded source and its Prometheus API, through public interfaces only, beside a real Prometheus 2.42.

mod api;
mod compare;
mod durable;
mod prometheus;
mod scrape;
mod target;

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use slo::api::prometheus::router;
use slo_base::clock::Clock;
use slo_embedded::{EmbeddedSource, StoreSettings};
use tempfile::TempDir;

/// Long enough for traces of any year: tsink measures retention on the machine's own clock.
const EVER: Duration = Duration::from_hours(24 * 3650);

/// A source that is closed when the test lets go of it. A server or tsink's own threads may hold it for longer, and would
/// write into a folder that nobody removes.
struct Closing(EmbeddedSource);

impl Deref for Closing {
    type Target = EmbeddedSource;

    fn deref(&self) -> &EmbeddedSource {
        &self.0
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let source = self.0.clone();
        let close = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(source.close())
        };
        // A test that has closed it itself, or is failing, has other things to say.
        let _ = std::thread::spawn(close).join();
    }
}

/// A source in a folder of its own, which goes last.
struct Opened {
    source: Closing,
    folder: TempDir,
}

async fn open(clock: Clock) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let source = reopen(folder.path(), clock).await;
    Opened { source, folder }
}

async fn reopen(folder: &Path, clock: Clock) -> Closing {
    let settings = StoreSettings::new(folder).retention(EVER);
    Closing(EmbeddedSource::open(settings, clock).await.unwrap())
}

/// Serves the Prometheus API of a source on a free loopback port until the runtime ends.
async fn serve(source: &EmbeddedSource) -> SocketAddr {
    serve_router(router(Arc::new(source.clone()))).await
}

async fn serve_router(router: axum::Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(crate::servers::deadline::PATIENCE).build().unwrap()
}
