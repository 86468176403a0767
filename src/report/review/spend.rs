//! What spent a budget: by incident, by group, by hour and weekday, by day. Every bad event is counted once in each.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike};

use slo_core::time::{TimeRange, Timestamp};
use slo_model::budget::Sums;
use slo_model::counting::overflow;
use slo_model::route::local::to_local;

use super::claims::{Owned, owned, shares};
use crate::facts::{Facts, GroupFacts, ObjectiveFacts, Piece};

/// So many groups are named, those with the most bad events; the others are added up.
const MOST_GROUPS: usize = 8;
/// Points of a burn-down: finer than a pixel of a small chart.
const POINTS: i64 = 186;

/// What a day spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DaySpend {
    /// Which.
    pub day: NaiveDate,
    /// What happened.
    pub sums: Sums,
}

impl DaySpend {
    /// What was not good.
    pub fn bad(&self) -> f64 {
        (self.sums.total - self.sums.good).max(0.0)
    }
}

/// What a group spent.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSpend {
    /// Its labels' values; `None` for all that are not named.
    pub name: Option<String>,
    /// What was not good.
    pub bad: f64,
    /// All that happened.
    pub total: f64,
}

/// What spent a budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Spend {
    /// All that was not good.
    pub bad: f64,
    /// By incident (its place among the facts' incidents), those that spent anything.
    pub by_incident: BTreeMap<usize, f64>,
    /// What belongs to no incident.
    pub outside: f64,
    /// By group, the worst first; empty for an objective that is not split.
    pub by_group: Vec<GroupSpend>,
    /// By weekday (Monday first) and local hour.
    pub by_hour: [[f64; 24]; 7],
    /// The part of [`Self::by_hour`] that belongs to incidents.
    pub in_incidents: [[f64; 24]; 7],
    /// By day of the period, as far as it has happened.
    pub by_day: Vec<DaySpend>,
    /// What was spent up to moments of the period: its share that had passed (0 to 1), and the bad events so far.
    pub burn_down: Vec<(f64, f64)>,
    /// When an incident is taken to have begun for this objective, by its place.
    pub began: BTreeMap<usize, Timestamp>,
}

/// What spent the budget of an objective.
pub(super) fn of(facts: &Facts, objective: &ObjectiveFacts) -> Spend {
    let period = facts.period.range();
    let within = TimeRange::new(period.after, facts.until.min(period.until));
    let whole = whole(&objective.groups);
    let owned = owned(&objective.slo, &whole, &facts.incidents, within);
    let mut spend = Spend {
        bad: whole.iter().map(Piece::bad).sum(),
        by_incident: BTreeMap::new(),
        outside: 0.0,
        by_group: groups(objective),
        by_hour: [[0.0; 24]; 7],
        in_incidents: [[0.0; 24]; 7],
        by_day: days(facts, &whole, within),
        burn_down: burn_down(&whole, period, within),
        began: BTreeMap::new(),
    };
    for one in &owned {
        spend.began.entry(one.incident).or_insert(one.began);
    }
    spend.add(facts, &whole, &owned);
    spend
}

impl Spend {
    fn add(&mut self, facts: &Facts, whole: &[Piece], owned: &[Owned]) {
        let mut next = 0;
        for piece in whole.iter().filter(|piece| piece.bad() > 0.0) {
            let bad = piece.bad();
            let mut claimed = 0.0;
            for (incident, share) in shares(owned, &mut next, piece.range) {
                *self.by_incident.entry(incident).or_default() += bad * share;
                claimed += bad * share;
            }
            let claimed = if claimed > bad * (1.0 - 1e-9) { bad } else { claimed };
            self.outside += bad - claimed;
            let local = to_local(facts.period.zone, middle(piece.range));
            let (weekday, hour) = (local.weekday().num_days_from_monday() as usize, local.hour() as usize);
            for (cells, value) in [(&mut self.by_hour, bad), (&mut self.in_incidents, claimed)] {
                if let Some(cell) = cells.get_mut(weekday).and_then(|row| row.get_mut(hour)) {
                    *cell += value;
                }
            }
        }
    }
}

/// A piece belongs where its middle lies.
fn middle(range: TimeRange) -> Timestamp {
    range.after + range.length() / 2
}

/// All groups together, in order of time.
pub(super) fn whole(groups: &[GroupFacts]) -> Vec<Piece> {
    if let [one] = groups {
        return one.pieces.clone();
    }
    let mut all: BTreeMap<(Timestamp, Timestamp), Sums> = BTreeMap::new();
    for piece in groups.iter().flat_map(|group| &group.pieces) {
        let sums = all.entry((piece.range.after, piece.range.until)).or_default();
        sums.good += piece.sums.good;
        sums.total += piece.sums.total;
        sums.covered = sums.covered.max(piece.sums.covered);
    }
    all.into_iter()
        .map(|((after, until), sums)| Piece { range: TimeRange::new(after, until), sums })
        .collect()
}

fn groups(objective: &ObjectiveFacts) -> Vec<GroupSpend> {
    if objective.slo.group_by.is_empty() {
        return Vec::new();
    }
    let other = overflow(&objective.slo.group_by);
    let mut groups: Vec<GroupSpend> = objective
        .groups
        .iter()
        .map(|group| {
            let values: Vec<&str> = group.group.iter().map(|(_, value)| value).collect();
            let name = match values.join(", ") {
                _ if group.group == other => None,
                name if name.is_empty() => Some("without the label".to_owned()),
                name => Some(crate::words::name(&name)),
            };
            let bad = group.pieces.iter().map(Piece::bad).sum();
            GroupSpend { name, bad, total: group.pieces.iter().map(|piece| piece.sums.total).sum() }
        })
        .filter(|group| group.total > 0.0)
        .collect();
    let worst = |a: &GroupSpend, b: &GroupSpend| {
        let named = a.name.is_none().cmp(&b.name.is_none());
        named.then(b.bad.total_cmp(&a.bad)).then(b.total.total_cmp(&a.total)).then(a.name.cmp(&b.name))
    };
    groups.sort_by(worst);
    if groups.len() > MOST_GROUPS {
        let rest = groups.split_off(MOST_GROUPS);
        let sum = |of: fn(&GroupSpend) -> f64| rest.iter().map(of).sum();
        groups.push(GroupSpend { name: None, bad: sum(|group| group.bad), total: sum(|group| group.total) });
    }
    groups
}

fn days(facts: &Facts, whole: &[Piece], within: TimeRange) -> Vec<DaySpend> {
    let days = facts.period.days().into_iter().filter(|(_, range)| range.after < within.until);
    let mut pieces = whole.iter().peekable();
    days.map(|(day, range)| {
        let mut sums = Sums::default();
        while let Some(piece) = pieces.next_if(|piece| middle(piece.range) <= range.until) {
            sums.good += piece.sums.good;
            sums.total += piece.sums.total;
            sums.covered += piece.sums.covered;
        }
        DaySpend { day, sums }
    })
    .collect()
}

fn burn_down(whole: &[Piece], period: TimeRange, within: TimeRange) -> Vec<(f64, f64)> {
    let step = period.length() / POINTS;
    let (mut pieces, mut spent, mut points) = (whole.iter().peekable(), 0.0, vec![(0.0, 0.0)]);
    for point in 1..=POINTS {
        let at = if point == POINTS { period.until } else { period.after + step * point };
        let at = at.min(within.until);
        while let Some(piece) = pieces.next_if(|piece| piece.range.until <= at) {
            spent += piece.bad();
        }
        let passed = (at - period.after).as_seconds_f64() / period.length().as_seconds_f64().max(1.0);
        points.push((passed, spent));
        if at >= within.until {
            break;
        }
    }
    let rest: f64 = pieces.map(Piece::bad).sum();
    if let Some(last) = points.last_mut() {
        last.1 += rest;
    }
    points
}
