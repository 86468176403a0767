//! Keeps the instances of many rules: steps them, stores what changed, and tells the sink what fires and what ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::states::{Change, States};
use super::{Alerting, FireReport};
use slo_base::store::StoreError;
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};
use slo_model::alert::state::{Instance, Instances, Observation, Phase, Timing, Transition};
use slo_model::alert::{AlertSink, BurnChart, Fingerprint};

/// A firing alert is told again after so long; Prometheus' `rules.alert.resend-delay`.
const RESEND: Span = Span::minutes(1);
/// That an alert still stands as it did is written this seldom.
const TOUCH: Span = Span::minutes(1);

type Key = (String, Fingerprint);

/// What of an instance is worth a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    phase: Phase,
    active_at: Timestamp,
    fired_at: Option<Timestamp>,
    keep_since: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    evaluated_at: Timestamp,
}

impl Mark {
    fn of(instance: &Instance) -> Self {
        let Instance { phase, active_at, fired_at, keep_since, resolved_at, evaluated_at, .. } = *instance;
        Self { phase, active_at, fired_at, keep_since, resolved_at, evaluated_at }
    }

    /// Whether `other` need not be written in place of this.
    fn covers(self, other: Self) -> bool {
        let same = Self { evaluated_at: other.evaluated_at, ..self } == other;
        same && other.evaluated_at - self.evaluated_at < TOUCH
    }
}

/// The alerts of the rules whose names begin alike.
pub(in crate::engine) struct Keeper {
    sink: Arc<dyn AlertSink>,
    states: Arc<dyn States>,
    /// Where people reach the engine.
    external_url: String,
    valid: Span,
    rules: BTreeMap<String, Instances>,
    saved: BTreeMap<Key, Mark>,
    told: BTreeMap<Key, (Timestamp, Phase)>,
}

impl Keeper {
    /// Goes on from what is stored of the rules whose names begin with `prefix`. `interval_of` is how often a rule is
    /// evaluated and `slowest` how often the slowest is.
    pub(in crate::engine) async fn open(
        alerting: &Alerting,
        prefix: &str,
        interval_of: impl Fn(&str) -> Span,
        slowest: Span,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut keeper = Self {
            sink: alerting.sink.clone(),
            states: alerting.states.clone(),
            external_url: alerting.around.external_url.trim_end_matches('/').to_owned(),
            valid: slowest.max(RESEND) * 4,
            rules: BTreeMap::new(),
            saved: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        for (rule, stored) in alerting.states.load().await? {
            if !rule.starts_with(prefix) {
                continue;
            }
            for instance in &stored {
                keeper.saved.insert((rule.clone(), Fingerprint::of(&instance.labels)), Mark::of(instance));
            }
            let most = interval_of(&rule) * 2 + TOUCH * 2;
            keeper.rules.insert(rule, Instances::restored(stored, now, most));
        }
        Ok(keeper)
    }

    /// The rules that something is known of, and those that are named.
    pub(in crate::engine) fn rules_and<'a>(
        &self,
        named: impl Iterator<Item = &'a String>,
    ) -> BTreeSet<String> {
        self.rules.keys().cloned().chain(named.cloned()).collect()
    }

    /// One step of a rule's alerts.
    pub(in crate::engine) fn step(
        &mut self,
        rule: &str,
        seen: Vec<(Observation, Timing)>,
        timing: impl Fn(&Labels) -> Timing,
        unclear: impl Fn(&Instance) -> bool,
        now: Timestamp,
    ) -> Vec<Transition> {
        if seen.is_empty() && !self.rules.contains_key(rule) {
            return Vec::new();
        }
        let instances = self.rules.entry(rule.to_owned()).or_default();
        let transitions = instances.advance(seen, timing, unclear, now);
        if instances.is_empty() {
            self.rules.remove(rule);
        }
        for Transition { labels, from, to, reason, .. } in &transitions {
            let (from, to) = (from.as_str(), to.as_str());
            tracing::info!(rule, %labels, from, to, reason, "alert");
        }
        transitions
    }

    /// Every alert that is known, with its rule.
    pub(in crate::engine) fn instances(&self) -> impl Iterator<Item = (&str, &Instance)> {
        self.rules
            .iter()
            .flat_map(|(rule, instances)| instances.iter().map(move |instance| (rule.as_str(), instance)))
    }

    /// The alerts of one rule.
    pub(in crate::engine) fn of(&self, rule: &str) -> impl Iterator<Item = &Instance> {
        self.rules.get(rule).into_iter().flat_map(Instances::iter)
    }

    /// What is known of one alert of a rule.
    pub(in crate::engine) fn get(&self, rule: &str, labels: &Labels) -> Option<&Instance> {
        self.rules.get(rule)?.get(labels)
    }

    /// Adds a chart to an alert of a rule, to be stored and told with it.
    pub(in crate::engine) fn set_chart(&mut self, rule: &str, labels: &Labels, chart: BurnChart) {
        if let Some(instances) = self.rules.get_mut(rule) {
            instances.set_chart(labels, chart);
        }
    }

    /// Stores what changed, then tells the sink. What fails is done again with the next call; that states cannot be
    /// stored keeps no page back. Answers what went wrong.
    pub(in crate::engine) async fn settle(&mut self, now: Timestamp) -> Vec<String> {
        let mut report = FireReport::default();
        if let Err(error) = self.save().await {
            report.problems.push(error.to_string());
        }
        if let Err(error) = self.tell(now).await {
            report.problems.push(error);
        }
        for problem in &report.problems {
            tracing::error!(problem, "alerts");
        }
        report.problems
    }

    async fn save(&mut self) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        let mut marks: BTreeMap<Key, Mark> = BTreeMap::new();
        for (rule, instance) in self.instances() {
            let (fingerprint, mark) = (Fingerprint::of(&instance.labels), Mark::of(instance));
            let key = (rule.to_owned(), fingerprint);
            let known = self.saved.get(&key).copied();
            if let Some(known) = known.filter(|known| known.covers(mark)) {
                marks.insert(key, known);
                continue;
            }
            let rule = rule.to_owned();
            changes.push(Change { rule, fingerprint, instance: Some(instance.clone()) });
            marks.insert(key, mark);
        }
        for (rule, fingerprint) in self.saved.keys().filter(|key| !marks.contains_key(key)) {
            changes.push(Change { rule: rule.clone(), fingerprint: *fingerprint, instance: None });
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.states.save(&changes).await?;
        self.saved = marks;
        Ok(())
    }

    async fn tell(&mut self, now: Timestamp) -> Result<(), String> {
        let (mut alerts, mut keys) = (Vec::new(), Vec::new());
        let mut known = BTreeSet::new();
        for (rule, instance) in self.instances() {
            let Some(alert) = instance.alert(self.valid, &self.external_url) else { continue };
            let key = (rule.to_owned(), Fingerprint::of(&instance.labels));
            known.insert(key.clone());
            let told = self.told.get(&key);
            if told.is_none_or(|(at, phase)| *phase != instance.phase || now - *at >= RESEND) {
                alerts.push(alert);
                keys.push((key, instance.phase));
            }
        }
        self.told.retain(|key, _| known.contains(key));
        if alerts.is_empty() {
            return Ok(());
        }
        self.sink.post(alerts).await.map_err(|error| error.to_string())?;
        self.told.extend(keys.into_iter().map(|(key, phase)| (key, (now, phase))));
        Ok(())
    }
}
