//! From errors to a page, an acknowledgement and the end, through a running engine: the recorded day of a shop, of which
//! one hour had 5 % errors, read from a real Prometheus with a clock that is moved.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use slo::api::guard::Guard;
use slo::app::{self, App, PagingSettings};
use slo_base::clock::Clock;
use slo_core::labels::Labels;
use slo_evaluation::engine::alerts::{Alerting, StoredStates};
use slo_evaluation::engine::{Settings, SnapshotChannel};
use slo_evaluation::ledger;
use slo_incidents::alerts::AlertLimits;
use slo_model::alert::rule::ExternalContext;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::world::source;
use crate::servers::deadline::soon;
use crate::servers::prometheus;
use crate::servers::receiver::Receiver;

/// 2026-09-03T11:30:00Z, when the hour of errors begins.
const ERRORS: i64 = 1_788_435_000;
const MINUTE: i64 = 60;

struct Shop {
    base: String,
    snapshots: SnapshotChannel,
    clock: Clock,
    pager: Receiver,
    client: reqwest::Client,
}

impl Shop {
    /// Lets the engine tick at `at` and waits until its verdicts are there.
    async fn tick(&self, at: i64) {
        self.clock.set_ms(at * 1000);
        let mut verdicts = self.snapshots.watch();
        let url = format!("{}/-/reload", self.base);
        assert_eq!(self.client.post(url).send().await.unwrap().status(), 200);
        let verdict = verdicts.wait_for(|snapshot| snapshot.at.seconds() == at);
        drop(soon("the tick's verdicts", verdict).await.unwrap());
    }

    /// What was told: its kind, and the message.
    fn told(&self) -> Vec<(String, Value)> {
        let messages = self.pager.requests().into_iter().map(|request| request.json());
        messages.map(|body| (body["kind"].as_str().unwrap().to_owned(), body)).collect()
    }

    async fn incidents(&self) -> Value {
        let url = format!("{}/api/slo/v1/incidents", self.base);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }
}

/// A routing file: P1 goes to `pager`, everything else to `tickets`.
fn pages_and_tickets(pager: &str, tickets: &str) -> String {
    format!(
        "receivers: [{{name: pager, webhook: {{url: '{pager}'}}}}, {{name: tickets, webhook: {{url: '{tickets}'}}}}]\n\
         route:\n  receivers: [tickets]\n  routes:\n  - matchers: ['priority=\"P1\"']\n    receivers: [pager]\n    \
         priority: P1\n    group_by: [slo]\n    group_wait: 0s\n    group_interval: 1s\n"
    )
}

fn paging(routing: PathBuf, url: &str) -> PagingSettings {
    PagingSettings {
        routing: Some(routing),
        external_url: url.to_owned(),
        allowed: vec!["127.0.0.1".to_owned()],
        name: "test".to_owned(),
        instead: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_errors_is_one_page_that_is_acknowledged_and_ends() {
    let (pager, tickets) = (Receiver::start().await, Receiver::start().await);
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::manual((ERRORS - 10 * MINUTE) * 1000));
    let routing = folder.path().join("routing.yaml");
    std::fs::write(&routing, pages_and_tickets(&pager.url, &tickets.url)).unwrap();
    let database = format!("sqlite://{}/slo.db", folder.path().display());
    let rules = format!("{}/tests/golden/traces/diurnal.slo.yaml", env!("CARGO_MANIFEST_DIR"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let base = format!("http://{address}");
    let store = crate::stores::store(&database).await.unwrap();
    let notified = app::notified(&store, AlertLimits::default(), paging(routing, &base), clock.clone());
    let (service, paging) = notified.await.unwrap();
    let (snapshots, shutdown) = (SnapshotChannel::default(), CancellationToken::new());
    let app = App {
        rules: vec![rules.into()],
        strict: false,
        sources: slo_model::source::Sources::only(source(prometheus::trace("diurnal").await)),
        connect: None,
        ledger: ledger::open(&store, slo_core::time::short::secs(30)).await.unwrap(),
        settings: Settings { settle: slo_core::time::Span::ZERO, ..Settings::default() },
        clock: clock.clone(),
        snapshots: snapshots.clone(),
        routes: axum::Router::new(),
        guard: Guard::new(service.tokens.clone(), address, "").unwrap(),
        paging: Some(paging),
        prefix: String::new(),
        limits: slo::api::LIMITS,
        progress: Arc::new(|_| {}),
        alerting: Some(Alerting {
            sink: Arc::new(service.alerts.clone()),
            states: Arc::new(StoredStates::new(store.clone())),
            writer: None,
            around: ExternalContext { external_labels: Labels::new(), external_url: base.clone() },
            policy_file: None,
        }),
        service,
        lease: Arc::new(store.lease("test").unwrap()),
        store,
    };
    let mut running = tokio::spawn(app::run(app, listener, shutdown.clone()));
    let mut verdicts = snapshots.watch();
    tokio::select! {
        ended = &mut running => panic!("{ended:?}"),
        ready = soon("the first verdicts", verdicts.wait_for(|snapshot| snapshot.ready)) => drop(ready.unwrap()),
    }
    let client = super::running::client();
    let shop = Shop { base, snapshots, clock, pager, client };

    let mut now = ERRORS - 10 * MINUTE;
    while now < ERRORS {
        now += MINUTE;
        shop.tick(now).await;
    }
    assert!(shop.told().is_empty(), "before anything is wrong nobody is told");
    while now < ERRORS + 10 * MINUTE {
        now += MINUTE;
        shop.tick(now).await;
    }
    shop.pager.wait_for(1).await;
    let (kind, page) = shop.told().remove(0);
    assert_eq!(kind, "firing");
    let alert = &page["alerts"][0];
    let since: DateTime<Utc> = alert["starts_at"].as_str().unwrap().parse().unwrap();
    let minutes = (since.timestamp() - ERRORS) / MINUTE;
    assert!((1..=3).contains(&minutes), "2 % of a budget of 5 % errors are spent after two minutes: {since}");
    assert_eq!(alert["labels"]["tier"], "1h");
    assert_eq!(alert["annotations"]["target"], "99.9%");
    let impact = alert["annotations"]["impact"].as_str().unwrap();
    assert!(impact.contains(" in the last 5m; the objective allows 0.1%"), "{impact}");
    // The chart shows the burn begin: some of its last five minutes were 50 times too fast, and nothing before them.
    let chart = &alert["burn_chart"];
    let bars: Vec<f64> = serde_json::from_value(chart["rates"].clone()).unwrap();
    assert_eq!((bars.len(), &chart["span_seconds"]), (72, &json!(6 * 3600)));
    assert!(
        alert["annotations"].as_object().unwrap().keys().all(|name| !name.starts_with("burn_chart")),
        "{alert}"
    );
    assert!(bars[71] > 5.0 && bars[..70].iter().all(|bar| *bar < 5.0), "{chart}");

    let incident = page["incident"].as_str().unwrap();
    let url = format!("{}/api/slo/v1/incidents/{incident}/acknowledge", shop.base);
    assert_eq!(shop.client.post(url).json(&json!({"by": "ann"})).send().await.unwrap().status(), 200);
    // The errors end after an hour, the page when the last five minutes are good again; somebody has it, so nobody is
    // reminded, and a slower tier that goes on for longer is no page of its own.
    while now < ERRORS + 75 * MINUTE {
        now += MINUTE;
        shop.tick(now).await;
    }
    shop.pager.wait_for(2).await;
    let kinds: Vec<String> = shop.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["firing", "resolved"]);
    let incidents = shop.incidents().await;
    let all = incidents["incidents"].as_array().unwrap();
    let ours = all.iter().find(|one| one["id"] == *incident).unwrap();
    assert_eq!((&ours["state"], &ours["acknowledged_by"]), (&json!("resolved"), &json!("ann")));
    let ended = (ours["resolved_at"].as_i64().unwrap() / 1000 - ERRORS) / MINUTE;
    assert!((60..75).contains(&ended), "{ours}");
    // The tickets, which nobody is woken for, are there too.
    assert!(all.iter().any(|one| one["priority"] == "P3" && one["state"] == "open"), "{incidents}");
    shutdown.cancel();
    soon("the engine's end", running).await.unwrap().unwrap();
}
