//! What is known of alerts, in SQLite and in PostgreSQL: the same.

use slo_core::labels::Labels;
use slo_core::time::short::at_ms;
use slo_evaluation::engine::alerts::{Change, States, StoredStates};
use slo_model::alert::Fingerprint;
use slo_model::alert::state::{Instance, Phase};

use crate::servers::postgres;
use crate::stores;

fn instance(name: &str, active_at: i64) -> Instance {
    Instance {
        labels: [("alertname", name)].into_iter().collect(),
        annotations: [("summary", "é \"'\n")].into_iter().collect(),
        value: 0.0,
        phase: Phase::Pending,
        active_at: at_ms(active_at),
        fired_at: None,
        keep_since: None,
        resolved_at: None,
        evaluated_at: at_ms(active_at),
        context: None,
    }
}

fn change(rule: &str, instance: &Instance, keep: bool) -> Change {
    Change {
        rule: rule.to_owned(),
        fingerprint: Fingerprint::of(&instance.labels),
        instance: keep.then(|| instance.clone()),
    }
}

/// Programs up to schema 60 kept the chart as annotations.
#[tokio::test]
async fn a_chart_that_was_kept_as_annotations_is_read() {
    let states = StoredStates::new(stores::store("sqlite::memory:").await.unwrap());
    let mut old = instance("a", 1);
    for (name, value) in
        [("burn_chart", "0.5,,20"), ("burn_chart_span", "6h"), ("burn_rate_threshold", "14.4")]
    {
        old.annotations.set(name, value);
    }
    states.save(&[change("slo:api", &old, true), change("group/rule", &old, true)]).await.unwrap();
    let loaded = states.load().await.unwrap();
    let chart = loaded["slo:api"][0].context.as_ref().and_then(|context| context.chart.as_ref()).unwrap();
    assert_eq!(
        (chart.span, chart.rates.as_slice(), chart.threshold),
        (slo_core::time::Span::hours(6), &[Some(0.5), None, Some(20.0)][..], Some(14.4))
    );
    assert_eq!(loaded["slo:api"][0].annotations.get("burn_chart"), "");
    // A rule's annotations are its author's.
    assert_eq!(loaded["group/rule"], [old]);
}

async fn contract(url: &str) {
    let store = stores::store(url).await.unwrap();
    let states = StoredStates::new(store.clone());
    assert!(states.load().await.unwrap().is_empty());
    let (a, b) = (instance("a", 1), instance("b", 2));
    states.save(&[change("r1", &a, true), change("r1", &b, true), change("r2", &a, true)]).await.unwrap();
    let newer = Instance { phase: Phase::Firing, fired_at: Some(at_ms(9)), ..a.clone() };
    states.save(&[change("r1", &newer, true), change("r1", &b, false)]).await.unwrap();
    // Forgetting what is not there, and writing the same again, change nothing.
    states.save(&[change("r9", &b, false), change("r2", &a, true)]).await.unwrap();
    states.save(&[]).await.unwrap();
    store.close().await;
    let store = stores::store(url).await.unwrap();
    let again = StoredStates::new(store.clone());
    let loaded = again.load().await.unwrap();
    assert_eq!(loaded.get("r1"), Some(&vec![newer]));
    assert_eq!(loaded.get("r2"), Some(&vec![a]));
    assert_eq!(loaded.len(), 2);
    // Many at once.
    let many: Vec<Instance> = (0..2500).map(|place| instance(&format!("n{place}"), place)).collect();
    let changes: Vec<Change> = many.iter().map(|one| change("many", one, true)).collect();
    again.save(&changes).await.unwrap();
    assert_eq!(again.load().await.unwrap().get("many").map(Vec::len), Some(2500));
    let changes: Vec<Change> = many.iter().map(|one| change("many", one, false)).collect();
    again.save(&changes).await.unwrap();
    assert_eq!(again.load().await.unwrap().get("many"), None);
    store.close().await;
}

#[tokio::test]
async fn sqlite_keeps_states() {
    let dir = tempfile::tempdir().unwrap();
    contract(&format!("sqlite://{}", dir.path().join("slo.db").display())).await;
}

#[tokio::test]
async fn postgres_keeps_states() {
    let database = postgres::database().await;
    contract(&database.url).await;
}

#[tokio::test]
async fn a_place_that_is_none_is_refused_by_name() {
    let Err(error) = stores::store("mysql://me:secret@db/x").await else { panic!("it was taken") };
    let said = error.to_string();
    assert!(said.contains("mysql") && !said.contains("secret"), "{said}");
    assert!(Labels::new().is_empty());
}
