//! Burn rates that only the source can compute. The pieces in the ledger are as long as several ticks and do not end where a
//! window does, so each window is asked for as a whole.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt, stream};

use super::memo::Memos;
use super::unit::Unit;
use crate::evaluate::{EvaluateError, ReadPlan, Recorder, estimate};
use slo_core::labels::Labels;
use slo_core::sorted::Sorted;
use slo_core::time::{Span, Timestamp};
use slo_model::budget::{BURN_WINDOWS, Sums, WindowSums};
use slo_model::slo::Slo;
use slo_model::source::SourceOf;

/// A window is asked for again when so many parts of its length have passed; a long one costs the source more.
const PARTS: i64 = 120;
/// An estimate that could not be made again is kept this much longer; then the sum of its pieces, which is
/// nearly as good, takes its place.
const KEPT: Span = Span::minutes(5);

/// The last estimate of each of [`BURN_WINDOWS`], by its position; an SLO that is counted has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Estimates(Sorted<usize, Estimate>);

#[derive(Debug, Clone)]
struct Estimate {
    at: Timestamp,
    groups: BTreeMap<Labels, Sums>,
}

impl Estimates {
    /// The windows that are to be asked for at `at`.
    fn due(&self, slo: &Slo, at: Timestamp) -> Vec<usize> {
        let length = slo.window.whole(at).length();
        let mut due = Vec::new();
        for (position, window) in BURN_WINDOWS.iter().enumerate() {
            let is_fresh = |known: &Estimate| at >= known.at && at - known.at < window.length / PARTS;
            if window.length <= length && !self.0.get(&position).is_some_and(is_fresh) {
                due.push(position);
            }
        }
        due
    }

    /// Puts the estimates that are not too old at `at` in the place of sums.
    pub(super) fn apply(&self, group: &Labels, sums: &mut WindowSums, at: Timestamp) {
        for (position, (window, sum)) in BURN_WINDOWS.iter().zip(&mut sums.burn).enumerate() {
            let known = self.0.get(&position).filter(|known| at - known.at <= window.length / PARTS + KEPT);
            if let (Some(known), Some(sum)) = (known, sum) {
                *sum = known.groups.get(group).copied().unwrap_or_default();
            }
        }
    }
}

/// Brings the estimates of all SLOs up to `at`, several at once, and tells what failed.
pub(super) async fn refresh(
    units: &mut [Unit],
    sources: &Memos<'_>,
    concurrency: usize,
    at: Timestamp,
) -> Vec<(String, EvaluateError)> {
    let mut questions = Vec::new();
    for (place, unit) in units.iter().enumerate().filter(|(_, unit)| unit.is_live(at)) {
        if let Some(ReadPlan::Windowed(plan)) = unit.recorder.as_ref().map(Recorder::plan)
            && unit.slo.budgeting.slice() == Span::ZERO
        {
            let due = unit.estimates.due(&unit.slo, at).into_iter();
            let source = sources.of(unit.slo.source.as_deref());
            let question = |position| (place, position, source, plan.clone(), unit.slo.group_by.clone());
            questions.extend(due.map(question));
        }
    }
    let asked = stream::iter(questions).map(|(place, position, source, plan, group_by)| {
        let length = BURN_WINDOWS.get(position).map_or(Span::ZERO, |window| window.length);
        async move { (place, position, estimate(plan, source, &group_by, at, length).await) }.boxed()
    });
    let answers: Vec<_> = asked.buffer_unordered(concurrency.max(1)).collect().boxed().await;
    let mut failures = Vec::new();
    for (place, position, answer) in answers {
        let Some(unit) = units.get_mut(place) else { continue };
        match answer {
            Ok(groups) => unit.estimates.0.insert(position, Estimate { at, groups }),
            Err(error) => failures.push((unit.slo.key.to_string(), error)),
        }
    }
    failures
}
