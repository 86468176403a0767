//! What a reader owes: what it read of partial answers is not settled, and is read again when they are whole. Until then it
//! reads on, so that people see what is known.

use super::Recorder;
use super::heard::Heard;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::counting::{Histograms, Tally};

/// After a try that found the answers still partial, the next one waits so long: the server has trouble enough.
pub const AGAIN: Span = Span::minutes(5);

/// Where a reader stands.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) tally: Tally,
    pub(super) histograms: Histograms,
    pub(super) primed: bool,
    pub(super) settled_to: Timestamp,
    pub(super) heard: Heard,
}

/// What is to be read again.
#[derive(Debug)]
pub(super) struct Owed {
    /// Where the reader stood before the first partial answer.
    before: Standing,
    /// When that came; known from the next read on.
    since: Option<Timestamp>,
    /// The last answers were whole.
    is_whole_again: bool,
    /// Not before this is it tried to read it again.
    next_try: Timestamp,
}

/// Where a reader stood that has gone back to read again.
#[derive(Debug)]
pub struct Ahead {
    standing: Standing,
    since: Option<Timestamp>,
}

impl Recorder {
    pub(super) fn standing(&self) -> Standing {
        let (tally, heard) = (self.tally.clone(), self.heard.clone());
        let histograms = self.histograms.clone();
        Standing { tally, histograms, primed: self.primed, settled_to: self.settled_to, heard }
    }

    pub(super) fn stand(&mut self, standing: Standing) {
        Standing {
            tally: self.tally,
            histograms: self.histograms,
            primed: self.primed,
            settled_to: self.settled_to,
            heard: self.heard,
        } = standing;
    }

    /// Up to here what was read is final. The reader stands further on while it owes.
    pub fn final_to(&self) -> Timestamp {
        self.owed.as_ref().map_or(self.settled_to, |owed| owed.before.settled_to)
    }

    /// Since when answers have been partial; `None` when nothing is owed.
    pub fn owes_since(&self) -> Option<Timestamp> {
        self.owed.as_ref().map(|owed| owed.since.unwrap_or(owed.before.settled_to))
    }

    /// Notes whether what was read after `before` was whole. True when it began to owe.
    pub(super) fn note(&mut self, partial: bool, before: Option<Standing>) -> bool {
        match (&mut self.owed, partial, before) {
            (Some(owed), _, _) => {
                owed.is_whole_again = !partial;
                false
            }
            (None, true, Some(before)) => {
                let next_try = before.settled_to;
                self.owed = Some(Box::new(Owed { before, since: None, is_whole_again: false, next_try }));
                true
            }
            (None, _, _) => false,
        }
    }

    /// Before a read at `at`: what has been owed for as long as `wait` is given up. It stays as it was answered, not
    /// covered, and is settled with the next read; tells what time that is.
    pub fn give_up(&mut self, at: Timestamp, wait: Span) -> Option<TimeRange> {
        let owed = self.owed.as_mut()?;
        let since = *owed.since.get_or_insert(at);
        if at - since < wait {
            return None;
        }
        let given_up = TimeRange::new(owed.before.settled_to, self.settled_to);
        self.owed = None;
        Some(given_up)
    }

    /// Whether what it owes should be read again at `at`: answers have become whole.
    pub fn may_read_again(&self, at: Timestamp) -> bool {
        self.owed.as_ref().is_some_and(|owed| owed.is_whole_again && at >= owed.next_try)
    }

    /// Goes back to before the first partial answer, if it owes anything. The next reads pay what is owed; when they cannot,
    /// [`Recorder::go_on`] takes the reader back to where it stood.
    pub fn go_back(&mut self) -> Option<Ahead> {
        let owed = *self.owed.take()?;
        let ahead = Ahead { standing: self.standing(), since: owed.since };
        self.stand(owed.before);
        Some(ahead)
    }

    /// Takes the last read back, which was partial again or failed at `at`, and goes on where it stood before
    /// [`Recorder::go_back`]. What was read whole since then is no longer owed.
    pub fn go_on(&mut self, ahead: Ahead, at: Timestamp) {
        self.forget();
        let before = self.standing();
        if ahead.standing.settled_to <= before.settled_to {
            return;
        }
        let next_try = at + AGAIN;
        self.owed = Some(Box::new(Owed { before, since: ahead.since, is_whole_again: false, next_try }));
        self.stand(ahead.standing);
    }
}
