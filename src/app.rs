//! A running engine: its ticks, its HTTP and its reloads, from start to clean stop.

mod alerting;
mod definitions;
mod events;
#[cfg(test)]
mod exposed_tests;
mod follower;
mod heartbeats;
mod leadership;
mod paging;
pub mod report;
mod tick;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::api::guard::Guard;
use crate::api::{self, EngineMetrics, Shared};
use slo_base::clock::Clock;
use slo_base::http::{self, Limits};
use slo_base::store::lease::Lease;
use slo_base::store::{Store, StoreError};
use slo_base::telemetry::metrics::Counters;
use slo_base::telemetry::process;
use slo_core::metrics::{ENGINE_BUILD_INFO, HTTP_PANICS};
use slo_definitions::DataSource;
use slo_evaluation::engine::alerts::Alerting;
use slo_evaluation::engine::{FillProgress, Settings, SnapshotChannel};
use slo_evaluation::ledger::{Ledger, LedgerError};
use slo_incidents::AlertService;
use slo_incidents::metrics::AlertMetrics;
use slo_model::source::{NamedSources, Sources};

pub use definitions::{Good, load, load_what_is_good};
pub use paging::{Paging, PagingSettings, notified};

use definitions::Definitions;
use leadership::{Known, Leadership};

/// A tick, or a task, that is under way when the engine stops gets this long.
const DRAIN: Duration = Duration::from_secs(5);

/// Reaches data sources, by their names.
pub type Connect = Arc<dyn Fn(&[DataSource]) -> Result<NamedSources, String> + Send + Sync>;

/// Everything a running engine is made of.
pub struct App {
    /// Where definitions are read from, at the start and at every reload.
    pub rules: Vec<PathBuf>,
    /// One file with an error refuses all of them.
    pub strict: bool,
    /// Where metrics come from.
    pub sources: Sources,
    /// Reaches the data sources that definitions name, at the start and at every reload; `None` where all is read from one.
    pub connect: Option<Connect>,
    /// The database of everything that is kept.
    pub store: Store,
    /// Where history is kept.
    pub ledger: Arc<dyn Ledger>,
    /// How it works.
    pub settings: Settings,
    /// What time it is.
    pub clock: Clock,
    /// Where verdicts are published.
    pub snapshots: SnapshotChannel,
    /// Further routes, such as the embedded store's query API.
    pub routes: Router,
    /// What came in and what became of it.
    pub service: AlertService,
    /// Who may ask.
    pub guard: Guard,
    /// How people are notified; `None`: nobody is.
    pub paging: Option<Paging>,
    /// What all paths begin with: empty, or `/name`.
    pub prefix: String,
    /// What clients may cost.
    pub limits: Limits,
    /// Told how far the fill of histories has come.
    pub progress: Arc<dyn Fn(FillProgress) + Send + Sync>,
    /// What fires and where it goes; `None` for an engine that only counts.
    pub alerting: Option<Alerting>,
    /// Which engine leads, among those on one database.
    pub lease: Arc<Lease>,
}

impl App {
    /// Reaches the data sources that definitions name.
    fn reach(&self, data_sources: &[DataSource]) -> Result<Option<NamedSources>, String> {
        self.connect.as_ref().map(|connect| connect(data_sources)).transpose()
    }
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
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody could be notified.
    #[error("messages cannot be sent: {0}")]
    Paging(String),
    /// The socket.
    #[error("cannot serve HTTP: {0}")]
    Serve(#[from] std::io::Error),
}

/// Runs until `shutdown`; the tick under way is finished, if it does not take long, the lease given back, and the
/// database closed.
pub async fn run(mut app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<(), AppError> {
    // First of all: until somebody listens, SIGHUP ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let loaded = Definitions::read(&app.rules, app.strict).map_err(AppError::Definitions)?;
    let named = app.reach(&loaded.data_sources).map_err(AppError::Definitions)?;
    app.sources.set_named_if(named);
    let fires = alerting::read(&app, &loaded).map_err(AppError::Definitions)?;
    if !loaded.broken.is_empty() {
        let what = "files with errors are left out, and the others go on";
        tracing::error!("{what}\n{}", loaded.findings);
    }
    app.snapshots.show_broken_files(loaded.broken.clone());
    let mut registry = Registry::default();
    process::register(&mut registry, &app.clock, ENGINE_BUILD_INFO);
    let metrics = EngineMetrics::register(&mut registry, app.snapshots.clone(), app.clock.clone());
    EngineMetrics::register_sources(&mut registry, &app.sources);
    registry.register_collector(Box::new(AlertMetrics(app.service.clone())));
    let leads = leadership::Metrics::register(&mut registry);
    let paging = match app.paging.take() {
        Some(paging) => Some(paging.start(&app, &mut registry, &shutdown).await?),
        None => None,
    };
    let (reloads, requests) = mpsc::channel(1);
    let (snapshots, service) = (app.snapshots.clone(), app.service.clone());
    let mut shell = api::shell(app.limits, &app.prefix);
    shell.panics = Counters::registered(&mut registry, HTTP_PANICS).with([]);
    let sources = app.sources.clone();
    let shared = Shared { snapshots, registry: Arc::new(registry), reloads, service, sources };
    let router = api::router(shared)
        .merge(app.routes.clone())
        .merge(api::v2::router(app.service.clone()))
        .merge(api::incidents::router(app.service.clone()))
        .merge(api::console::router(app.service.clone(), app.snapshots.clone(), app.sources.clone()));
    let router = shell.around(app.guard.clone().protect(api::under(&app.prefix, router)));
    let keeping = tokio::spawn(app.service.clone().keep(shutdown.child_token()));
    let stop_http = shutdown.child_token();
    let serving = tokio::spawn(http::serve(listener, router, app.limits, stop_http.clone()));
    let known = Known { slos: watch::Sender::new(Arc::new(loaded.slos.clone())), fires, definitions: loaded };
    let mut leadership = Leadership {
        app: &app,
        paging: paging.as_ref(),
        known,
        engine_metrics: metrics,
        metrics: leads,
        hangup,
        requests,
    };
    let result = leadership.run(&shutdown).await;
    drop(leadership);
    stop_http.cancel();
    match serving.await {
        Ok(served) => served?,
        Err(error) => tracing::error!(%error, "the HTTP server panicked"),
    }
    shutdown.cancel();
    if keeping.await.is_err() {
        tracing::error!("the alert service's housekeeping panicked");
    }
    if let Some(paging) = paging {
        paging.stop().await;
    }
    app.store.close().await;
    app.lease.close().await;
    result
}
