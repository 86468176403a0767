//! `slo route`: what is wrong in the routing file, and where an alert would go.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Outcome;
use super::options::{Format, moment};
use super::out::{errln, out, outln};
use super::serve::{ROUTING, routing_file};
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::text::counted;
use slo_core::time::Span;
use slo_definitions::{LoadedRouting, load_routing, shipped_routing};
use slo_delivery::{DeliveryMetrics, Guard, TemplateError, Templates, preflight};
use slo_model::route::explain::{Explained, explain, render};
use slo_model::route::matcher::{Op, parse};
use slo_model::route::{Routing, local};

/// Where the routing file is.
#[derive(Debug, Clone, Args)]
pub(super) struct RoutingFile {
    /// The routing file; without one here or in alerts/, the one that ships with the program
    #[arg(long, value_name = "FILE")]
    routing: Option<PathBuf>,
}

impl RoutingFile {
    /// Reads it; findings are not printed.
    pub(super) fn read(&self) -> LoadedRouting {
        self.path().map_or_else(shipped_routing, |path| load_routing(&path))
    }

    /// The file that is named, or the usual one if it is there.
    fn path(&self) -> Option<PathBuf> {
        self.routing.clone().or_else(routing_file)
    }

    /// Reads the templates that lie beside it, as the engine will.
    fn templates(&self) -> Result<(), TemplateError> {
        Templates::beside(self.path().as_deref(), DeliveryMetrics::default()).map(drop)
    }

    /// Says so when there is no file: an answer from the sample is one about people nobody knows.
    fn say_if_shipped(&self) {
        if self.path().is_none() {
            errln!("slo: no {ROUTING} here; this is of the sample that ships, see --routing FILE");
        }
    }

    /// The routing; or `None`, with its findings printed.
    pub(super) fn load(&self) -> Option<Routing> {
        self.say_if_shipped();
        let loaded = self.read();
        if !loaded.diagnostics.is_empty() {
            errln!("{}", loaded.render().trim_end());
        }
        loaded.routing
    }
}

/// Options of `slo route`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Where an alert with these labels would go, when, and whom it would reach
    Test {
        /// Labels of the alert, e.g. alertname=ApiDown priority=P1
        #[arg(value_name = "NAME=VALUE", required = true)]
        labels: Vec<String>,
        /// When it would begin, RFC 3339 or unix seconds; now if not given
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// How the answer is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        #[command(flatten)]
        file: RoutingFile,
    },
    /// Every finding in the routing file, with line and column
    Check {
        #[command(flatten)]
        file: RoutingFile,
    },
}

/// Runs `slo route`.
pub(super) async fn run(options: &Options) -> anyhow::Result<Outcome> {
    match &options.command {
        Command::Check { file } => {
            file.say_if_shipped();
            let loaded = file.read();
            out!("{}", loaded.render());
            let Some(routing) = &loaded.routing else {
                outln!("{}", counted(loaded.errors(), "error"));
                return Ok(Outcome::Bad);
            };
            if let Err(error) = file.templates() {
                outln!("{error}");
                return Ok(Outcome::Bad);
            }
            for problem in preflight(routing, &Guard::default()).await {
                outln!("warning: {problem}");
            }
            let (routes, receivers) = (routing.branches().len(), routing.receivers().len());
            outln!(
                "{}, {}, {}: good",
                counted(routes, "route"),
                counted(receivers, "receiver"),
                counted(routing.schedules().len(), "schedule")
            );
            Ok(Outcome::Good)
        }
        Command::Test { labels, at, format, file } => {
            let Some(routing) = file.load() else { return Ok(Outcome::Bad) };
            let labels = read_labels(labels)?;
            let at = match at {
                Some(at) => moment(at)?,
                None => Clock::System.now(),
            };
            let explained = explain(&routing, &labels, at);
            match format {
                Format::Table => out!("{}", render(&routing, &labels, &explained)),
                Format::Json => outln!("{:#}", json!(explained.iter().map(as_json).collect::<Vec<_>>())),
            }
            Ok(Outcome::Good)
        }
    }
}

fn read_labels(arguments: &[String]) -> anyhow::Result<Labels> {
    let mut labels = Labels::new();
    for argument in arguments {
        // A whole argument is one label even when its value holds blanks, as a shell leaves it.
        let plain = argument.split_once('=').filter(|(name, value)| {
            let quoted = |text: &str| text.starts_with('"');
            !name.contains(['{', '"', '!', ',', ' '])
                && !quoted(value)
                && !value.starts_with('~')
                && !value.contains(',')
        });
        if let Some((name, value)) = plain.filter(|(name, _)| !name.is_empty()) {
            set(&mut labels, name, value)?;
            continue;
        }
        let matchers = parse(argument)
            .with_context(|| format!("{argument:?} is not a valid label; write name=value"))?;
        for matcher in matchers {
            if matcher.op() != Op::Equal {
                bail!(
                    "{matcher} is not a valid label; an alert's labels have one value each: write name=value"
                );
            }
            set(&mut labels, matcher.name(), matcher.value())?;
        }
    }
    Ok(labels)
}

fn set(labels: &mut Labels, name: &str, value: &str) -> anyhow::Result<()> {
    if !labels.get(name).is_empty() && labels.get(name) != value {
        bail!("{name} is given twice; an alert's labels have one value each");
    }
    labels.set(name, value);
    Ok(())
}

fn as_json(route: &Explained) -> Value {
    let steps: Vec<Value> = route
        .steps
        .iter()
        .map(|(after, people)| json!({"after_seconds": after.as_seconds(), "notify": people}))
        .collect();
    json!({
        "route": route.route,
        "path": route.path,
        "destination": route.destination,
        "priority": route.priority,
        "team": route.team,
        "group": route.group,
        "receivers": route.receivers,
        "first": route.first,
        "sent_at": local::utc(route.sent_at).to_rfc3339(),
        "when": route.when,
        "escalation": steps,
        "group_interval_seconds": route.group_interval.as_seconds(),
        "repeat_interval_seconds": route.repeat_interval.map(Span::as_seconds),
    })
}
