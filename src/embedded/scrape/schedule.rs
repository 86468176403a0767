//! When a target is scraped: on a grid of its interval, shifted by an offset of its own, so that targets do not all
//! answer at once and a restart goes on where it was. Pure.

use slo_core::time::{Span, Timestamp};

/// By how much a scrape may start late and still carry the grid's time; regular times compress to nothing
/// and keep windows regular.
const TOLERANCE: Span = Span::from_ms(10);

/// The grid of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    interval: Span,
    /// After the multiples of the interval.
    offset: Span,
}

impl Schedule {
    /// The schedule of the target that `key` names: the same on every start.
    pub fn new(interval: Span, key: &str) -> Self {
        let interval = interval.max(Span::MILLISECOND);
        // FNV-1a: small, spread well enough, and the same for ever.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { interval, offset: Span::from_ms((hash >> 1) as i64) % interval }
    }

    /// The first moment of the grid after `at`. Moments that a slow scrape ran over are left out.
    pub fn after(&self, at: Timestamp) -> Timestamp {
        (at - self.offset).align_down(self.interval) + self.interval + self.offset
    }

    /// The time that a scrape for `slot`, started at `now`, carries.
    pub fn stamp(&self, slot: Timestamp, now: Timestamp) -> Timestamp {
        if (Span::ZERO..=TOLERANCE.min(self.interval / 10)).contains(&(now - slot)) { slot } else { now }
    }

    /// How far ahead the next moment can be; anything more means that the clock was set back.
    pub fn interval(&self) -> Span {
        self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at_ms, ms};

    #[test]
    fn slots_stay_on_the_grid_whatever_a_scrape_takes() {
        let schedule = Schedule::new(ms(15_000), "job/instance");
        let first = schedule.after(at_ms(1_788_220_800_000));
        assert!((1..=15_000).contains(&(first.ms() - 1_788_220_800_000)));
        assert_eq!(schedule.after(first), first + ms(15_000));
        assert_eq!(schedule.after(first + ms(14_999)), first + ms(15_000));
        assert_eq!(schedule.after(first + ms(40_000)), first + ms(45_000));
        assert_eq!(schedule.after(at_ms(-1)) - schedule.after(at_ms(-15_001)), ms(15_000));
        assert_eq!(Schedule::new(ms(15_000), "job/instance"), schedule);
    }

    #[test]
    fn targets_are_spread_over_the_interval() {
        let offsets: std::collections::BTreeSet<i64> = (0..100)
            .map(|i| Schedule::new(ms(15_000), &format!("api/10.0.0.{i}:80")).after(at_ms(0)).ms() / 1500)
            .collect();
        assert!(offsets.len() >= 8, "{offsets:?}");
    }

    #[test]
    fn a_late_start_carries_its_own_time() {
        let schedule = Schedule::new(ms(15_000), "x");
        assert_eq!(schedule.stamp(at_ms(1000), at_ms(1003)), at_ms(1000));
        assert_eq!(schedule.stamp(at_ms(1000), at_ms(1011)), at_ms(1011));
        assert_eq!(schedule.stamp(at_ms(1000), at_ms(999)), at_ms(999));
        assert_eq!(Schedule::new(ms(10), "x").stamp(at_ms(1000), at_ms(1003)), at_ms(1003));
    }
}
