//! Reads an indicator's history bucket by bucket, in order. What it remembers between reads is only what counting
//! needs, so a tick costs one short read.

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::{Bucket, GroupBuckets, gather_coverage};
use slo_model::counting::{Axis, Counted, Decision, Histograms, Rules, Tally};
use slo_model::slo::Slo;
use slo_model::source::{Source, SourceError};

use super::heard::Heard;
use super::owed::{Owed, Standing};
use super::plan::{PointsPlan, RawPlan, ReadPlan, WindowedPlan};
use super::raw::Observation;
use super::read_warnings::{Found, ReadWarnings, ordered};
use super::windowed;
use super::{EvaluateError, Limits, ended, native, points, raw};

/// The samples one chunk of a long read aims at: about 40 MB of JSON.
const SAMPLES_PER_CHUNK: usize = 1_000_000;
/// What is asked for first.
const FIRST_CHUNK: Span = Span::hours(1);
/// The shortest chunk worth asking for.
const SHORTEST_CHUNK: Span = Span::minutes(1);
/// The longest; what was there for a few days only is soon found.
const LONGEST_CHUNK: Span = Span::days(31);
/// The two sides of a ratio are read one after the other, and what was scraped last may be in only one of them: buckets that
/// end so shortly before the end of a read, or will be read again, are no reason to doubt the queries.
const YOUNG: Span = Span::minutes(1);

/// What is missing is looked for among histograms of another kind, so often.
const HINTED: Span = Span::minutes(10);

/// What was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// What happened, per group.
    pub groups: Vec<GroupBuckets>,
    /// It came from the source's arithmetic, not from raw samples.
    pub estimated: bool,
    /// What people should know: the server's warnings, and why something was estimated or not counted.
    pub warnings: Vec<String>,
    /// What was decided about births, restarts and continuations, when [`Limits::explain`] asks.
    pub decisions: Vec<Decision>,
    /// Samples that were read.
    pub samples: usize,
    /// The total has turned out to have ended before this read: what was covered since does not count as covered.
    pub uncovered: Option<TimeRange>,
    /// An answer lacked data: nothing of this read is final, and its time does not count as covered.
    pub partial: bool,
    /// The next read begins here.
    pub settled_to: Timestamp,
    /// What ends here or before is final. Earlier than `settled_to` while partial answers are waited out.
    pub final_to: Timestamp,
}

/// Warnings that hold for longer than one read.
#[derive(Debug, Default)]
struct Lasting {
    why_estimated: Option<String>,
    of_estimates: Vec<String>,
    /// When a series of the total had its newest sample.
    total_at: Option<Timestamp>,
    /// The total has ended, as was told; what was covered before is to be taken back until that is stored.
    has_ended: bool,
    /// What it may have become.
    hint: String,
    uncovered: Option<TimeRange>,
    /// What was found of histograms of another kind, and when that was asked.
    hints: Option<(Timestamp, Vec<String>)>,
}

/// A reader of one indicator's history.
#[derive(Debug)]
pub struct Recorder {
    pub(super) plan: ReadPlan,
    group_by: Vec<String>,
    pub(super) limits: Limits,
    pub(super) tally: Tally,
    /// What native histograms were like.
    pub(super) histograms: Histograms,
    pub(super) primed: bool,
    pub(super) settled_to: Timestamp,
    /// What was read of each hour.
    pub(super) heard: Heard,
    /// What one answer of the source should hold, as the last ones tell.
    chunk: Span,
    /// Warnings that hold for longer than the read that brought them: why it is estimated, and what the last estimates were
    /// like, which come less often than reads.
    lasting: Lasting,
    /// As it was before the last read, for [`Recorder::forget`], and whether that read began to owe; there only while a tick
    /// runs.
    before: Option<Box<(Standing, bool)>>,
    /// What partial answers left to be read again.
    pub(super) owed: Option<Box<Owed>>,
}

impl Recorder {
    /// A reader that begins after `settled_to`. Counting as a whole began at `counted_from`, which decides what is
    /// history.
    pub fn new(
        slo: &Slo,
        plan: ReadPlan,
        limits: Limits,
        counted_from: Timestamp,
        settled_to: Timestamp,
    ) -> Self {
        let rules = Rules {
            group_by: slo.group_by.clone(),
            replica_label: limits.replica_label.clone(),
            counted_from,
            first_values: slo.first_values,
            max_groups: limits.max_groups,
            bad: matches!(&plan, ReadPlan::Raw(plan) if plan.bad),
            explain: limits.explain,
            targets_named: match &plan {
                ReadPlan::Raw(plan) => plan.targets(slo_core::metrics::UP.name).is_some(),
                ReadPlan::Points(_) | ReadPlan::Windowed(_) | ReadPlan::Composite => true,
            },
        };
        Self {
            plan,
            group_by: slo.group_by.clone(),
            limits,
            tally: Tally::new(rules),
            histograms: Histograms::default(),
            primed: false,
            settled_to,
            chunk: FIRST_CHUNK,
            heard: Heard::new(settled_to),
            lasting: Lasting::default(),
            before: None,
            owed: None,
        }
    }

    /// The next read begins here. Everything up to here has been read for good, unless something is owed
    /// ([`Recorder::final_to`]).
    pub fn settled_to(&self) -> Timestamp {
        self.settled_to
    }

    /// How the indicator is read.
    pub fn plan(&self) -> &ReadPlan {
        &self.plan
    }

    /// Takes another plan for the same indicator, made when more was known.
    pub fn replan(&mut self, plan: ReadPlan) {
        self.plan = plan;
    }

    /// Tells which groups are known already; the number of groups is limited, and these keep their place.
    pub fn know_groups(&mut self, recorded: Vec<GroupBuckets>) {
        let with_events =
            recorded.into_iter().filter(|group| group.buckets.iter().any(|bucket| bucket.total > 0.0));
        self.tally.know_groups(with_events.map(|group| group.group));
    }

    /// Counters that are remembered between reads.
    pub fn counters(&self) -> usize {
        self.tally.counters()
    }

    /// Takes the last read back: what it brought could not be stored, so it must be read again.
    pub fn forget(&mut self) {
        if let Some((before, began_to_owe)) = self.before.take().map(|before| *before) {
            self.stand(before);
            if began_to_owe {
                self.owed = None;
            }
        }
    }

    /// What the last read brought is stored; it cannot be taken back any more.
    pub fn keep(&mut self) {
        self.before = None;
        self.lasting.uncovered = None;
    }

    /// Reads `(settled_to, until]` into buckets that end at multiples of `step` and at `cuts`. The next read begins
    /// after `settle`, which lies between; what was read after it will be read again.
    pub async fn read(
        &mut self,
        source: &dyn Source,
        until: Timestamp,
        settle: Timestamp,
        step: Span,
        cuts: &[Timestamp],
    ) -> Result<Recorded, EvaluateError> {
        self.before = Some(Box::new((self.standing(), false)));
        let mut result = self.read_any(source, until, settle, step, cuts).await;
        match &mut result {
            Ok(recorded) => {
                if recorded.partial {
                    not_covered(&mut recorded.groups, Timestamp::MIN);
                }
                let before = self.before.as_ref().filter(|_| recorded.partial && self.owed.is_none());
                let before = before.map(|before| before.0.clone());
                let began_to_owe = self.note(recorded.partial, before);
                if let Some(before) = &mut self.before {
                    before.1 = began_to_owe;
                }
                if !self.group_by.is_empty() {
                    gather_coverage(&mut recorded.groups);
                }
                self.settled_to = self.settled_to.max(self.whole_estimates(settle, step));
                recorded.settled_to = self.settled_to;
                recorded.final_to = self.final_to();
            }
            Err(_) => self.forget(),
        }
        result
    }

    async fn read_any(
        &mut self,
        source: &dyn Source,
        until: Timestamp,
        settle: Timestamp,
        step: Span,
        cuts: &[Timestamp],
    ) -> Result<Recorded, EvaluateError> {
        Ok(match self.plan.clone() {
            ReadPlan::Raw(plan) => match self.read_raw(&plan, source, until, settle, step, cuts).await {
                Err(EvaluateError::Source(SourceError::TooManySeries { selector, limit })) => {
                    let estimate = plan.estimate(&self.group_by)?;
                    self.lasting.why_estimated = Some(format!(
                        "{selector} has more than {limit} series; estimated by sum(increase()) (raise --max-series to count)"
                    ));
                    self.read_windowed(estimate, source, until, step).await?
                }
                other => other?,
            },
            ReadPlan::Points(plan) => {
                let grid = TimeRange::new(self.settled_to.align_down(step), until.align_down(step));
                let mut recorded = points::read(&plan, source, &self.group_by, grid, step).await?;
                if let PointsPlan::Threshold(query, ..) = &plan
                    && recorded.groups.is_empty()
                {
                    recorded.warnings.extend(native::hint_of_value(query, source, until).await);
                }
                recorded
            }
            ReadPlan::Windowed(plan) => self.read_windowed(plan, source, until, step).await?,
            ReadPlan::Composite => Recorded::default(),
        })
    }

    async fn read_windowed(
        &mut self,
        mut plan: WindowedPlan,
        source: &dyn Source,
        until: Timestamp,
        step: Span,
    ) -> Result<Recorded, EvaluateError> {
        self.plan = ReadPlan::Windowed(plan.clone());
        let range = TimeRange::new(self.whole_estimates(self.settled_to, step), until);
        let read = windowed::history(&mut plan, source, &self.group_by, range, step).await?;
        let (mut partial, bad) = (false, plan.bad);
        // With what was found out about the source.
        self.plan = ReadPlan::Windowed(plan);
        let groups = read.map_or_else(Vec::new, |(groups, warnings)| {
            partial = warnings.partial;
            self.lasting.of_estimates = warnings.warnings(bad);
            groups
        });
        let samples = groups.iter().map(|group| group.buckets.len()).sum();
        let warnings = self.lasting.why_estimated.iter().chain(&self.lasting.of_estimates).cloned().collect();
        Ok(Recorded { groups, estimated: true, samples, warnings, partial, ..Recorded::default() })
    }

    /// Estimates are as long as several buckets, so they settle together.
    fn whole_estimates(&self, at: Timestamp, step: Span) -> Timestamp {
        match self.plan {
            ReadPlan::Windowed(_) => at.align_down(self.grid(step)),
            ReadPlan::Raw(_) | ReadPlan::Points(_) | ReadPlan::Composite => at,
        }
    }

    /// Reading may begin at multiples of this: of a bucket's length, or of an estimate's.
    pub(crate) fn grid(&self, step: Span) -> Span {
        match self.plan {
            ReadPlan::Windowed(_) => windowed::estimate_length(step),
            ReadPlan::Raw(_) | ReadPlan::Points(_) | ReadPlan::Composite => step,
        }
    }

    /// What one answer of the source should hold, as the last ones told.
    pub(crate) fn chunk(&self) -> Span {
        self.chunk
    }

    /// Begins after `settled_to` instead; nothing was read yet.
    #[must_use]
    pub(crate) fn from(self, settled_to: Timestamp) -> Self {
        Self { settled_to, ..self }
    }

    /// Goes by what another reader of the same indicator found.
    #[must_use]
    pub(crate) fn with_chunk(self, chunk: Span) -> Self {
        Self { chunk, ..self }
    }

    async fn read_raw(
        &mut self,
        plan: &RawPlan,
        source: &dyn Source,
        until: Timestamp,
        settle: Timestamp,
        step: Span,
        cuts: &[Timestamp],
    ) -> Result<Recorded, EvaluateError> {
        let mut recorded = Recorded::default();
        let mut warnings = ReadWarnings::default();
        let mut after = self.settled_to;
        let mut scraped_at = None;
        let mut undecided = 0.0;
        if !self.primed {
            let replica_label = self.limits.replica_label.as_deref();
            raw::prime(plan, source, &mut self.tally, replica_label, after, &mut warnings).await?;
        }
        while after < until {
            let end = chunk_end(after, self.chunk, (settle, until), step);
            let range = TimeRange::new(after, end);
            let settled = settle.min(end);
            // What fails is asked again, and begins where this did.
            let mut histograms = self.histograms.clone();
            let counters = (&mut self.tally, &mut histograms);
            let (limits, first) = (&self.limits, !self.primed);
            let observed =
                raw::observe(plan, source, limits, counters, (range, settled), first, &mut warnings);
            match observed.await {
                Ok(Observation { observed, weight }) => {
                    let newest = raw::newest_of_total(&observed);
                    self.lasting.total_at = self.lasting.total_at.max(newest);
                    scraped_at = scraped_at.max(raw::newest_scrape(&observed));
                    let axis = Axis::new(range, step, cuts);
                    let counted = self.tally.count(&observed, &axis, settle.min(end));
                    if self.limits.late > Span::ZERO {
                        let settled = TimeRange::new(after, settle.min(end).max(after));
                        let scraped = observed.series.iter().map(|(series, _)| series);
                        self.heard.add(scraped.filter(|series| native::is_scraped(plan, series)), settled);
                        self.heard.forget(settled.until, self.limits.late);
                    }
                    recorded.samples += weight;
                    undecided += counted.undecided;
                    self.histograms = histograms;
                    warnings.counted(&counted);
                    recorded.estimated |= counted.is_uncertain();
                    recorded.decisions.extend_from_slice(&counted.decisions);
                    let young = settle.min(until - YOUNG);
                    merge(&mut recorded.groups, buckets(counted, &axis, plan.bad, young, &mut warnings));
                    self.primed = true;
                    self.chunk = next_chunk(self.chunk, end - after, weight);
                    after = end;
                }
                Err(EvaluateError::Source(SourceError::TooLarge { .. } | SourceError::Timeout { .. }))
                    if end - after > SHORTEST_CHUNK =>
                {
                    self.chunk = ((end - after) / 4).max(SHORTEST_CHUNK);
                }
                Err(error) => return Err(error),
            }
        }
        if self.tally.sides().has_total() {
            // What was there before counting began had its last sample before.
            let last = *self.lasting.total_at.get_or_insert(self.settled_to);
            let ended_after = self.limits.ended_after;
            let has_ended = scraped_at.is_some_and(|scraped| scraped - last > ended_after);
            if has_ended && !warnings.partial {
                not_covered(&mut recorded.groups, last);
                let before = TimeRange { after: last.align_up(step), until: self.settled_to };
                if !self.lasting.has_ended && before.after < before.until {
                    self.lasting.uncovered = Some(before);
                }
                if !self.lasting.has_ended {
                    self.lasting.hint = ended::hint(plan, source, until).await;
                }
                self.lasting.has_ended = true;
                recorded.uncovered = self.lasting.uncovered;
                warnings.say([format!(
                    "the total has had no series since {last}, though its targets are scraped and had them before; {}",
                    self.lasting.hint
                )]);
            } else if !has_ended && scraped_at.is_some() {
                self.lasting.has_ended = false;
            }
        }
        let (numerator, total) = (self.tally.sides().has_numerator(), self.tally.sides().has_total());
        warnings.found(Found { numerator, events: numerator, total }, plan.bad);
        if !self.tally.sides().has_total() || !(numerator || plan.bad) {
            let (asked, told) = match self.lasting.hints.take().filter(|(asked, _)| until - *asked < HINTED) {
                Some(known) => known,
                None => (until, native::hints(plan, source, until).await?),
            };
            warnings.say(told.iter().cloned());
            self.lasting.hints = Some((asked, told));
        }
        if undecided > 0.0 {
            let sums = recorded.groups.iter().flat_map(|group| &group.buckets);
            let bad = sums.fold(0.0, |bad, bucket| bad + (bucket.total - bucket.good));
            warnings.say(native::undecided(&self.histograms, undecided, (bad, plan.bad_below())));
        }
        recorded.partial = warnings.partial;
        recorded.warnings = warnings.warnings(plan.bad);
        Ok(recorded)
    }
}

/// Takes the coverage of what ends after `after`.
fn not_covered(groups: &mut [GroupBuckets], after: Timestamp) {
    let buckets = groups.iter_mut().flat_map(|group| &mut group.buckets);
    buckets.filter(|bucket| bucket.end > after).for_each(|bucket| bucket.covered = 0.0);
    for group in groups {
        group.buckets.retain(Bucket::has_data);
    }
}

/// Where the chunk after `after` ends: on the grid, and not between `settle` and `until`, for the state that the next
/// read begins with is the one at `settle`.
fn chunk_end(
    after: Timestamp,
    chunk: Span,
    (settle, until): (Timestamp, Timestamp),
    step: Span,
) -> Timestamp {
    if after + chunk >= until {
        return until;
    }
    let end = (after + chunk).align_down(step).min(settle);
    if end > after { end } else { until }
}

/// The chunk that should bring the samples we aim at, given what `read`, the last one, brought. One that was short because
/// there was no more to read tells nothing of longer ones.
fn next_chunk(chunk: Span, read: Span, samples: usize) -> Span {
    let factor = (SAMPLES_PER_CHUNK as f64 / samples.max(1) as f64).clamp(0.25, 12.0);
    let next = Span::from_seconds((read.as_seconds_f64() * factor) as i64);
    if factor > 1.0 { next.max(chunk) } else { next }.clamp(SHORTEST_CHUNK, LONGEST_CHUNK)
}

/// Buckets of what was counted; those without events and coverage are left out. Those that end after `young` are put right
/// without a word.
fn buckets(
    counted: Counted,
    axis: &Axis,
    bad: bool,
    young: Timestamp,
    warnings: &mut ReadWarnings,
) -> Vec<GroupBuckets> {
    let Counted { groups, covered, .. } = counted;
    let at = |values: &[f64], index: usize| values.get(index).copied().unwrap_or_default();
    let mut build = |numerator: &[f64], total: &[f64]| -> Vec<Bucket> {
        let all = axis.ends().iter().enumerate().map(|(index, end)| {
            let (end, part, total) = (*end, at(numerator, index), at(total, index));
            let (good, total) = if end > young {
                ordered(part, total, bad)
            } else {
                warnings.ordered(part, total, bad, false)
            };
            Bucket { end, good, total, covered: at(&covered, index) }
        });
        all.filter(Bucket::has_data).collect()
    };
    if groups.is_empty() && covered.iter().any(|seconds| *seconds > 0.0) {
        // The targets were scraped and had no such series: that is knowledge too.
        return vec![GroupBuckets { group: slo_core::labels::Labels::new(), buckets: build(&[], &[]) }];
    }
    groups
        .iter()
        .map(|group| GroupBuckets {
            group: group.group.clone(),
            buckets: build(&group.numerator, &group.total),
        })
        .collect()
}

fn merge(all: &mut Vec<GroupBuckets>, new: Vec<GroupBuckets>) {
    for group in new {
        match all.iter_mut().find(|known| known.group == group.group) {
            Some(known) => known.buckets.extend(group.buckets),
            None => all.push(group),
        }
    }
    all.sort_by(|a, b| a.group.cmp(&b.group));
}
