//! The alerts of one rule, step by step.

use std::collections::BTreeMap;

use super::{Instance, Observation, Phase, Timing, Transition, step};
use crate::alert::BurnChart;
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};

/// The alerts of one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Instances {
    known: BTreeMap<Labels, Instance>,
}

impl Instances {
    /// Goes on from what was stored. Time in which nobody looked counts neither for nor against a pending alert: when
    /// that is longer than `most`, its wait is put off by it.
    pub fn restored(stored: impl IntoIterator<Item = Instance>, now: Timestamp, most: Span) -> Self {
        let resume = |mut instance: Instance| {
            let away = now - instance.evaluated_at;
            if away > most && instance.phase == Phase::Pending {
                instance.active_at += away;
            }
            if away > most
                && let Some(since) = &mut instance.keep_since
            {
                *since += away;
            }
            (instance.labels.clone(), instance)
        };
        Self { known: stored.into_iter().map(resume).collect() }
    }

    /// One step of every alert: those that are observed, and those that are known and are not. Alerts of which `unclear`
    /// is true and that are not observed stay as they are: not to know is neither good nor bad.
    pub fn advance(
        &mut self,
        seen: Vec<(Observation, Timing)>,
        timing_of_known: impl Fn(&Labels) -> Timing,
        unclear: impl Fn(&Instance) -> bool,
        now: Timestamp,
    ) -> Vec<Transition> {
        let mut transitions = Vec::new();
        let mut before = std::mem::take(&mut self.known);
        let mut take = |known: Option<Instance>, seen: Option<Observation>, timing: Timing| {
            let (next, transition) = step(known, seen, timing, now);
            transitions.extend(transition);
            next
        };
        for (seen, timing) in seen {
            let labels = seen.labels.clone();
            let next = take(before.remove(&labels), Some(seen), timing);
            self.known.extend(next.map(|next| (labels, next)));
        }
        for (labels, known) in before {
            let next = if unclear(&known) && known.phase != Phase::Resolved {
                Some(Instance { evaluated_at: now, ..known })
            } else {
                take(Some(known), None, timing_of_known(&labels))
            };
            self.known.extend(next.map(|next| (labels, next)));
        }
        transitions
    }

    /// What is known of one alert.
    pub fn get(&self, labels: &Labels) -> Option<&Instance> {
        self.known.get(labels)
    }

    /// Adds a chart to an alert that is known; the next observation replaces it.
    pub fn set_chart(&mut self, labels: &Labels, chart: BurnChart) {
        if let Some(instance) = self.known.get_mut(labels) {
            instance.context.get_or_insert_default().chart = Some(chart);
        }
    }

    /// What is known.
    pub fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.known.values()
    }

    /// How many alerts are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
