//! `slo token`: who may ask the engine. Works on the database, so that the first token needs none.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Outcome;
use super::out::outln;
use super::serve::DEFAULT_DATABASE;
use slo_base::clock::Clock;
use slo_base::store::{ENGINE, Mode, Place, Server, Store};
use slo_incidents::access::tokens::{Scope, Tokens};

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
    /// Make a token; it is printed once, and only its hash is kept
    Add {
        /// Whose it is
        name: String,
        /// What it allows: ingest, read, silence, acknowledge, admin
        #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
        scope: Vec<String>,
        /// Take the place of the token that this name has
        #[arg(long)]
        replace: bool,
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
    // The first token is made before the engine's first start; whoever asks for the others has mistyped.
    if !matches!(options.command, Command::Add { .. })
        && let Some(file) = missing(&options.database)
    {
        bail!("there is no database {}; name the engine's with --database", file.display());
    }
    let store = Store::open(&options.database, &ENGINE).await?;
    let tokens = Tokens::open(store.clone(), Clock::System).await?;
    let outcome = act(&tokens, options.command).await;
    store.close().await;
    outcome
}

/// The `SQLite` file of an address, if it is not there.
pub(super) fn missing(address: &str) -> Option<PathBuf> {
    match Place::parse(address).ok()?.server() {
        Server::Sqlite { options, mode } if *mode != Mode::Memory => {
            Some(options.get_filename().to_owned()).filter(|file| !file.exists())
        }
        Server::Sqlite { .. } | Server::Postgres(_) => None,
    }
}

async fn act(tokens: &Tokens, command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Add { name, scope, replace } => {
            let scopes: BTreeSet<Scope> = scope
                .iter()
                .map(|scope| scope.parse().map_err(anyhow::Error::msg))
                .collect::<Result<_, _>>()?;
            if name.trim().is_empty() || name.chars().any(char::is_control) {
                bail!("a token needs a name, e.g. prometheus");
            }
            if !replace && tokens.all().iter().any(|holder| holder.name == name) {
                bail!(
                    "{name} has a token, which would be worth nothing any more; to have it so, add --replace"
                );
            }
            outln!("{}", tokens.add(&name, &scopes).await?);
        }
        Command::List => {
            for holder in tokens.all() {
                let scopes: Vec<&str> = holder.scopes.iter().map(|scope| scope.as_str()).collect();
                outln!("{}  {}", holder.name, scopes.join(","));
            }
        }
        Command::Revoke { name } => {
            if !tokens.revoke(&name).await? {
                bail!("nobody called {name} has a token; `slo token list` shows who does");
            }
            outln!("{name} has no token any more");
            if tokens.is_empty() {
                outln!(
                    "it was the last one: engines that run answer nobody until there is a token again (`slo token add NAME \
                     --scope admin`); one that starts without any listens on loopback only, and there to everybody"
                );
            }
        }
    }
    Ok(Outcome::Good)
}
