//! What is remembered of a group between steps, and over restarts. Everything that a decision depends on, and that is
//! neither an alert nor in the routing file, stands here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::NotifiedAlert;
use crate::alert::Fingerprint;
use slo_core::labels::Labels;
use slo_core::time::{Timestamp, as_ms};

/// A group's identity: its branch and the labels its alerts share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct GroupKey(Arc<str>);

impl GroupKey {
    /// The group of a branch's alerts that share these labels.
    pub fn new(branch: &str, labels: &Labels) -> Self {
        Self(format!("{branch}:{labels}").into())
    }

    /// As text, for storing.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// FNV-1a, so that identities made of it are short.
    pub(super) fn hash(&self, more: &str) -> u64 {
        hash([self.as_str(), more])
    }
}

/// FNV-1a over texts.
pub(super) fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0xFF]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl From<String> for GroupKey {
    /// A key that was stored.
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<GroupKey> for String {
    fn from(key: GroupKey) -> Self {
        key.as_str().to_owned()
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who was notified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// The receiver.
    pub receiver: String,
    /// The person, when one was chosen.
    pub person: Option<String>,
    /// The receiver after it.
    pub failover: Option<String>,
}

/// How far an escalation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationMemory {
    /// The step that was notified last.
    pub step: usize,
    /// When the next one is notified; `None` at the end of the policy.
    #[serde(default, with = "as_ms")]
    pub next_at: Option<Timestamp>,
    /// It came due while everything was muted, and starts its time again afterwards.
    pub paused: bool,
}

/// An incident of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentMemory {
    /// Its identity, the same in every replica and after every restart.
    pub id: String,
    /// Counts the group's incidents.
    pub number: u64,
    /// When it was opened, or opened again.
    #[serde(with = "as_ms")]
    pub opened_at: Timestamp,
    /// When it was resolved; `None` while it is open.
    #[serde(default, with = "as_ms")]
    pub resolved_at: Option<Timestamp>,
    /// Who acknowledged it, and when.
    #[serde(default, with = "as_ms")]
    pub acknowledged: Option<(String, Timestamp)>,
    /// Counts the messages about it.
    pub step: u32,
    /// When somebody was notified last.
    #[serde(rename = "told_at", with = "as_ms")]
    pub notified_at: Timestamp,
    /// What fires by the last notification.
    #[serde(rename = "told")]
    pub notified_firing: BTreeSet<Fingerprint>,
    /// Every alert that somebody was ever notified of.
    #[serde(rename = "carried")]
    pub notified: BTreeSet<Fingerprint>,
    /// Everybody who was ever notified of it.
    pub recipients: BTreeSet<Recipient>,
    /// Its escalation, if its branch pages.
    pub escalation: Option<EscalationMemory>,
    /// Since when it flaps and is not sent.
    #[serde(default, with = "as_ms")]
    pub flapping_since: Option<Timestamp>,
}

impl IncidentMemory {
    /// An incident that is opened now and that nobody was notified of yet.
    pub(super) fn opened(id: String, number: u64, now: Timestamp) -> Self {
        Self {
            id,
            number,
            opened_at: now,
            resolved_at: None,
            acknowledged: None,
            step: 0,
            notified_at: now,
            notified_firing: BTreeSet::new(),
            notified: BTreeSet::new(),
            recipients: BTreeSet::new(),
            escalation: None,
            flapping_since: None,
        }
    }
}

/// A day's collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestMemory {
    /// The last digest's time, or when collecting began.
    #[serde(with = "as_ms")]
    pub last_at: Timestamp,
    /// What fired since.
    pub seen: BTreeMap<Fingerprint, NotifiedAlert>,
    /// What fired besides, and found no place.
    pub more: u64,
}

/// What is remembered of a group.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupMemory {
    /// The branch's identity.
    pub branch: String,
    /// The labels its alerts share.
    pub labels: Labels,
    /// When it is evaluated next because of a change.
    #[serde(default, with = "as_ms")]
    pub flush_at: Option<Timestamp>,
    /// When it was last evaluated because of one.
    #[serde(default, with = "as_ms")]
    pub flushed_at: Option<Timestamp>,
    /// Incidents so far.
    pub incidents: u64,
    /// The open incident, or the last one.
    pub incident: Option<IncidentMemory>,
    /// The day's collection, for digests.
    pub digest: Option<DigestMemory>,
    /// When people were lately notified anew of each alert.
    #[serde(rename = "tellings", with = "as_ms")]
    pub notified_times: BTreeMap<Fingerprint, Vec<Timestamp>>,
    /// When an incident was lately opened or reopened.
    #[serde(with = "as_ms")]
    pub openings: Vec<Timestamp>,
    /// Alerts that went on firing when somebody ended their incident by hand, and since when they fire: they are not sent
    /// before they begin anew.
    #[serde(default, with = "as_ms")]
    pub ended: BTreeMap<Fingerprint, Timestamp>,
    /// Alerts that another one inhibited, and until when they are muted still: [`Timestamp::MAX`] while it fires.
    #[serde(rename = "spoken_for", default, skip_serializing_if = "BTreeMap::is_empty", with = "as_ms")]
    pub inhibited_until: BTreeMap<Fingerprint, Timestamp>,
}

impl GroupMemory {
    /// The incident, if it is open.
    pub fn open(&self) -> Option<&IncidentMemory> {
        self.incident.as_ref().filter(|incident| incident.resolved_at.is_none())
    }
}
