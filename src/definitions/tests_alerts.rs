//! Alert policies, as files have them and as they are understood.

use super::tests::{CONDITION, RATIO, WINDOW, check, slo};
use super::*;

#[test]
fn alert_policies() {
    let condition = format!("---\napiVersion: openslo/v1\n{CONDITION}");
    let policy = "---\napiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {name: page-me}\nspec:\n  alertWhenBreaching: true\n  conditions: [{conditionRef: fast}]\n  notificationTargets: [{targetRef: chat}]\n";
    let target = "---\napiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: {name: chat}\nspec: {target: slack}\n";
    let slo = |policies: &str, target: &str| {
        slo(RATIO, &format!("{WINDOW}\n  objectives: [{{target: {target}}}]\n  alertPolicies: {policies}"))
    };
    for policies in ["[page-me]", "[{alertPolicyRef: page-me}]"] {
        let yaml = format!("{}{condition}{policy}{target}", slo(policies, "0.99"));
        check(&yaml, &[]);
        let loaded = load_str("x", &yaml);
        let found = &loaded.alert_policies[0];
        assert_eq!((found.name.as_str(), found.slos.as_slice()), ("page-me", ["x".to_owned()].as_slice()));
        assert_eq!(found.conditions[0].lookback, slo_core::time::Span::hours(1));
        assert_eq!(found.targets[0].target, "slack");
    }
    check(
        &format!("{}{condition}{policy}{target}", slo("[page-you]", "0.99")),
        &["unknown-reference page-you"],
    );
    check(&format!("{condition}{policy}"), &["unknown-reference chat"]);
    check(&format!("{policy}{target}"), &["unknown-reference fast"]);
    // 14.4 is out of reach below 1 - 1/14.4 = 0.9306.
    check(&format!("{}{condition}{policy}{target}", slo("[page-me]", "0.93")), &["burn-rate 14.4"]);
    check(&format!("{}{condition}{policy}{target}", slo("[page-me]", "0.931")), &[]);
    let exact = condition.replace("14.4", "10");
    check(&format!("{}{exact}{policy}{target}", slo("[page-me]", "0.9")), &["burn-rate 10"]);
    let or_equal = exact.replace("threshold: 10", "threshold: 10, op: gte");
    check(&format!("{}{or_equal}{policy}{target}", slo("[page-me]", "0.9")), &[]);
    let two = slo("[page-me]", "0.99").replace("[{target: 0.99}]", "[{target: 0.99}, {target: 0.5}]");
    check(&format!("{two}{condition}{policy}{target}"), &["~burn-rate 14.4"]);
    let long = condition.replace("1h", "60d");
    check(&format!("{}{long}{policy}{target}", slo("[page-me]", "0.99")), &["lookback 60d", "~lookback 60d"]);
    let month = "[{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]";
    let calendar = slo("[page-me]", "0.99").replace("[{duration: 30d, isRolling: true}]", month);
    check(&format!("{calendar}{}{policy}{target}", condition.replace("1h", "31d")), &["lookback 31d"]);
    check(
        &format!("{calendar}{}{policy}{target}", condition.replace("1h", "90d")),
        &["lookback 90d", "~lookback 90d"],
    );
    check(&format!("{calendar}{}{policy}{target}", condition.replace("1h", "3d")), &[]);
    let slow = condition.replace("5m", "90d");
    check(&format!("{}{slow}{policy}{target}", slo("[page-me]", "0.99")), &["~alert-after 90d"]);
    let none = policy.replace("[{conditionRef: fast}]", "[]");
    check(&format!("{}{condition}{none}{target}", slo("[page-me]", "0.99")), &["no-condition conditions"]);
    // OpenSLO's own example has `lte`.
    for (op, meant) in [("lte", true), ("lt", false)] {
        let low = condition.replace("threshold: 14.4", &format!("threshold: 14.4, op: {op}"));
        let yaml = format!("{}{low}{policy}{target}", slo("[page-me]", "0.99"));
        check(&yaml, &[&format!("~burn-rate-op {op}")]);
        assert_eq!(load_str("x", &yaml).alert_policies[0].conditions[0].or_equal, meant);
    }
    check(&condition.replace("14.4", "0"), &["burn-rate 0"]);
    check(&condition.replace("1h", "1x"), &["bad-duration 1x"]);
    check(&condition.replace("burnrate", "burn_rate"), &["unknown-value burn_rate"]);
    for said in ["alertWhenBreaching: false", "alertWhenResolved: true"] {
        check(
            &format!("{condition}{policy}{target}").replace("alertWhenBreaching: true", said),
            &["~silent-policy spec"],
        );
    }
}

#[test]
fn inline_alert_policies() {
    let inline = "[{kind: AlertPolicy, metadata: {name: p}, spec: {alertWhenBreaching: true, conditions: [{kind: AlertCondition, metadata: {name: c}, spec: {severity: page, condition: {kind: burnrate, threshold: 2, lookbackWindow: 1h, alertAfter: 0m}}}], notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: email}}]}}]";
    let yaml = slo(RATIO, &format!("{WINDOW}\n  objectives: [{{target: 0.9}}]\n  alertPolicies: {inline}"));
    check(&yaml, &[]);
    let loaded = load_str("x", &yaml);
    assert_eq!(loaded.alert_policies[0].slos, ["x"]);
    check(&yaml.replace("kind: AlertPolicy,", "kind: AlertPolice,"), &["unknown-value AlertPolice"]);
    check(&yaml.replace("metadata: {name: c}, ", ""), &["missing-field kind"]);
    check(&yaml.replace(inline, "[{}]"), &["missing-field {}"]);
}
