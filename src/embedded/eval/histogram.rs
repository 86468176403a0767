//! `histogram_quantile` over classic buckets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{Grid, Row};
use super::{Failure, value::merge};
use slo_core::labels::Labels;
use slo_core::names::{LE, METRIC_NAME};

/// A bucket: its upper bound and its cumulative count.
type Bucket = (f64, f64);

/// For every group of buckets (same labels but for `le` and the name) the φ-quantile at each step.
pub(super) fn quantiles(phi: &[f64], rows: Vec<Row>, grid: Grid) -> Result<Vec<Row>, Failure> {
    let mut groups: BTreeMap<Labels, Vec<(f64, Row)>> = BTreeMap::new();
    for row in rows {
        let Ok(bound) = row.labels.get(LE).parse::<f64>() else { continue };
        groups.entry(row.labels.without(&[LE, METRIC_NAME])).or_default().push((bound, row));
    }
    let mut answer = Vec::with_capacity(groups.len());
    for (labels, mut members) in groups {
        members.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut row = Row::empty(Arc::new(labels), grid);
        for (step, phi) in phi.iter().enumerate() {
            let buckets: Vec<Bucket> =
                members.iter().filter_map(|(bound, row)| Some((*bound, row.at(step)?))).collect();
            if !buckets.is_empty() {
                row.set(step, quantile(*phi, &buckets));
            }
        }
        answer.push(row);
    }
    merge(answer)
}

/// The φ-quantile of buckets in order of their bounds, by linear interpolation inside the bucket it falls into.
fn quantile(phi: f64, buckets: &[Bucket]) -> f64 {
    if phi.is_nan() {
        return f64::NAN;
    }
    if phi < 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi > 1.0 {
        return f64::INFINITY;
    }
    let buckets = monotonic(buckets);
    let [finite @ .., (last_bound, total)] = buckets.as_slice() else { return f64::NAN };
    let Some((highest, _)) = finite.last() else { return f64::NAN };
    if *last_bound != f64::INFINITY || *total == 0.0 || total.is_nan() {
        return f64::NAN;
    }
    let rank = phi * total;
    let place = finite.partition_point(|(_, count)| *count < rank);
    let Some((upper, count)) = finite.get(place) else { return *highest };
    let Some((lower, below)) = place.checked_sub(1).and_then(|before| finite.get(before)) else {
        // The first bucket reaches from 0, unless its bound is not above 0.
        return if *upper <= 0.0 { *upper } else { upper * (rank / count) };
    };
    lower + (upper - lower) * ((rank - below) / (count - below))
}

/// Buckets of equal bounds added up, and a count below the one before it (a scrape in the middle of an update)
/// raised to it.
fn monotonic(buckets: &[Bucket]) -> Vec<Bucket> {
    let mut clean: Vec<Bucket> = Vec::with_capacity(buckets.len());
    for (bound, count) in buckets {
        match clean.last_mut() {
            Some((last, sum)) if *last == *bound => *sum += count,
            _ => clean.push((*bound, *count)),
        }
    }
    let mut highest = f64::NEG_INFINITY;
    for (_, count) in &mut clean {
        highest = highest.max(*count);
        *count = highest;
    }
    clean
}
