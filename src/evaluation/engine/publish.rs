//! From where the SLOs stand to the snapshot that everybody reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::snapshot::{FILLING, Snapshot};
use super::tick::Engine;
use crate::ledger::LedgerError;
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::budget::{ADDED_UP, Part, Situation, WindowSums, composite, verdict};
use slo_model::slo::{Indicator, Slo, SloKey};
use slo_model::status::Row;

impl Engine {
    /// Publishes the verdicts at `at`, and the ledger's trouble if it has any.
    pub(super) fn publish(&self, at: Timestamp, trouble: Option<&LedgerError>) {
        let rows = Vec::with_capacity(self.units.len() + self.composites.len());
        let mut snapshot = Snapshot { at, rows, ..Snapshot::default() };
        snapshot.errors.extend(trouble.map(|error| ("ledger".to_owned(), error.to_string())));
        let mut waiting = 0;
        for unit in &self.units {
            match (&unit.error, &unit.windows) {
                (Some(error), _) => snapshot.errors.push((unit.slo.key.to_string(), error.to_string())),
                (None, None) => {
                    waiting += 1;
                    let waits = FILLING.to_owned();
                    snapshot.errors.push((unit.slo.key.to_string(), waits));
                }
                (None, Some(_)) if unit.lacks_before().is_some() => {
                    snapshot.lacking.insert(unit.slo.key.clone());
                    snapshot.errors.push((unit.slo.key.to_string(), FILLING.to_owned()));
                }
                (None, Some(_)) => {}
            }
            snapshot.partial += usize::from(unit.owes_since().is_some());
            snapshot.rows.extend(unit.rows(at, self.settings.limits.max_groups));
            snapshot.counters += unit.recorder.as_ref().map_or(0, crate::evaluate::Recorder::counters);
            for (group, totals) in unit.totals.iter() {
                snapshot.totals.insert((unit.slo.key.clone(), group.clone()), *totals);
            }
        }
        snapshot.filling = waiting + snapshot.lacking.len();
        snapshot.ready = self.snapshots().latest().ready || waiting == 0;
        for composite in &self.composites {
            if let Indicator::Composite { parts } = &composite.indicator
                && parts.iter().any(|(key, _)| snapshot.lacking.contains(key))
            {
                snapshot.lacking.insert(composite.key.clone());
            }
        }
        let was_partial = self.snapshots().latest().partial;
        if snapshot.partial > 0 && was_partial == 0 {
            let slos = snapshot.partial;
            tracing::warn!(slos, "a source answers in part: nothing is settled on it, and it is read again");
        } else if snapshot.partial == 0 && was_partial > 0 {
            tracing::info!("answers are whole again, and what was partial has been read again");
        }
        let composites: Vec<Row> = self.composites.iter().map(|slo| self.composite_row(slo, at)).collect();
        snapshot.rows.extend(composites);
        // In place: they are nearly in order, and a sort that moves them elsewhere needs half as much memory again.
        snapshot.rows.sort_unstable_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
        tell_of_groups_left_out(&self.snapshots().latest(), &snapshot);
        self.snapshots().publish(snapshot);
    }

    fn composite_row(&self, slo: &Arc<Slo>, at: Timestamp) -> Row {
        let mut weighted = Vec::new();
        let (mut data_until, mut estimated, mut warnings) = (None, false, Vec::new());
        let Indicator::Composite { parts } = &slo.indicator else { return blank(slo, at) };
        for (key, weight) in parts {
            for unit in self.units.iter().filter(|unit| unit.slo.key == *key) {
                let groups = unit.sums(at);
                let sums = WindowSums::together(groups.iter().map(|(_, sums)| sums));
                weighted.push(Part { weight: *weight, target: unit.slo.target, sums });
                data_until = data_until.max(unit.data_until);
                estimated |= unit.history.estimated;
                warnings.extend(unit.error.as_ref().map(|error| format!("its part {key}: {error}")));
            }
        }
        let situation = Situation { at, data_until, source_answers: warnings.is_empty() };
        let (sums, is_bound) = composite(slo, &weighted);
        let verdict = verdict(slo, &sums, situation);
        estimated |= is_bound;
        warnings.extend(is_bound.then(|| ADDED_UP.to_owned()));
        Row {
            slo: Arc::clone(slo),
            group: Labels::new(),
            verdict,
            estimated,
            warnings,
            left_out: 0,
            hidden_breaches: 0,
        }
    }
}

/// Logs once when groups of an SLO begin to be counted together.
fn tell_of_groups_left_out(before: &Snapshot, now: &Snapshot) {
    let known: BTreeSet<&SloKey> =
        before.rows.iter().filter(|row| row.left_out > 0).map(|row| &row.slo.key).collect();
    for row in now.rows.iter().filter(|row| row.left_out > 0 && !known.contains(&row.slo.key)) {
        tracing::warn!(
            slo = %row.slo.key,
            groups = row.left_out,
            exhausted = row.hidden_breaches,
            "it has more groups than --max-groups: those with the fewest bad events are counted together in __other__"
        );
    }
}

fn blank(slo: &Arc<Slo>, at: Timestamp) -> Row {
    let situation = Situation { at, data_until: None, source_answers: true };
    let verdict = verdict(slo, &WindowSums::of(slo, &[], at), situation);
    Row {
        slo: Arc::clone(slo),
        group: Labels::new(),
        verdict,
        estimated: false,
        warnings: Vec::new(),
        left_out: 0,
        hidden_breaches: 0,
    }
}
