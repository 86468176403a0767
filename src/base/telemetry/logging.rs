//! Where log lines go and how they look: text for people, one JSON object a line for machines, both on stderr, so that
//! stdout stays the answer's.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people, in colour when stderr is a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter cannot be read.
    #[error(
        "--log {filter:?} is not a valid filter: {reason}; write a level, or TARGET=LEVEL, separated by commas"
    )]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: ParseError,
    },
    /// Somebody set it up before.
    #[error("logging is set up already: {0}")]
    Twice(#[from] TryInitError),
}

/// The command-line options of every program of ours that logs.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct LogOptions {
    /// What to log: error, warn, info, debug or trace, or TARGET=LEVEL for a part, separated by commas
    #[arg(id = "log_filter", long = "log", value_name = "FILTER", default_value = "info", global = true)]
    pub filter: String,
    /// How log lines look
    #[arg(
        id = "log_format",
        long = "log-format",
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        global = true
    )]
    pub format: LogFormat,
}

/// Sends this process's log to stderr as `options` say. Once a process; the environment is not read.
pub fn init(options: &LogOptions) -> Result<(), LoggingError> {
    let filter = parse(&options.filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match options.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).finish().try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// tsink logs a background error at each attempt, four times a second; the embedded store says it once per insert.
const REPEATS: &str = "tsink::engine::storage_engine::runtime=off";

/// A filter from its text. `sqlx` logs each statement, which is too much for what else is wanted at `info`.
fn parse(filter: &str) -> Result<EnvFilter, LoggingError> {
    let mut quiet = filter.to_owned();
    for (name, directive) in [("sqlx", "sqlx=warn"), ("tsink", REPEATS)] {
        if !filter.contains(name) {
            quiet = format!("{directive},{quiet}");
        }
    }
    EnvFilter::builder()
        .parse(quiet)
        .map_err(|reason| LoggingError::Filter { filter: filter.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_or_targets() {
        for good in ["info", "debug", "slo=trace,info", "warn,slo::platform=debug", "sqlx=info,debug"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        let error = parse("slo=loud").unwrap_err().to_string();
        assert!(error.contains("--log \"slo=loud\"") && error.contains("TARGET=LEVEL"), "{error}");
    }
}
