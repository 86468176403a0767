//! Native histograms as counters: all observations, and for each threshold those at or below it, named as the buckets of a
//! classic histogram are. What lies in the bucket that a threshold cuts, on whichever side, is a counter of its own.
//!
//! A histogram begins again as a whole. A process that started anew and has counted more since than before shows that only
//! in a bucket, so where one fell to half or less while all together did not, a zero is put before it.
//!
//! Where resolution is halved, as clients and servers do when a histogram has too many buckets, an edge of both stays what
//! it is. Where the threshold lies inside of a bucket, that bucket grows and takes in what was below; in such a moment the
//! new observations are divided as all are, and counting goes on from there.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::MEMORY;
use super::series::fell_far;
use crate::samples::{Cut, HistogramSample, HistogramSeries, Sample, Series};
use slo_core::labels::Labels;
use slo_core::names::LE;
use slo_core::time::{Span, Timestamp};

/// What is remembered of native histograms between reads.
#[derive(Debug, Clone, Default)]
pub struct Histograms {
    known: HashMap<u64, Known>,
    /// The edges of the bucket in which a threshold lies, by the threshold's bits.
    edges: BTreeMap<u64, (f64, f64)>,
}

/// One histogram at its last settled sample.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    last: HistogramSample,
    /// What is to be added to what a sample says, for each threshold: below it, and in its bucket.
    shifts: Vec<(f64, f64)>,
}

/// How a sample follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    GoesOn,
    /// It began again, which its count shows.
    Restarted,
    /// It began again, which only a bucket shows.
    RestartedUnseen,
}

impl Histograms {
    /// The counters of newly read histograms, whose samples go on after those that are known. What is known afterwards is
    /// the state at `settle`.
    pub fn counted(
        &mut self,
        series: &HistogramSeries,
        thresholds: &[f64],
        settle: Timestamp,
    ) -> Vec<Series> {
        let key = key(&series.labels);
        let mut current = self.known.get(&key).cloned();
        let mut counters = Counters::new(thresholds);
        for sample in &series.samples {
            let step = current.as_mut().map_or(Step::GoesOn, |known| known.step(sample));
            let known = match current.take() {
                Some(known) => Known { last: sample.clone(), ..known },
                None => Known { last: sample.clone(), shifts: vec![(0.0, 0.0); thresholds.len()] },
            };
            if step == Step::RestartedUnseen {
                counters.zero(sample.at - Span::MILLISECOND);
            }
            counters.push(sample, &known.shifts);
            if sample.at <= settle {
                self.known.insert(key, known.clone());
            }
            for (threshold, cut) in thresholds.iter().zip(&sample.cuts).filter(|(_, cut)| cut.inside > 0.0) {
                self.edges.insert(threshold.to_bits(), cut.edges);
            }
            current = Some(known);
        }
        counters.named(&series.labels)
    }

    /// The counters of samples from before what is known: those that are to be compared with what comes after.
    pub fn before(&self, series: &HistogramSeries, thresholds: &[f64]) -> Vec<Series> {
        let shifts = match self.known.get(&key(&series.labels)) {
            Some(known) => known.shifts.clone(),
            None => vec![(0.0, 0.0); thresholds.len()],
        };
        let changed = series.samples.windows(2).rposition(|pair| match pair {
            [one, next] => one.cuts.iter().zip(&next.cuts).any(|(one, next)| has_other_edges(one, next)),
            _ => false,
        });
        let mut counters = Counters::new(thresholds);
        for sample in series.samples.iter().skip(changed.map_or(0, |place| place + 1)) {
            counters.push(sample, &shifts);
        }
        counters.named(&series.labels)
    }

    /// Tells of a sample that was the last one before what is read.
    pub fn remember(&mut self, labels: &Labels, last: &HistogramSample) {
        let shifts = vec![(0.0, 0.0); last.cuts.len()];
        self.known.entry(key(labels)).or_insert_with(|| Known { last: last.clone(), shifts });
    }

    /// Forgets what has not been seen for long.
    pub fn forget_before(&mut self, settle: Timestamp) {
        let forgotten = settle - MEMORY;
        self.known.retain(|_, known| known.last.at >= forgotten);
    }

    /// The thresholds that lie inside of a bucket with observations, and the edges of the last such bucket.
    pub fn edges(&self) -> impl Iterator<Item = (f64, (f64, f64))> {
        self.edges.iter().map(|(threshold, edges)| (f64::from_bits(*threshold), *edges))
    }
}

impl Known {
    /// Judges the next sample, and puts the shifts right where a threshold's bucket became another.
    fn step(&mut self, next: &HistogramSample) -> Step {
        let last = &self.last;
        let restarted = if fell_far(last.count, next.count) {
            Some(Step::Restarted)
        } else {
            let mut pairs = last.cuts.iter().zip(&next.cuts);
            let fell = pairs.any(|(one, other)| !has_other_edges(one, other) && fell(last, one, next, other));
            fell.then_some(Step::RestartedUnseen)
        };
        if let Some(step) = restarted {
            self.shifts.fill((0.0, 0.0));
            return step;
        }
        let new = (next.count - last.count).max(0.0);
        let cuts = last.cuts.iter().zip(&next.cuts);
        for ((one, other), shift) in
            cuts.zip(&mut self.shifts).filter(|((one, other), _)| has_other_edges(one, other))
        {
            let share = |part: f64| new * part / next.count.max(1.0);
            shift.0 += one.below + share(other.below) - other.below;
            shift.1 += one.inside + share(other.inside) - other.inside;
        }
        Step::GoesOn
    }
}

/// A part of a histogram fell to half or less.
fn fell(last: &HistogramSample, one: &Cut, next: &HistogramSample, other: &Cut) -> bool {
    let above = |sample: &HistogramSample, cut: &Cut| sample.count - cut.below - cut.inside;
    fell_far(one.below, other.below)
        || fell_far(one.inside, other.inside)
        || fell_far(above(last, one), above(next, other))
}

/// The threshold lies in another bucket than before. Of an empty one nobody knows the edges: then it tells that what was below
/// fell into it, and nothing is missing.
fn has_other_edges(one: &Cut, other: &Cut) -> bool {
    if one.inside > 0.0 && other.inside > 0.0 {
        return one.edges != other.edges;
    }
    other.inside > 0.0 && other.below < one.below && other.below + other.inside >= one.below
}

fn key(labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    labels.hash(&mut hasher);
    hasher.finish()
}

/// The samples of the counters that one histogram is made into.
struct Counters<'a> {
    thresholds: &'a [f64],
    all: Vec<Sample>,
    below: Vec<Vec<Sample>>,
    inside: Vec<Vec<Sample>>,
}

impl<'a> Counters<'a> {
    fn new(thresholds: &'a [f64]) -> Self {
        let none = || vec![Vec::new(); thresholds.len()];
        Self { thresholds, all: Vec::new(), below: none(), inside: none() }
    }

    fn push(&mut self, HistogramSample { at, count, cuts }: &HistogramSample, shifts: &[(f64, f64)]) {
        self.all.push(Sample { at: *at, value: *count });
        let parts = self.below.iter_mut().zip(&mut self.inside);
        for ((below, inside), (cut, shift)) in parts.zip(cuts.iter().zip(shifts)) {
            below.push(Sample { at: *at, value: cut.below + shift.0 });
            inside.push(Sample { at: *at, value: cut.inside + shift.1 });
        }
    }

    fn zero(&mut self, at: Timestamp) {
        for samples in std::iter::once(&mut self.all).chain(&mut self.below).chain(&mut self.inside) {
            samples.push(Sample { at, value: 0.0 });
        }
    }

    /// As series with the bounds in their labels; buckets in which a threshold lies only where something is in them.
    fn named(self, labels: &Labels) -> Vec<Series> {
        let named = |bound: &str, samples| {
            let mut labels = labels.clone();
            labels.set(LE, bound);
            Series { labels, samples }
        };
        let mut series = vec![named("+Inf", self.all)];
        for ((threshold, below), inside) in self.thresholds.iter().zip(self.below).zip(self.inside) {
            series.push(named(&threshold.to_string(), below));
            if inside.iter().any(|sample| sample.value > 0.0) {
                series.push(named(&format!("around {threshold}"), inside));
            }
        }
        series.retain(|series| !series.samples.is_empty());
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at;

    fn cut(below: f64, inside: f64, edges: (f64, f64)) -> Cut {
        Cut { below, inside, edges }
    }

    fn series(samples: &[(i64, f64, Cut)]) -> HistogramSeries {
        let sample = |(second, count, cut): &(i64, f64, Cut)| HistogramSample {
            at: at(*second),
            count: *count,
            cuts: vec![*cut],
        };
        HistogramSeries {
            labels: [("__name__", "x")].into_iter().collect(),
            samples: samples.iter().map(sample).collect(),
        }
    }

    fn values(counters: &[Series]) -> Vec<(String, Vec<f64>)> {
        let values = |series: &Series| series.samples.iter().map(|sample| sample.value).collect();
        counters.iter().map(|series| (series.labels.get(LE).to_owned(), values(series))).collect()
    }

    fn all(samples: &[(i64, f64, Cut)]) -> Vec<(String, Vec<f64>)> {
        values(&Histograms::default().counted(&series(samples), &[0.5], at(1000)))
    }

    #[test]
    fn an_edge_is_a_bucket_and_what_lies_around_is_told() {
        let on_edge = |below| cut(below, 0.0, (0.0, 0.0));
        assert_eq!(
            all(&[(0, 10.0, on_edge(8.0)), (15, 14.0, on_edge(9.0))]),
            [("+Inf".to_owned(), vec![10.0, 14.0]), ("0.5".to_owned(), vec![8.0, 9.0])]
        );
        let inside = |below, inside| cut(below, inside, (0.4, 0.6));
        assert_eq!(
            all(&[(0, 10.0, inside(5.0, 3.0)), (15, 14.0, inside(6.0, 4.0))])[1..],
            [("0.5".to_owned(), vec![5.0, 6.0]), ("around 0.5".to_owned(), vec![3.0, 4.0])]
        );
    }

    #[test]
    fn a_restart_that_only_a_bucket_shows_has_a_zero_before_it() {
        let on_edge = |below| cut(below, 0.0, (0.0, 0.0));
        assert_eq!(
            all(&[(0, 10.0, on_edge(8.0)), (15, 14.0, on_edge(3.0))]),
            [("+Inf".to_owned(), vec![10.0, 0.0, 14.0]), ("0.5".to_owned(), vec![8.0, 0.0, 3.0])]
        );
        // Above it.
        assert_eq!(all(&[(0, 10.0, on_edge(2.0)), (15, 14.0, on_edge(14.0))])[0].1, [10.0, 0.0, 14.0]);
        // The count shows it itself.
        assert_eq!(all(&[(0, 10.0, on_edge(8.0)), (15, 4.0, on_edge(3.0))])[0].1, [10.0, 4.0]);
    }

    #[test]
    fn a_bucket_that_grows_takes_nothing_away() {
        let samples = [
            (0, 100.0, cut(60.0, 10.0, (0.45, 0.55))),
            (15, 110.0, cut(45.0, 33.0, (0.4, 0.6))),
            (30, 120.0, cut(50.0, 35.0, (0.4, 0.6))),
        ];
        let want_below = [60.0, 60.0 + 10.0 * 45.0 / 110.0, 60.0 + 10.0 * 45.0 / 110.0 + 5.0];
        let near = |got: &[f64]| {
            assert_eq!(got.len(), want_below.len());
            assert!(got.iter().zip(want_below).all(|(got, want)| (got - want).abs() < 1e-9), "{got:?}");
        };
        near(&all(&samples)[1].1);
        // In two reads, the second of which brings what was not settled again.
        let mut histograms = Histograms::default();
        histograms.counted(&series(&samples[..2]), &[0.5], at(0));
        let later = values(&histograms.counted(&series(&samples[1..]), &[0.5], at(1000)));
        near(&[&[60.0], later[1].1.as_slice()].concat());
        // What lies before is on the same scale as what comes.
        let before = values(&histograms.before(&series(&samples), &[0.5]));
        near(&[&[60.0], before[1].1.as_slice()].concat());
    }
}
