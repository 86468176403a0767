//! One objective over the period: what was allowed, spent, left.

use std::collections::BTreeMap;
use std::sync::Arc;

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::{Part, Sums, WindowSums, composite};
use slo_model::slo::{Budgeting, Comparison, Indicator, Slo, SloKey};

use super::Review;
use super::months::Months;
use super::spend::{self, Spend};
use crate::facts::{Facts, ObjectiveFacts};
use crate::words;

/// Characters of a promise that are shown.
const MOST_PROMISE: usize = 70;
/// A stretch with less than this share of its time covered is a gap.
const GAP: f64 = 0.5;

/// How an objective fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// More was spent than allowed.
    Missed,
    /// It was kept.
    Met,
    /// It was watched, and nothing happened.
    NoEvents,
    /// Nothing is known of it.
    NoData,
}

impl Outcome {
    /// As it is written in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Met => "met",
            Self::NoEvents => "no_events",
            Self::NoData => "no_data",
        }
    }
}

/// What an objective counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Requests, documents, probes.
    Events,
    /// Stretches of time of this length.
    Slices(Span),
    /// Events of several objectives, weighed.
    Weighed,
}

impl Unit {
    fn of(slo: &Slo) -> Self {
        match (&slo.indicator, slo.budgeting) {
            (_, Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice }) => {
                Self::Slices(slice)
            }
            (Indicator::Composite { .. }, Budgeting::Occurrences) => Self::Weighed,
            _ => Self::Events,
        }
    }

    /// Several of it.
    pub fn many(self) -> String {
        match self {
            Self::Events => "events".to_owned(),
            Self::Slices(slice) if slice == Span::minutes(1) => "minutes".to_owned(),
            Self::Slices(slice) => format!("slices of {}", slo_core::duration::format(slice)),
            Self::Weighed => "events, weighed".to_owned(),
        }
    }

    /// As it is written in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Slices(_) => "slices",
            Self::Weighed => "weighed_events",
        }
    }
}

/// How a number was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Sample by sample.
    Exactly,
    /// By the source's arithmetic, or from sums whose parts are no longer kept.
    Estimated,
}

/// One objective over the period.
#[derive(Debug, Clone)]
pub struct ObjectiveReview {
    /// Which.
    pub slo: Arc<Slo>,
    /// Its place in the report, for links: unique among the objectives.
    pub anchor: String,
    /// What it is called.
    pub name: String,
    /// What it promises, in a few words; may be empty.
    pub promise: String,
    /// How it fared.
    pub outcome: Outcome,
    /// What it counts.
    pub unit: Unit,
    /// Its counts.
    pub counts: Sums,
    /// What may be bad.
    pub allowed: f64,
    /// What was bad.
    pub spent: f64,
    /// The share of the budget that was spent; `None` without events.
    pub spent_ratio: Option<f64>,
    /// Minutes of a full outage at average traffic that the budget is worth, of the time that was measured.
    pub allowed_minutes: f64,
    /// The share of the period so far for which there was data.
    pub coverage: f64,
    /// Stretches without data.
    pub gaps: Vec<TimeRange>,
    /// The share of its budget that the period before spent.
    pub before: Option<f64>,
    /// The last twelve months.
    pub months: Months,
    /// How it was counted.
    pub counted: Counted,
    /// What spent it; `None` for composites and where nothing was counted.
    pub spend: Option<Spend>,
    /// Counting began here; `None` when nothing was ever counted.
    pub counted_from: Option<Timestamp>,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

impl ObjectiveReview {
    /// What is left; negative when overspent.
    pub fn left(&self) -> f64 {
        self.allowed - self.spent
    }

    /// Minutes of a full outage that were spent.
    pub fn spent_minutes(&self) -> Option<f64> {
        Some(self.allowed_minutes * self.spent_ratio?)
    }

    /// What is to be said of when measuring began, if that was after the period's beginning, or never.
    pub fn measured_since(&self, review: &Review) -> Option<String> {
        if matches!(self.slo.indicator, Indicator::Composite { .. }) {
            return None;
        }
        let zone = review.period.zone;
        match self.counted_from {
            None => Some("It was never counted where this was read.".to_owned()),
            Some(from) if from >= review.until => {
                Some(format!("Counting began on {}, which is after this time.", words::day_of(zone, from)))
            }
            Some(_) => {
                let first = self.leading_gap(review)?;
                (first.until < review.until).then(|| {
                    format!(
                        "Measured since {}, {}; the time before is not known.",
                        words::day_of(zone, first.until),
                        words::clock(zone, first.until)
                    )
                })
            }
        }
    }

    /// The gap that the period begins with, if it does.
    fn leading_gap(&self, review: &Review) -> Option<TimeRange> {
        self.gaps.first().copied().filter(|gap| gap.after <= review.period.range().after)
    }

    /// Gaps after measuring began.
    pub fn gaps_within(&self, review: &Review) -> Vec<TimeRange> {
        let skipped = usize::from(self.leading_gap(review).is_some());
        self.gaps.iter().skip(skipped).copied().collect()
    }

    /// The share of the budget that so many bad events are; `None` without a budget.
    pub fn share(&self, bad: f64) -> Option<f64> {
        (self.allowed > 0.0).then(|| bad / self.allowed)
    }
}

/// How many may be bad. Of a calendar window in slices the whole is known from its first day; otherwise it is a share of
/// what happened, as in [`slo_model::budget::verdict`].
pub(super) fn allowed(slo: &Slo, counts: Sums, length: Span) -> f64 {
    let share = slo.target.budget();
    match slo.budgeting {
        Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice }
            if !slo.window.is_rolling() && counts.total > 0.0 =>
        {
            share * length.as_seconds_f64() / slice.max(Span::SECOND).as_seconds_f64()
        }
        _ => share * counts.total,
    }
}

/// Every objective of the facts.
pub(super) fn all(facts: &Facts) -> Vec<ObjectiveReview> {
    let sums: BTreeMap<&SloKey, Known> =
        facts.objectives.iter().map(|one| (&one.slo.key, Known::of(one))).collect();
    let mut anchors = BTreeMap::new();
    facts.objectives.iter().map(|one| of(facts, one, &sums, &mut anchors)).collect()
}

/// The sums of an objective over each stretch that is asked about.
struct Known {
    target: slo_model::slo::Target,
    period: Sums,
    before: Option<Sums>,
    months: Vec<Option<Sums>>,
}

impl Known {
    fn of(objective: &ObjectiveFacts) -> Self {
        let mut period = Sums::default();
        for piece in objective.groups.iter().flat_map(|group| &group.pieces) {
            period.good += piece.sums.good;
            period.total += piece.sums.total;
        }
        period.covered = objective.coverage.iter().map(|(_, seconds)| seconds).sum();
        Self {
            target: objective.slo.target,
            period: period.tidy(),
            before: objective.before,
            months: objective.months.clone(),
        }
    }
}

/// What the parts of a composite come to over one stretch.
fn weighed(slo: &Slo, parts: &[(f64, &Known)], pick: impl Fn(&Known) -> Option<Sums>) -> Option<Sums> {
    let parts: Vec<Part> = parts
        .iter()
        .filter_map(|(weight, known)| {
            let sums = WindowSums { whole: pick(known)?, burn: Default::default() };
            Some(Part { weight: *weight, target: known.target, sums })
        })
        .collect();
    (!parts.is_empty()).then(|| composite(slo, &parts).0.whole)
}

fn of(
    facts: &Facts,
    objective: &ObjectiveFacts,
    sums: &BTreeMap<&SloKey, Known>,
    anchors: &mut BTreeMap<String, usize>,
) -> ObjectiveReview {
    let slo = &objective.slo;
    let range = facts.period.range();
    let elapsed = TimeRange::new(range.after, facts.until.min(range.until)).length();
    let (counts, before, months) = match (&slo.indicator, sums.get(&slo.key)) {
        (Indicator::Composite { parts }, _) => {
            let known = |(key, weight): &(SloKey, f64)| Some((*weight, sums.get(key)?));
            let parts: Vec<(f64, &Known)> = parts.iter().filter_map(known).collect();
            let month = |at: usize| weighed(slo, &parts, |one| one.months.get(at).copied().flatten());
            (
                weighed(slo, &parts, |one| Some(one.period)).unwrap_or_default(),
                weighed(slo, &parts, |one| one.before),
                (0..12).map(month).collect(),
            )
        }
        (_, Some(known)) => (known.period, known.before, known.months.clone()),
        (_, None) => (Sums::default(), None, Vec::new()),
    };
    let is_composite = matches!(slo.indicator, Indicator::Composite { .. });
    let allowed_now = allowed(slo, counts, range.length());
    let spent = (counts.total - counts.good).max(0.0);
    let spent_ratio = (counts.total > 0.0 && allowed_now > 0.0).then(|| spent / allowed_now);
    let seconds = elapsed.as_seconds_f64();
    let coverage = if seconds > 0.0 { (counts.covered / seconds).clamp(0.0, 1.0) } else { 0.0 };
    let outcome = match spent_ratio {
        Some(spent) if spent > 1.0 => Outcome::Missed,
        Some(_) => Outcome::Met,
        None if counts.covered > 0.0 => Outcome::NoEvents,
        None => Outcome::NoData,
    };
    let lengths: Vec<Span> = facts.period.months().iter().map(|month| month.range().length()).collect();
    let before = Months::of(slo, &[before], &[facts.period.before().range().length()]);
    let exact = !objective.estimated && !objective.slices_estimated;
    ObjectiveReview {
        anchor: anchor(&slo.key.to_string(), anchors),
        name: words::name(&slo.key.to_string()),
        promise: promise(slo),
        outcome,
        unit: Unit::of(slo),
        counts,
        allowed: allowed_now,
        spent,
        spent_ratio,
        allowed_minutes: slo.target.budget() * seconds * coverage / 60.0,
        coverage,
        gaps: gaps(&objective.coverage),
        before: before.spent.first().copied().flatten(),
        months: Months::of(slo, &months, &lengths),
        counted: if exact { Counted::Exactly } else { Counted::Estimated },
        spend: (!is_composite && counts.total > 0.0).then(|| spend::of(facts, objective)),
        counted_from: objective.counted_from,
        warnings: objective.warnings.clone(),
        slo: Arc::clone(slo),
    }
}

/// A name as a link's end: letters and digits of any script, the rest as hyphens; a number tells equal ones apart.
fn anchor(name: &str, known: &mut BTreeMap<String, usize>) -> String {
    let plain: String =
        words::name(name).chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let count = known.entry(plain.clone()).or_default();
    *count += 1;
    if *count == 1 { format!("objective-{plain}") } else { format!("objective-{plain}-{count}") }
}

/// What is promised: a bound where there is one, otherwise the first sentence of the description.
fn promise(slo: &Slo) -> String {
    let about = &slo.about;
    let bound = |comparison: Comparison, threshold: f64| {
        let (word, limit) = match comparison {
            Comparison::LessOrEqual | Comparison::Less => ("within", threshold),
            Comparison::GreaterOrEqual | Comparison::Greater => ("at least", threshold),
        };
        format!("{word} {}", seconds(limit))
    };
    match &slo.indicator {
        Indicator::ClassicHistogram { comparison, threshold, .. }
        | Indicator::NativeHistogram { comparison, threshold, .. } => bound(*comparison, *threshold),
        _ => {
            let text = if about.description.is_empty() { &about.display_name } else { &about.description };
            let sentence = text.split_once(". ").map_or(text.as_str(), |(first, _)| first);
            slo_core::text::one_line(sentence.trim_end_matches('.'), MOST_PROMISE)
        }
    }
}

/// A bound of a histogram, which Prometheus has in seconds.
fn seconds(value: f64) -> String {
    if value < 1.0 {
        format!("{} ms", words::number(value * 1000.0, 0))
    } else {
        let text = words::number(value, 3);
        format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Neighbouring stretches that are hardly covered.
fn gaps(coverage: &[(TimeRange, f64)]) -> Vec<TimeRange> {
    let mut gaps: Vec<TimeRange> = Vec::new();
    let is_gap = |(range, seconds): &&(TimeRange, f64)| *seconds < range.length().as_seconds_f64() * GAP;
    for (range, _) in coverage.iter().filter(is_gap) {
        match gaps.last_mut() {
            Some(last) if last.until == range.after => last.until = range.until,
            _ => gaps.push(*range),
        }
    }
    gaps
}
