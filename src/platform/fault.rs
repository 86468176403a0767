//! Faults on request, so that error budgets burn while somebody watches. What happens to the n-th API request depends
//! on the seed and on n alone: the same run, repeated, fails in the same places.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

/// Of every thousand API requests under [`Fault::Errors`], how many fail.
const ERRORS_PER_MILLE: u64 = 50;
/// Of every thousand API requests under [`Fault::Latency`], how many are slow.
const SLOW_PER_MILLE: u64 = 100;
/// A slow request waits this long at least, and less than [`SLOWEST_MS`]. Objectives lie at 200, 500 and 1000 ms.
const SLOW_MS: u64 = 300;
const SLOWEST_MS: u64 = 1500;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// About 5 % of API requests are answered with 500, or 503 for every fifth of them.
    Errors,
    /// About 10 % of API requests take 0.3 s to 1.5 s longer.
    Latency,
    /// Ingestion stops working, so data gets old.
    Stale,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Errors, Self::Latency, Self::Stale];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Errors => "errors",
            Self::Latency => "latency",
            Self::Stale => "stale",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a fault; choose none, errors, latency or stale")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|fault| fault.name() == text)
            .ok_or_else(|| UnknownFault(text.chars().take(40).collect()))
    }
}

/// What is to happen to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is handled as always.
    Pass,
    /// It is answered with this status and never handled.
    Fail(StatusCode),
    /// It is handled after this long.
    Delay(Duration),
}

/// What `fault` does to API request number `n`, counted from 0.
pub fn verdict(fault: Fault, seed: u64, n: u64) -> Verdict {
    let mixed = mix(seed ^ mix(n));
    let (chance, detail) = (mixed % 1000, mixed / 1000);
    match fault {
        Fault::Errors if chance < ERRORS_PER_MILLE => Verdict::Fail(if detail.is_multiple_of(5) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        }),
        Fault::Latency if chance < SLOW_PER_MILLE => {
            Verdict::Delay(Duration::from_millis(SLOW_MS + detail % (SLOWEST_MS - SLOW_MS)))
        }
        Fault::None | Fault::Errors | Fault::Latency | Fault::Stale => Verdict::Pass,
    }
}

/// Numbers the API requests as they come, and says what happens to each.
#[derive(Debug)]
pub struct Injector {
    fault: Fault,
    seed: u64,
    seen: AtomicU64,
}

impl Injector {
    /// None seen yet.
    pub fn new(fault: Fault, seed: u64) -> Self {
        Self { fault, seed, seen: AtomicU64::new(0) }
    }

    /// What happens to the next request.
    pub fn next(&self) -> Verdict {
        verdict(self.fault, self.seed, self.seen.fetch_add(1, Ordering::Relaxed))
    }

    /// True when ingestion is to fail.
    pub fn stops_ingestion(&self) -> bool {
        self.fault == Fault::Stale
    }
}

/// Spreads a number over all 64 bits (the finalizer of `SplitMix64`), the same on every machine and in every version,
/// which `rand`'s generators do not promise.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUESTS: u64 = 100_000;

    fn share(fault: Fault, seed: u64, which: impl Fn(Verdict) -> bool) -> f64 {
        (0..REQUESTS).filter(|n| which(verdict(fault, seed, *n))).count() as f64 / REQUESTS as f64
    }

    #[test]
    fn shares_are_as_promised_for_any_seed() {
        for seed in [0, 1, 42, u64::MAX] {
            let failed = share(Fault::Errors, seed, |v| matches!(v, Verdict::Fail(_)));
            assert!((0.047..0.053).contains(&failed), "seed {seed}: {failed}");
            let unavailable =
                share(Fault::Errors, seed, |v| v == Verdict::Fail(StatusCode::SERVICE_UNAVAILABLE));
            assert!((0.008..0.012).contains(&unavailable), "seed {seed}: {unavailable}");
            let slow = share(Fault::Latency, seed, |v| matches!(v, Verdict::Delay(_)));
            assert!((0.096..0.104).contains(&slow), "seed {seed}: {slow}");
        }
    }

    #[test]
    fn delays_lie_between_the_limits_on_both_sides_of_the_objectives() {
        let delays: Vec<u128> = (0..REQUESTS)
            .filter_map(|n| match verdict(Fault::Latency, 7, n) {
                Verdict::Delay(delay) => Some(delay.as_millis()),
                Verdict::Pass | Verdict::Fail(_) => None,
            })
            .collect();
        assert!(delays.iter().all(|ms| (300..1500).contains(ms)));
        assert!(delays.iter().any(|ms| *ms < 500) && delays.iter().any(|ms| *ms > 1000));
    }

    #[test]
    fn nothing_happens_without_a_fault_or_with_one_that_is_not_about_requests() {
        for fault in [Fault::None, Fault::Stale] {
            assert!((0..REQUESTS).all(|n| verdict(fault, 3, n) == Verdict::Pass), "{fault}");
        }
        assert!(Injector::new(Fault::Stale, 0).stops_ingestion());
        assert!(!Injector::new(Fault::Errors, 0).stops_ingestion());
    }

    #[test]
    fn names_are_read_and_printed() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        let error = "slow".parse::<Fault>().unwrap_err().to_string();
        assert_eq!(error, "\"slow\" is not a fault; choose none, errors, latency or stale");
    }
}
