//! Incidents of the period, and who was called for them.

use std::collections::{BTreeMap, BTreeSet};

use slo_base::store::{Store, StoreError};
use slo_core::names;
use slo_core::time::{TimeRange, Timestamp};
use slo_delivery::Outbox;
use slo_incidents::incidents::{Incident, Mark, open_in};
use slo_model::alert::Priority;
use slo_model::route::{Kind, Notification};
use slo_report::facts::{IncidentFacts, Judgement, PageFacts};

/// What was found.
pub(super) struct Recorded {
    pub(super) incidents: Vec<IncidentFacts>,
    pub(super) pages: Vec<PageFacts>,
    pub(super) notifications_from: Option<Timestamp>,
}

/// Incidents that were open at some time of `range`, as they were at `until`, and pages of that time.
pub(super) async fn read(store: &Store, range: TimeRange, until: Timestamp) -> Result<Recorded, StoreError> {
    let within = TimeRange::new(range.after, until.min(range.until));
    let incidents: Vec<IncidentFacts> =
        open_in(store, within).await?.into_iter().map(|incident| facts(incident, until)).collect();
    let outbox = Outbox::new(store.clone());
    let notifications_from = outbox.kept_from().await?;
    let ids: Vec<String> = incidents.iter().map(|incident| incident.id.clone()).collect();
    let notifications = outbox.of_incidents(&ids, within).await?;
    let pages = pages(&incidents, &notifications, notifications_from, within);
    Ok(Recorded { incidents, pages, notifications_from })
}

/// What happened after `until` is not known yet.
fn facts(incident: Incident, until: Timestamp) -> IncidentFacts {
    let then = |at: Option<Timestamp>| at.filter(|at| *at <= until);
    let label = |name: &str| incident.labels.get(name).to_owned();
    IncidentFacts {
        service: label(names::SERVICE),
        slo: label(names::SLO),
        objective: label(names::OBJECTIVE),
        acknowledged_at: then(incident.acknowledged_at),
        acknowledged_by: incident.acknowledged_by.filter(|_| then(incident.acknowledged_at).is_some()),
        resolved_at: incident.resolved_at,
        resolved_by_hand: incident.resolved_by.is_some(),
        judgement: incident.mark.map(|mark| match mark {
            Mark::Useful => Judgement::Useful,
            Mark::Noise => Judgement::Noise,
            Mark::FalsePositive => Judgement::FalsePositive,
        }),
        id: incident.id,
        title: incident.title,
        rule: incident.rule,
        priority: incident.priority,
        opened_at: incident.opened_at,
        reopened: incident.reopened,
    }
}

/// P1 and P2 call somebody; the others are mails and digests.
fn calls(priority: Priority) -> bool {
    matches!(priority, Priority::P1 | Priority::P2)
}

fn is_page(notification: &Notification) -> bool {
    let kind = match notification.kind {
        Kind::Firing | Kind::Escalation | Kind::Failover => true,
        Kind::Resolved | Kind::Digest | Kind::Flapping | Kind::Acknowledged | Kind::Heartbeat => false,
    };
    kind && calls(notification.priority)
}

/// The messages that called somebody. Where some of an incident's went to people, those to receivers are copies for a
/// channel, and not pages. An incident from before records are kept called somebody when it was opened.
fn pages(
    incidents: &[IncidentFacts],
    notifications: &[Notification],
    kept_from: Option<Timestamp>,
    within: TimeRange,
) -> Vec<PageFacts> {
    let mut by_incident: BTreeMap<&str, Vec<&Notification>> = BTreeMap::new();
    for notification in notifications.iter().filter(|one| is_page(one)) {
        if let Some(incident) = notification.incident.as_deref() {
            by_incident.entry(incident).or_default().push(notification);
        }
    }
    let mut pages = Vec::new();
    for incident in incidents.iter().filter(|incident| calls(incident.priority)) {
        let page = |at: Timestamp, whom: &str, is_person: bool, is_escalation: bool| PageFacts {
            at,
            incident: incident.id.clone(),
            whom: whom.to_owned(),
            is_person,
            is_escalation,
        };
        let Some(sent) = by_incident.get(incident.id.as_str()) else {
            let is_recorded = kept_from.is_some_and(|from| incident.opened_at >= from);
            if !is_recorded && within.contains(incident.opened_at) {
                pages.push(page(incident.opened_at, "", false, false));
            }
            continue;
        };
        let to_people = sent.iter().any(|one| one.person.is_some());
        // One person is called once a moment, by however many receivers.
        let mut seen = BTreeSet::new();
        for one in sent.iter().filter(|one| !to_people || one.person.is_some()) {
            let whom = one.person.as_deref().unwrap_or(&one.receiver);
            if seen.insert((one.due_at, whom)) {
                pages.push(page(one.due_at, whom, one.person.is_some(), one.kind == Kind::Escalation));
            }
        }
    }
    pages.sort_by(|a, b| {
        a.at.cmp(&b.at).then_with(|| a.incident.cmp(&b.incident)).then_with(|| a.whom.cmp(&b.whom))
    });
    pages
}
