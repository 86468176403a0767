//! What a counter's change means, and on which evidence: the words for it. What decides is beside this, in `scene.rs`.
//!
//! A first value, `V` events that a series brings with its first sample at `t`:
//!
//! | evidence, the first that applies | decision |
//! |---|---|
//! | a series of the same target, metric and label names went on through `t` | birth: `V` counts |
//! | a zero, stamped earlier, that came too late to be counted | birth |
//! | its `_created` time lies in the counted range, or at most [`YOUNG`] before it is first seen | birth |
//! | a series with other label *names* and otherwise the same labels ended just before, at or below `V`, and the difference could have been reached since | continuation: what is above the old value counts |
//! | another series of the target, or its `up`, went on under unchanged labels, and `V` could have been reached since the scrape before | birth |
//! | the process of that very target started in the counted range, or at most [`YOUNG`] before, and all its counters could have been reached since | birth |
//! | a series with the same labels but for a few values ended just before (as above) | continuation |
//! | others of the same scrape continue so, and this one has no predecessor | birth: the target went on under other labels |
//! | its process started before the counted range, and the target was not scraped before | history: nothing counts |
//! | none | history: nothing counts, and a warning gives both numbers; `slo-engine/first-values` decides otherwise |
//!
//! A value below the one before:
//!
//! | evidence | decision |
//! |---|---|
//! | the process started after the last sample | restart from zero |
//! | it fell to half or less | restart from zero |
//! | no process start is known, and another series of the target fell to half or less since: between samples of which this one was there for the first | restart from zero |
//! | none | a small fall, as two views of one counter have it: nothing counts until it is above its highest value |
//!
//! A value at or above the one before:
//!
//! | evidence | decision |
//! |---|---|
//! | the process started after the last sample, and a series of the target fell since, or all could have been reached since | restart: all of it counts |
//! | no process start is known, a series of the target fell to half or less since (as above), and this one was not there for a while | restart |
//! | none | an increment |
//!
//! "Ended just before" is a series that is not in the same scrape of its target any more, or, of another target, one that
//! is overdue: until then that target goes on. All that a target's series continue comes from one other; where one of them
//! could have reached its value, the others continue too. "Its last sample" of a counter that is remembered from before a
//! read began is found out: among the samples of the [`REACH`](super::REACH) before, or, when it is not there, by asking
//! for its last value since the process started. A replica that was not read when a counter began again shows that restart
//! later; it counts once.

use std::fmt;

use slo_core::labels::Labels;
use slo_core::time::{Span, Timestamp};

/// A process that is no older than this when it is first scraped was born in the counted range, wherever that begins: what
/// it counted arrives with its first scrape.
pub const YOUNG: Span = Span::minutes(5);

/// What a counter's sample was taken for.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// The series began here, at zero.
    Birth(Evidence),
    /// The series goes on from another one, which had these labels and this value.
    Continuation {
        /// The labels before.
        labels: Labels,
        /// The last value under them.
        value: f64,
    },
    /// The counter began again at zero.
    Restart(Evidence),
    /// Not a restart, although the value fell.
    SmallFall,
    /// A first value that is older than what is counted; without evidence, one that nothing dates.
    History(Option<Evidence>),
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Other series of the target went on through the same scrape.
    SameScrape,
    /// A zero from before its first counted sample, as servers inject at the time it was created.
    Zero,
    /// `_created` says when it began.
    Created,
    /// `process_start_time_seconds` says when its process began.
    ProcessStart,
    /// Others of the same scrape continue under other labels; it had no predecessor.
    TargetContinued,
    /// It fell to half its value or less.
    Fall,
    /// Another series of its target fell to half its value or less.
    SiblingFell,
    /// The SLO's `slo-engine/first-values` says so.
    Setting,
}

/// One decision, for `slo status --explain`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The sample's time.
    pub at: Timestamp,
    /// The series.
    pub labels: Labels,
    /// What it was taken for.
    pub judgement: Judgement,
    /// The sample's value.
    pub value: f64,
    /// The events that were counted for it.
    pub counted: f64,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameScrape => "its target was scraped before without it",
            Self::Zero => "a zero at the time it was created",
            Self::Created => "its _created time",
            Self::ProcessStart => "process_start_time_seconds of its target",
            Self::TargetContinued => "its target went on under other labels, and it has no predecessor",
            Self::Fall => "the value fell to half or less",
            Self::SiblingFell => "another series of its target fell to half or less",
            Self::Setting => "slo-engine/first-values",
        })
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Birth(evidence) => write!(f, "birth ({evidence})"),
            Self::Continuation { labels, value } => write!(f, "continuation of {labels} at {value}"),
            Self::Restart(evidence) => write!(f, "restart ({evidence})"),
            Self::SmallFall => f.write_str("small fall (no restart: the process start does not say so)"),
            Self::History(Some(evidence)) => write!(f, "history ({evidence})"),
            Self::History(None) => f.write_str("history (nothing tells when it began)"),
        }
    }
}
