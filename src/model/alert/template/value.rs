//! Values of templates.

use std::collections::BTreeMap;

use super::number;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// Labels.
    Map(BTreeMap<String, String>),
    /// The dot at the beginning; its fields are in [`Root`].
    Root,
}

/// What a template starts from.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) labels: Value,
    pub(super) external_labels: Value,
    pub(super) external_url: String,
    pub(super) value: f64,
}

impl Value {
    /// Go's truth: not empty, not zero.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Int(int) => *int != 0,
            Self::Float(float) => *float != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Root => true,
        }
    }

    /// Go's name of its type, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Map(_) => "map[string]string",
            Self::Root => "struct",
        }
    }

    /// As `%v` writes it.
    pub(super) fn show(&self) -> String {
        match self {
            Self::Nil => "<no value>".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Int(int) => int.to_string(),
            Self::Float(float) => number::shortest(*float),
            Self::Text(text) => text.clone(),
            Self::Map(map) => {
                let pairs: Vec<String> = map.iter().map(|(name, value)| format!("{name}:{value}")).collect();
                format!("map[{}]", pairs.join(" "))
            }
            Self::Root => "{}".to_owned(),
        }
    }

    /// As a number, for the functions that take numbers and texts that are numbers.
    pub(super) fn number(&self) -> Result<f64, String> {
        match self {
            Self::Float(float) => Ok(*float),
            Self::Int(int) => Ok(*int as f64),
            Self::Text(text) => number::parse(text).ok_or_else(|| format!("{text:?} is not a number")),
            Self::Nil | Self::Bool(_) | Self::Map(_) | Self::Root => {
                Err(format!("a {} is not a number", self.kind()))
            }
        }
    }
}
