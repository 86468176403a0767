//! What is sent about a group: that it fires, flaps, still fires, that nobody answers, that it is over.

use std::collections::BTreeSet;

use super::evaluation::{branch_recipients, next_reachable_step, policy_recipients};
use super::group::GroupEvaluation;
use super::{Change, IncidentChange};
use crate::alert::Fingerprint;
use crate::route::local::show;
use crate::route::memory::{EscalationMemory, IncidentMemory, Recipient, hash};
use crate::route::routing::Branch;
use crate::route::{Kind, Notification, NotificationContext, Step};
use slo_core::duration::to_the_second;
use slo_core::time::{Span, Timestamp};

impl GroupEvaluation<'_> {
    /// Sends what changed: its time has come.
    pub(super) fn flush(&mut self, branch: &Branch) {
        let now = self.context.now;
        self.memory.flush_at = None;
        let notified_firing = self.memory.open().map(|incident| incident.notified_firing.clone());
        if notified_firing.is_some() && self.is_settled() {
            self.resolve("all of it is over");
            return;
        }
        let notified_firing = notified_firing.unwrap_or_default();
        let unnotified: BTreeSet<Fingerprint> = self.active.difference(&notified_firing).copied().collect();
        if !unnotified.is_empty() && !branch.hours.open(now) {
            if self.memory.open().is_some() && self.notified_is_over() {
                // Its end does not wait for the hours of what nobody was notified of.
                self.resolve("all that was sent of it is over");
            }
            let open = branch.hours.next_open(now).unwrap_or(now + Span::days(1));
            self.memory.flush_at = Some(open);
            let zone = self.context.routing.parts().zone;
            let text = format!(
                "{:?} is not sent at this hour; it waits until {}",
                branch.priority,
                show(zone, open)
            );
            self.give_reason(unnotified, now, Step::Muted, &text);
            return;
        }
        self.settle(now, &notified_firing);
        if unnotified.is_empty() {
            return;
        }
        let (fresh, damped) = self.damp(unnotified);
        if fresh.is_empty() { self.flap(branch, &damped) } else { self.notify_new(branch, &fresh, &damped) }
    }

    /// Notes which of the alerts that were sent are over while others still fire.
    fn settle(&mut self, now: Timestamp, notified_firing: &BTreeSet<Fingerprint>) {
        let over: Vec<Fingerprint> = notified_firing.difference(&self.firing).copied().collect();
        if let Some(incident) =
            self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        {
            incident.notified_firing.retain(|alert| self.firing.contains(alert));
            self.memory.flushed_at = Some(now);
        }
        let text =
            format!("it is over, and {} of its group still fire; the end of all is sent", self.firing.len());
        self.give_reason(over, now, Step::Deduplicated, &text);
    }

    /// Parts alerts that may be sent from those that came too often lately and have not rested.
    fn damp(&self, unnotified: BTreeSet<Fingerprint>) -> (BTreeSet<Fingerprint>, BTreeSet<Fingerprint>) {
        let (now, damping) = (self.context.now, self.context.routing.parts().damping);
        let often = |times: &[Timestamp]| {
            times.iter().filter(|at| **at > now - damping.within).count() >= damping.pages
        };
        let reopens = self.memory.open().is_none() && often(&self.memory.openings);
        let flapping = self.memory.open().filter(|incident| incident.flapping_since.is_some());
        unnotified.into_iter().partition(|alert| {
            let notified_times = self.memory.notified_times.get(alert).map(Vec::as_slice).unwrap_or_default();
            let rested = self.steady_since(*alert) + damping.rest <= now;
            let flapped = flapping
                .is_some_and(|incident| !notified_times.is_empty() || incident.notified.contains(alert));
            rested || !(often(notified_times) || reopens || flapped)
        })
    }

    /// The incident, opened or opened again if need be.
    fn open(&mut self, branch: &Branch, alerts: &BTreeSet<Fingerprint>) -> &mut IncidentMemory {
        let now = self.context.now;
        let damping = self.context.routing.parts().damping;
        if self.memory.open().is_none() {
            self.memory.openings.push(now);
            let last = self.memory.incident.take();
            let recent =
                last.filter(|incident| incident.resolved_at.is_some_and(|at| at + damping.reopen > now));
            let (change, incident) = match recent {
                Some(incident) => {
                    let again = IncidentMemory {
                        opened_at: now,
                        resolved_at: None,
                        acknowledged: None,
                        notified: BTreeSet::new(),
                        notified_firing: BTreeSet::new(),
                        flapping_since: None,
                        ..incident
                    };
                    (Change::Reopened, again)
                }
                None => (Change::Opened, self.fresh_incident(alerts)),
            };
            self.plan.incidents.push(IncidentChange {
                incident: incident.id.clone(),
                number: incident.number,
                group: self.context.key.clone(),
                title: self.context.title(&self.memory.labels, alerts),
                labels: self.memory.labels.clone(),
                priority: branch.priority,
                team: branch.team.clone(),
                change,
                at: now,
                alerts: alerts.iter().copied().collect(),
            });
            self.memory.incident = Some(incident);
        }
        self.memory.flushed_at = Some(now);
        let fallback = IncidentMemory::opened(String::new(), 0, now);
        self.memory.incident.get_or_insert(fallback)
    }

    fn fresh_incident(&mut self, alerts: &BTreeSet<Fingerprint>) -> IncidentMemory {
        let now = self.context.now;
        self.memory.incidents += 1;
        // The alerts' own times tell incidents apart that the same group had long ago, when all of it was forgotten.
        let since =
            alerts.iter().filter_map(|alert| self.context.alert(*alert)).map(|alert| alert.starts_at).min();
        let id = self.context.key.hash(&format!("{}/{}", self.memory.incidents, since.unwrap_or(now).ms()));
        IncidentMemory::opened(format!("{id:016x}"), self.memory.incidents, now)
    }

    /// Notifies of alerts that fire and that nobody was notified of before.
    fn notify_new(&mut self, branch: &Branch, fresh: &BTreeSet<Fingerprint>, damped: &BTreeSet<Fingerprint>) {
        let now = self.context.now;
        let opens = self.memory.open().is_none();
        let routing = self.context.routing;
        for alert in fresh {
            self.memory.notified_times.entry(*alert).or_default().push(now);
        }
        let incident = self.open(branch, fresh);
        // What is new to an incident that flaps ends no flapping.
        let newcomers = incident.notified.is_disjoint(fresh);
        incident.notified_firing.extend(fresh);
        incident.notified.extend(fresh);
        incident.notified_at = now;
        if damped.is_empty() && !newcomers {
            incident.flapping_since = None;
        }
        let policy = branch.page.as_deref();
        let mut people = BTreeSet::new();
        if let Some(policy) = policy {
            let step =
                if opens { 0 } else { incident.escalation.as_ref().map_or(0, |escalation| escalation.step) };
            let reached = next_reachable_step(routing, policy, step, now)
                .or_else(|| next_reachable_step(routing, policy, 0, now));
            let (step, reached) = reached.unwrap_or_default();
            people = reached;
            // What comes out of flapping needs an answer, too.
            if incident.escalation.is_none() && incident.acknowledged.is_none() {
                let timeout = routing.steps(policy).get(step).map_or(Span::ZERO, |level| level.timeout);
                let more = step + 1 < routing.steps(policy).len();
                let next_at = more.then_some(now + timeout);
                incident.escalation = Some(EscalationMemory { step, next_at, paused: false });
            }
        }
        let (number, notified_firing) = (incident.number, incident.notified_firing.clone());
        let text = match (opens, fresh.len()) {
            (true, 1) => format!("incident {number} began"),
            (true, many) => format!("incident {number} began with {many} alerts"),
            (false, many) => format!("{many} more of incident {number}"),
        };
        if policy.is_some() && people.is_empty() {
            self.give_reason(
                fresh.iter().copied(),
                now,
                Step::Muted,
                "nobody is on call; only the other receivers are notified",
            );
        }
        people.extend(branch_recipients(routing, branch));
        self.notify(Kind::Firing, fresh, &notified_firing, &people, &text);
    }

    /// Notifies once that it flaps, and then not until it rests.
    fn flap(&mut self, branch: &Branch, damped: &BTreeSet<Fingerprint>) {
        let (now, routing) = (self.context.now, self.context.routing);
        let damping = routing.parts().damping;
        let incident = self.open(branch, damped);
        incident.notified.extend(damped);
        let known = incident.flapping_since.is_some();
        incident.flapping_since.get_or_insert(now);
        let mut people = incident.recipients.clone();
        if people.is_empty() {
            people.extend(branch_recipients(routing, branch));
            people.extend(branch.page.iter().flat_map(|policy| policy_recipients(routing, policy, 0, now)));
        }
        let text = format!(
            "it was sent {} times within {} and came again; it is sent when it has kept one state for {}",
            damping.pages,
            to_the_second(damping.within),
            to_the_second(damping.rest)
        );
        self.give_reason(damped.iter().copied(), now, Step::Flapping, &text);
        if !known {
            self.notify(Kind::Flapping, damped, damped, &people, &text);
        }
    }

    /// Notifies everybody who was notified before that it is over, whatever is silenced by now.
    pub(super) fn resolve(&mut self, why: &str) {
        let now = self.context.now;
        self.memory.flush_at = None;
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        incident.resolved_at = Some(now);
        incident.escalation = None;
        incident.flapping_since = None;
        let (notified, people) = (std::mem::take(&mut incident.notified), incident.recipients.clone());
        incident.notified_firing.clear();
        let change = IncidentChange {
            incident: incident.id.clone(),
            number: incident.number,
            group: self.context.key.clone(),
            title: self.context.title(&self.memory.labels, &notified),
            labels: self.memory.labels.clone(),
            priority: self.priority(),
            team: self.branch.and_then(|branch| branch.team.clone()),
            change: Change::Resolved,
            at: now,
            alerts: notified.iter().copied().collect(),
        };
        self.memory.flushed_at = Some(now);
        self.plan.incidents.push(change);
        self.notify(Kind::Resolved, &notified, &notified, &people, why);
    }

    /// Makes one message for each of them.
    pub(super) fn notify(
        &mut self,
        kind: Kind,
        news: &BTreeSet<Fingerprint>,
        all: &BTreeSet<Fingerprint>,
        people: &BTreeSet<Recipient>,
        why: &str,
    ) {
        let (now, priority, group) = (self.context.now, self.priority(), self.memory.labels.clone());
        let (alerts, more) = self.copies(news, all);
        let Some(incident) = self.memory.incident.as_mut() else { return };
        incident.step += 1;
        let marks: Vec<String> = news.iter().map(ToString::to_string).collect();
        // The key says what is sent: planned again after a crash with more alerts, it is another message.
        let mark = hash(marks.iter().map(String::as_str)) & 0xffff_ffff;
        let key = format!("{}/{}/{}-{mark:08x}", incident.id, kind.as_str(), incident.step);
        let reason =
            if more > 0 { format!("{why}; {more} more alerts are not shown") } else { why.to_owned() };
        let mut names = Vec::new();
        for person in people {
            names.push(
                person
                    .person
                    .as_ref()
                    .map_or_else(|| person.receiver.clone(), |name| format!("{name} ({})", person.receiver)),
            );
            self.plan.notifications.push(Notification {
                key: format!("{key}/{}/{}", person.receiver, person.person.as_deref().unwrap_or_default()),
                thread: format!("{}/{}", incident.id, person.receiver),
                incident: Some(incident.id.clone()),
                kind,
                priority,
                receiver: person.receiver.clone(),
                person: person.person.clone(),
                group: group.clone(),
                alerts: alerts.clone(),
                due_at: now,
                failover: person.failover.clone(),
                reason: reason.clone(),
                context: NotificationContext::default(),
            });
        }
        incident.recipients.extend(people.iter().cloned());
        let text = format!("{} to {}: {why}", kind.as_str(), names.join(", "));
        self.give_reason(news.iter().copied(), now, Step::Queued, &text);
    }
}
