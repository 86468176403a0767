//! `slo validate`: every finding in the definitions and in the Prometheus rule files beside them, for people or for
//! editors.

use std::path::PathBuf;

use slo_core::text::counted;
use slo_definitions::{Diagnostic, Severity};

/// How the findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ValidateFormat {
    /// For people: each finding with its line and a caret, and a summary.
    #[default]
    Text,
    /// For editors: a JSON array of findings.
    Json,
}

/// What was read and what is wrong in it.
struct Checked {
    files: usize,
    objectives: usize,
    rules: usize,
    findings: Vec<Diagnostic>,
}

/// Checks what the engine would read at `paths` and returns what to print and the exit status: 1 when there is an error, 0
/// when there are only warnings or nothing.
pub fn run(paths: &[PathBuf], format: ValidateFormat) -> (String, u8) {
    let checked = check(paths);
    let text = match format {
        ValidateFormat::Text => text(&checked),
        ValidateFormat::Json => json(&checked.findings),
    };
    (text, u8::from(checked.of(Severity::Error) > 0))
}

fn check(paths: &[PathBuf]) -> Checked {
    let (loaded, rules) = (slo_definitions::load(paths), slo_definitions::load_rule_files(paths));
    let mut findings = loaded.diagnostics;
    // A file that cannot be read is found by both.
    let more: Vec<_> = rules.diagnostics.into_iter().filter(|finding| !findings.contains(finding)).collect();
    findings.extend(more);
    Checked {
        files: loaded.files.len() + rules.files,
        objectives: loaded.slos.len(),
        rules: rules.groups.iter().map(|group| group.rules.len()).sum(),
        findings,
    }
}

impl Checked {
    fn of(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

fn text(checked: &Checked) -> String {
    let mut text = String::new();
    for finding in &checked.findings {
        text.push_str(&slo_definitions::render(finding));
        text.push('\n');
    }
    text.push_str(&summary(checked));
    text.push('\n');
    text
}

/// One line: how many files, objectives, rules, errors and warnings.
fn summary(checked: &Checked) -> String {
    let mut parts = vec![counted(checked.files, "file"), counted(checked.objectives, "objective")];
    if checked.rules > 0 {
        parts.push(counted(checked.rules, "rule"));
    }
    for severity in [Severity::Error, Severity::Warning] {
        parts.push(counted(checked.of(severity), severity.as_str()));
    }
    parts.join(", ")
}

fn json(findings: &[Diagnostic]) -> String {
    // A list of texts and numbers is always JSON.
    let mut text = serde_json::to_string_pretty(findings).unwrap_or_else(|_| "[]".to_owned());
    text.push('\n');
    text
}
