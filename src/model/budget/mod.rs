//! From sums to verdicts: SLI, error budget, burn rates, state, forecast. Pure arithmetic over counts; where they come
//! from is the business of `source`, `counting` and `ledger`.
//!
//! The formulas are the SRE workbook's (chapter 5, "Alerting on SLOs"): with a target `t`, the budget is `1 - t` of
//! all events; a window's burn rate is its share of bad events divided by `1 - t`, so that a burn rate of 1 spends
//! exactly the budget in the SLO's window.

mod cells;
mod composite;
mod groups;
mod rolling;
mod slices;
mod sums;
mod verdict;

pub use composite::{ADDED_UP, Part, composite, composite_slices};
pub use groups::{Rest, Shown, shown};
pub use rolling::{Refill, Rolling};
pub use slices::slices;
pub use sums::{BURN_WINDOWS, BurnWindow, Sums, WindowSums};
pub use verdict::{Budget, STALE_AFTER, Situation, State, Verdict, verdict};
