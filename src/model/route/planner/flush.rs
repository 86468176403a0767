//! What is told about a group: that it fires, flaps, still fires, that nobody answers, that it is over.

use std::collections::BTreeSet;

use super::evaluation::{besides, kind_name, paged, reach};
use super::group::GroupEvaluation;
use super::{Change, IncidentChange};
use crate::alert::Fingerprint;
use crate::route::local::show;
use crate::route::memory::{EscalationMemory, IncidentMemory, Recipient, hash};
use crate::route::routing::Branch;
use crate::route::{Kind, Notification, NotificationContext, Step};
use slo_core::duration::to_the_second;

impl GroupEvaluation<'_> {
    /// The time has come to tell what changed.
    pub(super) fn flush(&mut self, branch: &Branch) {
        let now = self.view.now;
        self.memory.flush_at = None;
        let told = self.memory.open().map(|incident| incident.told.clone());
        if told.is_some() && self.is_settled() {
            self.resolve("all of it is over");
            return;
        }
        let told = told.unwrap_or_default();
        let untold: BTreeSet<Fingerprint> = self.active.difference(&told).copied().collect();
        if !untold.is_empty() && !branch.hours.open(now) {
            if self.memory.open().is_some() && self.told_is_over() {
                // Its end does not wait for the hours of what nobody was told.
                self.resolve("all that was told of it is over");
            }
            let open = branch.hours.next_open(now).unwrap_or(now + 86_400_000);
            self.memory.flush_at = Some(open);
            let zone = self.view.routing.parts().zone;
            let text = format!(
                "{:?} is not sent at this hour; it waits until {}",
                branch.priority,
                show(zone, open)
            );
            self.say(untold, now, Step::Muted, &text);
            return;
        }
        self.settle(now, &told);
        if untold.is_empty() {
            return;
        }
        let (fresh, damped) = self.damp(untold);
        if fresh.is_empty() { self.flap(branch, &damped) } else { self.page(branch, &fresh, &damped) }
    }

    /// Notes which of the told alerts are over while others still fire.
    fn settle(&mut self, now: i64, told: &BTreeSet<Fingerprint>) {
        let over: Vec<Fingerprint> = told.difference(&self.firing).copied().collect();
        if let Some(incident) =
            self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        {
            incident.told.retain(|alert| self.firing.contains(alert));
            self.memory.flushed_at = Some(now);
        }
        let text =
            format!("it is over, and {} of its group still fire; the end of all is told", self.firing.len());
        self.say(over, now, Step::Deduplicated, &text);
    }

    /// Parts alerts that may be told from those that came too often lately and have not rested.
    fn damp(&self, untold: BTreeSet<Fingerprint>) -> (BTreeSet<Fingerprint>, BTreeSet<Fingerprint>) {
        let (now, damping) = (self.view.now, self.view.routing.parts().damping);
        let often =
            |times: &[i64]| times.iter().filter(|at| **at > now - damping.within).count() >= damping.pages;
        let reopens = self.memory.open().is_none() && often(&self.memory.openings);
        let flapping = self.memory.open().filter(|incident| incident.flapping_since.is_some());
        untold.into_iter().partition(|alert| {
            let tellings = self.memory.tellings.get(alert).map(Vec::as_slice).unwrap_or_default();
            let rested = self.steady_since(*alert) + damping.rest <= now;
            let flapped =
                flapping.is_some_and(|incident| !tellings.is_empty() || incident.carried.contains(alert));
            rested || !(often(tellings) || reopens || flapped)
        })
    }

    /// The incident, opened or opened again if need be.
    fn open(&mut self, branch: &Branch, alerts: &BTreeSet<Fingerprint>) -> &mut IncidentMemory {
        let now = self.view.now;
        let damping = self.view.routing.parts().damping;
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
                        carried: BTreeSet::new(),
                        told: BTreeSet::new(),
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
                group: self.view.key.clone(),
                title: self.view.title(&self.memory.labels, alerts),
                labels: self.memory.labels.clone(),
                priority: branch.priority,
                team: branch.team.clone(),
                change,
                at_ms: now,
                alerts: alerts.iter().copied().collect(),
            });
            self.memory.incident = Some(incident);
        }
        self.memory.flushed_at = Some(now);
        let fallback = IncidentMemory {
            id: String::new(),
            number: 0,
            opened_at: now,
            resolved_at: None,
            acknowledged: None,
            step: 0,
            told_at: now,
            told: BTreeSet::new(),
            carried: BTreeSet::new(),
            recipients: BTreeSet::new(),
            escalation: None,
            flapping_since: None,
        };
        self.memory.incident.get_or_insert(fallback)
    }

    fn fresh_incident(&mut self, alerts: &BTreeSet<Fingerprint>) -> IncidentMemory {
        let now = self.view.now;
        self.memory.incidents += 1;
        // The alerts' own times tell incidents apart that the same group had long ago, when all of it was forgotten.
        let since =
            alerts.iter().filter_map(|alert| self.view.alert(*alert)).map(|alert| alert.starts_at).min();
        let id = self.view.key.hash(&format!("{}/{}", self.memory.incidents, since.unwrap_or(now)));
        IncidentMemory {
            id: format!("{id:016x}"),
            number: self.memory.incidents,
            opened_at: now,
            resolved_at: None,
            acknowledged: None,
            step: 0,
            told_at: now,
            told: BTreeSet::new(),
            carried: BTreeSet::new(),
            recipients: BTreeSet::new(),
            escalation: None,
            flapping_since: None,
        }
    }

    /// Tells that alerts fire that were not told before.
    fn page(&mut self, branch: &Branch, fresh: &BTreeSet<Fingerprint>, damped: &BTreeSet<Fingerprint>) {
        let now = self.view.now;
        let opens = self.memory.open().is_none();
        let routing = self.view.routing;
        for alert in fresh {
            self.memory.tellings.entry(*alert).or_default().push(now);
        }
        let incident = self.open(branch, fresh);
        // What is new to an incident that flaps ends no flapping.
        let newcomers = incident.carried.is_disjoint(fresh);
        incident.told.extend(fresh);
        incident.carried.extend(fresh);
        incident.told_at = now;
        if damped.is_empty() && !newcomers {
            incident.flapping_since = None;
        }
        let policy = branch.page.as_deref();
        let mut people = BTreeSet::new();
        if let Some(policy) = policy {
            let step =
                if opens { 0 } else { incident.escalation.as_ref().map_or(0, |escalation| escalation.step) };
            let reached = reach(routing, policy, step, now).or_else(|| reach(routing, policy, 0, now));
            let (step, reached) = reached.unwrap_or_default();
            people = reached;
            // What comes out of flapping needs an answer, too.
            if incident.escalation.is_none() && incident.acknowledged.is_none() {
                let timeout = routing.steps(policy).get(step).map_or(0, |level| level.timeout);
                let more = step + 1 < routing.steps(policy).len();
                let next_at = more.then_some(now + timeout);
                incident.escalation = Some(EscalationMemory { step, next_at, paused: false });
            }
        }
        let (number, told) = (incident.number, incident.told.clone());
        let text = match (opens, fresh.len()) {
            (true, 1) => format!("incident {number} began"),
            (true, many) => format!("incident {number} began with {many} alerts"),
            (false, many) => format!("{many} more of incident {number}"),
        };
        if policy.is_some() && people.is_empty() {
            self.say(
                fresh.iter().copied(),
                now,
                Step::Muted,
                "nobody is on call; only the other receivers are told",
            );
        }
        people.extend(besides(routing, branch));
        self.notify(Kind::Firing, fresh, &told, &people, &text);
    }

    /// Tells once that it flaps, and then nothing until it rests.
    fn flap(&mut self, branch: &Branch, damped: &BTreeSet<Fingerprint>) {
        let (now, routing) = (self.view.now, self.view.routing);
        let damping = routing.parts().damping;
        let incident = self.open(branch, damped);
        incident.carried.extend(damped);
        let known = incident.flapping_since.is_some();
        incident.flapping_since.get_or_insert(now);
        let mut people = incident.recipients.clone();
        if people.is_empty() {
            people.extend(besides(routing, branch));
            people.extend(branch.page.iter().flat_map(|policy| paged(routing, policy, 0, now)));
        }
        let text = format!(
            "it was told {} times within {} and came again; it is told when it has kept one state for {}",
            damping.pages,
            to_the_second(damping.within),
            to_the_second(damping.rest)
        );
        self.say(damped.iter().copied(), now, Step::Flapping, &text);
        if !known {
            self.notify(Kind::Flapping, damped, damped, &people, &text);
        }
    }

    /// Tells everybody who was told that it is over, whatever is silenced by now.
    pub(super) fn resolve(&mut self, why: &str) {
        let now = self.view.now;
        self.memory.flush_at = None;
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        incident.resolved_at = Some(now);
        incident.escalation = None;
        incident.flapping_since = None;
        let (carried, people) = (std::mem::take(&mut incident.carried), incident.recipients.clone());
        incident.told.clear();
        let change = IncidentChange {
            incident: incident.id.clone(),
            number: incident.number,
            group: self.view.key.clone(),
            title: self.view.title(&self.memory.labels, &carried),
            labels: self.memory.labels.clone(),
            priority: self.priority(),
            team: self.branch.and_then(|branch| branch.team.clone()),
            change: Change::Resolved,
            at_ms: now,
            alerts: carried.iter().copied().collect(),
        };
        self.memory.flushed_at = Some(now);
        self.plan.incidents.push(change);
        self.notify(Kind::Resolved, &carried, &carried, &people, why);
    }

    /// Tells the next level, when its time has come and nobody answered.
    pub(super) fn escalate(&mut self, branch: &Branch) {
        let (now, routing) = (self.view.now, self.view.routing);
        let Some(policy) = branch.page.as_deref() else { return };
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let fires = !self.active.is_disjoint(&incident.told);
        let Some(escalation) = incident.escalation.as_mut().filter(|_| incident.acknowledged.is_none())
        else {
            return;
        };
        let Some(at) = escalation.next_at else { return };
        if escalation.paused && fires {
            escalation.paused = false;
            let timeout = routing.steps(policy).get(escalation.step).map_or(0, |level| level.timeout);
            escalation.next_at = Some(now + timeout);
            return;
        }
        if at > now || !branch.hours.open(now) {
            return;
        }
        if !fires {
            escalation.paused = true;
            return;
        }
        let told = incident.told.clone();
        let Some((step, people)) = reach(routing, policy, escalation.step + 1, now) else {
            escalation.next_at = None;
            let text = format!("nobody acknowledged, and policy {policy} is at its end");
            self.say(told, now, Step::Escalated, &text);
            return;
        };
        let timeout = routing.steps(policy).get(step).map_or(0, |level| level.timeout);
        let more = step + 1 < routing.steps(policy).len();
        *escalation = EscalationMemory { step, next_at: more.then_some(now + timeout), paused: false };
        incident.told_at = now;
        let waited = to_the_second(now - incident.opened_at);
        let text = format!("nobody acknowledged for {waited}; step {} of policy {policy}", step + 1);
        self.notify(Kind::Escalation, &told, &told, &people, &text);
    }

    /// Tells again what still fires and nobody took on.
    pub(super) fn repeat(&mut self, branch: &Branch) {
        let (now, routing) = (self.view.now, self.view.routing);
        let Some(repeat) = branch.repeat_interval else { return };
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let told: BTreeSet<Fingerprint> = incident.told.intersection(&self.active).copied().collect();
        let due = incident.told_at + repeat <= now && incident.acknowledged.is_none();
        if !due || told.is_empty() || !branch.hours.open(now) {
            return;
        }
        let step = incident.escalation.as_ref().map_or(0, |escalation| escalation.step);
        let mut people: BTreeSet<Recipient> =
            branch.page.iter().flat_map(|policy| paged(routing, policy, step, now)).collect();
        people.extend(besides(routing, branch));
        let text =
            format!("still firing after {}, and nobody acknowledged", to_the_second(now - incident.told_at));
        incident.told_at = now;
        self.notify(Kind::Firing, &told, &told, &people, &text);
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
        let (now, priority, group) = (self.view.now, self.priority(), self.memory.labels.clone());
        let (alerts, more) = self.copies(news, all);
        let Some(incident) = self.memory.incident.as_mut() else { return };
        incident.step += 1;
        let marks: Vec<String> = news.iter().map(ToString::to_string).collect();
        // The key says what is told: planned again after a crash with more alerts, it is another message.
        let mark = hash(marks.iter().map(String::as_str)) & 0xffff_ffff;
        let key = format!("{}/{}/{}-{mark:08x}", incident.id, kind_name(kind), incident.step);
        let reason =
            if more > 0 { format!("{why}; {more} more alerts are not shown") } else { why.to_owned() };
        let mut told = Vec::new();
        for person in people {
            told.push(
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
        let text = format!("{} to {}: {why}", kind_name(kind), told.join(", "));
        self.say(news.iter().copied(), now, Step::Queued, &text);
    }
}
