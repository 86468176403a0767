use super::*;
use crate::render;
use slo_model::alert::rule::Rule;

fn told(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|one| {
            format!("{}:{}: {}: {}", one.place.line, one.place.column, one.severity.as_str(), one.message)
        })
        .collect()
}

const TIER: &str = "{name: a, budget: 0.02, long_window: 1h, short_window: 5m, severity: page, priority: P1}";

#[test]
fn a_policy_is_read_as_it_is_written() {
    let text = format!(
        "tiers: [{TIER}]\nkeep_firing_for: 90s\nno_data: {{severity: ticket, priority: P3, for: 10m}}\n"
    );
    let read = burn_policy_str("p.yaml", &text);
    assert_eq!(told(&read.diagnostics), Vec::<String>::new());
    let policy = read.policy.unwrap();
    assert_eq!(policy.keep_firing, slo_core::time::short::secs(90));
    assert_eq!(policy.no_data.unwrap().hold, slo_core::time::short::secs(600));
    assert_eq!(policy.exhausted, None);
}

#[test]
fn everything_wrong_in_a_policy_is_told_with_its_place() {
    for (text, expected) in [
        ("", "1:1: error: the burn-rate policy is empty"),
        ("tiers: []", "1:1: error: 0 tiers"),
        ("tires: []", "1:1: error: `tires` is not a key of the burn-rate policy"),
        (
            "tiers:\n  - {name: a, budget: 2, long_window: 1h, short_window: 5m, severity: page, priority: P1}",
            "2:23: error: `budget` is a share from 0 to 1",
        ),
        (
            "tiers:\n  - {name: a, budget: 0.02, long_window: 7h, short_window: 5m, severity: page, priority: P1}",
            "2:42: error: `long_window` is not a window that is measured",
        ),
        (
            "tiers:\n  - {name: a, budget: 0.02, long_window: 1h, short_window: 1h, severity: page, priority: P1}",
            "2:60: error: the short window is not shorter than the long one",
        ),
        (
            "tiers:\n  - {name: a, budget: 0.02, long_window: 1h, short_window: 5m, severity: pager, priority: P1}",
            "2:74: error: `pager` is not a valid severity",
        ),
        (
            "tiers:\n  - {name: a, budget: 0.02, long_window: 1h, short_window: 5m, severity: page, priority: P5}",
            "2:90: error: `P5` is not a valid priority",
        ),
        (
            "tiers:\n  - {name: a, budget: 0, long_window: 1h, short_window: 5m, severity: page, priority: P1}",
            "a tier that may spend nothing always fires",
        ),
    ] {
        let read = burn_policy_str("p.yaml", text);
        let told = told(&read.diagnostics);
        assert!(told.iter().any(|one| one.contains(expected)), "{text}\n{told:#?}");
        assert!(read.policy.is_none(), "{text}");
    }
    let twice = burn_policy_str("p.yaml", &format!("tiers:\n  - {TIER}\n  - {TIER}\n"));
    assert_eq!(told(&twice.diagnostics), ["3:12: error: there are two tiers `a`"]);
}

const RULES: &str = r#"groups:
  - name: g
    interval: 30s
    limit: 5
    query_offset: 1m
    rules:
      - record: job:x:sum
        expr: sum by (job) (x)
        labels: {kind: y}
      - alert: Down
        expr: up == 0
        for: 1m30s
        keep_firing_for: 5m
        labels: {priority: P1}
        annotations:
          summary: "{{ $labels.instance }} is down"
"#;

#[test]
fn rule_files_are_read_as_prometheus_reads_them() {
    let read = rule_files_str("r.yaml", RULES);
    assert_eq!(
        told(&read.diagnostics),
        ["5:5: warning: `query_offset` is ignored: rules are evaluated at the moment itself"]
    );
    let group = read.groups.first().unwrap();
    assert_eq!(
        (group.name.as_str(), group.interval, group.limit),
        ("g", Some(slo_core::time::short::secs(30)), 5)
    );
    let [Rule::Record(record), Rule::Alert(alert)] = group.rules.as_slice() else { panic!("{group:?}") };
    assert_eq!(record.record, "job:x:sum");
    assert_eq!((alert.timing.hold.ms(), alert.timing.keep_firing.ms()), (90_000, 300_000));
}

#[test]
fn everything_wrong_in_rules_is_told_with_its_place() {
    for (from, to, expected) in [
        ("expr: up == 0", "expr: sum(up", "11:"),
        ("expr: up == 0", "exp: up == 0", "11:9: error: `exp` is not a key of the rule"),
        ("for: 1m30s", "for: 90", "12:14: error: `90` is not a valid duration"),
        ("for: 1m30s", "for: 5m1h5m", "12:14: error: `5m1h5m` is not a valid duration"),
        ("is down\"", "{{ humanise $value }}\"", "16:47: error: there is no function `humanise`"),
        ("is down\"", "{{ query \\\"up\\\" }}\"", "16:47: error: `query` is not supported"),
        ("priority: P1", "\" \": x", "14:18: error: ` ` is not a valid label name"),
        ("alert: Down", "alert: Down\n        record: x", "10:"),
        ("record: job:x:sum", "record: 1x", "7:17: error: `1x` is not a valid metric name"),
        ("labels: {kind: y}", "for: 1m", "9:9: error: a recording rule has no `for`"),
        ("interval: 30s", "interval: 0s", "3:15: error: an interval lasts from 1 s to 1 d"),
        ("limit: 5", "limit: -1", "4:12: error: a limit is a whole number"),
        ("groups:", "grupps:", "1:1: error: `grupps` is not a key of the rule file"),
    ] {
        assert!(RULES.contains(from), "{from}");
        let read = rule_files_str("r.yaml", &RULES.replace(from, to));
        let told = told(&read.diagnostics);
        assert!(told.iter().any(|one| one.contains(expected) && one.contains("error")), "{to}\n{told:#?}");
        assert!(read.errors() > 0);
    }
    let twice = format!("{RULES}{}", RULES.trim_start_matches("groups:\n"));
    let told = told(&rule_files_str("r.yaml", &twice).diagnostics);
    assert!(told.iter().any(|one| one.contains("there are two groups `g`")), "{told:#?}");
}

#[test]
fn what_ships_is_read_without_a_finding_and_names_runbooks_that_are_there() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let read = load_rule_files(&[root.join("rules")]);
    let all: Vec<String> = read.diagnostics.iter().map(render).collect();
    assert_eq!(all, Vec::<String>::new());
    assert!(!read.groups.is_empty());
    for rule in read.groups.iter().flat_map(|group| &group.rules) {
        let Rule::Alert(alert) = rule else { continue };
        let annotation = |name: &str| {
            let found = alert.annotations.iter().find(|(known, _)| known == name);
            found.unwrap_or_else(|| panic!("{} has no {name}", alert.name)).1.text()
        };
        assert!(root.join(annotation("runbook")).is_file(), "{}", annotation("runbook"));
        assert!(annotation("dashboard").starts_with("/d/"));
        assert!(!annotation("summary").is_empty());
        assert!(alert.labels.iter().any(|(name, _)| name == "priority"), "{}", alert.name);
    }
    for slo in crate::load(&[root.join("rules/slos")]).slos {
        let runbook = slo.about.runbook.unwrap_or_else(|| panic!("{} has no runbook", slo.key));
        assert!(root.join(&runbook).is_file(), "{runbook}");
    }
}
