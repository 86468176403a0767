//! Files that say what fires: the burn-rate policy, and Prometheus' rule files. Read with the same machinery as
//! definitions, so that everything wrong is told at once, with its place.

mod burn;
mod rules;

use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Severity};
use super::fields::{Entry, Located, string};
use super::files::Files;
use super::findings::{Finding, Findings};
use super::source::Sources;
use super::yaml;
use slo_core::duration::parse;
use slo_core::time;
use slo_model::alert::burn::Policy;
use slo_model::alert::rule::RuleGroup;

/// A burn-rate policy as it was read.
#[derive(Debug, Clone, Default)]
pub struct BurnFile {
    /// The policy; `None` when an error is among the findings.
    pub policy: Option<Policy>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Prometheus rule files as they were read.
#[derive(Debug, Clone, Default)]
pub struct RuleFiles {
    /// The groups, in order of their files; rules with an error in them are left out.
    pub groups: Vec<RuleGroup>,
    /// How many files there are.
    pub files: usize,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
}

impl RuleFiles {
    /// How many findings make the files unusable.
    pub fn errors(&self) -> usize {
        errors(&self.diagnostics)
    }
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// Reads a burn-rate policy from a file.
pub fn load_burn_policy(path: &Path) -> BurnFile {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let file = Files::new(&mut sources, &mut findings).read(path);
    burn_file(file, &sources, findings)
}

/// Reads a burn-rate policy from a text, as if it were the file `name`.
pub fn burn_policy_str(name: &str, text: &str) -> BurnFile {
    let mut sources = Sources::default();
    let file = sources.add(name.to_owned(), text.to_owned());
    burn_file(Some(file), &sources, Findings::default())
}

fn burn_file(file: Option<usize>, sources: &Sources, mut findings: Findings) -> BurnFile {
    let what = "the burn-rate policy";
    let one = file.and_then(|file| yaml::only_document(file, sources, what, "tiers:", &mut findings));
    let policy = one.and_then(|one| burn::policy(Entry::item(&one), &mut findings));
    let policy = policy.filter(|_| findings.errors() == 0);
    BurnFile { policy, diagnostics: findings.finish(sources) }
}

/// Reads Prometheus rule files: the files that are named, and those in folders that are named, which have `groups` at the
/// top. The others are definitions and are left to [`super::load`].
pub fn load_rule_files(paths: &[PathBuf]) -> RuleFiles {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let mut files = Files::new(&mut sources, &mut findings);
    let found = files.find(paths);
    let read: Vec<usize> = found.into_iter().filter_map(|found| files.read(&found.path)).collect();
    let (mut groups, mut count) = (Vec::new(), 0);
    for file in read {
        // What is no rule file has its findings told by whoever reads it.
        let mut own = Findings::default();
        if let Some(read) = rule_file(file, false, &sources, &mut own) {
            groups.extend(read);
            count += 1;
            findings.absorb(own);
        }
    }
    RuleFiles { groups, files: count, diagnostics: findings.finish(&sources) }
}

/// Reads one text as if it were the rule file `name`.
pub fn rule_files_str(name: &str, text: &str) -> RuleFiles {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let file = sources.add(name.to_owned(), text.to_owned());
    let groups = rule_file(file, true, &sources, &mut findings).unwrap_or_default();
    RuleFiles { groups, files: 1, diagnostics: findings.finish(&sources) }
}

/// The groups of a file; `None` when it is no rule file and need not be one.
fn rule_file(file: usize, named: bool, sources: &Sources, findings: &mut Findings) -> Option<Vec<RuleGroup>> {
    let source = sources.get(file)?;
    let documents = yaml::documents(file, &source.text, findings);
    let is_rules =
        |node: &super::node::Node| node.get("groups").is_some() && node.get("apiVersion").is_none();
    if !named && !documents.iter().any(is_rules) {
        return None;
    }
    let mut groups = Vec::new();
    for document in &documents {
        if named || is_rules(document) {
            groups.extend(rules::groups(Entry::item(document), source, findings));
        }
    }
    Some(groups)
}

/// A duration as Prometheus' files write it.
fn duration(entry: Entry<'_>, what: &str, findings: &mut Findings) -> Option<Located<time::Span>> {
    let text = string(entry, what, findings)?;
    let length = parse(&text.value).ok();
    if length.is_none() {
        findings.add(
            Finding::error("bad-duration", text.span, format!("`{}` is not a valid duration", text.value))
                .help("write whole numbers and units, e.g. 5m, 90s or 1h30m"),
        );
    }
    length.map(|length| Located::new(length, text.span))
}

#[cfg(test)]
mod tests;
