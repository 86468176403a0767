//! The fields of JSON as paths with types, e.g. `slos[].budget.allowed number`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Objects whose field names are data; shown as `*`.
const MAPS: [&str; 6] =
    ["labels", "annotations", "group", "groupLabels", "commonLabels", "commonAnnotations"];

/// A line for each path in `value`, with all types that occur there.
pub(super) fn of(value: &Value) -> String {
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    let lines = found.into_iter().map(|(path, types)| {
        let types: Vec<&str> = types.into_iter().collect();
        format!("  {} {}\n", if path.is_empty() { "." } else { &path }, types.join("|"))
    });
    lines.collect()
}

fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                walk(&format!("{path}[]"), item, found);
            }
            "list"
        }
        Value::Object(fields) => {
            let map = MAPS.iter().any(|map| path == *map || path.ends_with(&format!(".{map}")));
            for (name, field) in fields {
                let name = if map { "*" } else { name };
                let dot = if path.is_empty() { "" } else { "." };
                walk(&format!("{path}{dot}{name}"), field, found);
            }
            "object"
        }
    };
    found.entry(path.to_owned()).or_default().insert(kind);
}

#[test]
fn a_path_has_all_types_that_occur() {
    let value = serde_json::json!({"a": [{"b": 1}, {"b": null, "labels": {"x": "y"}}]});
    let lines = "  . object\n  a list\n  a[] object\n  a[].b null|number\n  a[].labels object\n  a[].labels.* string\n";
    assert_eq!(of(&value), lines);
}
