//! The alert service: Alertmanager's API beside a real Alertmanager, with the real amtool and Prometheus; stores on SQLite and
//! PostgreSQL.

mod api;
mod beside;
mod browser;
mod console;
mod doors;
mod lease;
mod silences;
mod stores;
mod tools;

use std::net::SocketAddr;
use std::sync::Arc;

use slo::api::guard::Guard;
use slo_base::clock::Clock;
use slo_core::labels::RawLabels;
use slo_evaluation::engine::SnapshotChannel;
use slo_incidents::AlertService;
use slo_incidents::alerts::{AlertLimits, Alerts};
use slo_incidents::notify::memory::Memory;
use slo_incidents::notify::shared_planner::SharedPlanner;
use slo_incidents::service::Notifying;
use slo_incidents::silences::SilenceLimits;
use slo_model::alert::IncomingAlert;
use slo_model::route::Routing;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Any time: 2026-11-01T00:00:00Z.
const NOW: i64 = 1_793_491_200_000;

/// A service's API on a loopback port.
struct Served {
    service: AlertService,
    snapshots: SnapshotChannel,
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
    folder: Option<Arc<TempDir>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
        drop(self.folder.take());
    }
}

impl Served {
    async fn start(clock: Clock, prefix: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite://{}/service.db", folder.path().display());
        let service = open(&url, clock).await;
        let mut served = Self::of(service, prefix).await;
        served.folder = Some(folder);
        served
    }

    /// With a planner that routes as `routing` says.
    async fn routed(clock: Clock, routing: &str) -> (Self, SharedPlanner) {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite://{}/service.db", folder.path().display());
        let store = crate::stores::store(&url).await.unwrap();
        let alerts = Alerts::open(store.clone(), AlertLimits::default(), clock.clone()).await.unwrap();
        let loaded = slo_definitions::load_routing_str("routing.yaml", routing);
        let findings = loaded.render();
        let routing = Arc::new(loaded.routing.unwrap_or_else(|| panic!("{findings}")));
        let memory = Memory::new(store.clone(), clock.clone());
        let original = Arc::new(|_: &Routing| String::new());
        let planner = SharedPlanner::open(alerts.clone(), memory, routing, original).await.unwrap();
        let notifying = Notifying { routes: Arc::new(planner.clone()), outbox: None };
        let service = AlertService::open(&store, alerts, SilenceLimits::default(), notifying, clock);
        let mut served = Self::of(service.await.unwrap(), "").await;
        served.folder = Some(folder);
        (served, planner)
    }

    async fn of(service: AlertService, prefix: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let guard =
            Guard::new(service.tokens.clone(), address, prefix).unwrap().reached_at("https://slo.example/");
        let snapshots = SnapshotChannel::default();
        let router = slo::api::v2::router(service.clone())
            .merge(slo::api::incidents::router(service.clone()))
            .merge(slo::api::console::router(
                service.clone(),
                snapshots.clone(),
                slo_model::source::Sources::without_default(),
            ));
        let router = guard.protect(slo::api::under(prefix, router));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { service, snapshots, address, task, folder: None }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn open(url: &str, clock: Clock) -> AlertService {
    limited(url, AlertLimits::default(), clock).await
}

async fn limited(url: &str, limits: AlertLimits, clock: Clock) -> AlertService {
    let store = crate::stores::store(url).await.unwrap();
    let alerts = Alerts::open(store.clone(), limits, clock.clone()).await.unwrap();
    AlertService::open(&store, alerts, SilenceLimits::default(), Notifying::default(), clock).await.unwrap()
}

fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().timeout(crate::servers::deadline::PATIENCE).build().unwrap()
}

fn incoming(pairs: &[(&str, &str)]) -> IncomingAlert {
    IncomingAlert { labels: RawLabels::new(pairs.iter().copied()), ..IncomingAlert::default() }
}
