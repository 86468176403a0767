//! What every store promises, on SQLite and on PostgreSQL.

use std::sync::Arc;

use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_core::time::short::at_ms;
use slo_incidents::access::audit;
use slo_incidents::alerts::{AlertLimits, IngestError};
use slo_incidents::incidents::quality::Quality;
use slo_incidents::incidents::{Action, IncidentState, Mark, NewIncident};
use slo_model::alert::Priority;

use super::{NOW, incoming, limited, open};

/// Runs a check on both.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(&format!("sqlite://{}/service.db", folder.path().display())).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let database = crate::servers::postgres::database().await;
                super::$name(&database.url).await;
            })*
        }
    };
}

on_both!(
    what_was_taken_is_there_after_a_restart,
    posts_at_once_share_transactions_and_none_is_lost,
    a_cap_refuses_new_alerts_and_keeps_known_ones,
    resolved_alerts_go_once_the_notifier_knows,
    incidents_live_and_every_step_is_in_the_log,
    numbers_equal_a_recount_of_the_log,
    the_log_cannot_be_changed,
);

async fn what_was_taken_is_there_after_a_restart(url: &str) {
    let clock = Clock::manual(NOW);
    let service = open(url, clock.clone()).await;
    let mut valid = incoming(&[("alertname", "a"), ("text", "nul \0 quote \" é")]);
    valid.ends_at = Some(at_ms(NOW + 60_000));
    let wrong = service.alerts.put(vec![valid, incoming(&[("a-b", "x")]), incoming(&[])]).await.unwrap_err();
    let IngestError::Invalid(reasons) = wrong else { panic!("{wrong:?}") };
    assert_eq!(reasons.len(), 2);
    let before = service.alerts.all();
    assert_eq!(before.len(), 1);
    service.store().close().await;
    let again = open(url, clock).await;
    assert_eq!(again.alerts.all(), before);
    // The notifier hears of everything after a start.
    assert_eq!(again.alerts.take_changed(), before);
    assert!(again.alerts.take_changed().is_empty());
}

async fn posts_at_once_share_transactions_and_none_is_lost(url: &str) {
    let service = Arc::new(open(url, Clock::manual(NOW)).await);
    let posts = (0..64).map(|post| {
        let service = service.clone();
        async move {
            let batch = (0..20).map(|one| incoming(&[("alertname", "a"), ("n", &format!("{post}-{one}"))]));
            service.alerts.put(batch.collect()).await.unwrap();
        }
    });
    futures::future::join_all(posts).await;
    assert_eq!(service.alerts.len(), 64 * 20);
    let commits = service.alerts.counts().commits.load(std::sync::atomic::Ordering::Relaxed);
    assert!(commits < 64, "{commits} transactions for 64 posts");
    service.store().close().await;
    assert_eq!(open(url, Clock::manual(NOW)).await.alerts.len(), 64 * 20);
}

async fn a_cap_refuses_new_alerts_and_keeps_known_ones(url: &str) {
    let limits = AlertLimits { max_alerts: 2, ..AlertLimits::default() };
    let service = limited(url, limits, Clock::manual(NOW)).await;
    let batch = ["a", "b", "c", "d"].map(|name| incoming(&[("alertname", name)]));
    let refused = service.alerts.put(batch.to_vec()).await.unwrap_err();
    assert_eq!(refused, IngestError::TooMany { refused: 2, most: 2 });
    assert_eq!(service.alerts.len(), 2);
    service.alerts.put(batch[..2].to_vec()).await.unwrap();
}

async fn resolved_alerts_go_once_the_notifier_knows(url: &str) {
    let clock = Clock::manual(NOW);
    let service = open(url, clock.clone()).await;
    let mut over = incoming(&[("alertname", "a")]);
    over.ends_at = Some(at_ms(NOW + 1));
    service.alerts.put(vec![over, incoming(&[("alertname", "b")])]).await.unwrap();
    clock.set_ms(NOW + 18 * 60_000);
    // Nobody was told of it yet.
    assert_eq!(service.alerts.collect_garbage().await.unwrap(), 0);
    service.alerts.take_changed();
    assert_eq!(service.alerts.collect_garbage().await.unwrap(), 1);
    // `b` ended by its time-out later.
    assert_eq!(service.alerts.all()[0].1.labels.get("alertname"), "b");
    service.store().close().await;
    assert_eq!(open(url, clock).await.alerts.len(), 1);
}

fn new(id: &str, priority: Priority, rule: &str, at: i64) -> NewIncident {
    NewIncident {
        id: id.to_owned(),
        priority,
        title: format!("{rule} fires"),
        rule: rule.to_owned(),
        labels: [("alertname", rule)].into_iter().collect::<Labels>(),
        at: at_ms(at),
    }
}

async fn incidents_live_and_every_step_is_in_the_log(url: &str) {
    let clock = Clock::manual(NOW);
    let service = open(url, clock.clone()).await;
    let incidents = &service.incidents;
    incidents.begin(new("i1", Priority::P1, "disk", NOW)).await.unwrap();
    // Planning again opens nothing again.
    incidents.begin(new("i1", Priority::P1, "disk", NOW)).await.unwrap();
    clock.set_ms(NOW + 5000);
    incidents.act("i1", &Action::Acknowledge, "ann").await.unwrap();
    incidents.act("i1", &Action::Acknowledge, "bob").await.unwrap();
    incidents.act("i1", &Action::Note("looking".to_owned()), "ann").await.unwrap();
    incidents.act("i1", &Action::Resolve { by_alerts: true }, "engine").await.unwrap();
    assert!(
        incidents.act("i1", &Action::Acknowledge, "bob").await.unwrap_err().to_string().contains("resolved")
    );
    incidents.begin(new("i1", Priority::P1, "disk", NOW + 9000)).await.unwrap();
    let incident = incidents.get("i1").unwrap();
    assert_eq!((incident.state, incident.reopened), (IncidentState::Reopened, 1));
    let actions: Vec<(String, String)> = incidents
        .history("i1")
        .await
        .unwrap()
        .into_iter()
        .rev()
        .map(|entry| (entry.actor, entry.action))
        .collect();
    let expected = [
        ("engine", "opened"),
        ("ann", "acknowledged"),
        ("ann", "noted"),
        ("engine", "resolved"),
        ("engine", "reopened"),
    ];
    assert_eq!(actions, expected.map(|(actor, action)| (actor.to_owned(), action.to_owned())));
    service.store().close().await;
    assert_eq!(open(url, clock).await.incidents.get("i1"), Some(incident));
}

async fn numbers_equal_a_recount_of_the_log(url: &str) {
    let clock = Clock::manual(NOW);
    let service = open(url, clock.clone()).await;
    for at in 0..30_i64 {
        let (id, rule) = (format!("i{at}"), if at % 3 == 0 { "disk" } else { "cpu" });
        let priority = if at % 2 == 0 { Priority::P1 } else { Priority::P2 };
        service.incidents.begin(new(&id, priority, rule, NOW + at * 1000)).await.unwrap();
        clock.set_ms(NOW + at * 1000 + 7000 * (at % 5));
        if at % 4 != 0 {
            service.incidents.act(&id, &Action::Acknowledge, "ann").await.unwrap();
        }
        clock.set_ms(NOW + at * 1000 + 50_000);
        if at % 5 != 0 {
            service.incidents.act(&id, &Action::Resolve { by_alerts: false }, "ann").await.unwrap();
        }
        if at % 6 < 3 {
            let mark = [Mark::FalsePositive, Mark::Useful, Mark::Noise][usize::try_from(at % 3).unwrap()];
            service.incidents.act(&id, &Action::Mark(mark), "ann").await.unwrap();
        }
    }
    let all = service.incidents.all();
    let quality = Quality::of(all.iter().map(AsRef::as_ref));
    let (mut acknowledge, mut marked, mut false_positive) = ([(0, 0.0); 2], 0, 0);
    for at in 0..30_usize {
        let log = service.incidents.history(&format!("i{at}")).await.unwrap();
        let time = |action: &str| log.iter().rev().find(|entry| entry.action == action).map(|entry| entry.at);
        if let Some(taken) = time("acknowledged") {
            acknowledge[at % 2].0 += 1;
            acknowledge[at % 2].1 += (taken - time("opened").unwrap()).as_seconds_f64();
        }
        if at.is_multiple_of(3) {
            marked += log.iter().filter(|entry| entry.action == "marked").count();
            false_positive += log.iter().filter(|entry| entry.detail == "false_positive").count();
        }
    }
    for (priority, (count, seconds)) in [Priority::P1, Priority::P2].into_iter().zip(acknowledge) {
        let found = quality.acknowledge[&priority];
        assert!(count > 0 && found.count == count && (found.seconds - seconds).abs() < 1e-9, "{found:?}");
    }
    let share = quality.marks["disk"].false_positive_share().unwrap();
    assert!((share - false_positive as f64 / marked as f64).abs() < 1e-9, "{share}");
}

async fn the_log_cannot_be_changed(url: &str) {
    let database = crate::stores::store(url).await.unwrap();
    let mut writing = database.begin().await.unwrap();
    audit::add(&mut writing, at_ms(NOW), "ann", "opened", "i1", "").await.unwrap();
    writing.commit().await.unwrap();
    for sql in ["UPDATE audit SET actor = 'bob'", "DELETE FROM audit"] {
        let refused = database.execute(sql, Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(audit::read(&database, "i1", 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_engines_on_one_postgres_know_the_same() {
    let database = crate::servers::postgres::database().await;
    let clock = Clock::manual(NOW);
    let (one, two) = (open(&database.url, clock.clone()).await, open(&database.url, clock).await);
    let mut first = incoming(&[("alertname", "a")]);
    first.starts_at = Some(at_ms(NOW - 60_000));
    one.alerts.put(vec![first]).await.unwrap();
    // Merged with what the other engine took, without having been told.
    two.alerts.put(vec![incoming(&[("alertname", "a")]), incoming(&[("alertname", "b")])]).await.unwrap();
    assert_eq!(two.alerts.all().len(), 2);
    let merged =
        two.alerts.all().into_iter().find(|(_, alert)| alert.labels.get("alertname") == "a").unwrap();
    assert_eq!(merged.1.starts_at, at_ms(NOW - 60_000));
    one.alerts.refresh().await.unwrap();
    assert_eq!(one.alerts.all(), two.alerts.all());
    one.incidents.begin(new("i1", Priority::P1, "disk", NOW)).await.unwrap();
    two.incidents.act("i1", &Action::Acknowledge, "ann").await.unwrap();
    one.incidents.refresh().await.unwrap();
    assert_eq!(one.incidents.get("i1").unwrap().state, IncidentState::Acknowledged);
}
