//! The whole of a routing file, valid by construction: every name leads somewhere, nothing goes in circles, every route
//! reaches somebody.

mod check;
mod tree;

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;

use super::heartbeat::Heartbeats;
use super::interval::TimeInterval;
use super::policy::{
    Damping, EscalationPolicy, Inhibition, Level, Person, PriorityRules, Route, Target, Team,
};
use super::receiver::{Receiver, Smtp};
use super::schedule::Schedule;
use crate::alert::Priority;
use slo_core::labels::Labels;
use slo_core::time::Span;
pub use tree::Branch;

/// Most steps of an escalation: levels times repetitions, and what follows.
const MOST_STEPS: usize = 200;

/// What a routing file says, unchecked.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Where local times are local unless something else is said.
    pub zone: Tz,
    /// The mail server; needed when a receiver is mail.
    pub smtp: Option<Smtp>,
    /// Named intervals.
    pub intervals: Vec<TimeInterval>,
    /// Receivers.
    pub receivers: Vec<Receiver>,
    /// People.
    pub people: Vec<Person>,
    /// Schedules.
    pub schedules: Vec<Schedule>,
    /// Escalation policies.
    pub policies: Vec<EscalationPolicy>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Rules of priorities; those that are missing have defaults.
    pub priorities: BTreeMap<Priority, PriorityRules>,
    /// The tree; its root takes every alert.
    pub route: Route,
    /// Inhibition rules.
    pub inhibitions: Vec<Inhibition>,
    /// Flap damping.
    pub damping: Damping,
    /// Longest stretch of a silence, milliseconds.
    pub longest_silence: Span,
    /// The dead-man's switch.
    pub heartbeats: Heartbeats,
}

/// Something that does not hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is about, as a path into the parts, e.g. `escalation_policies[0].levels[1].notify[0]`.
    pub at: String,
    /// A short name of the kind of problem.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Another place it is about, and what is there.
    pub related: Option<(String, &'static str)>,
    /// It can be used as it is, but probably does not mean what was meant.
    pub warning: bool,
}

/// A checked routing file.
#[derive(Debug, Clone)]
pub struct Routing {
    parts: Parts,
    branches: Vec<Branch>,
    by_id: HashMap<String, usize>,
    receivers: HashMap<String, usize>,
    people: HashMap<String, usize>,
    schedules: HashMap<String, usize>,
    steps: HashMap<String, Vec<Level>>,
}

impl Routing {
    /// Checks the parts. With an error among the problems there is no routing; warnings come beside it.
    pub fn new(parts: Parts) -> (Option<Self>, Vec<Problem>) {
        let mut problems = check::check(&parts);
        let branches = tree::flatten(&parts, &mut problems);
        if problems.iter().any(|problem| !problem.warning) {
            return (None, problems);
        }
        let by_id = branches.iter().enumerate().map(|(at, branch)| (branch.id.clone(), at)).collect();
        let steps =
            parts.policies.iter().map(|policy| (policy.name.clone(), steps(&parts, policy))).collect();
        let routing = Self {
            by_id,
            receivers: index(parts.receivers.iter().map(|receiver| &receiver.name)),
            people: index(parts.people.iter().map(|person| &person.name)),
            schedules: index(parts.schedules.iter().map(|schedule| &schedule.name)),
            steps,
            branches,
            parts,
        };
        (Some(routing), problems)
    }

    /// The branches that take an alert with these labels, in order; at least the root.
    pub fn matches(&self, labels: &Labels) -> Vec<&Branch> {
        let mut found = Vec::new();
        if let Some(root) = self.branches.first() {
            tree::collect(&self.branches, root, labels, &mut found);
        }
        found
    }

    /// The branch with this identity.
    pub fn branch(&self, id: &str) -> Option<&Branch> {
        self.by_id.get(id).and_then(|at| self.branches.get(*at))
    }

    /// All branches, the root first.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// What it was made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// A receiver by name.
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.get(name).and_then(|at| self.parts.receivers.get(*at))
    }

    /// The dead-man's switch.
    pub fn heartbeats(&self) -> &Heartbeats {
        &self.parts.heartbeats
    }

    /// Every receiver.
    pub fn receivers(&self) -> &[Receiver] {
        &self.parts.receivers
    }

    /// The mail server, if one is named.
    pub fn smtp(&self) -> Option<&Smtp> {
        self.parts.smtp.as_ref()
    }

    /// A person by name.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.get(name).and_then(|at| self.parts.people.get(*at))
    }

    /// A schedule by name.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.get(name).and_then(|at| self.parts.schedules.get(*at))
    }

    /// Every schedule.
    pub fn schedules(&self) -> &[Schedule] {
        &self.parts.schedules
    }

    /// What a policy does, step after step: its levels as often as it repeats them, and those of the policies that
    /// follow. Never empty for a policy that is there.
    pub fn steps(&self, policy: &str) -> &[Level] {
        self.steps.get(policy).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everybody and everything that a target may mean, on call or not, as receivers.
    pub fn reach<'a>(&'a self, target: &'a Target) -> Vec<&'a str> {
        let first = |person: &str| -> Option<&'a str> {
            self.person(person).and_then(|person| person.receivers.first()).map(String::as_str)
        };
        match target {
            Target::Receiver(name) => vec![name.as_str()],
            Target::Person(name) => first(name).into_iter().collect(),
            Target::Schedule(name) => {
                let people = self.schedule(name).map(Schedule::people).unwrap_or_default();
                people.into_iter().filter_map(first).collect()
            }
        }
    }
}

fn index<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    names.enumerate().map(|(at, name)| (name.clone(), at)).collect()
}

fn steps(parts: &Parts, policy: &EscalationPolicy) -> Vec<Level> {
    let mut steps = Vec::new();
    let mut next = Some(policy);
    while let Some(policy) = next {
        for _ in 0..=policy.repeat {
            steps.extend(policy.levels.iter().cloned());
            if steps.len() >= MOST_STEPS {
                steps.truncate(MOST_STEPS);
                return steps;
            }
        }
        let then = policy.then.as_ref();
        next = then.and_then(|then| parts.policies.iter().find(|policy| policy.name == *then));
    }
    steps
}
