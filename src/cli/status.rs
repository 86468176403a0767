//! `slo status`: every budget at one moment, straight from Prometheus or from the ledger.

use clap::Args;

use super::Outcome;
use super::options::{Format, Prometheus, Rules, moment, style, warn_of_skew};
use super::out::{errln, out, outln};
use crate::app::Good;
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Store};
use slo_core::suggest::closest;
use slo_core::time::Timestamp;
use slo_definitions::{BrokenFile, DataSource};
use slo_evaluation::engine;
use slo_evaluation::evaluate::{Limits, direct};
use slo_evaluation::ledger;
use slo_model::budget::State;
use slo_model::slo::{Indicator, Slo, SloKey};
use slo_model::source::Sources;
use slo_model::status::{self, Explained, Row, table, to_json};

/// What a script can rely on.
const EXIT_STATUS: &str = "Exit status:
  0  every budget that is known holds; one without data is named on stderr
  1  a budget is spent, or a file of definitions has an error, whatever is known of the others
  2  no budget is known, or one could not be read; with --strict also when one has no data";

/// Which budgets, and where they are read.
#[derive(Debug, Args)]
pub(super) struct Asked {
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    prometheus: Prometheus,
    #[arg(
        help = "The ledger to read instead of asking Prometheus, e.g. sqlite://slo.db or postgres://user@host/slo"
    )]
    #[arg(long, value_name = "URL", conflicts_with = "prometheus")]
    database: Option<String>,
}

impl Asked {
    /// True when a server or a ledger is named on the command line.
    pub(super) fn names_a_place(&self) -> bool {
        self.database.is_some() || self.prometheus.prometheus.is_some() || self.prometheus.names_sources()
    }
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct Options {
    #[command(flatten)]
    asked: Asked,
    /// The moment: RFC 3339 or unix seconds; now when it is not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Lists, for the SLO of this name, each birth, restart and continuation of a counter that was decided, with its evidence
    #[arg(long, value_name = "SLO", conflicts_with = "database")]
    explain: Option<String>,
    /// An SLO without data makes the exit status 2, although others have some; a file with an error refuses all
    #[arg(long)]
    strict: bool,
}

/// What was found: the moment, the budgets, and the SLOs that could not be evaluated.
struct Found {
    at: Timestamp,
    rows: Vec<Row>,
    errors: Vec<(String, String)>,
    /// What was decided about the counters of the SLO that is to be explained.
    explained: Option<Vec<Explained>>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let at = options.at.as_deref().map(moment).transpose()?;
    let Some(good) = options.asked.rules.load(options.strict) else { return Ok(Outcome::Bad) };
    if let Some(name) = &options.explain {
        known_slo("--explain", name, &good.slos)?;
    }
    if at.is_some_and(|at| at > Clock::System.now()) {
        tracing::warn!("the moment lies ahead of now; nothing is known of it yet");
    }
    let found = find(&options.asked, &good.slos, &good.data_sources, at, options.explain.as_deref()).await?;
    let broken = good.broken;
    print(&found, &broken, options.format)?;
    let unknown = found.rows.iter().filter(|row| row.verdict.state == State::NoData).count();
    if unknown > 0 {
        let all = found.rows.len();
        errln!(
            "slo: no data for {unknown} of {all}; check the metrics' names and labels, and that they are scraped"
        );
    }
    Ok(match status::outcome(&found.rows) {
        _ if !broken.is_empty() => Outcome::Bad,
        status::Outcome::Breach => Outcome::Bad,
        status::Outcome::Unknown => Outcome::Unanswered,
        status::Outcome::Good if !found.errors.is_empty() || (options.strict && unknown > 0) => {
            Outcome::Unanswered
        }
        status::Outcome::Good => Outcome::Good,
    })
}

/// The budgets of one service, and what could not be evaluated of it. `None` when there is no definition.
pub(super) async fn of_service(
    asked: &Asked,
    service: &str,
    at: Option<Timestamp>,
) -> anyhow::Result<Option<(Vec<Row>, Vec<String>)>> {
    let Some(Good { mut slos, broken, data_sources, .. }) = asked.rules.load(false) else { return Ok(None) };
    // Composites need their parts, whoever's they are.
    let parts: Vec<SloKey> = slos
        .iter()
        .filter(|slo| slo.service == service)
        .filter_map(|slo| match &slo.indicator {
            Indicator::Composite { parts } => Some(parts.iter().map(|(key, _)| key.clone())),
            _ => None,
        })
        .flatten()
        .collect();
    slos.retain(|slo| slo.service == service || parts.contains(&slo.key));
    let mut found = find(asked, &slos, &data_sources, at, None).await?;
    found.rows.retain(|row| row.slo.service == service);
    let errors = found.errors.iter().map(|(name, error)| format!("{name}: {error}"));
    // Nobody knows whose objectives it would have held.
    let files = broken.iter().map(|broken| format!("{}: {broken}", broken.file));
    Ok(Some((found.rows, errors.chain(files).collect())))
}

/// Asks the ledger or the servers that are named.
async fn find(
    asked: &Asked,
    slos: &[Slo],
    data_sources: &[DataSource],
    at: Option<Timestamp>,
    explain: Option<&str>,
) -> anyhow::Result<Found> {
    let now = Clock::System.now();
    let (source, sources, connect) = asked.prometheus.sources()?;
    let has_own = slos.iter().any(|slo| has_address(slo, data_sources, asked));
    Ok(match &asked.database {
        None if source.is_some() || has_own => {
            if let (Some(source), None) = (&source, at) {
                warn_of_skew(source).await;
            }
            sources.set_named(connect(data_sources).map_err(anyhow::Error::msg)?);
            let limits = Limits { explain: explain.is_some(), ..asked.prometheus.limits() };
            from_source(slos, &sources, &limits, explain, at.unwrap_or(now)).await
        }
        url => {
            let url = url.as_deref().unwrap_or(super::serve::DEFAULT_DATABASE);
            if asked.database.is_none() && !std::path::Path::new("slo.db").exists() {
                anyhow::bail!(
                    "where from? name a server with --prometheus URL, or a ledger with --database URL"
                );
            }
            let store = Store::open_to_read(url, &ENGINE).await?;
            let ledger = ledger::open_to_read(&store).await?;
            let max_groups = asked.prometheus.max_groups;
            let (at, rows) = engine::stored(slos, ledger.as_ref(), at.unwrap_or(now), max_groups).await?;
            store.close().await;
            Found { at, rows, errors: Vec::new(), explained: None }
        }
    })
}

/// By its name, or its name and objective.
pub(super) fn is_called(slo: &Slo, name: &str) -> bool {
    slo.key.name == name || slo.key.to_string() == name
}

/// Refuses, with the option that names it, an SLO that is not defined.
pub(super) fn known_slo(option: &str, name: &str, slos: &[Slo]) -> anyhow::Result<()> {
    if slos.iter().any(|slo| is_called(slo, name)) {
        return Ok(());
    }
    let near = closest(name, slos.iter().map(|slo| slo.key.name.as_str()));
    let help = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    anyhow::bail!("{option}: there is no SLO {name}{help}")
}

/// True when the data source of an objective has an address of its own, in the definitions or on the command line.
fn has_address(slo: &Slo, data_sources: &[DataSource], asked: &Asked) -> bool {
    let Some(name) = &slo.source else { return false };
    let known = data_sources.iter().find(|source| source.name == *name);
    known.is_some_and(|source| source.connection.url().is_some()) || asked.prometheus.names_sources()
}

async fn from_source(
    slos: &[Slo],
    sources: &Sources,
    limits: &Limits,
    explain: Option<&str>,
    at: Timestamp,
) -> Found {
    let mut found = Found { at, rows: Vec::new(), errors: Vec::new(), explained: None };
    // A server that does not answer is not asked again for each SLO.
    let asked = engine::Asked::by(slos.iter(), sources);
    let sources = &engine::Memos::new(&asked, engine::Askers::new());
    for (slo, result) in slos.iter().zip(direct(slos, sources, limits, at).await) {
        if let (Some(name), Ok([first, ..])) = (explain, result.as_deref())
            && is_called(slo, name)
        {
            let mut decisions: Vec<_> = first.decisions.iter().collect();
            decisions.sort_by_key(|decision| decision.at);
            let explained = decisions.into_iter().map(Explained::of);
            found.explained.get_or_insert_default().extend(explained);
        }
        match result {
            Ok(assessed) => found.rows.extend(assessed.into_iter().map(|one| Row {
                slo: one.slo.into(),
                group: one.group,
                verdict: one.verdict,
                estimated: one.estimated,
                warnings: one.warnings,
                hidden_breaches: one.hidden_breaches,
                left_out: one.left_out,
            })),
            Err(error) => found.errors.push((slo.key.to_string(), error.to_string())),
        }
    }
    found.rows.sort_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
    found
}

fn print(found: &Found, broken: &[BrokenFile], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => {
            let files = broken.iter().map(|broken| (broken.file.clone(), broken.to_string()));
            let errors: Vec<(String, String)> = files.chain(found.errors.iter().cloned()).collect();
            let report = to_json(found.at, &found.rows, &errors).explained(found.explained.as_deref());
            outln!("{}", serde_json::to_string_pretty(&report)?);
        }
        Format::Table if found.rows.is_empty() => {}
        Format::Table => {
            out!("{}", table(&found.rows, found.at, style()));
            for line in found.explained.iter().flatten().map(Explained::line) {
                outln!("{line}");
            }
            if found.explained.as_ref().is_some_and(Vec::is_empty) {
                outln!("no birth, restart or continuation was decided: all of its counters only went on");
            }
        }
    }
    for broken in broken {
        errln!("slo: {}: {broken}", broken.file);
    }
    // Many SLOs of one unreachable server have one reason.
    let mut shown: Vec<&str> = Vec::new();
    for (name, error) in &found.errors {
        if !shown.contains(&error.as_str()) {
            let others = found.errors.iter().filter(|(_, other)| other == error).count() - 1;
            let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
            errln!("slo: {name}{more}: {error}");
            shown.push(error);
        }
    }
    Ok(())
}
