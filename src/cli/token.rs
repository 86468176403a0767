//! `slo token`: who may ask the engine. Works on the database, so that the first token needs none.

use std::collections::BTreeSet;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Outcome;
use super::serve::DEFAULT_DATABASE;
use crate::clock::Clock;
use crate::incident::database::Database;
use crate::incident::tokens::{Scope, Tokens};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
    /// The engine's database
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE, global = true)]
    database: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token; it is printed once and kept nowhere
    Add {
        /// Whose it is
        name: String,
        /// What it allows: ingest, read, silence, acknowledge, admin
        #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
        scope: Vec<String>,
    },
    /// Who has one
    List,
    /// Take one away; engines notice within seconds
    Revoke {
        /// Whose
        name: String,
    },
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    let database = Database::open(&options.database).await?;
    let tokens = Tokens::open(database.clone(), Clock::System).await?;
    let outcome = act(&tokens, options.command).await;
    database.close().await;
    outcome
}

async fn act(tokens: &Tokens, command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Add { name, scope } => {
            let scopes: BTreeSet<Scope> = scope
                .iter()
                .map(|scope| scope.parse().map_err(anyhow::Error::msg))
                .collect::<Result<_, _>>()?;
            if name.trim().is_empty() || name.chars().any(char::is_control) {
                bail!("a token needs a name, e.g. prometheus");
            }
            println!("{}", tokens.add(&name, &scopes).await?);
        }
        Command::List => {
            for holder in tokens.all() {
                let scopes: Vec<&str> = holder.scopes.iter().map(|scope| scope.as_str()).collect();
                println!("{}  {}", holder.name, scopes.join(","));
            }
        }
        Command::Revoke { name } => {
            if !tokens.revoke(&name).await? {
                bail!("nobody called {name} has a token; `slo token list` shows who does");
            }
            println!("{name} has no token any more");
        }
    }
    Ok(Outcome::Good)
}
