//! A verdict straight from the source, without a ledger: everything the windows need is read now.

use std::collections::BTreeMap;

use crate::buckets::{Bucket, newest, spread_coverage};
use crate::budget::{self, BURN_WINDOWS, Situation, Verdict, WindowSums, composite, slices, verdict};
use crate::labels::Labels;
use crate::samples::Span;
use crate::slo::{Budgeting, Indicator, Slo, SloKey};
use crate::source::Source;

use super::{EvaluateError, Limits, Plan, Recorder, plan, window_sums};

/// The grid of buckets when no ledger says otherwise, in seconds.
const STEP: i64 = 30;

/// One budget (one group of an SLO) at one moment.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// Whose.
    pub slo: Slo,
    /// Which group.
    pub group: Labels,
    /// What is known.
    pub verdict: Verdict,
    /// The sums behind it.
    pub sums: WindowSums,
    /// Not from raw samples.
    pub estimated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
}

/// Evaluates every SLO at `at`, in the order given; an error is that SLO's own.
pub async fn direct(
    slos: &[Slo],
    source: &dyn Source,
    limits: &Limits,
    at: i64,
) -> Vec<Result<Vec<Assessed>, EvaluateError>> {
    let mut done: BTreeMap<SloKey, Vec<Assessed>> = BTreeMap::new();
    let mut results = Vec::with_capacity(slos.len());
    for slo in slos {
        let result = match &slo.indicator {
            Indicator::Composite { .. } => Ok(Vec::new()),
            _ => one(slo, source, limits, at).await,
        };
        if let Ok(assessed) = &result {
            done.insert(slo.key.clone(), assessed.clone());
        }
        results.push(result);
    }
    for (slo, result) in slos.iter().zip(&mut results) {
        if let Indicator::Composite { parts } = &slo.indicator {
            *result = Ok(vec![of_parts(slo, parts, &done, at)]);
        }
    }
    results
}

/// A composite from its parts, as they were assessed; groups of a part weigh together as one.
fn of_parts(slo: &Slo, parts: &[(SloKey, f64)], done: &BTreeMap<SloKey, Vec<Assessed>>, at: i64) -> Assessed {
    let mut weighted = Vec::new();
    let mut estimated = false;
    let mut data_until = None;
    for (key, weight) in parts {
        for part in done.get(key).into_iter().flatten() {
            weighted.push((*weight, part.sums));
            estimated |= part.estimated;
            if part.verdict.state != budget::State::NoData {
                data_until = Some(at);
            }
        }
    }
    let sums = composite(&weighted);
    let situation = Situation { at, data_until, source_answers: true };
    Assessed {
        slo: slo.clone(),
        group: Labels::new(),
        verdict: verdict(slo, &sums, situation),
        sums,
        estimated,
        warnings: Vec::new(),
    }
}

async fn one(
    slo: &Slo,
    source: &dyn Source,
    limits: &Limits,
    at: i64,
) -> Result<Vec<Assessed>, EvaluateError> {
    let reach = WindowSums::reach(slo, at);
    let plan = plan(slo, source, Span::seconds(reach, at)).await?;
    if let Plan::Windowed(windowed) = &plan
        && slo.budgeting == Budgeting::Occurrences
    {
        return from_windows(slo, windowed, source, at, Vec::new()).await;
    }
    // A slice that has begun before the window belongs to no window; one more makes the first whole.
    let after = (reach - slice_seconds(slo)).div_euclid(STEP) * STEP;
    let mut cuts: Vec<i64> = BURN_WINDOWS.iter().map(|window| at - window.seconds).collect();
    cuts.extend([slo.window.elapsed(at).start, reach]);
    let after = if slice_seconds(slo) == 0 { reach } else { after };
    let mut recorder = Recorder::new(slo, plan, limits.clone(), reach, after);
    let recorded = recorder.read(source, at, at, STEP, &cuts).await?;
    if let Plan::Windowed(windowed) = recorder.plan()
        && slo.budgeting == Budgeting::Occurrences
    {
        // Too many series to count: the windows are estimated as a whole, not from 5-minute pieces.
        return from_windows(slo, windowed, source, at, recorded.warnings).await;
    }
    let mut assessed = Vec::new();
    let mut groups: BTreeMap<Labels, Vec<Bucket>> =
        recorded.groups.into_iter().map(|group| (group.group, group.buckets)).collect();
    spread_coverage(&mut groups);
    if groups.is_empty() {
        groups.insert(Labels::new(), Vec::new());
    }
    for (group, events) in groups {
        let sliced = slices(slo.budgeting, slo.no_data, &events, after, at);
        let sums = WindowSums::of(slo, &sliced, at);
        let situation = Situation { at, data_until: newest(&events), source_answers: true };
        assessed.push(Assessed {
            slo: slo.clone(),
            group,
            verdict: verdict(slo, &sums, situation),
            sums,
            estimated: recorded.estimated,
            warnings: recorded.warnings.clone(),
        });
    }
    Ok(assessed)
}

async fn from_windows(
    slo: &Slo,
    plan: &super::plan::WindowedPlan,
    source: &dyn Source,
    at: i64,
    warnings: Vec<String>,
) -> Result<Vec<Assessed>, EvaluateError> {
    let mut groups = window_sums(slo, plan, source, at).await?;
    if groups.is_empty() {
        groups.push((Labels::new(), WindowSums::default()));
    }
    let assess = |(group, sums): (Labels, WindowSums)| {
        let answered =
            sums.whole.covered > 0.0 || sums.burn.iter().flatten().any(|window| window.covered > 0.0);
        let situation = Situation { at, data_until: answered.then_some(at), source_answers: true };
        Assessed {
            slo: slo.clone(),
            group,
            verdict: verdict(slo, &sums, situation),
            sums,
            estimated: true,
            warnings: warnings.clone(),
        }
    };
    Ok(groups.into_iter().map(assess).collect())
}

fn slice_seconds(slo: &Slo) -> i64 {
    match slo.budgeting {
        Budgeting::Occurrences => 0,
        Budgeting::Timeslices { slice_seconds, .. } | Budgeting::RatioTimeslices { slice_seconds } => {
            slice_seconds
        }
    }
}
