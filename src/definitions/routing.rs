//! The routing file: `alerts/routing.yaml` into a checked [`Routing`], with every finding at once.
//!
//! Reading notes where each part stands, under the path by which `route` speaks of it; so what `route` finds wrong between
//! several parts is shown at its place, too.

mod heartbeats;
mod intervals;
mod people;
mod receivers;
mod routes;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::diagnostic::{Diagnostic, Severity};
use super::fields::{Entry, Fields};
use super::files::Files;
use super::findings::{Finding, Findings};
use super::node::Value;
use super::source::{SourceFile, Sources, Span};
use super::yaml;
use slo_model::route::interval::TimeInterval;
use slo_model::route::policy::{Damping, Route};
use slo_model::route::routing::{Parts, Problem, Routing};
use slo_model::route::silence::LONGEST_SILENCE;

/// The routing of the platform, which ships with the program and is used when no other is named.
pub const SHIPPED_ROUTING: &str = include_str!("../../alerts/routing.yaml");

/// A routing file, and everything that is wrong in it.
#[derive(Debug, Clone)]
pub struct LoadedRouting {
    /// The routing; `None` when there is an error.
    pub routing: Option<Routing>,
    /// What is wrong, in order of places.
    pub diagnostics: Vec<Diagnostic>,
}

impl LoadedRouting {
    /// How many findings make it unusable.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// The findings as text, for people.
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|found| super::render(found) + "\n").collect()
    }
}

/// Reads a routing file.
pub fn load_routing(path: &Path) -> LoadedRouting {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let file = Files::new(&mut sources, &mut findings).read(path);
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    finish(file, &sources, findings, folder)
}

/// Reads one text as if it were the file `name` in the current folder.
pub fn load_routing_str(name: &str, text: &str) -> LoadedRouting {
    let mut sources = Sources::default();
    let file = sources.add(name.to_owned(), text.to_owned());
    finish(Some(file), &sources, Findings::default(), PathBuf::new())
}

/// The routing that ships with the program.
pub fn shipped_routing() -> LoadedRouting {
    load_routing_str("alerts/routing.yaml", SHIPPED_ROUTING)
}

fn finish(file: Option<usize>, sources: &Sources, mut findings: Findings, folder: PathBuf) -> LoadedRouting {
    let mut secrets = Vec::new();
    let routing = file.and_then(|file| read(file, sources, &mut findings, folder, &mut secrets));
    let routing = routing.filter(|_| findings.errors() == 0);
    let mut diagnostics = findings.finish(sources);
    // A secret that should not stand in the file should not stand in a log, either.
    for line in diagnostics.iter_mut().filter_map(|found| found.place.source_line.as_mut()) {
        for secret in
            secrets.iter().flat_map(|secret: &String| secret.lines()).filter(|secret| !secret.is_empty())
        {
            *line = line.replace(secret, &"*".repeat(secret.chars().count()));
        }
    }
    LoadedRouting { routing, diagnostics }
}

fn read(
    file: usize,
    sources: &Sources,
    findings: &mut Findings,
    folder: PathBuf,
    secrets: &mut Vec<String>,
) -> Option<Routing> {
    let source = sources.get(file)?;
    let documents = yaml::documents(file, &source.text, findings);
    let documents: Vec<_> = documents.iter().filter(|node| node.value != Value::Null).collect();
    let Some(first) = documents.first() else {
        if findings.errors() == 0 {
            let finding = Finding::error("empty-file", Span::new(file, 0, 0), "the file holds no routing");
            findings.add(finding.help("start with the sample in alerts/routing.yaml"));
        }
        return None;
    };
    if let Some(second) = documents.get(1) {
        let finding =
            Finding::error("several-documents", Entry::item(second).head, "a routing file is one document");
        findings.add(finding.help("remove the `---` before it, or move it to a file of its own"));
    }
    let mut reader = Reader {
        source,
        findings,
        spans: HashMap::new(),
        zone: Tz::UTC,
        intervals: Vec::new(),
        folder,
        secrets,
    };
    let parts = reader.parts(Entry::item(first))?;
    let spans = reader.spans;
    let (routing, problems) = Routing::new(parts);
    for problem in problems {
        findings.add(located(problem, &spans, Span::new(file, 0, 0)));
    }
    routing
}

/// A problem at the place of what it is about, or of the nearest thing around it.
fn located(problem: Problem, spans: &HashMap<String, Span>, whole: Span) -> Finding {
    let find = |path: &str| {
        let mut path = path;
        loop {
            if let Some(span) = spans.get(path) {
                return *span;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => return whole,
            }
        }
    };
    let new = if problem.warning { Finding::warning } else { Finding::error };
    let finding = new(problem.code, find(&problem.at), problem.message).help_if(problem.help);
    match problem.related {
        Some((at, what)) => finding.related(find(&at), what),
        None => finding,
    }
}

/// Takes a routing file apart.
struct Reader<'a> {
    source: &'a SourceFile,
    findings: &'a mut Findings,
    /// Where parts stand, by their paths.
    spans: HashMap<String, Span>,
    /// The file's zone.
    zone: Tz,
    intervals: Vec<std::sync::Arc<TimeInterval>>,
    /// Where relative paths start.
    folder: PathBuf,
    /// Texts that stand where the place of a secret should.
    secrets: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn parts(&mut self, entry: Entry<'_>) -> Option<Parts> {
        let mut fields = Fields::of(entry, "a routing file", self.findings)?;
        if let Some(entry) = fields.get("time_zone") {
            self.zone = self.zone(entry).unwrap_or(Tz::UTC);
        }
        let smtp = fields.get("smtp").and_then(|entry| self.smtp(entry));
        let intervals = self.list(fields.get("time_intervals"), "time_intervals", Self::interval);
        self.intervals = intervals.iter().cloned().map(std::sync::Arc::new).collect();
        let receivers =
            self.list(fields.required("receivers", "receivers: [{name: …}]"), "receivers", Self::receiver);
        let people = self.list(fields.get("people"), "people", Self::person);
        let names: Vec<String> = people.iter().map(|person| person.name.clone()).collect();
        let schedules = self.list(fields.get("schedules"), "schedules", |reader, entry, path| {
            reader.schedule(entry, path, &names)
        });
        let policies = self.list(fields.get("escalation_policies"), "escalation_policies", Self::policy);
        let teams = self.list(fields.get("teams"), "teams", Self::team);
        let priorities = fields.get("priorities").map(|entry| self.priorities(entry)).unwrap_or_default();
        let inhibitions: Vec<_> = self.list(fields.get("inhibition"), "inhibition", Self::inhibition);
        let damping = fields.get("flapping").and_then(|entry| self.damping(entry)).unwrap_or_default();
        let longest_silence =
            fields.get("longest_silence").and_then(|entry| self.length(entry, "`longest_silence`"));
        let heartbeats =
            fields.get("heartbeats").and_then(|entry| self.heartbeats(entry)).unwrap_or_default();
        let route = fields
            .required("route", "route: {team: …, routes: […]}")
            .and_then(|entry| self.route(entry, "route", 0));
        fields.finish(self.findings);
        Some(Parts {
            zone: self.zone,
            smtp,
            intervals,
            receivers,
            people,
            schedules,
            policies,
            teams,
            priorities,
            // Without a route there is an error already; the rest is still checked.
            route: route.unwrap_or_else(|| Route { receivers: vec![], ..Route::default() }),
            inhibitions,
            damping,
            longest_silence: longest_silence.unwrap_or(LONGEST_SILENCE),
            heartbeats,
        })
    }

    /// The items of a list under a key. One that is wrong is left out, after its finding.
    fn list<'e, T>(
        &mut self,
        entry: Option<Entry<'e>>,
        name: &'static str,
        mut read: impl FnMut(&mut Self, Entry<'e>, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(entry) = entry else { return Vec::new() };
        let items = super::fields::items(entry, name, self.findings);
        let mut found = Vec::new();
        for item in items {
            // Paths count what was understood, as `route` does.
            let path = format!("{name}[{}]", found.len());
            self.spans.insert(path.clone(), item.head);
            found.extend(read(self, item, &path));
        }
        found
    }

    fn damping(&mut self, entry: Entry<'_>) -> Option<Damping> {
        let mut fields = Fields::of(entry, "flapping", self.findings)?;
        let standard = Damping::default();
        let pages = fields.get("pages").and_then(|entry| self.count(entry, "`pages`", 1, 100));
        let mut length = |key: &'static str, what: &'static str, standard: slo_core::time::Span| {
            fields.get(key).and_then(|entry| self.length(entry, what)).unwrap_or(standard)
        };
        let damping = Damping {
            pages: pages.map_or(standard.pages, |pages| pages as usize),
            within: length("within", "`within`", standard.within),
            rest: length("rest", "`rest`", standard.rest),
            reopen: length("reopen_within", "`reopen_within`", standard.reopen),
        };
        fields.finish(self.findings);
        Some(damping)
    }

    fn note(&mut self, path: impl Into<String>, span: Span) {
        self.spans.insert(path.into(), span);
    }
}

type Priorities = BTreeMap<slo_model::alert::Priority, slo_model::route::policy::PriorityRules>;
