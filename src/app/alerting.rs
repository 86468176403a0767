//! What fires, in a running engine: read, started, ticked and reloaded together with the definitions.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::definitions::{Definitions, refuse};
use super::{App, AppError};
use slo_base::store::lease::Fence;
use slo_core::time::Timestamp;
use slo_definitions::BrokenFile;
use slo_evaluation::engine::Snapshot;
use slo_evaluation::engine::alerts::{Alerting, BUILT_IN_POLICY, Overrides, SloAlerts, overrides};
use slo_evaluation::engine::rules::Rules;
use slo_model::alert::burn::Policy;
use slo_model::alert::rule::RuleGroup;
use slo_model::alert::{AlertSink, IncomingAlert, SinkError};
use slo_model::slo::Slo;

/// What the files say.
#[derive(Clone)]
pub(super) struct Read {
    slos: Vec<Arc<Slo>>,
    policy: Policy,
    overrides: Overrides,
    groups: Vec<RuleGroup>,
    broken: Vec<BrokenFile>,
}

/// Reads the burn-rate policy; `None` when the engine fires nothing.
pub(super) fn read(app: &App, loaded: &Definitions) -> Result<Option<Read>, String> {
    let Some(alerting) = &app.alerting else { return Ok(None) };
    let file = match &alerting.policy_file {
        Some(path) => slo_definitions::load_burn_policy(path),
        None => slo_definitions::burn_policy_str("alerts/burn-rate.yaml", BUILT_IN_POLICY),
    };
    refuse(&file.diagnostics)?;
    let policy = file.policy.ok_or("the burn-rate policy cannot be read")?;
    let overrides = overrides(&loaded.alert_policies);
    for remark in &overrides.remarks {
        tracing::warn!("{remark}");
    }
    let (groups, broken) = (loaded.groups.clone(), loaded.broken.clone());
    Ok(Some(Read { slos: loaded.slos.clone(), policy, overrides, groups, broken }))
}

/// What fires, while the engine runs.
pub(super) struct RunningAlerts {
    slos: SloAlerts,
    groups: watch::Sender<Arc<Vec<RuleGroup>>>,
    rules: JoinHandle<()>,
}

/// Lets alerts through only while this engine leads: one that was paused wakes up and may have old ones to tell.
struct Fenced {
    sink: Arc<dyn AlertSink>,
    fence: Fence,
}

#[async_trait]
impl AlertSink for Fenced {
    async fn post(&self, alerts: Vec<IncomingAlert>) -> Result<(), SinkError> {
        if !self.fence.holds() {
            return Err(SinkError("another engine evaluates now".to_owned()));
        }
        self.sink.post(alerts).await
    }
}

/// Goes on from what is stored and begins to evaluate rules.
pub(super) async fn start(
    app: &App,
    read: Read,
    shutdown: &CancellationToken,
) -> Result<RunningAlerts, AppError> {
    let alerting: &Alerting =
        app.alerting.as_ref().ok_or_else(|| AppError::Definitions("nothing is to fire".to_owned()))?;
    let mut alerting = alerting.clone();
    if let Some(fence) = app.lease.fence() {
        alerting.sink = Arc::new(Fenced { sink: alerting.sink, fence: fence.clone() });
    }
    let alerting = &alerting;
    let now = app.clock.now();
    let slos = SloAlerts::open(alerting, read.policy.clone(), app.settings.interval, now).await?;
    let mut slos = slos.with_charts(app.ledger.clone());
    slos.replace(read.slos, read.policy, read.overrides);
    slos.set_broken_files(read.broken);
    let rules = Rules::open(alerting, app.sources.default_source().clone(), read.groups, now).await?;
    let (groups, reloads) = watch::channel(Arc::new(Vec::new()));
    let rules = tokio::spawn(rules.run(app.clock.clone(), reloads, shutdown.child_token()));
    Ok(RunningAlerts { slos, groups, rules })
}

impl RunningAlerts {
    /// Judges a tick's verdicts.
    pub(super) async fn tick(&mut self, snapshot: &Snapshot, now: Timestamp) {
        // Problems are logged where they happen, and what failed is done again with the next tick.
        let report = self.slos.tick(snapshot, now).await;
        tracing::debug!(transitions = report.transitions.len(), "alerts judged");
        if self.rules.is_finished() {
            tracing::error!("rules are no longer evaluated; restart the engine");
        }
    }

    /// The task that evaluates rules: it ends with the term.
    pub(super) fn into_task(self) -> JoinHandle<()> {
        self.rules
    }

    /// Takes new definitions.
    pub(super) fn replace(&mut self, read: Read) {
        self.slos.replace(read.slos, read.policy, read.overrides);
        self.slos.set_broken_files(read.broken);
        self.groups.send_replace(Arc::new(read.groups));
    }
}
