//! When a target is scraped: on a grid of its interval, shifted by an offset of its own, so that targets do not all
//! answer at once and a restart goes on where it was. Pure.

/// Milliseconds by which a scrape may start late and still carry the grid's time; regular times compress to nothing
/// and keep windows regular.
const TOLERANCE_MS: i64 = 10;

/// The grid of one target, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    interval_ms: i64,
    offset_ms: i64,
}

impl Schedule {
    /// The schedule of the target that `key` names: the same on every start.
    pub fn new(interval_ms: i64, key: &str) -> Self {
        let interval_ms = interval_ms.max(1);
        // FNV-1a: small, spread well enough, and the same for ever.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { interval_ms, offset_ms: (hash >> 1) as i64 % interval_ms }
    }

    /// The first moment of the grid after `at_ms`. Moments that a slow scrape ran over are left out.
    pub fn after(&self, at_ms: i64) -> i64 {
        let steps = (at_ms - self.offset_ms).div_euclid(self.interval_ms) + 1;
        steps * self.interval_ms + self.offset_ms
    }

    /// The time that a scrape for `slot`, started at `now_ms`, carries.
    pub fn stamp(&self, slot_ms: i64, now_ms: i64) -> i64 {
        if (0..=TOLERANCE_MS.min(self.interval_ms / 10)).contains(&(now_ms - slot_ms)) {
            slot_ms
        } else {
            now_ms
        }
    }

    /// How far ahead the next moment can be; anything more means that the clock was set back.
    pub fn interval_ms(&self) -> i64 {
        self.interval_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_stay_on_the_grid_whatever_a_scrape_takes() {
        let schedule = Schedule::new(15_000, "job/instance");
        let first = schedule.after(1_788_220_800_000);
        assert!((1..=15_000).contains(&(first - 1_788_220_800_000)));
        assert_eq!(schedule.after(first), first + 15_000);
        assert_eq!(schedule.after(first + 14_999), first + 15_000);
        assert_eq!(schedule.after(first + 40_000), first + 45_000);
        assert_eq!(schedule.after(-1) - schedule.after(-15_001), 15_000);
        assert_eq!(Schedule::new(15_000, "job/instance"), schedule);
    }

    #[test]
    fn targets_are_spread_over_the_interval() {
        let offsets: std::collections::BTreeSet<i64> =
            (0..100).map(|i| Schedule::new(15_000, &format!("api/10.0.0.{i}:80")).after(0) / 1500).collect();
        assert!(offsets.len() >= 8, "{offsets:?}");
    }

    #[test]
    fn a_late_start_carries_its_own_time() {
        let schedule = Schedule::new(15_000, "x");
        assert_eq!(schedule.stamp(1000, 1003), 1000);
        assert_eq!(schedule.stamp(1000, 1011), 1011);
        assert_eq!(schedule.stamp(1000, 999), 999);
        assert_eq!(Schedule::new(10, "x").stamp(1000, 1003), 1003);
    }
}
