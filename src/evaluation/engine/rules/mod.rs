//! Prometheus' rule files, evaluated on their intervals against the source. As in Prometheus, the rules of a group are
//! evaluated in order at one moment, groups beside each other; a rule that cannot be evaluated leaves its alerts as
//! they were. What recording rules compute goes into the embedded store; a remote Prometheus cannot be written, which
//! is said once when the rules are taken.

mod evaluate;
mod series;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::alerts::{Alerting, FireReport, Keeper};
use evaluate::{Outcome, Ready};
use slo_base::clock::Clock;
use slo_base::store::StoreError;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::{Span, Timestamp};
use slo_model::alert::rule::{ExternalContext, Rule, RuleGroup};
use slo_model::alert::state::{Instance, Observation, Timing};
use slo_model::source::{SeriesWriter, Source};

/// How often groups are evaluated that do not say.
pub const DEFAULT_INTERVAL: Span = Span::from_seconds(30);
/// Groups evaluated beside each other.
const GROUPS_AT_ONCE: usize = 4;
/// The alert of a group that cannot be evaluated, and how long that is tolerated.
const FAILING_ALERT: &str = "RuleEvaluationFailing";
const FAILING_HOLD: Span = Span::minutes(10);
/// The name under which those alerts are kept.
const OWN_RULE: &str = "rule:engine";

/// Evaluates rule groups.
pub struct Rules {
    source: Arc<dyn Source>,
    writer: Option<Arc<dyn SeriesWriter>>,
    around: ExternalContext,
    groups: Vec<Ready>,
    keeper: Keeper,
    written: series::Written,
    /// Why a rule failed last, so that each reason is logged once.
    failing: BTreeMap<String, String>,
}

impl Rules {
    /// Goes on from what is stored, with `groups`, at `now`.
    pub async fn open(
        alerting: &Alerting,
        source: Arc<dyn Source>,
        groups: Vec<RuleGroup>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let slowest = groups.iter().map(interval).max().unwrap_or(DEFAULT_INTERVAL);
        let keeper = Keeper::open(alerting, "rule:", |_| slowest, slowest, now).await?;
        let mut rules = Self {
            source,
            writer: alerting.writer.clone(),
            around: alerting.around.clone(),
            groups: Vec::new(),
            keeper,
            written: series::Written::default(),
            failing: BTreeMap::new(),
        };
        rules.replace(groups);
        Ok(rules)
    }

    /// Takes new rules. Alerts of rules that stay keep their state; those of rules that are gone resolve.
    pub fn replace(&mut self, groups: Vec<RuleGroup>) {
        let before: BTreeMap<String, Timestamp> =
            self.groups.iter().map(|group| (group.key.clone(), group.evaluated)).collect();
        self.groups = groups.into_iter().map(|group| Ready::new(group, &before)).collect();
        for remark in self.remarks() {
            tracing::warn!("{remark}");
        }
    }

    /// What is done otherwise than the rule files ask, for people.
    pub fn remarks(&self) -> Vec<String> {
        if self.writer.is_some() {
            return Vec::new();
        }
        let recorded = |group: &Ready| {
            let names: Vec<&str> = group
                .group
                .rules
                .iter()
                .filter(|rule| matches!(rule, Rule::Record(_)))
                .map(Rule::name)
                .collect();
            (!names.is_empty()).then(|| {
                format!(
                    "{}: group {} records {}, which is not written: {} cannot be written to. Let that Prometheus load the same file",
                    group.group.file,
                    group.group.name,
                    names.join(", "),
                    self.source.place()
                )
            })
        };
        self.groups.iter().filter_map(recorded).collect()
    }

    /// Evaluates the groups whose time has come at `now`: each at the newest multiple of its
    /// interval, and at none twice.
    pub async fn evaluate_due(&mut self, now: Timestamp) -> FireReport {
        let due: Vec<(usize, Timestamp)> = self
            .groups
            .iter()
            .enumerate()
            .map(|(place, group)| (place, group.slot(now)))
            .filter(|(place, slot)| self.groups.get(*place).is_some_and(|group| *slot > group.evaluated))
            .collect();
        let mut report = FireReport::default();
        if due.is_empty() {
            return report;
        }
        let this = &*self;
        let evaluated = stream::iter(due)
            .map(|(place, slot)| async move { (place, slot, this.evaluate_group(place, slot).await) })
            .buffered(GROUPS_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut latest = Timestamp::EPOCH;
        for (place, slot, outcomes) in evaluated {
            latest = latest.max(slot);
            self.take(place, slot, outcomes, &mut report).await;
        }
        self.tend_own(latest, &mut report);
        report.problems.extend(self.keeper.settle(now).await);
        report
    }

    async fn evaluate_group(&self, place: usize, at: Timestamp) -> Vec<Outcome> {
        let Some(group) = self.groups.get(place) else { return Vec::new() };
        let mut outcomes = Vec::with_capacity(group.group.rules.len());
        for (rule, key) in group.group.rules.iter().zip(&group.keys) {
            let outcome = evaluate::rule(rule, &group.group, self.source.as_ref(), &self.around, at).await;
            if let (Outcome::Recorded(points), Some(writer)) = (&outcome, &self.writer) {
                // At once: later rules of the group read it.
                let series = self.written.record(key, points, at);
                if let Err(error) = writer.write(series).await {
                    outcomes.push(Outcome::Failed(error.to_string()));
                    continue;
                }
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Steps the alerts of a group by what its rules yielded.
    async fn take(&mut self, place: usize, at: Timestamp, outcomes: Vec<Outcome>, report: &mut FireReport) {
        let Some(group) = self.groups.get_mut(place) else { return };
        group.evaluated = at;
        group.failing = None;
        let mut states = Vec::new();
        for ((outcome, rule), key) in outcomes.into_iter().zip(&group.group.rules).zip(&group.keys) {
            match outcome {
                Outcome::Failed(error) => {
                    let error = format!(
                        "{}, group {}, rule {}: {error}",
                        group.group.file,
                        group.group.name,
                        rule.name()
                    );
                    if self.failing.get(key) != Some(&error) {
                        tracing::warn!("{error}");
                        self.failing.insert(key.clone(), error.clone());
                    }
                    group.failing.get_or_insert_with(|| error.clone());
                    report.problems.push(error);
                    continue;
                }
                Outcome::Recorded(points) => {
                    self.written.remember(key, points.into_iter().map(|point| point.labels).collect());
                }
                Outcome::Observed(seen) => {
                    let timing = match rule {
                        Rule::Alert(rule) => rule.timing,
                        Rule::Record(_) => Timing::default(),
                    };
                    report.transitions.extend(self.keeper.step(key, seen, |_| timing, |_| false, at));
                    let active: Vec<Instance> = self.keeper.of(key).cloned().collect();
                    states.push((format!("{key}:ALERTS"), series::alerts(&active)));
                }
            }
            self.failing.remove(key);
        }
        let Some(writer) = &self.writer else { return };
        let mut all = Vec::new();
        for (key, points) in states {
            all.extend(self.written.record(&key, &points, at));
            self.written.remember(&key, points.into_iter().map(|point| point.labels).collect());
        }
        if let Err(error) = writer.write(all).await {
            report.problems.push(error.to_string());
        }
    }

    /// Alerts of rules that are gone end; and groups that cannot be evaluated are an alert of their own.
    fn tend_own(&mut self, at: Timestamp, report: &mut FireReport) {
        let known: BTreeSet<&String> = self.groups.iter().flat_map(|group| &group.keys).collect();
        let gone: Vec<String> = self
            .keeper
            .rules_and(std::iter::empty())
            .into_iter()
            .filter(|rule| !known.contains(rule) && rule != OWN_RULE)
            .collect();
        for rule in gone {
            report.transitions.extend(self.keeper.step(
                &rule,
                Vec::new(),
                |_| Timing::default(),
                |_| false,
                at,
            ));
        }
        let timing = Timing { hold: FAILING_HOLD, keep_firing: Span::ZERO };
        let seen = self.groups.iter().filter_map(|group| {
            let error = group.failing.as_ref()?;
            let mut labels: Labels =
                [(names::ALERTNAME, FAILING_ALERT), (names::SEVERITY, "page"), (names::PRIORITY, "P2")]
                    .into_iter()
                    .collect();
            labels.set(names::RULE_GROUP, format!("{}:{}", group.group.file, group.group.name));
            let mut annotations = Labels::new();
            annotations.set(names::SUMMARY, format!("Rule group {} cannot be evaluated", group.group.name));
            annotations.set(
                names::DESCRIPTION,
                format!("Its alerts stay as they are, and no new one fires. {error}"),
            );
            annotations.set(names::RUNBOOK, "alerts/runbooks/rule-evaluation-failing.md");
            Some((Observation { labels, annotations, value: 1.0, context: None }, timing))
        });
        let seen = seen.collect();
        report.transitions.extend(self.keeper.step(OWN_RULE, seen, |_| timing, |_| false, at));
    }

    /// Every alert that is known, with the name of its rule.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.keeper.instances().map(|(_, instance)| instance)
    }

    /// How long from `now` until the next group is due.
    fn until_next(&self, now: Timestamp) -> Duration {
        let next = self.groups.iter().map(|group| group.slot(now) + group.interval - now).min();
        next.unwrap_or(Span::SECOND).clamp(Span::MILLISECOND, Span::minutes(1)).to_std()
    }

    /// Evaluates until `stop`. New rules come through `reloads`.
    pub async fn run(
        mut self,
        clock: Clock,
        mut reloads: watch::Receiver<Arc<Vec<RuleGroup>>>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            self.evaluate_due(clock.now()).await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(self.until_next(clock.now())) => {}
                changed = reloads.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    let groups = reloads.borrow_and_update().as_ref().clone();
                    self.replace(groups);
                }
            }
        }
    }
}

fn interval(group: &RuleGroup) -> Span {
    group.interval.unwrap_or(DEFAULT_INTERVAL).max(Span::SECOND)
}
