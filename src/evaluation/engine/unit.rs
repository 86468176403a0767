//! One SLO in the engine: what it reads with, where its windows stand, and what went wrong last.

use std::sync::Arc;

use super::estimates::Estimates;
use super::snapshot::{FILLING, Totals};
use super::windows::{Past, Windows};
use crate::evaluate::{AGAIN, EvaluateError, Recorded, Recorder};
use crate::ledger::{Definition, Entry, History, Ledger, LedgerError};
use slo_core::labels::Labels;
use slo_core::sorted::Sorted;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::buckets::GroupBuckets;
use slo_model::budget::{BURN_WINDOWS, Situation, WindowSums};
use slo_model::slo::Slo;
use slo_model::status::{Known, Row, rows};

/// One SLO in the engine.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) slo: Arc<Slo>,
    pub(super) history: History,
    /// `None` until its plan could be made; making it may need the source.
    pub(super) recorder: Option<Recorder>,
    /// `None` until history was read for the first time.
    pub(super) windows: Option<Windows>,
    /// The windows hold what the ledger holds. Where they do not they are read again before the next tick.
    pub(super) in_step: bool,
    pub(super) totals: Sorted<Labels, Totals>,
    /// The last bucket with data.
    pub(super) data_until: Option<Timestamp>,
    /// Burn rates that the source itself computed, when the SLI is an estimate.
    pub(super) estimates: Estimates,
    pub(super) warnings: Vec<String>,
    /// Samples came after their time was settled: it is to be read again from here on.
    pub(super) again: Option<Timestamp>,
    /// What was filled in so, and until when it is told.
    pub(super) filled_in: Option<(Timestamp, String)>,
    /// Why the last read failed.
    pub(super) error: Option<EvaluateError>,
    /// History is read back to here, as far as verdicts reached when the engine first saw it.
    pub(super) reach: Option<Timestamp>,
    /// Why older history could not be read.
    pub(super) history_error: Option<Box<EvaluateError>>,
    /// Since when answers about older history have been partial, and when it is asked for next.
    pub(super) partial_history: Option<(Timestamp, Timestamp)>,
}

/// What the ledger calls an SLO.
pub fn definition(slo: &Slo) -> Definition {
    Definition { key: slo.key.to_string(), indicator: slo.indicator_digest() }
}

/// What is said of an SLO while partial answers are waited out.
fn partial_since(since: Timestamp) -> String {
    format!(
        "the source's answers have been partial since {since}: what they brought may be short and is not covered; it is not settled, and is read again when they are whole"
    )
}

impl Unit {
    pub(super) fn new(slo: Arc<Slo>, history: History) -> Self {
        Self {
            slo,
            history,
            recorder: None,
            windows: None,
            in_step: false,
            totals: Sorted::default(),
            data_until: None,
            estimates: Estimates::default(),
            warnings: Vec::new(),
            again: None,
            filled_in: None,
            error: None,
            reach: None,
            history_error: None,
            partial_history: None,
        }
    }

    /// Where counting began; `from` when it has not yet.
    pub(super) fn counted_from(&self, from: Timestamp) -> Timestamp {
        self.history.counted_from.unwrap_or(from)
    }

    /// Everything up to here is final.
    pub(super) fn settled_to(&self) -> Option<Timestamp> {
        self.recorder.as_ref().map(Recorder::settled_to).or(self.history.settled_to)
    }

    /// What happened after this is known; nothing is before the first read.
    pub(super) fn known_from(&self) -> Option<Timestamp> {
        self.history.counted_from.or(self.settled_to())
    }

    /// From when on history is known, of one of which older history is still to be read. Reading begins with a multiple of a
    /// bucket, as the reach is.
    pub(super) fn lacks_before(&self) -> Option<Timestamp> {
        self.known_from()
            .filter(|known| self.windows.is_some() && self.reach.is_some_and(|reach| *known > reach))
    }

    /// Since when its source has answered in part, if what that brought is still to be read again.
    pub(super) fn owes_since(&self) -> Option<Timestamp> {
        self.recorder.as_ref().and_then(Recorder::owes_since)
    }

    /// Everything up to here is final, also while partial answers are waited out.
    pub(super) fn final_to(&self) -> Option<Timestamp> {
        self.recorder.as_ref().map(Recorder::final_to).or(self.history.settled_to)
    }

    /// True when older history is to be read at `at`: it lacks some, and the answers were whole or that is some time ago.
    pub(super) fn wants_history(&self, at: Timestamp) -> bool {
        self.lacks_before().is_some() && self.partial_history.is_none_or(|(_, next)| at >= next)
    }

    /// A partial answer came about older history at `at`: it is asked for again for as long as `wait`, then it is taken as it
    /// is, not covered.
    pub(super) fn takes_partial_history(&mut self, at: Timestamp, wait: Span) -> bool {
        let since = self.partial_history.map_or(at, |(since, _)| since);
        self.partial_history = Some((since, at + AGAIN));
        at - since >= wait
    }

    /// True when a tick at `at` can go on from where the last one ended; otherwise history is to be filled.
    pub(super) fn is_live(&self, at: Timestamp) -> bool {
        let caught_up = |recorder: &Recorder| {
            at - recorder.settled_to() <= super::LONGEST_TICK && !recorder.may_read_again(at)
        };
        self.in_step
            && self.again.is_none()
            && self.windows.is_some()
            && self.recorder.as_ref().is_some_and(caught_up)
    }

    /// Where its history is. Counting began at `from` if it had not yet.
    pub(super) fn past<'a>(&self, ledger: &'a dyn Ledger, from: Timestamp) -> Past<'a> {
        Past { ledger, history: self.history.id, counted_from: self.counted_from(from) }
    }

    /// The ledger entry of what was read from `settled` to `until`, with what is taken back.
    pub(super) fn entry(&self, recorded: &Recorded, settled: Timestamp, until: Timestamp) -> Entry {
        let mut groups = recorded.groups.clone();
        if let Some(windows) = self.windows.as_ref().filter(|_| self.in_step) {
            windows.take_back(&self.slo, TimeRange::new(settled, until), &mut groups);
        }
        Entry {
            history: self.history.id,
            counted_from: self.counted_from(settled),
            settled_to: recorded.final_to,
            estimated: recorded.estimated,
            groups,
        }
    }

    /// Notes what was written: from now on what ends at `settled_to` or before is final. `histories` is how the ledger has it
    /// now; false when somebody has counted anew what was final before.
    pub(super) fn written(&mut self, entry: &Entry, histories: &[History], warnings: &[String]) -> bool {
        let known = self.history.corrections;
        self.stands(entry, histories);
        let newest = entry.groups.iter().filter_map(|group| slo_model::buckets::newest(&group.buckets)).max();
        self.data_until = self.data_until.max(newest);
        self.warnings = warnings.to_vec();
        known == self.history.corrections
    }

    /// Notes what was written of the time before what was known; the windows do not have it yet.
    pub(super) fn reaches_back(&mut self, entry: &Entry, histories: &[History]) {
        self.stands(entry, histories);
        self.in_step = false;
    }

    /// Where the history stands after `entry`.
    fn stands(&mut self, entry: &Entry, histories: &[History]) {
        let place = histories.binary_search_by_key(&self.history.id, |history| history.id);
        if let Some(now) = place.ok().and_then(|place| histories.get(place)) {
            self.history = *now;
        }
        self.history.counted_from = Some(entry.counted_from);
        self.history.settled_to = Some(entry.settled_to);
    }

    /// Counts what became final between `settled` and `next_settled`.
    pub(super) fn count(&mut self, groups: &[GroupBuckets], settled: Timestamp, next_settled: Timestamp) {
        for group in groups {
            let totals = self.totals.or_insert(group.group.clone(), Totals::default());
            let finals = TimeRange::new(settled, next_settled);
            for bucket in group.buckets.iter().filter(|bucket| finals.contains(bucket.end)) {
                totals.good += bucket.good;
                totals.total += bucket.total;
            }
        }
    }

    /// Reads the windows that end at `at` from the ledger.
    pub(super) async fn load(
        &mut self,
        ledger: &dyn Ledger,
        settled: Timestamp,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let past = self.past(ledger, settled);
        let (windows, newest) = Windows::load(&self.slo, past, (settled, at)).await?;
        self.windows = Some(windows);
        self.data_until = self.data_until.max(newest);
        Ok(())
    }

    /// The windows of every group at `at`, with what the source estimated in place of sums where it did. Of a burn-rate
    /// window of which only the end is known nothing is said.
    pub(super) fn sums(&self, at: Timestamp) -> Vec<(Labels, WindowSums)> {
        let Some(windows) = &self.windows else {
            return vec![(Labels::new(), WindowSums::of(&self.slo, &[], at))];
        };
        let mut all = windows.sums();
        let lacks_before = self.lacks_before();
        for (group, sums) in &mut all {
            if let Some(known) = lacks_before {
                for (window, sum) in BURN_WINDOWS.iter().zip(&mut sums.burn) {
                    *sum = sum.filter(|_| at - window.length >= known);
                }
            }
            self.estimates.apply(group, sums, at);
        }
        all
    }

    /// The verdicts on every group at `at`, at most `max_groups` and one for the rest.
    pub(super) fn rows(&self, at: Timestamp, max_groups: usize) -> Vec<Row> {
        let situation = Situation { at, data_until: self.data_until, source_answers: self.error.is_none() };
        let owed = self.owes_since().map(partial_since);
        let filled_in =
            self.filled_in.as_ref().filter(|(until, _)| at < *until).map(|(_, text)| text.clone());
        let warnings = self.warnings.iter().cloned().chain(owed).chain(filled_in);
        let warnings = warnings.chain(self.error.as_ref().map(ToString::to_string));
        let failed = self.history_error.as_ref().map(|error| format!(", the last attempt failed: {error}"));
        let failed = failed.unwrap_or_default();
        let lacking =
            self.lacks_before().map(|known| format!("{FILLING}: what is counted begins {known}{failed}"));
        let warnings = warnings.chain(lacking).collect();
        let estimated = self.history.estimated || self.owes_since().is_some();
        let known = Known { situation, estimated, warnings };
        rows(&self.slo, self.sums(at), max_groups, &known)
    }
}
