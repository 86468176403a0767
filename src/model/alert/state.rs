//! The life of an alert: inactive, pending, firing, resolved. A pure step from what was known and what is observed to
//! what is known next, with a transition that says why. As in Prometheus, with one addition: everything needed to go
//! on after a restart is in the state.

mod instances;

pub use instances::Instances;
use serde::{Deserialize, Serialize};

use super::{AlertContext, Fingerprint, IncomingAlert};
use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp, as_ms};

/// How long a resolved alert is still posted: whoever missed the resolution gets it again.
pub const RESOLVED_RETENTION: Span = Span::minutes(15);

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Its condition does not hold; nothing is remembered of it.
    Inactive,
    /// Its condition holds, but not for long enough.
    Pending,
    /// It fires.
    Firing,
    /// It fired and is over.
    Resolved,
}

impl Phase {
    /// As it is written in labels and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// How patient a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// `for`: how long the condition must hold before the alert fires.
    pub hold: Span,
    /// `keep_firing_for`: how long the alert still fires after the condition stopped holding.
    pub keep_firing: Span,
}

/// The condition of an alert holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Its identity.
    pub labels: Labels,
    /// What people should know, as of now.
    pub annotations: Labels,
    /// The value that made it true; as the source gave it.
    pub value: f64,
    /// The facts behind it, if it is an SLO's.
    pub context: Option<Box<AlertContext>>,
}

/// What is remembered of one alert. Stored times are unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its identity.
    pub labels: Labels,
    /// As of the last time its condition held.
    pub annotations: Labels,
    /// The value that made it true last; not kept over a restart.
    #[serde(skip)]
    pub value: f64,
    /// Where it stands; never [`Phase::Inactive`].
    pub phase: Phase,
    /// Since when its condition holds.
    #[serde(with = "as_ms")]
    pub active_at: Timestamp,
    /// Since when it fires.
    #[serde(default, with = "as_ms")]
    pub fired_at: Option<Timestamp>,
    /// Since when it fires only because of `keep_firing_for`.
    #[serde(default, with = "as_ms")]
    pub keep_since: Option<Timestamp>,
    /// When it ended.
    #[serde(default, with = "as_ms")]
    pub resolved_at: Option<Timestamp>,
    /// When it was last looked at.
    #[serde(with = "as_ms")]
    pub evaluated_at: Timestamp,
    /// The facts behind it, as of the last time its condition held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<AlertContext>>,
}

/// An alert went from one phase to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Which.
    pub labels: Labels,
    /// Where it stood.
    pub from: Phase,
    /// Where it stands.
    pub to: Phase,
    /// When.
    pub at: Timestamp,
    /// Why, for people.
    pub reason: String,
}

/// One step at `now`: what is known of an alert, whether its condition holds, what is known next. `None` is inactive.
pub fn step(
    known: Option<Instance>,
    seen: Option<Observation>,
    timing: Timing,
    now: Timestamp,
) -> (Option<Instance>, Option<Transition>) {
    match (known, seen) {
        (None, None) => (None, None),
        (None, Some(seen)) => begin(seen, Phase::Inactive, timing, now),
        (Some(known), Some(seen)) => match known.phase {
            Phase::Inactive | Phase::Resolved => begin(seen, known.phase, timing, now),
            Phase::Pending | Phase::Firing => holds(known, seen, timing, now),
        },
        (Some(known), None) => ceases(known, timing, now),
    }
}

fn begin(
    seen: Observation,
    from: Phase,
    timing: Timing,
    now: Timestamp,
) -> (Option<Instance>, Option<Transition>) {
    let fires = timing.hold <= Span::ZERO;
    let instance = Instance {
        labels: seen.labels,
        annotations: seen.annotations,
        value: seen.value,
        phase: if fires { Phase::Firing } else { Phase::Pending },
        active_at: now,
        fired_at: fires.then_some(now),
        keep_since: None,
        resolved_at: None,
        evaluated_at: now,
        context: seen.context,
    };
    let reason = if fires {
        "its condition holds".to_owned()
    } else {
        format!("its condition holds, and must for {}", span(timing.hold))
    };
    moved(instance, from, now, reason)
}

fn holds(
    known: Instance,
    seen: Observation,
    timing: Timing,
    now: Timestamp,
) -> (Option<Instance>, Option<Transition>) {
    let mut next = Instance {
        annotations: seen.annotations,
        value: seen.value,
        keep_since: None,
        evaluated_at: now,
        context: seen.context,
        ..known
    };
    if next.phase == Phase::Pending && now - next.active_at >= timing.hold {
        next.phase = Phase::Firing;
        next.fired_at = Some(now);
        let reason = format!("its condition has held for {}", span(now - next.active_at));
        return moved(next, Phase::Pending, now, reason);
    }
    (Some(next), None)
}

fn ceases(mut known: Instance, timing: Timing, now: Timestamp) -> (Option<Instance>, Option<Transition>) {
    known.evaluated_at = now;
    match known.phase {
        Phase::Inactive => (None, None),
        Phase::Pending => {
            let held = now - known.active_at;
            let reason = match timing.hold - held {
                short if short > Span::ZERO => {
                    format!("its condition held for {} only, {} short of firing", span(held), span(short))
                }
                _ => "its condition ended just before it would have fired".to_owned(),
            };
            let labels = known.labels;
            let to = Phase::Inactive;
            (None, Some(Transition { labels, from: Phase::Pending, to, at: now, reason }))
        }
        Phase::Firing => {
            let since = *known.keep_since.get_or_insert(now);
            if timing.keep_firing > Span::ZERO && now - since < timing.keep_firing {
                return (Some(known), None);
            }
            known.phase = Phase::Resolved;
            known.resolved_at = Some(now);
            let reason = if timing.keep_firing > Span::ZERO {
                format!("its condition has not held for {}", span(now - since))
            } else {
                "its condition no longer holds".to_owned()
            };
            moved(known, Phase::Firing, now, reason)
        }
        Phase::Resolved => {
            let told_for = now - known.resolved_at.unwrap_or(now);
            if told_for <= RESOLVED_RETENTION {
                return (Some(known), None);
            }
            let reason = format!("it has been over for {}", span(told_for));
            let (labels, to) = (known.labels, Phase::Inactive);
            (None, Some(Transition { labels, from: Phase::Resolved, to, at: now, reason }))
        }
    }
}

fn moved(
    instance: Instance,
    from: Phase,
    at: Timestamp,
    reason: String,
) -> (Option<Instance>, Option<Transition>) {
    let transition = Transition { labels: instance.labels.clone(), from, to: instance.phase, at, reason };
    (Some(instance), Some(transition))
}

fn span(length: Span) -> String {
    super::template::humanize_duration(length.as_seconds_f64())
}

impl Instance {
    /// The alert as it is posted: `None` while it is pending. One that fires and is not posted again ends after `valid` at
    /// the earliest. It comes from its page below `external_url`, where the engine is reached.
    pub fn alert(&self, valid: Span, external_url: &str) -> Option<IncomingAlert> {
        let ended = match self.phase {
            Phase::Inactive | Phase::Pending => return None,
            Phase::Firing => None,
            Phase::Resolved => self.resolved_at,
        };
        Some(IncomingAlert {
            labels: (&self.labels).into(),
            annotations: (&self.annotations).into(),
            starts_at: Some(self.fired_at.unwrap_or(self.active_at)),
            ends_at: ended,
            valid,
            generator_url: format!("{external_url}/alerts/{}", Fingerprint::of(&self.labels)).into(),
            context: self.context.clone(),
        })
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
