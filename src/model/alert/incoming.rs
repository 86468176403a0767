//! An alert as it comes in, from this engine or from elsewhere, and what makes it one that is stored.

use std::sync::Arc;

use super::{AlertContext, Fingerprint, StoredAlert};
use slo_core::labels::{RawLabels, is_label_name};
use slo_core::names;
use slo_core::time::{Span, Timestamp};

/// An alert as it was sent. Here or elsewhere: there is one way in, and the same is asked of all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncomingAlert {
    /// Labels as sent, empty values too.
    pub labels: RawLabels,
    /// Annotations as sent.
    pub annotations: RawLabels,
    /// `None`: it starts now.
    pub starts_at: Option<Timestamp>,
    /// `None`: it ends when it does not come in again for the resolve timeout.
    pub ends_at: Option<Timestamp>,
    /// Without an end: it comes in again within this time, also when that is longer than the resolve timeout.
    pub valid: Span,
    /// Where it comes from.
    pub generator_url: Arc<str>,
    /// The facts behind it; `None` for whatever others send.
    pub context: Option<Box<AlertContext>>,
}

/// The most bytes one alert's labels and annotations may have together.
pub const MAX_ALERT_BYTES: usize = 128 << 10;

impl IncomingAlert {
    /// Its identity.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.labels.to_labels())
    }

    /// The alert to store, or what is wrong with it, in Alertmanager's words.
    pub fn into_stored(self, now: Timestamp, resolve_timeout: Span) -> Result<StoredAlert, String> {
        let labels = self.labels.to_labels();
        let starts_at = self.starts_at.or(self.ends_at).unwrap_or(now);
        let ends_at = self.ends_at.unwrap_or(now + resolve_timeout.max(self.valid));
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
        Ok(StoredAlert {
            labels,
            annotations: self.annotations,
            starts_at,
            ends_at,
            explicit_end: self.ends_at.is_some(),
            updated_at: now,
            generator_url: self.generator_url,
            context: self.context,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slo_core::time::short::{at, at_ms, ms};

    const NOW: Timestamp = at(1000);
    const TIMEOUT: Span = Span::minutes(5);

    fn sent(starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> IncomingAlert {
        let labels = RawLabels::new([("alertname", "a"), ("empty", "")]);
        IncomingAlert { labels, starts_at, ends_at, ..IncomingAlert::default() }
    }

    fn stored(starts_at: Option<Timestamp>, ends_at: Option<Timestamp>, now: Timestamp) -> StoredAlert {
        sent(starts_at, ends_at).into_stored(now, TIMEOUT).unwrap()
    }

    #[test]
    fn absent_times_are_now_and_the_timeout() {
        let alert = stored(None, None, NOW);
        assert_eq!((alert.starts_at, alert.ends_at, alert.explicit_end), (NOW, NOW + TIMEOUT, false));
        assert_eq!(alert.labels, [("alertname", "a")].into_iter().collect());
        let alert = stored(None, Some(at_ms(5)), NOW);
        assert_eq!((alert.starts_at, alert.ends_at, alert.explicit_end), (at_ms(5), at_ms(5), true));
    }

    #[test]
    fn who_comes_seldom_is_waited_for() {
        let seldom = |valid| IncomingAlert { valid, ..sent(None, None) };
        let ends = |valid| seldom(valid).into_stored(NOW, TIMEOUT).unwrap().ends_at;
        assert_eq!((ends(Span::minutes(4)), ends(Span::hours(1))), (NOW + TIMEOUT, NOW + Span::hours(1)));
    }

    #[test]
    fn what_is_wrong_is_said_in_alertmanagers_words() {
        let wrong = |alert: IncomingAlert| alert.into_stored(NOW, TIMEOUT).unwrap_err();
        assert_eq!(wrong(sent(Some(at_ms(5)), Some(at_ms(4)))), "start time must be before end time");
        assert_eq!(wrong(IncomingAlert::default()), "at least one label pair required");
        let labels = RawLabels::new([("a-b", "1")]);
        assert_eq!(
            wrong(IncomingAlert { labels, ..IncomingAlert::default() }),
            "invalid label set: invalid name \"a-b\""
        );
        let long = "x".repeat(MAX_ALERT_BYTES);
        let wrong =
            wrong(IncomingAlert { annotations: RawLabels::new([("long", long)]), ..sent(None, None) });
        assert!(wrong.contains("the most is"), "{wrong}");
    }

    #[test]
    fn overlapping_alerts_are_one() {
        let old = stored(Some(NOW - ms(100)), None, NOW);
        let merged = old.merged_with(stored(Some(NOW - ms(50)), None, NOW + ms(60_000)), NOW + ms(60_000));
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - ms(100), NOW + ms(60_000) + TIMEOUT));
        // An explicit end that is later stays, a time-out does not.
        let old = stored(Some(NOW - ms(100)), Some(NOW + ms(900_000)), NOW);
        let merged = old.merged_with(stored(Some(NOW), None, NOW), NOW);
        assert_eq!((merged.ends_at, merged.explicit_end), (NOW + ms(900_000), true));
        let old = stored(Some(NOW - ms(100)), None, NOW);
        let merged = old.merged_with(stored(Some(NOW - ms(50)), Some(NOW + ms(10)), NOW), NOW);
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - ms(100), NOW + ms(10)));
        // It is resolved now.
        let merged = old.merged_with(stored(Some(NOW - ms(50)), Some(NOW), NOW), NOW);
        assert_eq!((merged.starts_at, merged.ends_at), (NOW - ms(100), NOW));
        // A new occurrence after the end.
        let old = stored(Some(at_ms(10)), Some(at_ms(20)), NOW);
        assert_eq!(old.merged_with(stored(Some(at_ms(30)), None, NOW), NOW).starts_at, at_ms(30));
    }
}
