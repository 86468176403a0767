//! Counts events from raw counter samples, exactly: every increment where it arrived, nothing extrapolated.
//!
//! The rules, for each series:
//! - an increment belongs to the moment of the sample that shows it;
//! - what is a birth, a restart or a continuation is decided in one place, from evidence: the table in [`evidence`]. What
//!   evidence does not decide is history, which does not count, and is told;
//! - series that differ only in the replica label are one series, read from one replica at a time;
//! - after a gap, increments are counted where they arrive, and coverage says that the gap was there;
//! - while there are series of the numerator and none of the total, nothing is known, whatever else was scraped.
//!
//! All of it is online: what a sample counts depends only on earlier samples, so any split of the samples into
//! ticks gives the same sums. Pure: samples come in, increments go out.

mod axis;
mod counts;
pub mod evidence;
mod histograms;
mod lives;
mod predecessors;
mod scene;
mod series;
mod sides;
mod starts;
mod sums;
mod tally;
mod targets;

use slo_core::time::Span;

pub use axis::Axis;
pub use counts::{Counted, GroupCounts, LeftOut, MOST_DECISIONS, Observed, Role, Rules};
pub use evidence::{Decision, Evidence, Judgement};
pub use histograms::Histograms;
pub use predecessors::REACH;
pub use sides::Sides;
pub use sums::overflow;
pub use tally::Tally;

/// How long a counter that is not seen any more is remembered; when it comes back later than
/// this, it is a new series.
pub const MEMORY: Span = Span::days(7);
/// The most groups an SLO is shown split into, unless it is set otherwise; what is beyond is counted in the group
/// [`OVERFLOW_GROUP`].
pub const MAX_GROUPS: usize = 1000;
/// How many are counted by themselves, shown or not, if they have bad events: so that those which are shown are the worst,
/// and one that fails is never hidden among others.
pub const COUNTED_GROUPS: usize = 10_000;
/// The value that every group label has in the group that takes what is beyond the limit.
pub const OVERFLOW_GROUP: &str = "__other__";

#[cfg(test)]
mod evidence_tests;
