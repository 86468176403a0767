//! What the invented platform counted.

use chrono::{Datelike, Timelike, Weekday};
use chrono_tz::Tz;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::budget::Sums;
use slo_model::route::local::to_local;
use slo_model::slo::Budgeting;

use super::invented::{Plan, mix};
use super::objectives::Invented;
use crate::facts::{GroupFacts, Piece};

/// A job that runs at this hour on workdays and slows bookings down; nobody is called for it.
const SETTLEMENT: u32 = 20;

/// The groups of an objective over `range`.
pub(super) fn groups(
    invented: &Invented,
    place: usize,
    plan: &Plan,
    zone: Tz,
    range: TimeRange,
) -> Vec<GroupFacts> {
    let name = |route: &str| invented.slo.group_by.iter().map(|by| (by.as_str(), route)).collect::<Labels>();
    let groups: Vec<(Labels, f64, f64)> = if invented.groups.is_empty() {
        vec![(Labels::new(), 1.0, 1.0)]
    } else {
        invented.groups.iter().map(|(route, share, bad)| (name(route), *share, *bad)).collect()
    };
    let pieces = cut(range, plan, place);
    groups
        .into_iter()
        .enumerate()
        .map(|(number, (group, share, bad_share))| {
            let seed = (place * 16 + number) as u64;
            let count = |piece: &TimeRange| Piece {
                range: *piece,
                sums: sums(invented, place, plan, zone, *piece, (share, bad_share), seed),
            };
            GroupFacts { group, pieces: pieces.iter().map(count).collect() }
        })
        .collect()
}

/// Hours, and five minutes around what went wrong.
fn cut(range: TimeRange, plan: &Plan, place: usize) -> Vec<TimeRange> {
    let troubles: Vec<TimeRange> = plan
        .troubles
        .iter()
        .filter(|trouble| trouble.effects.iter().any(|(objective, _)| *objective == place))
        .map(|trouble| trouble.range)
        .collect();
    let mut pieces = Vec::new();
    let mut after = range.after;
    while after < range.until {
        let near = troubles.iter().any(|one| one.after < after + Span::hours(1) && one.until > after);
        let until = (after + if near { Span::minutes(5) } else { Span::hours(1) }).min(range.until);
        pieces.push(TimeRange::new(after, until));
        after = until;
    }
    pieces
}

/// From 0 to 1: how busy the local hour is.
fn busy(zone: Tz, at: Timestamp) -> f64 {
    const HOURS: [f64; 24] = [
        0.10, 0.08, 0.07, 0.07, 0.09, 0.16, 0.30, 0.52, 0.78, 0.95, 1.00, 0.97, 0.88, 0.90, 0.94, 0.92, 0.86,
        0.80, 0.72, 0.62, 0.50, 0.38, 0.25, 0.15,
    ];
    let local = to_local(zone, at);
    let hour = HOURS.get(local.hour() as usize).copied().unwrap_or(0.5);
    match local.weekday() {
        Weekday::Sat => hour * 0.62,
        Weekday::Sun => hour * 0.48,
        _ => hour,
    }
}

fn sums(
    invented: &Invented,
    place: usize,
    plan: &Plan,
    zone: Tz,
    range: TimeRange,
    (share, bad_share): (f64, f64),
    seed: u64,
) -> Sums {
    let seconds = range.length().as_seconds_f64();
    let middle = range.after + range.length() / 2;
    let hour = middle.align_down(Span::hours(1)).seconds().unsigned_abs();
    let noise = |number: u64| (mix(hour ^ (seed << 40) ^ (number << 56)) % 1000) as f64 / 1000.0;
    // A month is a little better or worse than another.
    let month = {
        let local = to_local(zone, middle);
        let number = u64::from(local.month()) + 13 * u64::from(local.year().unsigned_abs());
        0.7 + (mix(number ^ ((place as u64) << 32)) % 1000) as f64 / 1000.0 * 0.5
    };
    let local = to_local(zone, middle);
    let is_workday = !matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
    let settlement = if place == 1 && is_workday && local.hour() == SETTLEMENT { 16.0 } else { 1.0 };
    let is_slices = matches!(invented.slo.budgeting, Budgeting::Timeslices { .. });
    let covered = if place >= 6 && away(plan, range) { 0.0 } else { seconds };
    let total = if is_slices {
        (covered / 60.0).round()
    } else if covered > 0.0 {
        (invented.rate * share * busy(zone, middle) * seconds * (0.94 + 0.12 * noise(0))).round()
    } else {
        0.0
    };
    let usual = invented.usual
        * month
        * settlement
        * (0.5 + noise(1))
        * if share > 0.0 { bad_share / share } else { 1.0 };
    let expected = total * usual.min(0.9);
    // What is less than one happens now and then.
    let mut bad = expected.floor() + f64::from(noise(2) < expected.fract());
    for trouble in &plan.troubles {
        let overlap = trouble.range.until.min(range.until) - trouble.range.after.max(range.after);
        let effect = trouble.effects.iter().find(|(objective, _)| *objective == place);
        if let Some((_, effect)) = effect.filter(|_| overlap > Span::ZERO) {
            let part = overlap.as_seconds_f64() / seconds.max(1.0);
            let weight = if share < 1.0 { (bad_share / share).min(1.55 / effect.max(0.6)) } else { 1.0 };
            bad += (total * effect * weight * part).round();
        }
    }
    Sums { good: total - bad.min(total), total, covered }
}

/// The exporter of the manifests was not read for half a day in the middle of each month.
fn away(_: &Plan, range: TimeRange) -> bool {
    let day = range.after.datetime().map(|time| (time.day(), time.hour()));
    day.is_some_and(|(day, hour)| day == 17 && (11..22).contains(&hour))
}

/// Seconds with data, hour by hour.
pub(super) fn coverage(invented: &Invented, plan: &Plan, range: TimeRange) -> Vec<(TimeRange, f64)> {
    let gaps = invented.slo.service == "manifests";
    let mut hours = Vec::new();
    let mut after = range.after;
    while after < range.until {
        let until = (after + Span::hours(1)).min(range.until);
        let hour = TimeRange::new(after, until);
        let covered = if gaps && away(plan, hour) { 0.0 } else { hour.length().as_seconds_f64() };
        hours.push((hour, covered));
        after = until;
    }
    hours
}
