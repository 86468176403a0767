//! Takes a mapping apart key by key and notes what is wrong: keys that come twice, are unknown or missing, and values
//! of a wrong type. Reading goes on after each finding.

use std::collections::HashMap;

use super::findings::{Finding, Findings};
use super::node::{Node, Style, Text, Value, boolean, number};
use super::source::Span;
use slo_model::alert::Priority;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

impl<T> Located<T> {
    pub(super) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// What was found under a key: nothing, something that is no good and was noted, or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field<T> {
    Absent,
    Wrong(Span),
    Is(Located<T>),
}

impl<T> Field<T> {
    /// The value, if there is a good one.
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Is(located) => Some(&located.value),
            Self::Absent | Self::Wrong(_) => None,
        }
    }

    /// Where it stands, good or not.
    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Self::Absent => None,
            Self::Wrong(span) => Some(*span),
            Self::Is(located) => Some(located.span),
        }
    }
}

/// A value in a mapping or a list, with the place to show when something is missing in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) head: Span,
    pub(super) node: &'a Node,
}

impl<'a> Entry<'a> {
    /// An item of a list, or a document: shown by its first key.
    pub(super) fn item(node: &'a Node) -> Self {
        let head = match &node.value {
            Value::Map(entries) => entries.first().map_or(node.span, |(key, _)| key.span),
            Value::Null | Value::Scalar(_) | Value::List(_) => node.span,
        };
        Self { head, node }
    }
}

/// A mapping that is being taken apart.
pub(super) struct Fields<'a> {
    entries: &'a [(Node, Node)],
    head: Span,
    what: &'static str,
    known: Vec<&'static str>,
    /// Required keys that were not found, and what to say. A misspelt key explains its own absence.
    missing: Vec<(&'static str, Finding)>,
}

impl<'a> Fields<'a> {
    /// The mapping, or a finding that it is none. `what` names it in messages, e.g. `metadata`.
    pub(super) fn of(entry: Entry<'a>, what: &'static str, findings: &mut Findings) -> Option<Self> {
        let Value::Map(entries) = &entry.node.value else {
            findings.add(wrong_type(entry, what, "a mapping"));
            return None;
        };
        let mut first = HashMap::new();
        for (key, _) in entries {
            let Some(name) = key.text() else {
                findings.add(Finding::error("wrong-type", key.span, format!("a key of {what} must be text")));
                continue;
            };
            if let Some(earlier) = first.get(name) {
                findings.add(
                    Finding::error("duplicate-key", key.span, format!("`{name}` stands twice in {what}"))
                        .help("remove one of the two")
                        .related(*earlier, "it stands here first"),
                );
            } else {
                first.insert(name, key.span);
            }
        }
        Some(Self { entries, head: entry.head, what, known: Vec::new(), missing: Vec::new() })
    }

    /// Where to point when something is missing.
    pub(super) fn head(&self) -> Span {
        self.head
    }

    /// The value of a key; one that is empty counts as absent.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(name, node)| Entry { head: name.span, node })
            .filter(|entry| entry.node.value != Value::Null)
    }

    /// The value of a key. If it is missing, [`Fields::finish`] says so; `example` shows what to write.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Option<Entry<'a>> {
        let found = self.get(key);
        if found.is_none() {
            let empty = self.entries.iter().find(|(name, _)| name.text() == Some(key));
            let (span, problem) = empty.map_or((self.head, "missing"), |(name, _)| (name.span, "empty"));
            let message = format!("`{key}` of {} is {problem}", self.what);
            let finding = Finding::error("missing-field", span, message).help(format!("write `{example}`"));
            self.missing.push((key, finding));
        }
        found
    }

    /// Ends the reading: every key that nobody asked for is a finding. Returns the keys that those were probably meant
    /// to be; nothing more needs to be said about their absence.
    pub(super) fn finish(self, findings: &mut Findings) -> Vec<&'static str> {
        let mut meant = Vec::new();
        for (key, _) in self.entries {
            let Some(name) = key.text().filter(|name| !self.known.contains(name)) else { continue };
            let near = findings.suggest(name, self.known.iter().copied());
            let near = near.and_then(|near| self.known.iter().find(|known| **known == near).copied());
            meant.extend(near);
            let help = near.map_or_else(
                || format!("{} has {}", self.what, list(&self.known)),
                |near| format!("did you mean `{near}`?"),
            );
            findings.add(
                Finding::error("unknown-key", key.span, format!("`{name}` is not a key of {}", self.what))
                    .help(help),
            );
        }
        for (key, finding) in self.missing {
            if !meant.contains(&key) {
                findings.add(finding);
            }
        }
        meant
    }
}

fn wrong_type(entry: Entry<'_>, what: &str, wanted: &str) -> Finding {
    let message = format!("{what} must be {wanted}, and this is {}", entry.node.kind());
    let span = match &entry.node.value {
        // A collection has no short text of its own to point at.
        Value::List(_) | Value::Map(_) | Value::Null => entry.head,
        Value::Scalar(_) => entry.node.span,
    };
    Finding::error("wrong-type", span, message)
}

/// Names in quotes, with commas; the first ten.
pub(super) fn list(names: &[&str]) -> String {
    const MOST: usize = 10;
    let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    format!("{}{more}", quoted.join(", "))
}

/// A scalar as text. A number or a boolean is taken as it is written.
pub(super) fn text<'a>(entry: Entry<'a>, what: &str, findings: &mut Findings) -> Option<&'a Text> {
    if let Value::Scalar(text) = &entry.node.value {
        return Some(text);
    }
    findings.add(wrong_type(entry, what, "text"));
    None
}

/// A scalar as a string and its place.
pub(super) fn string(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<Located<String>> {
    text(entry, what, findings).map(|text| Located::new(text.value.clone(), text.span))
}

/// Reads what stands under a key, if there is something, and tells absent from wrong.
pub(super) fn field<'a, T>(
    entry: Option<Entry<'a>>,
    read: impl FnOnce(Entry<'a>) -> Option<Located<T>>,
) -> Field<T> {
    match entry {
        None => Field::Absent,
        Some(entry) => read(entry).map_or(Field::Wrong(entry.node.span), Field::Is),
    }
}

/// A finite number.
pub(super) fn float(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<Located<f64>> {
    let mut help = None;
    if let Value::Scalar(text) = &entry.node.value {
        if let Some(value) = number(&text.value).filter(|_| text.style == Style::Plain) {
            return Some(Located::new(value, text.span));
        }
        let bare = text.value.trim().trim_end_matches('%').trim();
        if bare.len() < text.value.trim().len() && number(bare).is_some() {
            help = Some(format!("write the number without `%`: {bare}"));
        } else if number(&text.value).is_some() {
            help = Some(format!("remove the quotes: {}", text.value));
        } else if number(&text.value.replace(',', ".")).is_some() {
            help = Some(format!("write a decimal point: {}", text.value.replace(',', ".")));
        }
    }
    findings.add(wrong_type(entry, what, "a number").help_if(help));
    None
}

/// `true` or `false`.
pub(super) fn truth(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<Located<bool>> {
    if let Value::Scalar(text) = &entry.node.value
        && let Some(value) = boolean(&text.value).filter(|_| text.style == Style::Plain)
    {
        return Some(Located::new(value, text.span));
    }
    findings.add(wrong_type(entry, what, "true or false").help("write `true` or `false`, without quotes"));
    None
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    entry: Entry<'_>,
    what: &str,
    choices: &[(&'static str, T)],
    findings: &mut Findings,
) -> Option<Located<T>> {
    let text = text(entry, what, findings)?;
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.value) {
        return Some(Located::new(*value, text.span));
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let help = match findings.suggest(&text.value, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of {}", list(&words)),
    };
    findings.add(
        Finding::error("unknown-value", text.span, format!("`{}` is not a valid {what}", text.value))
            .help(help),
    );
    None
}

/// A priority by its name.
pub(super) fn priority(entry: Entry<'_>, findings: &mut Findings) -> Option<Located<Priority>> {
    choice(entry, "priority", &Priority::ALL.map(|priority| (priority.as_str(), priority)), findings)
}

/// The items of a list.
pub(super) fn items<'a>(entry: Entry<'a>, what: &str, findings: &mut Findings) -> Vec<Entry<'a>> {
    let Value::List(items) = &entry.node.value else {
        let help = matches!(entry.node.value, Value::Map(_)).then(|| "start it with `- `".to_owned());
        findings.add(wrong_type(entry, what, "a list").help_if(help));
        return Vec::new();
    };
    items.iter().map(Entry::item).collect()
}
