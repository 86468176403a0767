//! What the files of definitions and rules say, and what stays in force of a file that has errors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use slo_definitions::{AlertPolicy, BrokenFile, DataSource, Diagnostic, Severity};
use slo_model::alert::rule::RuleGroup;
use slo_model::slo::Slo;

/// Reads definitions; warnings are logged, errors refuse.
pub fn load(rules: &[PathBuf]) -> Result<Vec<Slo>, String> {
    let loaded = slo_definitions::load(rules);
    refuse(&loaded.diagnostics)?;
    Ok(loaded.slos)
}

/// What is good of definitions.
#[derive(Debug)]
pub struct Good {
    /// The objectives.
    pub slos: Vec<Slo>,
    /// The data sources that they refer to.
    pub data_sources: Vec<DataSource>,
    /// The files that have errors.
    pub broken: Vec<BrokenFile>,
    /// Their errors, ready to be printed.
    pub findings: String,
}

/// Reads definitions and goes on without those that have errors. Warnings are logged.
pub fn load_what_is_good(rules: &[PathBuf]) -> Good {
    let loaded = slo_definitions::load(rules);
    Good {
        broken: BrokenFile::among(&loaded.diagnostics),
        findings: errors(&loaded.diagnostics),
        slos: loaded.slos,
        data_sources: loaded.data_sources,
    }
}

/// The errors, ready to be printed; warnings are logged.
fn errors(findings: &[Diagnostic]) -> String {
    let mut errors = Vec::new();
    for finding in findings {
        match finding.severity {
            Severity::Error => errors.push(slo_definitions::render(finding)),
            Severity::Warning => tracing::warn!("{}", slo_definitions::render(finding)),
        }
    }
    errors.join("\n")
}

/// Logs warnings; errors refuse.
pub(super) fn refuse(findings: &[Diagnostic]) -> Result<(), String> {
    let errors = errors(findings);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What the files say, shared by all that work with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Definitions {
    /// The objectives.
    pub(super) slos: Vec<Arc<Slo>>,
    /// The data sources that objectives refer to.
    pub(super) data_sources: Vec<DataSource>,
    /// The alert policies.
    pub(super) alert_policies: Vec<AlertPolicy>,
    /// The groups of Prometheus' rule files.
    pub(super) groups: Vec<RuleGroup>,
    /// The files that have errors.
    pub(super) broken: Vec<BrokenFile>,
    /// Their errors, ready to be printed.
    pub(super) findings: String,
    /// The file of each SLO document, by its name.
    slo_files: BTreeMap<String, String>,
}

impl Definitions {
    /// Reads the files. `strict` refuses if one has an error; otherwise the rest goes on without it, unless nothing is left.
    pub(super) fn read(rules: &[PathBuf], strict: bool) -> Result<Self, String> {
        let definitions = Self::of(rules);
        if !definitions.broken.is_empty() && (strict || definitions.is_empty()) {
            return Err(definitions.findings);
        }
        Ok(definitions)
    }

    /// Reads the files again. Of a file that has errors now, what is `in_force` stays in force.
    pub(super) fn read_again(rules: &[PathBuf], strict: bool, in_force: &Self) -> Result<Self, String> {
        let definitions = Self::of(rules);
        if strict && !definitions.broken.is_empty() {
            return Err(definitions.findings);
        }
        let definitions = definitions.keeping(in_force);
        if !definitions.broken.is_empty() && definitions.is_empty() {
            return Err(definitions.findings);
        }
        Ok(definitions)
    }

    fn of(rules: &[PathBuf]) -> Self {
        let loaded = slo_definitions::load(rules);
        let read = slo_definitions::load_rule_files(rules);
        let mut findings = loaded.diagnostics;
        // A file that cannot be read is found by both.
        let more: Vec<Diagnostic> =
            read.diagnostics.into_iter().filter(|finding| !findings.contains(finding)).collect();
        findings.extend(more);
        Self {
            slos: loaded.slos.into_iter().map(Arc::new).collect(),
            data_sources: loaded.data_sources,
            alert_policies: loaded.alert_policies,
            groups: read.groups,
            broken: BrokenFile::among(&findings),
            findings: errors(&findings),
            slo_files: loaded.slo_files,
        }
    }

    /// There is nothing to watch.
    fn is_empty(&self) -> bool {
        self.slos.is_empty() && self.groups.is_empty()
    }

    /// What was read, with what `old` says in place of each file that has errors now and had none then. Whole files: half
    /// of a new one and half of an old one are what nobody wrote.
    fn keeping(mut self, old: &Self) -> Self {
        let broken = std::mem::take(&mut self.broken);
        let files = old.slo_files.values();
        let files = files.chain(old.groups.iter().map(|group| &group.file));
        let files = files.chain(old.alert_policies.iter().map(|policy| &policy.file));
        let stays = |file: &&String| {
            broken.iter().any(|broken| broken.holds(file))
                && !old.broken.iter().any(|before| before.holds(file) && !before.kept)
        };
        let staying_files: BTreeSet<&str> = files.filter(stays).map(String::as_str).collect();
        let kept = |file: &str| staying_files.contains(file);
        let in_kept = |files: &BTreeMap<String, String>, slo: &Slo| {
            files.get(&slo.key.name).is_some_and(|file| kept(file))
        };

        // One that has moved to another file is what it is there.
        self.slos.retain(|slo| !in_kept(&self.slo_files, slo) || !in_kept(&old.slo_files, slo));
        let here: BTreeSet<String> = self.slos.iter().map(|slo| slo.key.name.clone()).collect();
        let stays = |slo: &Slo| in_kept(&old.slo_files, slo) && !here.contains(&slo.key.name);
        let staying: Vec<Arc<Slo>> = old.slos.iter().filter(|slo| stays(slo)).cloned().collect();
        let names: BTreeSet<&str> = staying.iter().map(|slo| slo.key.name.as_str()).collect();
        self.policies(old, &names, &kept);
        for name in names {
            if let Some(file) = old.slo_files.get(name) {
                self.slo_files.insert(name.to_owned(), file.clone());
            }
        }
        self.slos.extend(staying);
        if !broken.is_empty() {
            // It may be one of those files that has them.
            let known: BTreeSet<String> =
                self.data_sources.iter().map(|source| source.name.clone()).collect();
            let gone = old.data_sources.iter().filter(|source| !known.contains(&source.name));
            self.data_sources.extend(gone.cloned());
        }
        self.groups.retain(|group| !kept(&group.file));
        self.groups.extend(old.groups.iter().filter(|group| kept(&group.file)).cloned());
        self.broken = broken
            .iter()
            .map(|broken| BrokenFile {
                kept: staying_files.iter().any(|file| broken.holds(file)),
                ..broken.clone()
            })
            .collect();
        self
    }

    /// Alert policies go with their file, and an objective that stays keeps those that it had.
    fn policies(&mut self, old: &Self, staying: &BTreeSet<&str>, kept: &impl Fn(&str) -> bool) {
        self.alert_policies.retain(|policy| !kept(&policy.file));
        for policy in &mut self.alert_policies {
            policy.slos.retain(|slo| !staying.contains(slo.as_str()));
        }
        for policy in &old.alert_policies {
            let mut policy = policy.clone();
            if !kept(&policy.file) {
                policy.slos.retain(|slo| staying.contains(slo.as_str()));
            }
            if !policy.slos.is_empty() {
                self.alert_policies.push(policy);
            }
        }
    }
}

#[cfg(test)]
#[path = "definitions_tests.rs"]
mod tests;
