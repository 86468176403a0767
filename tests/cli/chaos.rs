//! What operations do to an engine: a thousand alerts and SIGKILL at any moment, a thousand reloads under load.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::leadership::{Engine, routing};
use super::rules;
use super::serve::of_prometheus;
use crate::engine::world;
use crate::servers::deadline::{PATIENCE, soon, within};
use crate::servers::postgres;
use crate::servers::receiver::Receiver;

const ALERTS: usize = 1000;
/// Alerts of one batch; every engine gets each, as Prometheus sends them.
const BATCH: usize = 20;

/// How often each alert's page was taken, by key.
fn told(pager: &Receiver) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut told: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for request in pager.taken() {
        let body = request.json();
        if body["kind"] == "firing" {
            let name = body["alerts"][0]["labels"]["alertname"].as_str().unwrap().to_owned();
            let key = request.headers["idempotency-key"].clone();
            *told.entry(name).or_default().entry(key).or_default() += 1;
        }
    }
    told
}

async fn until_all_are_told(pager: &Receiver, alerts: usize) {
    let all = async {
        loop {
            let came = pager.requests().len();
            if told(pager).len() == alerts {
                return;
            }
            pager.wait_for(came + 1).await;
        }
    };
    within(3 * PATIENCE, "every alert's page", all).await;
}

/// Stops it once nothing waits any more.
async fn stop(engine: Engine) -> String {
    let mut serving = engine.serving;
    let waiting = |state: &str| format!("slo_outbox_notifications{{state=\"{state}\"}} 0");
    let done = [waiting("queued"), waiting("leased")];
    serving.until("/metrics", |_, body| done.iter().all(|line| body.contains(line))).await;
    serving.stop().await
}

#[tokio::test]
async fn a_thousand_alerts_and_two_engines_that_are_killed_lose_none_and_tell_none_twice() {
    let (database, pager) = (postgres::database().await, Receiver::start().await);
    let routing = routing(&pager);
    let server = world::shared().await.url();
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut engines = [Engine::start(&database, &routing).await, Engine::start(&database, &routing).await];
    let names: Vec<String> = (0..ALERTS).map(|number| format!("Down{number}")).collect();
    let mut kills = 0;
    for batch in names.chunks(BATCH) {
        // Every engine gets it, as Prometheus sends alerts; one may die in the middle of taking it, and of sending it.
        let posts: Vec<_> = engines.iter().map(|engine| tokio::spawn(engine.posting(batch))).collect();
        let victim = random.random_range(0..4);
        pager.wait_for(pager.requests().len() + random.random_range(0..BATCH)).await;
        if victim < 2 {
            kills += 1;
            let dead = &mut engines[victim];
            dead.serving.process.kill();
            let folder = std::mem::replace(&mut dead.folder, tempfile::tempdir().unwrap());
            *dead = Engine::start_in(folder, &server, &database.url, &routing).await;
        }
        let mut taken = false;
        for post in posts {
            taken |= post.await.unwrap() == Some(200);
        }
        // Who got no 200 sends again.
        let again = async { while engines[0].posting(batch).await != Some(200) {} };
        if !taken {
            soon("an engine that takes alerts", again).await;
        }
    }
    until_all_are_told(&pager, ALERTS).await;
    for engine in engines {
        stop(engine).await;
    }
    let told = told(&pager);
    let twice: Vec<_> = told.iter().filter(|(_, keys)| keys.len() > 1).collect();
    assert!(twice.is_empty(), "told twice by key: {twice:?}");
    let raw: usize = told.values().flat_map(BTreeMap::values).sum();
    println!("{kills} kills, {} of {ALERTS} told, {} raw duplicates", told.len(), raw - told.len());
    assert!(kills > 5 && told.len() == ALERTS);
}

#[tokio::test]
async fn a_thousand_reloads_under_load_resend_drop_and_reset_nothing() {
    let (folder, _) = rules(&of_prometheus("self", "0.9"));
    let (database, pager) = (format!("sqlite://{}/slo.db", folder.path().display()), Receiver::start().await);
    let server = world::shared().await.url();
    let mut engine = Engine::start_in(folder, &server, &database, &routing(&pager)).await;
    engine.leads().await;
    let names: Vec<String> = (0..ALERTS).map(|number| format!("Down{number}")).collect();
    let reloads = async {
        for _ in 0..1000 {
            let url = format!("{}/-/reload", engine.serving.base);
            let answer = engine.serving.client.post(url).send().await.expect("no connection is reset");
            assert_eq!(answer.status(), 200);
        }
    };
    let posts = async {
        for batch in names.chunks(5) {
            assert_eq!(engine.posting(batch).await, Some(200));
        }
    };
    tokio::join!(reloads, posts);
    until_all_are_told(&pager, ALERTS).await;
    engine
        .serving
        .until("/metrics", |_, body| body.contains("slo_engine_reloads_total{outcome=\"success\"} 1000"))
        .await;
    stop(engine).await;
    assert_eq!(pager.requests().len(), ALERTS, "each once");
}
