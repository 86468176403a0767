//! Schedules as calendars: a feed that phones subscribe to, and calendars that say who stands in.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use icalendar::{
    Calendar, CalendarComponent, CalendarDateTime, Component, DatePerhapsTime, Event, EventLike,
};

use super::local::{instant, utc};
use super::recurrence::Recurring;
use super::schedule::{Override, Schedule};
use slo_core::time::{Span, Timestamp};

/// Most events read from a calendar, or written to one.
const MOST_EVENTS: usize = 5000;
/// How far back the beginning of a shift that goes on is looked for.
const LONGEST_SHIFT: Span = Span::days(100);
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

/// The schedule from `from` to `to` as an iCalendar text. The same schedule and times give the same bytes.
pub fn feed(schedule: &Schedule, from: Timestamp, to: Timestamp) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&format!("On call: {}", schedule.name)).timezone(schedule.zone.name());
    // Cut off where the feed begins, the first shift would be another one at each fetch: phones would keep them all.
    let earlier = from - LONGEST_SHIFT;
    for shift in schedule.shifts(earlier, to, 2 * MOST_EVENTS) {
        if shift.people.is_empty() || shift.end <= from {
            continue;
        }
        let begun = if shift.start > earlier { shift.start.ms().to_string() } else { "always".to_owned() };
        let mut event = Event::new();
        event
            .uid(&format!("{}-{begun}-{}@slo", schedule.name, shift.people.join("+")))
            .timestamp(utc(from))
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
            let plain = |c: char| if c.is_control() { ' ' } else { c };
            let short: String = error.chars().map(plain).take(200).collect();
            let problem = if text.trim_start().starts_with("BEGIN:VCALENDAR") {
                format!("this iCalendar text is broken: {}", short.trim())
            } else {
                "this is not a valid iCalendar file, which begins with BEGIN:VCALENDAR".to_owned()
            };
            imported.problems.push(problem);
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
        (None, _) => {
            start
                + event
                    .property_value("DURATION")
                    .and_then(duration)
                    .ok_or("it has neither DTEND nor DURATION")?
        }
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
fn moment(time: DatePerhapsTime, zone: Tz) -> Result<(Timestamp, Tz), String> {
    Ok(match time {
        DatePerhapsTime::Date(date) => (instant(zone, midnight(date)), zone),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => (time.into(), Tz::UTC),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(local)) => (instant(zone, local), zone),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let named: Tz = tzid.parse().map_err(|_| format!("{tzid:?} is not a valid IANA time zone"))?;
            (instant(named, date_time), named)
        }
    })
}

/// `P1W`, `P1DT2H30M`: RFC 5545 knows no months and years here. `None` for what is none, or not positive.
fn duration(text: &str) -> Option<Span> {
    let mut rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (mut seconds, mut clock) = (0_i64, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (rest, clock) = (after, true);
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        let unit = match (rest.get(digits..=digits)?, clock) {
            ("W", false) => 7 * 86_400,
            ("D", false) => 86_400,
            ("H", true) => 3600,
            ("M", true) => 60,
            ("S", true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = rest.get(digits + 1..)?;
    }
    Some(Span::from_seconds(seconds)).filter(|length| *length > Span::ZERO)
}

fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN)
}
