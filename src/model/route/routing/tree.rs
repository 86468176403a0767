//! The routing tree with everything inherited, and the way of an alert through it.

use std::collections::HashMap;

use super::{Parts, Problem};
use crate::alert::Priority;
use crate::route::interval::Hours;
use crate::route::matcher::Matcher;
use crate::route::policy::{Digest, GroupBy, PriorityRules, Route, Way};
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::Span;

/// Most branches.
const MOST: usize = 10_000;

/// A branch with what it has from those above. Lengths are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Stays the same as long as its name, or its matchers and those above, do.
    pub id: String,
    /// Where it stands in the file, e.g. `route.routes[1]`.
    pub path: String,
    /// Its own matchers; all must hold.
    pub matchers: Vec<Matcher>,
    /// The team, if one is named.
    pub team: Option<String>,
    /// The priority.
    pub priority: Priority,
    /// Where it leads, in one word: `platform-P1`, or its own receivers. Alertmanager's receiver has this name.
    pub destination: String,
    /// The escalation policy that pages go through.
    pub page: Option<String>,
    /// Receivers that are notified besides.
    pub receivers: Vec<String>,
    /// What makes groups.
    pub group_by: GroupBy,
    /// How long a new group waits.
    pub group_wait: Span,
    /// The least time between two messages about a group.
    pub group_interval: Span,
    /// What still fires is sent again after this, until acknowledged.
    pub repeat_interval: Option<Span>,
    /// When it is sent.
    pub hours: Hours,
    /// Sent once a day instead.
    pub digest: Option<Digest>,
    /// Alerts go on to the next branch, too.
    pub continues: bool,
    /// Indices of the branches below.
    pub children: Vec<usize>,
}

impl Branch {
    /// The labels that alerts of this branch are grouped by.
    pub fn group(&self, labels: &Labels) -> Labels {
        if self.digest.is_some() {
            return Labels::new();
        }
        match &self.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => labels.only(names),
        }
    }

    /// Whether its own matchers hold.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }
}

/// Adds the branches that take an alert, below and including one that matches.
pub(super) fn collect<'a>(
    branches: &'a [Branch],
    branch: &'a Branch,
    labels: &Labels,
    found: &mut Vec<&'a Branch>,
) {
    let before = found.len();
    for child in branch.children.iter().filter_map(|child| branches.get(*child)) {
        if child.matches(labels) {
            collect(branches, child, labels, found);
            if !child.continues {
                break;
            }
        }
    }
    if found.len() == before {
        found.push(branch);
    }
}

struct Inherited<'a> {
    id: String,
    team: Option<&'a String>,
    priority: Priority,
    receivers: &'a [String],
    group_by: GroupBy,
    own: (Option<Span>, Option<Span>, Option<Span>),
}

/// The tree as a list, each branch before those below it.
pub(super) fn flatten(parts: &Parts, problems: &mut Vec<Problem>) -> Vec<Branch> {
    let root = Inherited {
        id: String::new(),
        team: None,
        priority: Priority::P3,
        receivers: &[],
        group_by: GroupBy::Labels(vec![names::ALERTNAME.to_owned()]),
        own: (None, None, None),
    };
    let mut flat = Flat { parts, problems, branches: Vec::new(), ids: HashMap::new() };
    flat.add(&parts.route, "route", &root);
    flat.branches
}

struct Flat<'a, 'b> {
    parts: &'a Parts,
    problems: &'b mut Vec<Problem>,
    branches: Vec<Branch>,
    ids: HashMap<String, usize>,
}

impl<'a> Flat<'a, '_> {
    fn add(&mut self, route: &'a Route, path: &str, above: &Inherited<'a>) -> Option<usize> {
        if self.branches.len() >= MOST {
            return None;
        }
        let mut given = Inherited {
            id: self.id(route, above),
            team: route.team.as_ref().or(above.team),
            priority: route.priority.unwrap_or(above.priority),
            // A team of its own leads elsewhere than receivers from above.
            receivers: if route.receivers.is_empty() && route.team.is_none() {
                above.receivers
            } else {
                &route.receivers
            },
            group_by: route.group_by.clone().unwrap_or_else(|| above.group_by.clone()),
            own: (
                route.group_wait.or(above.own.0),
                route.group_interval.or(above.own.1),
                route.repeat_interval.or(above.own.2),
            ),
        };
        if route.priority.is_some_and(|priority| priority != above.priority) {
            // Another priority has other times; those from above were meant for theirs.
            given.own = (route.group_wait, route.group_interval, route.repeat_interval);
        }
        let branch = self.branch(route, path, &given);
        let at = self.branches.len();
        self.branches.push(branch);
        let children: Vec<usize> = route
            .routes
            .iter()
            .enumerate()
            .filter_map(|(index, child)| self.add(child, &format!("{path}.routes[{index}]"), &given))
            .collect();
        if let Some(branch) = self.branches.get_mut(at) {
            branch.children = children;
        }
        Some(at)
    }

    fn id(&mut self, route: &Route, above: &Inherited<'_>) -> String {
        let mut id = match &route.name {
            Some(name) => name.clone(),
            None => {
                let matchers: Vec<String> = route.matchers.iter().map(ToString::to_string).collect();
                format!("{}/{{{}}}", above.id, matchers.join(","))
            }
        };
        let times = self.ids.entry(id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            id = format!("{id}#{times}");
        }
        id
    }

    fn branch(&mut self, route: &Route, path: &str, given: &Inherited<'a>) -> Branch {
        let fallback;
        let rules = match self.parts.priorities.get(&given.priority) {
            Some(rules) => rules,
            None => {
                fallback = PriorityRules::default_of(given.priority);
                &fallback
            }
        };
        let (page, receivers, destination) = self.destination(path, rules, given);
        Branch {
            id: given.id.clone(),
            path: path.to_owned(),
            matchers: route.matchers.clone(),
            team: given.team.cloned(),
            priority: given.priority,
            destination,
            page,
            receivers,
            group_by: given.group_by.clone(),
            group_wait: given.own.0.unwrap_or(rules.group_wait),
            group_interval: given.own.1.unwrap_or(rules.group_interval),
            repeat_interval: given.own.2.or(rules.repeat_interval),
            hours: rules.hours.clone(),
            digest: rules.digest,
            continues: route.continues,
            children: Vec::new(),
        }
    }

    fn destination(
        &mut self,
        path: &str,
        rules: &PriorityRules,
        given: &Inherited<'_>,
    ) -> (Option<String>, Vec<String>, String) {
        if !given.receivers.is_empty() {
            let name = format!("{}-{}", given.receivers.join("+"), given.priority);
            return (None, given.receivers.to_vec(), name);
        }
        let mut problem = |code, message: String, help: &str| {
            let help = Some(help.to_owned());
            self.problems.push(Problem {
                at: path.to_owned(),
                code,
                message,
                help,
                related: None,
                warning: false,
            });
        };
        let Some(name) = given.team else {
            problem(
                "no-destination",
                "this route leads to nobody".to_owned(),
                "name a `team` or `receivers`",
            );
            return (None, Vec::new(), String::new());
        };
        // A team that is not there was reported already.
        let Some(team) = self.parts.teams.iter().find(|team| team.name == *name) else {
            return (None, Vec::new(), String::new());
        };
        let page = team.page.clone().filter(|_| rules.send.contains(&Way::Page));
        let mut receivers = Vec::new();
        for (way, receiver) in [(Way::Chat, &team.chat), (Way::Mail, &team.mail)] {
            receivers.extend(receiver.clone().filter(|_| rules.send.contains(&way)));
        }
        if page.is_none() && receivers.is_empty() {
            let ways: Vec<String> = rules.send.iter().map(|way| format!("{way:?}").to_lowercase()).collect();
            let message = format!(
                "{} is sent by {}, and team `{name}` has none of them",
                given.priority,
                ways.join(", ")
            );
            problem("no-destination", message, "give the team one of them, or the priority another way");
        } else if page.is_none() && rules.send.contains(&Way::Page) {
            let message = format!("{} is paged, and team `{name}` has nobody to page", given.priority);
            problem("no-page", message, "give the team a `page`, the name of an escalation policy");
        }
        (page, receivers, format!("{name}-{}", given.priority))
    }
}
