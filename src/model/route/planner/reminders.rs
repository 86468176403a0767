//! What goes on while nobody answers: the next level of the escalation policy, and the same people again.

use std::collections::BTreeSet;

use super::evaluation::{branch_recipients, next_reachable_step, policy_recipients};
use super::group::GroupEvaluation;
use crate::alert::Fingerprint;
use crate::route::memory::{EscalationMemory, Recipient};
use crate::route::routing::Branch;
use crate::route::{Kind, Step};
use slo_core::duration::to_the_second;
use slo_core::time::Span;

impl GroupEvaluation<'_> {
    /// Notifies the next level, when its time has come and nobody answered.
    pub(super) fn escalate(&mut self, branch: &Branch) {
        let (now, routing) = (self.context.now, self.context.routing);
        let Some(policy) = branch.page.as_deref() else { return };
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let fires = !self.active.is_disjoint(&incident.notified_firing);
        let Some(escalation) = incident.escalation.as_mut().filter(|_| incident.acknowledged.is_none())
        else {
            return;
        };
        let Some(at) = escalation.next_at else { return };
        if escalation.paused && fires {
            escalation.paused = false;
            let timeout =
                routing.steps(policy).get(escalation.step).map_or(Span::ZERO, |level| level.timeout);
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
        let notified_firing = incident.notified_firing.clone();
        let Some((step, people)) = next_reachable_step(routing, policy, escalation.step + 1, now) else {
            escalation.next_at = None;
            let text = format!("nobody acknowledged, and policy {policy} is at its end");
            self.give_reason(notified_firing, now, Step::Escalated, &text);
            return;
        };
        let timeout = routing.steps(policy).get(step).map_or(Span::ZERO, |level| level.timeout);
        let more = step + 1 < routing.steps(policy).len();
        *escalation = EscalationMemory { step, next_at: more.then_some(now + timeout), paused: false };
        incident.notified_at = now;
        let waited = to_the_second(now - incident.opened_at);
        let text = format!("nobody acknowledged for {waited}; step {} of policy {policy}", step + 1);
        self.notify(Kind::Escalation, &notified_firing, &notified_firing, &people, &text);
    }

    /// Notifies again of what still fires and nobody acknowledged.
    pub(super) fn repeat(&mut self, branch: &Branch) {
        let (now, routing) = (self.context.now, self.context.routing);
        let Some(repeat) = branch.repeat_interval else { return };
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let notified_firing: BTreeSet<Fingerprint> =
            incident.notified_firing.intersection(&self.active).copied().collect();
        let due = incident.notified_at + repeat <= now && incident.acknowledged.is_none();
        if !due || notified_firing.is_empty() || !branch.hours.open(now) {
            return;
        }
        let step = incident.escalation.as_ref().map_or(0, |escalation| escalation.step);
        let mut people: BTreeSet<Recipient> =
            branch.page.iter().flat_map(|policy| policy_recipients(routing, policy, step, now)).collect();
        people.extend(branch_recipients(routing, branch));
        let text = format!(
            "still firing after {}, and nobody acknowledged",
            to_the_second(now - incident.notified_at)
        );
        incident.notified_at = now;
        self.notify(Kind::Firing, &notified_firing, &notified_firing, &people, &text);
    }
}
