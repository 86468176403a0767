//! Durations, time slices and `timeWindow`.

use chrono::NaiveDateTime;
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::fields::{Entry, Field, Fields, Located, field, items, string, text, truth};
use crate::findings::{Finding, Findings};
use crate::node::{Style, number};
use crate::source::Span;
use slo_core::duration::{number_and_unit, parse};
use slo_core::time;
use slo_model::slo::{Calendar, Window, WindowLength};

/// `timeWindow`: exactly one rolling or calendar window.
pub(super) fn window(entry: Option<Entry<'_>>, head: Span, findings: &mut Findings) -> Field<Window> {
    const DEFAULT: &str = "30d";
    let Some(entry) = entry else {
        findings.add(
            Finding::warning(
                "no-window",
                head,
                format!("`timeWindow` is missing; a rolling {DEFAULT} is assumed"),
            )
            .help(format!("write `timeWindow: [{{duration: {DEFAULT}, isRolling: true}}]`")),
        );
        return DEFAULT
            .parse()
            .map_or(Field::Absent, |length| Field::Is(Located::new(Window::Rolling(length), head)));
    };
    let windows = items(entry, "`timeWindow`", findings);
    match windows.as_slice() {
        [] => {
            if matches!(entry.node.value, crate::node::Value::List(_)) {
                findings.add(
                    Finding::error("missing-field", entry.head, "`timeWindow` is empty")
                        .help("write one window, e.g. `- {duration: 30d, isRolling: true}`"),
                );
            }
            Field::Wrong(entry.head)
        }
        [one] => field(Some(*one), |one| one_window(one, findings)),
        [first, second, ..] => {
            findings.add(
                Finding::error("many-windows", second.head, "an SLO has exactly one time window")
                    .help("write a second SLO for the other window")
                    .related(first.head, "the first window is here"),
            );
            Field::Wrong(entry.head)
        }
    }
}

fn one_window(entry: Entry<'_>, findings: &mut Findings) -> Option<Located<Window>> {
    let mut fields = Fields::of(entry, "timeWindow", findings)?;
    let duration = fields.required("duration", "duration: 30d");
    let duration = duration.and_then(|entry| string(entry, "`duration`", findings));
    let rolling = field(fields.get("isRolling"), |entry| truth(entry, "`isRolling`", findings));
    let calendar = fields.get("calendar");
    fields.finish(findings);
    let at = calendar.map(|entry| calendar_start(entry, findings));
    let duration = duration?;
    let conflict = |message: &str, help: &str| {
        Finding::error("window-kind", rolling.span().unwrap_or(entry.head), message).help(help)
    };
    match (rolling.value().copied(), at) {
        (Some(true), Some(_)) => {
            findings.add(conflict(
                "a window is either rolling or aligned to a calendar",
                "write `isRolling: false`, or remove `calendar`",
            ));
            None
        }
        (Some(false), None) => {
            findings.add(conflict(
                "a window that does not roll needs `calendar`",
                "write `isRolling: true`, or add `calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}`",
            ));
            None
        }
        (Some(true) | None, None) => match duration.value.parse::<WindowLength>() {
            Ok(length) => Some(Located::new(Window::Rolling(length), duration.span)),
            Err(error) => {
                findings.add(bad_duration(duration.span, &error.to_string()));
                None
            }
        },
        (Some(false) | None, Some(start)) => {
            let (start, zone) = start?;
            match Calendar::new(&duration.value, start, zone) {
                Ok(calendar) => Some(Located::new(Window::Calendar(calendar), duration.span)),
                Err(error) => {
                    findings.add(bad_duration(duration.span, &error.to_string()));
                    None
                }
            }
        }
    }
}

/// `calendar`: a start in local time and its zone.
fn calendar_start(entry: Entry<'_>, findings: &mut Findings) -> Option<(NaiveDateTime, Tz)> {
    let mut fields = Fields::of(entry, "calendar", findings)?;
    let start = fields.required("startTime", "startTime: 2026-01-01 00:00:00");
    let start = start.and_then(|entry| string(entry, "`startTime`", findings));
    let zone = fields.required("timeZone", "timeZone: Europe/Berlin");
    let zone = zone.and_then(|entry| string(entry, "`timeZone`", findings));
    fields.finish(findings);
    let start = start.and_then(|start| date(&start, findings));
    let zone = zone.and_then(|zone| time_zone(&zone, findings));
    Some((start?, zone?))
}

fn date(text: &Located<String>, findings: &mut Findings) -> Option<NaiveDateTime> {
    let parsed = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text.value, format).ok());
    let has_zone = chrono::DateTime::parse_from_rfc3339(&text.value).is_ok();
    let help = if has_zone {
        "it is local time in `timeZone`: remove the `Z` or the offset"
    } else {
        "write a date that exists and a time of 24 hours, e.g. 2026-01-01 00:00:00"
    };
    if parsed.is_none() {
        findings.add(
            Finding::error(
                "bad-date",
                text.span,
                format!("`{}` is not a valid local date and time", text.value),
            )
            .help(help),
        );
    }
    parsed
}

fn time_zone(text: &Located<String>, findings: &mut Findings) -> Option<Tz> {
    let zone = text.value.parse().ok();
    if zone.is_none() {
        let near = findings.suggest(&text.value, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let help = near.map_or_else(
            || "write a name of the IANA Time Zone Database, e.g. Europe/Berlin or UTC".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        findings.add(
            Finding::error("bad-time-zone", text.span, format!("`{}` is not a valid time zone", text.value))
                .help(help),
        );
    }
    zone
}

/// The message of an error of ours is "what; what would be right".
fn bad_duration(span: Span, message: &str) -> Finding {
    let (what, help) = message.split_once("; ").unwrap_or((message, "write e.g. 30d"));
    Finding::error("bad-duration", span, what.replace('"', "`")).help(help)
}

/// `timeSliceWindow`: minutes as a number, or a duration.
pub(super) fn slice(entry: Entry<'_>, findings: &mut Findings) -> Option<Located<time::Span>> {
    let text = text(entry, "`timeSliceWindow`", findings)?;
    let seconds = match number(&text.value).filter(|_| text.style == Style::Plain) {
        Some(minutes) => minutes * 60.0,
        None => {
            shorthand(&Located::new(text.value.clone(), text.span), "m, h or d", findings)?.as_seconds_f64()
        }
    };
    if !(30.0..=31.0 * 86_400.0).contains(&seconds) || seconds % 30.0 != 0.0 {
        findings.add(
            Finding::error(
                "slice-length",
                text.span,
                format!("a time slice of {seconds} s cannot be counted"),
            )
            .help(
                "write a multiple of half a minute up to 31 days: 1 or 1m is one minute, 0.5 half a minute",
            ),
        );
        return None;
    }
    Some(Located::new(time::Span::from_seconds(seconds as i64), text.span))
}

/// A duration such as `5m`; 0 is allowed.
pub(super) fn duration(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<Located<time::Span>> {
    let text = string(entry, what, findings)?;
    let length = shorthand(&text, "m, h, d or w", findings)?;
    Some(Located::new(length, text.span))
}

fn shorthand(text: &Located<String>, units: &str, findings: &mut Findings) -> Option<time::Span> {
    // As `OpenSLO` has it: one number, one unit, and no seconds.
    let one = number_and_unit(&text.value).is_some_and(|(_, unit)| matches!(unit, "m" | "h" | "d" | "w"));
    let found = parse(&text.value).ok().filter(|_| one);
    if found.is_none() {
        findings.add(
            Finding::error("bad-duration", text.span, format!("`{}` is not a valid duration", text.value))
                .help(format!("write a whole number and one of {units}, e.g. 5m")),
        );
    }
    found
}
