//! A status from the ledger alone: what was recorded, judged at any moment, without asking the source.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::unit::definition;
use super::windows::{Past, Windows};
use crate::ledger::{History, Ledger, LedgerError};
use slo_core::labels::Labels;
use slo_core::time::Timestamp;
use slo_model::budget::{ADDED_UP, Part, Situation, WindowSums, composite, verdict};
use slo_model::slo::{Indicator, Slo, SloKey, Target};
use slo_model::status::{self, Known, Row};

/// What is known of one SLO as a whole.
struct Whole {
    target: Target,
    sums: WindowSums,
    estimated: bool,
    data_until: Option<Timestamp>,
}

/// Every budget at `at` (rounded down to the ledger's grid) as the ledger has it, and the moment that was judged. At most
/// `max_groups` groups of an SLO are shown. Writes nothing; an SLO that was never recorded has no data.
pub async fn stored<S: Borrow<Slo> + Sync>(
    slos: &[S],
    ledger: &dyn Ledger,
    at: Timestamp,
    max_groups: usize,
) -> Result<(Timestamp, Vec<Row>), LedgerError> {
    let slos: Vec<&Slo> = slos.iter().map(Borrow::borrow).collect();
    let at = at.align_down(ledger.step());
    let measured: Vec<&Slo> = slos.iter().copied().filter(|slo| !is_composite(slo)).collect();
    let definitions: Vec<_> = measured.iter().map(|slo| definition(slo)).collect();
    let histories = ledger.histories(&definitions).await?;
    let mut rows = Vec::new();
    let mut wholes: BTreeMap<SloKey, Whole> = BTreeMap::new();
    for (slo, history) in measured.into_iter().zip(histories) {
        let (groups, newest) = windows(slo, ledger, history, at).await?;
        let estimated = history.is_some_and(|history| history.estimated);
        let mut warnings = Vec::new();
        if history.is_none_or(|history| history.counted_from.is_none()) {
            warnings.push("the ledger has never recorded it".to_owned());
        }
        let sums = WindowSums::together(groups.iter().map(|(_, sums)| sums));
        wholes.insert(slo.key.clone(), Whole { target: slo.target, sums, estimated, data_until: newest });
        let shared = Arc::new(slo.clone());
        let situation = Situation { at, data_until: newest, source_answers: true };
        rows.extend(status::rows(&shared, groups, max_groups, &Known { situation, estimated, warnings }));
    }
    for slo in slos {
        if let Indicator::Composite { parts } = &slo.indicator {
            rows.push(of_parts(slo, parts, &wholes, at));
        }
    }
    rows.sort_by(|a, b| (&a.slo.key, &a.group).cmp(&(&b.slo.key, &b.group)));
    Ok((at, rows))
}

/// The windows of every group, and the end of the last bucket with data.
async fn windows(
    slo: &Slo,
    ledger: &dyn Ledger,
    history: Option<History>,
    at: Timestamp,
) -> Result<(Vec<(Labels, WindowSums)>, Option<Timestamp>), LedgerError> {
    let recorded = history.and_then(|history| Some((history.id, history.counted_from?)));
    let Some((history, counted_from)) = recorded else {
        return Ok((vec![(Labels::new(), WindowSums::of(slo, &[], at))], None));
    };
    let past = Past { ledger, history, counted_from };
    let (windows, newest) = Windows::load(slo, past, (at, at)).await?;
    Ok((windows.sums(), newest))
}

fn of_parts(slo: &Slo, parts: &[(SloKey, f64)], wholes: &BTreeMap<SloKey, Whole>, at: Timestamp) -> Row {
    let known: Vec<_> = parts.iter().filter_map(|(key, weight)| Some((*weight, wholes.get(key)?))).collect();
    let part =
        |(weight, whole): &(f64, &Whole)| Part { weight: *weight, target: whole.target, sums: whole.sums };
    let (sums, is_bound) = composite(slo, &known.iter().map(part).collect::<Vec<_>>());
    let data_until = known.iter().filter_map(|(_, whole)| whole.data_until).max();
    let situation = Situation { at, data_until, source_answers: true };
    Row {
        slo: Arc::new(slo.clone()),
        group: Labels::new(),
        verdict: verdict(slo, &sums, situation),
        estimated: is_bound || known.iter().any(|(_, whole)| whole.estimated),
        warnings: is_bound.then(|| ADDED_UP.to_owned()).into_iter().collect(),
        left_out: 0,
        hidden_breaches: 0,
    }
}

fn is_composite(slo: &Slo) -> bool {
    matches!(slo.indicator, Indicator::Composite { .. })
}
