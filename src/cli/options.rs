//! Options that several commands share, and what they mean.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::DateTime;
use clap::{Args, ValueEnum};

use super::out::errln;
use super::sources::Server;
use crate::app::{Good, load_what_is_good};
use slo_base::clock::Clock;
use slo_base::config::source::{Header, QueryMethod, SourceSettings};
use slo_core::time::{Span, Timestamp};
use slo_evaluation::evaluate::Limits;
use slo_evaluation::prometheus::PrometheusSource;
use slo_model::counting::MAX_GROUPS;
use slo_model::source::Source;

/// Where definitions are.
#[derive(Debug, Clone, Args)]
pub(super) struct Rules {
    /// Files or folders with SLO definitions
    #[arg(long, value_name = "PATH", default_value = "rules", num_args = 1..)]
    pub(super) rules: Vec<PathBuf>,
}

impl Rules {
    /// The definitions and the files that have errors, whose findings are printed; or `None`, when there is no definition,
    /// or when `strict` refuses them all for an error in one.
    pub(super) fn load(&self, strict: bool) -> Option<Good> {
        let good = load_what_is_good(&self.rules);
        let Good { slos, broken, findings, .. } = &good;
        if !broken.is_empty() {
            errln!("{findings}");
        }
        if strict && !broken.is_empty() {
            return None;
        }
        if slos.is_empty() {
            if broken.is_empty() {
                let places: Vec<String> = self.rules.iter().map(|path| path.display().to_string()).collect();
                errln!("slo: no SLO is defined in {}; name a folder with --rules", places.join(", "));
            }
            return None;
        }
        Some(good)
    }
}

/// How Prometheus is reached.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Prometheus")]
#[expect(clippy::struct_field_names, reason = "clap makes the options' names of them: --prometheus-user")]
pub(super) struct Prometheus {
    /// A server with Prometheus' HTTP API: also Thanos, Mimir, Cortex, VictoriaMetrics
    #[arg(long, value_name = "URL")]
    pub(super) prometheus: Option<String>,
    /// The address of a data source that definitions refer to by name; may be repeated
    #[arg(long, value_name = "NAME=URL")]
    pub(super) source: Vec<String>,
    /// A YAML file with addresses and credentials of data sources: under sources, for each NAME, its url, and tokenFile, or
    /// user and passwordFile, headers, caFile, certFile, keyFile; and limits of its own: timeout, concurrency, maxResponse,
    /// maxSeries
    #[arg(long, value_name = "FILE")]
    pub(super) sources: Option<PathBuf>,
    /// User for basic authentication
    #[arg(long, value_name = "NAME", requires = "prometheus_password_file")]
    prometheus_user: Option<String>,
    /// File with the password of --prometheus-user
    #[arg(long, value_name = "FILE", requires = "prometheus_user")]
    prometheus_password_file: Option<PathBuf>,
    /// File with a bearer token
    #[arg(long, value_name = "FILE", conflicts_with = "prometheus_user")]
    prometheus_token_file: Option<PathBuf>,
    /// A header for every request, e.g. 'X-Scope-OrgID: team-a' or 'X-Scope-OrgID: @file'; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    prometheus_header: Vec<String>,
    /// PEM file with the only certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    prometheus_ca: Option<PathBuf>,
    /// PEM file with our certificate, for servers that ask for one
    #[arg(long, value_name = "FILE", requires = "prometheus_key")]
    prometheus_cert: Option<PathBuf>,
    /// PEM file with the key of --prometheus-cert
    #[arg(long, value_name = "FILE", requires = "prometheus_cert")]
    prometheus_key: Option<PathBuf>,
    /// How queries are sent
    #[arg(long, value_enum, default_value_t = Method::Post)]
    prometheus_method: Method,
    /// The longest a single request may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    prometheus_timeout: u64,
    /// Requests under way at once
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    pub(super) prometheus_concurrency: usize,
    /// The longest answer read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 128)]
    prometheus_max_response: usize,
    /// More series than this in one query are estimated instead of counted
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    max_series: usize,
    /// How many groups of an SLO with group-by are shown, the worst first; the rest is counted together in __other__
    #[arg(long, value_name = "NUMBER", default_value_t = MAX_GROUPS)]
    pub(super) max_groups: usize,
    /// A total without series for so long, in minutes, though its targets are scraped, has ended: its coverage ends with it
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    ended_after: u32,
    /// The label that tells the replicas of one Prometheus apart; series that differ only in it count once
    #[arg(long, value_name = "LABEL")]
    replica_label: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    Post,
    Get,
}

impl Prometheus {
    /// The source that was asked for, if one was.
    pub(super) fn source(&self) -> anyhow::Result<Option<Arc<PrometheusSource>>> {
        let Some(url) = &self.prometheus else { return Ok(None) };
        let server = Server {
            url: Some(url.clone()),
            token_file: self.prometheus_token_file.clone(),
            user: self.prometheus_user.clone(),
            password_file: self.prometheus_password_file.clone(),
            ca_file: self.prometheus_ca.clone(),
            cert_file: self.prometheus_cert.clone(),
            key_file: self.prometheus_key.clone(),
            ..Server::default()
        };
        let mut settings = server.settings(self)?;
        settings.headers =
            self.prometheus_header.iter().map(|text| Header::parse(text)).collect::<Result<_, _>>()?;
        Ok(Some(Arc::new(PrometheusSource::new(settings, Clock::System)?)))
    }

    /// Gives the limits of requests, which are those of every server, to `settings`.
    pub(super) fn limit(&self, settings: &mut SourceSettings) {
        settings.method = match self.prometheus_method {
            Method::Post => QueryMethod::Post,
            Method::Get => QueryMethod::Get,
        };
        settings.timeout = Duration::from_secs(self.prometheus_timeout);
        settings.max_concurrency = self.prometheus_concurrency;
        settings.max_response_bytes = self.prometheus_max_response.saturating_mul(1 << 20);
    }

    /// Limits and conventions of reading.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            max_series: self.max_series,
            replica_label: self.replica_label.clone(),
            max_groups: self.max_groups,
            explain: false,
            ended_after: Span::minutes(self.ended_after.into()),
            late: Span::ZERO,
        }
    }
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// A moment: RFC 3339, or unix seconds.
pub(super) fn moment(text: &str) -> anyhow::Result<Timestamp> {
    let seconds = if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite()) {
        seconds.floor()
    } else {
        let parsed = DateTime::parse_from_rfc3339(text);
        let time = parsed.with_context(|| {
            format!("{text:?} is not a valid time; write 2026-09-04T00:00:00Z or unix seconds")
        })?;
        time.timestamp() as f64
    };
    if seconds > LAST_MOMENT {
        bail!("{text} is after the year 3000; unix time is in seconds (are these milliseconds?)");
    }
    if !(0.0..=LAST_MOMENT).contains(&seconds) {
        bail!("{text} is before 1970; write 2026-09-04T00:00:00Z or unix seconds");
    }
    Ok(Timestamp::from_seconds(seconds as i64))
}

/// The year 3000: what is later was meant to be something else.
const LAST_MOMENT: f64 = 32_503_680_000.0;

/// A server whose clock is this far from ours gives answers about another time.
const SKEW_LIMIT: Span = Span::from_seconds(30);

/// Warns when the server's clock and ours disagree. A server that does not answer is told of elsewhere.
pub(super) async fn warn_of_skew(source: &PrometheusSource) {
    if let Ok(skew) = source.server_time_skew().await
        && skew.abs() > SKEW_LIMIT
    {
        let (seconds, side) =
            (skew.abs().as_seconds(), if skew > Span::ZERO { "ahead of" } else { "behind" });
        tracing::warn!(
            "{}'s clock is {seconds} s {side} ours, so that what is newest is missed or not yet there; set both by NTP",
            source.place()
        );
    }
}

/// Colours, bars and lines that fit are for people at a terminal.
pub(super) fn style() -> slo_model::status::Style {
    let stdout = std::io::stdout();
    let is_terminal = stdout.is_terminal();
    let width = terminal_size::terminal_size_of(&stdout)
        .map(|(width, _)| usize::from(width.0))
        .filter(|width| is_terminal && *width > 0);
    slo_model::status::Style { colour: is_terminal && !slo_base::config::no_color(), bar: is_terminal, width }
}
