//! `slo silence`: silences, from the terminal.

use anyhow::{Context, bail};
use chrono::{Days, NaiveDateTime, SecondsFormat};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::Outcome;
use super::client::{Engine, segment, text};
use super::options::Format;
use super::out::outln;
use slo_base::clock::Clock;
use slo_core::duration;
use slo_core::time::Timestamp;
use slo_model::route::local::{Minute, instant, show, to_local};
use slo_model::route::matcher::{MatcherSpec, parse_classic};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Mute alerts; prints the silence's id, what it mutes now and when it is quiet
    Add(Box<Wanted>),
    /// Show which alerts a silence would mute, and when, without making it
    Preview(Box<Wanted>),
    /// Silences that are not over
    List {
        /// Those that are over, too
        #[arg(long)]
        expired: bool,
        /// How the answer is printed
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
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

/// A silence to make.
#[derive(Debug, Args)]
struct Wanted {
    /// Conditions, e.g. alertname=Disk 'instance=~"db.*"'; all must hold
    #[arg(required = true, value_name = "MATCHER")]
    matchers: Vec<String>,
    /// For how long, e.g. 30m, 1h30m, 7d; each time, when it comes again
    #[arg(long = "for", value_name = "DURATION", default_value = "1h")]
    duration: String,
    /// From when: RFC 3339, or a local time of --time-zone such as 2026-03-29T02:00 or 02:00; now if not given
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Again after this iCalendar rule, e.g. FREQ=WEEKLY;BYDAY=SU
    #[arg(long, value_name = "RULE")]
    rrule: Option<String>,
    /// The zone whose local time --start and --rrule keep
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: chrono_tz::Tz,
    /// When a silence that comes again ends for good, written as --start; a year from its start if not given
    #[arg(long, value_name = "TIME", requires = "rrule")]
    until: Option<String>,
    /// Change this silence; it keeps its id when its matchers stay
    #[arg(long, value_name = "ID")]
    replace: Option<String>,
    /// Why; a preview needs none
    #[arg(long)]
    comment: Option<String>,
    /// Who; a preview needs nobody
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only show which alerts it would mute, and when
    #[arg(long, visible_alias = "dry-run")]
    preview: bool,
    #[command(flatten)]
    engine: Engine,
}

impl Wanted {
    /// As the API takes it.
    fn body(&self) -> anyhow::Result<Value> {
        let matchers: Vec<MatcherSpec> = self
            .matchers
            .iter()
            .map(|text| parse_classic(text).map(|matcher| matcher.spec().clone()).map_err(anyhow::Error::msg))
            .collect::<Result<_, _>>()?;
        let now = Clock::System.now();
        let start = self.start.as_deref().map_or(Ok(now), |text| instant_of(text, self.time_zone, now))?;
        let until = self.until.as_deref().map(|text| instant_of(text, self.time_zone, now)).transpose()?;
        let recurrence = self
            .rrule
            .as_ref()
            .map(|rule| json!({"rule": rule, "timeZone": self.time_zone.name(), "until": until.map(time)}));
        Ok(json!({
            "id": self.replace, "matchers": matchers, "startsAt": time(start),
            "endsAt": time(start + duration::positive(&self.duration)?),
            "createdBy": self.by.as_deref().unwrap_or_default(), "comment": self.comment.as_deref().unwrap_or_default(), "recurrence": recurrence,
        }))
    }

    async fn run(&self, only_look: bool) -> anyhow::Result<Outcome> {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let complete = given(&self.by) && given(&self.comment);
        if !only_look && !complete {
            bail!(
                "a silence says who made it and why: --by NAME --comment TEXT; `slo silence preview` needs neither"
            );
        }
        let body = self.body()?;
        let seen = self.engine.ask(Method::POST, "/api/slo/v1/silences/preview", Some(&body)).await?;
        let total = seen.get("total").and_then(Value::as_u64).unwrap_or(0);
        if only_look {
            let alerts = seen.get("alerts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for alert in alerts {
                outln!("{}  {}", text(alert, "fingerprint"), alert.get("labels").unwrap_or(&Value::Null));
            }
            outln!("it would mute {total} of the alerts that fire now");
        } else {
            let answer = self.engine.ask(Method::POST, "/api/v2/silences", Some(&body)).await?;
            outln!("{} mutes {total} of the alerts that fire now", text(&answer, "silenceID"));
        }
        let times = seen.get("occurrences").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (at, occurrence) in times.iter().enumerate() {
            let word = if at == 0 { "quiet" } else { "then " };
            let local = |name: &str| shown_at(&text(occurrence, name), self.time_zone);
            outln!("{word} from {} until {}", local("startsAt"), local("endsAt"));
        }
        Ok(Outcome::Good)
    }
}

pub(super) async fn run(options: Options) -> anyhow::Result<Outcome> {
    match options.command {
        Command::Add(wanted) => return wanted.run(wanted.preview).await,
        Command::Preview(wanted) => return wanted.run(true).await,
        Command::List { expired, format, engine } => {
            let mut answer = engine.ask(Method::GET, "/api/v2/silences", None).await?;
            let state = |silence: &Value| text(silence.get("status").unwrap_or(&Value::Null), "state");
            if let Some(silences) = answer.as_array_mut() {
                silences.retain(|silence| expired || state(silence) != "expired");
            }
            if format == Format::Json {
                outln!("{answer:#}");
                return Ok(Outcome::Good);
            }
            for silence in answer.as_array().map(Vec::as_slice).unwrap_or_default() {
                let state = state(silence);
                let times = format!("{} until {}", text(silence, "startsAt"), text(silence, "endsAt"));
                let (id, by, why) =
                    (text(silence, "id"), text(silence, "createdBy"), text(silence, "comment"));
                let again = silence.get("recurrence").map_or_else(String::new, |again| {
                    let (rule, zone) = (text(again, "rule"), text(again, "timeZone"));
                    format!("  again {rule} ({zone}) until {}", text(again, "until"))
                });
                outln!("{id}  {state:<8} {times}{again}  {}  {by}: {why}", shown(silence));
            }
        }
        Command::Expire { ids, engine } => {
            for id in ids {
                engine.ask(Method::DELETE, &format!("/api/v2/silence/{}", segment(&id)), None).await?;
                outln!("{id} has ended");
            }
        }
    }
    Ok(Outcome::Good)
}

/// A time: RFC 3339, or local without a zone; one without a date is the next of its kind.
fn instant_of(text: &str, zone: chrono_tz::Tz, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    for format in ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(instant(zone, time));
        }
    }
    let minute = Minute::parse(text).with_context(|| {
        format!("{text:?} is not a valid time; write 2026-03-29T02:00 (local), 02:00 (the next one) or 2026-03-29T02:00:00Z")
    })?;
    let today = to_local(zone, now).date();
    let days = (0..3).filter_map(|days| today.checked_add_days(Days::new(days)));
    days.map(|date| instant(zone, minute.on(date))).find(|at| *at >= now).context("there is no such time")
}

fn shown_at(rfc3339: &str, zone: chrono_tz::Tz) -> String {
    rfc3339.parse().map_or_else(|_| rfc3339.to_owned(), |time| show(zone, time))
}

fn shown(silence: &Value) -> String {
    let matchers = silence.get("matchers").cloned().unwrap_or_default();
    let specs: Vec<MatcherSpec> = serde_json::from_value(matchers).unwrap_or_default();
    specs.iter().map(MatcherSpec::to_string).collect::<Vec<_>>().join(" ")
}

fn time(at: Timestamp) -> String {
    at.datetime().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
