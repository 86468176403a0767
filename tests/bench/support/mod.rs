//! What the benches share: counters whose truth is known, the SLOs that count them, and what the kernel knows of a process.
#![allow(dead_code, reason = "each bench is a crate of its own and uses its part")]

pub mod metrics;
pub mod objectives;
pub mod process;
pub mod still;
pub mod traffic;

use std::time::Duration;

/// The middle one; of an even number the later of the two.
pub fn median<T: PartialOrd + Copy>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("measurements can be compared"));
    sorted[sorted.len() / 2]
}

/// Prints a figure beside its goal, and says whether the goal is reached.
pub fn verdict(what: &str, figure: impl std::fmt::Display, goal: &str, reached: bool) -> bool {
    println!("{what}: {figure} (goal {goal}: {})", if reached { "reached" } else { "MISSED" });
    reached
}

/// Milliseconds with two digits behind the point.
pub fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}
