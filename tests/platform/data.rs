//! Ingestion, and what is kept over a restart.

use std::time::Duration;

use serde_json::{Value, json};
use slo_platform::{Error, Place, Schedule, Settings, StoreError};

use super::{NOW_MS, Server, freshness, movable_clock, runs, settings};

#[tokio::test]
async fn freshness_is_the_time_of_the_last_run_that_worked() {
    let (clock, set) = movable_clock();
    let often = Duration::from_millis(2);
    let schedule = Schedule { news: often, ..settings().schedule };
    let server = Server::start(Settings { clock, schedule, ..settings() }).await;
    let metrics = server.metrics().await;
    for source in ["sec", "financial", "news"] {
        assert_eq!(metrics.value(&freshness(source)), NOW_MS as f64 / 1000.0, "{source}");
    }
    set(NOW_MS + 3_600_500);
    let later = (NOW_MS + 3_600_500) as f64 / 1000.0;
    let metrics = server.wait_for("a later run", |now| now.value(&freshness("news")) == later).await;
    assert_eq!(metrics.value(&freshness("sec")), NOW_MS as f64 / 1000.0, "sec runs on its own schedule");
    assert_eq!(metrics.value(&runs("news", "failure")), 0.0);
    let health: Value = server.json("/health").await;
    assert_eq!(health["status"], "ok", "an hour is nothing for sources that run once a day");
    server.stop().await;
}

#[tokio::test]
async fn ingested_records_are_what_the_counter_says() {
    let often = Duration::from_millis(2);
    let schedule = Schedule { news: often, ..settings().schedule };
    let server = Server::start(Settings { schedule, ..settings() }).await;
    server.wait_for("some runs", |now| now.value(&runs("news", "success")) >= 20.0).await;
    let records = "ingest_records_total{source=\"news\"}";
    // A run may end between two requests: what is stored lies between two readings of the counter.
    let before = server.metrics().await.value(records);
    let total = server.json("/api/v1/news").await["total"].as_f64().unwrap();
    let after =
        server.wait_for("the run under way", |now| now.value(records) + 400.0 >= total).await.value(records);
    assert!((400.0 + before..=400.0 + after).contains(&total), "{total}, counted {before} to {after}");
    assert!(total > 410.0, "20 runs bring about 30 items: {total}");
    server.stop().await;
}

#[tokio::test]
async fn data_that_gets_old_degrades_health_but_does_not_fail_it() {
    let (clock, set) = movable_clock();
    let server = Server::start(Settings { clock, ..settings() }).await;
    assert_eq!(server.json("/health").await["status"], "ok");
    set(NOW_MS + 4 * 24 * 3_600_000);
    let health = server.json("/health").await;
    assert_eq!((&health["status"], &health["uptime_seconds"]), (&json!("degraded"), &json!(4 * 24 * 3600)));
    assert_eq!(health["checks"][4]["detail"], "last ingested 345600 s ago");
    assert_eq!(server.json("/health/ready").await["status"], "ok");
    server.stop().await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_data() {
    let paths = ["/api/v1/companies?limit=100", "/api/v1/news?limit=100"];
    let mut answers = Vec::new();
    for seed in [5, 5, 6] {
        let server = Server::start(Settings { seed, ..settings() }).await;
        answers.push([server.json(paths[0]).await, server.json(paths[1]).await]);
        server.stop().await;
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0], answers[2]);
}

#[tokio::test]
async fn a_folder_keeps_the_data_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().join("made/when/missing"));
    let first = Server::start(Settings { place: place.clone(), ..settings() }).await;
    let news = first.json("/api/v1/news?limit=100").await;
    first.stop().await;

    // Another seed does not matter to a database that is filled.
    let (clock, set) = movable_clock();
    set(NOW_MS + 60_000);
    let second = Server::start(Settings { place, clock, seed: 99, ..settings() }).await;
    let metrics = second.metrics().await;
    assert_eq!(metrics.value(&freshness("news")), (NOW_MS + 60_000) as f64 / 1000.0);
    assert_eq!(metrics.value("process_start_time_seconds"), (NOW_MS + 60_000) as f64 / 1000.0);
    let again = second.json("/api/v1/news?limit=100&since=1970-01-01T00:00:00Z").await;
    let fresh = metrics.value("ingest_records_total{source=\"news\"}");
    assert_eq!(again["total"].as_f64().unwrap(), news["total"].as_f64().unwrap() + fresh);
    let old = news["items"].as_array().unwrap();
    let kept = again["items"].as_array().unwrap();
    assert!(old[..50].iter().all(|item| kept.contains(item)));
    second.stop().await;
}

async fn refused(place: Place) -> StoreError {
    let server = Server::start(Settings { place, ..settings() }).await;
    match server.running.await.unwrap() {
        Err(Error::Store(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn databases_that_cannot_be_used_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = refused(Place::Folder(file)).await.to_string();
    assert!(error.contains("cannot create the folder") && error.contains("--data"), "{error}");

    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).unwrap();
    std::fs::write(damaged.join("platform.db"), "x".repeat(5000)).unwrap();
    let error = refused(Place::Folder(damaged)).await.to_string();
    assert!(error.contains("not a database") && error.contains("--data"), "{error}");

    let newer = folder.path().join("newer");
    let server = Server::start(Settings { place: Place::Folder(newer.clone()), ..settings() }).await;
    server.json("/health").await;
    server.stop().await;
    let url = format!("sqlite://{}", newer.join("platform.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 7").execute(&pool).await.unwrap();
    pool.close().await;
    let error = refused(Place::Folder(newer)).await;
    assert!(matches!(error, StoreError::NewerSchema { found: 7, known: 1 }), "{error}");
}
