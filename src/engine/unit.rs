//! One SLO in the engine: what it reads with, where its windows stand, and what went wrong last.

use std::collections::BTreeMap;

use super::live::Live;
use super::snapshot::Totals;
use crate::budget::{Situation, WindowSums, verdict};
use crate::evaluate::{EvaluateError, Recorder};
use crate::labels::Labels;
use crate::ledger::{Definition, History};
use crate::slo::Slo;
use crate::status::Row;

/// One SLO in the engine.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) slo: Slo,
    pub(super) history: History,
    /// `None` until its plan could be made; making it may need the source.
    pub(super) recorder: Option<Recorder>,
    pub(super) groups: BTreeMap<Labels, Live>,
    pub(super) totals: BTreeMap<Labels, Totals>,
    /// The last bucket with data, unix seconds.
    pub(super) data_until: Option<i64>,
    /// Burn rates that the source itself computed, when the SLI is an estimate.
    pub(super) estimates: BTreeMap<Labels, WindowSums>,
    pub(super) warnings: Vec<String>,
    /// Why the last read failed.
    pub(super) error: Option<EvaluateError>,
}

/// What the ledger calls an SLO.
pub(crate) fn definition(slo: &Slo) -> Definition {
    Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() }
}

impl Unit {
    pub(super) fn new(slo: Slo, history: History) -> Self {
        Self {
            slo,
            history,
            recorder: None,
            groups: BTreeMap::new(),
            totals: BTreeMap::new(),
            data_until: None,
            estimates: BTreeMap::new(),
            warnings: Vec::new(),
            error: None,
        }
    }

    /// Where counting began; `from` when it has not yet.
    pub(super) fn counted_from(&self, from: i64) -> i64 {
        self.history.counted_from.unwrap_or(from)
    }

    /// Everything up to here is final.
    pub(super) fn settled_to(&self) -> Option<i64> {
        self.recorder.as_ref().map(Recorder::settled_to).or(self.history.settled_to)
    }

    /// The windows of every group as they stand, with what the source estimated in place of sums where it did.
    pub(super) fn sums(&self) -> Vec<(Labels, WindowSums)> {
        self.groups
            .iter()
            .map(|(group, live)| {
                let mut sums = live.rolling.sums();
                if let Some(estimate) = self.estimates.get(group) {
                    sums.burn = estimate.burn;
                }
                (group.clone(), sums)
            })
            .collect()
    }

    /// The verdicts on every group at `at`.
    pub(super) fn rows(&self, at: i64) -> Vec<Row> {
        let source_answers = !self.error.as_ref().is_some_and(EvaluateError::is_outage);
        let row = |(group, sums): (Labels, WindowSums)| {
            let situation = Situation { at, data_until: self.data_until, source_answers };
            let mut warnings = self.warnings.clone();
            warnings.extend(self.error.as_ref().map(ToString::to_string));
            Row {
                slo: self.slo.clone(),
                group,
                verdict: verdict(&self.slo, &sums, situation),
                estimated: self.history.estimated,
                warnings,
            }
        };
        self.sums().into_iter().map(row).collect()
    }
}
