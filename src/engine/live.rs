//! The windows of one group of an SLO, moved by new buckets.

use crate::buckets::Bucket;
use crate::budget::{Rolling, slices};
use crate::slo::{Budgeting, Slo};

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
    /// Windows ending at `at` from the events since `after`; what ends later than `settled` may still change.
    pub(super) fn new(
        slo: &Slo,
        events: &[Bucket],
        (after, settled, at): (i64, i64, i64),
        step: i64,
    ) -> Self {
        let sliced = slices(slo.budgeting, slo.no_data, events, after, at);
        let mut live = Self { rolling: Rolling::new(slo, &sliced, at, step), open: events.to_vec() };
        live.trim(slo, settled);
        live
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
        self.open.extend_from_slice(events);
        let sliced = slices(slo.budgeting, slo.no_data, &self.open, slice_start(slo, settled), at);
        let moved = self.rolling.advance(slo, &every_step(&sliced, settled, at, step), at);
        self.trim(slo, next_settled);
        moved
    }

    fn trim(&mut self, slo: &Slo, settled: i64) {
        if slice_seconds(slo) == 0 {
            self.open = Vec::new();
        } else {
            let keep = slice_start(slo, settled);
            self.open.retain(|bucket| bucket.end > keep);
        }
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
