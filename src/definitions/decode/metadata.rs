//! `metadata`: name, display name, labels, annotations.

use std::collections::BTreeMap;

use crate::fields::{Entry, Fields, Located, string};
use crate::findings::{Finding, Findings};
use crate::node::Value;
use crate::raw::Meta;

impl Meta {
    /// Of an object that gave none.
    pub(crate) fn nameless() -> Self {
        Self { name: None, display_name: None, labels: BTreeMap::new(), annotations: Vec::new() }
    }
}

/// Reads `metadata`. The name of an inline object is optional.
pub(super) fn metadata(entry: Entry<'_>, named: bool, findings: &mut Findings) -> Option<Meta> {
    let mut fields = Fields::of(entry, "metadata", findings)?;
    let name = if named { fields.required("name", "name: my-name") } else { fields.get("name") };
    let name =
        name.and_then(|name| string(name, "`name`", findings)).filter(|name| check_name(name, findings));
    let display_name = fields
        .get("displayName")
        .and_then(|name| string(name, "`displayName`", findings))
        .map(|name| name.value);
    let labels = fields.get("labels").map(|labels| labels_of(labels, findings)).unwrap_or_default();
    let annotations = fields
        .get("annotations")
        .map(|annotations| annotations_of(annotations, findings))
        .unwrap_or_default();
    fields.finish(findings);
    Some(Meta { name, display_name, labels, annotations })
}

/// Whether a name can be used. One that only departs from RFC 1123 is a warning: `OpenSLO`'s own examples do.
fn check_name(name: &Located<String>, findings: &mut Findings) -> bool {
    const LONGEST: usize = 255;
    let text = name.value.as_str();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.|/\\".contains(character);
    let suggestion = rfc1123(text);
    let help = if suggestion.is_empty() {
        "write lower-case letters, digits and `-`".to_owned()
    } else {
        format!("write `{suggestion}`: lower-case letters, digits and `-`, at most 63 characters")
    };
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(allowed) {
        let message = match text.chars().find(|character| !allowed(*character)) {
            Some(' ') => "a name has no blanks".to_owned(),
            Some(character) => format!("a name has no `{}`", character.escape_debug()),
            None if text.is_empty() => "the name is empty".to_owned(),
            None => format!("the name is longer than {LONGEST} characters"),
        };
        findings.add(Finding::error("bad-name", name.span, message).help(help));
        return false;
    }
    let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    let upper =
        text.len() > 63 || text.chars().any(|character| character.is_ascii_uppercase() || character == '_');
    if upper || !edge(text.chars().next()) || !edge(text.chars().next_back()) {
        findings.add(
            Finding::warning("bad-name", name.span, format!("`{text}` is not a valid RFC 1123 name"))
                .help(help),
        );
    }
    true
}

/// The nearest name that follows RFC 1123.
fn rfc1123(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    name.truncate(63);
    name.trim_end_matches('-').to_owned()
}

fn labels_of(entry: Entry<'_>, findings: &mut Findings) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (key, value) in pairs(entry, "labels", findings) {
        if !is_key(&key.value) {
            findings.add(
                Finding::warning("bad-label", key.span, format!("`{}` is not a valid label key", key.value)).help(
                    "write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
                ),
            );
        }
        let values = match &value.node.value {
            Value::List(items) => items
                .iter()
                .filter_map(|item| {
                    string(Entry { head: value.head, node: item }, "a label's value", findings)
                })
                .map(|value| value.value)
                .collect(),
            Value::Null => vec![String::new()],
            Value::Scalar(_) | Value::Map(_) => {
                string(value, "a label's value", findings).into_iter().map(|value| value.value).collect()
            }
        };
        labels.insert(key.value, values.join(","));
    }
    labels
}

fn annotations_of(entry: Entry<'_>, findings: &mut Findings) -> Vec<(Located<String>, Located<String>)> {
    pairs(entry, "annotations", findings)
        .into_iter()
        .filter_map(|(key, value)| {
            let value = match &value.node.value {
                Value::Null => Located::new(String::new(), value.head),
                Value::Scalar(_) | Value::List(_) | Value::Map(_) => {
                    string(value, "an annotation's value", findings)?
                }
            };
            Some((key, value))
        })
        .collect()
}

/// The entries of a mapping with free keys.
fn pairs<'a>(
    entry: Entry<'a>,
    what: &'static str,
    findings: &mut Findings,
) -> Vec<(Located<String>, Entry<'a>)> {
    if Fields::of(entry, what, findings).is_none() {
        return Vec::new();
    }
    let Value::Map(entries) = &entry.node.value else { return Vec::new() };
    entries
        .iter()
        .filter_map(|(key, node)| {
            Some((Located::new(key.text()?.to_owned(), key.span), Entry { head: key.span, node }))
        })
        .collect()
}

/// A label's key: an optional prefix and a name.
fn is_key(key: &str) -> bool {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    name.len() <= 63
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}
