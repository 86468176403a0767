//! The Corporate Intelligence Platform's own API, bundled so that there is something real to watch: companies and news
//! over HTTP from a database, with metrics, health and, on request, faults.
//!
//! ```text
//! slo_base::http ─ track ─ shell ─┬─ inject ─ /api/v1/… ─┐
//!                                 └─ /health, /metrics ──┴─ store (SQLite) ─ ingest
//! ```
//! It imports telemetry, config, clock and names and nothing else of ours: it is what the engine watches, and
//! could run without it.

mod events;
pub mod fault;
mod guard;
mod ingest;
pub mod metrics;
mod model;
mod problem;
mod routes;
mod seed;
mod settings;
mod store;
pub mod traffic;

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use slo_base::http;

pub use settings::{Limits, Place, Schedule, Settings};
pub use store::StoreError;

use fault::Injector;
use ingest::Ingester;
use metrics::Metrics;
use routes::Context;
use store::Store;

/// Why the platform API cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its socket.
    #[error("the platform API cannot listen: {0}; choose another address with --listen")]
    Listen(#[from] std::io::Error),
}

/// Serves the platform API on `listener` until `shutdown`, then lets requests under way end (at most
/// [`Limits::drain`]) and closes the database. Dropping the future stops it at once.
pub fn run(
    listener: TcpListener,
    settings: Settings,
    shutdown: CancellationToken,
) -> BoxFuture<'static, Result<(), Error>> {
    // Boxed, so that the server is compiled here and not once more in each program that awaits it.
    Box::pin(run_until(listener, settings, shutdown))
}

async fn run_until(
    listener: TcpListener,
    settings: Settings,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let address = listener.local_addr()?;
    let Settings { place, seed, fault, schedule, limits, clock } = settings;
    let metrics = Metrics::new(&clock);
    let started = clock.now();
    let store = Store::open(&place).await?;
    let injector = Arc::new(Injector::new(fault, seed));
    let ingester =
        Ingester::prepare(store.clone(), metrics.clone(), Arc::clone(&injector), clock.clone(), seed).await?;
    // Before the first request, so that a scrape never sees the age of a database that was off overnight.
    ingester.run_once().await;

    // A child, so that the ingester also stops when this future is dropped.
    let stop_ingester = shutdown.child_token();
    let _stop_when_dropped = stop_ingester.clone().drop_guard();
    let ingesting = tokio::spawn(ingester.run(schedule, stop_ingester.clone()));

    let context =
        Context { store: store.clone(), metrics, clock, started, schedule, stopping: shutdown.clone() };
    let router = routes::router(context, injector, limits);
    tracing::info!(%address, %fault, "the platform API listens");
    http::serve(listener, router, limits, shutdown).await?;

    stop_ingester.cancel();
    if let Err(error) = ingesting.await {
        tracing::error!(%error, "the ingester panicked");
    }
    store.close().await;
    tracing::info!(%address, "the platform API has stopped");
    Ok(())
}
