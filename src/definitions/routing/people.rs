//! People, schedules, escalation policies and teams.

use std::fs::File;
use std::io::Read;

use chrono_tz::Tz;

use super::super::fields::{Entry, Fields, items, string};
use super::super::findings::Finding;
use super::super::node::Value;
use super::Reader;
use slo_core::time::Span;
use slo_model::route::ical;
use slo_model::route::local::Minute;
use slo_model::route::policy::{EscalationPolicy, Level, Person, Target, Team};
use slo_model::route::recurrence::Recurring;
use slo_model::route::schedule::{Override, Rotation, RotationLength, Schedule};

/// Largest calendar that is read, in bytes.
const LARGEST_CALENDAR: u64 = 4 * 1024 * 1024;

impl Reader<'_> {
    pub(super) fn person(&mut self, entry: Entry<'_>, path: &str) -> Option<Person> {
        let mut fields = Fields::of(entry, "a person", self.findings)?;
        let name = self.reference(fields.required("name", "name: anna"), "`name`", format!("{path}.name"));
        let receivers = fields.required("receivers", "receivers: [anna-pager, anna-mail]");
        let receivers = self.names(receivers, "`receivers`", &format!("{path}.receivers"));
        fields.finish(self.findings);
        Some(Person { name: name?, receivers })
    }

    pub(super) fn schedule(&mut self, entry: Entry<'_>, path: &str, people: &[String]) -> Option<Schedule> {
        let mut fields = Fields::of(entry, "a schedule", self.findings)?;
        let name = self.reference(fields.required("name", "name: primary"), "`name`", format!("{path}.name"));
        let zone = self.zone;
        let zone = fields.get("time_zone").and_then(|entry| self.zone(entry)).unwrap_or(zone);
        let mut rotations = Vec::new();
        if let Some(entry) =
            fields.required("rotations", "rotations: [{participants: [anna, ben], starts: 2026-01-05}]")
        {
            for item in items(entry, "`rotations`", self.findings) {
                let below = format!("{path}.rotations[{}]", rotations.len());
                self.note(below.clone(), item.head);
                rotations.extend(self.rotation(item, &below));
            }
        }
        let mut overrides = Vec::new();
        // A calendar is managed elsewhere; what stands in this file is said later and wins.
        if let Some(entry) = fields.get("overrides_from") {
            overrides.extend(self.calendar(entry, zone, people));
        }
        if let Some(entry) = fields.get("overrides") {
            for item in items(entry, "`overrides`", self.findings) {
                let below = format!("{path}.overrides[{}]", overrides.len());
                overrides.extend(self.over(item, &below, zone));
            }
        }
        fields.finish(self.findings);
        Some(Schedule { name: name?, zone, rotations, overrides })
    }

    fn rotation(&mut self, entry: Entry<'_>, path: &str) -> Option<Rotation> {
        let mut fields = Fields::of(entry, "a rotation", self.findings)?;
        let mut participants = Vec::new();
        if let Some(entry) = fields.required("participants", "participants: [anna, ben]") {
            for item in items(entry, "`participants`", self.findings) {
                let place = format!("{path}.participants[{}]", participants.len());
                self.note(place.clone(), item.node.span);
                let people = match item.node.value {
                    Value::List(_) => items(item, "people on call together", self.findings),
                    _ => vec![item],
                };
                let together: Vec<String> =
                    people.into_iter().filter_map(|person| self.name(person, "a participant")).collect();
                participants.push(together);
            }
        }
        let starts =
            fields.required("starts", "starts: 2026-01-05").and_then(|entry| self.local(entry, "`starts`"));
        let handover = fields.get("handover").and_then(|entry| self.minute(entry, "`handover`"));
        let turn = match fields.get("every") {
            None => RotationLength::Days(7),
            // One that is wrong has its finding; the rest of the rotation is still checked.
            Some(entry) => self.turn(entry).unwrap_or(RotationLength::Days(7)),
        };
        let hours = self.hours(&mut fields);
        fields.finish(self.findings);
        let starts = match handover.filter(|minute| *minute != Minute::END) {
            Some(minute) => starts.map(|starts| minute.on(starts.date())),
            None => starts,
        };
        Some(Rotation { participants, starts: starts?, turn, hours })
    }

    fn turn(&mut self, entry: Entry<'_>) -> Option<RotationLength> {
        let text = string(entry, "`every`", self.findings)?;
        match text.value.as_str() {
            "daily" | "day" => return Some(RotationLength::Days(1)),
            "weekly" | "week" => return Some(RotationLength::Days(7)),
            _ => {}
        }
        let (day, hour) = (Span::days(1), Span::hours(1));
        let length = self.positive(entry, "`every`")?;
        if length % day == Span::ZERO && length / day <= 366 {
            return Some(RotationLength::Days((length / day) as u32));
        }
        if length % hour == Span::ZERO && length / hour <= 24 * 366 {
            return Some(RotationLength::Hours((length / hour) as u32));
        }
        let finding = Finding::error("length", text.span, "a turn lasts whole hours or days, a year at most");
        self.findings.add(finding.help("write daily, weekly, 12h, 3d or 2w"));
        None
    }

    fn over(&mut self, entry: Entry<'_>, path: &str, zone: Tz) -> Option<Override> {
        let mut fields = Fields::of(entry, "an override", self.findings)?;
        let person =
            self.reference(fields.required("person", "person: anna"), "`person`", format!("{path}.person"));
        let instead_of =
            self.reference(fields.get("instead_of"), "`instead_of`", format!("{path}.instead_of"));
        let from = fields
            .required("from", "from: 2026-12-24T09:00")
            .and_then(|entry| self.moment(entry, "`from`", zone));
        let to =
            fields.required("to", "to: 2026-12-27T09:00").and_then(|entry| self.moment(entry, "`to`", zone));
        let repeat = fields.get("repeat").and_then(|entry| string(entry, "`repeat`", self.findings));
        let head = fields.head();
        fields.finish(self.findings);
        let window = match &repeat {
            None => Recurring::once(from?, to?),
            Some(rule) => Recurring::repeated(from?, to?, &rule.value, zone),
        };
        match window {
            Ok(window) => Some(Override { person: person?, instead_of, window }),
            Err(error) => {
                let span = repeat.map_or(head, |rule| rule.span);
                self.findings.add(Finding::error(
                    "override",
                    span,
                    format!("this override cannot be: {error}"),
                ));
                None
            }
        }
    }

    /// Overrides from an iCalendar file beside the routing file.
    fn calendar(&mut self, entry: Entry<'_>, zone: Tz, people: &[String]) -> Vec<Override> {
        let Some(name) = self.name(entry, "`overrides_from`") else { return Vec::new() };
        let path = self.folder.join(&name);
        let mut text = String::new();
        let read =
            File::open(&path).and_then(|file| file.take(LARGEST_CALENDAR + 1).read_to_string(&mut text));
        if let Err(error) = read {
            let message = format!("the calendar {} cannot be read: {error}", path.display());
            let finding = Finding::error("calendar", entry.node.span, message);
            self.findings.add(finding.help("name an .ics file; a relative path starts at the routing file"));
            return Vec::new();
        }
        let imported = ical::import(&text, zone, |name| people.iter().any(|known| known == name));
        for problem in imported.problems {
            self.findings.add(Finding::warning("calendar", entry.node.span, format!("{name}: {problem}")));
        }
        imported.overrides
    }

    pub(super) fn policy(&mut self, entry: Entry<'_>, path: &str) -> Option<EscalationPolicy> {
        let mut fields = Fields::of(entry, "an escalation policy", self.findings)?;
        let name =
            self.reference(fields.required("name", "name: platform"), "`name`", format!("{path}.name"));
        let mut levels = Vec::new();
        if let Some(entry) =
            fields.required("levels", "levels: [{notify: [{schedule: primary}], timeout: 10m}]")
        {
            for item in items(entry, "`levels`", self.findings) {
                let below = format!("{path}.levels[{}]", levels.len());
                self.note(below.clone(), item.head);
                levels.extend(self.level(item, &below));
            }
        }
        let repeat = fields.get("repeat").and_then(|entry| self.count(entry, "`repeat`", 0, 20)).unwrap_or(0);
        let then = self.reference(fields.get("then"), "`then`", format!("{path}.then"));
        fields.finish(self.findings);
        Some(EscalationPolicy { name: name?, levels, repeat, then })
    }

    fn level(&mut self, entry: Entry<'_>, path: &str) -> Option<Level> {
        let mut fields = Fields::of(entry, "a level", self.findings)?;
        let mut notify = Vec::new();
        if let Some(entry) = fields.required("notify", "notify: [{schedule: primary}]") {
            for item in items(entry, "`notify`", self.findings) {
                let below = format!("{path}.notify[{}]", notify.len());
                notify.extend(self.target(item, &below));
            }
        }
        let timeout = fields.get("timeout").map(|entry| self.positive(entry, "`timeout`"));
        fields.finish(self.findings);
        Some(Level { notify, timeout: timeout.unwrap_or(Some(Span::minutes(10)))? })
    }

    fn target(&mut self, entry: Entry<'_>, path: &str) -> Option<Target> {
        let mut fields = Fields::of(entry, "somebody to notify", self.findings)?;
        let schedule = self.reference(fields.get("schedule"), "`schedule`", path.to_owned());
        let person = self.reference(fields.get("person"), "`person`", path.to_owned());
        let receiver = self.reference(fields.get("receiver"), "`receiver`", path.to_owned());
        let head = fields.head();
        let meant = fields.finish(self.findings);
        match (schedule, person, receiver) {
            (Some(name), None, None) => Some(Target::Schedule(name)),
            (None, Some(name), None) => Some(Target::Person(name)),
            (None, None, Some(name)) => Some(Target::Receiver(name)),
            _ if !meant.is_empty() => None,
            _ => {
                let finding = Finding::error(
                    "target",
                    head,
                    "one of `schedule`, `person` and `receiver` is wanted here",
                );
                self.findings.add(
                    finding.help("write e.g. `- schedule: primary`, and the next as an item of its own"),
                );
                None
            }
        }
    }

    pub(super) fn team(&mut self, entry: Entry<'_>, path: &str) -> Option<Team> {
        let mut fields = Fields::of(entry, "a team", self.findings)?;
        let name =
            self.reference(fields.required("name", "name: platform"), "`name`", format!("{path}.name"));
        let mut way = |key: &'static str| self.reference(fields.get(key), key, format!("{path}.{key}"));
        let (page, chat, mail) = (way("page"), way("chat"), way("mail"));
        fields.finish(self.findings);
        Some(Team { name: name?, page, chat, mail })
    }
}
