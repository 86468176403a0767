//! The alerts of SLOs: each tick's verdicts are judged by the burn-rate policy, their state is stored, and what fires
//! or ended is handed on.

mod charts;
mod files;
mod keeper;
mod overrides;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use keeper::Keeper;
pub use overrides::{Overrides, overrides};
pub use states::{Change, MemoryStates, States, StoredStates};

use super::Snapshot;
use super::snapshot::FILLING;
use crate::ledger::Ledger;
use charts::{Burning, LONG_WINDOWS, charts};
use slo_base::store::StoreError;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::{Span, Timestamp};
use slo_definitions::BrokenFile;
use slo_model::alert::AlertSink;
use slo_model::alert::burn::{Assessed, EXHAUSTED_ALERT, NO_DATA_ALERT, Policy, assess, without_data};
use slo_model::alert::rule::ExternalContext;
use slo_model::alert::state::{Instance, Observation, Phase, Timing, Transition};
use slo_model::budget::{STALE_AFTER, State};
use slo_model::slo::Slo;
use slo_model::status::Row;
use states::OF_SLOS;

/// The policy that ships with the program, for engines that are given none.
pub const BUILT_IN_POLICY: &str = include_str!("../../../../alerts/burn-rate.yaml");

/// What every engine that fires alerts needs.
#[derive(Clone)]
pub struct Alerting {
    /// Takes what fires.
    pub sink: Arc<dyn AlertSink>,
    /// Keeps what is pending and firing over a restart.
    pub states: Arc<dyn States>,
    /// Takes what recording rules compute; `None` where nothing can be written, such as in a remote Prometheus.
    pub writer: Option<Arc<dyn slo_model::source::SeriesWriter>>,
    /// External labels and URL.
    pub around: ExternalContext,
    /// `alerts/burn-rate.yaml`; `None` for [`BUILT_IN_POLICY`].
    pub policy_file: Option<std::path::PathBuf>,
}

/// What an evaluation found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FireReport {
    /// What changed.
    pub transitions: Vec<Transition>,
    /// What went wrong: rules that could not be evaluated, states that were not written, alerts that were not taken.
    pub problems: Vec<String>,
}

/// The alerts of all SLOs.
pub struct SloAlerts {
    slos: Vec<Arc<Slo>>,
    policy: Policy,
    overrides: Overrides,
    broken: Vec<BrokenFile>,
    keeper: Keeper,
    ledger: Option<Arc<dyn Ledger>>,
}

impl SloAlerts {
    /// Goes on from what is stored. `interval` is the time between ticks.
    pub async fn open(
        alerting: &Alerting,
        policy: Policy,
        interval: Span,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let keeper = Keeper::open(alerting, OF_SLOS, |_| interval, interval, now).await?;
        Ok(Self {
            slos: Vec::new(),
            policy,
            overrides: Overrides::default(),
            broken: Vec::new(),
            keeper,
            ledger: None,
        })
    }

    /// Draws burn charts from this history; without it alerts have none.
    #[must_use]
    pub fn with_charts(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Takes new definitions. Alerts of SLOs that are gone resolve with the next tick.
    pub fn replace<S: Into<Arc<Slo>>>(&mut self, slos: Vec<S>, policy: Policy, overrides: Overrides) {
        self.slos = slos.into_iter().map(Into::into).collect();
        self.policy = policy;
        self.overrides = overrides;
    }

    /// Takes which files of definitions have errors: each is an alert, until it has none.
    pub fn set_broken_files(&mut self, broken: Vec<BrokenFile>) {
        self.broken = broken;
    }

    /// Judges the verdicts of a tick at `now`, stores what changed and tells the sink.
    pub async fn tick(&mut self, snapshot: &Snapshot, now: Timestamp) -> FireReport {
        let mut report = FireReport::default();
        let mut found: BTreeMap<String, Assessed> = BTreeMap::new();
        let mut with_rows = BTreeSet::new();
        let mut burning: BTreeMap<Labels, Burning> = BTreeMap::new();
        let too_old = now - snapshot.at > STALE_AFTER;
        for row in &snapshot.rows {
            with_rows.insert(row.slo.key.clone());
            let mut verdict = row.verdict;
            if too_old {
                verdict.state = State::Stale;
            }
            let tiers = self.overrides.of(&row.slo).unwrap_or(&self.policy.tiers);
            let at = if snapshot.at > Timestamp::EPOCH { snapshot.at } else { now };
            let mut one = assess(&row.slo, &row.group, &verdict, at, &self.policy, tiers);
            if snapshot.lacking.contains(&row.slo.key) {
                // What was counted since a few minutes ago is no budget yet.
                let spent =
                    |(seen, _): &(Observation, Timing)| seen.labels.get(names::ALERTNAME) == EXHAUSTED_ALERT;
                one.unclear.extend(one.seen.extract_if(.., |seen| spent(seen)).map(|(seen, _)| seen.labels));
            }
            burning.extend(burning_of(&one, row, at));
            let all = found.entry(rule_of(&row.slo)).or_default();
            all.seen.extend(one.seen);
            all.unclear.extend(one.unclear);
        }
        for slo in self.slos.iter().filter(|slo| !with_rows.contains(&slo.key)) {
            let name = slo.key.to_string();
            let reason =
                snapshot.errors.iter().find(|(slo, _)| *slo == name).map(|(_, error)| error.as_str());
            let all = found.entry(rule_of(slo)).or_default();
            if reason != Some(FILLING) {
                let reason = reason.unwrap_or("it has not been evaluated yet");
                all.seen.extend(without_data(slo, &Labels::new(), reason, &self.policy));
            }
        }
        found.entry(files::RULE.to_owned()).or_default().seen.extend(files::alerts(&self.broken));
        let blind: BTreeSet<String> =
            self.slos.iter().filter(|slo| !with_rows.contains(&slo.key)).map(|slo| rule_of(slo)).collect();
        let keep = Timing { hold: Span::ZERO, keep_firing: self.policy.keep_firing };
        for rule in self.keeper.rules_and(found.keys()) {
            let mut assessed = found.remove(&rule).unwrap_or_default();
            self.keep_charts(&rule, &mut assessed);
            // Of an SLO without a row nothing is known at all: what fires goes on firing.
            let unclear = |instance: &Instance| {
                assessed.unclear.contains(&instance.labels)
                    || (blind.contains(&rule) && instance.labels.get(names::ALERTNAME) != NO_DATA_ALERT)
            };
            let timing = |labels: &Labels| {
                let ends_at_once = rule == files::RULE || labels.get(names::ALERTNAME) == NO_DATA_ALERT;
                if ends_at_once { Timing::default() } else { keep }
            };
            report.transitions.extend(self.keeper.step(&rule, assessed.seen.clone(), timing, unclear, now));
        }
        self.draw_charts(&report.transitions, &burning, snapshot.at).await;
        report.problems.extend(self.keeper.settle(now).await);
        report
    }

    /// What fires goes on with the chart of its beginning: it is not read again.
    fn keep_charts(&self, rule: &str, assessed: &mut Assessed) {
        for (seen, _) in &mut assessed.seen {
            let known = self.keeper.get(rule, &seen.labels).filter(|known| known.phase == Phase::Firing);
            if let Some(chart) = known.and_then(|known| known.context.as_ref()?.chart.clone()) {
                seen.context.get_or_insert_default().chart = Some(chart);
            }
        }
    }

    /// Gives what begins to fire its chart.
    async fn draw_charts(
        &mut self,
        transitions: &[Transition],
        burning: &BTreeMap<Labels, Burning>,
        at: Timestamp,
    ) {
        let Some(ledger) = &self.ledger else { return };
        let wanted: Vec<(Labels, Burning)> = transitions
            .iter()
            .filter(|change| change.to == Phase::Firing)
            .filter_map(|change| Some((change.labels.clone(), burning.get(&change.labels)?.clone())))
            .collect();
        if wanted.is_empty() {
            return;
        }
        for (labels, chart) in charts(ledger.as_ref(), &wanted, at).await {
            let Some(burning) = burning.get(&labels) else { continue };
            self.keeper.set_chart(&rule_of(&burning.slo), &labels, chart);
        }
    }

    /// Every alert that is known.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.keeper.instances().map(|(_, instance)| instance)
    }
}

/// The alerts of a budget that burns too fast or is spent, with what their charts are drawn from.
fn burning_of(assessed: &Assessed, row: &Row, at: Timestamp) -> Vec<(Labels, Burning)> {
    let of = |seen: &Observation| {
        let burn = seen.context.as_ref()?.slo.as_ref()?.burn;
        let span = match burn {
            Some(burn) => burn.long_window * LONG_WINDOWS,
            None if seen.labels.get(names::ALERTNAME) == EXHAUSTED_ALERT => {
                row.slo.window.elapsed(at).length()
            }
            None => return None,
        };
        let threshold = burn.map(|burn| burn.threshold);
        Some(Burning { slo: Arc::clone(&row.slo), group: row.group.clone(), span, threshold })
    };
    assessed.seen.iter().filter_map(|(seen, _)| Some((seen.labels.clone(), of(seen)?))).collect()
}

/// The name under which an SLO's alerts are kept.
fn rule_of(slo: &Slo) -> String {
    format!("{OF_SLOS}{}", slo.key)
}
