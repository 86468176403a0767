//! Multi-window, multi-burn-rate alerts: a policy as data, and what it says of a verdict.
//!
//! A tier compares two windows with one burn rate: the long one tells that enough of the budget went, the short one
//! that it still goes. The rate follows from the share of the budget that the long window may spend and from the SLO's
//! own window. All tiers that burn fire; a slower one says which faster one speaks for it.

mod assess;
pub mod format;
pub mod impact;
mod texts;

use std::collections::BTreeMap;

pub use assess::{Assessed, assess, without_data};

use slo_core::time::{Span, Timestamp};

use super::Priority;
use super::state::Timing;
use crate::budget::{BURN_WINDOWS, BurnWindow};
use crate::slo::Slo;

/// The alert of a budget that burns too fast.
pub const BURN_ALERT: &str = "SLOErrorBudgetBurn";
/// The alert of a budget that is spent.
pub const EXHAUSTED_ALERT: &str = "SLOErrorBudgetExhausted";
/// The alert of an SLO of which nothing is known.
pub const NO_DATA_ALERT: &str = "SLONoData";

/// A total failure burns at `1 / (1 - target)`. A tier that asks for more could never fire; it asks for this share of
/// it instead, so that a total failure fires it at any target.
const REACHABLE: f64 = 0.9;

/// How a person is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// At once.
    Page,
    /// In time.
    Ticket,
}

impl Severity {
    /// As it is written in labels and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// When a tier burns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// The long window may spend this share of the budget, in `(0, 1]`.
    Share(f64),
    /// A burn rate as an `AlertCondition` gives it.
    Rate {
        /// The rate.
        threshold: f64,
        /// The rate itself counts as burning.
        or_equal: bool,
    },
}

/// One tier of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// Its name; the label `tier`.
    pub name: String,
    /// When it burns.
    pub trigger: Trigger,
    /// The long window; one of [`BURN_WINDOWS`].
    pub long: BurnWindow,
    /// The short window; one of [`BURN_WINDOWS`], shorter.
    pub short: BurnWindow,
    /// How a person is notified.
    pub severity: Severity,
    /// How urgent it is.
    pub priority: Priority,
    /// How long it must burn before it fires.
    pub hold: Span,
}

impl Tier {
    /// The burn rate that both windows must reach for `slo`. `None` when the long window is longer than the SLO's own.
    pub fn factor(&self, slo: &Slo, at: Timestamp, floor: f64) -> Option<f64> {
        let window = slo.window.whole(at).length();
        match self.trigger {
            Trigger::Rate { threshold, .. } => Some(threshold),
            Trigger::Share(_) if self.long.length > window => None,
            Trigger::Share(share) => {
                let most = 1.0 / slo.target.budget();
                let factor = share * window.as_seconds_f64() / self.long.length.as_seconds_f64();
                Some(factor.max(floor).min((REACHABLE * most).max(1.0)))
            }
        }
    }

    /// Whether a burn rate reaches `factor`.
    fn reaches(&self, rate: f64, factor: f64) -> bool {
        match self.trigger {
            // What is computed from a share is inexact in the last digit, and "2 % in an hour" means 14.4 itself.
            Trigger::Share(_) | Trigger::Rate { or_equal: true, .. } => rate >= factor * (1.0 - 1e-9),
            Trigger::Rate { or_equal: false, .. } => rate > factor,
        }
    }
}

/// An alert that has no windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// How a person is notified.
    pub severity: Severity,
    /// How urgent it is.
    pub priority: Priority,
    /// How long its condition must hold.
    pub hold: Span,
}

/// What must have happened in the long window before anything fires: with little traffic, one error is a large share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minimum {
    /// Bad events; not asked of SLOs that are counted in time slices, or composed.
    pub bad_events: f64,
    /// Share of the whole window's budget, in `[0, 1]`.
    pub budget_spent: f64,
}

/// The burn-rate policy: `alerts/burn-rate.yaml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// From the fastest to the slowest.
    pub tiers: Vec<Tier>,
    /// Factors are never lower: below a burn rate of 1 the objective is kept.
    pub minimum_factor: f64,
    /// What must have happened before anything fires.
    pub minimum: Minimum,
    /// How long an alert still fires after its condition stopped.
    pub keep_firing: Span,
    /// The alert of a spent budget, if there is one.
    pub exhausted: Option<Notice>,
    /// The alert of an SLO without data, if there is one.
    pub no_data: Option<Notice>,
    /// The most urgent that an SLO of a tier (`slo-engine/tier`) may become; others are not held back.
    pub most_urgent: BTreeMap<String, Priority>,
}

impl Policy {
    /// `priority`, held back by the SLO's own tier.
    fn held_back(&self, priority: Priority, slo: &Slo) -> Priority {
        let most = slo.about.tier.as_ref().and_then(|tier| self.most_urgent.get(tier));
        most.map_or(priority, |most| priority.max(*most))
    }

    fn timing(&self, hold: Span) -> Timing {
        Timing { hold, keep_firing: self.keep_firing }
    }
}

/// The burn-rate window of a length, if there is one.
pub fn window(length: Span) -> Option<BurnWindow> {
    BURN_WINDOWS.into_iter().find(|window| window.length == length)
}

/// The burn-rate window of at least a length, and the short one that goes with it, a twelfth of it or the nearest
/// shorter one there is. `None` when there is none so long.
pub fn windows_for(length: Span) -> Option<(BurnWindow, BurnWindow)> {
    let long = BURN_WINDOWS.into_iter().find(|window| window.length >= length)?;
    let [shortest, ..] = BURN_WINDOWS;
    let short = BURN_WINDOWS.into_iter().rev().find(|window| window.length * 12 <= long.length);
    Some((long, short.unwrap_or(shortest)))
}
