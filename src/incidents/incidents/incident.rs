//! An incident's life. Pure: what may happen to it, and what that makes of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use slo_core::labels::Labels;
use slo_core::time::{Timestamp, as_ms};
use slo_model::alert::Priority;

/// Notes of one incident, and characters of one note.
const MAX_NOTES: usize = 200;
const MAX_NOTE: usize = 4000;

/// Where an incident is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Nobody has taken it.
    Open,
    /// Somebody has.
    Acknowledged,
    /// It is over.
    Resolved,
    /// It was over and came back; nobody has taken it since.
    Reopened,
}

impl IncidentState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Acknowledged, Self::Resolved, Self::Reopened];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
        }
    }
}

/// What people thought of it afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Somebody had to act.
    Useful,
    /// True, but nobody had to act.
    Noise,
    /// Nothing was wrong.
    FalsePositive,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 3] = [Self::Useful, Self::Noise, Self::FalsePositive];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Noise => "noise",
            Self::FalsePositive => "false_positive",
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mark| mark.as_str() == text)
            .ok_or_else(|| format!("{text:?} is not a valid mark; write useful, noise or false_positive"))
    }
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    #[serde(with = "as_ms")]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its name; the same on every replica.
    pub id: String,
    /// Where it is in its life.
    pub state: IncidentState,
    /// How urgent.
    pub priority: Priority,
    /// What it is about, for people.
    pub title: String,
    /// The rule it came from: `alertname`.
    pub rule: String,
    /// Labels that its alerts share.
    pub labels: Labels,
    /// When it was opened.
    #[serde(with = "as_ms")]
    pub opened_at: Timestamp,
    /// When it was first acknowledged.
    #[serde(default, with = "as_ms")]
    pub acknowledged_at: Option<Timestamp>,
    /// Who has it now.
    pub acknowledged_by: Option<String>,
    /// When it ended; `None` while it goes on.
    #[serde(default, with = "as_ms")]
    pub resolved_at: Option<Timestamp>,
    /// Who ended it; `None` when its alerts did.
    pub resolved_by: Option<String>,
    /// How often it came back.
    pub reopened: u32,
    /// What people wrote.
    pub notes: Vec<Note>,
    /// What people thought of it.
    pub mark: Option<Mark>,
}

/// Something that happens to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Somebody takes it.
    Acknowledge,
    /// It is over; `by_alerts` when its alerts ended by themselves.
    Resolve {
        /// Nobody ended it.
        by_alerts: bool,
    },
    /// It came back.
    Reopen,
    /// Somebody writes something.
    Note(String),
    /// Somebody judges it.
    Mark(Mark),
}

impl Action {
    /// As it is in the audit log.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledged",
            Self::Resolve { .. } => "resolved",
            Self::Reopen => "reopened",
            Self::Note(_) => "noted",
            Self::Mark(_) => "marked",
        }
    }

    /// Its words in the audit log.
    pub fn detail(&self) -> String {
        match self {
            Self::Acknowledge | Self::Reopen => String::new(),
            Self::Resolve { by_alerts } => if *by_alerts { "its alerts ended" } else { "" }.to_owned(),
            Self::Note(text) => text.clone(),
            Self::Mark(mark) => mark.to_string(),
        }
    }
}

impl Incident {
    /// What becomes of it; `Ok(None)` when nothing changes, an error when it cannot be.
    pub fn after(&self, action: &Action, by: &str, at: Timestamp) -> Result<Option<Self>, String> {
        let mut next = self.clone();
        match (action, self.state) {
            (Action::Acknowledge, IncidentState::Open | IncidentState::Reopened) => {
                next.state = IncidentState::Acknowledged;
                next.acknowledged_at = Some(self.acknowledged_at.unwrap_or(at));
                next.acknowledged_by = Some(by.to_owned());
            }
            (Action::Acknowledge, IncidentState::Acknowledged)
            | (Action::Resolve { .. }, IncidentState::Resolved)
            | (Action::Reopen, IncidentState::Open | IncidentState::Acknowledged | IncidentState::Reopened) =>
            {
                return Ok(None);
            }
            (Action::Acknowledge, IncidentState::Resolved) => {
                return Err(format!("the incident {} is resolved; there is nothing to acknowledge", self.id));
            }
            (
                Action::Resolve { by_alerts },
                IncidentState::Open | IncidentState::Acknowledged | IncidentState::Reopened,
            ) => {
                next.state = IncidentState::Resolved;
                next.resolved_at = Some(at);
                next.resolved_by = (!by_alerts).then(|| by.to_owned());
            }
            (Action::Reopen, IncidentState::Resolved) => {
                next.state = IncidentState::Reopened;
                next.reopened += 1;
                next.acknowledged_by = None;
                next.resolved_at = None;
                next.resolved_by = None;
            }
            (
                Action::Note(text),
                IncidentState::Open
                | IncidentState::Acknowledged
                | IncidentState::Resolved
                | IncidentState::Reopened,
            ) => {
                let text = text.trim();
                if text.is_empty() {
                    return Err("the note is empty".to_owned());
                }
                if text.chars().count() > MAX_NOTE {
                    return Err(format!("the note has more than {MAX_NOTE} characters"));
                }
                if self.notes.len() >= MAX_NOTES {
                    return Err(format!("the incident has {MAX_NOTES} notes already, which is the most"));
                }
                next.notes.push(Note { at, by: by.to_owned(), text: text.to_owned() });
            }
            (
                Action::Mark(mark),
                IncidentState::Open
                | IncidentState::Acknowledged
                | IncidentState::Resolved
                | IncidentState::Reopened,
            ) => {
                if self.mark == Some(*mark) {
                    return Ok(None);
                }
                next.mark = Some(*mark);
            }
        }
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::at_ms;

    fn incident() -> Incident {
        Incident {
            id: "i1".to_owned(),
            state: IncidentState::Open,
            priority: Priority::P1,
            title: "t".to_owned(),
            rule: "r".to_owned(),
            labels: Labels::new(),
            opened_at: at_ms(100),
            acknowledged_at: None,
            acknowledged_by: None,
            resolved_at: None,
            resolved_by: None,
            reopened: 0,
            notes: Vec::new(),
            mark: None,
        }
    }

    #[test]
    fn a_life() {
        let step = |incident: &Incident, action: Action, at| {
            incident.after(&action, "ann", at_ms(at)).unwrap().unwrap()
        };
        let taken = step(&incident(), Action::Acknowledge, 150);
        assert_eq!((taken.state, taken.acknowledged_at), (IncidentState::Acknowledged, Some(at_ms(150))));
        assert_eq!(taken.after(&Action::Acknowledge, "bob", at_ms(160)), Ok(None));
        let over = step(&taken, Action::Resolve { by_alerts: true }, 200);
        assert_eq!(
            (over.state, over.resolved_at, over.resolved_by.clone()),
            (IncidentState::Resolved, Some(at_ms(200)), None)
        );
        assert!(over.after(&Action::Acknowledge, "bob", at_ms(210)).unwrap_err().contains("is resolved"));
        let back = step(&over, Action::Reopen, 300);
        assert_eq!((back.state, back.reopened, back.resolved_at), (IncidentState::Reopened, 1, None));
        // The first acknowledgement is the one that is measured.
        assert_eq!(step(&back, Action::Acknowledge, 310).acknowledged_at, Some(at_ms(150)));
        let marked = step(&over, Action::Mark(Mark::Noise), 400);
        assert_eq!(marked.after(&Action::Mark(Mark::Noise), "ann", at_ms(401)), Ok(None));
        assert!(over.after(&Action::Note(" ".to_owned()), "ann", at_ms(1)).is_err());
        assert!(over.after(&Action::Note("x".repeat(5000)), "ann", at_ms(1)).is_err());
        assert_eq!("false_positive".parse(), Ok(Mark::FalsePositive));
        assert!("x".parse::<Mark>().unwrap_err().contains("useful, noise or false_positive"));
    }
}
