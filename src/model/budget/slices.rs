//! Time slices: events become good and bad slices, after `OpenSLO` v1.

use crate::buckets::Bucket;
use crate::slo::{Budgeting, NoData};
use slo_core::time::{Span, TimeRange};

/// Turns buckets of events into buckets of slices, one at the end of each slice. A slice counts when it lies wholly
/// in `range`; slices are aligned to the epoch.
/// Under [`Budgeting::Occurrences`] the events stay what they are.
pub fn slices(budgeting: Budgeting, no_data: NoData, events: &[Bucket], range: TimeRange) -> Vec<Bucket> {
    let (length, target) = match budgeting {
        Budgeting::Occurrences => return events.to_vec(),
        Budgeting::Timeslices { target, slice } => (slice.max(Span::SECOND), Some(target)),
        Budgeting::RatioTimeslices { slice } => (slice.max(Span::SECOND), None),
    };
    let mut out = Vec::new();
    let mut start = range.after.align_up(length);
    let mut next = events.partition_point(|bucket| bucket.end <= start);
    while start + length <= range.until {
        let end = start + length;
        let mut slice = Bucket { end, ..Bucket::default() };
        while let Some(bucket) = events.get(next).filter(|bucket| bucket.end <= end) {
            slice.good += bucket.good;
            slice.total += bucket.total;
            slice.covered += bucket.covered;
            next += 1;
        }
        if let Some(value) = slice_value(&slice, target, no_data) {
            out.push(Bucket { end, good: value, total: 1.0, covered: slice.covered });
        } else if slice.covered > 0.0 {
            out.push(Bucket { end, good: 0.0, total: 0.0, covered: slice.covered });
        }
        start = end;
    }
    out
}

/// How good a slice is, from 0 to 1; `None` when it does not count.
fn slice_value(slice: &Bucket, target: Option<f64>, no_data: NoData) -> Option<f64> {
    if slice.total > 0.0 {
        let ratio = (slice.good / slice.total).clamp(0.0, 1.0);
        return Some(match target {
            // Ratios such as 0.1 + 0.2 may miss a target of 0.3 by one bit.
            Some(target) => f64::from(ratio + 1e-12 >= target),
            None => ratio,
        });
    }
    match no_data {
        NoData::Ignore => None,
        NoData::Good => Some(1.0),
        NoData::Bad => Some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short;
    use slo_core::time::short::{at, secs};

    fn bucket(end: i64, good: f64, total: f64) -> Bucket {
        Bucket { end: at(end), good, total, covered: 30.0 }
    }

    fn check(budgeting: Budgeting, no_data: NoData, want: &[(i64, f64, f64)]) {
        let events = [
            bucket(60, 9.0, 10.0),
            bucket(90, 10.0, 10.0),
            bucket(120, 0.0, 5.0),
            bucket(180, 0.0, 0.0),
            bucket(240, 3.0, 3.0),
        ];
        let got: Vec<_> = slices(budgeting, no_data, &events, short::range(30, 299))
            .iter()
            .map(|slice| (slice.end.seconds(), slice.good, slice.total))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn a_slice_is_good_when_it_reaches_its_target() {
        // The slice that ends at 60 began before the range, and the one that ends at 300 has not ended.
        check(
            Budgeting::Timeslices { target: 0.6, slice: secs(60) },
            NoData::Ignore,
            &[(120, 1.0, 1.0), (180, 0.0, 0.0), (240, 1.0, 1.0)],
        );
        check(
            Budgeting::Timeslices { target: 0.7, slice: secs(60) },
            NoData::Good,
            &[(120, 0.0, 1.0), (180, 1.0, 1.0), (240, 1.0, 1.0)],
        );
        check(
            Budgeting::Timeslices { target: 0.7, slice: secs(60) },
            NoData::Bad,
            &[(120, 0.0, 1.0), (180, 0.0, 1.0), (240, 1.0, 1.0)],
        );
    }

    #[test]
    fn ratio_slices_weigh_the_same() {
        let ratio = 10.0 / 15.0;
        check(
            Budgeting::RatioTimeslices { slice: secs(60) },
            NoData::Ignore,
            &[(120, ratio, 1.0), (180, 0.0, 0.0), (240, 1.0, 1.0)],
        );
    }
}
