//! What fires: alerts as Alertmanager's API has them, and (in the modules below) what makes them. Pure: time is an
//! argument, and nothing here stores or sends.

pub mod burn;
mod context;
mod priority;
pub mod rule;
mod sink;
pub mod state;
pub mod template;

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::Arc;

pub use context::{AlertContext, BurnChart, BurnRates, SloContext};
pub use priority::Priority;
use serde::{Deserialize, Serialize};

pub use sink::{AlertSink, SinkError};
use slo_core::labels::Labels;

/// An alert's identity: FNV-1a, 64 bits, over its sorted labels, as Alertmanager computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The fingerprint of a label set: name, 0xFF, value, 0xFF for each label in order.
    pub fn of(labels: &Labels) -> Self {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let mut hash = OFFSET;
        let mut add = |bytes: &[u8]| {
            for byte in bytes.iter().chain(&[0xFF]) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
            }
        };
        for (name, value) in labels {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseIntError;

    /// Reads what it is shown as. Of another length it is none, whatever the digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = if text.len() == 16 { text } else { "" };
        u64::from_str_radix(digits, 16).map(Self)
    }
}

/// An alert. Times are unix milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its identity; never empty.
    pub labels: Labels,
    /// What people should know.
    pub annotations: Labels,
    /// Since when it fires.
    pub starts_at: i64,
    /// When it ends, or ended. Every alert ends: one whose sender gave no end ends after `resolve_timeout`, unless it is
    /// sent again.
    pub ends_at: i64,
    /// The sender said when it ends; otherwise `ends_at` is a time-out.
    pub explicit_end: bool,
    /// When it was last heard of.
    pub updated_at: i64,
    /// Where it comes from.
    pub generator_url: Arc<str>,
    /// The facts behind it, when it was made here.
    pub context: Option<Box<AlertContext>>,
}

impl Alert {
    /// Its identity.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels)
    }

    /// Whether it is over at `now_ms`.
    pub fn is_resolved(&self, now_ms: i64) -> bool {
        self.ends_at <= now_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_alertmanagers() {
        let labels: Labels = [("alertname", "ok1")].into_iter().collect();
        assert_eq!(Fingerprint::of(&labels).to_string(), "d7252752c04bd3c5");
    }
}
