//! The `platform-api` binary: the bundled platform API alone, for a Prometheus that is there already.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use slo_base::telemetry::logging::{self, LogOptions};
use slo_platform::fault::Fault;
use slo_platform::{Place, Settings};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The Corporate Intelligence Platform's API, with sample data
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database; without it, data is in memory and gone at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What goes wrong on purpose
    #[arg(long, value_enum, default_value_t)]
    fault: Fault,
    /// Decides the sample data and which requests a fault hits
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    log: LogOptions,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody hears, nothing more can be said.
            drop(writeln!(std::io::stderr(), "platform-api: {error:#}"));
            ExitCode::from(2)
        }
    }
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    logging::init(&arguments.log)?;
    let address = arguments.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another address with --listen"))?;
    let settings = Settings {
        place: arguments.data.map_or(Place::Memory, Place::Folder),
        fault: arguments.fault,
        seed: arguments.seed,
        ..Settings::default()
    };
    let shutdown = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
            _ = interrupt.recv() => tracing::info!("stopping on ctrl-c"),
        }
        stop.cancel();
    });
    Ok(slo_platform::run(listener, settings, shutdown).await?)
}
