//! Buckets of time that need not be of one length: a grid, cut further where a window begins or ends.

use slo_core::time::{Span, TimeRange, Timestamp};

/// Consecutive left-open buckets from `after` to the last end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    after: Timestamp,
    ends: Vec<Timestamp>,
}

impl Axis {
    /// Buckets over `range` that end at every multiple of `step`, at every cut inside, and at its end.
    pub fn new(range: TimeRange, step: Span, cuts: &[Timestamp]) -> Self {
        let TimeRange { after, until } = range;
        let step = step.max(Span::MILLISECOND);
        let first = after.align_down(step) + step;
        let grid = std::iter::successors(Some(first), |end| Some(*end + step));
        let mut ends: Vec<Timestamp> = grid
            .take_while(|end| *end < until)
            .chain(cuts.iter().copied().filter(|cut| *cut > after && *cut < until))
            .chain((until > after).then_some(until))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        Self { after, ends }
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when the range is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The end of each bucket.
    pub fn ends(&self) -> &[Timestamp] {
        &self.ends
    }

    /// Where the first bucket begins (not part of it).
    pub fn after(&self) -> Timestamp {
        self.after
    }

    /// The bucket that contains `at`, found from bucket `hint` on, which must not lie behind it. `None` before
    /// and after the axis.
    pub(super) fn find(&self, hint: usize, at: Timestamp) -> Option<usize> {
        if at <= self.after {
            return None;
        }
        let ahead = self.ends.get(hint..)?;
        // Samples come in order, so the bucket is nearly always this one or the next few.
        let near = ahead.iter().take(8).position(|end| *end >= at);
        near.or_else(|| Some(ahead.partition_point(|end| *end < at)))
            .map(|offset| hint + offset)
            .filter(|index| *index < self.ends.len())
    }

    /// Adds the parts of `stretch` to the buckets they fall into, in seconds.
    pub(super) fn spread(&self, stretch: TimeRange, seconds: &mut [f64]) {
        let mut from = stretch.after.max(self.after);
        let Some(mut index) = self.find(0, from + Span::MILLISECOND) else { return };
        while from < stretch.until {
            let (Some(end), Some(slot)) = (self.ends.get(index), seconds.get_mut(index)) else { return };
            let until = stretch.until.min(*end);
            *slot += (until - from).as_seconds_f64();
            from = until;
            index += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, at_ms, range, secs};

    #[test]
    fn a_grid_with_cuts() {
        let axis = Axis::new(range(95, 200), secs(30), &[100, 95, 200, 301].map(at));
        assert_eq!(axis.ends(), [100, 120, 150, 180, 200].map(at));
        assert_eq!(axis.find(0, at_ms(95_000)), None);
        assert_eq!(axis.find(0, at_ms(95_001)), Some(0));
        assert_eq!(axis.find(0, at_ms(100_000)), Some(0));
        assert_eq!(axis.find(0, at_ms(100_001)), Some(1));
        assert_eq!(axis.find(2, at_ms(200_000)), Some(4));
        assert_eq!(axis.find(0, at_ms(200_001)), None);
        assert!(Axis::new(range(200, 200), secs(30), &[]).is_empty());
    }

    #[test]
    fn time_is_spread_over_buckets() {
        let axis = Axis::new(range(0, 90), secs(30), &[]);
        let mut seconds = vec![0.0; 3];
        for (from, to) in [(-5000, 10_000), (20_000, 65_500), (80_000, 500_000)] {
            axis.spread(TimeRange::new(at_ms(from), at_ms(to)), &mut seconds);
        }
        assert_eq!(seconds, [20.0, 30.0, 15.5]);
    }
}
