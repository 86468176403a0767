//! `slo status`: every budget at one moment, straight from Prometheus or from the ledger.

use clap::Args;

use super::Outcome;
use super::options::{Format, Prometheus, Rules, moment, style};
use crate::clock::Clock;
use crate::evaluate::{EvaluateError, direct};
use crate::slo::Slo;
use crate::source::Source;
use crate::status::{self, Row, table, to_json};
use crate::{engine, ledger};

/// A server whose clock is this far from ours, in milliseconds, gives answers about another time.
const SKEW_LIMIT_MS: i64 = 30_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    prometheus: Prometheus,
    /// The ledger to read instead of asking Prometheus, e.g. <sqlite://slo.db> or <postgres://user@host/slo>
    #[arg(long, value_name = "URL", conflicts_with = "prometheus")]
    database: Option<String>,
    /// The moment: RFC 3339 or unix seconds; now when it is not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// What was found: the moment, the budgets, and the SLOs that could not be evaluated.
struct Found {
    at: i64,
    rows: Vec<Row>,
    errors: Vec<(String, String)>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let at = options.at.as_deref().map(moment).transpose()?;
    let Some(slos) = options.rules.load() else { return Ok(Outcome::Bad) };
    let now = Clock::System.now();
    let found = match (options.prometheus.source()?, &options.database) {
        (Some(source), _) => {
            if at.is_none() {
                warn_of_skew(&source).await;
            }
            from_source(&slos, source.as_ref(), &options, at.unwrap_or(now)).await
        }
        (None, url) => {
            let url = url.as_deref().unwrap_or(super::serve::DEFAULT_DATABASE);
            if options.database.is_none() && !std::path::Path::new("slo.db").exists() {
                anyhow::bail!(
                    "where from? name a server with --prometheus URL, or a ledger with --database URL"
                );
            }
            let ledger = ledger::open(url, engine::Settings::default().interval as u32).await?;
            let (at, rows) = engine::stored(&slos, ledger.as_ref(), at.unwrap_or(now)).await?;
            ledger.close().await;
            Found { at, rows, errors: Vec::new() }
        }
    };
    print(&found, options.format)?;
    if !found.errors.is_empty() {
        return Ok(Outcome::Unanswered);
    }
    Ok(match status::outcome(&found.rows) {
        status::Outcome::Good => Outcome::Good,
        status::Outcome::Breach => Outcome::Bad,
    })
}

async fn from_source(slos: &[Slo], source: &dyn Source, options: &Options, at: i64) -> Found {
    let mut found = Found { at, rows: Vec::new(), errors: Vec::new() };
    for (slo, result) in slos.iter().zip(direct(slos, source, &options.prometheus.limits(), at).await) {
        match result {
            Ok(assessed) => found.rows.extend(assessed.into_iter().map(|one| Row {
                slo: one.slo,
                group: one.group,
                verdict: one.verdict,
                estimated: one.estimated,
                warnings: one.warnings,
            })),
            Err(error) => found.errors.push((slo.key.to_string(), text(&error))),
        }
    }
    found.rows.sort_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
    found
}

fn text(error: &EvaluateError) -> String {
    error.to_string()
}

async fn warn_of_skew(source: &crate::source::prometheus::PrometheusSource) {
    if let Ok(skew_ms) = source.server_time_skew().await
        && skew_ms.abs() > SKEW_LIMIT_MS
    {
        let (seconds, side) = (skew_ms.abs() / 1000, if skew_ms > 0 { "ahead of" } else { "behind" });
        tracing::warn!(
            "{}'s clock is {seconds} s {side} ours; set both by NTP, or name the moment with --at",
            source.place()
        );
    }
}

fn print(found: &Found, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            println!("{}", serde_json::to_string_pretty(&to_json(found.at, &found.rows, &found.errors))?);
        }
        Format::Table => print!("{}", table(&found.rows, style())),
    }
    // Many SLOs of one unreachable server have one reason.
    let mut told: Vec<&str> = Vec::new();
    for (name, error) in &found.errors {
        if !told.contains(&error.as_str()) {
            let others = found.errors.iter().filter(|(_, other)| other == error).count() - 1;
            let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
            eprintln!("slo: {name}{more}: {error}");
            told.push(error);
        }
    }
    Ok(())
}
