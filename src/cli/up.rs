//! `slo up`: everything on one machine with nothing installed. A platform API with sample traffic, a scraper with a store,
//! the engine, and a table that is drawn in place until ctrl-c.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::options::Rules;
use super::progress::reporter;
use super::screen::{Places, show};
use super::serve::{outcome, routing_file, stop_on_signal};
use crate::api;
use crate::api::guard::Guard;
use crate::app::{self, App, PagingSettings};
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store, sqlite_url};
use slo_core::labels::Labels;
use slo_core::time::Span;
use slo_delivery::screen::Screen;
use slo_delivery::{DeliveryMetrics, Templates};
use slo_embedded::{EmbeddedSource, ScrapeTarget, Scraper, StoreSettings};
use slo_evaluation::engine::alerts::{Alerting, StoredStates};
use slo_evaluation::engine::{Settings, SnapshotChannel};
use slo_evaluation::ledger;
use slo_incidents::alerts::AlertLimits;
use slo_model::alert::rule::ExternalContext;
use slo_platform::fault::Fault;
use slo_platform::traffic;

/// A table within seconds of the start, and budgets that visibly move.
const INTERVAL: Span = Span::from_seconds(5);

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    /// What goes wrong on purpose in the platform API
    #[arg(long, value_enum, default_value_t)]
    fault: Fault,
    /// The routing file: who would be notified of what; without one here or in alerts/, the one that ships with the program
    #[arg(long, value_name = "FILE")]
    routing: Option<PathBuf>,
    /// The folder for all data; history goes on where it was when it is used again
    #[arg(long, value_name = "DIR", default_value = "slo-up")]
    dir: PathBuf,
    /// Port of the engine; another one is taken when it is in use
    #[arg(long, value_name = "PORT", default_value_t = 9099)]
    port: u16,
    /// Port of the platform API; another one is taken when it is in use
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    platform_port: u16,
    /// Requests a second of sample traffic
    #[arg(long, value_name = "NUMBER", default_value_t = 20.0, value_parser = rate)]
    rate: f64,
    /// Stop after so many seconds instead of at ctrl-c
    #[arg(long = "for", value_name = "SECONDS")]
    stop_after: Option<u64>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    if options.rules.load(false).is_none() {
        return Ok(Outcome::Bad);
    }
    std::fs::create_dir_all(&options.dir)
        .with_context(|| format!("cannot make the folder {}", options.dir.display()))?;
    let folder = options.dir.canonicalize()?;
    let _lock = lock(&folder)?;
    let engine = listen(options.port).await?;
    let address = engine.local_addr()?;
    let api = listen(options.platform_port).await?;
    let places =
        Places { folder, engine: engine.local_addr()?, platform: api.local_addr()?, fault: options.fault };
    let shutdown = CancellationToken::new();
    let signals = tokio::spawn(stop_on_signal(shutdown.clone()));
    let source = Arc::new(
        EmbeddedSource::open(StoreSettings::new(places.folder.join("metrics")), Clock::System).await?,
    );
    let snapshots = SnapshotChannel::default();
    let mut tasks = Tasks { running: JoinSet::new(), stop: shutdown.clone() };
    start(&mut tasks, &options, &places, api, &source)?;
    let screen = Screen::new(Templates::shipped(DeliveryMetrics::default())?);
    let messages = screen.watch();
    let result = async {
        let app = app(&options, source.clone(), (snapshots.clone(), screen), address).await?;
        tasks.spawn(show((snapshots, app.service.clone()), messages, places, shutdown.clone()));
        if let Some(seconds) = options.stop_after {
            let stop = shutdown.clone();
            tasks.spawn(async move {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(seconds)) => stop.cancel(),
                    () = stop.cancelled() => {}
                }
                Ok(())
            });
        }
        app::run(app, engine, shutdown.clone()).await.map_err(anyhow::Error::from)
    };
    let result = result.await;
    shutdown.cancel();
    signals.abort();
    let mut failed = None;
    while let Some(ended) = tasks.running.join_next().await {
        failed = failed.or(ended.map_err(anyhow::Error::from).flatten().err());
    }
    source.close().await?;
    match (result, failed) {
        (_, Some(error)) => Err(error),
        (result, None) => outcome(result),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().map_err(|_| "it is not a number; write e.g. 20".to_owned())?;
    if (0.01..=1000.0).contains(&rate) { Ok(rate) } else { Err("choose between 0.01 and 1000".to_owned()) }
}

/// What runs beside the engine. When one of them fails, everything stops.
struct Tasks {
    running: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
}

impl Tasks {
    fn spawn(&mut self, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let stop = self.stop.clone();
        self.running.spawn(async move {
            let ended = task.await;
            if ended.is_err() {
                stop.cancel();
            }
            ended
        });
    }
}

/// Starts the platform API, its traffic, and the scraper.
fn start(
    tasks: &mut Tasks,
    options: &Options,
    places: &Places,
    api: TcpListener,
    source: &Arc<EmbeddedSource>,
) -> anyhow::Result<()> {
    let settings = slo_platform::Settings {
        place: slo_platform::Place::Folder(places.folder.join("platform")),
        fault: options.fault,
        ..slo_platform::Settings::default()
    };
    let stop = tasks.stop.clone();
    tasks.spawn(async move { slo_platform::run(api, settings, stop).await.map_err(anyhow::Error::from) });
    let (base, stop) = (format!("http://{}", places.platform), tasks.stop.clone());
    let load = traffic::Settings { rate: options.rate, ..traffic::Settings::default() };
    tasks.spawn(async move { traffic::run(&base, load, stop).await.map(drop).map_err(anyhow::Error::from) });
    let scraper = Scraper::new(source, targets(places))?;
    let stop = tasks.stop.clone();
    tasks.spawn(async move {
        scraper.run(stop).await;
        Ok(())
    });
    Ok(())
}

/// Two engines in one folder would count everything twice. The lock goes with the file handle.
fn lock(folder: &Path) -> anyhow::Result<std::fs::File> {
    let path = folder.join("lock");
    let file = std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => anyhow::bail!(
            "another `slo up` uses the folder {}; stop it, or name another folder with --dir",
            folder.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

async fn app(
    options: &Options,
    source: Arc<EmbeddedSource>,
    (snapshots, screen): (SnapshotChannel, Screen),
    address: SocketAddr,
) -> anyhow::Result<App> {
    let url = sqlite_url(&options.dir.join("slo.db"));
    let store = Store::open(&url, &ENGINE).await?;
    let ledger = ledger::open(&store, INTERVAL).await?;
    let lease = store.lease("slo-up")?;
    let interval = ledger.step().max(INTERVAL);
    let paging = PagingSettings {
        routing: options.routing.clone().or_else(routing_file),
        external_url: format!("http://{address}"),
        allowed: Vec::new(),
        name: "slo-up".to_owned(),
        // A machine that tries the engine out has nobody to wake.
        instead: Some(Arc::new(screen)),
    };
    let (service, paging) = app::notified(&store, AlertLimits::default(), paging, Clock::System).await?;
    let alerting = Alerting {
        sink: Arc::new(service.alerts.clone()),
        states: Arc::new(StoredStates::new(store.clone())),
        writer: Some(source.clone()),
        around: ExternalContext { external_labels: Labels::new(), external_url: format!("http://{address}") },
        policy_file: None,
    };
    Ok(App {
        rules: options.rules.rules.clone(),
        strict: false,
        sources: source.clone().into(),
        connect: None,
        store,
        ledger,
        settings: Settings { interval, settle: interval * 2, ..Settings::default() },
        clock: Clock::System,
        snapshots,
        routes: api::prometheus::router(source),
        guard: Guard::new(service.tokens.clone(), address, "")?,
        service,
        paging: Some(paging),
        prefix: String::new(),
        limits: crate::api::LIMITS,
        progress: reporter(),
        alerting: Some(alerting),
        lease: Arc::new(lease),
    })
}

/// The platform API and the engine itself.
fn targets(places: &Places) -> Vec<ScrapeTarget> {
    [("platform-api", places.platform), ("slo", places.engine)]
        .map(|(job, address)| {
            let mut target = ScrapeTarget::new(job, format!("http://{address}/metrics"));
            target.interval = INTERVAL.to_std();
            target.timeout = Duration::from_secs(4);
            target
        })
        .into()
}

/// A loopback socket on `port`, or on a free one when that is in use.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no free loopback port")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on 127.0.0.1:{port}")),
    }
}
