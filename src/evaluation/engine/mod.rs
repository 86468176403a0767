//! The tick: read what is new from the source, write it to the ledger, move the windows, judge.
//!
//! An SLO is first filled (history is read until it has caught up) and then live (a short read a tick). A tick's reads
//! all happen before its one write; when the write fails the reads are forgotten and done again, so the ledger never has
//! half a tick.

pub mod alerts;
mod estimates;
mod fill;
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
pub use memo::{Askers, Memo};
pub use snapshot::{Snapshot, SnapshotChannel, Totals};
pub use stored::stored;
pub use tick::{Engine, TickError, TickReport};

use crate::evaluate::Limits;

/// How an engine works.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seconds between ticks; a multiple of the ledger's step.
    pub interval: i64,
    /// Samples may arrive this late, in seconds; the buckets of that time are read again by later ticks.
    pub settle: i64,
    /// Limits and conventions of reading.
    pub limits: Limits,
    /// Questions put to the source at once.
    pub concurrency: usize,
    /// History is filled at least this far back, in seconds, beyond what the SLO's windows need.
    pub history: i64,
    /// Hourly history is kept this long, in seconds.
    pub retention: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: 30,
            settle: 30,
            limits: Limits::default(),
            concurrency: 8,
            history: 0,
            // Thirteen months and the days that make them whole.
            retention: 400 * 86_400,
        }
    }
}

/// An engine that has caught up less than this, in seconds, reads the gap as part of a tick; more is filled first.
const LONGEST_TICK: i64 = 3600;

/// Rounds down to the grid of `step` seconds.
fn on_grid(at: i64, step: i64) -> i64 {
    at.div_euclid(step.max(1)) * step.max(1)
}
