//! Buckets of time that need not be of one length: a grid, cut further where a window begins or ends.

/// Consecutive left-open buckets from `after` to the last end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    after_ms: i64,
    ends_ms: Vec<i64>,
}

impl Axis {
    /// Buckets over `(after, until]` that end at every multiple of `step`, at every cut inside, and at `until`; all
    /// in unix seconds.
    pub fn new(after: i64, until: i64, step: i64, cuts: &[i64]) -> Self {
        let step = step.max(1);
        let first = (after.div_euclid(step) + 1) * step;
        let mut ends: Vec<i64> = (first..until)
            .step_by(usize::try_from(step).unwrap_or(1))
            .chain(cuts.iter().copied().filter(|cut| *cut > after && *cut < until))
            .chain((until > after).then_some(until))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        Self { after_ms: after * 1000, ends_ms: ends.into_iter().map(|end| end * 1000).collect() }
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.ends_ms.len()
    }

    /// True when the range is empty.
    pub fn is_empty(&self) -> bool {
        self.ends_ms.is_empty()
    }

    /// The end of each bucket, in milliseconds.
    pub fn ends_ms(&self) -> &[i64] {
        &self.ends_ms
    }

    /// Where the first bucket begins (not part of it), in milliseconds.
    pub fn after_ms(&self) -> i64 {
        self.after_ms
    }

    /// The bucket that contains `at_ms`, found from bucket `hint` on, which must not lie behind it. `None` before
    /// and after the axis.
    pub(super) fn find(&self, hint: usize, at_ms: i64) -> Option<usize> {
        if at_ms <= self.after_ms {
            return None;
        }
        let ahead = self.ends_ms.get(hint..)?;
        // Samples come in order, so the bucket is nearly always this one or the next few.
        let near = ahead.iter().take(8).position(|end| *end >= at_ms);
        near.or_else(|| Some(ahead.partition_point(|end| *end < at_ms)))
            .map(|offset| hint + offset)
            .filter(|index| *index < self.ends_ms.len())
    }

    /// Adds the parts of `(from_ms, to_ms]` to the buckets they fall into, in seconds.
    pub(super) fn spread(&self, from_ms: i64, to_ms: i64, seconds: &mut [f64]) {
        let mut from = from_ms.max(self.after_ms);
        let Some(mut index) = self.find(0, from + 1) else { return };
        while from < to_ms {
            let (Some(end), Some(slot)) = (self.ends_ms.get(index), seconds.get_mut(index)) else { return };
            let until = to_ms.min(*end);
            *slot += (until - from) as f64 / 1000.0;
            from = until;
            index += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_with_cuts() {
        let axis = Axis::new(95, 200, 30, &[100, 95, 200, 301]);
        assert_eq!(axis.ends_ms(), [100_000, 120_000, 150_000, 180_000, 200_000]);
        assert_eq!(axis.find(0, 95_000), None);
        assert_eq!(axis.find(0, 95_001), Some(0));
        assert_eq!(axis.find(0, 100_000), Some(0));
        assert_eq!(axis.find(0, 100_001), Some(1));
        assert_eq!(axis.find(2, 200_000), Some(4));
        assert_eq!(axis.find(0, 200_001), None);
        assert!(Axis::new(200, 200, 30, &[]).is_empty());
    }

    #[test]
    fn time_is_spread_over_buckets() {
        let axis = Axis::new(0, 90, 30, &[]);
        let mut seconds = vec![0.0; 3];
        axis.spread(-5000, 10_000, &mut seconds);
        axis.spread(20_000, 65_500, &mut seconds);
        axis.spread(80_000, 500_000, &mut seconds);
        assert_eq!(seconds, [20.0, 30.0, 15.5]);
    }
}
