//! Priorities, the routing tree and inhibition rules.

use super::super::fields::{Entry, Fields, choice, items, priority, truth};
use super::super::findings::Finding;
use super::super::node::Value;
use super::{Priorities, Reader};
use slo_core::time::Span;
use slo_model::alert::Priority;
use slo_model::route::policy::{Digest, GroupBy, Inhibition, PriorityRules, Route, Way};

/// Deepest nesting of routes.
const DEEPEST: usize = 16;

impl Reader<'_> {
    pub(super) fn priorities(&mut self, entry: Entry<'_>) -> Priorities {
        let mut priorities = Priorities::new();
        let Some(mut fields) = Fields::of(entry, "priorities", self.findings) else { return priorities };
        for priority in Priority::ALL {
            let name = priority.as_str();
            let Some(entry) = fields.get(name) else { continue };
            self.note(format!("priorities.{name}"), entry.head);
            priorities.extend(self.rules(entry, priority).map(|rules| (priority, rules)));
        }
        fields.finish(self.findings);
        priorities
    }

    fn rules(&mut self, entry: Entry<'_>, priority: Priority) -> Option<PriorityRules> {
        let mut fields = Fields::of(entry, "a priority", self.findings)?;
        let mut rules = PriorityRules::default_of(priority);
        if let Some(entry) = fields.get("send") {
            let ways = [("page", Way::Page), ("chat", Way::Chat), ("mail", Way::Mail)];
            let entries = match entry.node.value {
                Value::Scalar(_) => vec![entry],
                _ => items(entry, "`send`", self.findings),
            };
            rules.send = entries
                .into_iter()
                .filter_map(|entry| choice(entry, "way of sending", &ways, self.findings))
                .map(|way| way.value)
                .collect();
        }
        rules.hours = self.hours(&mut fields);
        if let Some(wait) = fields.get("group_wait").and_then(|entry| self.length(entry, "`group_wait`")) {
            rules.group_wait = wait;
        }
        if let Some(interval) =
            fields.get("group_interval").and_then(|entry| self.positive(entry, "`group_interval`"))
        {
            rules.group_interval = interval;
        }
        if let Some(entry) = fields.get("repeat_interval") {
            rules.repeat_interval = self.repeat(entry);
        }
        rules.digest = fields.get("digest").and_then(|entry| self.digest(entry));
        fields.finish(self.findings);
        Some(rules)
    }

    /// A length, or `never`.
    fn repeat(&mut self, entry: Entry<'_>) -> Option<Span> {
        if entry.node.text() == Some("never") {
            return None;
        }
        self.positive(entry, "`repeat_interval`")
    }

    fn digest(&mut self, entry: Entry<'_>) -> Option<Digest> {
        let mut fields = Fields::of(entry, "a digest", self.findings)?;
        let at = fields.required("at", "at: \"09:00\"").and_then(|entry| self.minute(entry, "`at`"));
        let zone = self.zone;
        let zone = fields.get("time_zone").and_then(|entry| self.zone(entry)).unwrap_or(zone);
        fields.finish(self.findings);
        Some(Digest { at: at?, zone })
    }

    pub(super) fn route(&mut self, entry: Entry<'_>, path: &str, depth: usize) -> Option<Route> {
        self.note(path, entry.head);
        if depth > DEEPEST {
            let message = format!("routes are nested more than {DEEPEST} deep");
            self.findings.add(Finding::error("too-deep", entry.head, message).help("write fewer levels"));
            return None;
        }
        let mut fields = Fields::of(entry, "a route", self.findings)?;
        let mut route = Route {
            name: fields.get("name").and_then(|entry| self.name(entry, "`name`")),
            matchers: fields.get("matchers").map(|entry| self.matchers(entry)).unwrap_or_default(),
            team: self.reference(fields.get("team"), "`team`", format!("{path}.team")),
            priority: fields
                .get("priority")
                .and_then(|entry| priority(entry, self.findings))
                .map(|priority| priority.value),
            receivers: self.names(fields.get("receivers"), "`receivers`", &format!("{path}.receivers")),
            group_by: fields.get("group_by").map(|entry| self.group_by(entry)),
            group_wait: fields.get("group_wait").and_then(|entry| self.length(entry, "`group_wait`")),
            group_interval: fields
                .get("group_interval")
                .and_then(|entry| self.positive(entry, "`group_interval`")),
            repeat_interval: fields
                .get("repeat_interval")
                .and_then(|entry| self.positive(entry, "`repeat_interval`")),
            continues: fields
                .get("continue")
                .and_then(|entry| truth(entry, "`continue`", self.findings))
                .is_some_and(|continues| continues.value),
            routes: Vec::new(),
        };
        if let Some(entry) = fields.get("routes") {
            for item in items(entry, "`routes`", self.findings) {
                let below = format!("{path}.routes[{}]", route.routes.len());
                route.routes.extend(self.route(item, &below, depth + 1));
            }
        }
        fields.finish(self.findings);
        Some(route)
    }

    fn group_by(&mut self, entry: Entry<'_>) -> GroupBy {
        if entry.node.text() == Some("...") {
            return GroupBy::All;
        }
        let labels: Vec<String> = items(entry, "`group_by`", self.findings)
            .into_iter()
            .filter_map(|item| self.name(item, "a label's name"))
            .collect();
        if labels.iter().any(|label| label == "...") { GroupBy::All } else { GroupBy::Labels(labels) }
    }

    pub(super) fn inhibition(&mut self, entry: Entry<'_>, _path: &str) -> Option<Inhibition> {
        let mut fields = Fields::of(entry, "an inhibition rule", self.findings)?;
        let errors = self.findings.errors();
        let source =
            fields.required("source", "source: ['severity=\"critical\"']").map(|entry| self.matchers(entry));
        let target =
            fields.required("target", "target: ['severity=\"warning\"']").map(|entry| self.matchers(entry));
        let mut labels = |key| {
            fields.get(key).map(|entry| {
                let labels = items(entry, &format!("`{key}`"), self.findings);
                labels.into_iter().filter_map(|item| self.name(item, "a label's name")).collect::<Vec<_>>()
            })
        };
        let (equal, equal_except) = (labels("equal"), labels("equal_except"));
        let head = fields.head();
        fields.finish(self.findings);
        let (source, target) = (source?, target?);
        if (source.is_empty() || target.is_empty()) && self.findings.errors() == errors {
            let finding =
                Finding::error("empty-inhibition", head, "`source` and `target` need a matcher each");
            self.findings.add(finding.help("without one, every alert would keep every other quiet"));
        }
        Some(Inhibition { source, target, equal: equal.unwrap_or_default(), equal_except })
    }
}
