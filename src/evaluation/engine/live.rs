//! The windows of one group of an SLO, moved by new buckets.

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::Bucket;
use slo_model::budget::{Rolling, slices};
use slo_model::slo::Slo;

/// The windows of one group.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) rolling: Rolling,
    /// Events since the beginning of the slice that was open at the last settled moment; empty when the SLO is not
    /// budgeted in slices.
    open: Vec<Bucket>,
}

/// Where the slice that contains the moment after `at` begins; `at` itself without slices.
pub(super) fn slice_start(slo: &Slo, at: Timestamp) -> Timestamp {
    at.align_down(slo.budgeting.slice())
}

/// The moments that a tick is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// What ended here or before was final before the tick.
    pub(super) settled: Timestamp,
    /// What ends here or before is final after it.
    pub(super) next_settled: Timestamp,
    /// Where the windows end after it.
    pub(super) at: Timestamp,
}

impl Live {
    /// Windows ending at `at` of which nothing is known yet.
    pub(super) fn empty(slo: &Slo, at: Timestamp, step: Span) -> Self {
        Self { rolling: Rolling::new(slo, &[], at, step), open: Vec::new() }
    }

    /// Adds the events of `piece`, a part of history that begins and ends with slices; what ends later than
    /// `settled` may still change.
    pub(super) fn add(&mut self, slo: &Slo, events: &[Bucket], piece: TimeRange, settled: Timestamp) {
        self.rolling.add(&slices(slo.budgeting, slo.no_data, events, piece));
        if slo.budgeting.slice() > Span::ZERO {
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
        Times { settled, next_settled, at }: Times,
        step: Span,
    ) -> bool {
        let range = TimeRange::new(settled, at);
        if slo.budgeting.slice() == Span::ZERO {
            return self.rolling.advance(slo, &every_step(events, range, step), at);
        }
        self.open.retain(|bucket| bucket.end <= settled);
        self.open.extend(events.iter().filter(|bucket| bucket.end > settled));
        let sliced =
            slices(slo.budgeting, slo.no_data, &self.open, TimeRange::new(slice_start(slo, settled), at));
        let moved = self.rolling.advance(slo, &every_step(&sliced, range, step), at);
        let keep = slice_start(slo, next_settled);
        self.open.retain(|bucket| bucket.end > keep);
        moved
    }

    /// The events that are known of the time after `settled`.
    pub(super) fn unsettled(&self, slo: &Slo, settled: Timestamp) -> Vec<Bucket> {
        if slo.budgeting.slice() == Span::ZERO {
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

/// One bucket for each step of `range`, so that one that became empty is taken back too.
fn every_step(buckets: &[Bucket], range: TimeRange, step: Span) -> Vec<Bucket> {
    let mut known = buckets.iter().skip_while(|bucket| bucket.end <= range.after).peekable();
    let mut out = Vec::new();
    let mut end = range.after + step;
    while end <= range.until {
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
