//! What fires: alerts as Alertmanager's API has them, and (in the modules below) what makes them. Pure: time is an
//! argument, and nothing here stores or sends.
//!
//! An alert on its way to a message is of one type at each stage:
//!
//! | stage | type | made by | what is new |
//! |---|---|---|---|
//! | it is observed | [`Observation`](state::Observation), then [`Instance`](state::Instance) | rules and burn-rate policies | the condition's state: pending, firing, resolved |
//! | it comes in | [`IncomingAlert`] | [`Instance::alert`](state::Instance::alert), heartbeats, refused messages; Alertmanager's API for what others post | nothing is checked yet |
//! | it is stored | [`StoredAlert`], under its [`Fingerprint`] | [`IncomingAlert::into_stored`] and [`StoredAlert::merged_with`], for all alerts alike | bounds, valid names, a start and an end; in memory and database, and what routing decides on |
//! | it is in a message | [`NotifiedAlert`](crate::route::NotifiedAlert) | the [planner](crate::route::planner) | a copy, so that what is sent is what was decided |

pub mod burn;
mod context;
mod incoming;
mod priority;
pub mod rule;
mod sink;
pub mod state;
mod stored;
pub mod template;

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

pub use context::{AlertContext, BurnChart, BurnRates, SloContext};
pub use priority::Priority;
use serde::{Deserialize, Serialize};

pub use incoming::{IncomingAlert, MAX_ALERT_BYTES};
pub use sink::{AlertSink, SinkError};
use slo_core::labels::Labels;
pub use stored::StoredAlert;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_alertmanagers() {
        let labels: Labels = [("alertname", "ok1")].into_iter().collect();
        assert_eq!(Fingerprint::of(&labels).to_string(), "d7252752c04bd3c5");
    }
}
