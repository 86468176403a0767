//! The dead-man's switch: the heartbeat that goes out, and those that are expected.

use super::super::fields::{Entry, Fields, priority, truth};
use super::super::findings::Finding;
use super::Reader;
use slo_core::time::Span;
use slo_model::alert::Priority;
use slo_model::route::heartbeat::{Expected, Heartbeat, Heartbeats};

/// Shortest length that is watched: the engine looks every five seconds.
const SHORTEST: Span = Span::from_seconds(10);

impl Reader<'_> {
    pub(super) fn heartbeats(&mut self, entry: Entry<'_>) -> Option<Heartbeats> {
        let mut fields = Fields::of(entry, "heartbeats", self.findings)?;
        let send = fields.get("send").and_then(|entry| self.heartbeat(entry));
        let expect = self.list(fields.get("expect"), "heartbeats.expect", Self::expected);
        fields.finish(self.findings);
        Some(Heartbeats { send, expect })
    }

    fn heartbeat(&mut self, entry: Entry<'_>) -> Option<Heartbeat> {
        let mut fields = Fields::of(entry, "a heartbeat", self.findings)?;
        let receiver = fields.required("receiver", "receiver: deadman");
        let receiver = self.reference(receiver, "`receiver`", "heartbeats.send.receiver".to_owned());
        let every = fields.get("every").map(|entry| self.watched(entry, "`every`"));
        fields.finish(self.findings);
        Some(Heartbeat { receiver: receiver?, every: every.unwrap_or(Some(Span::minutes(1)))? })
    }

    fn expected(&mut self, entry: Entry<'_>, path: &str) -> Option<Expected> {
        let mut fields = Fields::of(entry, "an expected heartbeat", self.findings)?;
        let name = fields.required("name", "name: prometheus");
        let name = self.reference(name, "`name`", format!("{path}.name"));
        let errors = self.findings.errors();
        let matchers = fields
            .required("matchers", "matchers: ['alertname=\"Watchdog\"']")
            .map(|entry| (entry.node.span, self.matchers(entry)));
        if let Some((span, matchers)) = &matchers
            && matchers.iter().all(|matcher| matcher.matches_value(""))
            && self.findings.errors() == errors
        {
            let finding = Finding::error("empty-heartbeat", *span, "every alert would be this heartbeat");
            self.findings.add(finding.help("write a matcher such as 'alertname=\"Watchdog\"'"));
        }
        let within = fields.required("within", "within: 5m").map(|entry| self.watched(entry, "`within`"));
        let required = fields.get("required").and_then(|entry| truth(entry, "`required`", self.findings));
        let priority = fields.get("priority").and_then(|entry| priority(entry, self.findings));
        fields.finish(self.findings);
        Some(Expected {
            name: name?,
            matchers: matchers?.1,
            within: within??,
            required: required.is_some_and(|required| required.value),
            priority: priority.map_or(Priority::P1, |priority| priority.value),
        })
    }

    fn watched(&mut self, entry: Entry<'_>, what: &'static str) -> Option<Span> {
        let span = entry.node.span;
        let length = self.length(entry, what)?;
        if length < SHORTEST {
            let finding = Finding::error("length", span, format!("{what} must be at least 10s"));
            self.findings
                .add(finding.help("write e.g. 1m; an expected heartbeat should be missed several times"));
            return None;
        }
        Some(length)
    }
}
