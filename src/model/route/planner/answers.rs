//! What somebody's answer makes of a group: taken on, or ended by hand.

use std::collections::BTreeSet;

use super::Acknowledgement;
use super::group::GroupEvaluation;
use crate::alert::Fingerprint;
use crate::route::memory::Recipient;
use crate::route::{Kind, Receiver, Step};

impl GroupEvaluation<'_> {
    /// Takes in the answer to the open incident, if there is one and it is new.
    pub(super) fn acknowledge(&mut self, acknowledged: &[Acknowledgement]) {
        let now = self.context.now;
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let counts = |said: &&Acknowledgement| said.incident == incident.id && said.at >= incident.opened_at;
        let Some(said) = acknowledged.iter().find(counts) else { return };
        if said.ended {
            self.end(&said.by);
            return;
        }
        if incident.acknowledged.is_some() {
            return;
        }
        incident.acknowledged = Some((said.by.clone(), said.at));
        if let Some(escalation) = &mut incident.escalation {
            escalation.next_at = None;
            escalation.paused = false;
        }
        let text = format!("{} acknowledged; it is neither repeated nor escalated", said.by);
        let (notified_firing, recipients) = (incident.notified_firing.clone(), incident.recipients.clone());
        self.give_reason(notified_firing.iter().copied(), now, Step::Answered, &text);
        self.notify_acknowledged(&notified_firing, recipients, &format!("{} acknowledged", said.by));
    }

    /// Somebody ended the incident by hand: it is over for everybody who was notified, and what they were notified of and
    /// still fires is muted until it begins anew. What nobody was notified of yet is sent as ever.
    fn end(&mut self, by: &str) {
        let Some(incident) = self.memory.open() else { return };
        let still: Vec<Fingerprint> = incident.notified.intersection(&self.firing).copied().collect();
        for alert in &still {
            let since = self.context.alert(*alert).map_or(self.context.now, |alert| alert.starts_at);
            self.memory.ended.insert(*alert, since);
            self.active.remove(alert);
        }
        let fires = match still.len() {
            0 => String::new(),
            1 => ", though it still fires".to_owned(),
            many => format!(", though {many} of its alerts still fire"),
        };
        self.resolve(&format!("{by} ended it by hand{fires}"));
    }

    /// Notifies receivers that keep incidents of their own that somebody has this one, each recipient in its own lane, so that
    /// it arrives after what it answers.
    fn notify_acknowledged(
        &mut self,
        notified_firing: &BTreeSet<Fingerprint>,
        mut people: BTreeSet<Recipient>,
        text: &str,
    ) {
        let routing = self.context.routing;
        people.retain(|person| routing.receiver(&person.receiver).is_some_and(Receiver::keeps_incidents));
        if !people.is_empty() {
            self.notify(Kind::Acknowledged, notified_firing, notified_firing, &people, text);
        }
    }
}
