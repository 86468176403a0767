//! What mutes an alert, whom a branch notifies, and what a notification contains.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{GroupContext, GroupEvaluation};
use super::inhibitor;
use crate::alert::Fingerprint;
use crate::route::local::show;
use crate::route::memory::Recipient;
use crate::route::policy::Target;
use crate::route::routing::{Branch, Routing};
use crate::route::{NotifiedAlert, Step};
use slo_core::time::Timestamp;

/// Most alerts in a message, and most reasons of one kind that a step gives about a group. What is beyond is counted in
/// the message's reason.
pub(super) const MAX_NOTIFIED: usize = 500;

impl GroupContext<'_> {
    /// The step and the reason why an alert is muted, if it is.
    pub(super) fn mute(&self, fingerprint: Fingerprint) -> Option<(Step, String)> {
        let alert = self.alert(fingerprint)?;
        if let Some((silence, until)) =
            self.silences.iter().find(|(silence, _)| silence.matches(&alert.labels))
        {
            let until = show(self.routing.parts().zone, *until);
            let (by, id, comment) = (&silence.body.created_by, &silence.body.id, &silence.body.comment);
            return Some((Step::Silenced, format!("silence {id} by {by} until {until}: {comment}")));
        }
        let (rule, source) = inhibitor(self.sources, self.routing, self.alerts, &alert.labels)?;
        let source = self.alert(source).map(|alert| alert.labels.to_string()).unwrap_or_default();
        Some((Step::Inhibited, format!("inhibition rule {} lets {source} speak for it", rule + 1)))
    }

    /// Why an alert that nothing mutes any more is muted still: the effects of a cause often outlast it by a little,
    /// so they get the group's interval to end, too. `inhibited_until` is the group's memory of it.
    pub(super) fn outlasts(
        &self,
        fingerprint: Fingerprint,
        muted: Option<&(Step, String)>,
        branch: &Branch,
        inhibited_until: &mut BTreeMap<Fingerprint, Timestamp>,
    ) -> Option<(Step, String)> {
        match muted {
            Some((Step::Inhibited, _)) => {
                if self.is_due || inhibited_until.contains_key(&fingerprint) {
                    inhibited_until.insert(fingerprint, Timestamp::MAX);
                }
                None
            }
            Some(_) => None,
            None => {
                let until = inhibited_until.get_mut(&fingerprint)?;
                if *until == Timestamp::MAX {
                    *until = self.now + branch.group_interval;
                }
                if *until <= self.now {
                    inhibited_until.remove(&fingerprint);
                    return None;
                }
                let until = show(self.routing.parts().zone, *until);
                Some((
                    Step::Inhibited,
                    format!("what spoke for it is over; it is sent at {until} if it still fires"),
                ))
            }
        }
    }

    pub(super) fn notified(&self, fingerprint: Fingerprint) -> Option<NotifiedAlert> {
        let entry = self.alerts.get(&fingerprint)?;
        let alert = &entry.alert;
        Some(NotifiedAlert {
            fingerprint,
            labels: alert.labels.clone(),
            annotations: alert.annotations.to_labels(),
            starts_at: alert.starts_at,
            ended_at: (!entry.firing).then_some(alert.ends_at),
            generator_url: alert.generator_url.to_string(),
            context: alert.context.clone(),
        })
    }
}

/// The receivers that a branch notifies besides its escalation policy.
pub(crate) fn branch_recipients(routing: &Routing, branch: &Branch) -> BTreeSet<Recipient> {
    branch.receivers.iter().map(|name| receiver(routing, name)).collect()
}

fn receiver(routing: &Routing, name: &str) -> Recipient {
    let failover = routing.receiver(name).and_then(|receiver| receiver.failover.clone());
    Recipient { receiver: name.to_owned(), person: None, failover }
}

fn person(routing: &Routing, name: &str) -> Option<Recipient> {
    let mut receivers = routing.person(name)?.receivers.iter();
    let first = receivers.next()?;
    let failover = receivers.next().cloned().or_else(|| routing.receiver(first)?.failover.clone());
    Some(Recipient { receiver: first.clone(), person: Some(name.to_owned()), failover })
}

/// Whom a step of a policy notifies at a time; nobody when nobody is on call.
pub(crate) fn policy_recipients(
    routing: &Routing,
    policy: &str,
    step: usize,
    at: Timestamp,
) -> BTreeSet<Recipient> {
    let targets = routing.steps(policy).get(step).map(|level| level.notify.as_slice()).unwrap_or_default();
    targets
        .iter()
        .flat_map(|target| match target {
            Target::Receiver(name) => vec![receiver(routing, name)],
            Target::Person(name) => person(routing, name).into_iter().collect(),
            Target::Schedule(name) => {
                let people = routing.schedule(name).map(|schedule| schedule.at(at)).unwrap_or_default();
                people.iter().filter_map(|name| person(routing, name)).collect()
            }
        })
        .collect()
}

/// The first step from `step` on that reaches somebody at a time, and whom.
pub(crate) fn next_reachable_step(
    routing: &Routing,
    policy: &str,
    step: usize,
    at: Timestamp,
) -> Option<(usize, BTreeSet<Recipient>)> {
    (step..routing.steps(policy).len())
        .map(|step| (step, policy_recipients(routing, policy, step, at)))
        .find(|(_, people)| !people.is_empty())
}

impl GroupEvaluation<'_> {
    /// Copies of alerts, the first of them `first`, and how many found no place.
    pub(super) fn copies(
        &self,
        first: &BTreeSet<Fingerprint>,
        all: &BTreeSet<Fingerprint>,
    ) -> (Vec<NotifiedAlert>, usize) {
        let rest = all.difference(first);
        let alerts =
            first.iter().chain(rest).take(MAX_NOTIFIED).filter_map(|alert| self.context.notified(*alert));
        (alerts.collect(), all.union(first).count().saturating_sub(MAX_NOTIFIED))
    }
}
