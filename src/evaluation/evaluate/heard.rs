//! How many samples were read of each hour, to find out whether more came after the hour was settled.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::{EvaluateError, Recorder};
use slo_core::duration;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::samples::Series;
use slo_model::source::Source;

const HOUR: Span = Span::hours(1);
/// How long after an hour's end it is looked again: after what a remote write makes up for when it was held up, and after an
/// agent was away for a while. The last time is as far back as one looks at all.
const AFTER: [Span; 2] = [Span::minutes(10), Span::hours(1)];
/// A look that failed is tried again for so long.
const TRIED_FOR: Span = Span::minutes(30);

/// What was read of an hour, and how often it was looked whether there is more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Hour {
    samples: u64,
    looked: usize,
}

/// The hours that are remembered, by their ends.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// Nothing was read of before.
    since: Timestamp,
    hours: BTreeMap<Timestamp, Hour>,
}

impl Heard {
    /// Of a reader that begins at `since`.
    pub(super) fn new(since: Timestamp) -> Self {
        Self { since, hours: BTreeMap::new() }
    }

    /// Counts the samples in `range`, which are settled with this read.
    pub(super) fn add<'a>(&mut self, series: impl Iterator<Item = &'a Series>, range: TimeRange) {
        let mut end = (range.after + Span::MILLISECOND).align_up(HOUR);
        while range.after < range.until && end < range.until + HOUR {
            self.hours.entry(end).or_default();
            end += HOUR;
        }
        for series in series {
            let upto = |at: Timestamp| series.samples.partition_point(|sample| sample.at <= at);
            let (mut from, until) = (upto(range.after), upto(range.until));
            while let Some(first) = series.samples.get(from).filter(|_| from < until) {
                let end = first.at.align_up(HOUR);
                let next = upto(end).min(until);
                self.hours.entry(end).or_default().samples += (next - from) as u64;
                from = next;
            }
        }
    }

    /// Forgets what is too old to be looked at when all up to `at` is settled.
    pub(super) fn forget(&mut self, at: Timestamp, reach: Span) {
        self.hours.retain(|end, _| at - *end <= reach + TRIED_FOR);
    }

    /// An hour, or the part of it that was read, that should be looked at again, and how many samples were read of it.
    fn due(&self, at: Timestamp, settled_to: Timestamp, reach: Span) -> Option<(TimeRange, u64)> {
        let times = || AFTER.into_iter().filter(|after| *after < reach).chain([reach]);
        let is_due = |(end, hour): &(&Timestamp, &Hour)| {
            **end <= settled_to
                && **end > self.since
                && times().nth(hour.looked).is_some_and(|after| at - **end >= after)
        };
        let range = |end: Timestamp| TimeRange { after: (end - HOUR).max(self.since), until: end };
        self.hours.iter().find(is_due).map(|(end, hour)| (range(*end), hour.samples))
    }
}

impl Recorder {
    /// Looks whether samples came of an hour after it was settled, if it is time at `at` to do so for one: tells where that
    /// hour begins if some did. Costs the source one question a selector.
    pub async fn late(
        &mut self,
        source: &dyn Source,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, EvaluateError> {
        let Some((range, read)) = self.heard.due(at, self.settled_to, self.limits.late) else {
            return Ok(None);
        };
        // Some servers have the sample at the left edge in it, which is of the hour before.
        let length = duration::format(range.length() - Span::MILLISECOND);
        let queries: Vec<String> =
            self.plan.reads().map(|selector| format!("sum(count_over_time({selector}[{length}]))")).collect();
        let answers = try_join_all(queries.iter().map(|query| source.instant(query, range.until))).await?;
        if answers.iter().any(|answer| answer.partial) {
            return Ok(None);
        }
        if let Some(hour) = self.heard.hours.get_mut(&range.until) {
            hour.looked += 1;
        }
        let there: f64 = answers.iter().flat_map(|answer| &answer.data).map(|point| point.value).sum();
        Ok((there > read as f64).then_some(range.after))
    }

    /// Goes on from a reader that had read some of the same hours, and tells how many samples more this one has read of the
    /// hours that both did, as far as the other had come.
    pub fn goes_on_from(&mut self, other: &Self) -> u64 {
        let mut more = 0;
        for (end, known) in &other.heard.hours {
            match self.heard.hours.get_mut(end) {
                Some(hour) => {
                    hour.looked = known.looked;
                    if *end <= other.settled_to {
                        more += hour.samples.saturating_sub(known.samples);
                    }
                }
                None => {
                    self.heard.hours.insert(*end, *known);
                }
            }
        }
        self.heard.since = self.heard.since.min(other.heard.since);
        more
    }

    /// True when [`Recorder::late`] has something to ask at `at`.
    pub fn may_be_late(&self, at: Timestamp) -> bool {
        self.limits.late > Span::ZERO
            && self.owed.is_none()
            && self.heard.due(at, self.settled_to, self.limits.late).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::labels::Labels;
    use slo_core::time::short::{at, range};
    use slo_model::samples::Sample;

    #[test]
    fn samples_are_counted_once_in_the_hour_that_they_belong_to() {
        let every = |seconds: usize| Series {
            labels: Labels::new(),
            samples: (0..=10_800)
                .step_by(seconds)
                .map(|second| Sample { at: at(second), value: 1.0 })
                .collect(),
        };
        let series = [every(60), every(30)];
        let mut heard = Heard::new(at(0));
        for (after, until) in [(0, 1800), (1800, 3630), (3630, 10_800)] {
            heard.add(series.iter(), range(after, until));
        }
        let samples: Vec<u64> = heard.hours.values().map(|hour| hour.samples).collect();
        assert_eq!(samples, [180; 3]);
        assert_eq!(heard.hours.keys().map(|end| end.seconds()).collect::<Vec<_>>(), [3600, 7200, 10_800]);
    }

    #[test]
    fn an_hour_is_looked_at_again_after_a_while_and_at_the_end_of_the_reach() {
        let mut heard = Heard::new(at(600));
        heard.add([].iter(), range(600, 8000));
        // Of the first hour a part was read; the third is not over.
        let due = |heard: &Heard, second| heard.due(at(second), at(8000), Span::hours(6)).map(|due| due.0);
        for (end, hour) in [(3600, range(600, 3600)), (7200, range(3600, 7200))] {
            for after in [600, 3600, 6 * 3600] {
                assert!(due(&heard, end + after - 1).is_none_or(|due| due != hour));
                assert_eq!(due(&heard, end + after), Some(hour));
                heard.hours.get_mut(&hour.until).unwrap().looked += 1;
            }
        }
        assert_eq!(due(&heard, 7200 + 86_400), None);
        heard.forget(at(40_000), Span::hours(6));
        assert!(heard.hours.is_empty());
    }
}
