//! A notification as people read it: what is broken for users, how urgent, since when, what to do. Pure.
//!
//! # Where the words come from
//!
//! | shown | read from the alert |
//! |---|---|
//! | what is broken for users | annotation `impact`, else `summary`, else `description`, else the alert's name |
//! | runbook, dashboard | annotations `runbook_url` or `runbook`, `dashboard_url` or `dashboard`; only web addresses are linked |
//! | SLO | its context; of one that somebody posted, label or annotation `slo` and others, see [`super::slo_text`] |
//! | burn chart | its context; see [`super::burn_chart`] |
//!
//! Links to acknowledge and to the incident are the notification's own ([`slo_model::route::NotificationContext`]): whoever
//! sends alerts does not choose where people click.

use std::collections::BTreeMap;

use serde::Serialize;
use url::Url;

use super::bounded::{MAX_TEXT, bounded};
use super::burn_chart::{self, ChartText};
use super::slo_text::SloText;
use slo_core::duration::spelled;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::text::{counted, one_line};
use slo_core::time::Timestamp;
use slo_model::route::{Kind, Notification, NotifiedAlert};

/// Alerts that a message spells out; of further ones it says how many there are.
pub const MAX_ALERTS: usize = 50;

/// What templates may use. Times are written out in UTC.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// `firing`, `resolved`, `escalation`, `digest`, `flapping`, `failover` or `heartbeat`.
    pub kind: Kind,
    /// The same for people: `FIRING`, `RESOLVED`, ….
    pub status: &'static str,
    /// `P1` to `P4`.
    pub priority: String,
    /// The receiver.
    pub receiver: String,
    /// The person it is meant for.
    pub person: Option<String>,
    /// The incident.
    pub incident: Option<String>,
    /// What is broken for users, one line.
    pub impact: String,
    /// Names of the alerts, each once.
    pub names: Vec<String>,
    /// Labels that all alerts share by the routing.
    pub group: BTreeMap<String, String>,
    /// Since when the oldest of them fires.
    pub since: Option<String>,
    /// How long that is, e.g. `1 h 5 min`.
    pub lasting: Option<String>,
    /// Alerts in all.
    pub count: usize,
    /// Of them, how many fire.
    pub firing: usize,
    /// The first [`MAX_ALERTS`].
    pub alerts: Vec<AlertText>,
    /// How many more there are.
    pub more: usize,
    /// The first SLO among the alerts.
    pub slo: Option<SloText>,
    /// How fast its budget burnt, for formats that show pictures; only while something fires.
    pub chart: Option<ChartText>,
    /// The first runbook among the alerts, if it is a web address.
    pub runbook: Option<String>,
    /// Otherwise where it is, in words: a file's path, say.
    pub runbook_place: Option<String>,
    /// The first dashboard, if it is a web address.
    pub dashboard: Option<String>,
    /// Otherwise where it is.
    pub dashboard_place: Option<String>,
    /// Where it is acknowledged.
    pub acknowledge: Option<String>,
    /// The incident's page.
    pub incident_page: Option<String>,
    /// Why it is sent.
    pub reason: String,
}

/// One alert in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertText {
    /// Its name.
    pub name: String,
    /// `firing` or `resolved`.
    pub status: &'static str,
    /// Its identity.
    pub fingerprint: String,
    /// What is broken for users.
    pub impact: String,
    /// More words, if there are.
    pub description: String,
    /// Its labels but the name.
    pub labels: BTreeMap<String, String>,
    /// All its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Since when.
    pub since: String,
    /// Until when, if it is over.
    pub until: Option<String>,
    /// What to do.
    pub runbook: Option<String>,
    /// Where to look.
    pub dashboard: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Message {
    /// The words for `notification` at `now`.
    pub fn of(notification: &Notification, now: Timestamp) -> Self {
        let all = &notification.alerts;
        let alerts: Vec<AlertText> = all.iter().take(MAX_ALERTS).map(AlertText::of).collect();
        let oldest = all.iter().map(|alert| alert.starts_at).min();
        let mut names: Vec<String> = alerts.iter().map(|alert| alert.name.clone()).collect();
        names.dedup();
        let ended = all.iter().map(|alert| alert.ended_at).collect::<Option<Vec<_>>>();
        let until = ended.and_then(|ended| ended.into_iter().max()).unwrap_or(now);
        let firing = all.iter().filter(|alert| alert.ended_at.is_none()).count();
        let first = |of: fn(&NotifiedAlert) -> Option<String>| all.iter().find_map(of);
        Self {
            kind: notification.kind,
            status: status(notification.kind),
            priority: notification.priority.to_string(),
            receiver: notification.receiver.clone(),
            person: notification.person.clone(),
            incident: notification.incident.clone(),
            impact: impact_of_all(&alerts, notification),
            names,
            group: map(&notification.group),
            since: oldest.map(time),
            lasting: oldest.map(|oldest| spelled(until - oldest)),
            count: all.len(),
            firing,
            more: all.len().saturating_sub(alerts.len()),
            alerts,
            slo: all.iter().find_map(|alert| SloText::of(alert, now)),
            chart: burn_chart::of(notification).map(ChartText::of),
            runbook: first(|alert| link(&alert.annotations, &[names::RUNBOOK_URL, names::RUNBOOK])),
            dashboard: first(|alert| link(&alert.annotations, &[names::DASHBOARD_URL, names::DASHBOARD])),
            runbook_place: first(|alert| place(alert.annotations.get(names::RUNBOOK))),
            dashboard_place: first(|alert| place(alert.annotations.get(names::DASHBOARD))),
            acknowledge: notification.context.acknowledge_url.as_deref().and_then(web),
            incident_page: notification.context.incident_url.as_deref().and_then(web),
            reason: bounded(&notification.reason),
        }
    }
}

impl AlertText {
    fn of(alert: &NotifiedAlert) -> Self {
        let name = alert.labels.get(names::ALERTNAME);
        let mut labels = map(&alert.labels);
        labels.remove(names::ALERTNAME);
        let source = Some(alert.generator_url.as_str()).and_then(web);
        Self {
            name: bounded(if name.is_empty() { "alert" } else { name }),
            status: if alert.ended_at.is_some() { "resolved" } else { "firing" },
            fingerprint: alert.fingerprint.to_string(),
            impact: impact(alert),
            description: bounded(alert.annotations.get(names::DESCRIPTION)),
            labels,
            annotations: map(&alert.annotations),
            since: time(alert.starts_at),
            until: alert.ended_at.map(time),
            runbook: link(&alert.annotations, &[names::RUNBOOK_URL, names::RUNBOOK]),
            dashboard: link(&alert.annotations, &[names::DASHBOARD_URL, names::DASHBOARD]),
            source,
        }
    }
}

/// A title without any template: what goes out when one fails.
pub fn plain_title(message: &Message) -> String {
    one_line(&format!("[{}] {}: {}", message.priority, message.status, message.impact), 200)
}

/// A text without any template: what goes out when one fails.
pub fn plain_text(message: &Message) -> String {
    use std::fmt::Write;
    let mut out = format!("{}\n", plain_title(message));
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name}: {}", one_line(value, MAX_TEXT));
        }
    };
    line("Since", message.since.as_deref());
    if let Some(slo) = &message.slo {
        line("SLO", Some(&slo.name));
        line("Target", Some(&slo.target));
        line("Remaining budget", Some(&slo.remaining));
    }
    line("Runbook", message.runbook.as_deref().or(message.runbook_place.as_deref()));
    line("Dashboard", message.dashboard.as_deref().or(message.dashboard_place.as_deref()));
    line("Acknowledge", message.acknowledge.as_deref());
    line("Incident", message.incident_page.as_deref());
    for alert in &message.alerts {
        line(alert.status, Some(&format!("{} since {}: {}", alert.name, alert.since, alert.impact)));
    }
    line("Sent because", Some(&message.reason));
    out
}

fn status(kind: Kind) -> &'static str {
    match kind {
        Kind::Firing => "FIRING",
        Kind::Resolved => "RESOLVED",
        Kind::Escalation => "ESCALATED",
        Kind::Digest => "DIGEST",
        Kind::Flapping => "FLAPPING",
        Kind::Failover => "FIRING (stand-in)",
        Kind::Acknowledged => "ACKNOWLEDGED",
        Kind::Heartbeat => "HEARTBEAT",
    }
}

fn impact(alert: &NotifiedAlert) -> String {
    let candidates =
        [names::IMPACT, names::SUMMARY, names::DESCRIPTION].map(|name| alert.annotations.get(name));
    let found = candidates
        .into_iter()
        .chain([alert.labels.get(names::ALERTNAME)])
        .find(|text| !text.trim().is_empty());
    one_line(found.unwrap_or("an alert without a name"), 500)
}

fn impact_of_all(alerts: &[AlertText], notification: &Notification) -> String {
    let all = notification.alerts.len();
    match (notification.kind, alerts.first()) {
        (Kind::Heartbeat, _) => "the engine is alive".to_owned(),
        (Kind::Digest, _) => format!("{} of the day", counted(all, "alert")),
        (_, None) => one_line(&notification.reason, 500),
        (_, Some(first)) if all == 1 => first.impact.clone(),
        (_, Some(first)) => format!("{} (and {} more)", first.impact, all - 1),
    }
}

fn map(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), bounded(value))).collect()
}

/// The first of these annotations that is a web address; what else it may be is no link to click on.
fn link(annotations: &Labels, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| web(annotations.get(name)))
}

/// What is no web address is shown, never linked.
fn place(text: &str) -> Option<String> {
    let text = one_line(text, 300);
    (!text.is_empty() && web(&text).is_none()).then_some(text)
}

fn web(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && text.len() <= MAX_TEXT).then(|| url.to_string())
}

fn time(at: Timestamp) -> String {
    at.datetime()
        .map_or_else(|| "an unknown time".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
