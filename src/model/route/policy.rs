//! What priorities, teams, people and escalation policies say. Plain data; `routing` checks that it holds together.

use super::interval::Hours;
use super::local::Minute;
use super::matcher::Matcher;
use crate::alert::Priority;
use chrono_tz::Tz;
use slo_core::time::Span;

/// A way in which a priority is sent; the team says where that leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Somebody is woken, and then the next, until one acknowledges.
    Page,
    /// The team's chat.
    Chat,
    /// The team's mail.
    Mail,
}

/// One message a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// At this local time.
    pub at: Minute,
    /// Where it is local.
    pub zone: Tz,
}

/// How one priority is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityRules {
    /// The ways it is sent.
    pub send: Vec<Way>,
    /// When it is sent; what is due outside waits, and is dropped if it ends meanwhile.
    pub hours: Hours,
    /// How long a new group waits for more alerts.
    pub group_wait: Span,
    /// The least time between two messages about a group.
    pub group_interval: Span,
    /// What still fires is sent again after this, until acknowledged; `None` for never.
    pub repeat_interval: Option<Span>,
    /// Collected and sent once a day instead.
    pub digest: Option<Digest>,
}

impl PriorityRules {
    /// What holds for a priority that the routing file says nothing about: P1 at once, P2 grouped a little, P3 grouped
    /// to chat and mail, P4 to mail.
    pub fn default_of(priority: Priority) -> Self {
        let (second, minute, hour) = (Span::SECOND, Span::minutes(1), Span::hours(1));
        let (send, group_wait, group_interval, repeat_interval) = match priority {
            Priority::P1 => (vec![Way::Page, Way::Chat], Span::ZERO, minute, Some(minute * 30)),
            Priority::P2 => (vec![Way::Page, Way::Chat], second * 30, minute * 5, Some(hour * 2)),
            Priority::P3 => (vec![Way::Chat, Way::Mail], minute * 5, minute * 15, Some(hour * 24)),
            Priority::P4 => (vec![Way::Mail], minute * 5, hour, None),
        };
        Self { send, hours: Hours::default(), group_wait, group_interval, repeat_interval, digest: None }
    }
}

/// Somebody who can be on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Unique in the routing file.
    pub name: String,
    /// Receivers that reach them: the first is used, the next when it refuses for good.
    pub receivers: Vec<String>,
}

/// Those who own something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Unique in the routing file.
    pub name: String,
    /// The escalation policy that pages go through.
    pub page: Option<String>,
    /// The receiver for chat.
    pub chat: Option<String>,
    /// The receiver for mail.
    pub mail: Option<String>,
}

/// Whom a level notifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Whoever is on call.
    Schedule(String),
    /// This person.
    Person(String),
    /// This receiver, whoever reads it.
    Receiver(String),
}

/// One level of an escalation policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// All of them are notified; at least one.
    pub notify: Vec<Target>,
    /// Without an acknowledgement for so long, the next level is notified.
    pub timeout: Span,
}

/// Who is notified, and who next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationPolicy {
    /// Unique in the routing file.
    pub name: String,
    /// In order; at least one.
    pub levels: Vec<Level>,
    /// How often the levels are gone through again after the first time.
    pub repeat: u32,
    /// The policy that goes on afterwards.
    pub then: Option<String>,
}

/// What makes groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// Each alert is its own group (`...`).
    All,
    /// Alerts that agree in these labels.
    Labels(Vec<String>),
}

/// A branch of the routing tree. What it leaves out, it has from its parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// A name that stays when matchers change, so that what is under way goes on.
    pub name: Option<String>,
    /// All must hold.
    pub matchers: Vec<Matcher>,
    /// The team.
    pub team: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// Receivers instead of the team's.
    pub receivers: Vec<String>,
    /// What makes groups.
    pub group_by: Option<GroupBy>,
    /// Instead of the priority's.
    pub group_wait: Option<Span>,
    /// Instead of the priority's.
    pub group_interval: Option<Span>,
    /// Instead of the priority's.
    pub repeat_interval: Option<Span>,
    /// Alerts that come here go on to the next branch, too.
    pub continues: bool,
    /// Branches below: the first that matches decides, and more as long as they `continue`.
    pub routes: Vec<Route>,
}

/// While a source fires, targets that agree in some labels are not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibition {
    /// What inhibits.
    pub source: Vec<Matcher>,
    /// What is inhibited.
    pub target: Vec<Matcher>,
    /// Labels in which both agree; absent in both is agreement.
    pub equal: Vec<String>,
    /// Labels in which they may differ: in all others they agree, too. `None` when only `equal` counts.
    pub equal_except: Option<Vec<String>>,
}

/// When something goes on and off so often that it is sent less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damping {
    /// At most this many pages for one alert
    pub pages: usize,
    /// within this time;
    pub within: Span,
    /// then it must keep one state for so long before it is sent again.
    pub rest: Span,
    /// What comes back so soon after its end reopens the incident instead of opening one.
    pub reopen: Span,
}

impl Default for Damping {
    /// Two pages in ten minutes, ten minutes of rest, reopened within fifteen.
    fn default() -> Self {
        Self { pages: 2, within: Span::minutes(10), rest: Span::minutes(10), reopen: Span::minutes(15) }
    }
}
