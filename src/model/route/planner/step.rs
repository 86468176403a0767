//! One step: what changed, what came due, and the evaluation of each group concerned.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::group::{GroupContext, GroupEvaluation, Next};
use super::{Group, Input, Plan, Planner};
use crate::alert::{Fingerprint, StoredAlert};
use crate::route::memory::GroupKey;
use crate::route::silence::Silence;
use crate::route::{Reason, Step};
use slo_core::time::{Span, Timestamp};

/// Heartbeats of which is remembered that they were explained.
const MAX_HEARTBEATS_SEEN: usize = 1000;

impl Planner {
    /// Decides what is due. The same planner, or one made anew of its memory, decides the same.
    pub fn step(&mut self, input: &Input<'_>) -> Plan {
        let mut plan = Plan::default();
        let now = input.now;
        let mut dirty = BTreeSet::new();
        // Evaluated besides, though nothing of theirs changed or came due.
        let mut besides = BTreeSet::new();
        let is_fresh = std::mem::take(&mut self.fresh);
        if is_fresh {
            besides.extend(self.groups.keys().cloned());
        }
        let mut unmuted = false;
        for alert in input.changed {
            unmuted |= self.change(alert, now, &mut dirty, &mut plan);
        }
        // What ended before the planner was made ended then, not now.
        unmuted |= self.end(now, if is_fresh { &mut besides } else { &mut dirty });
        let silences: Vec<(&Silence, Timestamp)> = input
            .silences
            .iter()
            .filter_map(|silence| silence.quiet_until(now).map(|until| (silence.as_ref(), until)))
            .collect();
        let marks: Vec<(String, Timestamp)> =
            silences.iter().map(|(silence, until)| (silence.body.id.clone(), *until)).collect();
        if unmuted || marks != self.silences {
            besides.extend(self.muted.iter().cloned());
            self.silences = marks;
        }
        for acknowledgement in input.acknowledged {
            let Some(key) = self.incidents.get(&acknowledgement.incident) else { continue };
            let Some(incident) = self.groups.get_mut(key).and_then(|group| group.memory.incident.as_mut())
            else {
                continue;
            };
            let news = incident.acknowledged.is_none() || acknowledgement.ended;
            if news && acknowledgement.at >= incident.opened_at {
                dirty.insert(key.clone());
            }
        }
        while let Some((at, key)) = self.due.first().filter(|(at, _)| *at <= now).cloned() {
            self.due.remove(&(at, key.clone()));
            dirty.insert(key);
        }
        for key in dirty.union(&besides) {
            self.evaluate(key, dirty.contains(key), input, &silences, &mut plan);
        }
        plan.wake_at = self.wake(now, &silences);
        plan
    }

    fn wake(&self, now: Timestamp, silences: &[(&Silence, Timestamp)]) -> Option<Timestamp> {
        let due = self.due.first().map(|(at, _)| *at);
        let ends = self.ends.first().map(|(at, _)| *at);
        let loud = silences.iter().map(|(_, until)| *until).min().filter(|_| !self.muted.is_empty());
        [due, ends, loud].into_iter().flatten().min().map(|at| at.max(now + Span::MILLISECOND))
    }

    /// Takes in an alert. True when it was a source of inhibition and is none any more.
    fn change(
        &mut self,
        alert: &Arc<StoredAlert>,
        now: Timestamp,
        dirty: &mut BTreeSet<GroupKey>,
        plan: &mut Plan,
    ) -> bool {
        let fingerprint = alert.fingerprint();
        if let Some(expected) = self.routing.heartbeats().of(&alert.labels) {
            if self.heartbeats_seen.len() < MAX_HEARTBEATS_SEEN && self.heartbeats_seen.insert(fingerprint) {
                let text = format!(
                    "the heartbeat of {}: it is expected, and nobody is notified of it",
                    expected.name
                );
                let step = Step::Heartbeat;
                plan.reasons.push(Reason { at: now, fingerprint: Some(fingerprint), step, text });
            }
            return false;
        }
        let firing = !alert.is_resolved(now);
        if let Some(entry) = self.alerts.get_mut(&fingerprint) {
            let again = entry.firing == firing && entry.alert.starts_at == alert.starts_at;
            self.ends.remove(&(entry.alert.ends_at, fingerprint));
            entry.alert.clone_from(alert);
            if firing {
                self.ends.insert((alert.ends_at, fingerprint));
            }
            if again {
                return false;
            }
            let returns = firing && !entry.firing;
            entry.firing = firing;
            dirty.extend(entry.groups.iter().cloned());
            if returns {
                // It may have left some of its groups.
                self.enter(alert.clone());
                dirty.extend(self.groups_of(fingerprint).iter().cloned());
                self.explain(fingerprint, now, plan);
                return false;
            }
            return self.sources.set(&self.routing.parts().inhibitions, alert, firing);
        }
        if !firing {
            // It began and ended unseen.
            return false;
        }
        self.enter(alert.clone());
        dirty.extend(self.groups_of(fingerprint).iter().cloned());
        self.explain(fingerprint, now, plan);
        false
    }

    /// Ends alerts whose time is over. True when one of them was a source of inhibition.
    fn end(&mut self, now: Timestamp, dirty: &mut BTreeSet<GroupKey>) -> bool {
        let mut source = false;
        while let Some((at, fingerprint)) = self.ends.first().copied().filter(|(at, _)| *at <= now) {
            self.ends.remove(&(at, fingerprint));
            let Some(entry) = self.alerts.get_mut(&fingerprint) else { continue };
            entry.firing = false;
            dirty.extend(entry.groups.iter().cloned());
            source |= self.sources.set(&self.routing.parts().inhibitions, &entry.alert, false);
        }
        source
    }

    /// Says which branches an alert took, and into which groups.
    fn explain(&self, fingerprint: Fingerprint, now: Timestamp, plan: &mut Plan) {
        for key in self.groups_of(fingerprint) {
            let Some(memory) = self.memory(key) else { continue };
            let Some(branch) = self.routing.branch(&memory.branch) else { continue };
            let mut give_reason = |step: Step, text: String| {
                plan.reasons.push(Reason { at: now, fingerprint: Some(fingerprint), step, text });
            };
            give_reason(
                Step::Matched,
                format!("{} ({}): {}, to {}", branch.id, branch.path, branch.priority, branch.destination),
            );
            let shared =
                if memory.labels.is_empty() { "nothing".to_owned() } else { memory.labels.to_string() };
            give_reason(Step::Grouped, format!("with alerts that share {shared}"));
        }
    }

    /// Looks at a group and keeps what became of it.
    fn evaluate(
        &mut self,
        key: &GroupKey,
        is_due: bool,
        input: &Input<'_>,
        silences: &[(&Silence, Timestamp)],
        plan: &mut Plan,
    ) {
        let Some(mut group) = self.groups.remove(key) else { return };
        let before = group.memory.clone();
        if let Some(at) = group.due.take() {
            self.due.remove(&(at, key.clone()));
        }
        let context = GroupContext {
            now: input.now,
            is_due,
            key,
            routing: &self.routing,
            alerts: &self.alerts,
            sources: &self.sources,
            silences,
        };
        let next = GroupEvaluation::at(&context, &mut group, plan).decide(input.acknowledged);
        if let Some(incident) = before.open() {
            self.incidents.remove(&incident.id);
        }
        if let Some(incident) = group.memory.open() {
            self.incidents.insert(incident.id.clone(), key.clone());
        }
        self.dismiss(key, &mut group);
        if group.mutes.is_empty() {
            self.muted.remove(key)
        } else {
            self.muted.insert(key.clone())
        };
        if matches!(next, Next::Forget) {
            // Nothing is under way.
            if group.stored {
                plan.groups.push((key.clone(), None));
            }
            for member in std::mem::take(&mut group.members) {
                self.leave(member, key);
            }
            self.muted.remove(key);
            return;
        }
        if group.memory != before || !group.stored {
            plan.groups.push((key.clone(), Some(group.memory.clone())));
            group.stored = true;
        }
        if let Next::At(at) = next {
            let at = at.max(input.now + Span::MILLISECOND);
            group.due = Some(at);
            self.due.insert((at, key.clone()));
        }
        self.groups.insert(key.clone(), group);
    }

    /// Lets members go that are over and that no message will mention again.
    fn dismiss(&mut self, key: &GroupKey, group: &mut Group) {
        let notified = group.memory.open().map(|incident| &incident.notified);
        let over: Vec<Fingerprint> = group
            .members
            .iter()
            .filter(|member| {
                let firing = self.alerts.get(member).is_some_and(|entry| entry.firing);
                !firing && !notified.is_some_and(|notified| notified.contains(member))
            })
            .copied()
            .collect();
        for member in over {
            group.members.remove(&member);
            group.mutes.remove(&member);
            self.leave(member, key);
        }
    }
}
