//! The planner behind its lock: the notify loop asks it for what is due, and whoever lists alerts where they go.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::alerts::Alerts;
use crate::notify::memory::Memory;
use crate::notify::ports::{Destination, HeldBack, OnCall, Routes};
use slo_base::store::StoreError;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::alert::Fingerprint;
use slo_model::route::heartbeat::Heartbeats;
use slo_model::route::local::show;
use slo_model::route::titles::title;
use slo_model::route::{self, GroupKey, GroupMemory, Input, Plan, Planner, Routing};

/// A planner, asked by the notifier and by those who list alerts. Clones are the same planner.
#[derive(Clone)]
pub struct SharedPlanner {
    planner: Arc<RwLock<Planner>>,
    alerts: Alerts,
    memory: Memory,
    original: Arc<dyn Fn(&Routing) -> String + Send + Sync>,
}

impl SharedPlanner {
    /// A planner that goes on where `memory` ended. `original` writes routing as an Alertmanager configuration.
    pub async fn open(
        alerts: Alerts,
        memory: Memory,
        routing: Arc<Routing>,
        original: Arc<dyn Fn(&Routing) -> String + Send + Sync>,
    ) -> Result<Self, StoreError> {
        let planner = planner(&alerts, &memory, routing).await?;
        Ok(Self { planner: Arc::new(RwLock::new(planner)), alerts, memory, original })
    }

    /// Forgets what this planner remembers and goes on from what is stored by now: another engine planned meanwhile.
    pub async fn resume(&self) -> Result<(), StoreError> {
        let routing = self.routing();
        let resumed = planner(&self.alerts, &self.memory, routing).await?;
        *self.planner.write().unwrap_or_else(PoisonError::into_inner) = resumed;
        Ok(())
    }

    /// Routing as it is now.
    pub fn routing(&self) -> Arc<Routing> {
        self.read(|planner| Arc::clone(planner.routing()))
    }

    /// Goes on with another routing file.
    pub fn replace(&self, routing: Arc<Routing>) {
        self.planner.write().unwrap_or_else(PoisonError::into_inner).replace(routing);
    }

    /// The dead-man's switch as the routing file has it now.
    pub fn heartbeats(&self) -> Heartbeats {
        self.read(|planner| planner.routing().heartbeats().clone())
    }

    /// Whether `receiver` is one of a person's own.
    pub fn reaches(&self, person: &str, receiver: &str) -> bool {
        self.read(|planner| {
            let person = planner.routing().person(person);
            person.is_some_and(|person| person.receivers.iter().any(|own| own == receiver))
        })
    }

    /// Decides on what is new and what is due.
    pub fn step(&self, input: &Input<'_>) -> Plan {
        self.planner.write().unwrap_or_else(PoisonError::into_inner).step(input)
    }

    fn read<T>(&self, read: impl FnOnce(&Planner) -> T) -> T {
        read(&self.planner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A planner with the alerts there are and what is remembered of groups.
async fn planner(alerts: &Alerts, memory: &Memory, routing: Arc<Routing>) -> Result<Planner, StoreError> {
    let mut groups: Vec<(GroupKey, GroupMemory)> = Vec::new();
    for (key, body) in memory.groups().await? {
        let key = serde_json::from_value(serde_json::Value::String(key));
        match (key, serde_json::from_str(&body)) {
            (Ok(key), Ok(body)) => groups.push((key, body)),
            // Its alerts are sent again, which is better than not at all.
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "what was remembered of a group cannot be read");
            }
        }
    }
    // What changes after this is given to it as a change; what it is given twice is nothing new.
    alerts.take_changed();
    let alerts = alerts.all().into_iter().map(|(_, alert)| alert).collect();
    Ok(Planner::new(routing, groups, alerts))
}

impl Routes for SharedPlanner {
    fn receivers(&self) -> Vec<String> {
        self.read(|planner| {
            let names: std::collections::BTreeSet<String> =
                planner.routing().branches().iter().map(|branch| branch.destination.clone()).collect();
            names.into_iter().collect()
        })
    }

    fn destinations(&self, alert: Fingerprint, labels: &Labels) -> Vec<Destination> {
        self.read(|planner| {
            let routing = planner.routing();
            let known: BTreeMap<(&str, Labels), ()> = planner
                .groups_of(alert)
                .iter()
                .filter_map(|key| {
                    let memory = planner.memory(key)?;
                    let branch = routing.branch(&memory.branch)?;
                    Some(((branch.destination.as_str(), memory.labels.clone()), ()))
                })
                .collect();
            if known.is_empty() {
                return routing
                    .matches(labels)
                    .into_iter()
                    .map(|branch| Destination {
                        receiver: Arc::from(branch.destination.as_str()),
                        group: branch.group(labels),
                    })
                    .collect();
            }
            known
                .into_keys()
                .map(|(receiver, group)| Destination { receiver: Arc::from(receiver), group })
                .collect()
        })
    }

    fn inhibited_by(&self, alert: Fingerprint) -> Vec<String> {
        self.read(|planner| {
            planner.inhibited_by(alert).map(|source| source.to_string()).into_iter().collect()
        })
    }

    fn held_back(&self, now: Timestamp) -> Vec<HeldBack> {
        self.read(|planner| {
            let zone = planner.routing().parts().zone;
            let held = planner.held_back(now).into_iter().map(|held| {
                let labels: Vec<&Labels> = held.alerts.iter().map(|alert| &alert.labels).collect();
                HeldBack {
                    priority: held.priority.to_string(),
                    title: title(held.labels, &labels, labels.len()),
                    until: show(zone, held.until),
                }
            });
            held.collect()
        })
    }

    fn original(&self) -> String {
        self.read(|planner| (self.original)(planner.routing()))
    }

    fn calendar(&self, schedule: &str, from: Timestamp, to: Timestamp) -> Option<String> {
        let routing = self.routing();
        routing.schedule(schedule).map(|found| route::ical::feed(found, from, to))
    }

    fn on_call(&self, at: Timestamp) -> Vec<OnCall> {
        let routing = self.routing();
        let schedules = routing.schedules().iter();
        let now = schedules.map(|schedule| OnCall {
            schedule: schedule.name.clone(),
            people: schedule.at(at),
            until: schedule.next_handover(at).map(|until| (until, show(schedule.zone, until))),
        });
        now.collect()
    }
}
