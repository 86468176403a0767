//! What a report is made of: counts, incidents and pages, as somebody read them.

use std::sync::Arc;

use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::alert::Priority;
use slo_model::budget::Sums;
use slo_model::policy::BudgetPolicy;
use slo_model::slo::Slo;

use crate::period::Period;

/// Everything that is known of a period.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Which.
    pub period: Period,
    /// The moment up to which anything can be known of it: its end, or now if that comes first.
    pub until: Timestamp,
    /// The objectives, in order of service and name.
    pub objectives: Vec<ObjectiveFacts>,
    /// Incidents that were open at some time of the period, in order of their beginning.
    pub incidents: Vec<IncidentFacts>,
    /// Pages of the period, in order of time.
    pub pages: Vec<PageFacts>,
    /// What spent budgets ask for.
    pub policy: BudgetPolicy,
    /// Where all of it comes from.
    pub origin: Origin,
}

/// Counts of a stretch of time, in the objective's own unit: events or time slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Which.
    pub range: TimeRange,
    /// What happened.
    pub sums: Sums,
}

impl Piece {
    /// What was not good.
    pub fn bad(&self) -> f64 {
        (self.sums.total - self.sums.good).max(0.0)
    }
}

/// The counts of a group of an objective.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFacts {
    /// Its labels; empty for an objective that is not split.
    pub group: Labels,
    /// In order of time, none twice. Short ones (five minutes) where an incident begins or ends, hours elsewhere.
    pub pieces: Vec<Piece>,
}

/// What is known of an objective.
#[derive(Debug, Clone)]
pub struct ObjectiveFacts {
    /// Which.
    pub slo: Arc<Slo>,
    /// Its groups, in order of their labels. Empty for a composite, which is made of its parts.
    pub groups: Vec<GroupFacts>,
    /// Seconds with data per stretch of the period, in order of time.
    pub coverage: Vec<(TimeRange, f64)>,
    /// The period before, as a whole.
    pub before: Option<Sums>,
    /// The twelve months of [`Period::months`]; `None` where nothing was counted.
    pub months: Vec<Option<Sums>>,
    /// Counting began here; `None` when nothing was ever counted.
    pub counted_from: Option<Timestamp>,
    /// Some of it came from the source's arithmetic rather than from samples.
    pub estimated: bool,
    /// Slices of hours whose minutes are no longer kept are taken from the hour's share.
    pub slices_estimated: bool,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// What people thought of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Somebody had to act.
    Useful,
    /// True, but nobody had to act.
    Noise,
    /// Nothing was wrong.
    FalsePositive,
}

impl Judgement {
    /// As it is written in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Noise => "noise",
            Self::FalsePositive => "false_positive",
        }
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentFacts {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The rule that it came from.
    pub rule: String,
    /// How urgent.
    pub priority: Priority,
    /// The service of its alerts; empty when they share none.
    pub service: String,
    /// The objective of its alerts; empty when they share none.
    pub slo: String,
    /// The objective's own name, where its document has several.
    pub objective: String,
    /// When.
    pub opened_at: Timestamp,
    /// When somebody first took it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who has it.
    pub acknowledged_by: Option<String>,
    /// When it ended; `None` while it goes on.
    pub resolved_at: Option<Timestamp>,
    /// A person ended it, rather than its alerts.
    pub resolved_by_hand: bool,
    /// How often it came back.
    pub reopened: u32,
    /// What people thought of it.
    pub judgement: Option<Judgement>,
}

impl IncidentFacts {
    /// From its opening to its end; one that goes on ends with `until`.
    pub fn range(&self, until: Timestamp) -> TimeRange {
        let end = self.resolved_at.unwrap_or(until).max(self.opened_at);
        TimeRange::new(self.opened_at, end)
    }

    /// Whether anybody had to do anything about it: what people thought of it, or else whether somebody took it or ended it.
    pub fn acted_upon(&self) -> bool {
        match self.judgement {
            Some(Judgement::Useful) => true,
            Some(Judgement::Noise | Judgement::FalsePositive) => false,
            None => self.acknowledged_at.is_some() || self.resolved_by_hand,
        }
    }
}

/// A message that called somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFacts {
    /// When it was due.
    pub at: Timestamp,
    /// The incident it is about.
    pub incident: String,
    /// Who was called: a person, or the receiver where no person is known.
    pub whom: String,
    /// [`Self::whom`] is a person.
    pub is_person: bool,
    /// It came because nobody answered an earlier one.
    pub is_escalation: bool,
}

/// Where the facts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// In words, without credentials: `the ledger sqlite://slo.db`.
    pub source: String,
    /// The length of a bucket there.
    pub step: Span,
    /// Records of who was sent what are kept from here on; earlier pages are known by their incidents alone.
    pub notifications_from: Option<Timestamp>,
    /// Objectives that were counted in the period and are not defined any more.
    pub undefined: Vec<String>,
    /// There is no record of incidents at all, as when Prometheus alone was asked.
    pub without_incidents: bool,
    /// The program's version.
    pub version: String,
    /// Where the policy stands, in words.
    pub policy: String,
    /// Options of `slo report` besides the period that make the same again.
    pub options: String,
    /// All of it was invented, to show what a report looks like.
    pub invented: bool,
    /// Whose report: the title's first line.
    pub title: String,
}
