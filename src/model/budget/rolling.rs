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
use slo_core::time::{Span, TimeRange, Timestamp};

/// The ring reaches back this far; windows up to it need nothing from the ledger.
const RING: Span = Span::hours(2);
/// How much is read ahead at once.
const FEED: Span = Span::hours(1);

/// Buckets that a window will soon let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refill {
    /// Which window.
    pub window: usize,
    /// Where they end.
    pub range: TimeRange,
}

impl Cell {
    fn bucket(self, end: Timestamp) -> Bucket {
        Bucket { end, good: self.good, total: self.total, covered: self.covered }
    }

    fn of_bucket(bucket: &Bucket) -> Self {
        Self { good: bucket.good, total: bucket.total, covered: bucket.covered }
    }
}

#[derive(Debug, Clone)]
struct WindowState {
    /// `None`: from a calendar's turn, `start`.
    length: Option<Span>,
    start: Timestamp,
    sums: Sums,
    /// What leaves next, one cell a step from `start` on; empty for windows the ring serves.
    feed: Cells,
}

/// The rolling sums of one budget (or one of its groups).
#[derive(Debug, Clone)]
pub struct Rolling {
    step: Span,
    end: Timestamp,
    ring: Cells,
    windows: Vec<WindowState>,
}

impl Rolling {
    /// Sums for the windows of `slo` that end at `at` (a multiple of `step`), from buckets that reach back to
    /// [`WindowSums::reach`]. Buckets must be in order of time.
    pub fn new(slo: &Slo, buckets: &[Bucket], at: Timestamp, step: Span) -> Self {
        let whole = slo.window.whole(at);
        let own = match slo.window {
            Window::Rolling(length) => Some(length.span()),
            Window::Calendar(_) => None,
        };
        let lengths = BURN_WINDOWS.iter().filter(|window| window.length <= whole.length());
        let windows = std::iter::once((own, whole.after))
            .chain(lengths.map(|window| (Some(window.length), at - window.length)))
            .map(|(length, start)| WindowState {
                length,
                start,
                sums: Sums::default(),
                feed: Cells::blank(0),
            })
            .collect();
        let step = step.max(Span::MILLISECOND);
        let ring = Cells::blank((RING / step) as usize);
        let mut rolling = Self { step, end: at, ring, windows };
        rolling.add(buckets);
        rolling
    }

    /// Adds history that was read in pieces: buckets that end at or before [`Rolling::end`], each given once, in order
    /// of time.
    pub fn add(&mut self, buckets: &[Bucket]) {
        for state in &mut self.windows {
            let sums = Sums::over(buckets, TimeRange::new(state.start, self.end));
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
    pub fn recent(&self, after: Timestamp) -> impl Iterator<Item = Bucket> {
        let first = self.end - self.step * (self.ring.len() as i64 - 1);
        self.ring
            .iter()
            .enumerate()
            .map(move |(place, cell)| cell.bucket(first + self.step * place as i64))
            .filter(move |bucket| bucket.end > after && bucket.has_data())
    }

    /// Where in the ring a bucket with this end is; the newest is at the back.
    fn place(&self, end: Timestamp) -> Option<usize> {
        let back = usize::try_from((self.end - end) / self.step).ok()?;
        self.ring.len().checked_sub(1 + back)
    }

    /// The moment the windows end at.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// What has to be given to [`Rolling::feed`] before [`Rolling::advance`] can go to `at`.
    pub fn refills(&self, at: Timestamp) -> Vec<Refill> {
        let mut refills = Vec::new();
        for (window, state) in self.windows.iter().enumerate() {
            let Some(length) = state.length.filter(|length| *length > RING) else { continue };
            let fed_until = state.start + self.step * state.feed.len() as i64;
            if at - length > fed_until {
                let until = fed_until + FEED.max(at - length - fed_until);
                refills.push(Refill { window, range: TimeRange::new(fed_until, until.min(self.end)) });
            }
        }
        refills
    }

    /// Takes what [`Rolling::refills`] asked for.
    pub fn feed(&mut self, refill: Refill, buckets: &[Bucket]) {
        let Some(state) = self.windows.get_mut(refill.window) else { return };
        let from = state.feed.len();
        let cells = (refill.range.length() / self.step) as usize;
        state.feed.extend_blank(cells);
        for bucket in buckets.iter().filter(|bucket| refill.range.contains(bucket.end)) {
            let place = from + ((bucket.end - refill.range.after - Span::MILLISECOND) / self.step) as usize;
            state.feed.set(place, Cell::of_bucket(bucket));
        }
    }

    /// Moves the windows' end to `at` and takes `buckets`, which replace what was known of the same time; they may
    /// reach back at most two hours. False, and nothing is changed, when that is not possible without reading
    /// history again: a gap of hours, a calendar's turn, or a missing refill.
    pub fn advance(&mut self, slo: &Slo, buckets: &[Bucket], at: Timestamp) -> bool {
        let steps = (at - self.end) / self.step;
        let turned = match slo.window {
            Window::Rolling(_) => false,
            Window::Calendar(calendar) => {
                self.windows.first().is_some_and(|own| calendar.period(at).after != own.start)
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
        let ring_start = self.end - self.step * (self.ring.len() as i64 + 1);
        for state in &mut self.windows {
            let Some(length) = state.length else { continue };
            state.start = self.end - length;
            let gone = if length > RING {
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
