//! Who is on call: rotations in local time, restricted to hours where they are, and overrides on top.

use std::collections::BTreeSet;

use chrono::{Days, Duration, NaiveDateTime};
use chrono_tz::Tz;

use super::interval::Hours;
use super::local::{instant, to_local};
use super::recurrence::Recurring;
use slo_core::time::{Span, Timestamp};

/// How long a turn lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationLength {
    /// Local days; a handover keeps its time of day over a clock change.
    Days(u32),
    /// Hours on the clock, e.g. 12 for day and night shifts; handovers keep their times of day, too.
    Hours(u32),
}

impl RotationLength {
    fn average(self) -> Span {
        match self {
            Self::Days(days) => Span::days(i64::from(days)),
            Self::Hours(hours) => Span::hours(i64::from(hours)),
        }
    }
}

/// People in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// In order; each turn is one person's, or of several who are on call together.
    pub participants: Vec<Vec<String>>,
    /// Local time of the first handover. Before it nobody of this rotation is on call.
    pub starts: NaiveDateTime,
    /// How long a turn lasts.
    pub turn: RotationLength,
    /// When it counts at all.
    pub hours: Hours,
}

/// Somebody else for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Who.
    pub person: String,
    /// Whom they stand in for; `None` for whoever it is.
    pub instead_of: Option<String>,
    /// When.
    pub window: Recurring,
}

/// A schedule. Rotations come in order: the first one that has somebody at a time decides. Of overrides that overlap,
/// the last one in the file decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Unique in the routing file.
    pub name: String,
    /// Where its times are local.
    pub zone: Tz,
    /// At least one.
    pub rotations: Vec<Rotation>,
    /// In order of the file.
    pub overrides: Vec<Override>,
}

/// A stretch `[start, end)` in which the same people are on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// From.
    pub start: Timestamp,
    /// To before.
    pub end: Timestamp,
    /// Who; nobody when it is empty.
    pub people: Vec<String>,
}

impl Rotation {
    /// The instant at which turn `n` begins.
    fn begins(&self, zone: Tz, n: i64) -> Timestamp {
        let local = match self.turn {
            RotationLength::Days(days) => {
                let days = Days::new(n.unsigned_abs() * u64::from(days));
                if n < 0 { self.starts.checked_sub_days(days) } else { self.starts.checked_add_days(days) }
            }
            RotationLength::Hours(hours) => {
                self.starts.checked_add_signed(Duration::hours(n * i64::from(hours)))
            }
        };
        instant(zone, local.unwrap_or(self.starts))
    }

    /// The turn that contains `at`; `None` before the first.
    fn turn_at(&self, zone: Tz, at: Timestamp) -> Option<i64> {
        let guess = (at - self.begins(zone, 0)).ms().div_euclid(self.turn.average().ms());
        // Clock changes move a turn by an hour, or by a day where a zone crossed the date line.
        let mut turn = guess + Span::hours(26) / self.turn.average() + 1;
        while self.begins(zone, turn) > at {
            turn -= 1;
        }
        (turn >= 0).then_some(turn)
    }

    fn people(&self, zone: Tz, at: Timestamp) -> Option<&[String]> {
        if !self.hours.open(at) {
            return None;
        }
        let turn = self.turn_at(zone, at)?;
        let index = turn.rem_euclid((self.participants.len() as i64).max(1));
        self.participants.get(index as usize).map(Vec::as_slice).filter(|people| !people.is_empty())
    }

    /// The first instant after `at` at which something may change.
    fn next_change(&self, zone: Tz, at: Timestamp) -> Option<Timestamp> {
        let turn = self.turn_at(zone, at).map_or(0, |turn| turn + 1);
        // Two handovers may fall into one instant, where a clock change skips the hour between.
        let handover = (turn..turn + 50).map(|turn| self.begins(zone, turn)).find(|begins| *begins > at);
        let hours = if self.hours.open(at) { self.hours.next_closed(at) } else { self.hours.next_open(at) };
        [handover, hours.filter(|edge| *edge > at)].into_iter().flatten().min()
    }
}

impl Schedule {
    /// Who is on call at an instant; nobody when it is empty.
    pub fn at(&self, at: Timestamp) -> Vec<String> {
        let mut people: Vec<String> = self
            .rotations
            .iter()
            .find_map(|rotation| rotation.people(self.zone, at))
            .map(<[String]>::to_vec)
            .unwrap_or_default();
        let applies = |over: &&Override| {
            over.window.at(at).is_some()
                && over.instead_of.as_ref().is_none_or(|replaced| people.contains(replaced))
        };
        let Some(over) = self.overrides.iter().rev().find(applies) else { return people };
        match &over.instead_of {
            None => people = vec![over.person.clone()],
            Some(replaced) => {
                for person in people.iter_mut().filter(|person| *person == replaced) {
                    person.clone_from(&over.person);
                }
            }
        }
        // Who stands in for a partner is still one person.
        let mut met = BTreeSet::new();
        people.retain(|person| met.insert(person.clone()));
        people
    }

    /// The first instant after `after` at which other people are on call; `None` when that is not within two years.
    pub fn next_handover(&self, after: Timestamp) -> Option<Timestamp> {
        const FURTHEST: Span = Span::days(2 * 366);
        let now = self.at(after);
        let mut at = after;
        while let Some(next) = self.next_edge(at).filter(|next| *next - after < FURTHEST) {
            if self.at(next) != now {
                return Some(next);
            }
            at = next;
        }
        None
    }

    /// Who is on call from `from` to `to`: without gaps between, neighbours differ, at most `most` of them.
    pub fn shifts(&self, from: Timestamp, to: Timestamp, most: usize) -> Vec<Shift> {
        let mut shifts: Vec<Shift> = Vec::new();
        let mut start = from;
        while start < to {
            let end = self.next_edge(start).map_or(to, |edge| edge.min(to));
            let people = self.at(start);
            if let Some(last) = shifts.last_mut().filter(|last| last.people == people) {
                last.end = end;
            } else if shifts.len() == most {
                break;
            } else {
                shifts.push(Shift { start, end, people });
            }
            start = end;
        }
        shifts
    }

    fn next_edge(&self, at: Timestamp) -> Option<Timestamp> {
        let rotations = self.rotations.iter().filter_map(|rotation| rotation.next_change(self.zone, at));
        let overrides = self.overrides.iter().filter_map(|over| {
            let (start, end) = over.window.next(at)?;
            Some(if start > at { start } else { end })
        });
        rotations.chain(overrides).min()
    }

    /// Everybody who may be on call.
    pub fn people(&self) -> BTreeSet<&str> {
        let rotating = self.rotations.iter().flat_map(|rotation| rotation.participants.iter().flatten());
        let standing_in = self.overrides.iter().flat_map(|over| over.instead_of.iter().chain([&over.person]));
        rotating.chain(standing_in).map(String::as_str).collect()
    }

    /// The local time of an instant, where the schedule is.
    pub fn local(&self, at: Timestamp) -> NaiveDateTime {
        to_local(self.zone, at)
    }
}
