//! A status from the ledger alone: what was recorded, judged at any moment, without asking the source.

use std::collections::BTreeMap;

use super::hydrate;
use super::on_grid;
use super::unit::definition;
use crate::buckets::newest;
use crate::budget::{Situation, WindowSums, composite, slices, verdict};
use crate::labels::Labels;
use crate::ledger::{Ledger, LedgerError};
use crate::slo::{Indicator, Slo, SloKey};
use crate::status::Row;

/// Every budget at `at` (rounded down to the ledger's grid) as the ledger has it, and the moment that was judged.
pub async fn stored(slos: &[Slo], ledger: &dyn Ledger, at: i64) -> Result<(i64, Vec<Row>), LedgerError> {
    let step = i64::from(ledger.step());
    let at = on_grid(at, step);
    let measured: Vec<&Slo> = slos.iter().filter(|slo| !is_composite(slo)).collect();
    let definitions: Vec<_> = measured.iter().map(|slo| definition(slo)).collect();
    let histories = ledger.register(&definitions).await?;
    let mut rows = Vec::new();
    let mut sums_of: BTreeMap<SloKey, (Vec<WindowSums>, bool)> = BTreeMap::new();
    for (slo, history) in measured.into_iter().zip(histories) {
        let after = hydrate::reach(slo, at, history.counted_from.unwrap_or(at), step);
        let mut groups = hydrate::events(slo, ledger, history.id, after, at).await?;
        if groups.is_empty() {
            groups.insert(Labels::new(), Vec::new());
        }
        let all = sums_of.entry(slo.key.clone()).or_insert((Vec::new(), history.estimated));
        for (group, events) in groups {
            let sliced = slices(slo.budgeting, slo.no_data, &events, after, at);
            let sums = WindowSums::of(slo, &sliced, at);
            let situation = Situation { at, data_until: newest(&events), source_answers: true };
            all.0.push(sums);
            rows.push(Row {
                slo: slo.clone(),
                group,
                verdict: verdict(slo, &sums, situation),
                estimated: history.estimated,
                warnings: Vec::new(),
            });
        }
    }
    for slo in slos {
        if let Indicator::Composite { parts } = &slo.indicator {
            let known = parts.iter().filter_map(|(key, weight)| Some((*weight, sums_of.get(key)?)));
            let estimated = known.clone().any(|(_, (_, estimated))| *estimated);
            let weighted: Vec<_> =
                known.flat_map(|(weight, (sums, _))| sums.iter().map(move |sums| (weight, *sums))).collect();
            let sums = composite(&weighted);
            let data_until = (sums.whole.covered > 0.0).then_some(at);
            let situation = Situation { at, data_until, source_answers: true };
            rows.push(Row {
                slo: slo.clone(),
                group: Labels::new(),
                verdict: verdict(slo, &sums, situation),
                estimated,
                warnings: Vec::new(),
            });
        }
    }
    rows.sort_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
    Ok((at, rows))
}

fn is_composite(slo: &Slo) -> bool {
    matches!(slo.indicator, Indicator::Composite { .. })
}
