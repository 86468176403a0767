//! What only several parts of a routing file together can get wrong.

use std::collections::{BTreeSet, HashMap};

use super::{Parts, Problem};
use crate::route::interval::Hours;
use crate::route::policy::{Route, Target};
use crate::route::receiver::Channel;
use slo_core::suggest::closest;
use slo_core::time::{Span, Timestamp};

struct Checker<'a> {
    parts: &'a Parts,
    problems: Vec<Problem>,
}

/// Every problem but those of the tree's inheritance.
pub(super) fn check(parts: &Parts) -> Vec<Problem> {
    let mut checker = Checker { parts, problems: Vec::new() };
    checker.names();
    checker.receivers();
    checker.people_and_schedules();
    checker.policies();
    checker.teams();
    checker.hours();
    if let Some(heartbeat) = &parts.heartbeats.send {
        checker.receiver("heartbeats.send.receiver".to_owned(), &heartbeat.receiver);
    }
    checker.route(&parts.route, "route");
    checker.root();
    checker.problems
}

impl Checker<'_> {
    fn error(&mut self, at: String, code: &'static str, message: String, help: Option<String>) {
        self.problems.push(Problem { at, code, message, help, related: None, warning: false });
    }

    fn warning(&mut self, at: String, code: &'static str, message: String, help: &str) {
        let help = Some(help.to_owned());
        self.problems.push(Problem { at, code, message, help, related: None, warning: true });
    }

    /// Names that stand twice in their list.
    fn names(&mut self) {
        let parts = self.parts;
        let lists: [(&str, Vec<&String>); 7] = [
            ("time_intervals", parts.intervals.iter().map(|interval| &interval.name).collect()),
            ("receivers", parts.receivers.iter().map(|receiver| &receiver.name).collect()),
            ("people", parts.people.iter().map(|person| &person.name).collect()),
            ("schedules", parts.schedules.iter().map(|schedule| &schedule.name).collect()),
            ("escalation_policies", parts.policies.iter().map(|policy| &policy.name).collect()),
            ("teams", parts.teams.iter().map(|team| &team.name).collect()),
            ("heartbeats.expect", parts.heartbeats.expect.iter().map(|one| &one.name).collect()),
        ];
        for (list, names) in lists {
            let mut first = HashMap::new();
            for (index, name) in names.into_iter().enumerate() {
                let Some(earlier) = first.insert(name, index) else { continue };
                self.problems.push(Problem {
                    at: format!("{list}[{index}].name"),
                    code: "duplicate-name",
                    message: format!("`{name}` stands twice in {list}"),
                    help: Some("rename or remove one of the two".to_owned()),
                    related: Some((format!("{list}[{earlier}].name"), "it stands here first")),
                    warning: false,
                });
            }
        }
    }

    /// A name that must be one of a list.
    fn reference(&mut self, at: String, what: &'static str, name: &str, known: &[&str]) {
        if known.contains(&name) {
            return;
        }
        let help = match closest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("no {what} is defined"),
            None => {
                let some: Vec<String> = known.iter().take(10).map(|name| format!("`{name}`")).collect();
                format!("there is {}", some.join(", "))
            }
        };
        self.error(at, "unknown-reference", format!("there is no {what} `{name}`"), Some(help));
    }

    fn receiver(&mut self, at: String, name: &str) {
        let known: Vec<&str> = self.parts.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        self.reference(at, "receiver", name, &known);
    }

    fn person(&mut self, at: String, name: &str) {
        let known: Vec<&str> = self.parts.people.iter().map(|person| person.name.as_str()).collect();
        self.reference(at, "person", name, &known);
    }

    fn policy(&mut self, at: String, name: &str) {
        let known: Vec<&str> = self.parts.policies.iter().map(|policy| policy.name.as_str()).collect();
        self.reference(at, "escalation policy", name, &known);
    }

    fn receivers(&mut self) {
        for (index, receiver) in self.parts.receivers.iter().enumerate() {
            let mail = receiver.channels.iter().any(|channel| matches!(channel, Channel::Email { .. }));
            if mail && self.parts.smtp.is_none() {
                let message = format!("receiver `{}` is mail, and no mail server is named", receiver.name);
                let help = "add `smtp: {host: …, from: …}` at the top of the file".to_owned();
                self.error(format!("receivers[{index}].name"), "no-smtp", message, Some(help));
            }
            if let Some(failover) = &receiver.failover {
                self.receiver(format!("receivers[{index}].failover"), failover);
            }
        }
        let next = |name: &str| {
            let receiver = self.parts.receivers.iter().find(|receiver| receiver.name == name)?;
            receiver.failover.as_deref()
        };
        let starts: Vec<&str> = self.parts.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        for (index, circle) in circles(&starts, next) {
            let message = format!("failover goes in a circle: {circle}");
            let help = Some("let the last of them have no `failover`".to_owned());
            self.error(format!("receivers[{index}].failover"), "cycle", message, help);
        }
    }

    fn people_and_schedules(&mut self) {
        for (index, person) in self.parts.people.iter().enumerate() {
            for (at, receiver) in person.receivers.iter().enumerate() {
                self.receiver(format!("people[{index}].receivers[{at}]"), receiver);
            }
        }
        for (index, schedule) in self.parts.schedules.iter().enumerate() {
            let base = format!("schedules[{index}]");
            if schedule.rotations.is_empty() {
                let message = format!("schedule `{}` has no rotation", schedule.name);
                self.error(
                    format!("{base}.name"),
                    "empty-rotation",
                    message,
                    Some("add one to `rotations`".to_owned()),
                );
            }
            for (at, rotation) in schedule.rotations.iter().enumerate() {
                let place = format!("{base}.rotations[{at}]");
                if rotation.participants.is_empty() {
                    let help = Some("name who takes turns: `participants: [anna, ben]`".to_owned());
                    self.error(
                        place.clone(),
                        "empty-rotation",
                        "this rotation has nobody in it".to_owned(),
                        help,
                    );
                }
                for (turn, people) in rotation.participants.iter().enumerate() {
                    for person in people {
                        self.person(format!("{place}.participants[{turn}]"), person);
                    }
                }
            }
            for (at, over) in schedule.overrides.iter().enumerate() {
                self.person(format!("{base}.overrides[{at}].person"), &over.person);
                if let Some(replaced) = &over.instead_of {
                    self.person(format!("{base}.overrides[{at}].instead_of"), replaced);
                }
            }
            // A schedule that only holds within hours has gaps; somebody should know.
            let restricted = |hours: &Hours| !hours.always();
            if !schedule.rotations.is_empty()
                && schedule.rotations.iter().all(|rotation| restricted(&rotation.hours))
            {
                let from = schedule.rotations.iter().map(|rotation| rotation.starts).max();
                let from =
                    from.map_or(Timestamp::EPOCH, |local| crate::route::local::instant(schedule.zone, local));
                let gap = schedule
                    .shifts(from, from + Span::days(14), 200)
                    .into_iter()
                    .find(|shift| shift.people.is_empty());
                if let Some(gap) = gap {
                    let shown = crate::route::local::show(schedule.zone, gap.start);
                    let message = format!("nobody is on call in `{}` at {shown}", schedule.name);
                    let help = "add a rotation without hours at the end, or let the next level of the policy take it";
                    self.warning(format!("{base}.name"), "gap", message, help);
                }
            }
        }
    }

    fn policies(&mut self) {
        let schedules: Vec<&str> =
            self.parts.schedules.iter().map(|schedule| schedule.name.as_str()).collect();
        for (index, policy) in self.parts.policies.iter().enumerate() {
            let base = format!("escalation_policies[{index}]");
            if policy.levels.is_empty() {
                let message = format!("policy `{}` notifies nobody", policy.name);
                self.error(format!("{base}.name"), "empty-policy", message, Some("add a level".to_owned()));
            }
            for (at, level) in policy.levels.iter().enumerate() {
                if level.notify.is_empty() {
                    let help = Some("name a schedule, a person or a receiver".to_owned());
                    self.error(
                        format!("{base}.levels[{at}]"),
                        "empty-policy",
                        "this level notifies nobody".to_owned(),
                        help,
                    );
                }
                for (target_at, target) in level.notify.iter().enumerate() {
                    let place = format!("{base}.levels[{at}].notify[{target_at}]");
                    match target {
                        Target::Schedule(name) => self.reference(place, "schedule", name, &schedules),
                        Target::Person(name) => self.person(place, name),
                        Target::Receiver(name) => self.receiver(place, name),
                    }
                }
            }
            if let Some(then) = &policy.then {
                self.policy(format!("{base}.then"), then);
            }
        }
        let next = |name: &str| {
            self.parts
                .policies
                .iter()
                .find(|policy| policy.name == name)
                .and_then(|policy| policy.then.as_deref())
        };
        let starts: Vec<&str> = self.parts.policies.iter().map(|policy| policy.name.as_str()).collect();
        for (index, circle) in circles(&starts, next) {
            let message = format!("escalation goes in a circle: {circle}");
            let help = Some(
                "let the last of them have no `then`; `repeat: 3` goes through the levels again".to_owned(),
            );
            self.error(format!("escalation_policies[{index}].then"), "cycle", message, help);
        }
    }

    fn teams(&mut self) {
        for (index, team) in self.parts.teams.iter().enumerate() {
            if let Some(page) = &team.page {
                self.policy(format!("teams[{index}].page"), page);
            }
            for (key, receiver) in [("chat", &team.chat), ("mail", &team.mail)] {
                if let Some(receiver) = receiver {
                    self.receiver(format!("teams[{index}].{key}"), receiver);
                }
            }
        }
    }

    fn hours(&mut self) {
        for (priority, rules) in &self.parts.priorities {
            // Long enough ago that years which are named in the file are still to come.
            const START: Timestamp = Timestamp::from_seconds(1_767_225_600);
            if !rules.hours.always() && rules.hours.next_open(START).is_none() {
                let help = Some("check that `during` and `except` leave some time".to_owned());
                let message = format!("{priority} would never be sent: its hours are never open");
                self.error(format!("priorities.{priority}"), "never-open", message, help);
            }
        }
    }

    fn root(&mut self) {
        if !self.parts.route.matchers.is_empty() {
            let help =
                Some("move the matchers to a route below; the root takes what no other takes".to_owned());
            self.error(
                "route".to_owned(),
                "root-matchers",
                "the root route must take every alert".to_owned(),
                help,
            );
        }
    }

    fn route(&mut self, route: &Route, path: &str) {
        if let Some(team) = &route.team {
            let known: Vec<&str> = self.parts.teams.iter().map(|team| team.name.as_str()).collect();
            self.reference(format!("{path}.team"), "team", team, &known);
        }
        for (at, receiver) in route.receivers.iter().enumerate() {
            self.receiver(format!("{path}.receivers[{at}]"), receiver);
        }
        let mut taken = false;
        for (at, child) in route.routes.iter().enumerate() {
            let below = format!("{path}.routes[{at}]");
            if taken {
                let help =
                    "move it before the route that takes every alert, or give that one `continue: true`";
                self.warning(below.clone(), "unreachable", "no alert comes to this route".to_owned(), help);
            }
            taken |= child.matchers.is_empty() && !child.continues;
            self.route(child, &below);
        }
    }
}

/// The circles that following `next` from each start leads into, each once, as the index of a member and in words.
fn circles<'a>(starts: &[&'a str], next: impl Fn(&'a str) -> Option<&'a str>) -> Vec<(usize, String)> {
    let mut notified: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let mut way = vec![*start];
        while let Some(follower) = way.last().and_then(|last| next(last)) {
            if follower == *start {
                if !way.iter().any(|name| notified.contains(name)) {
                    way.push(follower);
                    found.push((index, way.join(" → ")));
                }
                notified.extend(way);
                break;
            }
            if way.contains(&follower) {
                break;
            }
            way.push(follower);
        }
    }
    found
}
