//! One counter, possibly seen by several replicas of a Prometheus: samples in, increments out.

use slo_core::time::{Span, Timestamp};

use super::evidence::{Evidence, Judgement};
use crate::samples::Sample;

/// The time between samples that is assumed at first, and never exceeded: after an outage of both replicas either may
/// be read.
const LONGEST_GAP: Span = Span::minutes(1);

/// One replica's view of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
struct View {
    replica: u64,
    /// The last sample.
    last: Sample,
    /// It restarted since the last sample that was counted, while another replica was being read.
    restarted: Option<Evidence>,
}

/// True when `value` is half of `last` or less.
pub(super) fn fell_far(last: f64, value: f64) -> bool {
    value < last && value * 2.0 <= last
}

/// A change between two samples, to be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// The value before.
    pub(super) last: f64,
    /// When the counter was counted before.
    pub(super) since: Timestamp,
    /// Its last time between two samples.
    pub(super) gap: Span,
    /// The sample.
    pub(super) sample: Sample,
}

impl Change {
    /// True when it fell to half its value or less, as what begins again at zero does.
    pub(super) fn fell_far(&self) -> bool {
        fell_far(self.last, self.sample.value)
    }

    /// True when more than the two values is needed to tell whether it is a restart.
    pub(super) fn is_doubtful(&self) -> bool {
        let Self { last, sample, .. } = *self;
        sample.value < last || (last > 0.0 && (sample.value >= last * 2.0 || self.was_absent()))
    }

    /// True when the series was not there for a scrape or more.
    pub(super) fn was_absent(&self) -> bool {
        self.sample.at - self.since > self.gap * 3 / 2
    }
}

/// What is remembered of one counter between ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counter {
    /// The replica that is being read.
    active: u64,
    /// When the last counted sample was.
    counted: Timestamp,
    /// Up to which value events are counted.
    level: f64,
    /// The last time between two samples of the active replica.
    gap: Span,
    /// `counted` is not when a sample was, only a time after it.
    remembered: bool,
    /// When it last began again at zero, as far as that was counted.
    restarted: Timestamp,
    /// How many of its samples were looked at, and how many of them were below the one before by more than a trifle; both
    /// halved now and then.
    steps: u8,
    falls: u8,
    /// The first replica that was seen, almost always the only one: so a counter is one piece of memory.
    first: View,
    /// The other replicas.
    others: Vec<View>,
}

/// How many samples tell whether a series is a counter, and one of how many may fall.
const DELTA_STEPS: u8 = 12;
const DELTA_SHARE: u8 = 4;

/// What a sample means for the sum.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// So many events happened; and what it was taken for, if it is not a mere increment.
    Counted(f64, Option<Judgement>),
    /// Another replica is being read; nothing to count.
    Ignored,
}

impl Counter {
    /// A counter whose first sample is known. Whether its value counts is the caller's decision.
    pub(super) fn starting_at(sample: Sample, replica: u64) -> Self {
        Self {
            active: replica,
            counted: sample.at,
            level: sample.value,
            gap: LONGEST_GAP,
            remembered: false,
            restarted: Timestamp::MIN,
            steps: 0,
            falls: 0,
            first: View { replica, last: sample, restarted: None },
            others: Vec::new(),
        }
    }

    /// A counter of which each replica's last value is known, but not when it was: at some time up to `at`. The first
    /// one was read.
    pub(super) fn remembered(values: &[(u64, f64)], at: Timestamp) -> Option<Self> {
        let mut views = values.iter().map(|(replica, value)| View {
            replica: *replica,
            last: Sample { at, value: *value },
            restarted: None,
        });
        let first = views.next()?;
        Some(Self {
            active: first.replica,
            counted: at,
            level: first.last.value,
            gap: LONGEST_GAP,
            remembered: true,
            restarted: Timestamp::MIN,
            steps: 0,
            falls: 0,
            first,
            others: views.collect(),
        })
    }

    /// The time between samples where none is known.
    pub(super) const UNKNOWN_GAP: Span = LONGEST_GAP;

    /// The last time between two samples of the replica that is read.
    pub(super) fn gap(&self) -> Span {
        self.gap
    }

    /// When it was last counted.
    pub(super) fn counted_at(&self) -> Timestamp {
        self.counted
    }

    /// True while no sample of it was read: `counted` is at its last one or after it.
    pub(super) fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// It was not seen for a while before `counted`.
    pub(super) fn missing(&mut self) {
        self.gap = Span::ZERO;
    }

    /// True when it is only known to have been there some time before `counted`, and not shortly before.
    pub(super) fn is_missing(&self) -> bool {
        self.remembered && self.gap == Span::ZERO
    }

    /// Its last sample that was counted is found out to have been at `at`, `gap` after the one before; shortly before, it had
    /// reached `level`.
    pub(super) fn seen(&mut self, at: Timestamp, gap: Option<Span>, level: f64) {
        self.counted = at.min(self.counted);
        self.gap = gap.unwrap_or(self.gap).min(LONGEST_GAP);
        self.level = self.level.max(level);
    }

    /// The change that a sample of `replica` makes; `None` where that replica was never read.
    pub(super) fn change(&self, sample: Sample, replica: u64) -> Option<Change> {
        let last = self.last(replica)?.value;
        Some(Change { last, since: self.counted, gap: self.gap, sample })
    }

    /// The last sample of `replica`.
    pub(super) fn last(&self, replica: u64) -> Option<Sample> {
        let mut views = std::iter::once(&self.first).chain(&self.others);
        views.find(|view| view.replica == replica).map(|view| view.last)
    }

    /// Goes on from `level`, the last value of the series it continues.
    pub(super) fn continuing(mut self, level: f64) -> Self {
        self.level = self.level.max(level);
        self
    }

    /// True when it falls so often that it is not a counter: its samples are deltas.
    pub(super) fn looks_like_deltas(&self) -> bool {
        self.steps >= DELTA_STEPS && self.falls >= self.steps / DELTA_SHARE
    }

    /// Takes the next sample of `replica`. The replica with the lowest number is read while it is there; another one only
    /// when that missed two samples. So which one is read does not depend on what is remembered. `judge` tells whether a
    /// change is a restart.
    pub(super) fn step(
        &mut self,
        sample: Sample,
        replica: u64,
        judge: &dyn Fn(&Change) -> Option<Evidence>,
    ) -> Step {
        let known = self.change(sample, replica);
        // Never read before: only the level that another replica reached can tell a restart.
        let change = known.unwrap_or(Change { last: self.level, since: self.counted, gap: self.gap, sample });
        // One that was not read when the counter began again shows that restart later.
        let is_counted = self.last(replica).is_some_and(|last| last.at < self.restarted);
        let is_judged = !is_counted && (known.is_some() || sample.value < self.level);
        let verdict = if is_judged { judge(&change) } else { None };
        let view = self.views().find(|view| view.replica == replica).map(|view| {
            view.restarted = verdict.or(view.restarted);
            view.last = sample;
            view.restarted
        });
        let restarted = view.unwrap_or_else(|| {
            self.others.push(View { replica, last: sample, restarted: None });
            verdict
        });
        let gap = sample.at - self.counted;
        let preferred = replica < self.active && known.is_some();
        if replica == self.active {
            if !self.remembered {
                self.gap = gap.min(LONGEST_GAP);
            }
        } else if preferred || gap > self.gap * 5 / 2 {
            self.active = replica;
        } else {
            return Step::Ignored;
        }
        self.remembered = false;
        for view in self.views() {
            view.restarted = None;
        }
        self.counted = sample.at;
        // A process that starts again and again is no proof of deltas.
        self.note(sample.value < change.last * 0.99 && restarted != Some(Evidence::ProcessStart));
        if let Some(evidence) = restarted {
            self.restarted = sample.at;
            self.level = sample.value;
            return Step::Counted(sample.value, Some(Judgement::Restart(evidence)));
        }
        // Two views of one counter are read at slightly different moments, so a value may be a little below the level
        // without any restart; those events are counted already.
        let events = (sample.value - self.level).max(0.0);
        self.level = self.level.max(sample.value);
        let is_fall = !is_counted && known.is_some_and(|change| sample.value < change.last);
        Step::Counted(events, is_fall.then_some(Judgement::SmallFall))
    }

    fn note(&mut self, fell: bool) {
        if self.steps == u8::MAX {
            self.steps /= 2;
            self.falls /= 2;
        }
        self.steps += 1;
        self.falls += u8::from(fell);
    }

    fn views(&mut self) -> impl Iterator<Item = &mut View> {
        std::iter::once(&mut self.first).chain(&mut self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at;

    /// A restart where it fell to half or less, and nothing else is known.
    fn by_size(change: &Change) -> Option<Evidence> {
        change.fell_far().then_some(Evidence::Fall)
    }

    /// Each sample is (seconds, replica, value); the result is what each counted.
    fn check(samples: &[(i64, u64, f64)], want: &[f64]) {
        let mut counter: Option<Counter> = None;
        let mut got = Vec::new();
        for (seconds, replica, value) in samples {
            let sample = Sample { at: at(*seconds), value: *value };
            match &mut counter {
                None => counter = Some(Counter::starting_at(sample, *replica)),
                Some(counter) => got.push(match counter.step(sample, *replica, &by_size) {
                    Step::Counted(events, _) => events,
                    Step::Ignored => -1.0,
                }),
            }
        }
        assert_eq!(got, want);
    }

    #[test]
    fn increments_and_restarts() {
        check(
            &[(0, 0, 10.0), (15, 0, 12.0), (30, 0, 12.0), (45, 0, 3.0), (60, 0, 4.0)],
            &[2.0, 0.0, 3.0, 1.0],
        );
    }

    #[test]
    fn a_second_replica_is_read_only_while_the_first_is_silent() {
        check(
            &[
                (0, 0, 10.0),
                (5, 1, 10.0),
                (15, 0, 12.0),
                (20, 1, 13.0),
                (50, 1, 15.0),
                (65, 1, 18.0),
                (66, 0, 20.0),
            ],
            &[-1.0, 2.0, -1.0, -1.0, 6.0, 2.0],
        );
    }

    #[test]
    fn one_that_was_never_seen_is_no_restart_because_it_is_preferred() {
        check(
            &[(0, 5, 90.0), (10, 5, 100.0), (11, 1, 99.0), (20, 5, 110.0), (21, 1, 111.0)],
            &[10.0, -1.0, 10.0, 1.0],
        );
    }

    #[test]
    fn what_is_remembered_is_no_sample() {
        let mut counter = Counter::remembered(&[(1, 100.0), (2, 115.0)], at(30)).unwrap();
        let mut step =
            |second: i64, replica, value| counter.step(Sample { at: at(second), value }, replica, &by_size);
        // Two seconds after the memory is not the time between samples.
        assert_eq!(step(32, 1, 130.0), Step::Counted(30.0, None));
        assert_eq!(step(47, 2, 145.0), Step::Ignored);
        assert_eq!(step(62, 1, 160.0), Step::Counted(30.0, None));
        assert_eq!(Counter::remembered(&[], at(0)), None);
    }

    #[test]
    fn a_switch_to_a_slightly_older_value_is_no_restart() {
        check(
            &[(0, 0, 90.0), (10, 0, 100.0), (11, 1, 99.0), (45, 1, 99.0), (60, 1, 105.0)],
            &[10.0, -1.0, 0.0, 5.0],
        );
    }

    #[test]
    fn a_restart_seen_only_by_the_other_replica_is_not_lost() {
        check(
            &[(0, 0, 90.0), (10, 0, 100.0), (11, 1, 100.0), (26, 1, 20.0), (45, 1, 50.0)],
            &[10.0, -1.0, -1.0, 50.0],
        );
    }

    #[test]
    fn a_restart_that_both_replicas_show_counts_once() {
        // The second one is not read when the counter begins again, and is preferred when it is back.
        check(
            &[(0, 1, 80.0), (5, 2, 80.0), (15, 1, 90.0), (60, 2, 3.0), (71, 1, 4.0), (75, 2, 5.0)],
            &[-1.0, 10.0, 3.0, 1.0, -1.0],
        );
    }

    #[test]
    fn a_small_fall_is_no_restart() {
        check(
            &[(0, 0, 1000.0), (15, 0, 1010.0), (30, 0, 1008.0), (45, 0, 1009.0), (60, 0, 1020.0)],
            &[10.0, 0.0, 0.0, 10.0],
        );
    }

    #[test]
    fn what_falls_all_the_time_is_told_from_a_counter() {
        let series = |values: &[f64]| {
            let mut counter = Counter::starting_at(Sample { at: at(0), value: 5.0 }, 0);
            for (second, value) in (1..).zip(values) {
                counter.step(Sample { at: at(second), value: *value }, 0, &by_size);
            }
            counter.looks_like_deltas()
        };
        assert!(series(&[3.0, 7.0].repeat(10)));
        assert!(!series(&[3.0, 7.0].repeat(4)), "too few samples to tell");
        assert!(!series(&(0..20).map(f64::from).collect::<Vec<_>>()));
        // Two views of one counter.
        assert!(!series(&[1000.0, 1001.0].repeat(10)));
    }
}
