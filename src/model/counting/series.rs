//! One counter, possibly seen by several replicas of a Prometheus: samples in, increments out.

use slo_core::time::{Span, Timestamp};

use crate::samples::Sample;

/// The time between samples that is assumed at first, and never exceeded: after an outage of both replicas either may
/// be read.
const LONGEST_GAP: Span = Span::minutes(1);

/// One replica's view of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
struct View {
    replica: u64,
    /// The last value.
    last: f64,
    /// It fell since the last sample that was counted, while another replica was being read.
    fell: bool,
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
    /// The first replica that was seen, almost always the only one: so a counter is one piece of memory.
    first: View,
    /// The other replicas.
    others: Vec<View>,
}

/// What a sample means for the sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// So many events happened.
    Counted(f64),
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
            first: View { replica, last: sample.value, fell: false },
            others: Vec::new(),
        }
    }

    /// A counter of which each replica's last value is known, but not when it was: at some time up to `at`. The first
    /// one was read.
    pub(super) fn remembered(values: &[(u64, f64)], at: Timestamp) -> Option<Self> {
        let mut views =
            values.iter().map(|(replica, value)| View { replica: *replica, last: *value, fell: false });
        let first = views.next()?;
        Some(Self {
            active: first.replica,
            counted: at,
            level: first.last,
            gap: LONGEST_GAP,
            remembered: true,
            first,
            others: views.collect(),
        })
    }

    /// When it was last counted.
    pub(super) fn counted_at(&self) -> Timestamp {
        self.counted
    }

    /// Takes the next sample of `replica`. The replica with the lowest number is read while it is there; another one only
    /// when that missed two samples. So which one is read does not depend on what is remembered.
    pub(super) fn step(&mut self, sample: Sample, replica: u64) -> Step {
        let (is_known, fell) = if let Some(view) = self.views().find(|view| view.replica == replica) {
            view.fell |= sample.value < view.last;
            view.last = sample.value;
            (true, view.fell)
        } else {
            self.others.push(View { replica, last: sample.value, fell: false });
            // Never read before: only the level that another replica reached can tell a restart.
            (false, sample.value < self.level)
        };
        let gap = sample.at - self.counted;
        let preferred = replica < self.active && is_known;
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
            view.fell = false;
        }
        self.counted = sample.at;
        if fell {
            self.level = sample.value;
            return Step::Counted(sample.value);
        }
        // Two replicas read the same counter at slightly different moments, so a switch may find a value a little
        // below the level without any restart; those events are counted already.
        let events = (sample.value - self.level).max(0.0);
        self.level = self.level.max(sample.value);
        Step::Counted(events)
    }

    fn views(&mut self) -> impl Iterator<Item = &mut View> {
        std::iter::once(&mut self.first).chain(&mut self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at;

    /// Each sample is (seconds, replica, value); the result is what each counted.
    fn check(samples: &[(i64, u64, f64)], want: &[f64]) {
        let mut counter: Option<Counter> = None;
        let mut got = Vec::new();
        for (seconds, replica, value) in samples {
            let sample = Sample { at: at(*seconds), value: *value };
            match &mut counter {
                None => counter = Some(Counter::starting_at(sample, *replica)),
                Some(counter) => got.push(match counter.step(sample, *replica) {
                    Step::Counted(events) => events,
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
        let mut step = |second: i64, replica, value| counter.step(Sample { at: at(second), value }, replica);
        // Two seconds after the memory is not the time between samples.
        assert_eq!(step(32, 1, 130.0), Step::Counted(30.0));
        assert_eq!(step(47, 2, 145.0), Step::Ignored);
        assert_eq!(step(62, 1, 160.0), Step::Counted(30.0));
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
}
