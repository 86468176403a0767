//! The windows of one budget, kept up to date tick by tick without reading history again.
//!
//! Each window keeps its sums. A tick adds the new buckets and takes out those that leave. What leaves the short
//! windows is still at hand in a ring of the last two hours; what will leave the long ones in the next while is read
//! from the ledger ahead of time, an hour's worth at once ([`Rolling::refills`]). So thirty days of buckets of 30 s
//! take a few kilobytes, and every window begins exactly where it should.

use super::cells::{Cell, Cells};
use super::{BURN_WINDOWS, Sums, WindowSums};
use crate::buckets::Bucket;
use crate::slo::{Slo, Window};

/// The ring reaches back this far; windows up to it need nothing from the ledger.
const RING_SECONDS: i64 = 7200;
/// How much is read ahead at once.
const FEED_SECONDS: i64 = 3600;

/// Buckets `(after, until]` that a window will soon let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refill {
    /// Which window.
    pub window: usize,
    /// Unix seconds, not part of it.
    pub after: i64,
    /// Unix seconds, part of it.
    pub until: i64,
}

impl Cell {
    fn bucket(self, end: i64) -> Bucket {
        Bucket { end, good: self.good, total: self.total, covered: self.covered }
    }

    fn of_bucket(bucket: &Bucket) -> Self {
        Self { good: bucket.good, total: bucket.total, covered: bucket.covered }
    }
}

#[derive(Debug, Clone)]
struct WindowState {
    /// `None`: from a calendar's turn, `start`.
    seconds: Option<i64>,
    start: i64,
    sums: Sums,
    /// What leaves next, one cell a step from `start` on; empty for windows the ring serves.
    feed: Cells,
}

/// The rolling sums of one budget (or one of its groups).
#[derive(Debug, Clone)]
pub struct Rolling {
    step: i64,
    end: i64,
    ring: Cells,
    windows: Vec<WindowState>,
}

impl Rolling {
    /// Sums for the windows of `slo` that end at `at` (a multiple of `step`), from buckets that reach back to
    /// [`WindowSums::reach`]. Buckets must be in order of time.
    pub fn new(slo: &Slo, buckets: &[Bucket], at: i64, step: i64) -> Self {
        let whole = slo.window.whole(at);
        let own = match slo.window {
            Window::Rolling(length) => Some(length.seconds()),
            Window::Calendar(_) => None,
        };
        let lengths = BURN_WINDOWS.iter().filter(|window| window.seconds <= whole.seconds());
        let windows = std::iter::once((own, whole.start))
            .chain(lengths.map(|window| (Some(window.seconds), at - window.seconds)))
            .map(|(seconds, start)| WindowState {
                seconds,
                start,
                sums: Sums::default(),
                feed: Cells::blank(0),
            })
            .collect();
        let step = step.max(1);
        let ring = Cells::blank((RING_SECONDS / step) as usize);
        let mut rolling = Self { step, end: at, ring, windows };
        rolling.add(buckets);
        rolling
    }

    /// Adds history that was read in pieces: buckets that end at or before [`Rolling::end`], each given once, in order
    /// of time.
    pub fn add(&mut self, buckets: &[Bucket]) {
        for state in &mut self.windows {
            let sums = Sums::over(buckets, crate::slo::Period { start: state.start, end: self.end });
            state.sums.good += sums.good;
            state.sums.total += sums.total;
            state.sums.covered += sums.covered;
        }
        for bucket in buckets.iter().filter(|bucket| bucket.end <= self.end) {
            if let Some(place) = self.place(bucket.end) {
                self.ring.set(place, Cell::of_bucket(bucket));
            }
        }
    }

    /// What is known of the last two hours, without empty buckets, from after `after` on.
    pub fn recent(&self, after: i64) -> impl Iterator<Item = Bucket> {
        let first = self.end - (self.ring.len() as i64 - 1) * self.step;
        self.ring
            .iter()
            .enumerate()
            .map(move |(place, cell)| cell.bucket(first + place as i64 * self.step))
            .filter(move |bucket| bucket.end > after && bucket.has_data())
    }

    /// Where in the ring a bucket with this end is; the newest is at the back.
    fn place(&self, end: i64) -> Option<usize> {
        let back = usize::try_from((self.end - end) / self.step).ok()?;
        self.ring.len().checked_sub(1 + back)
    }

    /// The moment the windows end at.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// What has to be given to [`Rolling::feed`] before [`Rolling::advance`] can go to `at`.
    pub fn refills(&self, at: i64) -> Vec<Refill> {
        let mut refills = Vec::new();
        for (window, state) in self.windows.iter().enumerate() {
            let Some(seconds) = state.seconds.filter(|seconds| *seconds > RING_SECONDS) else { continue };
            let fed_until = state.start + state.feed.len() as i64 * self.step;
            if at - seconds > fed_until {
                let until = fed_until + FEED_SECONDS.max(at - seconds - fed_until);
                refills.push(Refill { window, after: fed_until, until: until.min(self.end) });
            }
        }
        refills
    }

    /// Takes what [`Rolling::refills`] asked for.
    pub fn feed(&mut self, refill: Refill, buckets: &[Bucket]) {
        let Some(state) = self.windows.get_mut(refill.window) else { return };
        let from = state.feed.len();
        let cells = ((refill.until - refill.after) / self.step) as usize;
        state.feed.extend_blank(cells);
        for bucket in buckets.iter().filter(|bucket| bucket.end > refill.after && bucket.end <= refill.until)
        {
            let place = from + ((bucket.end - refill.after - 1) / self.step) as usize;
            state.feed.set(place, Cell::of_bucket(bucket));
        }
    }

    /// Moves the windows' end to `at` and takes `buckets`, which replace what was known of the same time; they may
    /// reach back at most two hours. False, and nothing is changed, when that is not possible without reading
    /// history again: a gap of hours, a calendar's turn, or a missing refill.
    pub fn advance(&mut self, slo: &Slo, buckets: &[Bucket], at: i64) -> bool {
        let steps = (at - self.end) / self.step;
        let turned = match slo.window {
            Window::Rolling(_) => false,
            Window::Calendar(calendar) => {
                self.windows.first().is_some_and(|own| calendar.period(at).start != own.start)
            }
        };
        if at < self.end || steps as usize > self.ring.len() || turned || !self.refills(at).is_empty() {
            return false;
        }
        for _ in 0..steps {
            self.step_once();
        }
        for bucket in buckets {
            self.replace(bucket);
        }
        true
    }

    /// The sums of every window, ending at [`Rolling::end`].
    pub fn sums(&self) -> WindowSums {
        let mut sums = WindowSums::default();
        let mut windows = self.windows.iter();
        if let Some(whole) = windows.next() {
            sums.whole = whole.sums.tidy();
        }
        for (slot, state) in sums.burn.iter_mut().zip(windows) {
            *slot = Some(state.sums.tidy());
        }
        sums
    }

    /// Bytes this takes, for metrics and tests.
    pub fn size(&self) -> usize {
        let feeds: usize = self.windows.iter().map(|window| window.feed.size()).sum();
        size_of::<Self>() + self.windows.capacity() * size_of::<WindowState>() + self.ring.size() + feeds
    }

    fn step_once(&mut self) {
        self.end += self.step;
        let ring_start = self.end - self.step - self.ring.len() as i64 * self.step;
        for state in &mut self.windows {
            let Some(seconds) = state.seconds else { continue };
            state.start = self.end - seconds;
            let gone = if seconds > RING_SECONDS {
                state.feed.pop_front()
            } else {
                self.ring.get(((state.start - ring_start) / self.step - 1) as usize)
            };
            state.sums.remove(&gone.unwrap_or_default().bucket(state.start));
        }
        self.ring.turn();
    }

    fn replace(&mut self, bucket: &Bucket) {
        let Some(place) = self.place(bucket.end) else { return };
        let Some(cell) = self.ring.get(place) else { return };
        let before = cell.bucket(bucket.end);
        self.ring.set(place, Cell::of_bucket(bucket));
        for state in self.windows.iter_mut().filter(|state| state.start < bucket.end) {
            state.sums.remove(&before);
            state.sums.add(bucket);
        }
    }
}

#[cfg(test)]
#[path = "rolling_tests.rs"]
mod tests;
