//! Composites, by OpenSLO's text for each budgeting method ("Notes (Composite SLO)"). Only objectives of one document
//! are put together, so all have the same method and window.
//!
//! | method | the composite |
//! |---|---|
//! | Occurrences | burns as fast as the part that burns fastest, times its weight |
//! | Timeslices | a slice that is bad for any part is bad |
//! | RatioTimeslices | what the parts miss of 1 adds up, each times its weight |

use super::{Sums, WindowSums};
use crate::buckets::Bucket;
use crate::slo::{Budgeting, Slo, Target};
use std::collections::BTreeMap;

use slo_core::time::Timestamp;

/// A part of a composite, whole: its groups together ([`WindowSums::together`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// `compositeWeight`.
    pub weight: f64,
    /// What it promises.
    pub target: Target,
    /// Its counts.
    pub sums: WindowSums,
}

/// The counts of a composite of parts whose slices are not known one by one. Bad slices of different parts then count as if
/// they were never the same ones, and the second value is true where that matters. A part without events in a window has
/// no say in it.
pub fn composite(slo: &Slo, parts: &[Part]) -> (WindowSums, bool) {
    let of = |pick: &dyn Fn(&WindowSums) -> Option<Sums>| {
        let picked: Vec<(&Part, Sums)> =
            parts.iter().filter_map(|part| Some((part, pick(&part.sums)?))).collect();
        one(slo, &picked)
    };
    let burn = std::array::from_fn(|window| {
        let pick = |part: &WindowSums| part.burn.get(window).copied().flatten();
        parts.iter().all(|part| pick(&part.sums).is_some()).then(|| of(&pick).0)
    });
    let (whole, is_bound) = of(&|part| Some(part.whole));
    (WindowSums { whole, burn }, is_bound)
}

/// One window, and whether bad slices of several parts were added up.
fn one(slo: &Slo, parts: &[(&Part, Sums)]) -> (Sums, bool) {
    let weights: f64 = parts.iter().map(|(part, _)| part.weight).sum();
    let covered = parts.iter().map(|(part, sums)| sums.covered * part.weight / weights).sum();
    let missed = |sums: &Sums| sums.ratio().map_or(0.0, |ratio| 1.0 - ratio);
    let most = parts.iter().map(|(_, sums)| sums.total).fold(0.0, f64::max);
    let (total, bad, is_bound) = match slo.budgeting {
        Budgeting::Occurrences => {
            let burn = |(part, sums): &(&Part, Sums)| part.weight * missed(sums) / part.target.budget();
            let fastest = parts.iter().map(burn).fold(0.0, f64::max);
            let total: f64 = parts.iter().map(|(_, sums)| sums.total).sum();
            (total, total * fastest * slo.target.budget(), false)
        }
        Budgeting::Timeslices { .. } => {
            let bad = |(_, sums): &(&Part, Sums)| (sums.total - sums.good).max(0.0);
            let several = parts.iter().filter(|part| bad(part) > 0.0).count() > 1;
            (most, parts.iter().map(bad).sum(), several)
        }
        Budgeting::RatioTimeslices { .. } => {
            let missed: f64 = parts.iter().map(|(part, sums)| part.weight * missed(sums)).sum();
            (most, most * missed, false)
        }
    };
    (Sums { good: (total - bad).max(0.0), total, covered }.tidy(), is_bound)
}

/// What a composite of time slices says when its parts' slices are not known one by one.
pub const ADDED_UP: &str =
    "bad slices of its parts are added up as if they were never the same ones; at most so many are bad";

/// The counts of a composite of time slices from the slices of its parts and their groups: one that is bad for any is bad.
pub fn composite_slices(slo: &Slo, parts: &[&[Bucket]], at: Timestamp) -> WindowSums {
    let mut all: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
    for slice in parts.iter().copied().flatten() {
        let known = all.entry(slice.end).or_insert(Bucket { total: 0.0, ..*slice });
        known.covered = known.covered.max(slice.covered);
        if slice.total > 0.0 {
            known.good = if known.total > 0.0 { known.good.min(slice.good) } else { slice.good };
            known.total = slice.total;
        }
    }
    WindowSums::of(slo, &all.into_values().collect::<Vec<_>>(), at)
}
