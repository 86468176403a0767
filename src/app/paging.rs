//! From the alert service to people: the routing file, the planner's loop, the outbox and its workers.

use std::path::PathBuf;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::heartbeats::{self, DeadMansSwitch};
use super::{App, AppError};
use slo_base::clock::Clock;
use slo_base::store::Store;
use slo_core::time::Span;
use slo_delivery::{
    Channel, Delivery, DeliveryMetrics, DeliverySettings, FailureHandling, Guard, Http, Outbox, Receivers,
    Templates, Tools, preflight,
};
use slo_incidents::AlertService;
use slo_incidents::alerts::{AlertLimits, Alerts};
use slo_incidents::notify::failover_links::LinkedStandIns;
use slo_incidents::notify::memory::Memory;
use slo_incidents::notify::notify_loop::NotifyLoop;
use slo_incidents::notify::refusals::Refusals;
use slo_incidents::notify::shared_planner::SharedPlanner;
use slo_incidents::service::Notifying;
use slo_incidents::silences::SilenceLimits;
use slo_model::generate::alertmanager;
use slo_model::route::Routing;

/// How messages are decided on and sent.
#[derive(Clone)]
pub struct PagingSettings {
    /// The routing file; the one that ships with the program when none is named. Templates in the folder `templates`
    /// beside it replace those that ship.
    pub routing: Option<PathBuf>,
    /// Where people reach this engine, with its route prefix.
    pub external_url: String,
    /// Private addresses and hosts that webhooks may go to.
    pub allowed: Vec<String>,
    /// Tells this process from others in attempts.
    pub name: String,
    /// Where nobody is on call: takes what any receiver would get.
    pub instead: Option<Arc<dyn Channel>>,
}

/// The routing file as it was read, and what is made of it: known to the alert service before anything runs.
pub struct Paging {
    settings: PagingSettings,
    planner: SharedPlanner,
    outbox: Outbox,
    longest_silence: Span,
    receivers: Receivers,
    http: Http,
    metrics: DeliveryMetrics,
}

/// A routing file that was read and is not in use yet.
pub(super) struct NewPaging {
    routing: Routing,
    receivers: Receivers,
}

/// The alert service of a database, and what sends for it: `limits` bound its alerts, the routing file its silences.
pub async fn notified(
    store: &Store,
    limits: AlertLimits,
    settings: PagingSettings,
    clock: Clock,
) -> Result<(AlertService, Paging), AppError> {
    let alerts = Alerts::open(store.clone(), limits, clock.clone()).await?;
    let paging = Paging::open(settings, store, &alerts, &clock).await?;
    let silences = SilenceLimits { longest: paging.longest_silence, ..SilenceLimits::default() };
    let notifying =
        Notifying { routes: Arc::new(paging.planner.clone()), outbox: Some(paging.outbox.clone()) };
    let service = AlertService::open(store, alerts, silences, notifying, clock).await?;
    Ok((service, paging))
}

impl Paging {
    /// Reads the routing file, and the database's groups and outbox; `alerts` are those that are planned.
    async fn open(
        settings: PagingSettings,
        store: &Store,
        alerts: &Alerts,
        clock: &Clock,
    ) -> Result<Self, AppError> {
        let routing = load(&settings).map_err(AppError::Definitions)?;
        let metrics = DeliveryMetrics::default();
        let guard = Guard::allowing(&settings.allowed).map_err(AppError::Paging)?;
        let http = Http::new(guard, clock.clone(), DeliverySettings::default().timeout);
        let http = http.map_err(AppError::Paging)?;
        let receivers = receivers(&routing, &settings, &http, &metrics).map_err(AppError::Paging)?;
        let original = Arc::new(|routing: &Routing| {
            alertmanager::generate(routing, true).unwrap_or_else(|error| format!("# {error}\n"))
        });
        let memory = Memory::new(store.clone(), clock.clone());
        let longest_silence = routing.parts().longest_silence;
        let planner = SharedPlanner::open(alerts.clone(), memory, Arc::new(routing), original).await?;
        let outbox = Outbox::new(store.clone());
        Ok(Self { settings, planner, outbox, longest_silence, receivers, http, metrics })
    }

    /// Starts the workers, which end with `shutdown`: what is due is delivered by every engine.
    pub(super) async fn start(
        self,
        app: &App,
        registry: &mut Registry,
        shutdown: &CancellationToken,
    ) -> Result<RunningPaging, AppError> {
        let Self { settings, planner, outbox, receivers, http, metrics, .. } = self;
        let (service, clock) = (&app.service, &app.clock);
        metrics.register(registry, clock.clone());
        if settings.instead.is_none() {
            let guard = Guard::allowing(&settings.allowed).map_err(AppError::Paging)?;
            for problem in preflight(&planner.routing(), &guard).await {
                tracing::warn!("{problem}");
            }
        }
        let links = LinkedStandIns::new(service.links.clone(), planner.clone(), &settings.external_url);
        let delivery = Delivery::new(
            outbox.clone(),
            receivers,
            clock.clone(),
            DeliverySettings::default(),
            metrics.clone(),
            FailureHandling {
                sink: Arc::new(Refusals::new(service.alerts.clone(), clock.clone())),
                links: Some(Arc::new(links)),
            },
            settings.name.clone(),
        );
        let switch = DeadMansSwitch {
            alerts: service.alerts.clone(),
            planner: planner.clone(),
            outbox: outbox.clone(),
            snapshots: app.snapshots.clone(),
            interval: app.settings.interval,
            clock: clock.clone(),
            metrics: heartbeats::Metrics::register(registry),
        };
        let delivering = delivery.start(shutdown.child_token());
        Ok(RunningPaging { settings, planner, delivery, outbox, http, metrics, switch, delivering })
    }
}

/// What sends, while the engine runs.
pub(super) struct RunningPaging {
    settings: PagingSettings,
    planner: SharedPlanner,
    delivery: Arc<Delivery>,
    outbox: Outbox,
    http: Http,
    metrics: DeliveryMetrics,
    switch: DeadMansSwitch,
    delivering: JoinHandle<()>,
}

impl RunningPaging {
    /// Goes on where planning ended, as it is stored: the loop that plans and the dead-man's switch, until `term` ends.
    pub(super) async fn lead(
        &self,
        app: &App,
        term: &CancellationToken,
    ) -> Result<Vec<JoinHandle<()>>, AppError> {
        app.service.refresh().await?;
        self.planner.resume().await?;
        Ok(vec![
            tokio::spawn(self.notifier(&app.service).run(term.child_token())),
            tokio::spawn(self.switch.clone().run(term.child_token())),
        ])
    }

    /// Plans along without notifying anybody, until `stop`: whoever asks this engine sees what is inhibited and grouped.
    pub(super) fn follow(&self, service: &AlertService, stop: &CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.notifier(service).follow(stop.child_token()))
    }

    fn notifier(&self, service: &AlertService) -> NotifyLoop {
        NotifyLoop::new(service.clone(), self.planner.clone(), Arc::new(self.outbox.clone()))
            .with_links(&self.settings.external_url)
    }

    /// Reads the routing file and templates anew; with an error nothing changes.
    pub(super) fn read(&self) -> Result<NewPaging, String> {
        let routing = load(&self.settings)?;
        let receivers = receivers(&routing, &self.settings, &self.http, &self.metrics)?;
        Ok(NewPaging { routing, receivers })
    }

    /// Goes on with what was read.
    pub(super) fn replace(&self, new: NewPaging, service: &AlertService) {
        self.delivery.replace(new.receivers);
        service.silences.set_longest(new.routing.parts().longest_silence);
        self.planner.replace(Arc::new(new.routing));
    }

    /// Waits until what is under way is finished.
    pub(super) async fn stop(self) {
        if self.delivering.await.is_err() {
            tracing::error!("the task that delivers panicked");
        }
    }
}

fn load(settings: &PagingSettings) -> Result<Routing, String> {
    let loaded = match &settings.routing {
        Some(path) => slo_definitions::load_routing(path),
        None => slo_definitions::shipped_routing(),
    };
    let findings = loaded.render();
    match loaded.routing {
        Some(routing) => {
            if !findings.is_empty() {
                tracing::warn!("{findings}");
            }
            Ok(routing)
        }
        None => Err(findings),
    }
}

/// The channels of all receivers, with their words.
fn receivers(
    routing: &Routing,
    settings: &PagingSettings,
    http: &Http,
    metrics: &DeliveryMetrics,
) -> Result<Receivers, String> {
    if let Some(channel) = &settings.instead {
        let mut receivers = Receivers::default();
        for receiver in routing.receivers() {
            receivers.insert(&receiver.name, vec![Arc::clone(channel)], None);
        }
        return Ok(receivers);
    }
    let templates = Templates::beside(settings.routing.as_deref(), metrics.clone());
    let templates = templates.map_err(|error| error.to_string())?;
    let tools = Tools { http: http.clone(), templates, external_url: settings.external_url.clone() };
    Receivers::build(routing.receivers(), routing.smtp(), &tools).map_err(|problems| problems.join("\n"))
}
