//! `slo serve`: the engine as a service.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::options::{Prometheus, Rules, warn_of_skew};
use super::progress::reporter;
use crate::app::{self, App, AppError};
use crate::clock::Clock;
use crate::engine::{Board, Settings};
use crate::ledger;
use crate::source::Source;

/// The ledger when none is named.
pub(super) const DEFAULT_DATABASE: &str = "sqlite://slo.db";

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    prometheus: Prometheus,
    /// Where history is kept, e.g. <sqlite://slo.db> or <postgres://user@host/slo>
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE)]
    database: String,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    listen: SocketAddr,
    /// Seconds between ticks; it divides an hour
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    interval: u32,
    /// How late samples may arrive, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=1800))]
    settle: u32,
    /// Fill history at least this many days back, if the source has it; the SLOs' windows are always filled
    #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=3660))]
    history: u32,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let source = options
        .prometheus
        .source()?
        .context("which Prometheus? name it with --prometheus URL (or try `slo up`)")?;
    let ledger = ledger::open(&options.database, options.interval).await?;
    let step = i64::from(ledger.step());
    let settings = Settings {
        interval: i64::from(options.interval),
        // Whole buckets settle.
        settle: (i64::from(options.settle) + step - 1) / step * step,
        limits: options.prometheus.limits(),
        concurrency: options.prometheus.prometheus_concurrency,
        history: i64::from(options.history) * 86_400,
        ..Settings::default()
    };
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", options.listen)
    })?;
    let address = listener.local_addr()?;
    tracing::info!("slo listens on http://{address}, reads {}, keeps {}", source.place(), ledger.place());
    let skew = tokio::spawn({
        let source = source.clone();
        async move { warn_of_skew(&source).await }
    });
    let app = App {
        rules: options.rules.rules,
        source,
        ledger,
        settings,
        clock: Clock::System,
        board: Board::default(),
        routes: axum::Router::new(),
        progress: reporter(),
    };
    let shutdown = CancellationToken::new();
    let signals = tokio::spawn(stop_on_signal(shutdown.clone()));
    let result = app::run(app, listener, shutdown).await;
    signals.abort();
    skew.abort();
    match result {
        Ok(()) => Ok(Outcome::Good),
        Err(AppError::Definitions(findings)) => {
            eprintln!("{findings}");
            Ok(Outcome::Bad)
        }
        Err(error) => Err(error.into()),
    }
}

/// Cancels `shutdown` on SIGTERM and ctrl-c.
pub(super) async fn stop_on_signal(shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
        _ = interrupt.recv() => tracing::info!("stopping on ctrl-c"),
    }
    shutdown.cancel();
    Ok(())
}
