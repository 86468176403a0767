//! Prometheus' rule files: groups of recording and alerting rules.

use std::collections::BTreeMap;

use super::duration;
use crate::fields::{Entry, Fields, Located, float, items, string, text};
use crate::findings::{Finding, Findings};
use crate::node::{Text, Value};
use crate::scalar;
use crate::source::SourceFile;
use slo_core::time::Span;
use slo_model::alert::rule::{AlertRule, RecordRule, Rule, RuleGroup};
use slo_model::alert::state::Timing;
use slo_model::alert::template::Template;
use slo_model::promql::validate;

/// Most rules of one file.
const MOST_RULES: usize = 5000;
/// Most alerts or series of one rule when its group sets no limit.
const MOST_ELEMENTS: usize = 10_000;

/// The groups of a document.
pub(super) fn groups(entry: Entry<'_>, file: &SourceFile, findings: &mut Findings) -> Vec<RuleGroup> {
    let Some(mut fields) = Fields::of(entry, "the rule file", findings) else { return Vec::new() };
    let listed = fields.required("groups", "groups: [{name: …, rules: […]}]");
    fields.finish(findings);
    let mut groups: Vec<RuleGroup> = Vec::new();
    let mut names = BTreeMap::new();
    let mut rules = 0;
    for item in listed.map_or_else(Vec::new, |list| items(list, "`groups`", findings)) {
        let Some((name, group)) = group(item, file, findings) else { continue };
        rules += group.rules.len();
        if rules > MOST_RULES {
            findings.add(
                Finding::error("too-large", item.head, format!("more than {MOST_RULES} rules in one file"))
                    .help("split the file"),
            );
            break;
        }
        if let Some(first) = names.insert(group.name.clone(), name) {
            findings.add(
                Finding::error("duplicate-name", name, format!("there are two groups `{}`", group.name))
                    .help("rename one; their alerts are told apart by it")
                    .related(first, "the first is here"),
            );
            continue;
        }
        groups.push(group);
    }
    groups
}

fn group(
    entry: Entry<'_>,
    file: &SourceFile,
    findings: &mut Findings,
) -> Option<(crate::source::Span, RuleGroup)> {
    let mut fields = Fields::of(entry, "the group", findings)?;
    let name = fields.required("name", "name: platform");
    let interval = fields.get("interval");
    let limit = fields.get("limit");
    let offset = fields.get("query_offset");
    let rules = fields.get("rules");
    let labels = fields.get("labels");
    fields.finish(findings);
    let labels = labels.map_or_else(Vec::new, |entry| pairs(entry, "labels", findings));
    for (name, _) in &labels {
        check_label(name, findings);
    }
    let name = name.and_then(|entry| string(entry, "`name`", findings));
    let interval = interval.and_then(|entry| duration(entry, "`interval`", findings)).filter(|interval| {
        let sensible = (Span::SECOND..=Span::days(1)).contains(&interval.value);
        if !sensible {
            findings.add(
                Finding::error("bad-duration", interval.span, "an interval lasts from 1 s to 1 d")
                    .help("write e.g. 30s"),
            );
        }
        sensible
    });
    let limit = limit.and_then(|entry| {
        let limit = float(entry, "`limit`", findings)?;
        if limit.value < 0.0 || limit.value.fract() != 0.0 {
            findings.add(
                Finding::error("limit", limit.span, "a limit is a whole number").help("write 0 for no limit"),
            );
        }
        Some((limit.value.max(0.0) as usize).min(MOST_ELEMENTS))
    });
    if let Some(offset) = offset {
        findings.add(
            Finding::warning(
                "query-offset",
                offset.head,
                "`query_offset` is ignored: rules are evaluated at the moment itself",
            )
            .help("remove it, or write `offset` into the expressions"),
        );
    }
    let rules = rules.map_or_else(Vec::new, |list| {
        items(list, "`rules`", findings)
            .into_iter()
            .filter_map(|item| rule(item, &labels, file, findings))
            .collect()
    });
    let name = name?;
    let group = RuleGroup {
        file: file.name.clone(),
        name: name.value,
        interval: interval.map(|interval| interval.value),
        limit: limit.filter(|limit| *limit > 0).unwrap_or(MOST_ELEMENTS),
        rules,
    };
    Some((name.span, group))
}

fn rule(
    entry: Entry<'_>,
    of_group: &[(Located<String>, &Text)],
    file: &SourceFile,
    findings: &mut Findings,
) -> Option<Rule> {
    let before = findings.errors();
    let mut fields = Fields::of(entry, "the rule", findings)?;
    let record = fields.get("record");
    let alert = fields.get("alert");
    let expr = fields.required("expr", "expr: up == 0");
    let hold = fields.get("for");
    let keep = fields.get("keep_firing_for");
    let labels = fields.get("labels");
    let annotations = fields.get("annotations");
    fields.finish(findings);
    let expr = expr.and_then(|entry| expression(entry, file, findings));
    let hold = hold.map(|entry| (entry.head, duration(entry, "`for`", findings)));
    let keep = keep.map(|entry| (entry.head, duration(entry, "`keep_firing_for`", findings)));
    let mut labels = labels.map_or_else(Vec::new, |entry| pairs(entry, "labels", findings));
    for (name, _) in &labels {
        check_label(name, findings);
    }
    // A rule's own labels win.
    let shared = of_group.iter().filter(|(name, _)| !labels.iter().any(|(own, _)| own.value == name.value));
    let shared: Vec<_> = shared.cloned().collect();
    labels.extend(shared);
    let rule = match (record, alert) {
        (Some(record), None) => {
            for (head, what) in [
                (hold.as_ref().map(|(head, _)| *head), "for"),
                (keep.as_ref().map(|(head, _)| *head), "keep_firing_for"),
                (annotations.map(|entry| entry.head), "annotations"),
            ] {
                if let Some(head) = head {
                    findings.add(
                        Finding::error("record-rule", head, format!("a recording rule has no `{what}`"))
                            .help("remove it, or write `alert` instead of `record`"),
                    );
                }
            }
            let name = string(record, "`record`", findings)?;
            check_metric(&name, findings);
            let labels = labels.into_iter().map(|(name, value)| (name.value, value.value.clone())).collect();
            Rule::Record(RecordRule { record: name.value, expr: expr?, labels })
        }
        (None, Some(alert)) => {
            let name = string(alert, "`alert`", findings)?;
            let annotations =
                annotations.map_or_else(Vec::new, |entry| pairs(entry, "annotations", findings));
            let templates = |pairs: Vec<(Located<String>, &Text)>, findings: &mut Findings| {
                let read = |(name, value): (Located<String>, &Text)| {
                    Some((name.value, template(value, file, findings)?))
                };
                pairs.into_iter().filter_map(read).collect::<Vec<_>>()
            };
            let span = |timing: Option<(_, Option<Located<Span>>)>| {
                timing.and_then(|(_, found)| found).map_or(Span::ZERO, |found| found.value)
            };
            Rule::Alert(AlertRule {
                labels: templates(labels, findings),
                annotations: templates(annotations, findings),
                name: name.value,
                expr: expr?,
                timing: Timing { hold: span(hold), keep_firing: span(keep) },
            })
        }
        (record, _) => {
            let problem =
                if record.is_some() { "both `record` and `alert`" } else { "neither `record` nor `alert`" };
            findings.add(
                Finding::error("rule-kind", entry.head, format!("the rule has {problem}"))
                    .help("write one of them"),
            );
            return None;
        }
    };
    (findings.errors() == before).then_some(rule)
}

fn expression(entry: Entry<'_>, file: &SourceFile, findings: &mut Findings) -> Option<String> {
    let text = text(entry, "`expr`", findings)?;
    if let Err(error) = validate(&text.value) {
        let span = error.offset.map_or(text.span, |offset| scalar::inside(text, offset, file));
        // The message of an error of ours is "what; what would be right".
        let (what, help) = error
            .message
            .split_once("; ")
            .map_or((error.message.as_str(), None), |(what, help)| (what, Some(help.to_owned())));
        findings.add(Finding::error("promql", span, what).help_if(help));
        return None;
    }
    Some(text.value.clone())
}

fn template(text: &Text, file: &SourceFile, findings: &mut Findings) -> Option<Template> {
    Template::new(&text.value)
        .map_err(|error| {
            findings
                .add(Finding::error("template", scalar::inside(text, error.at, file), error.message).help(
                    "see Prometheus' template reference; `{{ $labels.x }}`, `{{ $value | humanize }}`",
                ));
        })
        .ok()
}

/// The keys and texts of a mapping.
fn pairs<'a>(
    entry: Entry<'a>,
    what: &'static str,
    findings: &mut Findings,
) -> Vec<(Located<String>, &'a Text)> {
    // Tells keys that come twice; which keys there may be is anybody's choice.
    let Some(_) = Fields::of(entry, what, findings) else { return Vec::new() };
    let Value::Map(entries) = &entry.node.value else { return Vec::new() };
    entries
        .iter()
        .filter_map(|(key, value)| {
            let name = Located::new(key.text()?.to_owned(), key.span);
            let value = text(Entry { head: key.span, node: value }, what, findings)?;
            Some((name, value))
        })
        .collect()
}

fn is_name(text: &str, colons: bool) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(good)
}

fn check_label(name: &Located<String>, findings: &mut Findings) {
    // UTF-8, as Prometheus 3 has it; what has blanks at its ends or nothing in it is a slip.
    if name.value.is_empty() || name.value.trim() != name.value || name.value == slo_core::names::METRIC_NAME
    {
        findings.add(
            Finding::error("label", name.span, format!("`{}` is not a valid label name", name.value))
                .help("write a name; letters, digits and `_` are understood everywhere"),
        );
    }
}

fn check_metric(name: &Located<String>, findings: &mut Findings) {
    if !is_name(&name.value, true) {
        findings.add(
            Finding::error("record-rule", name.span, format!("`{}` is not a valid metric name", name.value))
                .help("write letters, digits, `_` and `:`, e.g. job:requests:rate5m"),
        );
    }
}
