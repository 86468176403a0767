//! An Alertmanager configuration with the same routes, for those who keep Alertmanager.
//!
//! What Alertmanager has no words for is told in comments: escalation, schedules, acknowledgements and digests. A receiver
//! there stands for one destination here, and tells everybody who may be told first. JSON is YAML; so texts are quoted as
//! JSON quotes them, and nothing in a name can break out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::route::interval::{Span, TimeInterval};
use crate::route::local::Minute;
use crate::route::matcher::Matcher;
use crate::route::policy::{Digest, GroupBy, Inhibition};
use crate::route::{Branch, Channel, MailTls, Routing, SecretRef};
use slo_core::duration;
use slo_core::time;

/// Why a routing file has no equivalent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// Alertmanager before 0.27 has only ASCII label names.
    #[error(
        "{place}: label name {name:?} needs Alertmanager 0.27; rename the label, or leave it out of routing"
    )]
    LabelName {
        /// Where in the routing file.
        place: String,
        /// The label.
        name: String,
    },
}

/// The configuration as YAML text. With `redact`, places of secrets are left out, too.
pub fn generate(routing: &Routing, redact: bool) -> Result<String, GenerateError> {
    let mut document = Map::new();
    document.insert("global".to_owned(), global(routing, redact));
    if let Some(root) = routing.branches().first() {
        document.insert("route".to_owned(), route(routing, root, true)?);
    }
    document.insert("inhibit_rules".to_owned(), inhibitions(routing)?);
    document.insert("receivers".to_owned(), receivers(routing, redact));
    document.insert("time_intervals".to_owned(), intervals(routing));
    let mut text = String::from(HEAD);
    for (index, _) in routing.parts().inhibitions.iter().enumerate().filter(|(_, rule)| is_left_out(rule)) {
        let _ = writeln!(
            text,
            "# Not in here: inhibition[{index}], for Alertmanager has no `equal_except`; what stands in `equal` beside it would be."
        );
    }
    write(&mut text, &Value::Object(document), 0);
    Ok(text)
}

const HEAD: &str = "\
# Written by `slo generate alertmanager`; change the routing file instead.
# Not in here, because Alertmanager cannot: escalation until somebody acknowledges, schedules (everybody who may be told
# first is told), exactly one digest a day (a daily quarter of an hour and a daily repetition stand for it), flap damping.
";

fn global(routing: &Routing, redact: bool) -> Value {
    let mut global = Map::new();
    if let Some(smtp) = routing.smtp() {
        global.insert("smtp_smarthost".to_owned(), json!(format!("{}:{}", smtp.host, smtp.port)));
        global.insert("smtp_from".to_owned(), json!(smtp.from));
        global.insert("smtp_require_tls".to_owned(), json!(smtp.tls == MailTls::StartTls));
        if let Some(user) = &smtp.username {
            global.insert("smtp_auth_username".to_owned(), json!(user));
        }
        if let Some(SecretRef::File(path)) = smtp.password.as_ref().filter(|_| !redact) {
            global.insert("smtp_auth_password_file".to_owned(), json!(path.display().to_string()));
        }
    }
    Value::Object(global)
}

fn route(routing: &Routing, branch: &Branch, root: bool) -> Result<Value, GenerateError> {
    let mut map = Map::new();
    if !root {
        map.insert("matchers".to_owned(), matchers(&branch.matchers, &branch.path)?);
        if branch.continues {
            map.insert("continue".to_owned(), json!(true));
        }
    }
    map.insert("receiver".to_owned(), json!(branch.destination));
    let by = match (&branch.group_by, branch.digest) {
        (_, Some(_)) => json!([]),
        (GroupBy::All, None) => json!(["..."]),
        (GroupBy::Labels(labels), None) => {
            labels.iter().try_for_each(|label| classic(label, &branch.path))?;
            json!(labels)
        }
    };
    map.insert("group_by".to_owned(), by);
    map.insert("group_wait".to_owned(), json!(duration::format(branch.group_wait)));
    map.insert(
        "group_interval".to_owned(),
        json!(duration::format(branch.group_interval.max(time::Span::SECOND))),
    );
    // Never is longer than Alertmanager remembers.
    let never = time::Span::days(365);
    let repeat =
        if branch.digest.is_some() { time::Span::days(1) } else { branch.repeat_interval.unwrap_or(never) };
    map.insert("repeat_interval".to_owned(), json!(duration::format(repeat)));
    let names = |list: &[std::sync::Arc<TimeInterval>]| -> Vec<String> {
        list.iter().map(|interval| interval.name.clone()).collect()
    };
    let mut active = names(&branch.hours.during);
    active.extend(branch.digest.map(digest_name));
    // Alertmanager's root cannot be muted.
    if !root && !active.is_empty() {
        map.insert("active_time_intervals".to_owned(), json!(active));
    }
    if !root && !branch.hours.except.is_empty() {
        map.insert("mute_time_intervals".to_owned(), json!(names(&branch.hours.except)));
    }
    let children: Vec<&Branch> =
        branch.children.iter().filter_map(|child| routing.branches().get(*child)).collect();
    if !children.is_empty() {
        let routes: Result<Vec<Value>, GenerateError> =
            children.into_iter().map(|child| route(routing, child, false)).collect();
        map.insert("routes".to_owned(), Value::Array(routes?));
    }
    Ok(Value::Object(map))
}

fn classic(name: &str, place: &str) -> Result<(), GenerateError> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if !name.is_empty() && name.chars().all(good) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(GenerateError::LabelName { place: place.to_owned(), name: name.to_owned() })
}

fn matchers(matchers: &[Matcher], place: &str) -> Result<Value, GenerateError> {
    matchers.iter().try_for_each(|matcher| classic(matcher.name(), place))?;
    Ok(json!(matchers.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

/// Alertmanager has no `equal_except`, and without any label to agree in, the rule would keep everything quiet.
fn is_left_out(rule: &Inhibition) -> bool {
    rule.equal_except.is_some() && rule.equal.is_empty()
}

fn inhibitions(routing: &Routing) -> Result<Value, GenerateError> {
    let mut rules = Vec::new();
    for (index, rule) in routing.parts().inhibitions.iter().enumerate() {
        let place = format!("inhibition[{index}]");
        if is_left_out(rule) {
            continue;
        }
        rule.equal.iter().try_for_each(|label| classic(label, &place))?;
        rules.push(json!({
            "source_matchers": matchers(&rule.source, &place)?,
            "target_matchers": matchers(&rule.target, &place)?,
            "equal": rule.equal,
        }));
    }
    Ok(Value::Array(rules))
}

/// One receiver for each destination, with the channels of everybody who may be told first.
fn receivers(routing: &Routing, redact: bool) -> Value {
    let mut destinations: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for branch in routing.branches() {
        let names = destinations.entry(&branch.destination).or_default();
        names.extend(branch.receivers.iter().map(String::as_str));
        let first = branch.page.as_deref().and_then(|policy| routing.steps(policy).first());
        names.extend(
            first.into_iter().flat_map(|level| &level.notify).flat_map(|target| routing.reach(target)),
        );
    }
    let all = destinations.into_iter().map(|(name, receivers)| {
        let mut map = Map::new();
        map.insert("name".to_owned(), json!(name));
        let channels = receivers.into_iter().filter_map(|name| routing.receiver(name));
        for channel in channels.flat_map(|receiver| &receiver.channels) {
            let Some((key, value)) = channel_config(routing, channel, redact) else { continue };
            let list = map.entry(key).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(value);
            }
        }
        Value::Object(map)
    });
    Value::Array(all.collect())
}

/// A channel in Alertmanager's words; `None` when its secret is where Alertmanager cannot read it.
fn channel_config(routing: &Routing, channel: &Channel, redact: bool) -> Option<(String, Value)> {
    let key = |name: &str| name.to_owned();
    let file = |secret: &SecretRef| match secret {
        SecretRef::File(path) if !redact => Some(path.display().to_string()),
        SecretRef::File(_) => Some("<secret>".to_owned()),
        SecretRef::Env(_) => None,
    };
    Some(match channel {
        Channel::Email { to, from } => {
            let from = from.as_ref().or(routing.smtp().map(|smtp| &smtp.from));
            (key("email_configs"), json!({"to": to.join(", "), "from": from, "send_resolved": true}))
        }
        Channel::Slack { webhook, channel } => {
            let mut config = json!({"api_url_file": file(webhook)?, "send_resolved": true});
            if let (Some(channel), Some(config)) = (channel, config.as_object_mut()) {
                config.insert(key("channel"), json!(channel));
            }
            (key("slack_configs"), config)
        }
        // 0.25 has it: a routing key in a file.
        Channel::PagerDuty { routing_key, url } => (
            key("pagerduty_configs"),
            json!({"routing_key_file": file(routing_key)?, "url": url, "send_resolved": true}),
        ),
        Channel::Webhook { url, .. } | Channel::AlertmanagerWebhook { url } => {
            (key("webhook_configs"), json!({"url": url, "send_resolved": true}))
        }
    })
}

fn digest_name(digest: Digest) -> String {
    format!("digest-{}-{}", digest.at, digest.zone.name())
}

fn intervals(routing: &Routing) -> Value {
    let mut all: Vec<Value> = routing
        .parts()
        .intervals
        .iter()
        .map(|interval| json!({"name": interval.name, "time_intervals": interval.spans.iter().map(span).collect::<Vec<_>>()}))
        .collect();
    let digests: BTreeMap<String, Digest> = routing
        .branches()
        .iter()
        .filter_map(|branch| branch.digest)
        .map(|digest| (digest_name(digest), digest))
        .collect();
    for (name, digest) in digests {
        let end = digest.at.minutes() + 15;
        let end = format!("{:02}:{:02}", end.min(1440) / 60, end.min(1440) % 60);
        let start = if digest.at == Minute::END { "23:45".to_owned() } else { digest.at.to_string() };
        let times = json!([{"start_time": start, "end_time": end}]);
        all.push(json!({"name": name, "time_intervals": [{"times": times, "location": digest.zone.name()}]}));
    }
    Value::Array(all)
}

fn span(span: &Span) -> Value {
    const WEEKDAYS: [&str; 7] =
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let mut map = Map::new();
    let day = |day: u8| WEEKDAYS.get(usize::from(day)).copied().unwrap_or_default();
    let mut set = |key: &str, values: Vec<Value>| {
        if !values.is_empty() {
            map.insert(key.to_owned(), Value::Array(values));
        }
    };
    let times = span
        .times
        .iter()
        .map(|(from, to)| json!({"start_time": from.to_string(), "end_time": to.to_string()}));
    set("times", times.collect());
    set(
        "weekdays",
        span.weekdays.iter().map(|(from, to)| json!(format!("{}:{}", day(*from), day(*to)))).collect(),
    );
    set("days_of_month", span.days_of_month.iter().map(|(from, to)| json!(format!("{from}:{to}"))).collect());
    set("months", span.months.iter().map(|(from, to)| json!(format!("{from}:{to}"))).collect());
    set("years", span.years.iter().map(|(from, to)| json!(format!("{from}:{to}"))).collect());
    map.insert("location".to_owned(), json!(span.zone.name()));
    Value::Object(map)
}

/// Block style for what contains something, flow style for the rest.
fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    // Writing into a String cannot fail.
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if nested(value) {
                    let _ = writeln!(text, "{indent}{key}:");
                    write(text, value, depth + 1);
                } else {
                    let _ = writeln!(text, "{indent}{key}: {value}");
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                write(&mut inner, item, depth + 1);
                // The first key stands beside the dash.
                let _ = writeln!(text, "{indent}- {}", inner.trim());
            }
        }
        scalar => {
            let _ = writeln!(text, "{indent}{scalar}");
        }
    }
}

fn nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => items.iter().any(nested),
        _ => false,
    }
}
