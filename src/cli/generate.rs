//! `slo generate`: configurations for others, from ours.

use clap::{Args, Subcommand};

use super::Outcome;
use super::out::out;
use super::route::RoutingFile;
use slo_model::generate::alertmanager;

/// Options of `slo generate`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// An Alertmanager configuration with the same routes, for Alertmanager 0.25 and later
    Alertmanager {
        #[command(flatten)]
        file: RoutingFile,
    },
}

/// Runs `slo generate`.
pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let Command::Alertmanager { file } = &options.command;
    let Some(routing) = file.load() else { return Ok(Outcome::Bad) };
    out!("{}", alertmanager::generate(&routing, false)?);
    Ok(Outcome::Good)
}
