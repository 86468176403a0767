//! Who evaluates: while another engine on its database evaluates, it follows, answers, takes alerts and delivers;
//! when it gets the lease, it goes on from what is stored, and ticks, judges and plans until it loses the lease or stops.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::definitions::Definitions;
use super::events::{ReloadRefused, Reloaded, ReloadedInPart};
use super::paging::RunningPaging;
use super::tick::{round, until_next};
use super::{App, AppError, DRAIN, alerting, follower};
use crate::api::{EngineMetrics, ReloadRequest};
use slo_base::telemetry::event::Event;
use slo_base::telemetry::metrics::{Counters, Gauges};
use slo_core::metrics;
use slo_core::text::counted;
use slo_evaluation::engine::Engine;
use slo_model::slo::Slo;

/// After a term that could not begin, before the next one is tried.
const AGAIN: Duration = Duration::from_secs(1);

/// Who evaluates. Clones are the same numbers.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    leads: Gauges<0>,
    terms: Counters<0>,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            leads: Gauges::registered(registry, metrics::LEADS),
            terms: Counters::registered(registry, metrics::TERMS),
        }
    }
}

/// What the files said when they were read last without an error.
pub(super) struct Known {
    /// The objectives.
    pub(super) slos: watch::Sender<Arc<Vec<Arc<Slo>>>>,
    /// What fires; `None` for an engine that only counts.
    pub(super) fires: Option<alerting::Read>,
    /// All of it, for what files with errors leave in force.
    pub(super) definitions: Definitions,
}

/// An engine between its start and its stop.
pub(super) struct Leadership<'a> {
    pub(super) app: &'a App,
    pub(super) paging: Option<&'a RunningPaging>,
    pub(super) known: Known,
    pub(super) engine_metrics: EngineMetrics,
    pub(super) metrics: Metrics,
    pub(super) hangup: Signal,
    pub(super) requests: mpsc::Receiver<ReloadRequest>,
}

/// What works during a term.
struct Term {
    engine: Engine,
    firing: Option<alerting::RunningAlerts>,
    planning: Vec<JoinHandle<()>>,
}

impl Leadership<'_> {
    /// Follows and leads until `shutdown`. An engine that is alone and cannot begin is an error.
    pub(super) async fn run(&mut self, shutdown: &CancellationToken) -> Result<(), AppError> {
        let lease = &self.app.lease;
        while !shutdown.is_cancelled() {
            if !lease.take().await && !self.follow(shutdown).await {
                break;
            }
            let term = shutdown.child_token();
            // In a task of its own: a long tick must not keep the heartbeat waiting.
            let holding = tokio::spawn({
                let (lease, term) = (Arc::clone(lease), term.clone());
                async move { lease.hold(&term).await }
            });
            let led = self.lead(&term).await;
            term.cancel();
            ended(vec![holding]).await;
            self.metrics.leads.with([]).set(0);
            lease.resign().await;
            if let Err(error) = led {
                if lease.fence().is_none() {
                    return Err(error);
                }
                tracing::error!(%error, "the term could not begin; another engine may have more luck");
                tokio::time::sleep(AGAIN).await;
            }
        }
        Ok(())
    }

    /// Follows until this engine has the lease; false when it stops first.
    async fn follow(&mut self, shutdown: &CancellationToken) -> bool {
        let app = self.app;
        match app.lease.holder() {
            Some(holder) => tracing::info!(holder, "another engine evaluates; this one follows"),
            None => tracing::warn!(
                "the database does not answer: nothing is evaluated here until it does; this engine follows"
            ),
        }
        let stop = shutdown.child_token();
        let mut tasks = vec![tokio::spawn(follower::publish(
            follower::Show {
                slos: self.known.slos.subscribe(),
                ledger: app.ledger.clone(),
                snapshots: app.snapshots.clone(),
                clock: app.clock.clone(),
                max_groups: app.settings.limits.max_groups,
                interval: app.settings.interval,
            },
            stop.clone(),
        ))];
        tasks.extend(self.paging.map(|paging| paging.follow(&app.service, &stop)));
        let acquired = app.lease.acquired();
        tokio::pin!(acquired);
        let elected = loop {
            tokio::select! {
                () = shutdown.cancelled() => break false,
                () = &mut acquired => break true,
                Some(()) = self.hangup.recv() => self.reload_for(None, None).await,
                Some(request) = self.requests.recv() => self.reload_for(Some(request), None).await,
            }
        };
        stop.cancel();
        ended(tasks).await;
        elected
    }

    /// Evaluates until `term` ends.
    async fn lead(&mut self, term: &CancellationToken) -> Result<(), AppError> {
        let app = self.app;
        self.metrics.leads.with([]).set(1);
        self.metrics.terms.with([]).inc();
        let mut leading = self.take_up(term).await?;
        let mut ticks: u64 = 0;
        while !term.is_cancelled() {
            let filled = tokio::select! {
                filled = round(app, &mut leading.engine, &self.engine_metrics, ticks, term) => filled,
                // A server that hangs must not keep us from stopping.
                () = after(term, DRAIN) => break,
            };
            if term.is_cancelled() {
                break;
            }
            if let Some(firing) = &mut leading.firing {
                firing.tick(&app.snapshots.latest(), app.clock.now()).await;
            }
            ticks += 1;
            let wait = if filled { until_next(&app.clock, app.settings.interval) } else { Duration::ZERO };
            tokio::select! {
                () = term.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                Some(()) = self.hangup.recv() => self.reload_for(None, Some(&mut leading)).await,
                Some(request) = self.requests.recv() => {
                    self.reload_for(Some(request), Some(&mut leading)).await;
                }
            }
        }
        term.cancel();
        leading.planning.extend(leading.firing.map(alerting::RunningAlerts::into_task));
        ended(leading.planning).await;
        Ok(())
    }

    /// Goes on where the last leader ended, as it is stored.
    async fn take_up(&self, term: &CancellationToken) -> Result<Term, AppError> {
        let app = self.app;
        let slos = self.known.slos.borrow().to_vec();
        let engine = Engine::new(
            slos,
            app.sources.clone(),
            app.ledger.clone(),
            app.settings.clone(),
            app.snapshots.clone(),
        )
        .await?;
        let mut planning = Vec::new();
        if let Some(paging) = self.paging {
            planning.extend(paging.lead(app, term).await?);
        }
        let firing = match &self.known.fires {
            Some(read) => Some(alerting::start(app, read.clone(), term).await?),
            None => None,
        };
        Ok(Term { engine, firing, planning })
    }

    /// Reloads, counts how that went, and tells whoever asked, if anybody waits.
    async fn reload_for(&mut self, request: Option<ReloadRequest>, leading: Option<&mut Term>) {
        let outcome = self.reload(leading).await;
        let broken = &self.known.definitions.broken;
        let outcome = match outcome {
            Ok(objectives) if broken.is_empty() => {
                Reloaded { objectives }.emit(&self.engine_metrics);
                Ok(format!("{} loaded", counted(objectives, "objective")))
            }
            Ok(objectives) => {
                let findings = &self.known.definitions.findings;
                ReloadedInPart { objectives, broken, findings }.emit(&self.engine_metrics);
                let objectives = counted(objectives, "objective");
                Err(format!(
                    "{objectives} in force; of each file with errors the old one stays\n\n{findings}"
                ))
            }
            Err((what, findings)) => {
                ReloadRefused { what, findings: &findings }.emit(&self.engine_metrics);
                Err(format!("the configuration was not taken; the old one stays\n\n{findings}"))
            }
        };
        if let Some(request) = request {
            // Whoever asked may have gone; the reload counts all the same.
            drop(request.send(outcome));
        }
    }

    /// Takes new definitions, without what files with errors say, and tells how many objectives there are. When they cannot
    /// be taken the old ones stay, all of them, and the error says what was not taken, and why.
    async fn reload(&mut self, leading: Option<&mut Term>) -> Result<usize, (&'static str, String)> {
        const DEFINITIONS: &str = "the definitions were not taken; the old ones stay";
        const ROUTING: &str = "the routing file was not taken; all that was in use stays";
        let app = self.app;
        // Reading and parsing take as long as the files are long; others are served meanwhile.
        let (rules, strict, in_force) = (app.rules.clone(), app.strict, self.known.definitions.clone());
        let reading = move || Definitions::read_again(&rules, strict, &in_force);
        let loaded = tokio::task::spawn_blocking(reading).await;
        let loaded = loaded.unwrap_or_else(|error| Err(format!("the definitions were not read: {error}")));
        let read = loaded.and_then(|loaded| {
            let named = app.reach(&loaded.data_sources)?;
            let fires = alerting::read(app, &loaded)?;
            Ok((loaded, fires, named))
        });
        let (loaded, fires, named) = read.map_err(|findings| (DEFINITIONS, findings))?;
        // Everything is read before anything is replaced.
        let paging = self.paging.map(|paging| Ok::<_, String>((paging, paging.read()?))).transpose();
        let paging = paging.map_err(|findings| (ROUTING, findings))?;
        app.sources.set_named_if(named);
        let slos = &loaded.slos;
        let count = slos.len();
        if let Some(leading) = leading {
            leading.engine.replace(slos.clone()).await.map_err(|error| (DEFINITIONS, error.to_string()))?;
            if let (Some(firing), Some(fires)) = (&mut leading.firing, fires.clone()) {
                firing.replace(fires);
            }
        }
        if let Some((paging, new)) = paging {
            paging.replace(new, &app.service);
        }
        app.snapshots.show_broken_files(loaded.broken.clone());
        self.known.slos.send_replace(Arc::new(slos.clone()));
        self.known.fires = fires;
        self.known.definitions = loaded;
        Ok(count)
    }
}

/// Ends when `token` was cancelled and `grace` has passed since.
async fn after(token: &CancellationToken, grace: Duration) {
    token.cancelled().await;
    tokio::time::sleep(grace).await;
}

/// Waits for what a term began; what hangs is cut off. What it decided and has not stored is decided anew by whoever
/// comes next.
async fn ended(tasks: Vec<JoinHandle<()>>) {
    let deadline = tokio::time::Instant::now() + DRAIN;
    for mut task in tasks {
        match tokio::time::timeout_at(deadline, &mut task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "a task of the engine panicked"),
            Err(_) => task.abort(),
        }
    }
}
