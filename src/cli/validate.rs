//! `slo validate`: every finding in the definitions, for people or for editors.

use std::path::PathBuf;

use crate::spec::{self, Loaded, Severity};

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ValidateFormat {
    /// For people: each finding with its line and a caret, and a summary.
    #[default]
    Text,
    /// For editors: a JSON array of findings.
    Json,
}

/// Checks the definitions at `paths` and returns what to print and the exit status: 1 when there is an error, 0 when
/// there are only warnings or nothing at all.
pub fn run(paths: &[PathBuf], format: ValidateFormat) -> (String, u8) {
    let loaded = spec::load(paths);
    let text = match format {
        ValidateFormat::Text => text(&loaded),
        ValidateFormat::Json => json(&loaded),
    };
    (text, u8::from(loaded.errors() > 0))
}

fn text(loaded: &Loaded) -> String {
    let mut text = String::new();
    for diagnostic in &loaded.diagnostics {
        text.push_str(&spec::render(diagnostic));
        text.push('\n');
    }
    text.push_str(&summary(loaded));
    text.push('\n');
    text
}

/// One line: how many files, objectives, errors and warnings.
fn summary(loaded: &Loaded) -> String {
    let count = |number: usize, what: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {what}{plural}")
    };
    format!(
        "{}, {}, {}, {}",
        count(loaded.files.len(), "file"),
        count(loaded.slos.len(), "objective"),
        count(loaded.errors(), Severity::Error.as_str()),
        count(loaded.warnings(), Severity::Warning.as_str())
    )
}

fn json(loaded: &Loaded) -> String {
    // A list of texts and numbers is always JSON.
    let mut text = serde_json::to_string_pretty(&loaded.diagnostics).unwrap_or_else(|_| "[]".to_owned());
    text.push('\n');
    text
}
