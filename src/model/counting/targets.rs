//! What is known of a scrape target: whether it was scraped, how often, and so for which time there is data.

use slo_core::time::{Span, TimeRange, Timestamp};

use super::Axis;
use super::scene::Fall;

/// How many gaps between scrapes the usual interval is taken from.
const REMEMBERED_GAPS: usize = 9;
/// Under how many label sets a target is remembered.
const MOST_IDENTITIES: usize = 4;
/// How long a scrape vouches for when the interval is not known yet.
const UNKNOWN_INTERVAL: Span = Span::minutes(1);

/// What is known of one target. A function of its samples so far, whatever ticks they came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// It has an `up`, so its own samples need not tell that it was scraped.
    pub(super) has_up: bool,
    /// The last fall of a series of it to half or less.
    pub(super) restarted: Option<Fall>,
    /// Under which labels its `up` was scraped successfully, as hashes, and since when; almost always one.
    identities: Vec<(u64, Timestamp)>,
    first_success: Option<Timestamp>,
    last_success: Option<Timestamp>,
    /// Half as wide as other times, for there are nine of them; a target is forgotten long before a gap gets too long.
    gaps_ms: [u32; REMEMBERED_GAPS],
    seen_gaps: u32,
    vouched_until: Timestamp,
}

impl Target {
    /// The target was scraped successfully at some time up to `at`.
    pub(super) fn known_since(&mut self, at: Timestamp) {
        self.first_success = Some(self.first_success.map_or(at, |first| first.min(at)));
    }

    /// A scrape under these labels worked at some time up to `at`, later than under all others.
    pub(super) fn known_as(&mut self, identity: u64, at: Timestamp) {
        let place = self.identities.iter().position(|(known, _)| *known == identity);
        let since = place.map_or(at, |place| self.identities.remove(place).1.min(at));
        if self.identities.len() == MOST_IDENTITIES {
            self.identities.remove(0);
        }
        self.identities.push((identity, since));
    }

    /// Since when scrapes under these labels have worked.
    pub(super) fn scraped_as(&self, identity: u64) -> Option<Timestamp> {
        self.identities.iter().find(|(known, _)| *known == identity).map(|(_, since)| *since)
    }

    /// Since when scrapes have worked under the labels of the last one.
    pub(super) fn last_identity(&self) -> Option<Timestamp> {
        self.identities.last().map(|(_, since)| *since)
    }

    /// When a scrape last worked, as far as is known.
    pub(super) fn last_scrape(&self) -> Option<Timestamp> {
        self.last_success.or(self.first_success)
    }

    /// The usual time between scrapes: the median of the last few gaps.
    pub(super) fn interval(&self) -> Span {
        let known = REMEMBERED_GAPS.min(self.seen_gaps as usize);
        if known < 3 {
            return UNKNOWN_INTERVAL;
        }
        let mut gaps = self.gaps_ms;
        let Some(gaps) = gaps.get_mut(..known) else { return UNKNOWN_INTERVAL };
        gaps.sort_unstable();
        gaps.get(known / 2).map_or(UNKNOWN_INTERVAL, |gap| Span::from_ms(i64::from(*gap)))
    }

    /// False when nothing was heard of it since `since`.
    pub(super) fn is_remembered(&self, since: Timestamp) -> bool {
        self.last_success.or(self.first_success).is_some_and(|last| last >= since)
    }

    fn succeeded(&mut self, at: Timestamp) {
        if let Some(last) = self.last_success {
            if let Some(slot) = self.gaps_ms.get_mut(self.seen_gaps as usize % REMEMBERED_GAPS) {
                *slot = u32::try_from((at - last).ms()).unwrap_or(u32::MAX);
            }
            self.seen_gaps += 1;
        }
        self.known_since(at);
        self.last_success = Some(at);
        // Half an interval more, for lateness. What a scrape vouches for lies ahead of it, so that a later tick
        // never changes an earlier bucket's coverage.
        self.vouched_until = at + self.interval() * 3 / 2;
    }

    /// A failed scrape ends what the one before it vouched for.
    fn failed(&mut self, at: Timestamp) {
        self.vouched_until = self.vouched_until.min(at);
    }

    fn covers_until(&self, until: Timestamp) -> Option<TimeRange> {
        self.last_success.map(|from| TimeRange::new(from, self.vouched_until.min(until)))
    }

    /// Follows the target through `samples`, each a time and whether the scrape worked, in order. Adds the stretches
    /// it was covered up to `until` to `covered`. Leaves the target as it was at `settle`.
    pub(super) fn follow(
        &mut self,
        samples: impl Iterator<Item = (Timestamp, bool)>,
        until: Timestamp,
        settle: Timestamp,
        covered: &mut Vec<TimeRange>,
    ) {
        let mut now = self.clone();
        let mut settled = None;
        for (at, worked) in samples {
            if now.last_success.is_some_and(|last| at <= last) {
                continue;
            }
            if at > settle && settled.is_none() {
                settled = Some(now.clone());
            }
            covered.extend(now.covers_until(at));
            if worked { now.succeeded(at) } else { now.failed(at) }
        }
        covered.extend(now.covers_until(until));
        *self = settled.unwrap_or(now);
    }
}

/// The seconds of each bucket that at least one stretch covers.
pub(super) fn covered_seconds(axis: &Axis, mut stretches: Vec<TimeRange>) -> Vec<f64> {
    let mut seconds = vec![0.0; axis.len()];
    stretches.retain(|stretch| stretch.after < stretch.until);
    stretches.sort_unstable_by_key(|stretch| (stretch.after, stretch.until));
    let mut merged: Option<TimeRange> = None;
    for next in stretches {
        merged = match merged {
            Some(known) if next.after <= known.until => {
                Some(TimeRange { until: known.until.max(next.until), ..known })
            }
            Some(known) => {
                axis.spread(known, &mut seconds);
                Some(next)
            }
            None => Some(next),
        };
    }
    if let Some(last) = merged {
        axis.spread(last, &mut seconds);
    }
    seconds
}
