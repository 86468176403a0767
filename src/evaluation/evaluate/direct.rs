//! A verdict straight from the source, without a ledger: everything the windows need is read now.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::{Bucket, newest, spread_coverage};
use slo_model::budget::{
    BURN_WINDOWS, Part, Rest, Situation, Verdict, WindowSums, composite, composite_slices, shown, slices,
    verdict,
};
use slo_model::counting::Decision;
use slo_model::slo::{Budgeting, Indicator, Slo, SloKey};
use slo_model::source::{Source, SourceOf};

use super::windowed::window_sums;
use super::{EvaluateError, Limits, ReadPlan, Recorder, plan};

/// The grid of buckets when no ledger says otherwise.
const STEP: Span = Span::from_seconds(30);

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
    /// The last moment for which there was data.
    pub data_until: Option<Timestamp>,
    /// Not from raw samples.
    pub estimated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
    /// Groups that are added up in this one and have spent their budgets.
    pub hidden_breaches: usize,
    /// Groups that are added up in this one, at least.
    pub left_out: usize,
    /// What was decided about births, restarts and continuations of the SLO's counters, when [`Limits::explain`] asks; with
    /// its first group.
    pub decisions: Vec<Decision>,
    /// Of a part of a composite of time slices, the slices of all groups, with the first one.
    slices: Vec<Bucket>,
}

/// While one SLO waits for the source, another one counts.
const AT_ONCE: usize = 2;

/// Evaluates every SLO at `at`, in the order given; an error is that SLO's own.
pub async fn direct(
    slos: &[Slo],
    sources: &(impl SourceOf + ?Sized),
    limits: &Limits,
    at: Timestamp,
) -> Vec<Result<Vec<Assessed>, EvaluateError>> {
    let is_part = |slo: &Slo| {
        let of = |other: &Slo| match &other.indicator {
            Indicator::Composite { parts } => parts.iter().any(|(key, _)| *key == slo.key),
            _ => false,
        };
        matches!(slo.budgeting, Budgeting::Timeslices { .. }) && slos.iter().any(of)
    };
    let assessed = slos.iter().map(|slo| async move {
        let mut assessed = one(slo, sources.of(slo.source.as_deref()), limits, at).await;
        if !is_part(slo) {
            // Many, and nobody asks for them.
            assessed.iter_mut().flatten().for_each(|one| one.slices = Vec::new());
        }
        assessed
    });
    let mut results: Vec<_> = stream::iter(assessed).buffered(AT_ONCE).collect().await;
    let composites: Vec<_> = slos
        .iter()
        .enumerate()
        .filter_map(|(place, slo)| match &slo.indicator {
            Indicator::Composite { parts } => Some((place, of_parts(slo, parts, slos, &results, at))),
            _ => None,
        })
        .collect();
    for (place, result) in composites {
        if let Some(slot) = results.get_mut(place) {
            *slot = result.map(|assessed| vec![assessed]);
        }
    }
    results
}

/// A composite from its parts, as they were assessed; the groups of a part weigh together as one. Without one of its
/// parts it is nothing.
fn of_parts(
    slo: &Slo,
    parts: &[(SloKey, f64)],
    slos: &[Slo],
    results: &[Result<Vec<Assessed>, EvaluateError>],
    at: Timestamp,
) -> Result<Assessed, EvaluateError> {
    let mut weighted = Vec::new();
    let mut slices: Vec<&[Bucket]> = Vec::new();
    let mut estimated = false;
    let mut data_until = None;
    for (key, weight) in parts {
        for (part, result) in slos.iter().zip(results).filter(|(slo, _)| slo.key == *key) {
            let groups = result.as_ref().map_err(Clone::clone)?;
            let sums = WindowSums::together(groups.iter().map(|group| &group.sums));
            weighted.push(Part { weight: *weight, target: part.target, sums });
            slices.extend(groups.iter().map(|group| group.slices.as_slice()));
            estimated |= groups.iter().any(|group| group.estimated);
            data_until = data_until.max(groups.iter().filter_map(|group| group.data_until).max());
        }
    }
    let sums = match slo.budgeting {
        Budgeting::Timeslices { .. } => composite_slices(slo, &slices, at),
        Budgeting::Occurrences | Budgeting::RatioTimeslices { .. } => composite(slo, &weighted).0,
    };
    let situation = Situation { at, data_until, source_answers: true };
    Ok(Assessed {
        slo: slo.clone(),
        group: Labels::new(),
        verdict: verdict(slo, &sums, situation),
        sums,
        data_until,
        estimated,
        warnings: Vec::new(),
        hidden_breaches: 0,
        left_out: 0,
        decisions: Vec::new(),
        slices: Vec::new(),
    })
}

async fn one(
    slo: &Slo,
    source: &dyn Source,
    limits: &Limits,
    at: Timestamp,
) -> Result<Vec<Assessed>, EvaluateError> {
    if let Indicator::Composite { .. } = &slo.indicator {
        return Ok(Vec::new());
    }
    let reach = WindowSums::reach(slo, at);
    let plan = plan(slo, source, TimeRange::new(reach, at)).await?;
    if let ReadPlan::Windowed(windowed) = &plan
        && slo.budgeting == Budgeting::Occurrences
    {
        return from_windows(slo, windowed.clone(), source, at, Vec::new()).await;
    }
    // A slice that has begun before the window belongs to no window; one more makes the first whole.
    let slice = slo.budgeting.slice();
    let after = if slice == Span::ZERO { reach } else { (reach - slice).align_down(STEP) };
    let mut cuts: Vec<Timestamp> = BURN_WINDOWS.iter().map(|window| at - window.length).collect();
    cuts.extend([slo.window.elapsed(at).after, reach]);
    let mut recorder = Recorder::new(slo, plan, limits.clone(), reach, after);
    let recorded = recorder.read(source, at, at, STEP, &cuts).await?;
    if let ReadPlan::Windowed(windowed) = recorder.plan()
        && slo.budgeting == Budgeting::Occurrences
    {
        // Too many series to count: the windows are estimated as a whole, not from 5-minute pieces.
        return from_windows(slo, windowed.clone(), source, at, recorded.warnings).await;
    }
    let mut assessed = Vec::new();
    let mut groups: BTreeMap<Labels, Vec<Bucket>> =
        recorded.groups.into_iter().map(|group| (group.group, group.buckets)).collect();
    spread_coverage(&mut groups);
    if groups.is_empty() {
        groups.insert(Labels::new(), Vec::new());
    }
    let data_until = groups.values().filter_map(|events| newest(events)).max();
    let situation = Situation { at, data_until, source_answers: true };
    let mut ends = BTreeMap::new();
    let mut all_slices = Vec::new();
    let sums = groups
        .into_iter()
        .map(|(group, events)| {
            let sliced = slices(slo.budgeting, slo.no_data, &events, TimeRange::new(after, at));
            ends.insert(group.clone(), newest(&events));
            let sums = WindowSums::of(slo, &sliced, at);
            if matches!(slo.budgeting, Budgeting::Timeslices { .. }) {
                all_slices.extend(sliced);
            }
            (group, sums)
        })
        .collect();
    let mut shown = shown(slo, sums, limits.max_groups, situation);
    let mut decisions = recorded.decisions;
    for (group, sums) in std::mem::take(&mut shown.groups) {
        let data_until = ends.get(&group).copied().unwrap_or(data_until);
        let situation = Situation { at, data_until, source_answers: true };
        let rest = shown.rest_in(&group);
        assessed.push(Assessed {
            slo: slo.clone(),
            verdict: verdict(slo, &sums, situation),
            sums,
            data_until,
            // What an answer lacks is not counted.
            estimated: recorded.estimated || recorded.partial,
            warnings: recorded.warnings.iter().cloned().chain(rest.map(Rest::warning)).collect(),
            hidden_breaches: rest.map_or(0, |rest| rest.exhausted),
            left_out: rest.map_or(0, |rest| rest.groups),
            // They are the SLO's, not a group's: once.
            decisions: std::mem::take(&mut decisions),
            group,
            slices: std::mem::take(&mut all_slices),
        });
    }
    Ok(assessed)
}

async fn from_windows(
    slo: &Slo,
    plan: super::plan::WindowedPlan,
    source: &dyn Source,
    at: Timestamp,
    warnings: Vec<String>,
) -> Result<Vec<Assessed>, EvaluateError> {
    let (mut groups, found) = window_sums(slo, plan, source, at).await?;
    let warnings = [warnings, found].concat();
    if groups.is_empty() {
        groups.push((Labels::new(), WindowSums::default()));
    }
    let assess = |(group, sums): (Labels, WindowSums)| {
        let answered =
            sums.whole.covered > 0.0 || sums.burn.iter().flatten().any(|window| window.covered > 0.0);
        let data_until = answered.then_some(at);
        let situation = Situation { at, data_until, source_answers: true };
        Assessed {
            slo: slo.clone(),
            group,
            verdict: verdict(slo, &sums, situation),
            sums,
            data_until,
            estimated: true,
            warnings: warnings.clone(),
            hidden_breaches: 0,
            left_out: 0,
            decisions: Vec::new(),
            slices: Vec::new(),
        }
    };
    Ok(groups.into_iter().map(assess).collect())
}
