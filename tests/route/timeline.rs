//! A planner, its store and a clock, in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use slo_core::labels::{Labels, RawLabels};
use slo_core::time::{Span, Timestamp};
use slo_model::alert::StoredAlert;
use slo_model::route::matcher;
use slo_model::route::silence::{LONGEST_SERIES, Series, Silence, SilenceBody};
use slo_model::route::{
    Acknowledgement, Change, GroupKey, GroupMemory, Input, Kind, Notification, Plan, Planner, Routing,
};

/// Alerts without an end end after five minutes, unless they are sent again; tests that do not care push long ones.
const FOREVER: i64 = 400 * 86_400;

pub struct Timeline {
    pub routing: Arc<Routing>,
    planner: Planner,
    stored: BTreeMap<GroupKey, GroupMemory>,
    alerts: BTreeMap<String, Arc<StoredAlert>>,
    pub silences: Vec<Arc<Silence>>,
    acknowledged: Vec<Acknowledgement>,
    /// Second 0 of the timeline, unix seconds.
    start: i64,
    pub now: i64,
    wake: Option<Timestamp>,
    pub sent: Vec<(i64, Notification)>,
    pub incidents: Vec<(i64, Change, String)>,
    pub reasons: Vec<(String, String)>,
}

pub fn routing(text: &str) -> Arc<Routing> {
    let loaded = slo_definitions::load_routing_str("routing.yaml", text);
    Arc::new(
        loaded.routing.unwrap_or_else(|| {
            panic!("{}", slo_definitions::load_routing_str("routing.yaml", text).render())
        }),
    )
}

pub fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn seconds(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

pub fn labels(text: &str) -> Labels {
    matcher::parse(text).unwrap().iter().map(|matcher| (matcher.name(), matcher.value())).collect()
}

impl Timeline {
    pub fn new(text: &str, start: &str) -> Self {
        let routing = routing(text);
        Self {
            planner: Planner::new(routing.clone(), [], vec![]),
            routing,
            stored: BTreeMap::new(),
            alerts: BTreeMap::new(),
            silences: vec![],
            acknowledged: vec![],
            start: seconds(start),
            now: 0,
            wake: None,
            sent: vec![],
            incidents: vec![],
            reasons: vec![],
        }
    }

    /// Priority, second and number of alerts of what waits for its hours.
    pub fn held_back(&self) -> Vec<(&'static str, i64, usize)> {
        let held = self.planner.held_back(self.at(self.now)).into_iter();
        let name = |priority| if priority == slo_model::alert::Priority::P2 { "P2" } else { "?" };
        held.map(|one| (name(one.priority), one.until.seconds() - self.start, one.alerts.len())).collect()
    }

    fn at(&self, second: i64) -> Timestamp {
        Timestamp::from_seconds(self.start + second)
    }

    /// An alert fires at a second.
    pub fn fire(&mut self, at: i64, text: &str) {
        self.push(at, text, at + FOREVER);
    }

    /// An alert is over at a second.
    pub fn end(&mut self, at: i64, text: &str) {
        self.push(at, text, at);
    }

    pub fn push(&mut self, at: i64, text: &str, ends: i64) {
        self.pass_to(at);
        let known = self.alerts.get(text).filter(|alert| alert.ends_at > self.at(at));
        let alert = Arc::new(StoredAlert {
            labels: labels(text),
            annotations: RawLabels::default(),
            starts_at: known.map_or(self.at(at), |alert| alert.starts_at),
            ends_at: self.at(ends),
            explicit_end: true,
            updated_at: self.at(at),
            generator_url: "".into(),
            context: None,
        });
        self.alerts.insert(text.to_owned(), alert.clone());
        self.step(at, &[alert]);
    }

    /// Somebody acknowledges the incident of the last message.
    pub fn acknowledge(&mut self, at: i64, by: &str) {
        self.answer(at, by, false);
    }

    /// Somebody ends the incident of the last message by hand.
    pub fn resolve(&mut self, at: i64, by: &str) {
        self.answer(at, by, true);
    }

    fn answer(&mut self, at: i64, by: &str, ended: bool) {
        self.pass_to(at);
        let incident = self.sent.last().unwrap().1.incident.clone().unwrap();
        // As an incident has one state: what was said of it before no longer counts.
        self.acknowledged.retain(|said| said.incident != incident);
        self.acknowledged.push(Acknowledgement { incident, at: self.at(at), by: by.to_owned(), ended });
        self.step(at, &[]);
    }

    /// Quiet from one second to another.
    pub fn silence(&mut self, (from, to): (i64, i64), matchers: &str, rule: Option<&str>) {
        self.pass_to(from.max(self.now));
        let (starts_at, ends_at) = (self.at(from), self.at(to));
        let series = rule.map(|rule| Series {
            rule: rule.to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            until: starts_at + LONGEST_SERIES,
        });
        let body = SilenceBody {
            id: format!("s{}", self.silences.len()),
            matchers: matcher::parse(matchers).unwrap().iter().map(|one| one.spec().clone()).collect(),
            starts_at,
            ends_at,
            created_by: "anna".to_owned(),
            comment: "maintenance".to_owned(),
            updated_at: starts_at,
            series,
        };
        self.silences.push(Arc::new(Silence::new(body).unwrap()));
        self.step(self.now, &[]);
    }

    /// The process dies and comes back.
    pub fn restart(&mut self) {
        let alerts = self.alerts.values().cloned().collect();
        // What is stored goes through the store's own format.
        let stored = serde_json::to_string(&self.stored.values().collect::<Vec<_>>()).unwrap();
        let memory: Vec<GroupMemory> = serde_json::from_str(&stored).unwrap();
        let memory = self.stored.keys().cloned().zip(memory);
        self.planner = Planner::new(self.routing.clone(), memory, alerts);
    }

    /// The process dies after messages were enqueued, and before what is remembered was stored.
    pub fn step_and_crash(&mut self, at: i64) {
        self.pass_to(at - 1);
        let stored = self.stored.clone();
        self.step(at, &[]);
        self.stored = stored;
        self.restart();
    }

    pub fn reload(&mut self, text: &str) {
        self.routing = routing(text);
        self.planner.replace(self.routing.clone());
        self.step(self.now, &[]);
    }

    /// Time passes; the planner is woken when it asked for it.
    pub fn pass_to(&mut self, at: i64) {
        let mut steps = 0;
        while let Some(wake) = self.wake.filter(|wake| *wake <= self.at(at)) {
            let second = wake.align_up(Span::SECOND).seconds() - self.start;
            self.step(second.min(at), &[]);
            steps += 1;
            assert!(steps < 100_000, "the planner asks to be woken without end");
        }
        self.now = at;
    }

    pub fn step(&mut self, at: i64, changed: &[Arc<StoredAlert>]) -> Plan {
        let input =
            Input { now: self.at(at), changed, silences: &self.silences, acknowledged: &self.acknowledged };
        let plan = self.planner.step(&input);
        self.now = at;
        for (key, memory) in &plan.groups {
            match memory {
                Some(memory) => drop(self.stored.insert(key.clone(), memory.clone())),
                None => drop(self.stored.remove(key)),
            }
        }
        for notification in &plan.notifications {
            // The outbox takes a key once.
            if self.sent.iter().all(|(_, sent)| sent.key != notification.key) {
                self.sent.push((at, notification.clone()));
            }
        }
        let changes = plan.incidents.iter().map(|change| (at, change.change, change.incident.clone()));
        self.incidents.extend(changes);
        self.reasons
            .extend(plan.reasons.iter().map(|reason| (reason.step.as_str().to_owned(), reason.text.clone())));
        self.wake = plan.wake_at;
        plan
    }

    /// What was told since the last time of asking, as `second kind receiver[/person]: alertnames`.
    pub fn told(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|(at, told)| line(at, &told)).collect()
    }

    pub fn remembered(&self) -> usize {
        self.stored.len()
    }

    pub fn said(&self, step: &str) -> Vec<&str> {
        self.reasons.iter().filter(|(said, _)| said == step).map(|(_, text)| text.as_str()).collect()
    }
}

pub fn line(at: i64, told: &Notification) -> String {
    let kind = match told.kind {
        Kind::Firing => "firing",
        Kind::Resolved => "resolved",
        Kind::Escalation => "escalation",
        Kind::Digest => "digest",
        Kind::Flapping => "flapping",
        Kind::Failover => "failover",
        Kind::Acknowledged => "acknowledged",
        Kind::Heartbeat => "heartbeat",
    };
    let person = told.person.as_ref().map(|person| format!("/{person}")).unwrap_or_default();
    let mut names: Vec<String> = told
        .alerts
        .iter()
        .map(|alert| {
            format!(
                "{}{}",
                alert.labels.get("alertname"),
                if alert.ended_at.is_some() { " over" } else { "" }
            )
        })
        .collect();
    names.sort();
    format!("{at} {kind} {}{person}: {}", told.receiver, names.join(", "))
}

/// A small house: one team, P1 to P4.
pub const HOUSE: &str = r#"
time_zone: Europe/Berlin
smtp: {host: localhost, tls: none, from: slo@example.com}
time_intervals:
  - {name: business, weekdays: ["monday:friday"], times: ["09:00-17:00"]}
  - {name: holidays, dates: ["2026-04-06"]}
receivers:
  - {name: pager, pagerduty: {routing_key: {env: KEY}}, failover: mail}
  - {name: chat, slack: {webhook: {env: SLACK}}}
  - {name: mail, email: {to: [team@example.com]}}
people:
  - {name: anna, receivers: [pager, mail]}
  - {name: ben, receivers: [pager, mail]}
schedules:
  - name: primary
    rotations: [{participants: [anna, ben], starts: 2026-01-05, handover: "09:00", every: weekly}]
escalation_policies:
  - name: policy
    levels:
      - {notify: [{schedule: primary}], timeout: 10m}
      - {notify: [{person: ben}, {receiver: chat}], timeout: 15m}
    repeat: 1
teams: [{name: team, page: policy, chat: chat, mail: mail}]
priorities:
  P1: {send: [page], group_wait: 0s, group_interval: 1m, repeat_interval: 1h}
  P2: {send: [page], during: business, except: holidays, group_wait: 30s, group_interval: 5m, repeat_interval: 2h}
  P3: {send: [chat, mail], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}
  P4: {send: mail, digest: {at: "09:00"}}
inhibition:
  - {source: ['alertname="Down"'], target: ['alertname="Slow"'], equal: [service]}
route:
  team: team
  group_by: [service]
  routes:
    - {name: p1, matchers: ['priority="P1"'], priority: P1}
    - {name: p2, matchers: ['priority="P2"'], priority: P2}
    - {name: p3, matchers: ['priority="P3"'], priority: P3}
    - {name: p4, matchers: ['priority="P4"'], priority: P4}
"#;

/// A house where anna is on call on Monday 5 January 2026, at ten in the morning.
pub fn monday() -> Timeline {
    Timeline::new(HOUSE, "2026-01-05T10:00:00+01:00")
}
