//! An alert as it is stored: what is known of it after all that came in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AlertContext, Fingerprint};
use slo_core::labels::{Labels, RawLabels};
use slo_core::time::{Timestamp, as_ms};

/// An alert as it is stored, and as routing decides on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredAlert {
    /// Its identity; never empty.
    #[serde(rename = "l")]
    pub labels: Labels,
    /// What people should know.
    #[serde(rename = "a")]
    pub annotations: RawLabels,
    /// Since when it fires.
    #[serde(rename = "s", with = "as_ms")]
    pub starts_at: Timestamp,
    /// When it ends, or ended. Every alert ends: one whose sender gave no end ends after a time-out, unless it is sent
    /// again.
    #[serde(rename = "e", with = "as_ms")]
    pub ends_at: Timestamp,
    /// The sender said when it ends; otherwise `ends_at` is a time-out.
    #[serde(rename = "x")]
    pub explicit_end: bool,
    /// When it came in last.
    #[serde(rename = "u", with = "as_ms")]
    pub updated_at: Timestamp,
    /// Where it comes from.
    #[serde(rename = "g", with = "shared_text")]
    pub generator_url: Arc<str>,
    /// The facts behind it, when it was made here.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<AlertContext>>,
}

impl StoredAlert {
    /// Whether it is over at `now`.
    pub fn is_resolved(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    /// Its identity.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels)
    }

    /// What is known after `newer` came in as well, as Alertmanager 0.25 merges: where the two overlap, the earliest
    /// start and the newest annotations; an explicit end that is later than the new one stays. Where they do not
    /// overlap, the new one is another occurrence.
    #[must_use]
    pub fn merged_with(&self, newer: Self, now: Timestamp) -> Self {
        let inside = |at: Timestamp| at > self.starts_at && at < self.ends_at;
        if !inside(newer.ends_at) && !inside(newer.starts_at) {
            return newer;
        }
        let mut merged = newer;
        merged.starts_at = merged.starts_at.min(self.starts_at);
        if merged.is_resolved(now) {
            // Both are over: the later end is the end.
            if self.is_resolved(now) && self.ends_at > merged.ends_at {
                merged.ends_at = self.ends_at;
            }
        } else if self.explicit_end && self.ends_at > merged.ends_at {
            merged.ends_at = self.ends_at;
            merged.explicit_end = true;
        }
        merged
    }
}

/// A shared text is stored as any other.
mod shared_text {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}
