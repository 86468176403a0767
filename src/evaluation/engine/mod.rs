//! The tick: read what is new from the source, write it to the ledger, move the windows, judge.
//!
//! An SLO is first filled (history is read until it has caught up) and then live (a short read a tick). A tick's reads
//! all happen before its one write; when the write fails the reads are forgotten and done again, so the ledger never has
//! half a tick.

pub mod alerts;
mod estimates;
mod fill;
mod identity;
mod late;
mod live;
mod memo;
mod publish;
pub mod rules;
mod snapshot;
mod stored;
mod tick;
mod unit;
mod windows;

pub use fill::FillProgress;
pub use memo::{Asked, Askers, Memos};
pub use snapshot::{Snapshot, SnapshotChannel, Totals};
pub use stored::stored;
pub use tick::{Engine, TickError, TickReport};
pub use unit::definition;

use crate::evaluate::Limits;
use slo_core::time::Span;

/// How an engine works.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The time between ticks; a multiple of the ledger's step.
    pub interval: Span,
    /// Samples may arrive this late; the buckets of that time are read again by later ticks.
    pub settle: Span,
    /// Limits and conventions of reading.
    pub limits: Limits,
    /// Questions put to the source at once.
    pub concurrency: usize,
    /// History is filled at least this far back, beyond what the SLO's windows need.
    pub history: Span,
    /// So long partial answers are waited out. What they brought until then is settled after that as it is, its time not
    /// covered.
    pub partial_wait: Span,
    /// Hourly history is kept this long.
    pub retention: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: Span::from_seconds(30),
            settle: Span::from_seconds(30),
            limits: Limits::default(),
            concurrency: 8,
            history: Span::ZERO,
            partial_wait: Span::days(1),
            // Thirteen months and the days that make them whole.
            retention: Span::days(400),
        }
    }
}

/// An engine that has caught up less than this reads the gap as part of a tick; more is filled first.
const LONGEST_TICK: Span = Span::hours(1);
