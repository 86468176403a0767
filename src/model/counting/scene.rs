//! Decides what a first value and a change mean, from everything that one pass read. The rules stand in a table in
//! [`evidence`](super::evidence).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use super::counts::{Observed, Rules};
use super::evidence::{Evidence, Judgement, YOUNG};
use super::lives::{Lives, SAME_SCRAPE, USUAL_GAP, UpSeries};
use super::predecessors::{Groups, Predecessor, could_be_reached};
use super::series::{Change, Counter};
use super::starts::{Starts, target_key};
use super::targets::Target;
use crate::samples::Sample;
use crate::slo::FirstValues;
use slo_core::labels::Labels;
use slo_core::names::{INSTANCE, JOB};
use slo_core::sorted::Sorted;
use slo_core::time::Timestamp;

/// What no single series counts in a second. One that would have had to is older than it seems.
const MOST_A_SECOND: f64 = 30_000.0;

/// A series fell, between two of its samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fall {
    /// The sample before.
    pub(super) since: Timestamp,
    /// The sample that was lower.
    pub(super) at: Timestamp,
    /// To half or less.
    pub(super) far: bool,
}

/// Falls of series, by target.
pub(super) type Falls = HashMap<u64, Vec<Fall>>;

/// What one pass tells about its counters beyond their own samples.
pub(super) struct Scene<'a> {
    pub(super) observed: &'a Observed,
    pub(super) rules: &'a Rules,
    pub(super) counters: &'a Sorted<u64, Counter>,
    pub(super) targets: &'a Sorted<u64, Target>,
    pub(super) falls: Falls,
    starts: Starts,
    lives: OnceCell<Lives<'a>>,
    groups: Groups<'a>,
    reachable: RefCell<HashMap<(u64, Timestamp), bool>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        observed: &'a Observed,
        rules: &'a Rules,
        counters: &'a Sorted<u64, Counter>,
        targets: &'a Sorted<u64, Target>,
        falls: Falls,
    ) -> Self {
        let (starts, groups) = (Starts::of(observed), Groups::default());
        let (lives, reachable) = (OnceCell::new(), RefCell::default());
        Self { observed, rules, counters, targets, falls, starts, lives, groups, reachable }
    }

    pub(super) fn lives(&self) -> &Lives<'a> {
        self.lives.get_or_init(|| Lives::of(self.observed, self.rules, self.counters))
    }

    /// True when a series that is first seen in the scrape of `at` has one of its kind in the same target that went on through it.
    pub(super) fn has_kin(&self, labels: &Labels, at: Timestamp) -> bool {
        let lives = self.lives();
        lives.went_on(target_key(labels), at).contains(&lives.kind(labels))
    }

    /// What a series' first value means, and the value from which it counts.
    pub(super) fn first_value(&self, key: u64, labels: &Labels, first: Sample) -> Judgement {
        if first.value <= 0.0 {
            return Judgement::History(Some(Evidence::Zero));
        }
        let target = target_key(labels);
        let lives = self.lives();
        if self.has_kin(labels, first.at) {
            return Judgement::Birth(Evidence::SameScrape);
        }
        // What began before the target was last scraped was there to be seen.
        let last_scrape = self.last_scrape(target, first.at);
        let earliest = self.rules.counted_from.min(first.at - YOUNG).max(last_scrape);
        if self.starts.created(labels, first.at).is_some_and(|created| created > earliest) {
            return Judgement::Birth(Evidence::Created);
        }
        let group = self.groups.of(lives, target, first.at);
        let predecessor = group.predecessor(key);
        let started = self.starts.process(target, first.at).filter(|start| *start > earliest);
        let continuation = |before: &Predecessor<'_>| Judgement::Continuation {
            labels: before.labels.clone(),
            value: before.value,
        };
        let is_own = started.is_some_and(|start| group.is_of_process(start, MOST_A_SECOND));
        if let Some(before) = predecessor.filter(|before| before.renamed && !is_own) {
            return continuation(before);
        }
        if let Some(before) = self.scraped_before(target, first.at)
            && could_be_reached(first.value, MOST_A_SECOND, first.at - before)
        {
            return Judgement::Birth(Evidence::SameScrape);
        }
        if is_own {
            return Judgement::Birth(Evidence::ProcessStart);
        }
        if let Some(before) = predecessor {
            return continuation(before);
        }
        if group.continues() {
            return Judgement::Birth(Evidence::TargetContinued);
        }
        match self.rules.first_values {
            FirstValues::Count => Judgement::Birth(Evidence::Setting),
            FirstValues::History => Judgement::History(Some(Evidence::Setting)),
            FirstValues::Undecided => {
                let is_old = self.starts.process(target, first.at).is_some_and(|start| start <= earliest);
                let is_first_scrape = last_scrape == Timestamp::MIN;
                Judgement::History((is_old && is_first_scrape).then_some(Evidence::ProcessStart))
            }
        }
    }

    /// When the target was last scraped before the scrape of `at`, if it went on through that under unchanged labels. A
    /// sample with a time of its own is older than the scrape that brought it: then the last scrape tells.
    fn scraped_before(&self, target: u64, at: Timestamp) -> Option<Timestamp> {
        let lives = self.lives();
        let newest = lives
            .ups(target)
            .iter()
            .filter_map(|up| Some((up.last(at + SAME_SCRAPE)?, up)))
            .max_by_key(|(last, _)| *last);
        let by_up = newest.as_ref().and_then(|(_, up)| {
            let known = self.targets.get(&target).and_then(|target| target.scraped_as(up.identity));
            // In whatever replica.
            let same = || lives.ups(target).iter().filter(|other| other.identity == up.identity);
            let since = same().filter_map(UpSeries::first).chain(known).min()?;
            let last = || same().filter_map(|up| up.last(at - SAME_SCRAPE)).max();
            (since <= at - SAME_SCRAPE).then(|| last().unwrap_or(since))
        });
        let remembered = || {
            let target = self.targets.get(&target).filter(|_| newest.is_none())?;
            target.last_identity().filter(|since| *since <= at - SAME_SCRAPE)
        };
        by_up.or_else(remembered).or_else(|| (!lives.went_on(target, at).is_empty()).then(|| at - USUAL_GAP))
    }

    /// When the target was last scraped before the scrape of `at`, under whatever labels.
    fn last_scrape(&self, target: u64, at: Timestamp) -> Timestamp {
        let known = self.targets.get(&target).and_then(Target::last_scrape).filter(|known| *known < at);
        self.lives().last_scrape(target, at).max(known).unwrap_or(Timestamp::MIN)
    }

    /// When the process of a series began, as reported at `at` or last before.
    pub(super) fn process_start(&self, labels: &Labels, at: Timestamp) -> Option<Timestamp> {
        self.starts.process(target_key(labels), at)
    }

    /// Whether a change of a counter is a restart, and why.
    pub(super) fn restart(&self, target: u64, labels: &Labels, change: &Change) -> Option<Evidence> {
        let Change { last, since, sample, .. } = *change;
        let start = self.starts.process(target, sample.at);
        let fell = sample.value < last;
        let mut falls =
            self.falls(target, labels).filter(|fall| fall.at > since && fall.at <= sample.at + SAME_SCRAPE);
        match start {
            Some(start) if start > since => {
                let is_restart =
                    fell || falls.next().is_some() || self.is_reachable(target, start, sample.at);
                is_restart.then_some(Evidence::ProcessStart)
            }
            _ if change.fell_far() => Some(Evidence::Fall),
            // What fell between samples of which this one was there for the first began again before.
            None if fell || change.was_absent() => falls
                .any(|fall| fall.far && fall.since > since - SAME_SCRAPE)
                .then_some(Evidence::SiblingFell),
            Some(_) | None => None,
        }
    }

    /// True when a process that began at `start` could have counted all that its target shows at `at` itself.
    fn is_reachable(&self, target: u64, start: Timestamp, at: Timestamp) -> bool {
        *self.reachable.borrow_mut().entry((target, at)).or_insert_with(|| {
            let mut lives = self.lives().of_target(target);
            lives.all(|life| life.value_at(at).is_none_or(|value| life.is_reachable(value, start, at)))
        })
    }

    /// When series of a target fell; a target without a name is many processes.
    fn falls(&self, target: u64, labels: &Labels) -> impl Iterator<Item = Fall> {
        let is_named = !labels.get(JOB).is_empty() || !labels.get(INSTANCE).is_empty();
        let earlier = self.targets.get(&target).and_then(|target| target.restarted);
        let now = self.falls.get(&target).into_iter().flatten().copied();
        earlier.into_iter().chain(now).filter(move |_| is_named)
    }
}
