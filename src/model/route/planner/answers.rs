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
        let now = self.view.now;
        let Some(incident) = self.memory.incident.as_mut().filter(|incident| incident.resolved_at.is_none())
        else {
            return;
        };
        let counts =
            |said: &&Acknowledgement| said.incident == incident.id && said.at_ms >= incident.opened_at;
        let Some(said) = acknowledged.iter().find(counts) else { return };
        if said.ended {
            self.end(&said.by);
            return;
        }
        if incident.acknowledged.is_some() {
            return;
        }
        incident.acknowledged = Some((said.by.clone(), said.at_ms));
        if let Some(escalation) = &mut incident.escalation {
            escalation.next_at = None;
            escalation.paused = false;
        }
        let text = format!("{} acknowledged; it is neither repeated nor escalated", said.by);
        let (told, recipients) = (incident.told.clone(), incident.recipients.clone());
        self.say(told.iter().copied(), now, Step::Answered, &text);
        self.pass_on(&told, recipients, &format!("{} acknowledged", said.by));
    }

    /// Somebody ended the incident by hand: it is over for everybody who was told, and what was told of it and still fires
    /// is quiet until it begins anew. What was not told yet is told as ever.
    fn end(&mut self, by: &str) {
        let Some(incident) = self.memory.open() else { return };
        let still: Vec<Fingerprint> = incident.carried.intersection(&self.firing).copied().collect();
        for alert in &still {
            let since = self.view.alert(*alert).map_or(self.view.now, |alert| alert.starts_at);
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

    /// Tells receivers that keep incidents of their own that somebody has this one, each recipient in its own lane, so that
    /// it arrives after what it answers.
    fn pass_on(&mut self, told: &BTreeSet<Fingerprint>, mut people: BTreeSet<Recipient>, text: &str) {
        let routing = self.view.routing;
        people.retain(|person| routing.receiver(&person.receiver).is_some_and(Receiver::keeps_incidents));
        if !people.is_empty() {
            self.notify(Kind::Acknowledged, told, told, &people, text);
        }
    }
}
