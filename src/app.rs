//! A running engine: its ticks, its HTTP and its reloads, from start to clean stop.

mod paging;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::guard::Guard;
use crate::api::{self, EngineMetrics, Reload, ReloadRequest, Shared};
use crate::clock::Clock;
use crate::conventions::ENGINE_BUILD_INFO;
use crate::engine::{Board, Engine, FillProgress, Settings};
use crate::incident::Desk;
use crate::incident::metrics::DeskMetrics;
use crate::ledger::{Ledger, LedgerError};
use crate::source::Source;
use crate::spec;
use crate::telemetry::process;

pub use paging::PagingSettings;

use paging::Paging;

/// Ticks between two clean-ups of the ledger: an hour of the usual interval.
const PRUNE_EVERY: u64 = 120;
/// Connections that are still open when the engine stops get this long.
const DRAIN: Duration = Duration::from_secs(5);

/// Everything a running engine is made of.
pub struct App {
    /// Where definitions are read from, at the start and at every reload.
    pub rules: Vec<PathBuf>,
    /// Where metrics come from.
    pub source: Arc<dyn Source>,
    /// Where history is kept.
    pub ledger: Arc<dyn Ledger>,
    /// How it works.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// Where verdicts are published.
    pub board: Board,
    /// Further routes, such as the embedded store's query API.
    pub routes: Router,
    /// What came in and what became of it.
    pub desk: Desk,
    /// Who may ask.
    pub guard: Guard,
    /// How people are told; `None`: nobody is.
    pub paging: Option<PagingSettings>,
    /// What all paths begin with: empty, or `/name`.
    pub prefix: String,
    /// Told how far the fill of histories has come.
    pub progress: Arc<dyn Fn(FillProgress) + Send + Sync>,
}

/// Why an engine cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The definitions have errors; the findings, ready to be printed.
    #[error("the definitions have errors\n\n{0}")]
    Definitions(String),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Nobody could be told.
    #[error("messages cannot be sent: {0}")]
    Paging(String),
    /// The socket.
    #[error("cannot serve HTTP: {0}")]
    Serve(#[from] std::io::Error),
}

/// Reads definitions; warnings are logged, errors refuse.
pub fn load(rules: &[PathBuf]) -> Result<Vec<crate::slo::Slo>, String> {
    let loaded = spec::load(rules);
    let mut errors = Vec::new();
    for finding in &loaded.diagnostics {
        match finding.severity {
            spec::Severity::Error => errors.push(spec::render(finding)),
            spec::Severity::Warning => tracing::warn!("{}", spec::render(finding)),
        }
    }
    if errors.is_empty() { Ok(loaded.slos) } else { Err(errors.join("\n")) }
}

/// Runs until `shutdown`; the tick under way is finished and the ledger closed.
pub async fn run(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<(), AppError> {
    let slos = load(&app.rules).map_err(AppError::Definitions)?;
    let mut registry = Registry::default();
    process::register(&mut registry, &app.clock, ENGINE_BUILD_INFO);
    let metrics = EngineMetrics::register(&mut registry, app.board.clone(), app.clock.clone());
    registry.register_collector(Box::new(DeskMetrics(app.desk.clone())));
    let paging = match &app.paging {
        Some(settings) => {
            Some(Paging::start(settings.clone(), &app.desk, &app.clock, &mut registry, &shutdown).await?)
        }
        None => None,
    };
    let (reloads, requests) = mpsc::channel(1);
    let shared = Shared { board: app.board.clone(), registry: Arc::new(registry), reloads };
    let router = api::router(shared)
        .merge(app.routes.clone())
        .merge(api::v2::router(app.desk.clone()))
        .merge(api::incidents::router(app.desk.clone()));
    let router = if app.prefix.is_empty() { router } else { Router::new().nest(&app.prefix, router) };
    let router = app.guard.clone().protect(router);
    let engine =
        Engine::new(slos, app.source.clone(), app.ledger.clone(), app.settings.clone(), app.board.clone())
            .await?;

    let keeping = tokio::spawn(app.desk.clone().keep(shutdown.child_token()));
    let stop_http = shutdown.child_token();
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop_http.clone().cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    let result = work(&app, engine, metrics, requests, paging.as_ref(), &shutdown).await;
    stop_http.cancel();
    match tokio::time::timeout(DRAIN, serving).await {
        Ok(Ok(served)) => served?,
        Ok(Err(error)) => tracing::error!(%error, "the HTTP server panicked"),
        Err(_) => tracing::warn!("connections were still open; they are cut off"),
    }
    shutdown.cancel();
    if keeping.await.is_err() {
        tracing::error!("the desk's housekeeping panicked");
    }
    if let Some(paging) = paging {
        paging.stop().await;
    }
    app.desk.close().await;
    app.ledger.close().await;
    result
}

/// Ticks until `shutdown`.
async fn work(
    app: &App,
    mut engine: Engine,
    metrics: EngineMetrics,
    mut requests: mpsc::Receiver<ReloadRequest>,
    paging: Option<&Paging>,
    shutdown: &CancellationToken,
) -> Result<(), AppError> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut ticks: u64 = 0;
    while !shutdown.is_cancelled() {
        let started = tokio::time::Instant::now();
        if let Err(error) = engine.catch_up(app.clock.now(), shutdown, app.progress.as_ref()).await {
            tracing::error!(%error, "history could not be filled; it will be tried again");
        }
        if shutdown.is_cancelled() {
            break;
        }
        let ticked = engine.tick(app.clock.now()).await;
        metrics.ticked(started.elapsed().as_secs_f64(), ticked.as_ref().ok());
        match &ticked {
            Ok(report) => {
                tracing::debug!(read = report.read, samples = report.samples, "tick");
                for (slo, error) in &report.failures {
                    tracing::warn!(slo, error, "not evaluated");
                }
            }
            Err(error) => tracing::error!(%error, "the tick was not written; it will be done again"),
        }
        if ticks.is_multiple_of(PRUNE_EVERY)
            && let Err(error) = engine.prune(app.clock.now()).await
        {
            tracing::warn!(%error, "old history was not dropped");
        }
        ticks += 1;
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(until_next(&app.clock, app.settings.interval)) => {}
            Some(()) = hangup.recv() => metrics.reloaded(reload(app, paging, &mut engine).await.is_ok()),
            Some(request) = requests.recv() => {
                let outcome = reload(app, paging, &mut engine).await;
                metrics.reloaded(outcome.is_ok());
                // Whoever asked may have gone; the reload counts all the same.
                drop(request.send(outcome));
            }
        }
    }
    Ok(())
}

/// The time until the clock next reaches a multiple of `interval` seconds.
fn until_next(clock: &Clock, interval: i64) -> Duration {
    let interval_ms = interval.max(1) * 1000;
    let now_ms = clock.now_ms();
    let next_ms = (now_ms.div_euclid(interval_ms) + 1) * interval_ms;
    Duration::from_millis(u64::try_from(next_ms - now_ms).unwrap_or(0))
}

/// Takes new definitions when they have no errors; otherwise the old ones stay.
async fn reload(app: &App, paging: Option<&Paging>, engine: &mut Engine) -> Reload {
    let loaded = load(&app.rules);
    match &loaded {
        Ok(slos) => tracing::info!(objectives = slos.len(), "definitions reloaded"),
        Err(findings) => tracing::error!("the definitions were not taken; the old ones stay\n{findings}"),
    }
    let slos = loaded?;
    if let Some(paging) = paging {
        paging.reload().inspect_err(|findings| {
            tracing::error!("the routing file was not taken; the old one stays\n{findings}");
        })?;
    }
    let count = slos.len();
    engine.replace(slos).await.map_err(|error| error.to_string())?;
    Ok(format!("{count} objectives loaded"))
}
