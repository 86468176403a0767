//! `slo serve`: the engine as a service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use slo_definitions::DataSource;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Outcome;
use super::options::{Prometheus, Rules, warn_of_skew};
use super::out::errln;
use super::progress::reporter;
use crate::api::guard::Guard;
use crate::app::{self, App, AppError, PagingSettings};
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_evaluation::engine::alerts::{Alerting, StoredStates};
use slo_evaluation::engine::{Settings, SnapshotChannel};
use slo_evaluation::evaluate::Limits;
use slo_evaluation::ledger;
use slo_incidents::alerts::AlertLimits;
use slo_model::alert::rule::ExternalContext;

/// The burn-rate policy that is read when it is there.
const BURN_RATE: &str = "alerts/burn-rate.yaml";
/// The ledger when none is named.
pub(super) const DEFAULT_DATABASE: &str = "sqlite://slo.db";

/// The routing file when none is named.
pub(super) const ROUTING: &str = "alerts/routing.yaml";

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    /// Refuse all definitions and rules when one file has an error, instead of going on with the others
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    prometheus: Prometheus,
    #[arg(help = "Where history is kept, e.g. sqlite://slo.db or postgres://user@host/slo")]
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE)]
    database: String,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    listen: SocketAddr,
    /// What all paths begin with, e.g. /slo, when a proxy passes it on
    #[arg(long, value_name = "PATH", default_value = "", value_parser = route_prefix)]
    route_prefix: String,
    /// The routing file: who is notified of what; without one here or in alerts/, the one that ships with the program
    #[arg(long, value_name = "FILE")]
    routing: Option<PathBuf>,
    /// Where people reach this engine, for links in messages
    #[arg(long, value_name = "URL", value_parser = external_url)]
    external_url: Option<String>,
    /// A private host or network that webhooks may go to, e.g. 10.1.0.0/16; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// The most distinct alerts that are kept; more are refused
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    max_alerts: usize,
    /// The burn-rate policy; alerts/burn-rate.yaml when it is there, or else the one that ships
    #[arg(long, value_name = "FILE")]
    burn_rate: Option<PathBuf>,
    /// Seconds between ticks; it divides an hour
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3600))]
    interval: u32,
    /// How late samples may arrive, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=1800))]
    settle: u32,
    /// How far back samples that came later than --settle are looked for and filled in, in hours; 0: they are not
    #[arg(long, value_name = "HOURS", default_value_t = 6, value_parser = clap::value_parser!(u32).range(0..=168))]
    late: u32,
    /// How long partial answers are waited out, in minutes, before what they brought is settled and its time not covered
    #[arg(long, value_name = "MINUTES", default_value_t = 1440)]
    settle_partial: u32,
    /// Fill history at least this many days back, if the source has it; the SLOs' windows are always filled
    #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=3660))]
    history: u32,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let (source, sources, connect) = options.prometheus.sources()?;
    if source.is_none() && !options.prometheus.names_sources() {
        let has_address = |data_source: &DataSource| data_source.connection.url().is_some();
        if !slo_definitions::load(&options.rules.rules).data_sources.iter().any(has_address) {
            bail!("which Prometheus? name it with --prometheus URL (or try `slo up`)");
        }
        tracing::warn!("no --prometheus: only objectives whose data source has an address are read");
    }
    let store = Store::open(&options.database, &ENGINE).await?;
    let interval = Span::from_seconds(options.interval.into());
    let ledger = ledger::open(&store, interval).await?;
    let name = name();
    let lease = store.lease(&name)?;
    let settings = Settings {
        interval,
        // Whole buckets settle.
        settle: Timestamp::from_seconds(options.settle.into()).align_up(ledger.step()) - Timestamp::EPOCH,
        limits: Limits { late: Span::hours(options.late.into()), ..options.prometheus.limits() },
        concurrency: options.prometheus.prometheus_concurrency,
        history: Span::days(options.history.into()),
        partial_wait: Span::minutes(options.settle_partial.into()),
        ..Settings::default()
    };
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", options.listen)
    })?;
    let address = listener.local_addr()?;
    let limits = AlertLimits { max_alerts: options.max_alerts, ..AlertLimits::default() };
    let external_url = options.external_url.unwrap_or_else(|| guessed_url(address, &options.route_prefix));
    let paging = PagingSettings {
        routing: options.routing.or_else(routing_file),
        external_url: external_url.clone(),
        allowed: options.allow_host,
        name,
        instead: None,
    };
    let (service, paging) = match app::notified(&store, limits, paging, Clock::System).await {
        Ok(opened) => opened,
        Err(error) => return outcome(Err(error.into())),
    };
    let guard = Guard::new(service.tokens.clone(), address, &options.route_prefix)?.reached_at(&external_url);
    tracing::info!(
        "slo listens on http://{address}, reads {}, keeps {}",
        sources.default_source().place(),
        store.place()
    );
    let skew = tokio::spawn(async move {
        if let Some(source) = source {
            warn_of_skew(&source).await;
        }
    });
    let alerting = Alerting {
        sink: Arc::new(service.alerts.clone()),
        states: Arc::new(StoredStates::new(store.clone())),
        // Somebody else's Prometheus is not ours to write to.
        writer: None,
        around: ExternalContext { external_labels: Labels::new(), external_url },
        policy_file: options
            .burn_rate
            .or_else(|| Some(PathBuf::from(BURN_RATE)).filter(|path| path.is_file())),
    };
    let app = App {
        paging: Some(paging),
        rules: options.rules.rules,
        strict: options.strict,
        sources,
        connect: Some(connect),
        store,
        ledger,
        settings,
        clock: Clock::System,
        snapshots: SnapshotChannel::default(),
        routes: axum::Router::new(),
        service,
        guard,
        prefix: options.route_prefix,
        limits: crate::api::LIMITS,
        progress: reporter(),
        alerting: Some(alerting),
        lease: Arc::new(lease),
    };
    let shutdown = CancellationToken::new();
    let signals = tokio::spawn(stop_on_signal(shutdown.clone()));
    let result = app::run(app, listener, shutdown).await;
    signals.abort();
    skew.abort();
    outcome(result.map_err(Into::into))
}

/// How an engine ended; findings in its files are printed.
pub(super) fn outcome(result: anyhow::Result<()>) -> anyhow::Result<Outcome> {
    match result.map_err(anyhow::Error::downcast) {
        Ok(()) => Ok(Outcome::Good),
        Err(Ok(AppError::Definitions(findings))) => {
            errln!("{findings}");
            Ok(Outcome::Bad)
        }
        Err(Ok(error)) => Err(error.into()),
        Err(Err(error)) => Err(error),
    }
}

/// Tells this engine from others on its database: containers often share a process id, and pods a host.
fn name() -> String {
    format!("{}-{}-{:04x}", host(), std::process::id(), rand::random::<u16>())
}

fn host() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("slo").to_owned()
}

/// The routing file that is read when none is named.
pub(super) fn routing_file() -> Option<PathBuf> {
    Some(PathBuf::from(ROUTING)).filter(|path| path.is_file())
}

/// A web address without a slash at its end.
fn external_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| {
        let plain = url.query().is_none() && url.fragment().is_none() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain
    });
    if url.is_none() {
        return Err("it is not a web address; write e.g. https://slo.example.com".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Where people reach an engine that was not given a URL: links to `0.0.0.0` would lead nowhere.
fn guessed_url(address: SocketAddr, prefix: &str) -> String {
    if !address.ip().is_unspecified() {
        return format!("http://{address}{prefix}");
    }
    let url = format!("http://{}:{}{prefix}", host(), address.port());
    tracing::warn!("messages will link to {url}; say where people reach this engine with --external-url");
    url
}

/// Empty, or `/…` without a slash at its end.
fn route_prefix(text: &str) -> Result<String, String> {
    let prefix = text.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    if prefix.is_empty() || (prefix.starts_with('/') && !prefix.contains("//") && prefix.chars().all(plain)) {
        Ok(prefix.to_owned())
    } else {
        Err("write a path such as /slo".to_owned())
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
