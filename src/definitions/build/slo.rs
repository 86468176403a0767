//! An SLO document into budgets: one an objective, and one more for a composite.

use super::alerts::Policies;
use super::annotations::{self, Extras};
use super::indicator::{Measured, measured};
use super::{Context, objective};
use crate::fields::{Field, Located};
use crate::findings::{Finding, Findings};
use crate::raw::{Body, Measure, Object, Objective, SloBody};
use crate::source::Span;
use slo_model::slo::{About, Budgeting, Indicator, Slo, SloKey, Target, Window};

/// Builds the budgets of a document, and notes which alert policies it uses.
pub(super) fn slo(
    object: &Object,
    body: &SloBody,
    context: &Context<'_>,
    policies: &mut Policies,
    slos: &mut Vec<Slo>,
    findings: &mut Findings,
) {
    let before = findings.errors();
    if let Some(name) = object.meta.name.as_ref().filter(|name| name.value.contains('/')) {
        findings.add(
            Finding::error("bad-name", name.span, "the name of an SLO has no `/`")
                .help("it separates the SLO from its objectives, e.g. `api-latency/p95`; write `-`"),
        );
    }
    let mut extras = annotations::of_slo(&object.meta, findings);
    service(body, context, &mut extras, findings);
    let window = match &body.window {
        Field::Is(window) => Some(window),
        Field::Absent | Field::Wrong(_) => None,
    };
    let composite = body.objectives.iter().any(|objective| objective.measure.is_given());
    let parts = parts(body, composite, window, &extras, context, findings);
    let targets: Vec<Located<Target>> = parts.iter().filter_map(|part| part.target.clone()).collect();
    let name = object.meta.name.as_ref().map(|name| name.value.clone());
    policies.used_by(name.as_deref(), body, &targets, window.map(|window| window.value), context, findings);
    // Half of a document is no budget: nobody should watch the part that happens to be right.
    if findings.errors() > before {
        return;
    }
    let (Some(name), Some(service), Some(window)) = (name, &body.service, window) else { return };
    let base =
        Base { name: &name, service: &service.value, window: window.value, extras: &extras, object, body };
    let built: Vec<Slo> = parts.iter().filter_map(|part| base.part(part)).collect();
    if built.len() < parts.len() {
        return;
    }
    if composite {
        slos.extend(base.composite(&built, &parts));
    }
    slos.extend(built);
}

impl Measure {
    fn is_given(&self) -> bool {
        self.inline_at.is_some() || self.by_name.is_some()
    }
}

/// What all budgets of a document share.
struct Base<'a> {
    name: &'a str,
    service: &'a str,
    window: Window,
    extras: &'a Extras,
    object: &'a Object,
    body: &'a SloBody,
}

/// One objective, as far as it could be read.
struct Part {
    name: Option<String>,
    display_name: Option<String>,
    target: Option<Located<Target>>,
    budgeting: Option<Budgeting>,
    indicator: Option<Indicator>,
    source: Option<String>,
    group_by: Vec<String>,
    weight: f64,
}

impl Base<'_> {
    fn slo(
        &self,
        objective: Option<String>,
        target: Target,
        budgeting: Budgeting,
        indicator: Indicator,
    ) -> Slo {
        let extras = self.extras.clone();
        let meta = &self.object.meta;
        Slo {
            key: SloKey { name: self.name.to_owned(), objective },
            service: self.service.to_owned(),
            target,
            window: self.window,
            budgeting,
            indicator,
            group_by: extras.group_by.map(|labels| labels.value).unwrap_or_default(),
            no_data: extras.no_data.unwrap_or_default(),
            minimum_events: extras.minimum_events.unwrap_or_default(),
            first_values: extras.first_values.unwrap_or_default(),
            source: None,
            about: About {
                display_name: meta.display_name.clone().unwrap_or_else(|| self.name.to_owned()),
                description: self.body.description.clone(),
                owner: extras.owner,
                runbook: extras.runbook,
                dashboard: extras.dashboard,
                tier: extras.tier,
                labels: meta.labels.clone(),
            },
        }
    }

    fn part(&self, part: &Part) -> Option<Slo> {
        let target = part.target.as_ref()?.value;
        let mut slo = self.slo(part.name.clone(), target, part.budgeting?, part.indicator.clone()?);
        slo.source.clone_from(&part.source);
        slo.group_by.clone_from(&part.group_by);
        if let (Some(objective), Some(_)) = (&part.display_name, &part.name) {
            slo.about.display_name = format!("{}: {objective}", slo.about.display_name);
        }
        Some(slo)
    }

    /// The budget of the whole. What burns as its fastest part does promises what the strictest one does, or it could not
    /// burn as fast; of slices it is the weighted mean.
    fn composite(&self, built: &[Slo], parts: &[Part]) -> Option<Slo> {
        let weights: f64 = parts.iter().map(|part| part.weight).sum();
        let mean = built.iter().zip(parts).map(|(slo, part)| slo.target.ratio() * part.weight).sum::<f64>()
            / weights;
        let strictest = built.iter().map(|slo| slo.target.ratio()).fold(0.0, f64::max);
        let target = match built.first()?.budgeting {
            Budgeting::Occurrences => strictest,
            Budgeting::Timeslices { .. } | Budgeting::RatioTimeslices { .. } => mean,
        };
        let keys = built.iter().zip(parts).map(|(slo, part)| (slo.key.clone(), part.weight)).collect();
        let budgeting = built.first()?.budgeting;
        Some(self.slo(None, Target::new(target).ok()?, budgeting, Indicator::Composite { parts: keys }))
    }
}

/// The service must be one that is defined, if any is; the SLO takes over what it does not say itself.
fn service(body: &SloBody, context: &Context<'_>, extras: &mut Extras, findings: &mut Findings) {
    let Some(name) = &body.service else { return };
    let Some(service) = context.names.get(&("Service", name.value.as_str())) else {
        let known: Vec<&str> = context.of_kind("Service").collect();
        if !known.is_empty() {
            let help = findings.suggest(&name.value, known.iter().copied()).map_or_else(
                || format!("add `kind: Service` with this name; there is {}", crate::fields::list(&known)),
                |near| format!("did you mean `{near}`?"),
            );
            findings.add(
                Finding::warning(
                    "unknown-service",
                    name.span,
                    format!("there is no Service `{}`", name.value),
                )
                .help(help),
            );
        }
        return;
    };
    let shared = annotations::of_service(&service.meta, findings);
    for (own, shared) in [
        (&mut extras.owner, shared.owner),
        (&mut extras.runbook, shared.runbook),
        (&mut extras.dashboard, shared.dashboard),
        (&mut extras.tier, shared.tier),
    ] {
        if own.is_none() {
            *own = shared;
        }
    }
}

fn parts(
    body: &SloBody,
    composite: bool,
    window: Option<&Located<Window>>,
    extras: &Extras,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Vec<Part> {
    let names = objective::names(&body.objectives, composite, findings);
    let shared = if composite {
        no_shared_measure(body, findings);
        None
    } else {
        resolve(&body.measure, body.head, "the SLO", context, findings)
    };
    let mut parts = Vec::new();
    for (said, name) in body.objectives.iter().zip(names) {
        let own = if composite {
            resolve(&said.measure, said.head, "the objective", context, findings)
        } else {
            shared.clone()
        };
        let target = objective::target(said, findings);
        let budgeting = body
            .method
            .as_ref()
            .and_then(|method| objective::budgeting(method.value, said, window, findings));
        let weight = weight(said, composite, findings);
        let (mut indicator, mut source, mut group_by) = (None, None, Vec::new());
        if let Some((measured, sli)) = own {
            let labels = extras.group_by.as_ref().or(sli.group_by.as_ref());
            if let Some(labels) = labels {
                measured.check_groups(labels, findings);
                group_by.clone_from(&labels.value);
            }
            let histogram = sli.histogram.as_ref().or(extras.histogram.as_ref());
            indicator = measured.indicator(said, histogram, findings);
            source.clone_from(&measured.source);
        }
        let display_name = said.display_name.as_ref().map(|name| name.value.clone());
        parts.push(Part { name, display_name, target, budgeting, indicator, source, group_by, weight });
    }
    parts
}

/// In a composite, each objective has its own indicator, and the SLO none.
fn no_shared_measure(body: &SloBody, findings: &mut Findings) {
    let shared = body.measure.inline_at.or(body.measure.by_name.as_ref().map(|name| name.span));
    if let Some(shared) = shared {
        findings.add(
            Finding::error(
                "two-indicators",
                shared,
                "the objectives have indicators of their own, and the SLO has one as well",
            )
            .help("remove the SLO's, or those of all objectives"),
        );
    }
}

fn weight(said: &Objective, composite: bool, findings: &mut Findings) -> f64 {
    match &said.weight {
        Field::Is(weight) if !composite => {
            findings.add(
                Finding::warning("unused-key", weight.span, "`compositeWeight` has no effect here")
                    .help("it belongs to objectives with an `indicator` or `indicatorRef` of their own"),
            );
            1.0
        }
        Field::Is(weight) if weight.value <= 0.0 => {
            findings.add(
                Finding::error("weight", weight.span, format!("the weight {} is not above 0", weight.value))
                    .help("write a number above 0; the default is 1"),
            );
            1.0
        }
        Field::Is(weight) => weight.value,
        Field::Absent | Field::Wrong(_) => 1.0,
    }
}

/// The indicator that is given inline or by name, with its own annotations.
fn resolve(
    measure: &Measure,
    head: Span,
    what: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Option<(Measured, Extras)> {
    if let (Some(inline), Some(by_name)) = (measure.inline_at, &measure.by_name) {
        findings.add(
            Finding::error(
                "two-indicators",
                by_name.span,
                format!("{what} has both `indicator` and `indicatorRef`"),
            )
            .help("remove one of the two")
            .related(inline, "`indicator` is here"),
        );
        return None;
    }
    if let Some(name) = &measure.by_name {
        let object = context.find("SLI", name, findings)?;
        let Body::Sli(metric) = &object.body else { return None };
        let measured = context.measured(&name.value, metric.as_ref()?, findings)?;
        return Some((measured, annotations::of_sli(&object.meta, findings)));
    }
    if let Some(inline) = &measure.inline {
        let extras = annotations::of_sli(&inline.meta, findings);
        return Some((measured(inline.metric.as_ref()?, context, findings)?, extras));
    }
    if measure.inline_at.is_none() {
        findings.add(
            Finding::error(
                "missing-field",
                head,
                format!("{what} has neither `indicator` nor `indicatorRef`"),
            )
            .help("write `indicatorRef: name` of an SLI, or `indicator` with `metadata` and `spec`"),
        );
    }
    None
}
