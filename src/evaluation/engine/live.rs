//! The windows of one group of an SLO, moved by new buckets.

use slo_model::buckets::Bucket;
use slo_model::budget::{Rolling, slices};
use slo_model::slo::{Budgeting, Slo};

/// The windows of one group.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) rolling: Rolling,
    /// Events since the beginning of the slice that was open at the last settled moment; empty when the SLO is not
    /// budgeted in slices.
    open: Vec<Bucket>,
}

/// The length of the SLO's slices in seconds, 0 when events are counted.
pub(super) fn slice_seconds(slo: &Slo) -> i64 {
    match slo.budgeting {
        Budgeting::Occurrences => 0,
        Budgeting::Timeslices { slice_seconds, .. } | Budgeting::RatioTimeslices { slice_seconds } => {
            slice_seconds
        }
    }
}

/// Where the slice that contains the moment after `at` begins; `at` itself without slices.
pub(super) fn slice_start(slo: &Slo, at: i64) -> i64 {
    match slice_seconds(slo) {
        0 => at,
        seconds => at.div_euclid(seconds) * seconds,
    }
}

impl Live {
    /// Windows ending at `at` of which nothing is known yet.
    pub(super) fn empty(slo: &Slo, at: i64, step: i64) -> Self {
        Self { rolling: Rolling::new(slo, &[], at, step), open: Vec::new() }
    }

    /// Adds the events of `(after, until]`, a piece of history that begins and ends with slices; what ends later than
    /// `settled` may still change.
    pub(super) fn add(&mut self, slo: &Slo, events: &[Bucket], (after, until): (i64, i64), settled: i64) {
        self.rolling.add(&slices(slo.budgeting, slo.no_data, events, after, until));
        if slice_seconds(slo) > 0 {
            let keep = slice_start(slo, settled);
            self.open.extend(events.iter().filter(|bucket| bucket.end > keep));
        }
    }

    /// Moves the windows to `at` with the events of `(settled, at]`, which replace what was known of that time; from
    /// then on what ends at `next_settled` or before is final. False when history has to be read again.
    pub(super) fn advance(
        &mut self,
        slo: &Slo,
        events: &[Bucket],
        (settled, next_settled, at): (i64, i64, i64),
        step: i64,
    ) -> bool {
        if slice_seconds(slo) == 0 {
            return self.rolling.advance(slo, &every_step(events, settled, at, step), at);
        }
        self.open.retain(|bucket| bucket.end <= settled);
        self.open.extend(events.iter().filter(|bucket| bucket.end > settled));
        let sliced = slices(slo.budgeting, slo.no_data, &self.open, slice_start(slo, settled), at);
        let moved = self.rolling.advance(slo, &every_step(&sliced, settled, at, step), at);
        let keep = slice_start(slo, next_settled);
        self.open.retain(|bucket| bucket.end > keep);
        moved
    }

    /// The events that are known of the time after `settled`.
    pub(super) fn unsettled(&self, slo: &Slo, settled: i64) -> Vec<Bucket> {
        if slice_seconds(slo) == 0 {
            return self.rolling.recent(settled).collect();
        }
        self.open.iter().filter(|bucket| bucket.end > settled && bucket.has_data()).copied().collect()
    }

    /// True when no event is left in any window, so that the group is as if it had never been.
    pub(super) fn is_over(&self) -> bool {
        let sums = self.rolling.sums();
        sums.whole.total <= 0.0 && sums.burn.iter().flatten().all(|window| window.total <= 0.0)
    }
}

/// One bucket for each step of `(after, until]`, so that one that became empty is taken back too.
fn every_step(buckets: &[Bucket], after: i64, until: i64, step: i64) -> Vec<Bucket> {
    let mut known = buckets.iter().skip_while(|bucket| bucket.end <= after).peekable();
    let mut out = Vec::new();
    let mut end = after + step;
    while end <= until {
        let mut bucket = Bucket { end, ..Bucket::default() };
        while let Some(next) = known.next_if(|next| next.end <= end) {
            bucket.good += next.good;
            bucket.total += next.total;
            bucket.covered += next.covered;
        }
        out.push(bucket);
        end += step;
    }
    out
}
