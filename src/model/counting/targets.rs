//! What is known of a scrape target: whether it was scraped, how often, and so for which time there is data.

use super::Axis;
/// How many gaps between scrapes the usual interval is taken from.
const REMEMBERED_GAPS: usize = 9;
/// How long a scrape vouches for when the interval is not known yet.
const UNKNOWN_INTERVAL_MS: i64 = 60_000;

/// What is known of one target. A function of its samples so far, whatever ticks they came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// It has an `up`, so its own samples need not tell that it was scraped.
    pub(super) has_up: bool,
    first_success_ms: Option<i64>,
    last_success_ms: Option<i64>,
    /// Half as wide as other times, for there are nine of them; a target is forgotten long before a gap gets too long.
    gaps_ms: [u32; REMEMBERED_GAPS],
    seen_gaps: u32,
    vouched_until_ms: i64,
}

impl Target {
    /// The target was scraped successfully at some time up to `at_ms`.
    pub(super) fn known_since(&mut self, at_ms: i64) {
        self.first_success_ms = Some(self.first_success_ms.map_or(at_ms, |first| first.min(at_ms)));
    }

    /// True when a scrape before `at_ms` worked.
    pub(super) fn scraped_before(&self, at_ms: i64) -> bool {
        self.first_success_ms.is_some_and(|first| first < at_ms)
    }

    /// The usual time between scrapes: the median of the last few gaps.
    pub(super) fn interval_ms(&self) -> i64 {
        let known = REMEMBERED_GAPS.min(self.seen_gaps as usize);
        if known < 3 {
            return UNKNOWN_INTERVAL_MS;
        }
        let mut gaps = self.gaps_ms;
        let Some(gaps) = gaps.get_mut(..known) else { return UNKNOWN_INTERVAL_MS };
        gaps.sort_unstable();
        gaps.get(known / 2).map_or(UNKNOWN_INTERVAL_MS, |gap| i64::from(*gap))
    }

    /// False when nothing was heard of it since `since_ms`.
    pub(super) fn is_remembered(&self, since_ms: i64) -> bool {
        self.last_success_ms.or(self.first_success_ms).is_some_and(|last| last >= since_ms)
    }

    fn succeeded(&mut self, at_ms: i64) {
        if let Some(last) = self.last_success_ms {
            if let Some(slot) = self.gaps_ms.get_mut(self.seen_gaps as usize % REMEMBERED_GAPS) {
                *slot = u32::try_from(at_ms - last).unwrap_or(u32::MAX);
            }
            self.seen_gaps += 1;
        }
        self.known_since(at_ms);
        self.last_success_ms = Some(at_ms);
        // Half an interval more, for lateness. What a scrape vouches for lies ahead of it, so that a later tick
        // never changes an earlier bucket's coverage.
        self.vouched_until_ms = at_ms + self.interval_ms() * 3 / 2;
    }

    /// A failed scrape ends what the one before it vouched for.
    fn failed(&mut self, at_ms: i64) {
        self.vouched_until_ms = self.vouched_until_ms.min(at_ms);
    }

    fn covers_until(&self, until_ms: i64) -> Option<(i64, i64)> {
        self.last_success_ms.map(|from| (from, self.vouched_until_ms.min(until_ms)))
    }

    /// Follows the target through `samples`, each a time and whether the scrape worked, in order. Adds the stretches
    /// it was covered up to `until_ms` to `covered`. Leaves the target as it was at `settle_ms`.
    pub(super) fn follow(
        &mut self,
        samples: impl Iterator<Item = (i64, bool)>,
        until_ms: i64,
        settle_ms: i64,
        covered: &mut Vec<(i64, i64)>,
    ) {
        let mut now = self.clone();
        let mut settled = None;
        for (at_ms, worked) in samples {
            if now.last_success_ms.is_some_and(|last| at_ms <= last) {
                continue;
            }
            if at_ms > settle_ms && settled.is_none() {
                settled = Some(now.clone());
            }
            covered.extend(now.covers_until(at_ms));
            if worked { now.succeeded(at_ms) } else { now.failed(at_ms) }
        }
        covered.extend(now.covers_until(until_ms));
        *self = settled.unwrap_or(now);
    }
}

/// The seconds of each bucket that at least one stretch covers.
pub(super) fn covered_seconds(axis: &Axis, mut stretches: Vec<(i64, i64)>) -> Vec<f64> {
    let mut seconds = vec![0.0; axis.len()];
    stretches.retain(|(from, to)| from < to);
    stretches.sort_unstable();
    let mut merged: Option<(i64, i64)> = None;
    for (from, to) in stretches {
        merged = match merged {
            Some((start, end)) if from <= end => Some((start, end.max(to))),
            Some((start, end)) => {
                axis.spread(start, end, &mut seconds);
                Some((from, to))
            }
            None => Some((from, to)),
        };
    }
    if let Some((start, end)) = merged {
        axis.spread(start, end, &mut seconds);
    }
    seconds
}
