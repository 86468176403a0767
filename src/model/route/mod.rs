//! Who is notified of an alert, when and how: priorities, matchers, groups, silences, inhibition, time intervals, schedules,
//! escalation. Pure: configuration, alerts and the time go in; notifications and reasons come out.

pub mod explain;
pub mod heartbeat;
pub mod ical;
mod inhibit;
pub mod interval;
pub mod local;
pub mod matcher;
pub mod memory;
pub mod planner;
pub mod policy;
mod receiver;
pub mod recurrence;
pub mod routing;
pub mod schedule;
pub mod silence;
pub mod titles;

use serde::{Deserialize, Serialize};

use crate::alert::{AlertContext, Fingerprint, Priority};
pub use memory::{GroupKey, GroupMemory};
pub use planner::{Acknowledgement, Change, IncidentChange, Input, Plan, Planner};
pub use receiver::{Channel, MailTls, PAGERDUTY_EVENTS, Receiver, SecretRef, Smtp};
pub use routing::{Branch, Parts, Problem, Routing};
pub use silence::Silence;
use slo_core::labels::Labels;
use slo_core::time::{Timestamp, as_ms};

/// What a notification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something fires, newly or still.
    Firing,
    /// All of it is over.
    Resolved,
    /// Nobody acknowledged; the next level is notified.
    Escalation,
    /// The alerts of a day.
    Digest,
    /// It went on and off too often; it is not sent again until it rests.
    Flapping,
    /// A channel refused for good; this one is notified instead.
    Failover,
    /// Somebody has taken it on; for receivers that keep incidents of their own.
    Acknowledged,
    /// The engine itself lives (dead-man's switch).
    Heartbeat,
}

impl Kind {
    /// Its name in keys and databases, as serde writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Escalation => "escalation",
            Self::Digest => "digest",
            Self::Flapping => "flapping",
            Self::Failover => "failover",
            Self::Acknowledged => "acknowledged",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// One alert as a notification carries it: a copy, so that what is sent is what was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotifiedAlert {
    /// The alert's identity.
    pub fingerprint: Fingerprint,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// Since when.
    #[serde(with = "as_ms")]
    pub starts_at: Timestamp,
    /// When it ended; `None` while it fires.
    #[serde(default, with = "as_ms")]
    pub ended_at: Option<Timestamp>,
    /// Where it comes from.
    pub generator_url: String,
    /// The facts behind it, when it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<AlertContext>>,
}

/// What the engine adds to a notification for the one who gets it. Alerts have no say in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotificationContext {
    /// Where they acknowledge, in their own name.
    pub acknowledge_url: Option<String>,
    /// The incident's page.
    pub incident_url: Option<String>,
}

/// A message that is due: one receiver, one decision. It is stored before it is sent, and sent until a channel took it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The same for every attempt and every replica: what was decided, for whom. Two notifications with one key are one.
    pub key: String,
    /// The same for all messages of one incident at one receiver: `PagerDuty`'s `dedup_key`, a mail's thread.
    pub thread: String,
    /// The incident it is about; `None` for digests and heartbeats.
    pub incident: Option<String>,
    /// What it says.
    pub kind: Kind,
    /// How urgent.
    pub priority: Priority,
    /// The receiver's name in the routing file.
    pub receiver: String,
    /// The person it is meant for, when a schedule or an escalation policy chose one.
    pub person: Option<String>,
    /// Labels that the alerts were grouped by.
    pub group: Labels,
    /// The alerts; for a digest all of the day.
    pub alerts: Vec<NotifiedAlert>,
    /// Not before.
    #[serde(with = "as_ms")]
    pub due_at: Timestamp,
    /// The receiver that is notified when this one refuses for good.
    pub failover: Option<String>,
    /// Why it is sent, for people.
    pub reason: String,
    /// Links that were made for it; none before it is about to be stored.
    #[serde(default)]
    pub context: NotificationContext,
}

/// A step of the way from an alert to an answer, in about the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is a heartbeat that is listened for.
    Heartbeat,
    /// A branch of the routing tree took it.
    Matched,
    /// It joined a group.
    Grouped,
    /// A silence keeps it quiet.
    Silenced,
    /// Another alert speaks for it.
    Inhibited,
    /// It is not sent now, for another reason.
    Muted,
    /// It is sent with something else, or later.
    Deduplicated,
    /// It came and went too often.
    Flapping,
    /// Nobody acknowledged.
    Escalated,
    /// A notification of it is in the outbox.
    Queued,
    /// A channel was asked to take the notification.
    Tried,
    /// The channel, or a person, answered.
    Answered,
    /// A newer notification replaces one that failed.
    Superseded,
}

impl Step {
    const ALL: [Self; 13] = [
        Self::Heartbeat,
        Self::Matched,
        Self::Grouped,
        Self::Silenced,
        Self::Inhibited,
        Self::Muted,
        Self::Deduplicated,
        Self::Flapping,
        Self::Escalated,
        Self::Queued,
        Self::Tried,
        Self::Answered,
        Self::Superseded,
    ];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Matched => "matched",
            Self::Grouped => "grouped",
            Self::Silenced => "silenced",
            Self::Inhibited => "inhibited",
            Self::Muted => "muted",
            Self::Deduplicated => "deduplicated",
            Self::Flapping => "flapping",
            Self::Escalated => "escalated",
            Self::Queued => "queued",
            Self::Tried => "tried",
            Self::Answered => "answered",
            Self::Superseded => "superseded",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }
}

/// A step of the way an alert took, kept with it: what matched, grouped, muted, deduplicated, queued, tried, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// When.
    #[serde(with = "as_ms")]
    pub at: Timestamp,
    /// The alert; `None` when it is about a whole group.
    pub fingerprint: Option<Fingerprint>,
    /// Which step.
    pub step: Step,
    /// In words, with the name of the rule that decided.
    pub text: String,
}
