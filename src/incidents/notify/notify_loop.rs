//! From what is known to what is sent: hands the planner what changed, stores what it decided. A decision is stored in one
//! transaction: incidents, links, notifications and what the planner remembers. A crash before its commit leaves nothing
//! of it, and after the start it is decided anew, perhaps with what came meanwhile; after the commit all of it holds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::events::PlanNotStored;
use crate::incidents::{Incident, IncidentState};
use crate::notify::links::Link;
use crate::notify::ports::Outgoing;
use crate::notify::shared_planner::SharedPlanner;
use crate::service::AlertService;
use slo_base::store::{StoreError, WriteTransaction};
use slo_base::telemetry::event::Event;
use slo_core::time::{Span, Timestamp};
use slo_model::alert::StoredAlert;
use slo_model::route::{Acknowledgement, Input, Kind, Notification, Plan};

/// Between two readings of the clock while nothing happens: a clock that is set forward is noticed this soon.
const LONGEST_NAP: Duration = Duration::from_secs(1);
/// Between two steps when nothing happens and nothing is due.
const IDLE: Duration = Duration::from_secs(5);
/// Alerts that one step takes in: a flood is planned in parts, so that neither memory nor a transaction grows with it.
const MOST_CHANGED: usize = 4096;
/// A step is followed by a rest of so many times its length.
const REST: u32 = 4;
/// The longest rest after a step.
const LONGEST_REST: Duration = Duration::from_millis(250);
/// The first and the longest wait before what could not be stored is stored again.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// An acknowledge link holds this long after its message was due.
pub(super) const LINK_LASTS: Span = Span::days(7);

/// The loop that plans.
pub struct NotifyLoop {
    service: AlertService,
    planner: SharedPlanner,
    outgoing: Arc<dyn Outgoing>,
    /// Where people reach this engine, for links; without it there are none.
    external_url: Option<String>,
}

impl NotifyLoop {
    /// `planner` knows the alert service's alerts and memory already.
    pub fn new(service: AlertService, planner: SharedPlanner, outgoing: Arc<dyn Outgoing>) -> Self {
        Self { service, planner, outgoing, external_url: None }
    }

    /// Adds acknowledge links to messages. `url` is where people reach this engine, with its route prefix.
    #[must_use]
    pub fn with_links(mut self, url: &str) -> Self {
        self.external_url = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// Plans at every change, and when the planner asked to, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut silences = self.service.silences.watch();
        let mut incidents = self.service.incidents.watch();
        loop {
            // What changes from here on is seen by the next round.
            silences.mark_unchanged();
            incidents.mark_unchanged();
            let began = Instant::now();
            let plan = self.step();
            let wake = plan.wake_at;
            if !self.carry_out(plan, &shutdown).await {
                return;
            }
            // While alerts pour in, those who send them wait for the same disk: it is theirs for most of the time, and
            // what came meanwhile is planned together, which costs less. A lone alert finds it rested.
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep((began.elapsed() * REST).min(LONGEST_REST)) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.service.alerts.changed() => {}
                _ = silences.changed() => {}
                _ = incidents.changed() => {}
                () = self.due(wake) => {}
            }
        }
    }

    /// Plans along while another engine notifies people, until `stop`: nothing of it is stored.
    pub async fn follow(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.step();
            tokio::select! {
                () = stop.cancelled() => return,
                // What the other engine takes in comes from the database, in parts.
                () = tokio::time::sleep(LONGEST_REST) => {}
            }
        }
    }

    /// Returns when the planner wants to plan again.
    async fn due(&self, wake_at: Option<Timestamp>) {
        loop {
            let left = wake_at.map(|at| at - self.service.clock.now());
            match left {
                Some(left) if left <= Span::ZERO => return,
                Some(left) => {
                    tokio::time::sleep(left.to_std().min(LONGEST_NAP)).await;
                }
                // New routing may have something to say though nothing changed.
                None => return tokio::time::sleep(IDLE).await,
            }
        }
    }

    /// Plans once.
    #[tracing::instrument(name = "plan", level = "debug", skip_all)]
    pub fn step(&self) -> Plan {
        let news = self.service.alerts.take_some_changed(MOST_CHANGED);
        let changed: Vec<Arc<StoredAlert>> = news.into_iter().map(|(_, alert)| alert).collect();
        let now = self.service.clock.now();
        let silences = self.service.silences.active();
        let acknowledged: Vec<Acknowledgement> =
            self.service.incidents.all().iter().filter_map(|incident| taken(incident)).collect();
        let input = Input { now, changed: &changed, silences: &silences, acknowledged: &acknowledged };
        self.planner.step(&input)
    }

    /// Stores a plan, as often as it takes; `false` when the engine stops first. It is then planned again after the
    /// start, from what was remembered before it.
    #[tracing::instrument(name = "enqueue", level = "debug", skip_all)]
    pub async fn carry_out(&self, plan: Plan, shutdown: &CancellationToken) -> bool {
        let (mut wait, longest) = PATIENCE;
        while let Err(reason) = self.store(&plan).await {
            PlanNotStored { reason: &reason }.emit(&());
            tokio::select! {
                () = shutdown.cancelled() => return false,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(longest);
        }
        true
    }

    async fn store(&self, plan: &Plan) -> Result<(), String> {
        if plan.is_empty() {
            return Ok(());
        }
        let failed = |error: StoreError| error.to_string();
        // First this, then the database: as whoever acts on an incident does.
        let mut following = self.service.incidents.following().await;
        let mut writing = self.service.begin_planned().await.map_err(failed)?;
        following.write(&mut writing, &plan.incidents).await.map_err(failed)?;
        if !plan.notifications.is_empty() {
            let mut notifications = plan.notifications.clone();
            self.link(&mut writing, &mut notifications).await.map_err(failed)?;
            self.outgoing.enqueue(&mut writing, &notifications).await?;
        }
        self.service.memory.write(&mut writing, plan).await.map_err(failed)?;
        writing.commit().await.map_err(failed)?;
        following.done();
        self.outgoing.enqueued();
        // Only now: what fails before is stored again.
        let escalations = plan.notifications.iter().filter(|one| one.kind == Kind::Escalation).count();
        self.service.escalations.fetch_add(escalations as u64, Ordering::Relaxed);
        Ok(())
    }
}

impl NotifyLoop {
    /// Gives notifications their links.
    async fn link(
        &self,
        writing: &mut WriteTransaction,
        notifications: &mut [Notification],
    ) -> Result<(), StoreError> {
        let Some(url) = &self.external_url else { return Ok(()) };
        let (mut links, mut places) = (Vec::new(), Vec::new());
        for notification in notifications {
            let Some(incident) = &notification.incident else { continue };
            notification.context.incident_url = Some(format!("{url}/incidents/{incident}"));
            match notification.kind {
                Kind::Firing | Kind::Escalation | Kind::Digest | Kind::Flapping | Kind::Failover => {}
                // There is nothing left to take on.
                Kind::Resolved | Kind::Acknowledged | Kind::Heartbeat => continue,
            }
            let person = notification.person.as_ref().unwrap_or(&notification.receiver);
            links.push(Link {
                incident: incident.clone(),
                person: person.clone(),
                expires_at: notification.due_at + LINK_LASTS,
            });
            places.push(&mut notification.context);
        }
        if links.is_empty() {
            return Ok(());
        }
        let tokens = self.service.links.issue_in(writing, &links).await?;
        for (context, token) in places.into_iter().zip(tokens) {
            context.acknowledge_url = Some(format!("{url}/ack/{token}"));
        }
        Ok(())
    }
}

/// Whoever has an incident, or ended it, knows of it.
fn taken(incident: &Incident) -> Option<Acknowledgement> {
    let (at, by, ended) = match incident.state {
        IncidentState::Acknowledged => (incident.acknowledged_at?, incident.acknowledged_by.clone()?, false),
        IncidentState::Resolved => (incident.resolved_at?, incident.resolved_by.clone()?, true),
        IncidentState::Open | IncidentState::Reopened => return None,
    };
    Some(Acknowledgement { incident: incident.id.clone(), at, by, ended })
}
