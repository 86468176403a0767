//! Time intervals, as Alertmanager has them: times of day, weekdays, days of the month, months, years, each in a zone.
//! From them come the hours in which something is sent.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;

use super::local::{Minute, instant, last_instant, to_local, transitions};
use slo_core::time::{self, Timestamp};

/// How far ahead an opening is looked for, in days. Intervals that are not open once in two years are refused.
const FURTHEST_DAYS: i64 = 2 * 366;

/// One combination; an empty list leaves its field free. Ranges are inclusive, but for the end of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Times of day, from the first minute to before the last.
    pub times: Vec<(Minute, Minute)>,
    /// Days of the week, 0 is Sunday.
    pub weekdays: Vec<(u8, u8)>,
    /// Days of the month; negative ones count from its end.
    pub days_of_month: Vec<(i8, i8)>,
    /// Months, 1 is January.
    pub months: Vec<(u8, u8)>,
    /// Years.
    pub years: Vec<(i32, i32)>,
    /// Where these are local times.
    pub zone: Tz,
}

impl Span {
    /// The whole of time.
    pub fn always(zone: Tz) -> Self {
        Self { times: vec![], weekdays: vec![], days_of_month: vec![], months: vec![], years: vec![], zone }
    }

    /// Whether an instant lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.contains_local(to_local(self.zone, at))
    }

    fn contains_local(&self, local: NaiveDateTime) -> bool {
        let minute = (local.hour() * 60 + local.minute()) as u16;
        let free_or = |free: bool, inside: bool| free || inside;
        free_or(
            self.times.is_empty(),
            self.times.iter().any(|(from, to)| (from.minutes()..to.minutes()).contains(&minute)),
        ) && self.contains_date(local.date())
    }

    fn contains_date(&self, date: NaiveDate) -> bool {
        fn within<T: PartialOrd>(ranges: &[(T, T)], value: &T) -> bool {
            ranges.is_empty() || ranges.iter().any(|(from, to)| from <= value && value <= to)
        }
        let weekday = date.weekday().num_days_from_sunday() as u8;
        let last = i64::from(days_in_month(date));
        let day = i64::from(date.day());
        let from_start = |day: i8| if day < 0 { last + 1 + i64::from(day) } else { i64::from(day) };
        within(&self.weekdays, &weekday)
            && within(&self.months, &(date.month() as u8))
            && within(&self.years, &date.year())
            && (self.days_of_month.is_empty()
                || self
                    .days_of_month
                    .iter()
                    .any(|(from, to)| from_start(*from).max(1) <= day && day <= from_start(*to)))
    }
}

fn days_in_month(date: NaiveDate) -> u32 {
    let next = if date.month() == 12 { (date.year() + 1, 1) } else { (date.year(), date.month() + 1) };
    NaiveDate::from_ymd_opt(next.0, next.1, 1)
        .and_then(|first| first.pred_opt())
        .map_or(31, |last| last.day())
}

/// A named set of spans; it contains what one of them contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeInterval {
    /// Unique in the routing file.
    pub name: String,
    /// At least one.
    pub spans: Vec<Span>,
}

impl TimeInterval {
    /// Whether an instant lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.spans.iter().any(|span| span.contains(at))
    }
}

/// When something is sent: during any of some intervals (or always), except in others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// Open in any of these; always if there are none.
    pub during: Vec<Arc<TimeInterval>>,
    /// And closed in each of these.
    pub except: Vec<Arc<TimeInterval>>,
}

impl Hours {
    /// Whether an instant is open.
    pub fn open(&self, at: Timestamp) -> bool {
        (self.during.is_empty() || self.during.iter().any(|interval| interval.contains(at)))
            && !self.except.iter().any(|interval| interval.contains(at))
    }

    /// Whether nothing limits them.
    pub fn always(&self) -> bool {
        self.during.is_empty() && self.except.is_empty()
    }

    /// The first open instant at or after `from`; `None` when there is none within two years.
    pub fn next_open(&self, from: Timestamp) -> Option<Timestamp> {
        self.next(from, true)
    }

    /// The first closed instant at or after `from`; `None` when there is none within two years.
    pub fn next_closed(&self, from: Timestamp) -> Option<Timestamp> {
        self.next(from, false)
    }

    fn next(&self, from: Timestamp, open: bool) -> Option<Timestamp> {
        if self.open(from) == open {
            return Some(from);
        }
        if self.always() {
            return None;
        }
        // Half days: a day of 23 hours must not be stepped over.
        let half_day = time::Span::hours(12);
        for halves in 0..2 * FURTHEST_DAYS {
            let start = from + half_day * halves;
            let mut edges: Vec<Timestamp> = self.edges(start).into_iter().filter(|at| *at > from).collect();
            edges.sort_unstable();
            if let Some(found) = edges.into_iter().find(|at| self.open(*at) == open) {
                return Some(found);
            }
        }
        None
    }

    /// The instants of the local day around `at` at which a span may begin or end.
    fn edges(&self, at: Timestamp) -> Vec<Timestamp> {
        let mut edges = Vec::new();
        for span in self.during.iter().chain(&self.except).flat_map(|interval| &interval.spans) {
            let date = to_local(span.zone, at).date();
            let midnight = Minute::parse("00:00").unwrap_or(Minute::END);
            let times = span.times.iter().flat_map(|(from, to)| [*from, *to]);
            for minute in times.chain([midnight, Minute::END]) {
                edges.push(instant(span.zone, minute.on(date)));
                edges.push(last_instant(span.zone, minute.on(date)));
            }
            let (start, end) =
                (instant(span.zone, midnight.on(date)), instant(span.zone, Minute::END.on(date)));
            edges.extend(transitions(span.zone, start, end));
        }
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn business(zone: Tz) -> Arc<TimeInterval> {
        let times = vec![(Minute::parse("09:00").unwrap(), Minute::parse("17:00").unwrap())];
        let span = Span { times, weekdays: vec![(1, 5)], ..Span::always(zone) };
        Arc::new(TimeInterval { name: "business".to_owned(), spans: vec![span] })
    }

    fn holiday(zone: Tz, month: u8, day: i8) -> Arc<TimeInterval> {
        let span =
            Span { days_of_month: vec![(day, day)], months: vec![(month, month)], ..Span::always(zone) };
        Arc::new(TimeInterval { name: "holiday".to_owned(), spans: vec![span] })
    }

    #[test]
    fn business_hours_begin_at_nine_before_and_after_the_clocks_change() {
        let berlin = chrono_tz::Europe::Berlin;
        let hours = Hours { during: vec![business(berlin)], except: vec![holiday(berlin, 4, 6)] };
        // Friday evening to Monday, over the change of 29 March.
        assert_eq!(hours.next_open(ms("2026-03-27T20:00:00Z")), Some(ms("2026-03-30T07:00:00Z")));
        assert_eq!(hours.next_open(ms("2026-10-23T20:00:00Z")), Some(ms("2026-10-26T08:00:00Z")));
        // Easter Monday is a holiday.
        assert_eq!(hours.next_open(ms("2026-04-04T12:00:00Z")), Some(ms("2026-04-07T07:00:00Z")));
        assert_eq!(hours.next_closed(ms("2026-04-07T12:00:00Z")), Some(ms("2026-04-07T15:00:00Z")));
        assert!(hours.open(ms("2026-04-07T14:59:59Z")) && !hours.open(ms("2026-04-07T15:00:00Z")));
    }

    #[test]
    fn days_from_the_end_of_the_month() {
        let span = Span { days_of_month: vec![(-1, -1)], ..Span::always(Tz::UTC) };
        assert!(span.contains(ms("2024-02-29T12:00:00Z")) && !span.contains(ms("2024-02-28T12:00:00Z")));
    }

    #[test]
    fn what_never_opens_says_so() {
        let span = Span { days_of_month: vec![(31, 31)], months: vec![(2, 2)], ..Span::always(Tz::UTC) };
        let never = Arc::new(TimeInterval { name: "never".to_owned(), spans: vec![span] });
        assert_eq!(Hours { during: vec![never], except: vec![] }.next_open(Timestamp::EPOCH), None);
    }

    proptest! {
        /// The next opening is the first open minute, found the slow way.
        #[test]
        fn the_next_opening_is_the_first(start in 0_i64..400, from in 0_u16..24, length in 1_u16..24, zone in 0_usize..3) {
            let zone = [chrono_tz::Europe::Berlin, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe][zone];
            let hour = |hour: u16| Minute::parse(&format!("{:02}:00", hour.min(24))).unwrap();
            let times = vec![(hour(from), hour(from + length))];
            let span = Span { times, ..Span::always(zone) };
            let interval = Arc::new(TimeInterval { name: String::new(), spans: vec![span] });
            let hours = Hours { during: vec![interval], except: vec![] };
            let at = ms("2026-01-01T00:00:00Z") + time::Span::days(start) + time::Span::hours(13);
            let slow = (0..3 * 1440).map(|minute| at + time::Span::minutes(minute)).find(|at| hours.open(*at));
            prop_assert_eq!(hours.next_open(at), slow);
        }
    }
}
