//! `slo gate`: whether a service may be released, by the error-budget policy.

use std::collections::BTreeMap;

use clap::Args;
use reqwest::Method;
use serde::Deserialize;

use super::Outcome;
use super::client::Engine;
use super::options::{Format, moment};
use super::out::{errln, outln};
use super::policy::PolicyFile;
use super::status::{self, Asked};
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::suggest::closest;
use slo_core::text::printable;
use slo_core::time::Timestamp;
use slo_model::policy::{BudgetStanding, Gate, GateState, gate};
use slo_model::slo::SloKey;
use slo_model::status::words::percent;

const EXIT_STATUS: &str = "Exit status:
  0  open: the policy does not freeze releases
  1  closed: it does
  2  it cannot be known: a budget has no data, nothing answers, the policy has an error; with --fail-open
     0 instead, but for the policy

Asks a running engine, unless --prometheus or --database names where budgets are read; then --rules says
which there are.";

/// Options of `slo gate`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct Options {
    /// The service that is to be released
    #[arg(long, value_name = "NAME")]
    service: String,
    #[command(flatten)]
    policy: PolicyFile,
    /// The moment: RFC 3339 or unix seconds, with --prometheus or --database; now when it is not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Lists the budgets and what the policy asks for
    #[arg(long)]
    explain: bool,
    /// What cannot be known does not stop a release
    #[arg(long)]
    fail_open: bool,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    engine: Engine,
    #[command(flatten)]
    asked: Asked,
}

/// Runs `slo gate`.
pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let Some((place, policy)) = options.policy.read() else {
        return Ok(Outcome::Unanswered);
    };
    let at = options.at.as_deref().map(moment).transpose()?;
    if at.is_some() && !options.asked.names_a_place() {
        anyhow::bail!("--at is of a ledger or a server: name it with --database or --prometheus");
    }
    let (budgets, errors) = match budgets(&options, at).await {
        Ok(found) => found,
        Err(error) => (Vec::new(), vec![format!("{error:#}")]),
    };
    let answer = gate(&policy, &options.service, budgets, errors, at.unwrap_or_else(|| Clock::System.now()));
    print(&answer, &place, &options)?;
    Ok(match answer.state {
        GateState::Open => Outcome::Good,
        GateState::Closed => Outcome::Bad,
        GateState::Unknown if options.fail_open => {
            errln!("slo: --fail-open: this does not stop the release");
            Outcome::Good
        }
        GateState::Unknown => Outcome::Unanswered,
    })
}

/// The budgets of the service, and what could not be evaluated.
async fn budgets(
    options: &Options,
    at: Option<Timestamp>,
) -> anyhow::Result<(Vec<BudgetStanding>, Vec<String>)> {
    if options.asked.names_a_place() {
        let Some((rows, errors)) = status::of_service(&options.asked, &options.service, at).await? else {
            anyhow::bail!("there is no definition; name a folder with --rules");
        };
        return Ok((rows.iter().map(BudgetStanding::from).collect(), errors));
    }
    let answer = options.engine.ask(Method::GET, "/api/slo/v1/status", None).await?;
    let answer: Answer = serde_json::from_value(answer)?;
    let services: Vec<&str> = answer.slos.iter().map(|entry| entry.service.as_str()).collect();
    if !services.contains(&options.service.as_str()) {
        let near = closest(&options.service, services.iter().copied());
        let help = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        anyhow::bail!("the engine knows no objective of the service {}{help}", options.service);
    }
    // A file with an error may have held objectives of any service.
    let of_others = |name: &str| {
        answer.slos.iter().any(|entry| entry.key().to_string() == name && entry.service != options.service)
    };
    let errors = answer.errors.iter().filter(|failure| !of_others(&failure.name));
    let errors = errors.map(|failure| format!("{}: {}", failure.name, failure.error)).collect();
    Ok((answer.slos.into_iter().map(BudgetStanding::from).collect(), errors))
}

/// What the engine's status says, as far as it matters.
#[derive(Debug, Deserialize)]
struct Answer {
    slos: Vec<Entry>,
    #[serde(default)]
    errors: Vec<Failure>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    name: String,
    error: String,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    objective: Option<String>,
    service: String,
    group: BTreeMap<String, String>,
    window: Window,
    budget: Budget,
    coverage: f64,
    state: String,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Window {
    duration: String,
}

#[derive(Debug, Deserialize)]
struct Budget {
    allowed: f64,
    spent: f64,
    remaining_ratio: Option<f64>,
}

impl Entry {
    fn key(&self) -> SloKey {
        SloKey { name: self.name.clone(), objective: self.objective.clone() }
    }
}

impl From<Entry> for BudgetStanding {
    fn from(entry: Entry) -> Self {
        let key = entry.key();
        let group: Labels = entry.group.into_iter().collect();
        Self {
            slo: Self::name(&key, &group),
            service: entry.service,
            state: entry.state,
            left: entry.budget.remaining_ratio,
            spent: entry.budget.spent,
            allowed: entry.budget.allowed,
            window: entry.window.duration,
            coverage: entry.coverage,
            warnings: entry.warnings,
        }
    }
}

fn print(gate: &Gate, place: &str, options: &Options) -> anyhow::Result<()> {
    match options.format {
        Format::Json => outln!("{}", serde_json::to_string_pretty(gate)?),
        Format::Table => {
            let state = match gate.state {
                GateState::Open => "open",
                GateState::Closed => "closed",
                GateState::Unknown => "unknown",
            };
            outln!("{state}: {}: {}", printable(&gate.service), printable(&gate.reason));
            if options.explain {
                explain(gate, place)?;
            }
        }
    }
    Ok(())
}

fn explain(gate: &Gate, place: &str) -> anyhow::Result<()> {
    let width = gate.budgets.iter().map(|budget| budget.slo.chars().count()).max().unwrap_or_default();
    for budget in &gate.budgets {
        let left = budget
            .left
            .map_or_else(|| "nothing is known".to_owned(), |left| format!("{} left", percent(left, 1)));
        outln!(
            "  {:width$}  {left} of {}, {:.0} of {:.0} bad events allowed, coverage {}, {}",
            printable(&budget.slo),
            budget.window,
            budget.spent,
            budget.allowed,
            percent(budget.coverage, 1),
            budget.state,
        );
        for warning in &budget.warnings {
            outln!("  {:width$}  {}", "", printable(warning));
        }
    }
    for error in &gate.errors {
        outln!("  {}", printable(error));
    }
    if gate.demands.is_empty() {
        outln!("{place} asks for nothing");
    }
    for demand in &gate.demands {
        let to = demand.escalate_to.as_ref().map_or_else(String::new, |to| format!(" to {to}"));
        let but =
            demand.exception.as_ref().map_or_else(String::new, |exception| format!("; not {exception}"));
        outln!(
            "{place} asks for {}{}: rule {}, {} has {} left{}",
            demand.action.as_str(),
            printable(&to),
            printable(&demand.rule),
            printable(&demand.slo),
            percent(demand.share, 1),
            printable(&but),
        );
    }
    Ok(())
}
