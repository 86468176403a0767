//! Inhibition: which firing alerts keep which others quiet. Sources are indexed by the labels that must agree, so that
//! asking costs no more with 50,000 alerts than with ten.

use std::collections::{BTreeSet, HashMap};

use super::policy::Inhibition;
use crate::alert::{Fingerprint, StoredAlert};
use slo_core::labels::Labels;

/// The firing sources of each rule.
#[derive(Debug, Default)]
pub(super) struct Sources {
    rules: Vec<HashMap<Vec<String>, BTreeSet<Fingerprint>>>,
}

fn agreement(rule: &Inhibition, labels: &Labels) -> Vec<String> {
    let mut agreed: Vec<String> = rule.equal.iter().map(|name| labels.get(name).to_owned()).collect();
    if let Some(except) = &rule.equal_except {
        for (name, value) in labels.iter().filter(|(name, _)| !except.iter().any(|free| free == name)) {
            agreed.extend([name.to_owned(), value.to_owned()]);
        }
    }
    agreed
}

fn matches(matchers: &[super::matcher::Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

impl Sources {
    /// Takes note that an alert fires, or does not any more. True when it was a source and is none any more.
    pub(super) fn set(&mut self, rules: &[Inhibition], alert: &StoredAlert, firing: bool) -> bool {
        self.rules.resize_with(rules.len(), HashMap::new);
        let mut ended = false;
        for (rule, sources) in rules.iter().zip(&mut self.rules) {
            if !matches(&rule.source, &alert.labels) {
                continue;
            }
            let key = agreement(rule, &alert.labels);
            if firing {
                sources.entry(key).or_default().insert(alert.fingerprint());
            } else if let Some(group) = sources.get_mut(&key) {
                ended |= group.remove(&alert.fingerprint());
                if group.is_empty() {
                    sources.remove(&key);
                }
            }
        }
        ended
    }

    /// Whether nothing that fires keeps anything quiet.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.iter().all(HashMap::is_empty)
    }

    /// The rule, and the alert that keeps this one quiet. As in Alertmanager, an alert that is both source and target of
    /// a rule is not kept quiet by another that is both.
    pub(super) fn of<'a>(
        &self,
        rules: &[Inhibition],
        labels: &Labels,
        alert: impl Fn(Fingerprint) -> Option<&'a StoredAlert>,
    ) -> Option<(usize, Fingerprint)> {
        for (index, (rule, sources)) in rules.iter().zip(&self.rules).enumerate() {
            if !matches(&rule.target, labels) {
                continue;
            }
            let both = matches(&rule.source, labels);
            let found = sources.get(&agreement(rule, labels)).and_then(|group| {
                group.iter().copied().find(|source| {
                    alert(*source).is_some_and(|source| !(both && matches(&rule.target, &source.labels)))
                })
            });
            if let Some(source) = found {
                return Some((index, source));
            }
        }
        None
    }
}
