//! Counts of a window, and the windows that burn rates are taken over.

use crate::buckets::Bucket;
use crate::slo::Slo;
use slo_core::time::{Span, TimeRange, Timestamp};

/// A window for a burn rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurnWindow {
    /// As people write it, e.g. `6h`.
    pub name: &'static str,
    /// Its length.
    pub length: Span,
}

/// The windows of the SRE workbook's multi-window, multi-burn-rate alerts.
pub const BURN_WINDOWS: [BurnWindow; 7] = [
    BurnWindow { name: "5m", length: Span::minutes(5) },
    BurnWindow { name: "30m", length: Span::minutes(30) },
    BurnWindow { name: "1h", length: Span::hours(1) },
    BurnWindow { name: "2h", length: Span::hours(2) },
    BurnWindow { name: "6h", length: Span::hours(6) },
    BurnWindow { name: "1d", length: Span::days(1) },
    BurnWindow { name: "3d", length: Span::days(3) },
];

/// The position of the 6 h window, from which the forecast is made.
pub(super) const FORECAST_WINDOW: usize = 4;

/// Counts of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Good events or slices.
    pub good: f64,
    /// All events or slices.
    pub total: f64,
    /// Seconds for which the source had data.
    pub covered: f64,
}

/// More than can be counted, and little enough that every ratio of two sums is finite.
const EVERYTHING: f64 = 1e30;
/// Below this, a sum is a rounding error of fractional counts and means zero.
const NOTHING: f64 = 1e-9;

impl Sums {
    /// Adds a bucket's counts.
    pub fn add(&mut self, bucket: &Bucket) {
        self.good += bucket.good;
        self.total += bucket.total;
        self.covered += bucket.covered;
    }

    /// Takes a bucket's counts out again.
    pub fn remove(&mut self, bucket: &Bucket) {
        self.good -= bucket.good;
        self.total -= bucket.total;
        self.covered -= bucket.covered;
    }

    /// All counts, without what floating point leaves behind: finite, none negative, `good <= total`.
    #[must_use]
    pub fn tidy(self) -> Self {
        // `max` takes the other one of a NaN.
        let finite = |value: f64| if value > 0.0 { value.min(EVERYTHING) } else { 0.0 };
        let total = if self.total < NOTHING { 0.0 } else { finite(self.total) };
        Self { good: finite(self.good).min(total), total, covered: finite(self.covered) }
    }

    /// The share of good events, `None` without events.
    pub fn ratio(self) -> Option<f64> {
        (self.total > 0.0).then(|| (self.good / self.total).clamp(0.0, 1.0))
    }

    /// The sum of all buckets in `range`.
    pub fn over(buckets: &[Bucket], range: TimeRange) -> Self {
        let from = buckets.partition_point(|bucket| bucket.end <= range.after);
        let to = buckets.partition_point(|bucket| bucket.end <= range.until);
        let mut sums = Self::default();
        for bucket in buckets.get(from..to).unwrap_or_default() {
            sums.add(bucket);
        }
        sums
    }
}

/// The counts that a verdict needs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WindowSums {
    /// Over the SLO's own window, as far as it has happened.
    pub whole: Sums,
    /// Over each of [`BURN_WINDOWS`]; `None` where the window is longer than the SLO's own.
    pub burn: [Option<Sums>; BURN_WINDOWS.len()],
}

impl WindowSums {
    /// Adds up buckets for the windows that end at `at`. A bucket's edge must lie at each window's start.
    pub fn of(slo: &Slo, buckets: &[Bucket], at: Timestamp) -> Self {
        let whole = slo.window.elapsed(at);
        let length = slo.window.whole(at).length();
        let burn = BURN_WINDOWS.map(|window| {
            (window.length <= length)
                .then(|| Sums::over(buckets, TimeRange::ending(at, window.length)).tidy())
        });
        Self { whole: Sums::over(buckets, whole).tidy(), burn }
    }

    /// The groups of one SLO as a whole: their events together, and the coverage that they share.
    #[must_use]
    pub fn together<'a>(groups: impl IntoIterator<Item = &'a Self>) -> Self {
        let add = |a: Sums, b: Sums| Sums {
            good: a.good + b.good,
            total: a.total + b.total,
            covered: a.covered.max(b.covered),
        };
        let mut groups = groups.into_iter();
        let first = groups.next().copied().unwrap_or_default();
        groups.fold(first, |mut sums, group| {
            sums.whole = add(sums.whole, group.whole);
            for (sum, part) in sums.burn.iter_mut().zip(group.burn) {
                *sum = sum.zip(part).map(|(sum, part)| add(sum, part));
            }
            sums
        })
    }

    /// The earliest moment that any of the windows ending at `at` reaches back to. A calendar window that has just
    /// begun is shorter than the burn-rate windows that end in it.
    pub fn reach(slo: &Slo, at: Timestamp) -> Timestamp {
        let length = slo.window.whole(at).length();
        let longest = BURN_WINDOWS.iter().map(|window| window.length).filter(|one| *one <= length).max();
        slo.window.elapsed(at).after.min(at - longest.unwrap_or_default())
    }
}
