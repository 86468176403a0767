//! Files that have errors: which they are, and what a person is told of them. Whoever reads a folder goes on with the
//! others.

use std::fmt;
use std::path::Path;

use slo_core::text::counted;

use super::diagnostic::{Diagnostic, Severity};

/// A file of definitions or rules, or a folder, that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenFile {
    /// Its name as it was given, or as it was found below a folder that was given.
    pub file: String,
    /// Its first error, with its line if it has one.
    pub error: String,
    /// How many errors it has.
    pub errors: usize,
    /// What it said when it was read last without an error stays in force.
    pub kept: bool,
}

impl BrokenFile {
    /// The files that have errors, each once, in the order of the findings. Nothing is kept of them yet.
    pub fn among<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Self> {
        let mut broken: Vec<Self> = Vec::new();
        for finding in findings.into_iter().filter(|finding| finding.severity == Severity::Error) {
            let place = &finding.place;
            if let Some(known) = broken.iter_mut().find(|known| known.file == place.file) {
                known.errors += 1;
                continue;
            }
            let at = place.source_line.as_ref().map(|_| format!("line {}: ", place.line)).unwrap_or_default();
            let error = format!("{at}{}", finding.message);
            broken.push(Self { file: place.file.clone(), error, errors: 1, kept: false });
        }
        broken
    }

    /// Whether what stands in `file` is lost with this: it is the file itself, or a folder that cannot be read.
    pub fn holds(&self, file: &str) -> bool {
        Path::new(file).starts_with(&self.file)
    }
}

/// Its first error, how many more there are, and what became of what it defines; without its name.
impl fmt::Display for BrokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)?;
        if self.errors > 1 {
            write!(f, " (and {})", counted(self.errors - 1, "more error"))?;
        }
        f.write_str(if self.kept {
            "; its last good version stays in force"
        } else {
            "; what has an error in it is not watched"
        })
    }
}
