//! The `slo` command line: one file a subcommand. Parses, calls the library, prints, and turns the outcome into an exit
//! status: 0 good, 1 the answer is bad, 2 the question could not be answered.

mod alerts;
mod client;
mod gate;
mod generate;
mod oncall;
mod options;
mod out;
mod policy;
mod progress;
mod recount;
mod report;
mod route;
mod screen;
mod serve;
mod silence;
mod sources;
mod status;
mod token;
mod up;
pub mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use slo_base::telemetry::logging::LogOptions;
use validate::ValidateFormat;

/// Error budgets counted from events: SLOs from Prometheus, or from a platform on this machine.
#[derive(Debug, Parser)]
#[command(name = "slo", version, propagate_version = true, max_term_width = 100, after_help = EXIT_STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: LogOptions,
}

const EXIT_STATUS: &str = "Exit status: 0 good; 1 the answer is bad (a breach, an invalid file); 2 the question could not be answered.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on one machine, nothing else installed: a platform API with sample traffic, watched live
    Up(up::Options),
    /// The engine as a service
    Serve(serve::Options),
    /// Every SLO now, or at a moment of the past
    Status(status::Options),
    /// The review of a month, a quarter or a year: what was kept, what spent the budget, who was called
    Report(report::Options),
    /// Count anew what the ledger holds of an SLO, from the source as far as that goes
    Recount(recount::Options),
    /// Incidents: list, acknowledge, resolve, note, mark; why an alert did or did not page
    Alerts(alerts::Options),
    /// Whether a service may be released, by the error-budget policy; exit status 0 or 1
    Gate(gate::Options),
    /// Silences: add, list, expire
    Silence(silence::Options),
    /// API tokens: add, list, revoke
    Token(token::Options),
    /// Check definitions; every finding with file, line and column
    Validate(ValidateOptions),
    /// Check the routing file, and see where an alert would go
    Route(route::Options),
    /// Who is on call
    Oncall(oncall::Options),
    /// Configurations for others, from ours
    Generate(generate::Options),
}

#[derive(Debug, clap::Args)]
struct ValidateOptions {
    /// Files or folders with definitions
    #[arg(value_name = "PATH", default_value = "rules")]
    paths: Vec<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t)]
    format: ValidateFormat,
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Good,
    /// The answer is bad: a breach, an invalid file.
    Bad,
    /// The question could not be answered.
    Unanswered,
}

/// Runs the command line of this process. Not `async`: what awaits a future compiles its code, and that is better done
/// here than in the binary, which would compile all of this crate's a second time.
pub fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out::errln!("slo: the runtime does not start: {error}");
            return ExitCode::from(2);
        }
    };
    runtime.block_on(from_arguments())
}

async fn from_arguments() -> ExitCode {
    let mut arguments = Arguments::parse();
    if matches!(arguments.command, Command::Up(_)) {
        // The table is the output; lines between its frames would tear it.
        arguments.log.filter = arguments.log.filter.replace("info", "error");
    }
    let answers_once = matches!(
        arguments.command,
        Command::Status(_) | Command::Gate(_) | Command::Report(_) | Command::Recount(_)
    );
    if answers_once && arguments.log.filter == "info" {
        // What a server did not answer after all tries is told once, with the answer.
        arguments.log.filter.push_str(",slo_evaluation::prometheus::transport=error");
    }
    let result = match slo_base::telemetry::logging::init(&arguments.log) {
        Ok(()) => run(arguments.command).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Ok(Outcome::Unanswered) => ExitCode::from(2),
        Err(error) => {
            out::errln!("slo: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Up(options) => up::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Status(options) => status::run(options).await,
        Command::Report(options) => report::run(options).await,
        Command::Recount(options) => recount::run(options).await,
        Command::Alerts(options) => alerts::run(options).await,
        Command::Gate(options) => gate::run(options).await,
        Command::Silence(options) => silence::run(options).await,
        Command::Token(options) => token::run(options).await,
        Command::Route(options) => route::run(&options).await,
        Command::Oncall(options) => oncall::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Validate(options) => {
            let (text, status) = validate::run(&options.paths, options.format);
            out::out!("{text}");
            Ok(if status == 0 { Outcome::Good } else { Outcome::Bad })
        }
    }
}
