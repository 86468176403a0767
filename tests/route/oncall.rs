//! Who is on call, over ten years of clock changes.

use std::sync::Arc;

use proptest::prelude::*;
use slo_core::time::Span;
use slo_model::route::ical;
use slo_model::route::schedule::Schedule;

use super::timeline::{moment, routing};

fn schedule(zone: &str, rotation: &str, overrides: &str) -> Schedule {
    let people =
        ["anna", "ben", "chris", "dora"].map(|name| format!("{{name: {name}, receivers: [w]}}")).join(", ");
    let text = format!(
        "time_zone: {zone}\nreceivers: [{{name: w, webhook: {{url: 'https://example.com'}}}}]\npeople: [{people}]\n\
         schedules: [{{name: s, rotations: [{rotation}], overrides: [{overrides}]}}]\nroute: {{receivers: w}}\n"
    );
    Arc::unwrap_or_clone(routing(&text)).schedule("s").unwrap().clone()
}

fn at(schedule: &Schedule, time: &str) -> Vec<String> {
    schedule.at(moment(time))
}

#[test]
fn handovers_keep_their_local_time() {
    let s = schedule(
        "Europe/Berlin",
        "{participants: [anna, ben], starts: 2026-03-23, handover: '09:00', every: weekly}",
        "",
    );
    assert_eq!(at(&s, "2026-03-30T08:59:59+02:00"), ["anna"]);
    assert_eq!(at(&s, "2026-03-30T09:00:00+02:00"), ["ben"]);
    assert_eq!(s.next_handover(moment("2026-03-28T00:00:00Z")), Some(moment("2026-03-30T07:00:00Z")));
    assert!(at(&s, "2026-03-23T08:59:59+01:00").is_empty(), "before it starts, nobody is");
}

#[test]
fn pairs_overrides_and_stand_ins() {
    let s = schedule(
        "UTC",
        "{participants: [[anna, ben], chris], starts: 2026-01-05, every: daily}",
        "{person: dora, from: 2026-01-05T10:00, to: 2026-01-05T12:00, instead_of: ben}, \
         {person: chris, from: 2026-01-05T11:00, to: 2026-01-05T11:30}, \
         {person: anna, from: 2026-01-06T10:00, to: 2026-01-06T12:00, instead_of: ben}",
    );
    assert_eq!(at(&s, "2026-01-05T09:00:00Z"), ["anna", "ben"]);
    assert_eq!(at(&s, "2026-01-05T10:00:00Z"), ["anna", "dora"]);
    assert_eq!(at(&s, "2026-01-05T11:00:00Z"), ["chris"], "the later override decides");
    assert_eq!(at(&s, "2026-01-06T11:00:00Z"), ["chris"], "nobody to stand in for");
}

#[test]
fn a_feed_is_read_back_as_it_was() {
    let s = schedule(
        "America/New_York",
        "{participants: [anna, ben], starts: 2026-10-26, handover: '02:00', every: daily}",
        "",
    );
    let (from, to) = (moment("2026-10-27T00:00:00Z"), moment("2026-11-10T00:00:00Z"));
    let feed = ical::feed(&s, from, to);
    assert_eq!(feed, ical::feed(&s, from, to), "the same bytes");
    let read = ical::import(&feed, chrono_tz::UTC, |name| ["anna", "ben"].contains(&name));
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    let mut spans: Vec<_> = read
        .overrides
        .iter()
        .map(|over| (over.window.start(), over.window.end(), vec![over.person.clone()]))
        .collect();
    spans.sort();
    let mut shifts: Vec<_> =
        s.shifts(from, to, 100).into_iter().map(|shift| (shift.start, shift.end, shift.people)).collect();
    // The first one has begun before the feed does, and is whole in it.
    assert_eq!(shifts[0].0, from);
    shifts[0].0 = moment("2026-10-26T02:00:00-04:00");
    assert_eq!(spans, shifts);
    let uids = |feed: &str| -> Vec<String> {
        feed.lines().filter(|line| line.starts_with("UID")).map(str::to_owned).collect()
    };
    let later = uids(&ical::feed(&s, from + Span::hours(1), to));
    assert_eq!(later, uids(&feed), "an hour later the same shifts have the same names");
}

#[test]
fn calendars_of_others_are_overrides() {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
        DTSTART;TZID=Europe/Berlin:20260105T180000\r\nDTEND;TZID=Europe/Berlin:20260105T220000\r\n\
        RRULE:FREQ=WEEKLY;COUNT=20\r\nSUMMARY:dora for anna\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\n\
        DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260201\r\nSUMMARY:ben\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:3\r\n\
        DTSTAMP:20260101T000000Z\r\nDTSTART:20260201T000000Z\r\nDTEND:20260202T000000Z\r\nSUMMARY:Team lunch\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nUID:4\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\n\
        DURATION:P1DT2H30M\r\nSUMMARY:dora\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let read = ical::import(text, chrono_tz::Europe::Berlin, |name| ["anna", "ben", "dora"].contains(&name));
    assert_eq!(read.problems.len(), 1);
    assert!(read.problems[0].contains("event 3 (\"Team lunch\")"), "{:?}", read.problems);
    let dora = &read.overrides[0];
    assert_eq!((dora.person.as_str(), dora.instead_of.as_deref()), ("dora", Some("anna")));
    // After the clocks change it is still at six in the evening.
    assert!(dora.window.at(moment("2026-03-30T18:00:00+02:00")).is_some());
    assert!(dora.window.at(moment("2026-03-30T17:59:59+02:00")).is_none());
    assert!(read.overrides[1].window.at(moment("2026-02-01T23:59:00+01:00")).is_some());
    let span = (moment("2026-03-01T10:00:00Z"), moment("2026-03-02T12:30:00Z"));
    assert_eq!((read.overrides[2].window.start(), read.overrides[2].window.end()), span);
    for (text, said) in [("hello", "begins with BEGIN:VCALENDAR"), ("BEGIN:VCALENDAR\nx", "is broken")] {
        let read = ical::import(text, chrono_tz::UTC, |_| true);
        assert_eq!(read.overrides, []);
        assert!(read.problems[0].contains(said) && !read.problems[0].contains('\0'), "{:?}", read.problems);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// Ten years: never nobody, never two; and the list of shifts agrees with asking at any minute.
    #[test]
    fn ten_years_without_a_minute_alone_or_together(
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        every in prop::sample::select(vec!["daily", "weekly", "12h", "7h", "3d", "36h", "2w"]),
        hour in 0..24_u32,
        half in any::<bool>(),
        overrides in prop::collection::vec((0..3600_i64, 0..1440_i64, 1..20_000_i64, 0..4_usize, any::<bool>()), 0..30),
        probes in prop::collection::vec(0..3652 * 1440_i64, 200),
    ) {
        let minute = if half { 30 } else { 0 };
        let rotation = format!("{{participants: [anna, ben, chris], starts: 2026-01-01, handover: '{hour:02}:{minute:02}', every: {every}}}");
        let names = ["anna", "ben", "chris", "dora"];
        let start = moment("2026-01-03T00:00:00Z");
        let overrides: Vec<String> = overrides.iter().map(|(day, minute, length, who, replaces)| {
            let from = start.seconds() + day * 86_400 + minute * 60;
            let show = |at: i64| chrono::DateTime::from_timestamp(at, 0).unwrap().to_rfc3339();
            let instead = if *replaces { ", instead_of: anna" } else { "" };
            format!("{{person: {}, from: '{}', to: '{}'{instead}}}", names[*who], show(from), show(from + length * 60))
        }).collect();
        let s = schedule(zone, &rotation, &overrides.join(", "));
        let end = start + Span::days(3652);
        let shifts = s.shifts(start, end, 200_000);
        prop_assert_eq!(shifts[0].start, start);
        prop_assert_eq!(shifts.last().unwrap().end, end);
        for pair in shifts.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
            prop_assert_ne!(&pair[0].people, &pair[1].people);
        }
        for shift in &shifts {
            prop_assert_eq!(shift.people.len(), 1, "{:?}", shift);
        }
        for probe in probes {
            let at = start + Span::minutes(probe);
            let shift = shifts.iter().find(|shift| (shift.start..shift.end).contains(&at)).unwrap();
            prop_assert_eq!(&s.at(at), &shift.people);
        }
    }
}
