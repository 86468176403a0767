//! A running engine: its ticks, its HTTP and its reloads, from start to clean stop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::{self, EngineMetrics, Reload, ReloadRequest, Shared};
use crate::clock::Clock;
use crate::conventions::ENGINE_BUILD_INFO;
use crate::engine::{Board, Engine, FillProgress, Settings};
use crate::ledger::{Ledger, LedgerError};
use crate::source::Source;
use crate::spec;
use crate::telemetry::process;

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

/// Runs until `shutdown`; the tick under way is finished, if it does not take long, and the ledger closed.
pub async fn run(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<(), AppError> {
    // First of all: until somebody listens, SIGHUP ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let slos = load(&app.rules).map_err(AppError::Definitions)?;
    let mut registry = Registry::default();
    process::register(&mut registry, &app.clock, ENGINE_BUILD_INFO);
    let metrics = EngineMetrics::register(&mut registry, app.board.clone(), app.clock.clone());
    let (reloads, requests) = mpsc::channel(1);
    let shared = Shared { board: app.board.clone(), registry: Arc::new(registry), reloads };
    let router = api::router(shared).merge(app.routes.clone());
    let engine =
        Engine::new(slos, app.source.clone(), app.ledger.clone(), app.settings.clone(), app.board.clone())
            .await?;

    let stop_http = shutdown.child_token();
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop_http.clone().cancelled_owned());
    let serving = tokio::spawn(serving.into_future());
    let result = work(&app, engine, metrics, (hangup, requests), &shutdown).await;
    stop_http.cancel();
    match tokio::time::timeout(DRAIN, serving).await {
        Ok(Ok(served)) => served?,
        Ok(Err(error)) => tracing::error!(%error, "the HTTP server panicked"),
        Err(_) => tracing::warn!("connections were still open; they are cut off"),
    }
    app.ledger.close().await;
    result
}

/// Ticks until `shutdown`.
async fn work(
    app: &App,
    mut engine: Engine,
    metrics: EngineMetrics,
    (mut hangup, mut requests): (Signal, mpsc::Receiver<ReloadRequest>),
    shutdown: &CancellationToken,
) -> Result<(), AppError> {
    let mut ticks: u64 = 0;
    while !shutdown.is_cancelled() {
        let filled = tokio::select! {
            filled = round(app, &mut engine, &metrics, ticks, shutdown) => filled,
            // A server that hangs must not keep us from stopping.
            () = after(shutdown, DRAIN) => break,
        };
        ticks += 1;
        let wait = if filled { until_next(&app.clock, app.settings.interval) } else { Duration::ZERO };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
            Some(()) = hangup.recv() => metrics.reloaded(reload(app, &mut engine).await.is_ok()),
            Some(request) = requests.recv() => {
                let outcome = reload(app, &mut engine).await;
                metrics.reloaded(outcome.is_ok());
                // Whoever asked may have gone; the reload counts all the same.
                drop(request.send(outcome));
            }
        }
    }
    Ok(())
}

/// Fills what is missing for at most an interval, so that those that are up to date are not kept waiting. False when
/// there is more to fill.
async fn fill(app: &App, engine: &mut Engine, shutdown: &CancellationToken) -> bool {
    let until = shutdown.child_token();
    let deadline = tokio::time::sleep(Duration::from_secs(app.settings.interval.max(1).unsigned_abs()));
    let fill = engine.catch_up(app.clock.now(), &until, app.progress.as_ref());
    tokio::pin!(deadline, fill);
    let filled = tokio::select! {
        filled = &mut fill => filled,
        () = &mut deadline => {
            until.cancel();
            fill.await
        }
    };
    if let Err(error) = filled {
        tracing::error!(%error, "history could not be filled; it will be tried again");
    }
    !until.is_cancelled()
}

/// Fills, then ticks. False when there is more to fill.
async fn round(
    app: &App,
    engine: &mut Engine,
    metrics: &EngineMetrics,
    ticks: u64,
    shutdown: &CancellationToken,
) -> bool {
    let filled = fill(app, engine, shutdown).await;
    if shutdown.is_cancelled() {
        return filled;
    }
    let started = tokio::time::Instant::now();
    let ticked = engine.tick(app.clock.now()).await;
    metrics.ticked(started.elapsed().as_secs_f64(), ticked.as_ref().ok());
    match &ticked {
        Ok(report) => {
            tracing::debug!(read = report.read, samples = report.samples, "tick");
            tell(&report.failures);
        }
        Err(error) => tracing::error!(%error, "the tick was not written; it will be done again"),
    }
    if ticks.is_multiple_of(PRUNE_EVERY)
        && let Err(error) = engine.prune(app.clock.now()).await
    {
        tracing::warn!(%error, "old history was not dropped");
    }
    filled
}

/// Logs what could not be evaluated; many SLOs of one server that is away have one reason.
fn tell(failures: &[(String, String)]) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (slo, reason) in failures {
        reasons.entry(reason).or_default().push(slo);
    }
    for (reason, slos) in reasons {
        let slo = slos.first().copied().unwrap_or_default();
        tracing::warn!(slo, others = slos.len() - 1, reason, "not evaluated");
    }
}

/// Ends when `token` was cancelled and `grace` has passed since.
async fn after(token: &CancellationToken, grace: Duration) {
    token.cancelled().await;
    tokio::time::sleep(grace).await;
}

/// The time until the clock next reaches a multiple of `interval` seconds.
fn until_next(clock: &Clock, interval: i64) -> Duration {
    let interval_ms = interval.max(1) * 1000;
    let now_ms = clock.now_ms();
    let next_ms = (now_ms.div_euclid(interval_ms) + 1) * interval_ms;
    Duration::from_millis(u64::try_from(next_ms - now_ms).unwrap_or(0))
}

/// Takes new definitions when they have no errors; otherwise the old ones stay.
async fn reload(app: &App, engine: &mut Engine) -> Reload {
    let loaded = load(&app.rules);
    match &loaded {
        Ok(slos) => tracing::info!(objectives = slos.len(), "definitions reloaded"),
        Err(findings) => tracing::error!("the definitions were not taken; the old ones stay\n{findings}"),
    }
    let slos = loaded?;
    let count = slos.len();
    engine.replace(slos).await.map_err(|error| error.to_string())?;
    Ok(format!("{count} objectives loaded"))
}
