//! What is found wrong in definitions, for people and for editors.

use serde::Serialize;

/// Whether a finding makes the definitions unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definitions cannot be used as they are.
    Error,
    /// They can, but probably do not mean what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name as it was given, or as it was found below a folder that was given.
    pub file: String,
    /// The line it starts on; 1 when the finding is about the whole file.
    pub line: usize,
    /// The column it starts at; 1 when the finding is about the whole file.
    pub column: usize,
    /// The column after its last character on the same line; at least `column + 1`.
    pub end_column: usize,
    /// The line itself, or the part of a very long one that holds the place; `None` when the finding is about the
    /// whole file.
    pub source_line: Option<String>,
    /// How many characters of the line stand before `source_line`; 0 unless the line is very long.
    #[serde(skip)]
    pub(super) cropped: usize,
}

/// Another place that a finding is about, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// What is there, e.g. `first defined here`.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A short name of the kind of finding that stays the same between versions, e.g. `target-range`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Other places it is about, e.g. the first of two definitions.
    pub related: Vec<Related>,
}
