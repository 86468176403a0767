//! The dead-man's switch, both ways: a pulse of the engine's own that goes out, and pulses of others whose end is an alarm.
//!
//! A pulse that comes in is an alert that always fires, such as Prometheus' `Watchdog`. Nobody is notified of it; that it
//! came in is all it says. Time is an argument: last seen, watching since, now.

use super::matcher::Matcher;
use super::{Kind, Notification, NotificationContext};
use crate::alert::{IncomingAlert, Priority};
use slo_core::labels::{Labels, RawLabels};
use slo_core::names;
use slo_core::time::Timestamp;

/// The alert that is raised when a pulse ends.
pub const ALARM: &str = "HeartbeatMissing";
/// An alarm ends by itself so long after it was last posted, in milliseconds: longer than a restart takes.
const ALARM_LASTS_MS: i64 = 15 * 60_000;

/// What goes out and what is expected.
#[derive(Debug, Clone, Default)]
pub struct Heartbeats {
    /// The engine's own pulse.
    pub send: Option<Heartbeat>,
    /// Pulses of others.
    pub expect: Vec<Expected>,
}

/// A message to one receiver that says no more than that the engine works. Whoever gets it alarms when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// The receiver's name.
    pub receiver: String,
    /// Milliseconds between two.
    pub every: i64,
}

impl Heartbeat {
    /// The pulse of the interval that `now_ms` is in. Engines on one database make the same one, which is one message.
    pub fn at(&self, now_ms: i64) -> Notification {
        let beat = now_ms.div_euclid(self.every);
        Notification {
            key: format!("heartbeat/{}/{beat}", self.receiver),
            thread: format!("heartbeat/{}", self.receiver),
            incident: None,
            kind: Kind::Heartbeat,
            priority: Priority::P4,
            receiver: self.receiver.clone(),
            person: None,
            group: Labels::new(),
            alerts: Vec::new(),
            due_at: beat * self.every,
            failover: None,
            reason: "the engine works".to_owned(),
            context: NotificationContext::default(),
        }
    }

    /// When the next one is due.
    pub fn next_after(&self, now_ms: i64) -> i64 {
        (now_ms.div_euclid(self.every) + 1) * self.every
    }
}

/// A pulse that is to come in.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What it is called in the alarm.
    pub name: String,
    /// Which alerts are it.
    pub matchers: Vec<Matcher>,
    /// Without one for so many milliseconds it is missing.
    pub within: i64,
    /// It is missing even if it never came; otherwise it is expected from the first one on.
    pub required: bool,
    /// How urgent its end is.
    pub priority: Priority,
}

/// How a pulse is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It never came, and need not.
    Unknown,
    /// It comes.
    Beats,
    /// It has not come for too long, since when, unix milliseconds.
    Missing(i64),
}

/// What is known of a pulse, unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// When it came in last, as far as is remembered.
    pub last: Option<i64>,
    /// Since when somebody listens: while the engine was away, nothing could come in.
    pub listening: i64,
    /// The alarm that fires already, if one does: since when.
    pub alarm: Option<i64>,
}

impl Expected {
    /// Whether an alert with these labels is the pulse.
    pub fn is(&self, labels: &Labels) -> bool {
        self.is_with(|name| labels.get(name))
    }

    /// The same for labels that are kept in another form: `value` has the value of a label, empty for none.
    pub fn is_with<'a>(&self, value: impl Fn(&str) -> &'a str) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches_value(value(matcher.name())))
    }

    /// Judges the pulse at `now_ms`.
    pub fn judge(&self, seen: Seen, now_ms: i64) -> Life {
        let silent_for = |since: i64| now_ms.saturating_sub(since);
        match (seen.last, seen.alarm) {
            (Some(last), _) if silent_for(last) <= self.within => Life::Beats,
            // It was missing before the engine was restarted, or before its last alert was forgotten.
            (_, Some(since)) => Life::Missing(since),
            (Some(last), None) => {
                let since = last.max(seen.listening);
                if silent_for(since) > self.within { Life::Missing(since + self.within) } else { Life::Beats }
            }
            (None, None) if self.required && silent_for(seen.listening) > self.within => {
                Life::Missing(seen.listening + self.within)
            }
            (None, None) => Life::Unknown,
        }
    }

    /// The alarm's labels, which are its identity.
    pub fn alarm_labels(&self) -> Labels {
        [
            (names::ALERTNAME, ALARM),
            (names::HEARTBEAT, self.name.as_str()),
            (names::PRIORITY, self.priority.as_str()),
            (names::SEVERITY, "page"),
        ]
        .into_iter()
        .collect()
    }

    /// The alarm as it is posted at `now_ms`: firing since `since`, or over.
    pub fn alarm(&self, since: i64, over: bool, now_ms: i64) -> IncomingAlert {
        let length = slo_core::duration::to_the_second(slo_core::time::Span::from_ms(self.within));
        let summary = format!("No heartbeat from {} for {length}", self.name);
        let annotations = [
            (names::SUMMARY, summary.as_str()),
            (names::IMPACT, "Monitoring is blind: alerts from there no longer arrive"),
            (
                names::DESCRIPTION,
                "The alert that always fires stopped coming: its sender is down, cannot evaluate rules, or cannot reach \
                 this engine.",
            ),
            (names::RUNBOOK, "alerts/runbooks/heartbeat-missing.md"),
            (names::DASHBOARD, "dashboards/alerts.json"),
        ];
        let ends_at = if over { now_ms } else { now_ms + ALARM_LASTS_MS };
        IncomingAlert {
            labels: (&self.alarm_labels()).into(),
            annotations: RawLabels::new(annotations),
            starts_at: Some(Timestamp::from_ms(since)),
            ends_at: Some(Timestamp::from_ms(ends_at)),
            ..IncomingAlert::default()
        }
    }
}

impl Heartbeats {
    /// The expected pulse that an alert with these labels is, if it is one.
    pub fn of(&self, labels: &Labels) -> Option<&Expected> {
        self.expect.iter().find(|expected| expected.is(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::matcher::Op;

    const MINUTE: i64 = 60_000;

    fn expected(required: bool) -> Expected {
        Expected {
            name: "prometheus".to_owned(),
            matchers: vec![Matcher::new("alertname", Op::Equal, "Watchdog").unwrap()],
            within: 5 * MINUTE,
            required,
            priority: Priority::P1,
        }
    }

    #[test]
    fn a_pulse_is_missing_when_it_stops_and_beats_when_it_is_back() {
        let judge = |last: i64, listening: i64, alarm: Option<i64>, now: i64| {
            expected(false).judge(Seen { last: Some(last), listening, alarm }, now)
        };
        assert_eq!(judge(10 * MINUTE, 0, None, 15 * MINUTE), Life::Beats);
        assert_eq!(judge(10 * MINUTE, 0, None, 15 * MINUTE + 1), Life::Missing(15 * MINUTE));
        assert_eq!(judge(16 * MINUTE, 0, Some(15 * MINUTE), 16 * MINUTE), Life::Beats);
        // The engine was away: what could not come in is not missing yet.
        assert_eq!(judge(10 * MINUTE, 60 * MINUTE, None, 61 * MINUTE), Life::Beats);
        assert_eq!(judge(10 * MINUTE, 60 * MINUTE, None, 66 * MINUTE), Life::Missing(65 * MINUTE));
        // An alarm outlives a restart.
        assert_eq!(
            judge(10 * MINUTE, 60 * MINUTE, Some(15 * MINUTE), 61 * MINUTE),
            Life::Missing(15 * MINUTE)
        );
    }

    #[test]
    fn what_never_came_is_missed_only_when_it_must_come() {
        let never = Seen { last: None, listening: 0, alarm: None };
        assert_eq!(expected(false).judge(never, 600 * MINUTE), Life::Unknown);
        assert_eq!(expected(true).judge(never, 5 * MINUTE), Life::Unknown);
        assert_eq!(expected(true).judge(never, 6 * MINUTE), Life::Missing(5 * MINUTE));
    }

    #[test]
    fn one_interval_is_one_pulse() {
        let pulse = Heartbeat { receiver: "away".to_owned(), every: MINUTE };
        assert_eq!(pulse.at(MINUTE).key, pulse.at(2 * MINUTE - 1).key);
        assert_ne!(pulse.at(MINUTE).key, pulse.at(2 * MINUTE).key);
        assert_eq!(pulse.next_after(MINUTE), 2 * MINUTE);
    }
}
