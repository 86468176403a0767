//! A running engine: its ticks, its HTTP and its reloads, from start to clean stop.

mod fires;
mod heartbeats;
mod paging;

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

use crate::api::guard::Guard;
use crate::api::{self, EngineMetrics, Reload, ReloadRequest, Shared};
use crate::clock::Clock;
use crate::conventions::ENGINE_BUILD_INFO;
use crate::engine::alerts::{Alerting, StatesError};
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
    /// What fires and where it goes; `None` for an engine that only counts.
    pub alerting: Option<Alerting>,
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
    /// The state of alerts cannot be read.
    #[error(transparent)]
    States(#[from] StatesError),
    /// Nobody could be told.
    #[error("messages cannot be sent: {0}")]
    Paging(String),
    /// The socket.
    #[error("cannot serve HTTP: {0}")]
    Serve(#[from] std::io::Error),
}

/// Reads definitions; warnings are logged, errors refuse.
pub fn load(rules: &[PathBuf]) -> Result<Vec<crate::slo::Slo>, String> {
    definitions(rules).map(|loaded| loaded.slos)
}

fn definitions(rules: &[PathBuf]) -> Result<spec::Loaded, String> {
    let loaded = spec::load(rules);
    refuse_errors(&loaded.diagnostics)?;
    Ok(loaded)
}

/// Logs warnings; errors refuse.
fn refuse_errors(findings: &[spec::Diagnostic]) -> Result<(), String> {
    let mut errors = Vec::new();
    for finding in findings {
        match finding.severity {
            spec::Severity::Error => errors.push(spec::render(finding)),
            spec::Severity::Warning => tracing::warn!("{}", spec::render(finding)),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// Runs until `shutdown`; the tick under way is finished, if it does not take long, and the ledger closed.
pub async fn run(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<(), AppError> {
    // First of all: until somebody listens, SIGHUP ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let loaded = definitions(&app.rules).map_err(AppError::Definitions)?;
    let fires = fires::read(&app, &loaded).map_err(AppError::Definitions)?;
    let slos = loaded.slos;
    let mut registry = Registry::default();
    process::register(&mut registry, &app.clock, ENGINE_BUILD_INFO);
    let metrics = EngineMetrics::register(&mut registry, app.board.clone(), app.clock.clone());
    EngineMetrics::register_source(&mut registry, &app.source);
    registry.register_collector(Box::new(DeskMetrics(app.desk.clone())));
    let paging = match &app.paging {
        Some(settings) => Some(Paging::start(settings.clone(), &app, &mut registry, &shutdown).await?),
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
    let firing = match fires {
        Some(fires) => Some(fires::start(&app, fires, &shutdown).await?),
        None => None,
    };
    let parts = Parts { engine, firing, paging: paging.as_ref() };
    let result = work(&app, parts, metrics, (hangup, requests), &shutdown).await;
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

/// What ticks, and what is reloaded with it.
struct Parts<'a> {
    engine: Engine,
    firing: Option<fires::Firing>,
    paging: Option<&'a Paging>,
}

/// Ticks until `shutdown`.
async fn work(
    app: &App,
    mut parts: Parts<'_>,
    metrics: EngineMetrics,
    (mut hangup, mut requests): (Signal, mpsc::Receiver<ReloadRequest>),
    shutdown: &CancellationToken,
) -> Result<(), AppError> {
    let mut ticks: u64 = 0;
    while !shutdown.is_cancelled() {
        let filled = tokio::select! {
            filled = round(app, &mut parts.engine, &metrics, ticks, shutdown) => filled,
            // A server that hangs must not keep us from stopping.
            () = after(shutdown, DRAIN) => break,
        };
        if let Some(firing) = &mut parts.firing {
            firing.tick(&app.board.latest(), app.clock.now_ms()).await;
        }
        ticks += 1;
        let wait = if filled { until_next(&app.clock, app.settings.interval) } else { Duration::ZERO };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
            Some(()) = hangup.recv() => metrics.reloaded(reload(app, &mut parts).await.is_ok()),
            Some(request) = requests.recv() => {
                let outcome = reload(app, &mut parts).await;
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

/// Takes new definitions when they have no errors; otherwise the old ones stay, all of them.
async fn reload(app: &App, parts: &mut Parts<'_>) -> Reload {
    let read = definitions(&app.rules).and_then(|loaded| {
        let fires = fires::read(app, &loaded)?;
        Ok((loaded.slos, fires))
    });
    let (slos, fires) = read.inspect_err(|findings| {
        tracing::error!("the definitions were not taken; the old ones stay\n{findings}");
    })?;
    // Everything is read before anything is replaced.
    let paging = parts.paging.map(|paging| Ok::<_, String>((paging, paging.read()?))).transpose();
    let paging = paging.inspect_err(|findings| {
        tracing::error!("the routing file was not taken; all that was in use stays\n{findings}");
    })?;
    let count = slos.len();
    parts.engine.replace(slos).await.map_err(|error| error.to_string())?;
    tracing::info!(objectives = count, "definitions reloaded");
    if let Some((paging, new)) = paging {
        paging.replace(new, &app.desk);
    }
    if let (Some(firing), Some(fires)) = (&mut parts.firing, fires) {
        firing.replace(fires);
    }
    Ok(format!("{count} objectives loaded"))
}
