//! Silences as pages show them, and what they mute.

use std::sync::Arc;

use serde_json::{Value, json};

use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_incidents::AlertService;
use slo_incidents::alerts::AlertEntry;
use slo_incidents::silences::{Silence, SilenceState};
use slo_model::route::matcher::MatcherSpec;

/// The most alerts among which those that a silence mutes are counted on every page: each is compared with each.
const MOST_COUNTED: usize = 20_000;

/// The alerts that fire at a time.
pub(super) struct Crowd {
    now: Timestamp,
    alerts: Vec<AlertEntry>,
}

impl Crowd {
    /// Of all that are known.
    pub(super) fn of(service: &AlertService, now: Timestamp) -> Self {
        let mut alerts = service.alerts.all();
        alerts.retain(|(_, alert)| !alert.is_resolved(now));
        Self { now, alerts }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &AlertEntry> {
        self.alerts.iter()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Those that a silence mutes, or would.
    pub(super) fn muted<'a>(&'a self, silence: &'a Silence) -> impl Iterator<Item = &'a AlertEntry> {
        self.alerts.iter().filter(|(_, alert)| silence.matches(&alert.labels))
    }

    /// How many any of the silences mutes; `None` where counting would take long.
    pub(super) fn muted_by_any(&self, active: &[Arc<Silence>]) -> Option<usize> {
        let muted = |known: &&AlertEntry| active.iter().any(|silence| silence.matches(&known.1.labels));
        self.is_small().then(|| self.alerts.iter().filter(muted).count())
    }

    /// Those that have labels; an empty set of them is had by all.
    pub(super) fn with<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = &'a AlertEntry> {
        self.alerts.iter().filter(|(_, alert)| alert.labels.has_all(labels))
    }

    /// Whether every alert may be compared with everything on a page.
    pub(super) fn is_small(&self) -> bool {
        self.alerts.len() <= MOST_COUNTED
    }

    /// A silence as a page shows it.
    pub(super) fn listed(&self, silence: &Silence) -> Value {
        let (starts_at, ends_at) = silence.occurrence(self.now);
        let state = silence.state(self.now);
        let counts = state == SilenceState::Active && self.is_small();
        json!({
            "id": silence.body.id,
            "state": state.as_str(),
            "matchers": written(&silence.body.matchers),
            "created_by": silence.body.created_by,
            "comment": silence.body.comment,
            "starts_at": starts_at.ms(),
            "ends_at": ends_at.ms(),
            "again": silence.body.series.as_ref().map(|series| format!("{} ({})", series.rule, series.time_zone)),
            "mutes": counts.then(|| self.muted(silence).count()),
        })
    }
}

/// Matchers as they can be read again.
pub(super) fn written(matchers: &[MatcherSpec]) -> String {
    matchers.iter().map(MatcherSpec::to_string).collect::<Vec<_>>().join(", ")
}

/// Those that are not over, in the order in which they end or begin.
pub(super) fn unexpired(service: &AlertService, now: Timestamp) -> Vec<Arc<Silence>> {
    let mut all = service.silences.all();
    all.retain(|silence| silence.state(now) != SilenceState::Expired);
    all
}
