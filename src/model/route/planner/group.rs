//! The evaluation of one group: what fires, what is muted, what is due, and when to evaluate it again.
//!
//! Evaluating it twice, or at a time when nothing is due, changes nothing; a restart is such an evaluation.

use std::collections::{BTreeSet, HashMap};

use super::{Acknowledgement, Entry, Group, Plan};
use crate::alert::{Fingerprint, Priority, StoredAlert};
use crate::route::inhibit::Sources;
use crate::route::memory::{GroupKey, GroupMemory, IncidentMemory};
use crate::route::routing::{Branch, Routing};
use crate::route::silence::Silence;
use crate::route::titles::title;
use crate::route::{Reason, Step};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};

/// Why an alert is muted that still fires after its incident.
const ENDED: &str = "its incident was ended by hand; it is sent when it begins anew";

/// What an evaluation reads besides the group.
pub(super) struct GroupContext<'a> {
    pub(super) now: Timestamp,
    /// Something of the group's changed or came due. Otherwise only what mutes did, or the engine began anew, which may
    /// happen at any time and so must leave no trace.
    pub(super) is_due: bool,
    pub(super) key: &'a GroupKey,
    pub(super) routing: &'a Routing,
    pub(super) alerts: &'a HashMap<Fingerprint, Entry>,
    pub(super) sources: &'a Sources,
    pub(super) silences: &'a [(&'a Silence, Timestamp)],
}

impl GroupContext<'_> {
    /// An incident of these alerts in one line.
    pub(super) fn title(&self, group: &Labels, alerts: &BTreeSet<Fingerprint>) -> String {
        let labels: Vec<&Labels> =
            alerts.iter().filter_map(|print| self.alert(*print)).map(|alert| &alert.labels).collect();
        title(group, &labels, alerts.len())
    }

    pub(super) fn alert(&self, fingerprint: Fingerprint) -> Option<&StoredAlert> {
        self.alerts.get(&fingerprint).map(|entry| &*entry.alert)
    }

    fn fires(&self, fingerprint: Fingerprint) -> bool {
        self.alerts.get(&fingerprint).is_some_and(|entry| entry.firing)
    }
}

/// What becomes of a group after its evaluation.
pub(super) enum Next {
    /// Nothing is under way, and nothing need be remembered.
    Forget,
    /// Only a change brings it back.
    Rest,
    /// It is evaluated again at this time.
    At(Timestamp),
}

/// The evaluation of a group, as far as it has come.
pub(super) struct GroupEvaluation<'a> {
    pub(super) context: &'a GroupContext<'a>,
    pub(super) branch: Option<&'a Branch>,
    pub(super) memory: &'a mut GroupMemory,
    pub(super) plan: &'a mut Plan,
    /// Members that fire.
    pub(super) firing: BTreeSet<Fingerprint>,
    /// Those of them that nothing mutes.
    pub(super) active: BTreeSet<Fingerprint>,
}

impl<'a> GroupEvaluation<'a> {
    /// Finds which members fire, and gives a reason for those that are newly muted.
    pub(super) fn at(context: &'a GroupContext<'a>, group: &'a mut Group, plan: &'a mut Plan) -> Self {
        let firing: BTreeSet<Fingerprint> =
            group.members.iter().copied().filter(|member| context.fires(*member)).collect();
        let mut active = BTreeSet::new();
        group.mutes.retain(|member, _| firing.contains(member));
        group.memory.ended.retain(|member, since| {
            firing.contains(member) && context.alert(*member).is_some_and(|alert| alert.starts_at == *since)
        });
        group.memory.inhibited_until.retain(|member, _| firing.contains(member));
        let branch = context.routing.branch(&group.memory.branch);
        for member in &firing {
            let ended = group.memory.ended.contains_key(member).then(|| (Step::Muted, ENDED.to_owned()));
            let muted = ended.or_else(|| context.mute(*member));
            let inhibited_until = &mut group.memory.inhibited_until;
            let outlasts =
                branch.and_then(|branch| context.outlasts(*member, muted.as_ref(), branch, inhibited_until));
            let Some((step, why)) = muted.or(outlasts) else {
                active.insert(*member);
                group.mutes.remove(member);
                continue;
            };
            if group.mutes.get(member) != Some(&why) {
                let text = why.clone();
                plan.reasons.push(Reason { at: context.now, fingerprint: Some(*member), step, text });
                group.mutes.insert(*member, why);
            }
        }
        Self { context, branch, memory: &mut group.memory, plan, firing, active }
    }

    /// Decides what is due, and when the group is evaluated again.
    pub(super) fn decide(mut self, acknowledged: &[Acknowledgement]) -> Next {
        let Some(branch) = self.branch else {
            self.resolve("the routing file no longer leads here");
            return Next::Forget;
        };
        if let Some(digest) = branch.digest {
            self.resolve("its alerts are sent in a digest from now on");
            return self.digest(branch, digest);
        }
        self.memory.digest = None;
        self.acknowledge(acknowledged);
        self.schedule(branch);
        if self.memory.flush_at.is_some_and(|at| at <= self.context.now) {
            self.flush(branch);
            self.schedule(branch);
        }
        self.escalate(branch);
        self.repeat(branch);
        self.tidy();
        if self.is_over() {
            return Next::Forget;
        }
        self.next(branch).map_or(Next::Rest, Next::At)
    }

    /// Sets the time of the next flush, if something wants one.
    fn schedule(&mut self, branch: &Branch) {
        let now = self.context.now;
        let interval = self.memory.flushed_at.map_or(now, |at| (at + branch.group_interval).max(now));
        let Some(incident) = self.memory.open() else {
            if self.active.is_empty() {
                // What it waited for is over, or is muted.
                if self.firing.is_empty() {
                    self.memory.flush_at = None;
                }
            } else if self.memory.flush_at.is_none() {
                let since = self
                    .active
                    .iter()
                    .filter_map(|alert| self.context.alert(*alert))
                    .map(|alert| alert.starts_at);
                let since = since.min().unwrap_or(now).min(now);
                self.memory.flush_at = Some((since + branch.group_wait).max(now));
            }
            return;
        };
        if incident.flapping_since.is_some() {
            self.memory.flush_at = self.rest(branch, incident, interval);
            return;
        }
        // Whether something else is muted must not matter here: a silence begins without an evaluation.
        let over = self.notified_is_over();
        let news = !self.active.is_subset(&incident.notified_firing)
            || !incident.notified_firing.is_subset(&self.firing);
        if over {
            // An end does not wait for business hours.
            self.memory.flush_at = Some(self.memory.flush_at.unwrap_or(interval).min(interval));
        } else if news && self.memory.flush_at.is_none() {
            self.memory.flush_at = Some(interval);
        }
    }

    /// Nothing that people were notified of in the open incident fires any more.
    pub(super) fn notified_is_over(&self) -> bool {
        self.memory.open().is_none_or(|incident| incident.notified.is_disjoint(&self.firing))
    }

    /// Nothing that people were notified of in the open incident fires, and nothing is to be sent.
    pub(super) fn is_settled(&self) -> bool {
        self.active.is_empty() && self.notified_is_over()
    }

    /// When what flaps has kept one state for long enough, or what never flapped may be sent.
    fn rest(&self, branch: &Branch, incident: &IncidentMemory, interval: Timestamp) -> Option<Timestamp> {
        let rest = self.context.routing.parts().damping.rest;
        let unnotified = self.active.difference(&incident.notified_firing).map(|alert| {
            let new = !incident.notified.contains(alert) && !self.memory.notified_times.contains_key(alert);
            let at = if new { interval } else { self.steady_since(*alert) + rest };
            let at = at.max(self.context.now);
            branch.hours.next_open(at).unwrap_or(at + Span::days(1))
        });
        let over = self.notified_is_over().then(|| {
            let alerts = incident.notified.iter().filter_map(|alert| self.context.alert(*alert));
            alerts.map(|alert| alert.ends_at).max().unwrap_or(incident.notified_at) + rest
        });
        unnotified.chain(over).min()
    }

    /// Since when an alert fires without a break, as far as it was sent.
    pub(super) fn steady_since(&self, fingerprint: Fingerprint) -> Timestamp {
        let started = self.context.alert(fingerprint).map_or(self.context.now, |alert| alert.starts_at);
        let last = self.memory.notified_times.get(&fingerprint).and_then(|times| times.last());
        last.copied().unwrap_or(started).max(started)
    }

    /// Nothing is under way, nor will anything be reopened.
    fn is_over(&self) -> bool {
        let rests = self.memory.incident.as_ref().is_none_or(|incident| {
            incident.resolved_at.is_some_and(|at| at + self.retention() <= self.context.now)
        });
        rests && self.firing.is_empty() && self.memory.flush_at.is_none()
    }

    /// How long a resolved incident is remembered, to be reopened or found to flap.
    pub(super) fn retention(&self) -> Span {
        let damping = self.context.routing.parts().damping;
        damping.reopen.max(damping.within).max(damping.rest)
    }

    /// Forgets counts that are too old to matter.
    fn tidy(&mut self) {
        let since = self.context.now - self.retention();
        // Only as part of another change: an evaluation by itself changes nothing.
        if self.memory.flushed_at == Some(self.context.now) {
            self.memory.openings.retain(|at| *at > since);
            self.memory.notified_times.retain(|_, times| {
                times.retain(|at| *at > since);
                !times.is_empty()
            });
        }
    }

    /// When to evaluate the group again.
    fn next(&self, branch: &Branch) -> Option<Timestamp> {
        let mut times = vec![self.memory.flush_at];
        times.extend(
            self.memory.inhibited_until.values().filter(|at| **at < Timestamp::MAX).map(|at| Some(*at)),
        );
        if let Some(incident) = self.memory.open() {
            if incident.acknowledged.is_none() {
                // What is overdue and muted waits for its alerts to be active again, not for a time; but an escalation that
                // came due outside the hours is found to be quiet, and paused, when they begin.
                let muted = self.active.is_disjoint(&incident.notified_firing);
                let closed = !branch.hours.open(self.context.now);
                let escalation = incident.escalation.as_ref().and_then(|escalation| escalation.next_at);
                let repeat = branch.repeat_interval.map(|repeat| incident.notified_at + repeat);
                let paused = incident.escalation.as_ref().is_some_and(|escalation| escalation.paused);
                for (at, waits) in [(repeat, false), (escalation, closed && !paused)] {
                    if let Some(at) = at.filter(|at| *at > self.context.now || !muted || waits) {
                        times.push(Some(self.sendable(branch, at)));
                    }
                }
            }
        } else if let Some(resolved) = self.memory.incident.as_ref().and_then(|incident| incident.resolved_at)
        {
            times.push(Some(resolved + self.retention()).filter(|at| *at > self.context.now));
        }
        times.into_iter().flatten().min()
    }

    /// A time that is over and was not used waits for the branch's hours.
    fn sendable(&self, branch: &Branch, at: Timestamp) -> Timestamp {
        if at > self.context.now {
            return at;
        }
        branch.hours.next_open(self.context.now).unwrap_or(self.context.now + Span::days(1))
    }

    pub(super) fn priority(&self) -> Priority {
        self.branch.map_or(Priority::P3, |branch| branch.priority)
    }

    /// Gives the same reason for several alerts.
    pub(super) fn give_reason(
        &mut self,
        alerts: impl IntoIterator<Item = Fingerprint>,
        at: Timestamp,
        step: Step,
        text: &str,
    ) {
        let reason = |fingerprint| Reason { at, fingerprint: Some(fingerprint), step, text: text.to_owned() };
        self.plan.reasons.extend(alerts.into_iter().take(super::evaluation::MAX_NOTIFIED).map(reason));
    }
}
