//! What `OpenSLO` cannot say: annotations under [`ANNOTATION_PREFIX`].
//!
//! | annotation | on | value |
//! |---|---|---|
//! | `slo-engine/group-by` | SLO, SLI | labels, separated by commas: a budget for each of their values |
//! | `slo-engine/no-data` | SLO | `ignore` (the default), `good` or `bad`: what a time slice without data counts as |
//! | `slo-engine/minimum-events` | SLO | fewer events than this in a window, and no alert fires |
//! | `slo-engine/first-values` | SLO | `count` or `history`: what becomes of a counter's first value that nothing dates |
//! | `slo-engine/histogram` | SLO, SLI | `classic` or `native`: what a `thresholdMetric`'s query selects |
//! | `slo-engine/owner`, `runbook`, `dashboard`, `tier` | SLO, Service | text; an SLO takes over its service's |

use crate::fields::{Located, list};
use crate::findings::{Finding, Findings};
use crate::raw::{Body, Meta, Object};
use slo_core::names::ANNOTATION_PREFIX;
use slo_core::suggest::closest;
use slo_model::slo::{FirstValues, NoData};

const OF_SLO: [&str; 9] = [
    "group-by",
    "no-data",
    "minimum-events",
    "first-values",
    "histogram",
    "owner",
    "runbook",
    "dashboard",
    "tier",
];
const OF_SLI: [&str; 2] = ["group-by", "histogram"];
const OF_SERVICE: [&str; 4] = ["owner", "runbook", "dashboard", "tier"];

/// What a `thresholdMetric`'s query selects, when that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Histogram {
    Classic,
    Native,
}

/// The annotations of one object, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    pub(super) group_by: Option<Located<Vec<String>>>,
    pub(super) no_data: Option<NoData>,
    pub(super) minimum_events: Option<f64>,
    pub(super) first_values: Option<FirstValues>,
    pub(super) histogram: Option<Located<Histogram>>,
    pub(super) owner: Option<String>,
    pub(super) runbook: Option<String>,
    pub(super) dashboard: Option<String>,
    pub(super) tier: Option<String>,
}

/// Checks the annotations of an object that nothing else reads them from.
pub(super) fn check(object: &Object, findings: &mut Findings) {
    match object.body {
        // `build::slo` reads an SLO's own.
        Body::Slo(_) => {}
        Body::Sli(_) => {
            of_sli(&object.meta, findings);
        }
        Body::Service { .. } => {
            of_service(&object.meta, findings);
        }
        Body::DataSource(_)
        | Body::AlertPolicy(_)
        | Body::AlertCondition(_)
        | Body::AlertNotificationTarget(_) => {
            read(&object.meta, &[], findings);
        }
    }
}

/// The annotations of an SLO.
pub(super) fn of_slo(meta: &Meta, findings: &mut Findings) -> Extras {
    read(meta, &OF_SLO, findings)
}

/// The annotations of an SLI.
pub(super) fn of_sli(meta: &Meta, findings: &mut Findings) -> Extras {
    read(meta, &OF_SLI, findings)
}

/// The annotations of a service.
pub(super) fn of_service(meta: &Meta, findings: &mut Findings) -> Extras {
    read(meta, &OF_SERVICE, findings)
}

fn read(meta: &Meta, known: &[&str], findings: &mut Findings) -> Extras {
    let mut extras = Extras::default();
    for (key, value) in &meta.annotations {
        let Some(name) = key.value.strip_prefix(ANNOTATION_PREFIX) else { continue };
        if !known.contains(&name) {
            findings.add(unknown(key, name, known));
            continue;
        }
        let text = value.value.trim();
        if text.is_empty() {
            findings.add(
                Finding::error("annotation", key.span, format!("`{}` is empty", key.value))
                    .help("give it a value, or remove it"),
            );
            continue;
        }
        let owned = || Some(text.to_owned());
        match name {
            "group-by" => extras.group_by = group_by(value, findings),
            "no-data" => {
                let words = [("ignore", NoData::Ignore), ("good", NoData::Good), ("bad", NoData::Bad)];
                extras.no_data = word(value, key, &words, findings);
            }
            "histogram" => {
                let words = [("classic", Histogram::Classic), ("native", Histogram::Native)];
                let histogram = word(value, key, &words, findings);
                extras.histogram = histogram.map(|histogram| Located::new(histogram, value.span));
            }
            "first-values" => {
                let words = [("count", FirstValues::Count), ("history", FirstValues::History)];
                extras.first_values = word(value, key, &words, findings);
            }
            "minimum-events" => extras.minimum_events = minimum(value, findings),
            "owner" => extras.owner = owned(),
            "runbook" => extras.runbook = owned(),
            "dashboard" => extras.dashboard = owned(),
            _ => extras.tier = owned(),
        }
    }
    extras
}

fn unknown(key: &Located<String>, name: &str, known: &[&str]) -> Finding {
    let help = if let Some(near) = closest(name, known.iter().copied()) {
        format!("did you mean `{ANNOTATION_PREFIX}{near}`?")
    } else if OF_SLO.contains(&name) {
        "it belongs on the SLO".to_owned()
    } else if known.is_empty() {
        format!("no annotation under `{ANNOTATION_PREFIX}` belongs here")
    } else {
        format!("under `{ANNOTATION_PREFIX}` there is {}", list(known))
    };
    Finding::error(
        "annotation",
        key.span,
        format!("`{}` is not an annotation of this kind of object", key.value),
    )
    .help(help)
}

fn word<T: Copy>(
    value: &Located<String>,
    key: &Located<String>,
    words: &[(&'static str, T)],
    findings: &mut Findings,
) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == value.value.trim());
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        findings.add(
            Finding::error(
                "annotation",
                value.span,
                format!("`{}` is not a value of `{}`", value.value, key.value),
            )
            .help(format!("write one of {}", list(&names))),
        );
    }
    found.map(|(_, value)| *value)
}

fn minimum(value: &Located<String>, findings: &mut Findings) -> Option<f64> {
    let number = value.value.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    if number.is_none() {
        findings.add(
            Finding::error("annotation", value.span, format!("`{}` is not a number of events", value.value))
                .help("write a number of at least 0, e.g. \"100\""),
        );
    }
    number
}

fn group_by(value: &Located<String>, findings: &mut Findings) -> Option<Located<Vec<String>>> {
    const MOST: usize = 16;
    let mut labels: Vec<String> = Vec::new();
    let mut good = true;
    if value.value.split(',').count() > MOST {
        findings.add(
            Finding::error("group-by", value.span, format!("more than {MOST} labels"))
                .help("every combination of values has a budget of its own; split by one or two labels"),
        );
        return None;
    }
    for label in value.value.split(',').map(str::trim) {
        // Of what UTF-8 allows, that which is a slip rather than a name.
        let is_slip =
            |letter: char| letter.is_whitespace() || letter.is_control() || "\"'`\\{}()=~".contains(letter);
        let is_label = !label.is_empty() && !label.contains(is_slip);
        let problem = if !is_label {
            Some(format!("`{label}` is not a valid label name"))
        } else if label == slo_core::names::LE || label == slo_core::names::METRIC_NAME {
            Some(format!("`{label}` cannot split an SLO"))
        } else if labels.iter().any(|other| other == label) {
            Some(format!("`{label}` stands twice in the list"))
        } else {
            None
        };
        match problem {
            None => labels.push(label.to_owned()),
            Some(problem) => {
                good = false;
                findings.add(
                    Finding::error("group-by", value.span, problem)
                        .help("write names of labels, separated by commas, e.g. `route,method`"),
                );
            }
        }
    }
    good.then(|| Located::new(labels, value.span))
}
