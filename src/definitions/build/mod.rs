//! Puts decoded objects together: references, names, and what only several values together can get wrong.

mod alerts;
mod annotations;
mod indicator;
mod objective;
mod slo;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use super::fields::{Located, list};
use super::findings::{Finding, Findings};
use super::model::{AlertPolicy, Connection, DataSource, Service};
use super::raw::{Body, Metric, Object};
use super::source::{Sources, Span};
use indicator::Measured;
use slo_model::slo::Slo;

/// What is built from the objects of all files.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) slos: Vec<Slo>,
    pub(super) slo_files: BTreeMap<String, String>,
    pub(super) services: Vec<Service>,
    pub(super) data_sources: Vec<DataSource>,
    pub(super) alert_policies: Vec<AlertPolicy>,
}

/// Builds everything that can be built; what cannot is a finding.
pub(super) fn build(objects: &[Object], sources: &Sources, findings: &mut Findings) -> Built {
    let context = Context { names: names(objects, findings), sources, measured: RefCell::default() };
    let mut built = Built::default();
    let mut policies = alerts::Policies::default();
    for object in objects {
        annotations::check(object, findings);
        let meta = &object.meta;
        // What has no usable name is checked all the same.
        let name = meta.name.as_ref().map(|name| name.value.clone());
        let display_name = meta.display_name.clone().or_else(|| name.clone()).unwrap_or_default();
        match &object.body {
            Body::Service { description } => {
                let description = description.clone();
                built.services.extend(name.map(|name| Service { name, display_name, description }));
            }
            Body::DataSource(body) => {
                let Some(kind) = &body.kind else { continue };
                indicator::check_misspelt(kind, findings);
                built.data_sources.extend(name.map(|name| DataSource {
                    name,
                    display_name,
                    description: body.description.clone(),
                    kind: kind.value.clone(),
                    connection: Connection(body.connection.clone()),
                }));
            }
            Body::Sli(metric) => {
                // One that no SLO uses yet is checked all the same.
                let Some(metric) = metric else { continue };
                match name.filter(|name| context.is_first("SLI", name, object)) {
                    Some(name) => context.measured(&name, metric, findings),
                    None => indicator::measured(metric, &context, findings),
                };
            }
            Body::Slo(body) => {
                slo::slo(object, body, &context, &mut policies, &mut built.slos, findings);
                if let Some(name) = &meta.name {
                    built.slo_files.entry(name.value.clone()).or_insert_with(|| context.file(name.span));
                }
            }
            Body::AlertPolicy(body) => policies.define(meta, body, &context, findings),
            Body::AlertCondition(_) | Body::AlertNotificationTarget(_) => {}
        }
    }
    built.alert_policies = policies.finish();
    built
}

/// What can be referred to.
struct Context<'a> {
    names: BTreeMap<(&'static str, &'a str), &'a Object>,
    sources: &'a Sources,
    /// The SLIs that were parsed, by name: many SLOs may share one.
    measured: RefCell<HashMap<String, Option<Measured>>>,
}

impl<'a> Context<'a> {
    /// The metric of a named SLI, parsed once. What is wrong in it is noted once as well.
    fn measured(&self, name: &str, metric: &Metric, findings: &mut Findings) -> Option<Measured> {
        if let Some(known) = self.measured.borrow().get(name) {
            return known.clone();
        }
        let measured = indicator::measured(metric, self, findings);
        self.measured.borrow_mut().insert(name.to_owned(), measured.clone());
        measured
    }

    /// The object of a kind and name, or a finding that there is none.
    fn find(
        &self,
        kind: &'static str,
        name: &Located<String>,
        findings: &mut Findings,
    ) -> Option<&'a Object> {
        let found = self.names.get(&(kind, name.value.as_str())).copied();
        if found.is_none() {
            let known: Vec<&str> = self.of_kind(kind).collect();
            let help = match findings.suggest(&name.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("no {kind} is defined in the files that were read"),
                None => format!("there is {}", list(&known)),
            };
            let message = format!("there is no {kind} `{}`", name.value);
            findings.add(Finding::error("unknown-reference", name.span, message).help(help));
        }
        found
    }

    /// The name of the file in which something stands.
    fn file(&self, span: Span) -> String {
        self.sources.get(span.file).map(|file| file.name.clone()).unwrap_or_default()
    }

    /// Whether the object is the one that its name stands for.
    fn is_first(&self, kind: &'static str, name: &str, object: &Object) -> bool {
        self.names.get(&(kind, name)).is_some_and(|first| std::ptr::eq(*first, object))
    }

    /// The names of a kind's objects.
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a str> {
        self.names.keys().filter(move |(other, _)| *other == kind).map(|(_, name)| *name)
    }
}

/// The objects by kind and name; a name that comes twice is a finding, and the first one counts.
fn names<'a>(
    objects: &'a [Object],
    findings: &mut Findings,
) -> BTreeMap<(&'static str, &'a str), &'a Object> {
    let mut names: BTreeMap<(&'static str, &'a str), &'a Object> = BTreeMap::new();
    for object in objects {
        let Some(name) = &object.meta.name else { continue };
        let kind = kind(&object.body);
        let first = names.entry((kind, &name.value)).or_insert(object);
        if !std::ptr::eq(*first, object) {
            let first = first.meta.name.as_ref().map_or(name.span, |first| first.span);
            findings.add(duplicate(kind, &name.value, name.span, first));
        }
    }
    names
}

fn duplicate(kind: &str, name: &str, span: Span, first: Span) -> Finding {
    let help = if kind == "SLO" {
        // In ledger, metrics, alerts and composites there is nothing but the name.
        format!(
            "OpenSLO's objects are known by their names, as Kubernetes' are, whatever their service; name one after its service, e.g. `checkout-{name}`"
        )
    } else {
        "give one of them another name".to_owned()
    };
    Finding::error("duplicate-name", span, format!("there are two {kind}s called `{name}`"))
        .help(help)
        .related(first, "the first one is here")
}

fn kind(body: &Body) -> &'static str {
    match body {
        Body::Slo(_) => "SLO",
        Body::Sli(_) => "SLI",
        Body::Service { .. } => "Service",
        Body::DataSource(_) => "DataSource",
        Body::AlertPolicy(_) => "AlertPolicy",
        Body::AlertCondition(_) => "AlertCondition",
        Body::AlertNotificationTarget(_) => "AlertNotificationTarget",
    }
}
