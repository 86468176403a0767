//! What an objective counted, from the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_evaluation::ledger::{History, Ledger, LedgerError, Resolution};
use slo_model::buckets::{Bucket, GroupBuckets};
use slo_model::budget::{Sums, slices};
use slo_model::slo::{Budgeting, NoData, Slo};
use slo_report::facts::{IncidentFacts, ObjectiveFacts};
use slo_report::period::{Kind, Period};
use slo_report::review::{LONGEST_LEAD, names};

use super::ReportError;
use super::cells::{Cells, Counts, HOUR};

/// So much is read at once: a month of a thousand groups, bucket by bucket, would fill gigabytes.
const CHUNK: Span = Span::days(2);

/// An objective of which nothing was ever recorded, or that is put together from others.
pub(super) fn unknown(slo: &Arc<Slo>) -> ObjectiveFacts {
    ObjectiveFacts {
        slo: Arc::clone(slo),
        groups: Vec::new(),
        coverage: Vec::new(),
        before: None,
        months: vec![None; 12],
        counted_from: None,
        estimated: false,
        slices_estimated: false,
        warnings: Vec::new(),
    }
}

/// What is read of one objective.
pub(super) struct Read<'a> {
    pub(super) ledger: &'a dyn Ledger,
    pub(super) slo: &'a Arc<Slo>,
    pub(super) history: History,
    pub(super) period: Period,
    pub(super) until: Timestamp,
}

/// Counts of a stretch.
struct Counted {
    counts: Counts,
    /// Seconds with data, by the hour they belong to.
    covered: BTreeMap<Timestamp, f64>,
    /// Some slices were taken from the sums of their hour.
    estimated: bool,
}

impl Read<'_> {
    /// Everything that a report wants to know of it.
    pub(super) async fn objective(&self, incidents: &[IncidentFacts]) -> Result<ObjectiveFacts, ReportError> {
        let range = self.period.range();
        let within = self.on_grid(TimeRange::new(range.after, self.until));
        let own = incidents.iter().filter(|incident| names(incident, self.slo));
        let edges: Vec<TimeRange> = own
            .flat_map(|incident| {
                let opened = TimeRange::new(incident.opened_at - LONGEST_LEAD, incident.opened_at);
                let resolved = incident.resolved_at.map(|at| TimeRange::new(at - Span::SECOND, at));
                [Some(opened), resolved]
            })
            .flatten()
            .collect();
        let cells = Cells::new(within, &edges, self.step());
        let counted = self.counted(within, &cells).await?;
        let mut exact = counted.counts.whole();
        exact.covered = counted.covered.values().sum();
        let covered = |hour: TimeRange| (hour, counted.covered.get(&hour.until).copied().unwrap_or_default());
        let coverage: Vec<(TimeRange, f64)> = cells.hours().into_iter().map(covered).collect();
        let months = self.months(exact).await?;
        let before = self.before(&months).await?;
        let mut facts = unknown(self.slo);
        facts.coverage = coverage;
        facts.groups = counted.counts.groups();
        facts.before = before;
        facts.months = months;
        facts.counted_from = self.history.counted_from;
        facts.estimated = self.history.estimated;
        facts.slices_estimated = counted.estimated;
        Ok(facts)
    }

    fn step(&self) -> Span {
        self.ledger.step()
    }

    fn on_grid(&self, range: TimeRange) -> TimeRange {
        let until = range.until.align_down(self.step());
        TimeRange::new(range.after.align_down(self.step()).min(until), until)
    }

    async fn counted(&self, within: TimeRange, cells: &Cells) -> Result<Counted, LedgerError> {
        let mut counted = Counted { counts: Counts::default(), covered: BTreeMap::new(), estimated: false };
        let slice = self.slo.budgeting.slice();
        let whole_hours = within.after.align_down(HOUR) == within.after;
        if slice == Span::ZERO && whole_hours {
            let events = self.events(within, Resolution::Coarse).await?;
            let far = |bucket: &&Bucket| !cells.is_near(bucket.end);
            for group in events.groups() {
                for bucket in group.buckets.iter().filter(far) {
                    counted.add(&group.group, bucket, cells, false);
                }
            }
            counted.cover(events.coverage.iter().filter(far), cells);
            for near in cells.near() {
                self.fine(near, cells, &mut counted).await?;
            }
            return Ok(counted);
        }
        // Pieces that begin and end with a slice, so that none is lost between two.
        let length = if slice > Span::ZERO { slice * ((CHUNK / slice).max(1)) } else { CHUNK };
        let mut after = if slice > Span::ZERO { within.after.align_up(slice) } else { within.after };
        while after < within.until {
            let until = (after + length).min(within.until);
            self.fine(TimeRange::new(after, until), cells, &mut counted).await?;
            after = until;
        }
        Ok(counted)
    }

    /// Bucket by bucket, where buckets are still kept.
    async fn fine(&self, range: TimeRange, cells: &Cells, counted: &mut Counted) -> Result<(), LedgerError> {
        let events = self.events(range, Resolution::Fine).await?;
        let pruned = events.pruned(self.step());
        let is_pruned = |bucket: &Bucket| pruned.contains_key(&bucket.end.align_up(HOUR));
        for group in events.groups() {
            if self.slo.budgeting.slice() == Span::ZERO {
                for bucket in &group.buckets {
                    counted.add(&group.group, bucket, cells, is_pruned(bucket));
                }
                continue;
            }
            let (hours, fine): (Vec<Bucket>, Vec<Bucket>) =
                group.buckets.iter().copied().partition(is_pruned);
            let sliced = slices(self.slo.budgeting, self.slo.no_data, &fine, range);
            for slice in sliced.iter().filter(|slice| !is_pruned(slice)) {
                counted.add(&group.group, slice, cells, false);
            }
            for hour in &hours {
                let covered = pruned.get(&hour.end).copied().unwrap_or(hour.covered);
                let sums = estimated(self.slo, hour, covered, HOUR);
                counted.estimated = true;
                counted.counts.add(&group.group, cells.hour(hour.end), sums);
            }
        }
        counted.cover(events.coverage.iter(), cells);
        Ok(())
    }

    async fn events(&self, range: TimeRange, resolution: Resolution) -> Result<Events, LedgerError> {
        let range = self.on_grid(range);
        Ok(Events::new(self.slo, self.ledger.read(self.history.id, range, resolution).await?))
    }

    /// The twelve months, by the hour; the period's own is known exactly.
    async fn months(&self, exact: Sums) -> Result<Vec<Option<Sums>>, LedgerError> {
        let mut months = Vec::new();
        for month in self.period.months() {
            let is_this = self.period.kind == Kind::Month && month.first == self.period.first;
            months.push(if is_this { counted_any(exact) } else { self.sums(month.range()).await? });
        }
        Ok(months)
    }

    async fn before(&self, months: &[Option<Sums>]) -> Result<Option<Sums>, LedgerError> {
        let before = self.period.before();
        if self.slo.budgeting.slice() == Span::ZERO {
            if self.period.kind == Kind::Month {
                return Ok(months.iter().rev().nth(1).copied().flatten());
            }
            return self.sums(before.range()).await;
        }
        let within = self.on_grid(before.range());
        if self.is_before_counting(within) {
            return Ok(None);
        }
        let counted = self.counted(within, &Cells::new(within, &[], self.step())).await?;
        let covered = counted.covered.values().sum();
        Ok(counted_any(Sums { covered, ..counted.counts.whole() }))
    }

    fn is_before_counting(&self, range: TimeRange) -> bool {
        self.history.counted_from.is_none_or(|from| from >= range.until)
    }

    /// The sums of a stretch, by the hour; slices are estimated from their hours.
    async fn sums(&self, range: TimeRange) -> Result<Option<Sums>, LedgerError> {
        let range = TimeRange::new(range.after, range.until.min(self.until));
        if self.is_before_counting(range) || range.until <= range.after {
            return Ok(None);
        }
        if self.slo.budgeting.slice() == Span::ZERO {
            let Bucket { good, total, covered, .. } =
                self.ledger.sums(self.history.id, self.on_grid(range)).await?;
            return Ok(counted_any(Sums { good, total, covered }));
        }
        let events = self.events(range, Resolution::Coarse).await?;
        let shared: BTreeMap<Timestamp, f64> =
            events.coverage.iter().map(|bucket| (bucket.end, bucket.covered)).collect();
        let mut sums = Sums::default();
        for group in events.groups() {
            for bucket in &group.buckets {
                let covered = shared.get(&bucket.end).copied().unwrap_or(bucket.covered);
                let length = if covered > self.step().as_seconds_f64() { HOUR } else { self.step() };
                let part = estimated(self.slo, bucket, covered, length);
                sums.good += part.good;
                sums.total += part.total;
            }
        }
        sums.covered = events.coverage.iter().map(|bucket| bucket.covered).sum();
        Ok(counted_any(sums))
    }
}

fn counted_any(sums: Sums) -> Option<Sums> {
    (sums.total > 0.0 || sums.covered > 0.0).then_some(sums)
}

impl Counted {
    fn cover<'b>(&mut self, coverage: impl Iterator<Item = &'b Bucket>, cells: &Cells) {
        for bucket in coverage {
            *self.covered.entry(cells.hour(bucket.end).until).or_default() += bucket.covered;
        }
    }

    fn add(&mut self, group: &Labels, bucket: &Bucket, cells: &Cells, is_whole: bool) {
        let sums = Sums { good: bucket.good, total: bucket.total, covered: bucket.covered };
        self.counts.add(group, cells.of(bucket.end, is_whole), sums);
    }
}

/// Buckets of a stretch by group, and the coverage that the groups share.
struct Events {
    groups: Vec<GroupBuckets>,
    coverage: Vec<Bucket>,
}

impl Events {
    /// Of an objective that is split, the group without labels has the coverage; what happened in it are the events of series
    /// that lack the label.
    fn new(slo: &Slo, read: Vec<GroupBuckets>) -> Self {
        let mut groups = read;
        let whole = groups.iter().find(|group| group.group.is_empty());
        let coverage = whole.map(|group| group.buckets.clone()).unwrap_or_default();
        if !slo.group_by.is_empty() {
            groups.retain(|group| group.buckets.iter().any(|bucket| bucket.total > 0.0));
        }
        Self { groups, coverage }
    }

    fn groups(&self) -> &[GroupBuckets] {
        &self.groups
    }

    /// The ends of hours of which only the sums are kept, with their coverage: one bucket, at the hour's end, of more than a
    /// step.
    fn pruned(&self, step: Span) -> BTreeMap<Timestamp, f64> {
        let mut hours: BTreeMap<Timestamp, Option<f64>> = BTreeMap::new();
        let all = self.groups.iter().flat_map(|group| &group.buckets).chain(&self.coverage);
        for bucket in all {
            let hour = hours.entry(bucket.end.align_up(HOUR)).or_insert(Some(0.0));
            *hour = match *hour {
                Some(covered) if bucket.end.align_up(HOUR) == bucket.end => Some(covered.max(bucket.covered)),
                _ => None,
            };
        }
        let is_whole = |covered: f64| covered > step.as_seconds_f64() && step < HOUR;
        hours
            .into_iter()
            .filter_map(|(end, covered)| Some((end, covered.filter(|covered| is_whole(*covered))?)))
            .collect()
    }
}

/// About how many slices of `length` were good, from the sums of that time: as many as its share of good events.
fn estimated(slo: &Slo, bucket: &Bucket, covered: f64, length: Span) -> Sums {
    let slice = match slo.budgeting {
        Budgeting::Occurrences => {
            return Sums { good: bucket.good, total: bucket.total, covered: bucket.covered };
        }
        Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice } => slice.max(Span::SECOND),
    };
    let all = length.as_seconds_f64() / slice.as_seconds_f64();
    let seen =
        if bucket.total > 0.0 { (covered / slice.as_seconds_f64()).clamp(all.min(1.0), all) } else { 0.0 };
    let ratio = if bucket.total > 0.0 { bucket.good / bucket.total } else { 0.0 };
    let (good, total) = match slo.no_data {
        NoData::Ignore => (seen * ratio, seen),
        NoData::Good => (seen * ratio + (all - seen), all),
        NoData::Bad => (seen * ratio, all),
    };
    Sums { good: good.min(total), total, covered: bucket.covered }
}
