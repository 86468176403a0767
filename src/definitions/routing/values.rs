//! Single values of a routing file: lengths, times, zones, names, matchers, secrets' places.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::super::fields::{Entry, Fields, float, items, string, text};
use super::super::findings::Finding;
use super::super::node::Value;
use super::super::scalar;
use super::Reader;
use slo_core::duration;
use slo_core::suggest::closest;
use slo_core::time::{Span, Timestamp};
use slo_model::route::SecretRef;
use slo_model::route::interval::{Hours, TimeInterval};
use slo_model::route::local::{Minute, instant};
use slo_model::route::matcher::{Matcher, parse};

/// Longest length that is taken: ten years.
const LONGEST: Span = Span::days(10 * 366);

impl Reader<'_> {
    /// A length such as `90s`, `1h30m`, `2d`.
    pub(super) fn length(&mut self, entry: Entry<'_>, what: &'static str) -> Option<Span> {
        let text = string(entry, what, self.findings)?;
        let length = duration::parse(&text.value).ok().filter(|length| *length <= LONGEST);
        if length.is_none() {
            let message = format!("`{}` is not a valid duration", text.value);
            let finding = Finding::error("length", text.span, message);
            self.findings
                .add(finding.help("write a number and a unit: 30s, 5m, 1h30m, 2d, 1w; at most ten years"));
        }
        length
    }

    /// A length that is not zero.
    pub(super) fn positive(&mut self, entry: Entry<'_>, what: &'static str) -> Option<Span> {
        let length = self.length(entry, what)?;
        if length == Span::ZERO {
            let finding = Finding::error("length", entry.node.span, format!("{what} must not be zero"));
            self.findings.add(finding.help("write e.g. 5m"));
            return None;
        }
        Some(length)
    }

    /// A whole number within limits.
    pub(super) fn count(
        &mut self,
        entry: Entry<'_>,
        what: &'static str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let number = float(entry, what, self.findings)?;
        let whole =
            number.value.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&number.value);
        if !whole {
            let message = format!("{what} must be a whole number from {least} to {most}");
            self.findings.add(Finding::error("number", number.span, message));
            return None;
        }
        Some(number.value as u32)
    }

    /// A name that is not empty.
    pub(super) fn name(&mut self, entry: Entry<'_>, what: &'static str) -> Option<String> {
        let name = string(entry, what, self.findings)?;
        let bad = name.value.trim().is_empty()
            || name.value.len() > 200
            || name.value.chars().any(char::is_control);
        if bad {
            let message = format!("{what} must be a line of text, up to 200 bytes");
            self.findings.add(Finding::error("name", name.span, message));
            return None;
        }
        Some(name.value)
    }

    /// A name, with its place noted under `path`.
    pub(super) fn reference(
        &mut self,
        entry: Option<Entry<'_>>,
        what: &'static str,
        path: String,
    ) -> Option<String> {
        let entry = entry?;
        self.note(path, entry.node.span);
        self.name(entry, what)
    }

    /// A list of names; a single one may stand alone.
    pub(super) fn names(&mut self, entry: Option<Entry<'_>>, what: &'static str, path: &str) -> Vec<String> {
        let Some(entry) = entry else { return Vec::new() };
        if let Value::Scalar(_) = entry.node.value {
            return self.reference(Some(entry), what, format!("{path}[0]")).into_iter().collect();
        }
        let mut names = Vec::new();
        for item in items(entry, what, self.findings) {
            names.extend(self.reference(Some(item), what, format!("{path}[{}]", names.len())));
        }
        names
    }

    /// An IANA time zone.
    pub(super) fn zone(&mut self, entry: Entry<'_>) -> Option<Tz> {
        let name = string(entry, "`time_zone`", self.findings)?;
        if let Ok(zone) = name.value.parse() {
            return Some(zone);
        }
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let help = match closest(&name.value, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a name of the IANA database, e.g. `Europe/Berlin` or `UTC`".to_owned(),
        };
        let message = format!("there is no time zone `{}`", name.value);
        self.findings.add(Finding::error("time-zone", name.span, message).help(help));
        None
    }

    /// A time of day.
    pub(super) fn minute(&mut self, entry: Entry<'_>, what: &'static str) -> Option<Minute> {
        let text = string(entry, what, self.findings)?;
        let minute = Minute::parse(&text.value);
        if minute.is_none() {
            let finding =
                Finding::error("time", text.span, format!("`{}` is not a valid time of day", text.value));
            self.findings.add(finding.help("write hours and minutes, two digits each, in quotes: \"09:00\""));
        }
        minute
    }

    /// A local date, perhaps with a time.
    pub(super) fn local(&mut self, entry: Entry<'_>, what: &'static str) -> Option<NaiveDateTime> {
        let text = string(entry, what, self.findings)?;
        let value = text.value.replace(' ', "T");
        let date = value.parse::<NaiveDate>().ok().map(|date| date.and_time(chrono::NaiveTime::MIN));
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let timed = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&value, format).ok());
        let local = date.or(timed).filter(|local| (1970..3000).contains(&chrono::Datelike::year(local)));
        if local.is_none() {
            let finding =
                Finding::error("time", text.span, format!("`{}` is not a valid date or time", text.value));
            self.findings.add(finding.help("write e.g. 2026-12-24 or 2026-12-24T09:00"));
        }
        local
    }

    /// An instant: local in `zone`, or with an offset of its own.
    pub(super) fn moment(&mut self, entry: Entry<'_>, what: &'static str, zone: Tz) -> Option<Timestamp> {
        let text = string(entry, what, self.findings)?;
        match text.value.parse() {
            Ok(time) => Some(time),
            Err(_) => self.local(entry, what).map(|local| instant(zone, local)),
        }
    }

    /// Where a secret is kept.
    pub(super) fn secret(&mut self, entry: Entry<'_>, what: &'static str) -> Option<SecretRef> {
        if let Value::Scalar(text) = &entry.node.value {
            self.secrets.push(text.value.clone());
            let message = format!("{what} must not stand in this file");
            let finding = Finding::error("secret", text.span, message);
            self.findings.add(finding.help("write `{file: /run/secrets/name}` or `{env: NAME}`"));
            return None;
        }
        let mut fields = Fields::of(entry, what, self.findings)?;
        let file = fields.get("file").and_then(|entry| self.name(entry, "`file`"));
        let variable = fields.get("env").and_then(|entry| self.name(entry, "`env`"));
        let head = fields.head();
        fields.finish(self.findings);
        match (file, variable) {
            (Some(file), None) => Some(SecretRef::File(self.folder.join(file))),
            (None, Some(variable)) => Some(SecretRef::Env(variable)),
            _ => {
                let finding = Finding::error("secret", head, format!("{what} has one place"));
                self.findings.add(finding.help("write either `{file: /run/secrets/name}` or `{env: NAME}`"));
                None
            }
        }
    }

    /// An absolute HTTP URL.
    pub(super) fn url(&mut self, entry: Entry<'_>) -> Option<String> {
        let text = string(entry, "`url`", self.findings)?;
        let problem = match url::Url::parse(&text.value) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                "only http and https are understood".to_owned()
            }
            Ok(url) if url.password().is_some() => {
                "it holds a password; use a signed webhook instead".to_owned()
            }
            Ok(url) if url.host_str().is_none_or(str::is_empty) => "it names no host".to_owned(),
            Ok(_) => return Some(text.value),
            Err(error) => error.to_string(),
        };
        // Only the reason: what is written may hold a secret.
        let finding = Finding::error("url", text.span, format!("this is not a valid URL: {problem}"));
        self.findings.add(finding.help("write e.g. https://hooks.example.com/alerts"));
        None
    }

    /// Matchers: a list of them, or one text.
    pub(super) fn matchers(&mut self, entry: Entry<'_>) -> Vec<Matcher> {
        let entries = match &entry.node.value {
            Value::Scalar(_) => vec![entry],
            _ => items(entry, "matchers", self.findings),
        };
        let mut matchers = Vec::new();
        for entry in entries {
            let Some(text) = text(entry, "a matcher", self.findings) else { continue };
            match parse(&text.value) {
                Ok(more) => matchers.extend(more),
                Err(error) => {
                    let span = scalar::inside(text, error.offset, self.source);
                    let finding = Finding::error(
                        "matcher",
                        span,
                        format!("this is not a valid matcher: {}", error.message),
                    );
                    self.findings.add(finding.help("write e.g. severity=~\"critical|page\""));
                }
            }
        }
        matchers
    }

    /// `during` and `except` of a mapping.
    pub(super) fn hours(&mut self, fields: &mut Fields<'_>) -> Hours {
        Hours {
            during: self.known_intervals(fields.get("during")),
            except: self.known_intervals(fields.get("except")),
        }
    }

    fn known_intervals(&mut self, entry: Option<Entry<'_>>) -> Vec<std::sync::Arc<TimeInterval>> {
        let Some(entry) = entry else { return Vec::new() };
        let entries = match &entry.node.value {
            Value::Scalar(_) => vec![entry],
            _ => items(entry, "a list of time intervals", self.findings),
        };
        let mut found = Vec::new();
        for entry in entries {
            let Some(name) = string(entry, "a time interval's name", self.findings) else { continue };
            if let Some(interval) = self.intervals.iter().find(|interval| interval.name == name.value) {
                found.push(interval.clone());
                continue;
            }
            let known = self.intervals.iter().map(|interval| interval.name.as_str());
            let help = closest(&name.value, known).map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no time interval `{}`", name.value);
            let finding = Finding::error("unknown-reference", name.span, message);
            self.findings.add(finding.help("define it under `time_intervals`").help_if(help));
        }
        found
    }
}
