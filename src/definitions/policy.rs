//! `alerts/policy.yaml`: the error-budget policy.

use std::path::Path;

use super::diagnostic::Diagnostic;
use super::fields::{Entry, Fields, Located, choice, float, items, string};
use super::files::Files;
use super::findings::{Finding, Findings};
use super::source::Sources;
use super::yaml;
use chrono::DateTime;
use slo_core::time::Timestamp;
use slo_model::policy::{Action, BudgetPolicy, Condition, Exception, PolicyRule};

/// The policy that holds where nobody wrote one.
pub const SHIPPED_POLICY: &str = include_str!("../../alerts/policy.yaml");

/// An error-budget policy as it was read.
#[derive(Debug, Clone, Default)]
pub struct PolicyFile {
    /// The policy; `None` when an error is among the findings.
    pub policy: Option<BudgetPolicy>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads an error-budget policy from a file.
pub fn load_policy(path: &Path) -> PolicyFile {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let file = Files::new(&mut sources, &mut findings).read(path);
    policy_file(file, &sources, findings)
}

/// Reads an error-budget policy from a text, as if it were the file `name`.
pub fn policy_str(name: &str, text: &str) -> PolicyFile {
    let mut sources = Sources::default();
    let file = sources.add(name.to_owned(), text.to_owned());
    policy_file(Some(file), &sources, Findings::default())
}

fn policy_file(file: Option<usize>, sources: &Sources, mut findings: Findings) -> PolicyFile {
    let what = "the error-budget policy";
    let one = file.and_then(|file| yaml::only_document(file, sources, what, "rules:", &mut findings));
    let policy = one.and_then(|one| policy(Entry::item(&one), &mut findings));
    let policy = policy.filter(|_| findings.errors() == 0);
    PolicyFile { policy, diagnostics: findings.finish(sources) }
}

fn policy(entry: Entry<'_>, findings: &mut Findings) -> Option<BudgetPolicy> {
    let mut fields = Fields::of(entry, "the error-budget policy", findings)?;
    let rules = fields.required("rules", "rules: [{name: spent, budget_left_at_most: 0, actions: [freeze]}]");
    let exceptions = fields.get("exceptions");
    fields.finish(findings);
    let rules = rules.map_or_else(Vec::new, |list| items(list, "`rules`", findings));
    let rules: Vec<_> = rules.into_iter().filter_map(|item| rule(item, findings)).collect();
    check_rules(&rules, findings);
    let exceptions = exceptions.map_or_else(Vec::new, |list| items(list, "`exceptions`", findings));
    let exceptions = exceptions.into_iter().filter_map(|item| exception(item, findings)).collect();
    Some(BudgetPolicy { rules: rules.into_iter().map(|rule| rule.value).collect(), exceptions })
}

fn rule(entry: Entry<'_>, findings: &mut Findings) -> Option<Located<PolicyRule>> {
    let mut fields = Fields::of(entry, "the rule", findings)?;
    let name = fields.required("name", "name: budget-spent");
    let left = fields.get("budget_left_at_most");
    let spent = fields.get("spent_by_incident");
    let actions = fields.required("actions", "actions: [freeze]");
    let escalate_to = fields.get("escalate_to");
    let services = fields.get("services");
    fields.finish(findings);
    let name = name.and_then(|entry| string(entry, "`name`", findings));
    let condition = match (left, spent) {
        (Some(left), None) => {
            share(left, "`budget_left_at_most`", f64::NEG_INFINITY, findings).map(Condition::LeftAtMost)
        }
        (None, Some(spent)) => {
            share(spent, "`spent_by_incident`", f64::MIN_POSITIVE, findings).map(Condition::SpentByIncident)
        }
        (None, None) | (Some(_), Some(_)) => {
            let many = left.is_some();
            let problem = if many { "has two conditions" } else { "has no condition" };
            findings.add(Finding::error("policy-rule", entry.head, format!("the rule {problem}")).help(
                "write `budget_left_at_most: 0` or `spent_by_incident: 0.2`; two conditions are two rules",
            ));
            None
        }
    };
    let actions = actions.map_or_else(Vec::new, |list| read_actions(list, findings));
    let escalate_to = escalate_to.and_then(|entry| string(entry, "`escalate_to`", findings));
    let escalates = actions.contains(&Action::Escalate);
    if escalates != escalate_to.is_some() {
        let (problem, help) = if escalates {
            ("the rule escalates to nobody", "write `escalate_to: NAME`")
        } else {
            ("the rule names somebody to escalate to and does not escalate", "add `escalate` to its actions")
        };
        findings.add(Finding::error("policy-rule", entry.head, problem).help(help));
    }
    let services = services.map_or_else(Vec::new, |list| names(list, "`services`", findings));
    let (name, condition) = (name?, condition?);
    let escalate_to = escalate_to.map(|to| to.value);
    Some(Located::new(PolicyRule { name: name.value, condition, actions, escalate_to, services }, name.span))
}

fn read_actions(list: Entry<'_>, findings: &mut Findings) -> Vec<Action> {
    let words = Action::ALL.map(|action| (action.as_str(), action));
    let mut actions = Vec::new();
    let entries = items(list, "`actions`", findings);
    if entries.is_empty() {
        findings.add(
            Finding::error("policy-rule", list.head, "the rule asks for nothing")
                .help("write one of freeze, escalate, postmortem, review"),
        );
    }
    for entry in entries {
        let Some(action) = choice(entry, "action", &words, findings) else { continue };
        if actions.contains(&action.value) {
            findings.add(
                Finding::error("duplicate-key", action.span, "the action stands twice").help("remove one"),
            );
        } else {
            actions.push(action.value);
        }
    }
    actions
}

/// Names that differ, and no rule that another one makes superfluous or contradicts.
fn check_rules(rules: &[Located<PolicyRule>], findings: &mut Findings) {
    for (place, rule) in rules.iter().enumerate() {
        for other in rules.get(..place).unwrap_or_default() {
            if other.value.name == rule.value.name {
                findings.add(
                    Finding::error(
                        "duplicate-name",
                        rule.span,
                        format!("there are two rules `{}`", rule.value.name),
                    )
                    .help("rename one")
                    .related(other.span, "the first is here"),
                );
            } else if other.value.condition == rule.value.condition
                && other.value.services == rule.value.services
            {
                findings.add(
                    Finding::warning("policy-rule", rule.span, "another rule has the same condition")
                        .help("write the actions of both into one")
                        .related(other.span, "it is here"),
                );
            }
        }
    }
}

fn exception(entry: Entry<'_>, findings: &mut Findings) -> Option<Exception> {
    let mut fields = Fields::of(entry, "the exception", findings)?;
    let services = fields.get("services");
    let action = fields.required("action", "action: freeze");
    let until = fields.required("until", "until: 2026-12-24T00:00:00Z");
    let reason = fields.required("reason", "reason: the release that mends it");
    let approved_by = fields.required("approved_by", "approved_by: NAME");
    fields.finish(findings);
    let words = Action::ALL.map(|action| (action.as_str(), action));
    let action = action.and_then(|entry| choice(entry, "action", &words, findings));
    let until = until.and_then(|entry| moment(entry, findings));
    let reason = reason.and_then(|entry| string(entry, "`reason`", findings));
    let approved_by = approved_by.and_then(|entry| string(entry, "`approved_by`", findings));
    let services = services.map_or_else(Vec::new, |list| names(list, "`services`", findings));
    Some(Exception {
        services,
        action: action?.value,
        until: until?,
        reason: reason?.value,
        approved_by: approved_by?.value,
    })
}

fn names(list: Entry<'_>, what: &str, findings: &mut Findings) -> Vec<String> {
    let entries = items(list, what, findings);
    entries.into_iter().filter_map(|entry| Some(string(entry, what, findings)?.value)).collect()
}

/// A share of a budget, at least `least`.
fn share(entry: Entry<'_>, what: &str, least: f64, findings: &mut Findings) -> Option<f64> {
    let number = float(entry, what, findings)?;
    if number.value >= least && number.value <= 1.0 {
        return Some(number.value);
    }
    let help = if number.value > 1.0 {
        format!("write a share of the budget: {} % is {}", number.value, number.value / 100.0)
    } else {
        "write a share of the budget above 0, e.g. 0.2".to_owned()
    };
    findings.add(
        Finding::error("policy-rule", number.span, format!("{what} is not a share of a budget")).help(help),
    );
    None
}

fn moment(entry: Entry<'_>, findings: &mut Findings) -> Option<Timestamp> {
    let text = string(entry, "`until`", findings)?;
    let parsed = DateTime::parse_from_rfc3339(&text.value).ok();
    if parsed.is_none() {
        findings.add(
            Finding::error("bad-time", text.span, format!("`{}` is not a valid time", text.value))
                .help("write it with its time zone, e.g. 2026-12-24T00:00:00Z"),
        );
    }
    parsed.map(|time| Timestamp::from_ms(time.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_is_valid() {
        let file = policy_str("alerts/policy.yaml", SHIPPED_POLICY);
        assert_eq!(file.diagnostics, []);
        let policy = file.policy.unwrap();
        assert_eq!(policy.rules[0].condition, Condition::LeftAtMost(0.0));
        assert_eq!(policy.rules.len(), 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let refused = |text: &str| -> Vec<String> {
            let file = policy_str("p.yaml", text);
            let told = file.diagnostics.iter().map(|one| format!("{}: {}", one.place.line, one.message));
            assert!(file.policy.is_none(), "{text}");
            told.collect()
        };
        assert_eq!(refused("rules:\n- {name: a, actions: [freeze]}"), ["2: the rule has no condition"]);
        assert_eq!(
            refused("rules:\n- {name: a, budget_left_at_most: 25, actions: [freez]}"),
            ["2: `budget_left_at_most` is not a share of a budget", "2: `freez` is not a valid action"]
        );
        assert_eq!(
            refused("rules:\n- {name: a, budget_left_at_most: 0, actions: [escalate]}"),
            ["2: the rule escalates to nobody"]
        );
        assert_eq!(
            refused("rules: []\nexceptions:\n- {action: freeze, until: tomorrow, reason: x, approved_by: y}"),
            ["3: `tomorrow` is not a valid time"]
        );
        assert_eq!(
            refused(
                "rules:\n- {name: a, budget_left_at_most: 0, actions: [freeze]}\n- {name: a, spent_by_incident: 0.1, actions: [review]}"
            ),
            ["3: there are two rules `a`"]
        );
        assert_eq!(refused(""), ["1: the error-budget policy is empty"]);
    }
}
