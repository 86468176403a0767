//! What the service asks of routing, and of whoever sends: small traits, so that the alert service is tested without them.

use std::sync::Arc;

use async_trait::async_trait;

use slo_base::store::WriteTransaction;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_delivery::Outbox;
use slo_model::alert::Fingerprint;
use slo_model::route::Notification;

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The receiver's name.
    pub receiver: Arc<str>,
    /// The labels of the group it is in there.
    pub group: Labels,
}

/// Alerts that wait for the hours at which they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// E.g. `P2`.
    pub priority: String,
    /// What it is about, in one line.
    pub title: String,
    /// Until when, in the routing's time zone, for people.
    pub until: String,
}

/// Who is on call by a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCall {
    /// The schedule's name.
    pub schedule: String,
    /// Nobody, when it has a gap.
    pub people: Vec<String>,
    /// When others are on call, and in words with the schedule's own zone; `None` when that is far away.
    pub until: Option<(Timestamp, String)>,
}

/// What routing says about alerts, for those who list them.
pub trait Routes: Send + Sync {
    /// The names of all receivers.
    fn receivers(&self) -> Vec<String>;

    /// Where an alert goes; at least one destination.
    fn destinations(&self, alert: Fingerprint, labels: &Labels) -> Vec<Destination>;

    /// What inhibits this alert now, so that it is not sent; empty when nothing does.
    fn inhibited_by(&self, alert: Fingerprint) -> Vec<String>;

    /// What nobody is notified of at this hour; the soonest first.
    fn held_back(&self, now: Timestamp) -> Vec<HeldBack> {
        let _ = now;
        Vec::new()
    }

    /// The routing as an Alertmanager configuration, without secrets.
    fn original(&self) -> String;

    /// A schedule's iCalendar feed from one time to another; `None` for one that does not exist.
    fn calendar(&self, schedule: &str, from: Timestamp, to: Timestamp) -> Option<String>;

    /// Who is on call at a time, by every schedule.
    fn on_call(&self, at: Timestamp) -> Vec<OnCall>;
}

/// All alerts in one group of one receiver: what an alert service without routing says.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRoutes;

impl Routes for NoRoutes {
    fn receivers(&self) -> Vec<String> {
        vec!["default".to_owned()]
    }

    fn destinations(&self, _: Fingerprint, _: &Labels) -> Vec<Destination> {
        vec![Destination { receiver: Arc::from("default"), group: Labels::default() }]
    }

    fn inhibited_by(&self, _: Fingerprint) -> Vec<String> {
        Vec::new()
    }

    fn original(&self) -> String {
        "route:\n  receiver: default\nreceivers:\n- name: default\n".to_owned()
    }

    fn calendar(&self, _: &str, _: Timestamp, _: Timestamp) -> Option<String> {
        None
    }

    fn on_call(&self, _: Timestamp) -> Vec<OnCall> {
        Vec::new()
    }
}

/// Takes notifications and sends them, however long that takes.
#[async_trait]
pub trait Outgoing: Send + Sync {
    /// Stores notifications in the plan's transaction; one whose key is stored already is nothing new. An error in words.
    async fn enqueue(
        &self,
        writing: &mut WriteTransaction,
        notifications: &[Notification],
    ) -> Result<(), String>;

    /// What was enqueued last is on the disk.
    fn enqueued(&self);
}

#[async_trait]
impl Outgoing for Outbox {
    async fn enqueue(
        &self,
        writing: &mut WriteTransaction,
        notifications: &[Notification],
    ) -> Result<(), String> {
        let enqueued = self.enqueue_in(writing, notifications).await;
        enqueued.map(drop).map_err(|error| error.to_string())
    }

    fn enqueued(&self) {
        self.wake();
    }
}
