//! A range of steps, asked for in stretches whose answers fit into memory: by how many series the last stretch had. Pure.

use slo_core::time::{Span, Timestamp};

/// Steps of the first stretch, when nobody knows yet how many series there are: a day of 5 minutes.
const FIRST: i64 = 288;
/// Prometheus refuses more points of one series than this.
const MOST: i64 = 11_000;
/// Values that a stretch should bring, 16 bytes each.
const VALUES: i64 = 4_000_000;

/// What is left of the range.
#[derive(Debug)]
pub(super) struct Stretches {
    next: Timestamp,
    last: Timestamp,
    step: Span,
    steps: i64,
}

impl Stretches {
    /// All steps from `first` to `last`, both included.
    pub fn new(first: Timestamp, last: Timestamp, step: Span) -> Self {
        Self { next: first, last, step, steps: FIRST }
    }

    /// The first and the last step of the next stretch.
    pub fn next(&mut self) -> Option<(Timestamp, Timestamp)> {
        let first = self.next;
        if first > self.last {
            return None;
        }
        let last = (first + self.step * (self.steps - 1)).min(self.last);
        self.next = last + self.step;
        Some((first, last))
    }

    /// The stretch had so many series.
    pub fn had(&mut self, series: usize) {
        let series = i64::try_from(series).unwrap_or(i64::MAX).max(1);
        self.steps = (VALUES / series).clamp(FIRST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, secs};

    #[test]
    fn every_step_is_in_one_stretch_and_few_series_need_two() {
        for (series, want) in [(0, 2), (1, 2), (210, 2), (20_000, 30)] {
            let mut stretches = Stretches::new(at(300), at(300 * 8640), secs(300));
            let mut end = at(0);
            let mut count = 0;
            while let Some((first, last)) = stretches.next() {
                assert_eq!(first, end + secs(300));
                stretches.had(series);
                end = last;
                count += 1;
            }
            assert_eq!((end, count), (at(300 * 8640), want), "{series}");
        }
        assert_eq!(Stretches::new(at(1), at(0), secs(1)).next(), None);
    }
}
