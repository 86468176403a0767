//! The dead-man's switch, both ways: a heartbeat of the engine's own that goes out, and heartbeats of others whose end is an alarm.
//!
//! A heartbeat that comes in is an alert that always fires, such as Prometheus' `Watchdog`. Nobody is notified of it; that it
//! came in is all it says. Time is an argument: last seen, watching since, now.

use super::matcher::Matcher;
use super::{Kind, Notification, NotificationContext};
use crate::alert::{IncomingAlert, Priority};
use slo_core::labels::{Labels, RawLabels};
use slo_core::names;
use slo_core::time::{Span, Timestamp};

/// The alert that is raised when a heartbeat ends.
pub const ALARM: &str = "HeartbeatMissing";
/// An alarm ends by itself so long after it was last posted: longer than a restart takes.
const ALARM_LASTS: Span = Span::minutes(15);

/// What goes out and what is expected.
#[derive(Debug, Clone, Default)]
pub struct Heartbeats {
    /// The engine's own heartbeat.
    pub send: Option<Heartbeat>,
    /// Heartbeats of others.
    pub expect: Vec<Expected>,
}

/// A message to one receiver that says no more than that the engine works. Whoever gets it alarms when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// The receiver's name.
    pub receiver: String,
    /// Between two.
    pub every: Span,
}

impl Heartbeat {
    /// The heartbeat of the interval that `now` is in. Engines on one database make the same one, which is one message.
    pub fn at(&self, now: Timestamp) -> Notification {
        let beat = self.beat(now);
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
            due_at: Timestamp::EPOCH + self.every * beat,
            failover: None,
            reason: "the engine works".to_owned(),
            context: NotificationContext::default(),
        }
    }

    /// When the next one is due.
    pub fn next_after(&self, now: Timestamp) -> Timestamp {
        Timestamp::EPOCH + self.every * (self.beat(now) + 1)
    }

    /// The number of the interval that `now` is in.
    fn beat(&self, now: Timestamp) -> i64 {
        now.ms().div_euclid(self.every.ms())
    }
}

/// A heartbeat that is to come in.
#[derive(Debug, Clone)]
pub struct Expected {
    /// What it is called in the alarm.
    pub name: String,
    /// Which alerts are it.
    pub matchers: Vec<Matcher>,
    /// Without one for so long it is missing.
    pub within: Span,
    /// It is missing even if it never came; otherwise it is expected from the first one on.
    pub required: bool,
    /// How urgent its end is.
    pub priority: Priority,
}

/// How a heartbeat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It never came, and need not.
    Unknown,
    /// It comes.
    Beats,
    /// It has not come for too long, since when.
    Missing(Timestamp),
}

/// What is known of a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// When it came in last, as far as is remembered.
    pub last: Option<Timestamp>,
    /// Since when somebody listens: while the engine was away, nothing could come in.
    pub listening: Timestamp,
    /// The alarm that fires already, if one does: since when.
    pub alarm: Option<Timestamp>,
}

impl Expected {
    /// Whether an alert with these labels is the heartbeat.
    pub fn is(&self, labels: &Labels) -> bool {
        self.is_with(|name| labels.get(name))
    }

    /// The same for labels that are kept in another form: `value` has the value of a label, empty for none.
    pub fn is_with<'a>(&self, value: impl Fn(&str) -> &'a str) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches_value(value(matcher.name())))
    }

    /// Judges the heartbeat at `now`.
    pub fn judge(&self, seen: Seen, now: Timestamp) -> Life {
        let silent_for = |since: Timestamp| now - since;
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

    /// The alarm as it is posted at `now`: firing since `since`, or over.
    pub fn alarm(&self, since: Timestamp, over: bool, now: Timestamp) -> IncomingAlert {
        let length = slo_core::duration::to_the_second(self.within);
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
        IncomingAlert {
            labels: (&self.alarm_labels()).into(),
            annotations: RawLabels::new(annotations),
            starts_at: Some(since),
            ends_at: Some(if over { now } else { now + ALARM_LASTS }),
            ..IncomingAlert::default()
        }
    }
}

impl Heartbeats {
    /// The expected heartbeat that an alert with these labels is, if it is one.
    pub fn of(&self, labels: &Labels) -> Option<&Expected> {
        self.expect.iter().find(|expected| expected.is(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::matcher::Op;

    const MINUTE: Span = Span::minutes(1);

    fn minute(number: i64) -> Timestamp {
        Timestamp::EPOCH + MINUTE * number
    }

    fn expected(required: bool) -> Expected {
        Expected {
            name: "prometheus".to_owned(),
            matchers: vec![Matcher::new("alertname", Op::Equal, "Watchdog").unwrap()],
            within: MINUTE * 5,
            required,
            priority: Priority::P1,
        }
    }

    #[test]
    fn a_pulse_is_missing_when_it_stops_and_beats_when_it_is_back() {
        let judge = |last: Timestamp, listening: Timestamp, alarm: Option<Timestamp>, now: Timestamp| {
            expected(false).judge(Seen { last: Some(last), listening, alarm }, now)
        };
        assert_eq!(judge(minute(10), minute(0), None, minute(15)), Life::Beats);
        assert_eq!(
            judge(minute(10), minute(0), None, minute(15) + Span::MILLISECOND),
            Life::Missing(minute(15))
        );
        assert_eq!(judge(minute(16), minute(0), Some(minute(15)), minute(16)), Life::Beats);
        // The engine was away: what could not come in is not missing yet.
        assert_eq!(judge(minute(10), minute(60), None, minute(61)), Life::Beats);
        assert_eq!(judge(minute(10), minute(60), None, minute(66)), Life::Missing(minute(65)));
        // An alarm outlives a restart.
        assert_eq!(judge(minute(10), minute(60), Some(minute(15)), minute(61)), Life::Missing(minute(15)));
    }

    #[test]
    fn what_never_came_is_missed_only_when_it_must_come() {
        let never = Seen { last: None, listening: minute(0), alarm: None };
        assert_eq!(expected(false).judge(never, minute(600)), Life::Unknown);
        assert_eq!(expected(true).judge(never, minute(5)), Life::Unknown);
        assert_eq!(expected(true).judge(never, minute(6)), Life::Missing(minute(5)));
    }

    #[test]
    fn one_interval_is_one_pulse() {
        let heartbeat = Heartbeat { receiver: "away".to_owned(), every: MINUTE };
        assert_eq!(heartbeat.at(minute(1)).key, heartbeat.at(minute(2) - Span::MILLISECOND).key);
        assert_ne!(heartbeat.at(minute(1)).key, heartbeat.at(minute(2)).key);
        assert_eq!(heartbeat.next_after(minute(1)), minute(2));
    }
}
