//! What the desk asks of routing, and of whoever sends: small traits, so that the desk is tested without them.

use std::sync::Arc;

use super::pairs::Pairs;
use crate::alert::Fingerprint;

/// Where an alert goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The receiver's name.
    pub receiver: Arc<str>,
    /// The labels of the group it is in there.
    pub group: Pairs,
}

/// What routing says about alerts, for those who list them.
pub trait Routes: Send + Sync {
    /// The names of all receivers.
    fn receivers(&self) -> Vec<String>;

    /// Where an alert goes; at least one destination.
    fn destinations(&self, labels: &Pairs) -> Vec<Destination>;

    /// The alerts that mute this one now.
    fn inhibitors(&self, alert: Fingerprint) -> Vec<Fingerprint>;

    /// The routing as an Alertmanager configuration, without secrets.
    fn original(&self) -> String;
}

/// All alerts in one group of one receiver: what a desk without routing says.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRoutes;

impl Routes for NoRoutes {
    fn receivers(&self) -> Vec<String> {
        vec!["default".to_owned()]
    }

    fn destinations(&self, _: &Pairs) -> Vec<Destination> {
        vec![Destination { receiver: Arc::from("default"), group: Pairs::default() }]
    }

    fn inhibitors(&self, _: Fingerprint) -> Vec<Fingerprint> {
        Vec::new()
    }

    fn original(&self) -> String {
        "route:\n  receiver: default\nreceivers:\n- name: default\n".to_owned()
    }
}
