//! `slo report`: the review of a month, a quarter, a year or some days, from the ledger or from Prometheus.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use super::Outcome;
use super::options::{Prometheus, Rules, moment};
use super::out::{errln, out};
use super::policy::PolicyFile;
use super::serve::DEFAULT_DATABASE;
use crate::app::Good;
use crate::app::report::{self, from_ledger, from_sources};
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::suggest::closest;
use slo_core::time::Timestamp;
use slo_evaluation::ledger;
use slo_model::slo::Slo;
use slo_report::{Facts, Period, Review, demo, review, tables};

/// What a script can rely on.
const EXIT_STATUS: &str = "Exit status:
  0  the report is written, whatever its verdict
  2  it cannot be written: no such month yet, no ledger and no server, a file of definitions with an error";

/// Options of `slo report`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct Options {
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    time: Asked,
    #[command(flatten)]
    prometheus: Prometheus,
    #[arg(
        help = "The ledger to read instead of asking Prometheus, e.g. sqlite://slo.db or postgres://user@host/slo"
    )]
    #[arg(long, value_name = "URL", conflicts_with = "prometheus")]
    database: Option<String>,
    /// Only objectives of this service
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only objectives of this owner
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    policy: PolicyFile,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Html)]
    format: Format,
    /// Which table, for CSV
    #[arg(long, value_enum, default_value_t = TableName::Objectives)]
    table: TableName,
    /// The file to write; without it stdout, or, for HTML at a terminal, slo-report-TIME.html here
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The moment that counts as now: RFC 3339 or unix seconds; now when it is not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A report of a year that this project invented, to see what one looks like; needs nothing
    #[arg(long, conflicts_with_all = ["prometheus", "database", "service", "owner", "policy", "at"])]
    demo: bool,
}

/// Which time.
#[derive(Debug, Args)]
#[command(next_help_heading = "Time")]
struct Asked {
    /// A month, e.g. 2026-10
    #[arg(long, value_name = "YYYY-MM", group = "time")]
    month: Option<String>,
    /// The month before this one; so it is when no time is given
    #[arg(long, group = "time")]
    last_month: bool,
    /// A quarter, e.g. 2026-Q4
    #[arg(long, value_name = "YYYY-QN", group = "time")]
    quarter: Option<String>,
    /// A year, e.g. 2026
    #[arg(long, value_name = "YYYY", group = "time")]
    year: Option<String>,
    /// The first of some days, e.g. 2026-10-01
    #[arg(long, value_name = "YYYY-MM-DD", group = "time", requires = "to")]
    from: Option<String>,
    /// The last of them
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    to: Option<String>,
    /// The IANA time zone whose days and months are meant, e.g. Europe/Berlin; UTC when it is not given
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<Tz>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One file with charts, for people; prints to A4
    Html,
    /// Markdown, for a pull request, a wiki or a chat
    Md,
    /// One table, see --table
    Csv,
    /// Everything, for programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableName {
    /// One row an objective
    Objectives,
    /// What spent each budget: by incident, group, hour and weekday, day
    Spend,
    /// Incidents
    Incidents,
    /// Pages
    Pages,
    /// Who was called how often
    People,
    /// Which rules called
    Rules,
    /// Latency by week
    Latency,
    /// The twelve months
    Months,
    /// What to do
    Suggestions,
}

impl TableName {
    fn name(self) -> &'static str {
        match self {
            Self::Objectives => "objectives",
            Self::Spend => "spend",
            Self::Incidents => "incidents",
            Self::Pages => "pages",
            Self::People => "people",
            Self::Rules => "rules",
            Self::Latency => "latency",
            Self::Months => "months",
            Self::Suggestions => "suggestions",
        }
    }
}

impl Asked {
    fn period(&self, now: Timestamp, zone: Tz) -> anyhow::Result<Period> {
        Ok(match (&self.month, &self.quarter, &self.year, &self.from, &self.to) {
            (Some(month), ..) => Period::month(month, zone)?,
            (_, Some(quarter), ..) => Period::quarter(quarter, zone)?,
            (_, _, Some(year), ..) => Period::year(year, zone)?,
            (_, _, _, Some(from), Some(to)) => Period::days_of(from, to, zone)?,
            _ => Period::last_month(now, zone),
        })
    }

    fn is_given(&self) -> bool {
        self.month.is_some()
            || self.quarter.is_some()
            || self.year.is_some()
            || self.from.is_some()
            || self.last_month
    }
}

/// Runs `slo report`.
pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let now = match options.at.as_deref() {
        Some(text) => moment(text)?,
        None => Clock::System.now(),
    };
    let facts = if options.demo {
        let zone = options.time.time_zone.unwrap_or(demo::ZONE);
        let period = if options.time.is_given() {
            options.time.period(now, zone)?
        } else {
            Period::month(demo::MONTH, zone)?
        };
        demo::facts(period, env!("CARGO_PKG_VERSION"))
    } else {
        match read(&options, now).await? {
            Some(facts) => facts,
            None => return Ok(Outcome::Unanswered),
        }
    };
    let review = review(&facts);
    let text = match options.format {
        Format::Html => slo_report::html(&review),
        Format::Md => slo_report::markdown(&review),
        Format::Csv => slo_report::csv(&tables::table(&review, options.table.name())),
        Format::Json => slo_report::json(&review),
    };
    write(&options, &review, &text)?;
    Ok(Outcome::Good)
}

fn write(options: &Options, review: &Review, text: &str) -> anyhow::Result<()> {
    let file = match &options.out {
        Some(file) => file.clone(),
        None if options.format == Format::Html && std::io::stdout().is_terminal() => {
            let time = review.period.option();
            let time: Vec<&str> = time.split(' ').filter(|word| !word.starts_with("--")).collect();
            PathBuf::from(format!("slo-report-{}.html", time.join("-to-")))
        }
        None => {
            out!("{text}");
            return Ok(());
        }
    };
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let (met, known) = review.met();
    errln!("slo: {}: {met} of {known} objectives met; {}", review.period.name(), file.display());
    Ok(())
}

/// What is known, or `None` when the definitions say nothing.
async fn read(options: &Options, now: Timestamp) -> anyhow::Result<Option<Facts>> {
    let zone = options.time.time_zone.unwrap_or(Tz::UTC);
    let period = options.time.period(now, zone)?;
    if period.range().after >= now {
        bail!(
            "{} has not begun; the newest month there is something of is {} (--month {})",
            period.name(),
            Period::month_of(now, zone).name(),
            Period::month_of(now, zone).first.format("%Y-%m")
        );
    }
    let Some(Good { slos, broken, data_sources, .. }) = options.rules.load(true) else { return Ok(None) };
    debug_assert!(broken.is_empty(), "load(true) gives nothing when a file has errors");
    let defined = slos.iter().map(|slo| slo.key.to_string()).collect();
    let slos: Vec<Arc<Slo>> = chosen(options, slos)?.into_iter().map(Arc::new).collect();
    let Some((place, policy)) = options.policy.read() else { return Ok(None) };
    let policy = (place, policy);
    let asked = report::Asked { period, policy, defined, slos, now, options: again(options) };
    let (source, sources, connect) = options.prometheus.sources()?;
    if source.is_some() || (options.database.is_none() && options.prometheus.names_sources()) {
        sources.set_named(connect(&data_sources).map_err(anyhow::Error::msg)?);
        return Ok(Some(from_sources(sources, options.prometheus.limits(), &asked).await?));
    }
    let url = options.database.as_deref().unwrap_or(DEFAULT_DATABASE);
    if options.database.is_none() && !std::path::Path::new("slo.db").exists() {
        bail!(
            "where from? name a ledger with --database URL (that of slo up is sqlite://slo-up/slo.db), a server with \
             --prometheus URL, or look at an invented one with --demo"
        );
    }
    let store = Store::open_to_read(url, &ENGINE).await?;
    let ledger = ledger::open_to_read(&store).await?;
    let facts = from_ledger(ledger.as_ref(), &asked).await?;
    store.close().await;
    Ok(Some(facts))
}

/// The objectives that are asked for.
fn chosen(options: &Options, slos: Vec<Slo>) -> anyhow::Result<Vec<Slo>> {
    let mut slos = slos;
    for (wanted, option, of) in [
        (
            &options.service,
            "--service",
            (|slo: &Slo| Some(slo.service.clone())) as fn(&Slo) -> Option<String>,
        ),
        (&options.owner, "--owner", |slo: &Slo| slo.about.owner.clone()),
    ] {
        let Some(wanted) = wanted else { continue };
        let known: Vec<String> = slos.iter().filter_map(of).collect();
        slos.retain(|slo| of(slo).as_ref() == Some(wanted));
        if slos.is_empty() {
            let near = closest(wanted, known.iter().map(String::as_str));
            let help = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            bail!("{option}: no objective is of {wanted}{help}");
        }
    }
    Ok(slos)
}

/// The options that make the same report again, besides its time; without secrets, which are in files.
fn again(options: &Options) -> String {
    let mut again = Vec::new();
    let rules: Vec<String> =
        options.rules.rules.iter().map(|path| quoted(&path.display().to_string())).collect();
    again.push(format!("--rules {}", rules.join(" ")));
    if let Some(service) = &options.service {
        again.push(format!("--service {}", quoted(service)));
    }
    if let Some(owner) = &options.owner {
        again.push(format!("--owner {}", quoted(owner)));
    }
    if let Some(policy) = &options.policy.policy {
        again.push(format!("--policy {}", quoted(&policy.display().to_string())));
    }
    match (&options.prometheus.prometheus, &options.database) {
        (Some(_), _) => again.push("--prometheus URL".to_owned()),
        (None, _) => again.push("--database URL".to_owned()),
    }
    again.join(" ")
}

/// As a shell reads one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
