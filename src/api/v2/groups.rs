//! `/api/v2/alerts/groups`: alerts as they are notified together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;

use super::AlertService;
use super::alerts::{Listed, Named, View, off_thread};
use super::params::Wanted;
use slo_core::labels::Labels;
use slo_incidents::alerts::AlertEntry;
use slo_incidents::notify::ports::Destination;

/// A group's labels and its receiver, in the order in which groups are listed.
type Key<'a> = (Vec<(&'a str, &'a str)>, &'a str);

#[derive(Serialize)]
struct Group<'a> {
    alerts: Vec<Listed<'a>>,
    labels: &'a Labels,
    receiver: Named<'a>,
}

pub(super) async fn list(State(service): State<AlertService>, RawQuery(query): RawQuery) -> Response {
    match Wanted::parse(query.as_deref()) {
        Ok(wanted) => off_thread(move || render(&service, wanted)).await,
        Err(response) => response,
    }
}

fn render(service: &AlertService, wanted: Wanted) -> Result<Vec<u8>, serde_json::Error> {
    let view = View::new(service, wanted);
    let alerts = service.alerts.all();
    let routed: Vec<(&AlertEntry, Vec<Destination>)> =
        alerts.iter().map(|known| (known, view.routes.destinations(known.0, &known.1.labels))).collect();
    // In order of labels, then of receivers.
    let mut groups: BTreeMap<Key, (&Labels, Vec<Listed>)> = BTreeMap::new();
    for (known, destinations) in &routed {
        let receivers: BTreeSet<&str> = destinations.iter().map(|to| to.receiver.as_ref()).collect();
        for Destination { receiver, group } in destinations {
            if !view.wanted.receiver_matches(receiver) {
                continue;
            }
            if let Some(listed) = view.list(known, receivers.iter().copied()) {
                let receiver: &Arc<str> = receiver;
                let key = (group.iter().collect(), receiver.as_ref());
                groups.entry(key).or_insert_with(|| (group, Vec::new())).1.push(listed);
            }
        }
    }
    let groups: Vec<Group> = groups
        .into_iter()
        .map(|((_, receiver), (labels, alerts))| Group { alerts, labels, receiver: Named { name: receiver } })
        .collect();
    let mut body = serde_json::to_vec(&groups)?;
    body.push(b'\n');
    Ok(body)
}
