//! Samples as sources give them and counting takes them. Pure data, but for where a threshold cuts a histogram.

use slo_core::labels::Labels;
use slo_core::time::Timestamp;

/// More than this is no number of events. Every sum of years of buckets below it is finite.
pub const MOST_EVENTS: f64 = 1e18;

/// One sample: a moment, and a value that may be NaN or infinite as servers send them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// As the server stored it.
    pub value: f64,
}

/// A series with its samples, in order of time, at most one a millisecond.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The series' labels, with `__name__` if it has one.
    pub labels: Labels,
    /// In order of time.
    pub samples: Vec<Sample>,
}

/// A sample of a native histogram, cut at thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample {
    /// When.
    pub at: Timestamp,
    /// All observations since the histogram began.
    pub count: f64,
    /// One for each threshold that was asked for, in their order.
    pub cuts: Vec<Cut>,
}

/// Where a threshold cuts the buckets of a native histogram.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cut {
    /// Observations in buckets that end at the threshold or below.
    pub below: f64,
    /// Observations in the bucket that the threshold lies in, of which nobody knows on which side they are; none where it is
    /// an edge.
    pub inside: f64,
    /// The edges of that bucket; without meaning where there is none.
    pub edges: (f64, f64),
}

/// A native histogram with its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSeries {
    /// The series' labels, with `__name__` if it has one.
    pub labels: Labels,
    /// In order of time, at most one a millisecond.
    pub samples: Vec<HistogramSample>,
}

/// One element of an instant vector; a scalar has no labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The element's labels.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
}

/// Edges are powers of two in most of their digits: what differs by less is the same edge, written or computed otherwise.
const SAME_EDGE: f64 = 1e-12;

impl Cut {
    /// Adds a bucket with observations between two edges, of which the upper one belongs to it.
    pub fn add(&mut self, threshold: f64, (lower, upper): (f64, f64), count: f64) {
        let slack = threshold.abs() * SAME_EDGE;
        if upper <= threshold + slack {
            self.below += count;
        } else if lower < threshold - slack {
            self.inside += count;
            self.edges = (lower, upper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_cuts_buckets_at_an_edge_or_inside_of_one() {
        let buckets =
            [(f64::NEG_INFINITY, 0.1, 5.0), (0.1, 0.25, 3.0), (0.25, 0.5, 2.0), (0.5, f64::INFINITY, 1.0)];
        let cut = |threshold: f64| {
            let mut cut = Cut::default();
            for (lower, upper, count) in buckets {
                cut.add(threshold, (lower, upper), count);
            }
            cut
        };
        assert_eq!(cut(0.25), Cut { below: 8.0, ..Cut::default() });
        assert_eq!(cut(0.25 + 1e-15), Cut { below: 8.0, ..Cut::default() });
        assert_eq!(cut(0.3), Cut { below: 8.0, inside: 2.0, edges: (0.25, 0.5) });
        assert_eq!(cut(7.0), Cut { below: 10.0, inside: 1.0, edges: (0.5, f64::INFINITY) });
        assert_eq!(cut(-1.0).inside.total_cmp(&5.0), std::cmp::Ordering::Equal);
    }
}
