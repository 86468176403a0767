//! Definitions: `OpenSLO` v1 files into [`Slo`]s, with everything that is wrong in them told at once, each with file, line,
//! column, the line itself and what would be right.
//!
//! The way of a file: `files` reads it, `yaml` makes a tree in which everything knows its place, `decode` takes each
//! object apart into what `raw` describes, `build` resolves references and checks what only several values together
//! can get wrong. Each step notes findings and goes on with what is left. Nothing here asks a network or a clock.
//!
//! What `OpenSLO` cannot say stands in annotations; see `build/annotations.rs` for their table.

mod alerting;
mod broken;
mod build;
mod decode;
mod diagnostic;
mod fields;
mod files;
mod findings;
mod model;
mod node;
mod policy;
mod raw;
mod render;
mod routing;
mod scalar;
mod source;
mod yaml;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use alerting::{BurnFile, RuleFiles, burn_policy_str, load_burn_policy, load_rule_files, rule_files_str};
pub use broken::BrokenFile;
pub use diagnostic::{Diagnostic, Place, Related, Severity};
pub use model::{AlertCondition, AlertPolicy, Connection, DataSource, NotificationTarget, Service};
pub use policy::{PolicyFile, SHIPPED_POLICY, load_policy, policy_str};
pub use render::render;
pub use routing::{LoadedRouting, SHIPPED_ROUTING, load_routing, load_routing_str, shipped_routing};

use decode::Document;
use files::{Files, Found};
use findings::{Finding, Findings};
use raw::Object;
use slo_model::slo::Slo;
use source::{Sources, Span};

/// Everything that a set of files defines, and everything that is wrong in them.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The budgets, in order of their files; an SLO document with an error in it gives none. A composite comes before
    /// its parts.
    pub slos: Vec<Slo>,
    /// The file of each SLO document, by its name.
    pub slo_files: BTreeMap<String, String>,
    /// The services.
    pub services: Vec<Service>,
    /// The data sources.
    pub data_sources: Vec<DataSource>,
    /// The alert policies, those inside SLOs included.
    pub alert_policies: Vec<AlertPolicy>,
    /// What is wrong, in order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of the files that hold definitions, or should. Files of other kinds, such as Prometheus' rule files,
    /// are not among them.
    pub files: Vec<String>,
}

impl Loaded {
    /// How many findings make the definitions unusable.
    pub fn errors(&self) -> usize {
        self.of(Severity::Error)
    }

    /// How many findings are only warnings.
    pub fn warnings(&self) -> usize {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Reads files, and the `*.yaml`, `*.yml` and `*.json` files of folders and the folders in them. References work across files.
/// Documents that are Prometheus' rules (with `groups` at the top) are left to [`load_rule_files`].
pub fn load(paths: &[PathBuf]) -> Loaded {
    let mut loader = Loader::default();
    let mut files = Files::new(&mut loader.sources, &mut loader.findings);
    let found = files.find(paths);
    let read: Vec<(Option<usize>, Found)> =
        found.into_iter().map(|found| (files.read(&found.path), found)).collect();
    for (file, found) in read {
        match file {
            Some(file) => loader.take(file, found.named),
            None => loader.files.push(found.path.display().to_string()),
        }
    }
    loader.finish()
}

/// Reads one text as if it were the file `name`.
pub fn load_str(name: &str, text: &str) -> Loaded {
    let mut loader = Loader::default();
    let file = loader.sources.add(name.to_owned(), text.to_owned());
    loader.take(file, true);
    loader.finish()
}

/// Whether a document, or what it lists, has an `apiVersion`.
fn is_ours(node: &node::Node) -> bool {
    match &node.value {
        node::Value::List(items) => items.iter().any(is_ours),
        node::Value::Map(_) => node.get("apiVersion").is_some(),
        node::Value::Null | node::Value::Scalar(_) => false,
    }
}

#[derive(Default)]
struct Loader {
    sources: Sources,
    findings: Findings,
    objects: Vec<Object>,
    files: Vec<String>,
}

impl Loader {
    /// Decodes the documents of a file. One that was named and holds nothing is an error, one that was found a warning.
    fn take(&mut self, file: usize, named: bool) {
        let Some(source) = self.sources.get(file) else { return };
        let name = source.name.clone();
        let before = self.findings.errors();
        let documents = yaml::documents(file, &source.text, &mut self.findings);
        let broken = self.findings.errors() > before;
        let (mut foreign, mut empty) = (false, true);
        // Dashboards and much else is JSON; what is in a folder is ours only if it says so.
        let is_other = |node: &node::Node| {
            !named
                && std::path::Path::new(&name).extension().is_some_and(|end| end == "json")
                && !is_ours(node)
        };
        for node in &documents {
            if is_other(node) {
                foreign = true;
                continue;
            }
            match decode::document(node, &mut self.findings) {
                Document::Objects(objects) => {
                    self.objects.extend(objects);
                    empty = false;
                }
                Document::Foreign => foreign = true,
                Document::Empty => {}
            }
        }
        if !foreign || !empty || broken {
            self.files.push(name);
        }
        if empty && !foreign && !broken {
            let finding = if named { Finding::error } else { Finding::warning };
            self.findings.add(
                finding("empty-file", Span::new(file, 0, 0), "the file holds no definition")
                    .help("write one that starts with `apiVersion: openslo/v1`, or remove the file"),
            );
        }
    }

    fn finish(mut self) -> Loaded {
        let built = build::build(&self.objects, &self.sources, &mut self.findings);
        Loaded {
            slos: built.slos,
            slo_files: built.slo_files,
            services: built.services,
            data_sources: built.data_sources,
            alert_policies: built.alert_policies,
            diagnostics: self.findings.finish(&self.sources),
            files: self.files,
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_alerts;
#[cfg(test)]
mod tests_indicators;
