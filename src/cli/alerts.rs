//! `slo alerts`: incidents, from the terminal.

use chrono::{DateTime, SecondsFormat};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::Outcome;
use super::client::{Engine, segment, text};
use super::options::Format;
use super::out::outln;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Incidents, the newest first
    List {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
        /// How they are printed
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
        #[command(flatten)]
        engine: Engine,
    },
    /// Take an incident: nobody else is called
    Ack(Act),
    /// End an incident
    Resolve(Act),
    /// Write something down
    Note {
        /// The incident
        incident: String,
        /// What
        text: String,
        #[command(flatten)]
        by: By,
    },
    /// Say what an alert was worth: useful, noise or false positive
    Mark {
        /// The incident
        incident: String,
        /// What it was worth
        #[arg(value_parser = ["useful", "noise", "false_positive"])]
        mark: String,
        #[command(flatten)]
        by: By,
    },
    /// What happened to an alert, or to all of an incident, step by step
    Why {
        /// The incident, or the alert's fingerprint (sixteen hexadecimal digits)
        id: String,
        #[command(flatten)]
        engine: Engine,
    },
}

#[derive(Debug, Args)]
struct Act {
    /// The incident
    incident: String,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct By {
    /// Who; the token's name when not given
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    engine: Engine,
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    match options.command {
        Command::List { all, format, engine } => {
            let path = if all { "" } else { "?state=unresolved" };
            let answer = engine.ask(Method::GET, &format!("/api/slo/v1/incidents{path}"), None).await?;
            match format {
                Format::Json => outln!("{}", serde_json::to_string_pretty(&answer)?),
                Format::Table => list(&answer)?,
            }
        }
        Command::Ack(act) => change(&act.incident, "acknowledge", json!({}), act.by).await?,
        Command::Resolve(act) => change(&act.incident, "resolve", json!({}), act.by).await?,
        Command::Note { incident, text, by } => change(&incident, "note", json!({"text": text}), by).await?,
        Command::Mark { incident, mark, by } => change(&incident, "mark", json!({"mark": mark}), by).await?,
        Command::Why { id, engine } => {
            let path = format!("/api/slo/v1/alerts/{}/why", segment(&id));
            let answer = engine.ask(Method::GET, &path, None).await?;
            let alerts = answer.get("alerts").and_then(Value::as_array);
            for alert in alerts.map_or_else(|| std::slice::from_ref(&answer), Vec::as_slice) {
                outln!("{} {}", text(alert, "fingerprint"), alert.get("labels").unwrap_or(&Value::Null));
                for step in alert.get("steps").and_then(Value::as_array).into_iter().flatten() {
                    outln!("{}  {:<12} {}", time(step.get("at")), text(step, "step"), text(step, "text"));
                }
            }
        }
    }
    Ok(Outcome::Good)
}

async fn change(incident: &str, action: &str, mut body: Value, by: By) -> anyhow::Result<()> {
    if let Some(name) = by.by
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("by".to_owned(), Value::String(name));
    }
    let path = format!("/api/slo/v1/incidents/{}/{action}", segment(incident));
    let answer = by.engine.ask(Method::POST, &path, Some(&body)).await?;
    let incident = answer.get("incident").unwrap_or(&Value::Null);
    outln!("{}: {}", text(incident, "id"), state(incident));
    Ok(())
}

fn state(incident: &Value) -> String {
    let (state, by) = (text(incident, "state"), text(incident, "acknowledged_by"));
    if state == "acknowledged" { format!("{state} by {by}") } else { state }
}

fn list(answer: &Value) -> anyhow::Result<()> {
    let incidents = answer.get("incidents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if incidents.is_empty() {
        outln!("no incident is open");
        return Ok(());
    }
    for incident in incidents {
        outln!(
            "{}  {}  {:<24}  {}  {}",
            text(incident, "priority"),
            time(incident.get("opened_at")),
            state(incident),
            text(incident, "id"),
            text(incident, "title"),
        );
    }
    let total = answer.get("total").and_then(Value::as_u64).unwrap_or_default();
    if total > incidents.len() as u64 {
        outln!("… and {} more", total - incidents.len() as u64);
    }
    Ok(())
}

/// Unix milliseconds for people.
fn time(value: Option<&Value>) -> String {
    let time = value.and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
    time.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
