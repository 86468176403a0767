//! An alert as somebody sent it, and what makes it one that is kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::raw_labels::RawLabels;
use slo_core::names;
use slo_model::alert::{Alert, AlertContext, Fingerprint};

/// An alert as it is kept. Times are unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredAlert {
    /// Its identity; never empty.
    #[serde(rename = "l")]
    pub labels: RawLabels,
    /// What people should know.
    #[serde(rename = "a")]
    pub annotations: RawLabels,
    /// Since when it fires.
    #[serde(rename = "s")]
    pub starts_at: i64,
    /// When it ends, or ended.
    #[serde(rename = "e")]
    pub ends_at: i64,
    /// The sender said when it ends.
    #[serde(rename = "x")]
    pub explicit_end: bool,
    /// When it was last heard of.
    #[serde(rename = "u")]
    pub updated_at: i64,
    /// Where it comes from.
    #[serde(rename = "g", with = "shared_text")]
    pub generator_url: Arc<str>,
    /// The facts behind it, when it was made here.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<AlertContext>>,
}

impl StoredAlert {
    /// Whether it is over at `now_ms`.
    pub fn is_resolved(&self, now_ms: i64) -> bool {
        self.ends_at <= now_ms
    }

    /// As the rest of the program has alerts.
    pub fn to_alert(&self) -> Alert {
        Alert {
            labels: self.labels.to_labels(),
            annotations: self.annotations.to_labels(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            explicit_end: self.explicit_end,
            updated_at: self.updated_at,
            generator_url: self.generator_url.clone(),
            context: self.context.clone(),
        }
    }

    /// What is known after `newer` was heard as well, as Alertmanager 0.25 merges: where the two overlap, the earliest
    /// start and the newest annotations; an explicit end that is later than the new one stays. Where they do not
    /// overlap, the new one is another occurrence.
    #[must_use]
    pub fn merged_with(&self, newer: Self, now_ms: i64) -> Self {
        let inside = |at: i64| at > self.starts_at && at < self.ends_at;
        if !inside(newer.ends_at) && !inside(newer.starts_at) {
            return newer;
        }
        let mut merged = newer;
        merged.starts_at = merged.starts_at.min(self.starts_at);
        if merged.is_resolved(now_ms) {
            // Both are over: the later end is the end.
            if self.is_resolved(now_ms) && self.ends_at > merged.ends_at {
                merged.ends_at = self.ends_at;
            }
        } else if self.explicit_end && self.ends_at > merged.ends_at {
            merged.ends_at = self.ends_at;
            merged.explicit_end = true;
        }
        merged
    }
}

impl From<&Alert> for IncomingAlert {
    fn from(alert: &Alert) -> Self {
        Self {
            labels: (&alert.labels).into(),
            annotations: (&alert.annotations).into(),
            starts_at: Some(alert.starts_at),
            ends_at: alert.explicit_end.then_some(alert.ends_at),
            generator_url: alert.generator_url.clone(),
            context: alert.context.clone(),
        }
    }
}

/// An alert as it was sent. Times are unix milliseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncomingAlert {
    /// Labels as sent, empty values too.
    pub labels: RawLabels,
    /// Annotations as sent.
    pub annotations: RawLabels,
    /// `None`: it starts now.
    pub starts_at: Option<i64>,
    /// `None`: it ends when it is not heard of for the resolve timeout.
    pub ends_at: Option<i64>,
    /// Where it comes from.
    pub generator_url: Arc<str>,
    /// The facts behind it; `None` for whatever others send.
    pub context: Option<Box<AlertContext>>,
}

/// The most bytes one alert's labels and annotations may have together.
pub const MAX_ALERT_BYTES: usize = 128 << 10;

impl IncomingAlert {
    /// The alert to keep, or what is wrong with it, in Alertmanager's words.
    pub fn into_kept(
        self,
        now_ms: i64,
        resolve_timeout_ms: i64,
    ) -> Result<(Fingerprint, StoredAlert), String> {
        let labels = self.labels.without_empty();
        let starts_at = self.starts_at.or(self.ends_at).unwrap_or(now_ms);
        let ends_at = self.ends_at.unwrap_or(now_ms.saturating_add(resolve_timeout_ms));
        if ends_at < starts_at {
            return Err("start time must be before end time".to_owned());
        }
        if labels.is_empty() {
            return Err("at least one label pair required".to_owned());
        }
        if let Some((name, _)) = labels.iter().find(|(name, _)| !is_label_name(name)) {
            return Err(format!("invalid label set: invalid name {name:?}"));
        }
        if let Some((name, _)) = self.annotations.iter().find(|(name, _)| !is_label_name(name)) {
            return Err(format!("invalid annotations: invalid name {name:?}"));
        }
        let size = labels.size() + self.annotations.size() + self.generator_url.len();
        if size > MAX_ALERT_BYTES {
            return Err(format!(
                "the alert {} has {size} bytes, the most is {MAX_ALERT_BYTES}",
                labels.get(names::ALERTNAME)
            ));
        }
        let fingerprint = labels.fingerprint();
        let kept = StoredAlert {
            labels,
            annotations: self.annotations,
            starts_at,
            ends_at,
            explicit_end: self.ends_at.is_some(),
            updated_at: now_ms,
            generator_url: self.generator_url,
            context: self.context,
        };
        Ok((fingerprint, kept))
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

/// `[a-zA-Z_][a-zA-Z0-9_]*`
pub fn is_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;
    const TIMEOUT: i64 = 300_000;

    fn heard(starts_at: Option<i64>, ends_at: Option<i64>) -> IncomingAlert {
        let labels = RawLabels::new([("alertname", "a"), ("empty", "")]);
        IncomingAlert { labels, starts_at, ends_at, ..IncomingAlert::default() }
    }

    fn kept(starts_at: Option<i64>, ends_at: Option<i64>, now: i64) -> StoredAlert {
        heard(starts_at, ends_at).into_kept(now, TIMEOUT).unwrap().1
    }

    #[test]
    fn absent_times_are_now_and_the_timeout() {
        let alert = kept(None, None, NOW);
        assert_eq!((alert.starts_at, alert.ends_at, alert.explicit_end), (NOW, NOW + TIMEOUT, false));
        assert_eq!(alert.labels, RawLabels::new([("alertname", "a")]));
        let alert = kept(None, Some(5), NOW);
        assert_eq!((alert.starts_at, alert.ends_at, alert.explicit_end), (5, 5, true));
    }

    #[test]
    fn what_is_wrong_is_said_in_alertmanagers_words() {
        let wrong = |heard: IncomingAlert| heard.into_kept(NOW, TIMEOUT).unwrap_err();
        assert_eq!(wrong(heard(Some(5), Some(4))), "start time must be before end time");
        assert_eq!(wrong(IncomingAlert::default()), "at least one label pair required");
        let labels = RawLabels::new([("a-b", "1")]);
        assert_eq!(
            wrong(IncomingAlert { labels, ..IncomingAlert::default() }),
            "invalid label set: invalid name \"a-b\""
        );
        let long = "x".repeat(MAX_ALERT_BYTES);
        let wrong =
            wrong(IncomingAlert { annotations: RawLabels::new([("long", long)]), ..heard(None, None) });
        assert!(wrong.contains("the most is"), "{wrong}");
    }

    #[test]
    fn overlapping_alerts_are_one() {
        let old = kept(Some(NOW - 100), None, NOW);
        let merged = old.merged_with(kept(Some(NOW - 50), None, NOW + 60_000), NOW + 60_000);
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - 100, NOW + 60_000 + TIMEOUT));
        // An explicit end that is later stays, a time-out does not.
        let old = kept(Some(NOW - 100), Some(NOW + 900_000), NOW);
        let merged = old.merged_with(kept(Some(NOW), None, NOW), NOW);
        assert_eq!((merged.ends_at, merged.explicit_end), (NOW + 900_000, true));
        let old = kept(Some(NOW - 100), None, NOW);
        let merged = old.merged_with(kept(Some(NOW - 50), Some(NOW + 10), NOW), NOW);
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - 100, NOW + 10));
        // It is resolved now.
        let merged = old.merged_with(kept(Some(NOW - 50), Some(NOW), NOW), NOW);
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - 100, NOW));
        // A new occurrence after the end.
        let old = kept(Some(10), Some(20), NOW);
        assert_eq!(old.merged_with(kept(Some(30), None, NOW), NOW).starts_at, 30);
    }
}
