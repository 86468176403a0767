//! `slo up`: everything on one machine with nothing installed. A platform API with sample traffic, a scraper with a store,
//! the engine, and a table that is drawn in place until ctrl-c.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::options::{Rules, style};
use super::progress::reporter;
use super::serve::stop_on_signal;
use crate::api::guard::Guard;
use crate::app::{self, App, AppError};
use crate::clock::Clock;
use crate::engine::{Board, Settings, Snapshot};
use crate::incident::Desk;
use crate::incident::alerts::AlertLimits;
use crate::incident::silences::SilenceLimits;
use crate::platform::fault::Fault;
use crate::platform::{self, traffic};
use crate::source::embedded::{EmbeddedSource, ScrapeTarget, Scraper, StoreSettings};
use crate::status::table;
use crate::{api, ledger};

/// A table within seconds of the start, and budgets that visibly move.
const INTERVAL_SECONDS: u32 = 5;
/// Without a terminal a table is printed this often, in seconds.
const PRINT_EVERY: i64 = 30;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    /// What goes wrong on purpose in the platform API
    #[arg(long, value_enum, default_value_t)]
    fault: Fault,
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
    #[arg(long, value_name = "NUMBER", default_value_t = 20.0)]
    rate: f64,
    /// Stop after so many seconds instead of at ctrl-c
    #[arg(long = "for", value_name = "SECONDS")]
    stop_after: Option<u64>,
}

/// Where everything is, for people.
struct Places {
    folder: PathBuf,
    engine: SocketAddr,
    platform: SocketAddr,
    fault: Fault,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    if options.rules.load().is_none() {
        return Ok(Outcome::Bad);
    }
    std::fs::create_dir_all(&options.dir)
        .with_context(|| format!("cannot make the folder {}", options.dir.display()))?;
    let folder = options.dir.canonicalize()?;
    let engine = listen(options.port).await?;
    let address = engine.local_addr()?;
    let api = listen(options.platform_port).await?;
    let places =
        Places { folder, engine: engine.local_addr()?, platform: api.local_addr()?, fault: options.fault };
    let shutdown = CancellationToken::new();
    let signals = tokio::spawn(stop_on_signal(shutdown.clone()));
    let mut tasks = tokio::task::JoinSet::new();

    let settings = platform::Settings {
        place: platform::Place::Folder(places.folder.join("platform")),
        fault: options.fault,
        ..platform::Settings::default()
    };
    let stop = shutdown.clone();
    tasks.spawn(async move { platform::run(api, settings, stop).await.map_err(anyhow::Error::from) });
    let (base, stop) = (format!("http://{}", places.platform), shutdown.clone());
    let load = traffic::Settings { rate: options.rate, ..traffic::Settings::default() };
    tasks.spawn(async move { traffic::run(&base, load, stop).await.map(drop).map_err(anyhow::Error::from) });

    let source = Arc::new(
        EmbeddedSource::open(StoreSettings::new(places.folder.join("metrics")), Clock::System).await?,
    );
    let scraper = Scraper::new(&source, targets(&places))?;
    let stop = shutdown.clone();
    tasks.spawn(async move {
        scraper.run(stop).await;
        Ok(())
    });
    let board = Board::default();
    tasks.spawn(show(board.clone(), places, shutdown.clone()));
    if let Some(seconds) = options.stop_after {
        let stop = shutdown.clone();
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.cancel();
            Ok(())
        });
    }
    let result =
        app::run(app(&options, source.clone(), board, address).await?, engine, shutdown.clone()).await;
    shutdown.cancel();
    signals.abort();
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    source.close().await?;
    match result {
        Ok(()) => Ok(Outcome::Good),
        Err(AppError::Definitions(findings)) => {
            eprintln!("{findings}");
            Ok(Outcome::Bad)
        }
        Err(error) => Err(error.into()),
    }
}

async fn app(
    options: &Options,
    source: Arc<EmbeddedSource>,
    board: Board,
    address: SocketAddr,
) -> anyhow::Result<App> {
    let url = format!("sqlite://{}", options.dir.join("slo.db").display());
    let ledger = ledger::open(&url, INTERVAL_SECONDS).await?;
    let interval = i64::from(ledger.step().max(INTERVAL_SECONDS));
    let desk = Desk::open(&url, AlertLimits::default(), SilenceLimits::default(), Clock::System).await?;
    Ok(App {
        rules: options.rules.rules.clone(),
        source: source.clone(),
        ledger,
        settings: Settings { interval, settle: 2 * interval, ..Settings::default() },
        clock: Clock::System,
        board,
        routes: api::prometheus::router(source),
        guard: Guard::new(desk.tokens.clone(), address, "")?,
        desk,
        // A machine that tries the engine out has nobody to tell.
        paging: None,
        prefix: String::new(),
        progress: reporter(),
    })
}

/// The platform API and the engine itself.
fn targets(places: &Places) -> Vec<ScrapeTarget> {
    [("platform-api", places.platform), ("slo", places.engine)]
        .map(|(job, address)| {
            let mut target = ScrapeTarget::new(job, format!("http://{address}/metrics"));
            target.interval = Duration::from_secs(u64::from(INTERVAL_SECONDS));
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

/// Draws every new snapshot in place on a terminal, or prints one now and then.
async fn show(board: Board, places: Places, stop: CancellationToken) -> anyhow::Result<()> {
    let in_place = std::io::stdout().is_terminal();
    let mut snapshots = board.watch();
    let mut printed: Option<i64> = None;
    if !in_place {
        print!("{}", header(&places));
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            changed = snapshots.changed() => if changed.is_err() { break },
        }
        let snapshot = snapshots.borrow_and_update().clone();
        if in_place {
            // Home, then the frame, then clear what an earlier, longer frame left.
            print!("\x1b[H{}\x1b[J", frame(&places, &snapshot).replace('\n', "\x1b[K\n"));
        } else if printed.is_none_or(|printed| snapshot.at - printed >= PRINT_EVERY) {
            printed = Some(snapshot.at);
            println!("{}", table(&snapshot.rows, style()));
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn frame(places: &Places, snapshot: &Snapshot) -> String {
    let at =
        chrono::DateTime::from_timestamp(snapshot.at, 0).unwrap_or_default().format("%Y-%m-%d %H:%M:%SZ");
    let mut frame = format!("{}\n{at}   ctrl-c stops\n\n{}", header(places), table(&snapshot.rows, style()));
    for (slo, error) in &snapshot.errors {
        let _ = writeln!(frame, "{slo}: {error}");
    }
    frame
}

fn header(places: &Places) -> String {
    let Places { folder, engine, platform, fault } = places;
    let fault = match fault {
        Fault::None => "none (try --fault errors, latency or stale)".to_owned(),
        fault => fault.to_string(),
    };
    format!(
        "slo up: a platform API with sample traffic, watched live\n\
         \x20 platform API   http://{platform}/api/v1/companies   http://{platform}/health\n\
         \x20 status         http://{engine}/api/slo/v1/status   metrics http://{engine}/metrics\n\
         \x20 Grafana        Prometheus data source: http://{engine}\n\
         \x20 fault          {fault}\n\
         \x20 folder         {}\n",
        shown(folder)
    )
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}
