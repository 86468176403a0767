//! SLOs' alerts over time: an outage, a source that goes away, a recovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use slo_core::labels::Labels;
use slo_core::time::short::{at as moment, secs};
use slo_definitions::{Loaded, burn_policy_str, load_str};
use slo_evaluation::engine::Snapshot;
use slo_evaluation::engine::alerts::{
    Alerting, BUILT_IN_POLICY, MemoryStates, Overrides, SloAlerts, overrides,
};
use slo_model::alert::state::Phase;
use slo_model::buckets::Bucket;
use slo_model::budget::{Situation, WindowSums, verdict};
use slo_model::slo::Slo;
use slo_model::status::Row;

use super::{RecordingSink, alerting};

/// 2026-01-01T00:00:00Z.
pub const START: i64 = 1_767_225_600;

pub fn definitions(policy: &str) -> Loaded {
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: api}}\nspec:\n  service: web\n  indicator:\n    metadata: {{name: i}}\n    spec:\n      ratioMetric:\n        counter: true\n\
         \x20       good: {{metricSource: {{type: Prometheus, spec: {{query: 'good'}}}}}}\n\
         \x20       total: {{metricSource: {{type: Prometheus, spec: {{query: 'total'}}}}}}\n\
         \x20 timeWindow: [{{duration: 30d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  objectives: [{{target: 0.999}}]\n{policy}\
         ---\napiVersion: openslo/v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{description: x}}\n"
    );
    let loaded = load_str("slo.yaml", &text);
    assert_eq!(loaded.errors(), 0, "{:?}", loaded.diagnostics);
    loaded
}

/// A month of 100 requests a minute up to minute `at`; `bad` tells how many of a minute's fail.
pub fn minutes(at: i64, bad: impl Fn(i64) -> f64) -> Vec<Bucket> {
    let bucket = |minute: i64| Bucket {
        end: moment(START + minute * 60),
        good: 100.0 - bad(minute),
        total: 100.0,
        covered: 60.0,
    };
    (at - 31 * 1440..=at).map(bucket).collect()
}

/// The verdict at minute `at` of 100 requests a minute, all of which fail in `bad` minutes.
fn snapshot(slo: &Slo, at: i64, bad: std::ops::Range<i64>, answers: bool) -> Snapshot {
    snapshot_of(slo, at, |minute| if bad.contains(&minute) { 100.0 } else { 0.0 }, answers)
}

/// The verdict at minute `at` of 100 requests a minute; `bad` tells how many of a minute's fail.
pub fn snapshot_of(slo: &Slo, at: i64, bad: impl Fn(i64) -> f64, answers: bool) -> Snapshot {
    let now = moment(START + at * 60);
    let situation = Situation { at: now, data_until: Some(now), source_answers: answers };
    let verdict = verdict(slo, &WindowSums::of(slo, &minutes(at, bad), now), situation);
    let row = Row {
        slo: slo.clone().into(),
        group: Labels::new(),
        verdict,
        estimated: false,
        warnings: Vec::new(),
        left_out: 0,
        hidden_breaches: 0,
    };
    Snapshot { at: now, rows: vec![row], ..Snapshot::default() }
}

pub async fn engine(alerting: &Alerting, loaded: &Loaded, own: Overrides, at: i64) -> SloAlerts {
    let policy = burn_policy_str("p", BUILT_IN_POLICY).policy.unwrap();
    let mut alerts =
        SloAlerts::open(alerting, policy.clone(), secs(60), moment(START + at * 60)).await.unwrap();
    alerts.replace(loaded.slos.clone(), policy, own);
    alerts
}

fn phases(alerts: &SloAlerts) -> BTreeMap<String, Phase> {
    let name = |labels: &Labels| format!("{}{}", labels.get("alertname"), labels.get("tier"));
    alerts.instances().map(|one| (name(&one.labels), one.phase)).collect()
}

#[tokio::test]
async fn an_outage_is_one_incident_from_first_page_to_last_word() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, Some(Arc::new(MemoryStates::default())), None);
    let mut first_page = None;
    let mut first_silence = None;
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 0).await;
    for at in 0..120 {
        // The engine is killed in the middle of it.
        if at == 15 {
            alerts = engine(&alerting, &loaded, Overrides::default(), at).await;
        }
        let snapshot = snapshot(&slo, at, 10..20, true);
        let report = alerts.tick(&snapshot, moment(START + at * 60)).await;
        assert_eq!(report.problems, Vec::<String>::new());
        let page = phases(&alerts).get("SLOErrorBudgetBurn1h").copied();
        if page == Some(Phase::Firing) {
            assert!(first_silence.is_none(), "it fires anew at {at}");
            first_page.get_or_insert(at);
        } else if first_page.is_some() {
            first_silence.get_or_insert(at);
        }
    }
    // 2 % of the budget is gone within a minute of total outage; the short window is clean 5 minutes after it.
    assert_eq!(first_page, Some(10));
    assert!((24..=31).contains(&first_silence.unwrap()), "{first_silence:?}");
    let told = sink.take();
    let fast: Vec<_> = told.iter().filter(|alert| alert.labels.get("tier") == "1h").collect();
    assert!(fast.iter().all(|alert| alert.starts_at == Some(moment(START + 600))
        && alert.annotations.get("inhibited_by").is_empty()));
    assert!(fast.iter().any(|alert| alert.ends_at.is_some()));
    let slower = told.iter().find(|alert| alert.labels.get("tier") == "6h").unwrap();
    assert_eq!(slower.annotations.get("inhibited_by"), "1h");
}

#[tokio::test]
async fn a_source_that_goes_away_resolves_nothing_and_is_told_after_its_tolerance() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 0).await;
    for at in 0..40 {
        let snapshot = snapshot(&slo, at, 10..100, at < 20);
        alerts.tick(&snapshot, moment(START + at * 60)).await;
        let phases = phases(&alerts);
        if at >= 10 {
            assert_eq!(phases.get("SLOErrorBudgetBurn1h"), Some(&Phase::Firing), "{at}");
        }
        let no_data = match at {
            0..20 => None,
            20..30 => Some(&Phase::Pending),
            _ => Some(&Phase::Firing),
        };
        assert_eq!(phases.get("SLONoData"), no_data, "{at}");
    }
    // An engine that has no verdict at all for an SLO says so too, and keeps what fires.
    alerts
        .tick(&Snapshot { at: moment(START + 41 * 60), ..Snapshot::default() }, moment(START + 41 * 60))
        .await;
    assert_eq!(phases(&alerts).get("SLOErrorBudgetBurn1h"), Some(&Phase::Firing));
    // Gone from the definitions, it is gone.
    let policy = burn_policy_str("p", BUILT_IN_POLICY).policy.unwrap();
    alerts.replace(Vec::<Slo>::new(), policy, Overrides::default());
    alerts
        .tick(&Snapshot { at: moment(START + 42 * 60), ..Snapshot::default() }, moment(START + 42 * 60))
        .await;
    alerts
        .tick(&Snapshot { at: moment(START + 60 * 60), ..Snapshot::default() }, moment(START + 60 * 60))
        .await;
    assert_eq!(phases(&alerts).get("SLONoData"), None);
    assert!(phases(&alerts).values().all(|phase| *phase == Phase::Resolved), "{:?}", phases(&alerts));
}

#[tokio::test]
async fn an_alert_policy_of_the_slo_takes_the_place_of_the_tiers() {
    let own = "  alertPolicies:\n    - kind: AlertPolicy\n      metadata: {name: mine}\n      spec:\n        alertWhenBreaching: true\n        conditions:\n          - kind: AlertCondition\n            metadata: {name: quick}\n\
               \x20           spec: {severity: P4, condition: {kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h, alertAfter: 3m}}\n        notificationTargets: []\n";
    let loaded = definitions(own);
    let found = overrides(&loaded.alert_policies);
    assert_eq!(found.remarks, Vec::<String>::new());
    // One that says nothing of burning leaves the usual tiers in force.
    let silent = own.replace("alertWhenBreaching", "alertWhenResolved");
    let silent = definitions(&silent);
    assert_eq!(overrides(&silent.alert_policies).of(silent.slos.first().unwrap()), None);
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let mut alerts = engine(&alerting, &loaded, found, 0).await;
    for at in 0..16 {
        alerts.tick(&snapshot(&slo, at, 10..100, true), moment(START + at * 60)).await;
        let expected = match at {
            0..10 => None,
            10..13 => Some(Phase::Pending),
            _ => Some(Phase::Firing),
        };
        assert_eq!(phases(&alerts).get("SLOErrorBudgetBurnquick").copied(), expected, "{at}");
    }
    assert_eq!(phases(&alerts).len(), 1, "{:?}", phases(&alerts));
    let alert = sink.take().into_iter().next().unwrap();
    assert_eq!((alert.labels.get("priority"), alert.labels.get("severity")), ("P4", "ticket"));
}

#[tokio::test]
async fn a_budget_of_which_only_the_newest_part_is_known_is_not_spent() {
    let loaded = definitions("");
    let slo = loaded.slos.first().unwrap().clone();
    let sink = Arc::new(RecordingSink::default());
    let alerting = alerting(&sink, None, None);
    let mut alerts = engine(&alerting, &loaded, Overrides::default(), 0).await;
    for (at, lacks) in [(200, true), (205, true), (210, false)] {
        let mut snapshot = snapshot(&slo, at, 0..200, true);
        assert!(snapshot.rows[0].verdict.budget.remaining_ratio.unwrap() < 0.0);
        if lacks {
            snapshot.lacking.insert(slo.key.clone());
        }
        alerts.tick(&snapshot, moment(START + at * 60)).await;
        assert_eq!(phases(&alerts).contains_key("SLOErrorBudgetExhausted"), !lacks, "{at}");
    }
}
