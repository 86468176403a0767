//! Schedules as calendars: a feed that phones subscribe to, and calendars that say who stands in.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use icalendar::{
    Calendar, CalendarComponent, CalendarDateTime, Component, DatePerhapsTime, Event, EventLike,
};

use super::local::{instant, utc};
use super::recurrence::Recurring;
use super::schedule::{Override, Schedule};

/// Most events read from a calendar, or written to one.
const MOST_EVENTS: usize = 5000;
/// Largest calendar that is read, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// What was read from a calendar, and what was left out of it and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// One for each event that names somebody.
    pub overrides: Vec<Override>,
    /// Each says which event, and what is wrong with it.
    pub problems: Vec<String>,
}

/// The schedule from `from_ms` to `to_ms` as an iCalendar text. The same schedule and times give the same bytes.
pub fn feed(schedule: &Schedule, from_ms: i64, to_ms: i64) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&format!("On call: {}", schedule.name)).timezone(schedule.zone.name());
    for shift in schedule.shifts(from_ms, to_ms, MOST_EVENTS) {
        if shift.people.is_empty() {
            continue;
        }
        let mut event = Event::new();
        event
            .uid(&format!("{}-{}-{}@slo", schedule.name, shift.start, shift.people.join("+")))
            .timestamp(utc(from_ms))
            .summary(&shift.people.join(", "))
            .description(&format!("On call for {}", schedule.name))
            .starts(utc(shift.start))
            .ends(utc(shift.end));
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// Reads overrides from an iCalendar text: each event's summary names who stands in, or `who for whom`. Times without a
/// zone are local in `zone`. `known` tells whether somebody of that name exists.
pub fn import(text: &str, zone: Tz, known: impl Fn(&str) -> bool) -> Imported {
    let mut imported = Imported::default();
    if text.len() > LARGEST {
        imported.problems.push(format!("the calendar is larger than {} MiB", LARGEST / 1024 / 1024));
        return imported;
    }
    let calendar: Calendar = match text.parse() {
        Ok(calendar) => calendar,
        Err(error) => {
            let error: String = error;
            let short: String = error.chars().take(200).collect();
            imported.problems.push(format!("this is no iCalendar text: {short}"));
            return imported;
        }
    };
    let events = calendar.components.iter().filter_map(CalendarComponent::as_event);
    for (index, event) in events.enumerate() {
        if index == MOST_EVENTS {
            imported.problems.push(format!("more than {MOST_EVENTS} events; the rest is left out"));
            break;
        }
        let summary = event.get_summary().unwrap_or_default().trim();
        match read(event, summary, zone, &known) {
            Ok(over) => imported.overrides.push(over),
            Err(problem) => imported.problems.push(format!("event {} ({summary:?}): {problem}", index + 1)),
        }
    }
    imported
}

fn read(event: &Event, summary: &str, zone: Tz, known: impl Fn(&str) -> bool) -> Result<Override, String> {
    let (person, instead_of) = match summary.split_once(" for ") {
        Some((person, replaced)) => (person.trim(), Some(replaced.trim())),
        None => (summary, None),
    };
    if let Some(stranger) = [Some(person), instead_of].into_iter().flatten().find(|name| !known(name)) {
        return Err(format!("{stranger:?} is nobody's name here; write `name`, or `name for name`"));
    }
    let (start, start_zone) = moment(event.get_start().ok_or("it has no DTSTART")?, zone)?;
    let end = match (event.get_end(), event.get_start()) {
        (Some(end), _) => moment(end, zone)?.0,
        // RFC 5545: a date without an end is that day.
        (None, Some(DatePerhapsTime::Date(date))) => {
            instant(zone, midnight(date.succ_opt().ok_or("its date is out of range")?))
        }
        (None, _) => return Err("it has no DTEND".to_owned()),
    };
    let window = match event.property_value("RRULE") {
        None => Recurring::once(start, end),
        Some(rule) => Recurring::repeated(start, end, rule, start_zone),
    };
    if event.multi_properties().contains_key("EXDATE") || event.property_value("RECURRENCE-ID").is_some() {
        return Err("exceptions to a repetition are not understood; write its parts as events".to_owned());
    }
    let window = window.map_err(|error| error.to_string())?;
    Ok(Override { person: person.to_owned(), instead_of: instead_of.map(str::to_owned), window })
}

/// An instant, and the zone in which it was written.
fn moment(time: DatePerhapsTime, zone: Tz) -> Result<(i64, Tz), String> {
    Ok(match time {
        DatePerhapsTime::Date(date) => (instant(zone, midnight(date)), zone),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => (time.timestamp_millis(), Tz::UTC),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(local)) => (instant(zone, local), zone),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let named: Tz = tzid.parse().map_err(|_| format!("{tzid:?} is no IANA time zone"))?;
            (instant(named, date_time), named)
        }
    })
}

fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN)
}
