//! Collects what is wrong while files are read, so that everything is told at once.

use super::diagnostic::{Diagnostic, Place, Related, Severity};
use super::source::{Sources, Span};
use slo_core::suggest::closest;

/// Most findings that are told about one file; the rest is counted.
const MOST_PER_FILE: usize = 100;
/// After so many findings, what was meant is not guessed any more.
const MOST_SUGGESTED: usize = 1000;
/// Longest line that is told whole, in characters, and how many stand before the place in one that is cropped.
const LONGEST_LINE: usize = 400;
const BEFORE: usize = 80;

/// A finding that still points into the texts.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    severity: Severity,
    code: &'static str,
    span: Span,
    message: String,
    help: Option<String>,
    related: Vec<(Span, String)>,
}

impl Finding {
    fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity, code, span, message: message.into(), help: None, related: Vec::new() }
    }

    /// An error.
    pub(super) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A warning.
    pub(super) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// What would be right.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What would be right, if anything is known.
    pub(super) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Another place.
    pub(super) fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push((span, message.into()));
        self
    }
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    errors: usize,
}

impl Findings {
    /// Adds a finding.
    pub(super) fn add(&mut self, finding: Finding) {
        self.errors += usize::from(finding.severity == Severity::Error);
        self.list.push(finding);
    }

    /// Adds what was found elsewhere.
    pub(super) fn absorb(&mut self, other: Self) {
        self.errors += other.errors;
        self.list.extend(other.list);
    }

    /// How many errors there are, to see whether something added any.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// The known word nearest to one that is not known. Among very many findings nobody needs it, and comparing all
    /// names with all names would take long.
    pub(super) fn suggest<'a>(
        &self,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.list.len() > MOST_SUGGESTED { None } else { closest(word, known) }
    }

    /// The findings in order of file and place, with lines and columns. Of a file with very many, the first ones and
    /// how many more there are.
    pub(super) fn finish(mut self, sources: &Sources) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)));
        self.list.dedup_by(|a, b| (a.span, a.code, &a.message) == (b.span, b.code, &b.message));
        let mut told = Vec::new();
        for findings in self.list.chunk_by(|a, b| a.span.file == b.span.file) {
            let (shown, rest) = findings.split_at(findings.len().min(MOST_PER_FILE));
            told.extend(shown.iter().map(|finding| diagnostic(finding, sources)));
            if let Some(first) = rest.first() {
                let severity = rest.iter().map(|finding| finding.severity).min().unwrap_or(first.severity);
                let message = format!("{} more findings in this file are not shown", rest.len());
                let finding = Finding::new(severity, "more", first.span, message);
                told.push(diagnostic(&finding.help("mend the ones before, then look again"), sources));
            }
        }
        told
    }
}

fn diagnostic(finding: &Finding, sources: &Sources) -> Diagnostic {
    let related = finding
        .related
        .iter()
        .map(|(span, message)| Related { message: message.clone(), place: place(*span, sources) })
        .collect();
    Diagnostic {
        severity: finding.severity,
        code: finding.code,
        message: finding.message.clone(),
        help: finding.help.clone(),
        place: place(finding.span, sources),
        related,
    }
}

/// Lines and columns of a span.
pub(super) fn place(span: Span, sources: &Sources) -> Place {
    let whole_file = |name: &str| Place {
        file: name.to_owned(),
        line: 1,
        column: 1,
        end_column: 2,
        source_line: None,
        cropped: 0,
    };
    let Some(file) = sources.get(span.file) else {
        return whole_file("");
    };
    if file.unread || file.text.is_empty() {
        return whole_file(&file.name);
    }
    let (line, column) = file.position(span.start);
    let text = file.line(line);
    let length = text.chars().count();
    let inside = file.text.get(span.start..span.end).unwrap_or_default();
    let width = inside.lines().next().unwrap_or_default().trim_end().chars().count();
    let cropped = if length > LONGEST_LINE { column.saturating_sub(BEFORE + 1) } else { 0 };
    Place {
        file: file.name.clone(),
        line,
        column,
        end_column: (column + width).min(length + 1).max(column + 1),
        source_line: Some(text.chars().skip(cropped).take(LONGEST_LINE).collect()),
        cropped,
    }
}
