//! Decides what is due: alerts, silences, acknowledgements and the time go in, notifications and reasons come out.
//!
//! A step costs as much as changed alerts and due groups. All that decisions depend on is in alerts, the routing file and
//! [`GroupMemory`]; so a planner that is made anew between any two steps decides the same, with the same keys. Enqueue
//! first, then store the memory: what is planned twice has one key.

mod answers;
mod digest;
mod evaluation;
mod flush;
mod group;
mod reminders;
mod step;

pub(super) use evaluation::{branch_recipients, policy_recipients};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::inhibit::Sources;
use super::memory::{GroupKey, GroupMemory};
use super::routing::Routing;
use super::silence::Silence;
use super::{Notification, Reason};
use crate::alert::{Fingerprint, Priority, StoredAlert};
use slo_core::labels::Labels;
use slo_core::time::Timestamp;

/// Somebody has taken an incident on, or ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The incident.
    pub incident: String,
    /// When. One from before the incident was reopened counts no more.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// They ended it by hand, whatever still fires: that is no longer sent.
    pub ended: bool,
}

/// What a step is given.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Now.
    pub now: Timestamp,
    /// Alerts that are new or differ from what was handed in before; sending one again changes nothing.
    pub changed: &'a [Arc<StoredAlert>],
    /// Every silence that is not expired, in force or not.
    pub silences: &'a [Arc<Silence>],
    /// Acknowledgements that may be new; sending one again changes nothing.
    pub acknowledged: &'a [Acknowledgement],
}

/// What became of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It is new.
    Opened,
    /// It came back soon after its end.
    Reopened,
    /// All of it is over.
    Resolved,
}

/// An incident was opened, reopened or resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentChange {
    /// Its identity, as in [`Notification::incident`].
    pub incident: String,
    /// Counts the group's incidents, from 1.
    pub number: u64,
    /// Its group.
    pub group: GroupKey,
    /// What it is about, in one line.
    pub title: String,
    /// The labels that its alerts share.
    pub labels: Labels,
    /// How urgent it is.
    pub priority: Priority,
    /// Whose it is.
    pub team: Option<String>,
    /// What happened.
    pub change: Change,
    /// When.
    pub at: Timestamp,
    /// The alerts it is about.
    pub alerts: Vec<Fingerprint>,
}

/// What a step decided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Messages that are due now.
    pub notifications: Vec<Notification>,
    /// What became of incidents.
    pub incidents: Vec<IncidentChange>,
    /// Why, alert by alert.
    pub reasons: Vec<Reason>,
    /// Memory to store once the notifications are; `None` is to be forgotten.
    pub groups: Vec<(GroupKey, Option<GroupMemory>)>,
    /// Step again at this time, though nothing changes; `None` when nothing is under way.
    pub wake_at: Option<Timestamp>,
}

impl Plan {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.notifications.is_empty()
            && self.incidents.is_empty()
            && self.reasons.is_empty()
            && self.groups.is_empty()
    }
}

/// A group of which nobody is notified yet, for it waits for its hours.
#[derive(Debug)]
pub struct HeldBack<'a> {
    /// How urgent it is.
    pub priority: Priority,
    /// The labels that its alerts share.
    pub labels: &'a Labels,
    /// When it is sent, if it still fires.
    pub until: Timestamp,
    /// What fires.
    pub alerts: Vec<&'a StoredAlert>,
}

#[derive(Debug)]
struct Entry {
    alert: Arc<StoredAlert>,
    groups: Vec<GroupKey>,
    firing: bool,
}

#[derive(Debug, Default)]
struct Group {
    members: BTreeSet<Fingerprint>,
    memory: GroupMemory,
    /// The store knows of it.
    stored: bool,
    due: Option<Timestamp>,
    /// Members that are muted, and by what.
    mutes: BTreeMap<Fingerprint, String>,
}

/// The inhibition rule, and the firing alert, that keep an alert with these labels quiet.
fn inhibitor(
    sources: &Sources,
    routing: &Routing,
    alerts: &HashMap<Fingerprint, Entry>,
    labels: &Labels,
) -> Option<(usize, Fingerprint)> {
    let firing = |source| alerts.get(&source).filter(|entry| entry.firing).map(|entry| &*entry.alert);
    sources.of(&routing.parts().inhibitions, labels, firing)
}

/// The state of routing.
#[derive(Debug)]
pub struct Planner {
    routing: Arc<Routing>,
    alerts: HashMap<Fingerprint, Entry>,
    groups: BTreeMap<GroupKey, Group>,
    /// Open incidents.
    incidents: HashMap<String, GroupKey>,
    due: BTreeSet<(Timestamp, GroupKey)>,
    ends: BTreeSet<(Timestamp, Fingerprint)>,
    sources: Sources,
    /// Groups with members that are muted.
    muted: BTreeSet<GroupKey>,
    /// Silences in force at the last step, and until when.
    silences: Vec<(String, Timestamp)>,
    /// No group was evaluated yet.
    fresh: bool,
    /// Heartbeats that came in, and were explained once.
    heartbeats_seen: BTreeSet<Fingerprint>,
}

impl Planner {
    /// A planner that goes on where `memory` ended, with every alert that is known.
    pub fn new(
        routing: Arc<Routing>,
        memory: impl IntoIterator<Item = (GroupKey, GroupMemory)>,
        alerts: Vec<Arc<StoredAlert>>,
    ) -> Self {
        let mut planner = Self {
            routing,
            alerts: HashMap::new(),
            groups: BTreeMap::new(),
            incidents: HashMap::new(),
            due: BTreeSet::new(),
            ends: BTreeSet::new(),
            sources: Sources::default(),
            muted: BTreeSet::new(),
            silences: Vec::new(),
            fresh: true,
            heartbeats_seen: BTreeSet::new(),
        };
        for (key, memory) in memory {
            if let Some(incident) = memory.open() {
                planner.incidents.insert(incident.id.clone(), key.clone());
            }
            planner.groups.insert(key, Group { memory, stored: true, ..Group::default() });
        }
        for alert in alerts {
            if planner.routing.heartbeats().of(&alert.labels).is_none() {
                planner.enter(alert);
            }
        }
        planner
    }

    /// Goes on with another routing file. Groups whose branch stays go on as if nothing had happened.
    pub fn replace(&mut self, routing: Arc<Routing>) {
        let groups = std::mem::take(&mut self.groups);
        let alerts = std::mem::take(&mut self.alerts);
        let memory =
            groups.into_iter().filter(|(_, group)| group.stored).map(|(key, group)| (key, group.memory));
        let alerts = alerts.into_values().map(|entry| entry.alert).collect();
        *self = Self::new(routing, memory, alerts);
    }

    /// The routing file in use.
    pub fn routing(&self) -> &Arc<Routing> {
        &self.routing
    }

    /// An alert that is known.
    pub fn alert(&self, fingerprint: Fingerprint) -> Option<&StoredAlert> {
        self.alerts.get(&fingerprint).map(|entry| &*entry.alert)
    }

    /// The groups an alert is in, with their branches' identities, for those who list groups.
    pub fn groups_of(&self, fingerprint: Fingerprint) -> &[GroupKey] {
        self.alerts.get(&fingerprint).map(|entry| entry.groups.as_slice()).unwrap_or_default()
    }

    /// What is remembered of a group.
    pub fn memory(&self, key: &GroupKey) -> Option<&GroupMemory> {
        self.groups.get(key).map(|group| &group.memory)
    }

    /// The alert that fires and keeps this one quiet, if one does.
    pub fn inhibited_by(&self, fingerprint: Fingerprint) -> Option<Fingerprint> {
        if self.sources.is_empty() {
            return None;
        }
        let labels = &self.alerts.get(&fingerprint)?.alert.labels;
        inhibitor(&self.sources, &self.routing, &self.alerts, labels).map(|(_, source)| source)
    }

    /// What nobody is notified of at this hour, and when they will be: the soonest first.
    pub fn held_back(&self, now: Timestamp) -> Vec<HeldBack<'_>> {
        let mut held = Vec::new();
        for group in self.groups.values() {
            let Some(until) = group.memory.flush_at.filter(|at| *at > now) else { continue };
            let Some(branch) = self.routing.branch(&group.memory.branch) else { continue };
            if branch.hours.open(now) || group.memory.open().is_some() {
                continue;
            }
            let loud = |print: &&Fingerprint| {
                !group.mutes.contains_key(print) && self.alerts.get(print).is_some_and(|entry| entry.firing)
            };
            let alerts: Vec<&StoredAlert> =
                group.members.iter().filter(loud).filter_map(|print| self.alert(*print)).collect();
            if !alerts.is_empty() {
                // A group that just came in waits for its fellows first.
                let until = branch.hours.next_open(until).unwrap_or(until);
                held.push(HeldBack {
                    priority: branch.priority,
                    labels: &group.memory.labels,
                    until,
                    alerts,
                });
            }
        }
        held.sort_by_key(|one| one.until);
        held
    }

    /// Takes an alert in and leads it to its groups.
    fn enter(&mut self, alert: Arc<StoredAlert>) {
        let fingerprint = alert.fingerprint();
        let mut groups = Vec::new();
        for branch in self.routing.matches(&alert.labels) {
            let labels = branch.group(&alert.labels);
            let key = GroupKey::new(&branch.id, &labels);
            let group = self.groups.entry(key.clone()).or_insert_with(|| Group {
                memory: GroupMemory { branch: branch.id.clone(), labels, ..GroupMemory::default() },
                ..Group::default()
            });
            group.members.insert(fingerprint);
            groups.push(key);
        }
        self.sources.set(&self.routing.parts().inhibitions, &alert, true);
        self.ends.insert((alert.ends_at, fingerprint));
        self.alerts.insert(fingerprint, Entry { alert, groups, firing: true });
    }

    /// Forgets an alert that no group needs.
    fn leave(&mut self, fingerprint: Fingerprint, key: &GroupKey) {
        let Some(entry) = self.alerts.get_mut(&fingerprint) else { return };
        entry.groups.retain(|group| group != key);
        if entry.groups.is_empty() {
            self.ends.remove(&(entry.alert.ends_at, fingerprint));
            self.alerts.remove(&fingerprint);
        }
    }
}
