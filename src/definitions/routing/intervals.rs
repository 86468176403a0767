//! Time intervals: times, weekdays, days of the month, months, years, and plain dates.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::super::fields::{Entry, Fields, items, string};
use super::super::findings::Finding;
use super::super::node::Value;
use super::Reader;
use slo_model::route::interval::{Span, TimeInterval};
use slo_model::route::local::Minute;

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Reader<'_> {
    pub(super) fn interval(&mut self, entry: Entry<'_>, path: &str) -> Option<TimeInterval> {
        let mut fields = Fields::of(entry, "a time interval", self.findings)?;
        let errors = self.findings.errors();
        let name =
            self.reference(fields.required("name", "name: business-hours"), "`name`", format!("{path}.name"));
        let zone = self.zone;
        let zone = fields.get("time_zone").and_then(|entry| self.zone(entry)).unwrap_or(zone);
        let mut spans = self.spans(&mut fields, zone);
        if let Some(entry) = fields.get("any") {
            for item in items(entry, "`any`", self.findings) {
                let Some(mut fields) = Fields::of(item, "a span", self.findings) else { continue };
                spans.extend(self.spans(&mut fields, zone));
                fields.finish(self.findings);
            }
        }
        let head = fields.head();
        let name = name.filter(|_| fields.finish(self.findings).is_empty());
        if spans.is_empty() && self.findings.errors() > errors {
            return None;
        }
        if spans.is_empty() {
            let finding = Finding::error("empty-interval", head, "this interval holds no time");
            self.findings
                .add(finding.help("write e.g. `weekdays: [monday:friday]` and `times: [\"09:00-17:00\"]`"));
            return None;
        }
        Some(TimeInterval { name: name?, spans })
    }

    fn spans(&mut self, fields: &mut Fields<'_>, zone: Tz) -> Vec<Span> {
        let span = Span {
            times: self.ranges(fields.get("times"), "times", times),
            weekdays: self.ranges(fields.get("weekdays"), "weekdays", |text| words(text, &WEEKDAYS, 0)),
            days_of_month: self.ranges(fields.get("days_of_month"), "days of the month", days),
            months: self.ranges(fields.get("months"), "months", |text| words(text, &MONTHS, 1)),
            years: self.ranges(fields.get("years"), "years", years),
            zone,
        };
        let dates = self.ranges(fields.get("dates"), "dates", dates);
        if dates.is_empty() {
            return if span == Span::always(zone) { Vec::new() } else { vec![span] };
        }
        // Each date is a span of its own, within whatever else is said.
        dates
            .into_iter()
            .map(|(year, month, day)| Span {
                days_of_month: vec![(day, day)],
                months: vec![(month, month)],
                years: year.map(|year| (year, year)).into_iter().collect(),
                ..span.clone()
            })
            .collect()
    }

    /// The ranges of a list, or of one text.
    fn ranges<T>(
        &mut self,
        entry: Option<Entry<'_>>,
        what: &'static str,
        read: impl Fn(&str) -> Result<Vec<T>, &'static str>,
    ) -> Vec<T> {
        let Some(entry) = entry else { return Vec::new() };
        let entries = match &entry.node.value {
            Value::Scalar(_) => vec![entry],
            _ => items(entry, what, self.findings),
        };
        let mut found = Vec::new();
        for entry in entries {
            let Some(text) = string(entry, what, self.findings) else { continue };
            match read(&text.value.to_lowercase()) {
                Ok(ranges) => found.extend(ranges),
                Err(help) => {
                    let message = format!("`{}` is not a range of {what}", text.value);
                    self.findings.add(Finding::error("range", text.span, message).help(help));
                }
            }
        }
        found
    }
}

fn times(text: &str) -> Result<Vec<(Minute, Minute)>, &'static str> {
    let help = "write e.g. \"09:00-17:00\"; over midnight, write two: \"22:00-24:00\", \"00:00-06:00\"";
    let (from, to) = text.split_once('-').ok_or(help)?;
    let (from, to) = (Minute::parse(from.trim()).ok_or(help)?, Minute::parse(to.trim()).ok_or(help)?);
    if from < to { Ok(vec![(from, to)]) } else { Err(help) }
}

fn range(text: &str) -> (&str, &str) {
    text.split_once(':').map_or((text.trim(), text.trim()), |(from, to)| (from.trim(), to.trim()))
}

/// A range of words, or of their numbers from `first` on. One that goes over the end is two.
fn words(text: &str, words: &[&str], first: u8) -> Result<Vec<(u8, u8)>, &'static str> {
    let help = if first == 0 { "write e.g. monday:friday" } else { "write e.g. january:march or 1:3" };
    let number = |word: &str| -> Option<u8> {
        let last = words.len() as u8 - 1 + first;
        let named = words.iter().position(|known| *known == word || known.get(..3) == Some(word));
        let counted =
            || word.parse::<u8>().ok().filter(|number| first == 1 && (first..=last).contains(number));
        named.map(|index| index as u8 + first).or_else(counted)
    };
    let (from, to) = range(text);
    let (from, to) = (number(from).ok_or(help)?, number(to).ok_or(help)?);
    if from <= to {
        return Ok(vec![(from, to)]);
    }
    Ok(vec![(from, words.len() as u8 - 1 + first), (first, to)])
}

fn days(text: &str) -> Result<Vec<(i8, i8)>, &'static str> {
    let help = "write e.g. 1:7, or -3:-1 for the last three days; from -31 to 31 without 0";
    let number = |text: &str| text.parse::<i8>().ok().filter(|day| *day != 0 && (-31..=31).contains(day));
    let (from, to) = range(text);
    let (from, to) = (number(from).ok_or(help)?, number(to).ok_or(help)?);
    if from.signum() == to.signum() && from > to { Err(help) } else { Ok(vec![(from, to)]) }
}

fn years(text: &str) -> Result<Vec<(i32, i32)>, &'static str> {
    let help = "write e.g. 2026 or 2026:2028";
    let number = |text: &str| text.parse::<i32>().ok().filter(|year| (1970..3000).contains(year));
    let (from, to) = range(text);
    let (from, to) = (number(from).ok_or(help)?, number(to).ok_or(help)?);
    if from <= to { Ok(vec![(from, to)]) } else { Err(help) }
}

/// A year, if one is named, a month and a day.
type DayOfYear = (Option<i32>, u8, i8);

/// Most days of one range of dates.
const MOST_DAYS: usize = 366;

/// A date, a day of every year, or a range of either.
fn dates(text: &str) -> Result<Vec<DayOfYear>, &'static str> {
    let help = "write e.g. 2026-12-24, \"12-25\" for every year, or 2026-12-24:2027-01-01";
    // 29 February is a day of some years.
    let read = |text: &str| -> Option<(NaiveDate, bool)> {
        let full = text.parse().ok().map(|date| (date, true));
        full.or_else(|| format!("2000-{text}").parse().ok().map(|date| (date, false)))
    };
    let (from, to) = range(text);
    let ((from, dated), (to, also)) = (read(from).ok_or(help)?, read(to).ok_or(help)?);
    if dated != also || from > to {
        return Err(help);
    }
    let days = from.iter_days().take(MOST_DAYS).take_while(|date| *date <= to);
    let days = days.map(|date| (dated.then_some(date.year()), date.month() as u8, date.day() as i8));
    if (to - from).num_days() >= MOST_DAYS as i64 {
        Err("a range of dates lasts a year at most")
    } else {
        Ok(days.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(words("mon:friday", &WEEKDAYS, 0), Ok(vec![(1, 5)]));
        assert_eq!(words("saturday:sunday", &WEEKDAYS, 0), Ok(vec![(6, 6), (0, 0)]));
        assert_eq!(words("11:january", &MONTHS, 1), Ok(vec![(11, 12), (1, 1)]));
        assert!(words("someday", &WEEKDAYS, 0).is_err() && words("13", &MONTHS, 1).is_err());
        assert_eq!(days("-3:-1"), Ok(vec![(-3, -1)]));
        assert!(days("0").is_err() && days("5:2").is_err() && years("26").is_err());
        assert_eq!(dates("12-30:12-31"), Ok(vec![(None, 12, 30), (None, 12, 31)]));
        assert_eq!(dates("2026-12-31:2027-01-01"), Ok(vec![(Some(2026), 12, 31), (Some(2027), 1, 1)]));
        assert!(dates("2026-02-29").is_err() && dates("2026-01-01:2099-01-01").is_err());
        assert!(times("17:00-09:00").is_err() && times("09:00-24:00").is_ok());
    }
}
