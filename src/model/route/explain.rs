//! Where an alert with some labels would go at some time, without sending anything: for `slo route test`.

use std::fmt::Write as _;

use super::local::show;
use super::planner::{branch_recipients, policy_recipients};
use super::policy::{GroupBy, Target};
use super::routing::{Branch, Routing};
use crate::alert::Priority;
use slo_core::duration::to_the_second;
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};

/// One branch that takes the alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The branch's identity.
    pub route: String,
    /// Where it stands in the file.
    pub path: String,
    /// Where it leads, in one word; Alertmanager's receiver in a generated configuration.
    pub destination: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Whose it is.
    pub team: Option<String>,
    /// Labels that its group shares.
    pub group: Labels,
    /// Who would be notified first, as `receiver` or `person (receiver)`.
    pub first: Vec<String>,
    /// The receivers of the first message.
    pub receivers: Vec<String>,
    /// When the first message would go out, if the alert began now; a digest's time for one.
    pub sent_at: Timestamp,
    /// Why then.
    pub when: String,
    /// Escalation, step by step: after how long, and whom.
    pub steps: Vec<(Span, Vec<String>)>,
    /// What still fires is sent again after this.
    pub repeat_interval: Option<Span>,
    /// The least time between two messages about the group.
    pub group_interval: Span,
}

/// The branches that take an alert with these labels, and what each would do with one that begins at `at`.
pub fn explain(routing: &Routing, labels: &Labels, at: Timestamp) -> Vec<Explained> {
    routing.matches(labels).into_iter().map(|branch| explained(routing, branch, labels, at)).collect()
}

fn explained(routing: &Routing, branch: &Branch, labels: &Labels, at: Timestamp) -> Explained {
    let due = at + branch.group_wait;
    let zone = routing.parts().zone;
    let (sent_at, when) = match branch.digest {
        Some(digest) => {
            let at = digest.next_after(at).0;
            (at, format!("in the digest of {}", show(digest.zone, at)))
        }
        None if branch.hours.open(due) && branch.group_wait == Span::ZERO => (due, "at once".to_owned()),
        None if branch.hours.open(due) => {
            (due, format!("after {} of group_wait", to_the_second(branch.group_wait)))
        }
        None => match branch.hours.next_open(due) {
            Some(open) => (open, format!("waits until {}, when its hours begin", show(zone, open))),
            None => (due, "its hours never open".to_owned()),
        },
    };
    let people = |step: usize, at: Timestamp| {
        branch.page.iter().flat_map(move |policy| policy_recipients(routing, policy, step, at))
    };
    let mut recipients: Vec<_> = people(0, sent_at).collect();
    recipients.extend(branch_recipients(routing, branch));
    let mut steps = Vec::new();
    if branch.digest.is_none() {
        let mut after = Span::ZERO;
        for (step, level) in branch.page.iter().flat_map(|policy| routing.steps(policy)).enumerate() {
            let names = level.notify.iter().map(|target| match target {
                Target::Schedule(name) => {
                    let people = routing
                        .schedule(name)
                        .map(|schedule| schedule.at(sent_at + after))
                        .unwrap_or_default();
                    let people = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
                    format!("{people} (on call in {name})")
                }
                Target::Person(name) => name.clone(),
                Target::Receiver(name) => format!("receiver {name}"),
            });
            steps.push((after, names.collect()));
            after += level.timeout;
            if step >= 20 {
                break;
            }
        }
    }
    Explained {
        route: branch.id.clone(),
        path: branch.path.clone(),
        destination: branch.destination.clone(),
        priority: branch.priority,
        team: branch.team.clone(),
        group: branch.group(labels),
        first: recipients
            .iter()
            .map(|recipient| {
                let named = |person: &String| format!("{person} ({})", recipient.receiver);
                recipient.person.as_ref().map_or_else(|| recipient.receiver.clone(), named)
            })
            .collect(),
        receivers: recipients.into_iter().map(|recipient| recipient.receiver).collect(),
        sent_at,
        when,
        steps,
        repeat_interval: branch.repeat_interval.filter(|_| branch.digest.is_none()),
        group_interval: branch.group_interval,
    }
}

/// The explanation for people.
pub fn render(routing: &Routing, labels: &Labels, explained: &[Explained]) -> String {
    let mut text = format!("{labels}\n");
    for (index, route) in explained.iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}. route {} ({})", index + 1, route.route, route.path);
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "   {key:<10} {value}");
        };
        line("to", route.destination.clone());
        let team = route.team.as_ref().map(|team| format!(", team {team}")).unwrap_or_default();
        line("priority", format!("{}{team}", route.priority));
        let by = match routing.branch(&route.route).map(|branch| &branch.group_by) {
            Some(GroupBy::All) => "every label".to_owned(),
            _ if route.group.is_empty() => "nothing; all of its alerts are one group".to_owned(),
            _ => route.group.to_string(),
        };
        line("group", by);
        line("sent", format!("{} ({})", show(routing.parts().zone, route.sent_at), route.when));
        line("first", if route.first.is_empty() { "nobody".to_owned() } else { route.first.join(", ") });
        for (after, people) in route.steps.iter().skip(1) {
            line("then", format!("after {}: {}", to_the_second(*after), people.join(", ")));
        }
        if let Some(repeat) = route.repeat_interval {
            line("again", format!("every {} until acknowledged", to_the_second(repeat)));
        }
    }
    text
}
