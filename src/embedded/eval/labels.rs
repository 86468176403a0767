//! `label_replace` and `label_join`.

use std::sync::Arc;

use regex::Regex;

use super::Failure;
use super::plan::Node;
use super::value::{Row, merge};
use slo_core::labels::Labels;

/// `label_replace(v, dst, replacement, src, regex)`: where the whole of `src` matches, `dst` is set.
pub(super) fn replace(rows: Vec<Row>, arguments: &[Node]) -> Result<Vec<Row>, Failure> {
    let target = text(arguments, 1)?;
    let replacement = text(arguments, 2)?;
    let source = text(arguments, 3)?;
    let pattern = text(arguments, 4)?;
    let regex = Regex::new(&format!("^(?s:{pattern})$")).map_err(|_| {
        Failure::Execution(format!("invalid regular expression in label_replace(): {pattern}"))
    })?;
    check_name(target, "destination label name in label_replace()")?;
    relabel(rows, |labels| {
        let value = regex.captures(labels.get(source)).map(|captures| {
            let mut value = String::new();
            captures.expand(replacement, &mut value);
            value
        });
        value.map(|value| with(labels, target, value))
    })
}

/// `label_join(v, dst, separator, src, …)`.
pub(super) fn join(rows: Vec<Row>, arguments: &[Node]) -> Result<Vec<Row>, Failure> {
    let target = text(arguments, 1)?;
    let separator = text(arguments, 2)?;
    let sources = (3..arguments.len()).map(|place| text(arguments, place)).collect::<Result<Vec<_>, _>>()?;
    check_name(target, "destination label name in label_join()")?;
    for source in &sources {
        check_name(source, "source label name in label_join()")?;
    }
    relabel(rows, |labels| {
        let values: Vec<&str> = sources.iter().map(|source| labels.get(source)).collect();
        Some(with(labels, target, values.join(separator)))
    })
}

fn with(labels: &Labels, name: &str, value: String) -> Labels {
    let mut labels = labels.clone();
    labels.set(name, value);
    labels
}

fn relabel(mut rows: Vec<Row>, change: impl Fn(&Labels) -> Option<Labels>) -> Result<Vec<Row>, Failure> {
    for row in &mut rows {
        if let Some(labels) = change(&row.labels) {
            row.labels = Arc::new(labels);
        }
    }
    merge(rows)
}

fn text(arguments: &[Node], place: usize) -> Result<&str, Failure> {
    match arguments.get(place) {
        Some(Node::Text(text)) => Ok(text),
        _ => Err(Failure::Execution(format!("argument {} must be a string", place + 1))),
    }
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`
pub(super) fn check_name(name: &str, what: &str) -> Result<(), Failure> {
    let valid = |(place, byte): (usize, u8)| {
        byte.is_ascii_alphabetic() || byte == b'_' || (place > 0 && byte.is_ascii_digit())
    };
    if name.is_empty() || !name.bytes().enumerate().all(valid) {
        return Err(Failure::Execution(format!("invalid {what}: {name}")));
    }
    Ok(())
}
