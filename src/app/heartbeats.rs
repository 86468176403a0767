//! The dead-man's switch while the engine runs: its own heartbeat goes out as long as it ticks, and those that are expected are
//! listened for.
//!
//! Of several engines on one database the one that evaluates does so: a heartbeat says that somebody evaluates.

use std::time::Duration;

use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use slo_base::clock::Clock;
use slo_base::telemetry::metrics::{Counters, Gauges};
use slo_core::metrics;
use slo_core::time::{Span, Timestamp};
use slo_delivery::Outbox;
use slo_evaluation::engine::SnapshotChannel;
use slo_incidents::alerts::Alerts;
use slo_incidents::notify::shared_planner::SharedPlanner;
use slo_model::alert::{AlertSink, Fingerprint, IncomingAlert};
use slo_model::route::heartbeat::{Expected, Heartbeats, Life, Seen};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(5);
/// An alarm that goes on is posted again so often.
const AGAIN: Span = Span::minutes(1);
/// Ticks that may be missed before the engine's own heartbeat stops.
const MISSED_TICKS: i64 = 4;

/// Numbers of the switch. Clones are the same numbers.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    sent: Counters<0>,
    last: Gauges<1>,
    missing: Gauges<1>,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            sent: Counters::registered(registry, metrics::HEARTBEATS_SENT),
            last: Gauges::registered(registry, metrics::HEARTBEAT_HEARD),
            missing: Gauges::registered(registry, metrics::HEARTBEAT_MISSING),
        }
    }

    /// The heartbeat `name` came in last at `at`, the epoch for never.
    pub(super) fn seen(&self, name: &str, at: Timestamp, missing: bool) {
        self.last.with([name]).set(at.seconds());
        self.missing.with([name]).set(i64::from(missing));
    }
}

/// What the switch works on.
#[derive(Clone)]
pub(super) struct DeadMansSwitch {
    pub(super) alerts: Alerts,
    pub(super) planner: SharedPlanner,
    pub(super) outbox: Outbox,
    pub(super) snapshots: SnapshotChannel,
    /// The time between ticks.
    pub(super) interval: Span,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
}

impl DeadMansSwitch {
    /// Looks until `shutdown`.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let listening = self.clock.now();
        let mut sent_until = Timestamp::MIN;
        loop {
            let now = self.clock.now();
            let heartbeats = self.planner.heartbeats();
            self.send(&heartbeats, now, &mut sent_until).await;
            if let Err(error) = self.listen(&heartbeats, listening, now).await {
                tracing::error!(%error, "an alarm about a missing heartbeat was not taken; it is tried again");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Puts the engine's heartbeat out when it is due and the engine ticks.
    async fn send(&self, heartbeats: &Heartbeats, now: Timestamp, sent_until: &mut Timestamp) {
        let Some(heartbeat) = &heartbeats.send else { return };
        let silent = now - self.snapshots.latest().at;
        if now < *sent_until || silent > self.interval * MISSED_TICKS {
            return;
        }
        match self.outbox.enqueue(&[heartbeat.at(now)]).await {
            Ok(_) => {
                self.metrics.sent.with([]).inc();
                *sent_until = heartbeat.next_after(now);
            }
            Err(error) => tracing::error!(%error, "the heartbeat cannot be put out"),
        }
    }

    /// Raises and ends alarms.
    async fn listen(
        &self,
        heartbeats: &Heartbeats,
        listening: Timestamp,
        now: Timestamp,
    ) -> Result<(), String> {
        if heartbeats.expect.is_empty() {
            return Ok(());
        }
        let known = self.alerts.all();
        let mut alarms = Vec::new();
        for expected in &heartbeats.expect {
            // An alert that ended came in until its end.
            let last = known
                .iter()
                .filter(|(_, alert)| expected.is_with(|name| alert.labels.get(name)))
                .map(|(_, alert)| alert.updated_at.min(alert.ends_at))
                .max();
            let seen = Seen { last, listening, alarm: self.alarm(expected, now).map(|(since, _)| since) };
            alarms.extend(self.judge(expected, seen, now));
        }
        if alarms.is_empty() {
            return Ok(());
        }
        self.alerts.post(alarms).await.map_err(|error| error.to_string())
    }

    /// The alarm that fires: since when, and when it was last posted.
    fn alarm(&self, expected: &Expected, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let alarm = self.alerts.get(Fingerprint::of(&expected.alarm_labels()))?;
        (!alarm.is_resolved(now)).then_some((alarm.starts_at, alarm.updated_at))
    }

    /// The alarm to post about one heartbeat now, if there is one, and its numbers.
    fn judge(&self, expected: &Expected, seen: Seen, now: Timestamp) -> Option<IncomingAlert> {
        let life = expected.judge(seen, now);
        let missing = matches!(life, Life::Missing(_));
        self.metrics.seen(&expected.name, seen.last.unwrap_or_default(), missing);
        match life {
            Life::Missing(since) => {
                let posted = self.alarm(expected, now).map(|(_, posted)| posted);
                if posted.is_none() {
                    tracing::warn!(heartbeat = expected.name, "a heartbeat is missing");
                }
                let due = posted.is_none_or(|posted| now - posted >= AGAIN);
                due.then(|| expected.alarm(since, false, now))
            }
            Life::Beats | Life::Unknown => seen.alarm.map(|since| {
                tracing::info!(heartbeat = expected.name, "the heartbeat is back");
                expected.alarm(since, true, now)
            }),
        }
    }
}
