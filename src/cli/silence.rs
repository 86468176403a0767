//! `slo silence`: silences, from the terminal.

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::Outcome;
use super::client::{Engine, segment, text};
use crate::clock::Clock;
use crate::incident::matcher::{Matcher, MatcherSpec};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Mute alerts; prints the silence's id and how many alerts it mutes now
    Add {
        /// Conditions, e.g. alertname=Disk 'instance=~"db.*"'; all must hold
        #[arg(required = true, value_name = "MATCHER")]
        matchers: Vec<String>,
        /// For how long, e.g. 30m, 2h, 7d
        #[arg(long = "for", value_name = "DURATION", default_value = "1h")]
        duration: String,
        /// Why
        #[arg(long)]
        comment: String,
        /// Who
        #[arg(long, value_name = "NAME", default_value = "slo")]
        by: String,
        /// Only show which alerts it would mute
        #[arg(long)]
        preview: bool,
        #[command(flatten)]
        engine: Engine,
    },
    /// Silences that are not over
    List {
        /// Those that are over, too
        #[arg(long)]
        expired: bool,
        #[command(flatten)]
        engine: Engine,
    },
    /// End silences now
    Expire {
        /// Their ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        engine: Engine,
    },
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    match options.command {
        Command::Add { matchers, duration, comment, by, preview, engine } => {
            let matchers: Vec<MatcherSpec> = matchers
                .iter()
                .map(|text| Matcher::parse(text).map(|matcher| matcher.spec).map_err(anyhow::Error::msg))
                .collect::<Result<_, _>>()?;
            let muted = muted(&engine, &matchers).await?;
            if preview {
                for alert in &muted {
                    println!(
                        "{}  {}",
                        text(alert, "fingerprint"),
                        alert.get("labels").unwrap_or(&Value::Null)
                    );
                }
                println!("{} alerts", muted.len());
                return Ok(Outcome::Good);
            }
            let now = Clock::System.now_ms();
            let body = json!({
                "matchers": matchers, "startsAt": time(now), "endsAt": time(now.saturating_add(milliseconds(&duration)?)),
                "createdBy": by, "comment": comment,
            });
            let answer = engine.ask(Method::POST, "/api/v2/silences", Some(&body)).await?;
            println!("{} mutes {} alerts now", text(&answer, "silenceID"), muted.len());
        }
        Command::List { expired, engine } => {
            let answer = engine.ask(Method::GET, "/api/v2/silences", None).await?;
            for silence in answer.as_array().map(Vec::as_slice).unwrap_or_default() {
                let state = text(silence.get("status").unwrap_or(&Value::Null), "state");
                if expired || state != "expired" {
                    let until = text(silence, "endsAt");
                    let (id, by, why) =
                        (text(silence, "id"), text(silence, "createdBy"), text(silence, "comment"));
                    println!("{id}  {state:<8} until {until}  {}  {by}: {why}", shown(silence));
                }
            }
        }
        Command::Expire { ids, engine } => {
            for id in ids {
                engine.ask(Method::DELETE, &format!("/api/v2/silence/{}", segment(&id)), None).await?;
                println!("{id} has ended");
            }
        }
    }
    Ok(Outcome::Good)
}

/// The alerts that fire now and would be muted.
async fn muted(engine: &Engine, matchers: &[MatcherSpec]) -> anyhow::Result<Vec<Value>> {
    let filter: Vec<String> =
        matchers.iter().map(|spec| format!("filter={}", segment(&written(spec)))).collect();
    let answer = engine.ask(Method::GET, &format!("/api/v2/alerts?{}", filter.join("&")), None).await?;
    Ok(answer.as_array().cloned().unwrap_or_default())
}

fn written(spec: &MatcherSpec) -> String {
    let op = match (spec.is_equal, spec.is_regex) {
        (true, false) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (false, true) => "!~",
    };
    let value = spec.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{}{op}\"{value}\"", spec.name)
}

fn shown(silence: &Value) -> String {
    let matchers = silence.get("matchers").cloned().unwrap_or_default();
    let specs: Vec<MatcherSpec> = serde_json::from_value(matchers).unwrap_or_default();
    specs.iter().map(written).collect::<Vec<_>>().join(" ")
}

fn time(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .unwrap_or(DateTime::UNIX_EPOCH)
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `30m`, `2h`, `7d`.
fn milliseconds(text: &str) -> anyhow::Result<i64> {
    let units = [("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 7 * 86_400_000)];
    let wrong = || format!("{text:?} is no duration; write 30m, 2h or 7d");
    let (number, unit) =
        units.iter().find_map(|(name, ms)| Some((text.strip_suffix(name)?, *ms))).with_context(wrong)?;
    let number: i64 = number.parse().with_context(wrong)?;
    match number.checked_mul(unit) {
        Some(ms) if ms > 0 => Ok(ms),
        _ => bail!(wrong()),
    }
}
