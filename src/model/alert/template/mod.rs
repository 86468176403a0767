//! Go's text templates as far as Prometheus' rule files use them: `{{ $labels.x }}`, `{{ $value | humanize }}`,
//! `{{ if }}`, `{{ range }}`, `{{ with }}`, variables and the functions below. An evaluator of our own: gtmpl 0.7.1 (tried; its last
//! release is of 2021) writes 1e6 as `1000000` where Go writes `1e+06`, refuses `%.2f` and `%.4g`, and bounds neither
//! steps nor output. What is not
//! supported (`query` and what belongs to it, `define`, `template`) is an error when the template is read, not when it
//! is needed at night. Everything is bounded: length, nesting, steps, output.

mod eval;
mod functions;
mod humanize;
mod lex;
mod number;
mod parse;
mod printf;
mod value;

use std::collections::BTreeMap;

use slo_core::labels::Labels;

/// Longest template, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why a template cannot be read or expanded; one line, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The byte of the template at which it is.
    pub at: usize,
}

impl TemplateError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }
}

/// A template that can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    text: String,
    nodes: Vec<parse::Node>,
}

/// What a template is about.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// `$labels`
    pub labels: &'a Labels,
    /// `$externalLabels`
    pub external_labels: &'a Labels,
    /// `$externalURL`
    pub external_url: &'a str,
    /// `$value`
    pub value: f64,
}

impl Template {
    /// Reads a template.
    pub fn new(text: &str) -> Result<Self, TemplateError> {
        if text.len() > LONGEST {
            return Err(TemplateError::new(LONGEST, format!("the template is longer than {LONGEST} bytes")));
        }
        Ok(Self { text: text.to_owned(), nodes: parse::parse(text)? })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Expands it.
    pub fn expand(&self, data: &Data<'_>) -> Result<String, TemplateError> {
        let map = |labels: &Labels| -> value::Value {
            let pairs: BTreeMap<String, String> =
                labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            value::Value::Map(pairs)
        };
        let root = value::Root {
            labels: map(data.labels),
            external_labels: map(data.external_labels),
            external_url: data.external_url.to_owned(),
            value: data.value,
        };
        eval::run(&self.nodes, &root)
    }

    /// Expands it; where that fails, a text that says so, as Prometheus does: an alert with a broken annotation is
    /// better than none.
    pub fn expand_or_say(&self, data: &Data<'_>) -> String {
        self.expand(data).unwrap_or_else(|error| format!("<error expanding template: {error}>"))
    }
}

/// Seconds for people: `1h 30m 0s`, `12.5s`, `3ms`.
pub fn humanize_duration(seconds: f64) -> String {
    humanize::duration(seconds)
}

/// A number as Go's `%.4g` writes it, for texts that stand beside templates' own.
pub fn four_digits(number: f64) -> String {
    number::general(number, Some(4))
}

/// A number with six digits at most: a target such as 99.9995 needs them.
pub fn six_digits(number: f64) -> String {
    number::general(number, Some(6))
}

#[cfg(test)]
mod tests;
