//! `kind: Service` and `DataSource`.

use serde_json::{Map, Number, Value as Json};

use super::description;
use crate::fields::{Entry, Fields, string};
use crate::findings::Findings;
use crate::node::{Node, Style, Text, Value, boolean, number};
use crate::raw::SourceBody;

/// Reads the optional `spec` of a service: its description.
pub(super) fn service(entry: Option<Entry<'_>>, findings: &mut Findings) -> String {
    let Some(mut fields) = entry.and_then(|entry| Fields::of(entry, "the Service", findings)) else {
        return String::new();
    };
    let description = description(&mut fields, findings);
    fields.finish(findings);
    description
}

/// Reads the `spec` of a data source. Its connection details are free.
pub(super) fn data_source(entry: Entry<'_>, findings: &mut Findings) -> Option<SourceBody> {
    let mut fields = Fields::of(entry, "the DataSource", findings)?;
    let description = description(&mut fields, findings);
    let kind = fields.required("type", "type: Prometheus");
    let kind = kind.and_then(|entry| string(entry, "`type`", findings));
    let connection = fields.get("connectionDetails");
    fields.finish(findings);
    // "Everything that is valid YAML can be put here"; OpenSLO's own examples have a list of mappings.
    if let Some(entry) = connection.filter(|entry| matches!(entry.node.value, Value::Map(_))) {
        // The findings of keys that come twice.
        let _ = Fields::of(entry, "connectionDetails", findings);
    }
    let connection = connection.map(|entry| match json(entry.node) {
        Json::Object(map) => map,
        Json::Array(items) => items.into_iter().fold(Map::new(), |mut all, item| {
            if let Json::Object(map) = item {
                for (key, value) in map {
                    all.entry(key).or_insert(value);
                }
            }
            all
        }),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Map::new(),
    });
    Some(SourceBody { description, kind, connection: connection.unwrap_or_default() })
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(text) => json_scalar(text),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(entries) => Json::Object(entries.iter().fold(Map::new(), |mut map, (key, value)| {
            if let Some(key) = key.text() {
                map.entry(key).or_insert_with(|| json(value));
            }
            map
        })),
    }
}

fn json_scalar(text: &Text) -> Json {
    if text.style == Style::Plain {
        if let Some(value) = boolean(&text.value) {
            return Json::Bool(value);
        }
        if let Ok(value) = text.value.parse::<i64>() {
            return Json::Number(value.into());
        }
        if let Some(value) = number(&text.value).and_then(Number::from_f64) {
            return Json::Number(value);
        }
    }
    Json::String(text.value.clone())
}
