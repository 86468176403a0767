//! The burn-rate policy that ships, and what it says of verdicts.

use slo_core::duration;
use slo_core::labels::Labels;
use slo_core::names;
use slo_core::time::Timestamp;
use slo_core::time::short::{at, secs};
use slo_model::alert::Priority;
use slo_model::alert::burn::{
    EXHAUSTED_ALERT, NO_DATA_ALERT, Policy, Severity, Tier, Trigger, assess, impact, windows_for,
};
use slo_model::buckets::Bucket;
use slo_model::budget::{Situation, State, Sums, Verdict, WindowSums, verdict};
use slo_model::slo::Slo;

const DAY: i64 = 86_400;
/// Some moment: 2026-01-31T00:00:00Z.
const NOW: Timestamp = at(1_769_817_600);

fn policy() -> Policy {
    let read =
        slo_definitions::burn_policy_str("burn-rate.yaml", slo_evaluation::engine::alerts::BUILT_IN_POLICY);
    assert_eq!(read.diagnostics, Vec::new());
    read.policy.unwrap()
}

fn slo(target: &str, window: &str, annotations: &str) -> Slo {
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: api\n  displayName: The API\n  annotations: {{{annotations}}}\n\
         spec:\n  description: Requests are answered\n  service: web\n  indicator:\n    metadata: {{name: i}}\n    spec:\n      ratioMetric:\n        counter: true\n\
         \x20       good: {{metricSource: {{type: Prometheus, spec: {{query: 'good'}}}}}}\n\
         \x20       total: {{metricSource: {{type: Prometheus, spec: {{query: 'total'}}}}}}\n\
         \x20 timeWindow: [{{duration: {window}, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{target: {target}}}]\n\
         ---\napiVersion: openslo/v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{description: x}}\n"
    );
    let loaded = slo_definitions::load_str("slo.yaml", &text);
    assert_eq!(loaded.errors(), 0, "{:?}", loaded.diagnostics);
    loaded.slos.into_iter().next().unwrap()
}

/// The verdict at [`NOW`] of minutes with `total` events, of which `bad` tells how many are bad, by the minute's age.
fn judge(slo: &Slo, total: f64, bad: impl Fn(i64) -> f64) -> Verdict {
    let buckets: Vec<Bucket> = (0..31 * 1440)
        .rev()
        .map(|age| Bucket { end: NOW - secs(age * 60), good: total - bad(age), total, covered: 60.0 })
        .collect();
    let situation = Situation { at: NOW, data_until: Some(NOW), source_answers: true };
    verdict(slo, &WindowSums::of(slo, &buckets, NOW), situation)
}

/// Names and tiers of the alerts, and who speaks for them.
fn fired(slo: &Slo, verdict: &Verdict) -> Vec<(String, String)> {
    let policy = policy();
    let assessed = assess(slo, &Labels::new(), verdict, NOW, &policy, &policy.tiers);
    let tier = |labels: &Labels| {
        let tier = labels.get(names::TIER);
        if tier.is_empty() { labels.get("alertname").to_owned() } else { tier.to_owned() }
    };
    assessed
        .seen
        .iter()
        .map(|(one, _)| (tier(&one.labels), one.annotations.get(names::INHIBITED_BY).to_owned()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn factors_follow_the_window() {
    let policy = policy();
    let factors = |slo: &Slo| -> Vec<Option<f64>> {
        let round = |factor: f64| (factor * 1e9).round() / 1e9;
        policy.tiers.iter().map(|tier| tier.factor(slo, NOW, policy.minimum_factor).map(round)).collect()
    };
    assert_eq!(factors(&slo("0.999", "30d", "")), [Some(14.4), Some(6.0), Some(3.0), Some(1.0)]);
    // Where 2 % of the budget an hour would keep the objective, the objective itself is the limit.
    assert_eq!(factors(&slo("0.999", "7d", "")), [Some(3.36), Some(1.4), Some(1.0), Some(1.0)]);
    assert_eq!(factors(&slo("0.999", "1d", "")), [Some(1.0), Some(1.0), Some(1.0), None]);
    // Of 90 % only ten times too much can be bad: a total failure must still page.
    assert_eq!(factors(&slo("0.9", "30d", "")), [Some(9.0), Some(6.0), Some(3.0), Some(1.0)]);
}

#[test]
fn a_total_outage_pages_and_the_fastest_tier_speaks() {
    let slo = slo("0.999", "30d", "");
    // Twenty minutes in which everything fails, still going on.
    let verdict = judge(&slo, 100.0, |age| if age < 20 { 100.0 } else { 0.0 });
    assert_eq!(fired(&slo, &verdict), pairs(&[("1h", ""), ("6h", "1h"), ("1d", "1h"), ("3d", "1h")]));
    // An hour later the fast short windows are clean, and what is left is for tomorrow.
    let verdict = judge(&slo, 100.0, |age| if (60..80).contains(&age) { 100.0 } else { 0.0 });
    assert_eq!(fired(&slo, &verdict), pairs(&[("1d", ""), ("3d", "1d")]));
    let verdict = judge(&slo, 100.0, |_| 0.05);
    assert_eq!(fired(&slo, &verdict), pairs(&[]));
}

#[test]
fn slow_burns_are_tickets_and_the_edge_counts() {
    let slo = slo("0.999", "30d", "");
    // 14.4 times exactly, for an hour.
    let verdict = judge(&slo, 1000.0, |age| if age < 60 { 14.4 } else { 0.0 });
    assert_eq!(fired(&slo, &verdict).first(), pairs(&[("1h", "")]).first());
    let verdict = judge(&slo, 1000.0, |age| if age < 60 { 14.39 } else { 0.0 });
    assert!(fired(&slo, &verdict).iter().all(|(tier, _)| tier != "1h"));
    let verdict = judge(&slo, 1000.0, |age| if age < 3 * 1440 { 1.2 } else { 0.0 });
    assert_eq!(fired(&slo, &verdict), pairs(&[("3d", "")]));
}

#[test]
fn low_traffic_needs_more_than_one_error() {
    let slo = slo("0.999", "30d", "");
    // One request a minute, one error: 16.7 times too fast over the hour, and nobody is woken.
    let verdict = judge(&slo, 1.0, |age| if age == 2 { 1.0 } else { 0.0 });
    assert!(verdict.burn_rates[2].unwrap().unwrap() > 14.4);
    assert_eq!(fired(&slo, &verdict), pairs(&[]));
    // Ten minutes of total outage at the same traffic.
    let verdict = judge(&slo, 1.0, |age| if age < 10 { 1.0 } else { 0.0 });
    assert_eq!(fired(&slo, &verdict).first(), pairs(&[("1h", "")]).first());
    // A service that asks for more events itself.
    let quiet = self::slo("0.999", "30d", "slo-engine/minimum-events: \"1000\"");
    let verdict = judge(&quiet, 1.0, |age| if age < 10 { 1.0 } else { 0.0 });
    assert!(fired(&quiet, &verdict).iter().all(|(tier, _)| tier != "1h" && tier != "6h"));
}

#[test]
fn a_budget_that_is_spent_is_told_once_there_is_something_to_tell() {
    let slo = slo("0.999", "30d", "");
    let verdict = judge(&slo, 1000.0, |age| if age > 20 * 1440 { 4.0 } else { 0.0 });
    assert_eq!(verdict.state, State::Exhausted);
    assert_eq!(fired(&slo, &verdict), pairs(&[(EXHAUSTED_ALERT, "")]));
}

#[test]
fn without_data_nothing_is_good_or_bad() {
    let slo = slo("0.999", "30d", "");
    let policy = policy();
    let mut verdict = judge(&slo, 100.0, |age| if age < 20 { 100.0 } else { 0.0 });
    for state in [State::NoData, State::Stale] {
        verdict.state = state;
        let assessed = assess(&slo, &Labels::new(), &verdict, NOW, &policy, &policy.tiers);
        let names: Vec<&str> = assessed.seen.iter().map(|(one, _)| one.labels.get("alertname")).collect();
        assert_eq!(names, [NO_DATA_ALERT]);
        assert_eq!(assessed.seen.first().unwrap().1.hold.ms(), 600_000);
        // Four tiers and the budget's end: they stay as they are.
        assert_eq!(assessed.unclear.len(), 5);
    }
    // No request in the short window is no recovery.
    let verdict = judge_gap(&slo);
    let assessed = assess(&slo, &Labels::new(), &verdict, NOW, &policy, &policy.tiers);
    assert!(assessed.unclear.iter().any(|labels| labels.get(names::TIER) == "1h"), "{assessed:?}");
}

/// Ten bad minutes, then five without a request.
fn judge_gap(slo: &Slo) -> Verdict {
    let buckets: Vec<Bucket> = (0..31 * 1440)
        .rev()
        .map(|age| {
            let total = if age < 5 { 0.0 } else { 1.0 };
            let good = if age < 15 { 0.0 } else { total };
            Bucket { end: NOW - secs(age * 60), good, total, covered: 60.0 }
        })
        .collect();
    let situation = Situation { at: NOW, data_until: Some(NOW), source_answers: true };
    verdict(slo, &WindowSums::of(slo, &buckets, NOW), situation)
}

#[test]
fn an_alert_says_everything_that_is_needed_at_night() {
    let slo = slo(
        "0.999",
        "30d",
        "slo-engine/tier: high, slo-engine/owner: web-team, slo-engine/runbook: r.md, slo-engine/dashboard: /d/x",
    );
    let policy = policy();
    let verdict = judge(&slo, 100.0, |age| if age < 20 { 100.0 } else { 0.0 });
    let group: Labels = [("route", "/a"), ("tier", "gold")].into_iter().collect();
    let assessed = assess(&slo, &group, &verdict, NOW, &policy, &policy.tiers);
    let (alert, timing) = assessed.seen.first().unwrap();
    assert_eq!(
        alert.labels.to_string(),
        r#"{alertname="SLOErrorBudgetBurn",exported_tier="gold",owner="web-team",priority="P2",route="/a",service="web",severity="page",slo="api",slo_tier="high",tier="1h"}"#
    );
    assert_eq!((timing.hold.ms(), timing.keep_firing.ms()), (0, 300_000));
    let said = &alert.annotations;
    assert_eq!(
        said.get("summary"),
        "The API {route=\"/a\",tier=\"gold\"}: the error budget burns, 333.3× over 1h"
    );
    assert_eq!(
        said.get("impact"),
        "The API {route=\"/a\",tier=\"gold\"}: 100% of events failed in the last 5m; the objective allows 0.1%"
    );
    assert_eq!(
        said.get("description"),
        "Requests are answered. Burn rate 333.3× over 1h and 1000× over 5m, where 14.4× is too fast. 53.7% of the budget is left; \
         if the last hours go on, it is spent in 6h 57m 36s."
    );
    for (name, value) in [
        ("burn_rate_long", "333.3"),
        ("burn_rate_short", "1000"),
        ("burn_rate_threshold", "14.4"),
        ("long_window", "1h"),
        ("short_window", "5m"),
        ("remaining_budget", "53.7%"),
        ("target", "99.9%"),
        ("coverage", "100%"),
        ("runbook", "r.md"),
        ("dashboard", "/d/x"),
        ("owner", "web-team"),
    ] {
        assert_eq!(said.get(name), value, "{name}");
    }
    assert!(said.get("exhausts_at").starts_with("2026-01-31T06:57"), "{}", said.get("exhausts_at"));
}

/// What users are told when 30 of 1000 were bad, of each kind of indicator as it ships.
#[test]
fn the_impact_says_what_was_counted() {
    let sums = Sums { good: 970.0, total: 1000.0, covered: 300.0 };
    let loaded = slo_definitions::load(&["rules/slos".into()]);
    let mut said: Vec<String> = loaded
        .slos
        .iter()
        .map(|slo| impact::impact(slo, &Labels::new(), sums, "in the last 5m").unwrap())
        .collect();
    said.sort();
    let has = |text: &str| assert!(said.iter().any(|said| said == text), "{text}\nin {said:#?}");
    has("API availability: 3% of requests failed in the last 5m; the objective allows 0.1%");
    has("API latency: p95: 3% of requests took longer than 500 ms in the last 5m; the objective allows 5%");
    has(
        "Data freshness: 3% of the minutes were bad in the last 5m (good is < 3600); the objective allows 1%",
    );
    let slo = slo("0.999", "30d", "");
    assert_eq!(impact::impact(&slo, &Labels::new(), Sums::default(), ""), None);
    assert_eq!(duration::format(secs(2_592_000)), "30d");
    assert_eq!(duration::format(secs(5400)), "90m");
}

#[test]
fn a_condition_of_its_own_decides_with_its_own_windows() {
    assert_eq!(windows_for(secs(3600)).map(|(long, short)| (long.name, short.name)), Some(("1h", "5m")));
    assert_eq!(windows_for(secs(21_600)).map(|(long, short)| (long.name, short.name)), Some(("6h", "30m")));
    assert_eq!(windows_for(secs(86_400)).map(|(long, short)| (long.name, short.name)), Some(("1d", "2h")));
    assert_eq!(windows_for(secs(3 * DAY)).map(|(long, short)| (long.name, short.name)), Some(("3d", "6h")));
    assert_eq!(windows_for(secs(900)).map(|(long, short)| (long.name, short.name)), Some(("30m", "5m")));
    assert_eq!(windows_for(secs(4 * DAY)), None);
    let slo = slo("0.999", "30d", "");
    let policy = policy();
    let (long, short) = windows_for(secs(3600)).unwrap();
    let tier = |or_equal: bool, threshold: f64| Tier {
        name: "mine".to_owned(),
        trigger: Trigger::Rate { threshold, or_equal },
        long,
        short,
        severity: Severity::Ticket,
        priority: Priority::P4,
        hold: slo_core::time::short::secs(120),
    };
    let verdict = judge(&slo, 1000.0, |age| if age < 60 { 2.0 } else { 0.0 });
    let burns = |tier: Tier| !assess(&slo, &Labels::new(), &verdict, NOW, &policy, &[tier]).seen.is_empty();
    assert!(burns(tier(true, 1.99)));
    assert!(!burns(tier(true, 2.01)));
    assert!(!burns(tier(false, 2.01)));
}
