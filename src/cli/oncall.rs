//! `slo oncall`: who is on call, who is next, and the calendar of it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Outcome;
use super::options::{Format, moment};
use super::out::{errln, out, outln};
use super::route::RoutingFile;
use slo_base::clock::Clock;
use slo_core::time::{Span, Timestamp};
use slo_model::route::local::{show, utc};
use slo_model::route::schedule::Schedule;
use slo_model::route::{Routing, ical};

/// How long a calendar reaches, before and after its moment, in milliseconds.
const BEFORE: Span = Span::days(28);
const AFTER: Span = Span::days(180);

/// Options of `slo oncall`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Asked {
    /// Only this schedule
    schedule: Option<String>,
    /// At this time, RFC 3339 or unix seconds; now if not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    file: RoutingFile,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Who is on call
    Now(Asked),
    /// Who is on call after the next handover, and when that is
    Next(Asked),
    /// A schedule as an iCalendar, four weeks back and half a year ahead
    Calendar {
        /// The schedule
        schedule: String,
        /// Around this time, RFC 3339 or unix seconds; now if not given
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[command(flatten)]
        file: RoutingFile,
    },
}

/// Runs `slo oncall`.
pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    match &options.command {
        Command::Now(asked) => answer(asked, false),
        Command::Next(asked) => answer(asked, true),
        Command::Calendar { schedule, at, file } => {
            let Some(routing) = file.load() else { return Ok(Outcome::Bad) };
            let Some(schedule) = find(&routing, Some(schedule)) else { return Ok(Outcome::Unanswered) };
            let at = time(at.as_deref())?;
            for schedule in schedule {
                out!("{}", ical::feed(schedule, at - BEFORE, at + AFTER));
            }
            Ok(Outcome::Good)
        }
    }
}

fn time(at: Option<&str>) -> anyhow::Result<Timestamp> {
    at.map_or_else(|| Ok(Clock::System.now()), moment)
}

/// The schedules that are asked about; `None`, with a message, when there is none of that name.
fn find<'a>(routing: &'a Routing, name: Option<&String>) -> Option<Vec<&'a Schedule>> {
    let Some(name) = name else { return Some(routing.schedules().iter().collect()) };
    let found = routing.schedule(name);
    if found.is_none() {
        let names: Vec<&str> = routing.schedules().iter().map(|schedule| schedule.name.as_str()).collect();
        errln!("slo: there is no schedule {name:?}; there is {}", names.join(", "));
    }
    found.map(|schedule| vec![schedule])
}

fn answer(asked: &Asked, next: bool) -> anyhow::Result<Outcome> {
    let Some(routing) = asked.file.load() else { return Ok(Outcome::Bad) };
    let at = time(asked.at.as_deref())?;
    let Some(schedules) = find(&routing, asked.schedule.as_ref()) else { return Ok(Outcome::Unanswered) };
    let mut rows = Vec::new();
    let mut alone = false;
    for schedule in schedules {
        let handover = schedule.next_handover(at);
        let asked_at = if next { handover } else { Some(at) };
        let people = asked_at.map(|at| schedule.at(at)).unwrap_or_default();
        alone |= people.is_empty() && !next;
        let until = asked_at.and_then(|at| schedule.next_handover(at));
        rows.push((schedule, people, asked_at, until));
    }
    match asked.format {
        Format::Json => {
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|(schedule, people, from, until)| {
                    let shown = |at: Option<Timestamp>| at.map(|at| utc(at).to_rfc3339());
                    json!({"schedule": schedule.name, "people": people, "from": shown(from), "until": shown(until)})
                })
                .collect();
            outln!("{:#}", json!(rows));
        }
        Format::Table => {
            let width = rows.iter().map(|row| row.0.name.chars().count()).max().unwrap_or_default();
            for (schedule, people, from, until) in rows {
                let people = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
                let shown = |word: &str, at: Option<Timestamp>| {
                    at.map(|at| format!("  {word} {}", show(schedule.zone, at))).unwrap_or_default()
                };
                let from = if next { shown("from", from) } else { String::new() };
                outln!("{:width$}  {people}{from}{}", schedule.name, shown("until", until));
            }
        }
    }
    Ok(if alone { Outcome::Bad } else { Outcome::Good })
}
