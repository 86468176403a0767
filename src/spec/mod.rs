//! Shim until the spec branch is merged.
use std::path::PathBuf;
/// Shim.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// E.
    Error,
    /// W.
    Warning,
}
/// Shim.
pub struct Diagnostic {
    /// S.
    pub severity: Severity,
}
/// Shim.
pub struct Loaded {
    /// S.
    pub slos: Vec<crate::slo::Slo>,
    /// S.
    pub diagnostics: Vec<Diagnostic>,
}
/// Shim.
pub fn load(_paths: &[PathBuf]) -> Loaded {
    Loaded { slos: Vec::new(), diagnostics: Vec::new() }
}
/// Shim.
pub fn render(_d: &Diagnostic) -> String {
    String::new()
}
