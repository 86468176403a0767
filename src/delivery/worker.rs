//! Takes what is due, sends it, records how that went. One loop hands out work; each message is a task of its own, so
//! that a slow receiver keeps nobody waiting but its own messages.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rand::RngExt;
use tokio_util::sync::CancellationToken;

use super::channel::{Answer, Verdict};
use super::events::NotificationTried;
use super::failover;
use super::failure_sink::{FailureHandling, GaveUp};
use super::in_flight::InFlight;
use super::metrics::DeliveryMetrics;
use super::outbox::{Attempt, Leased, Outbox, Outcome, Outlet, Recorded, Room};
use super::receivers::Receivers;
use super::retry;
use super::settings::DeliverySettings;
use slo_base::clock::Clock;
use slo_base::store::StoreError;
use slo_base::telemetry::event::Event;
use slo_core::time::{Span, Timestamp};
use slo_model::route::Notification;

/// What ends within this time is followed up together.
const GATHER: Duration = Duration::from_millis(3);
/// What was sent is tried to be recorded for so long.
const RECORDING: Duration = Duration::from_mins(1);
/// How often the waiting rows are counted.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Workers on an outbox.
pub struct Delivery {
    outbox: Outbox,
    receivers: RwLock<Arc<Receivers>>,
    clock: Clock,
    settings: DeliverySettings,
    metrics: DeliveryMetrics,
    failures: FailureHandling,
    name: String,
}

impl Delivery {
    /// Workers that send to `receivers`; `name` distinguishes this process from others in attempts and leases.
    pub fn new(
        outbox: Outbox,
        receivers: Receivers,
        clock: Clock,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
        failures: impl Into<FailureHandling>,
        name: impl Into<String>,
    ) -> Arc<Self> {
        let receivers = RwLock::new(Arc::new(receivers));
        let (failures, name) = (failures.into(), name.into());
        Arc::new(Self { outbox, receivers, clock, settings, metrics, failures, name })
    }

    /// Uses other receivers from the next message on.
    pub fn replace(&self, receivers: Receivers) {
        *self.receivers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(receivers);
    }

    /// Works in a task of its own until `shutdown`; then what is under way is finished.
    pub fn start(self: &Arc<Self>, shutdown: CancellationToken) -> tokio::task::JoinHandle<()> {
        let delivery = Arc::clone(self);
        tokio::spawn(async move { delivery.run(shutdown).await })
    }

    /// Works until `shutdown`; then what is under way is finished.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let mut under_way = InFlight::default();
        let (mut pruned_at, mut counted) = (Timestamp::MIN, None);
        let renewing = self.start_renewing(&under_way);
        while !shutdown.is_cancelled() {
            let handed_out = match self.hand_out(&mut under_way).await {
                Ok(handed_out) => handed_out,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read; trying again");
                    0
                }
            };
            self.tidy(&mut pruned_at, &mut counted).await;
            // When some were handed out there may be more than one query finds.
            if handed_out == 0 {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = under_way.one() => {}
                    () = self.outbox.changed() => {}
                    () = tokio::time::sleep(self.settings.look_every) => {}
                }
            }
            // While many are on their way, one after the other ends: their places are filled several at a time.
            if under_way.is_busy() {
                tokio::time::sleep(GATHER).await;
            }
            under_way.reap();
        }
        under_way.all().await;
        renewing.abort();
    }

    /// Keeps what is being sent ours, in a task of its own: the loop may wait for the database.
    fn start_renewing(self: &Arc<Self>, under_way: &InFlight) -> tokio::task::JoinHandle<()> {
        let (delivery, rows) = (Arc::clone(self), under_way.rows());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(delivery.settings.lease / 4).await;
                let sent = rows.all();
                if sent.is_empty() {
                    continue;
                }
                let renewed = delivery.outbox.renew(
                    &delivery.name,
                    delivery.clock.now(),
                    delivery.settings.lease.into(),
                    &sent,
                );
                if let Err(error) = renewed.await {
                    tracing::warn!(%error, "what is being sent could not be kept; it may be sent twice");
                }
            }
        })
    }

    /// Sends all that is due now and waits until all of it is answered; returns how many notifications that were. For those who
    /// move the clock themselves.
    pub async fn pass(self: &Arc<Self>) -> Result<usize, StoreError> {
        let (mut under_way, mut sent) = (InFlight::default(), 0);
        loop {
            let handed_out = self.hand_out(&mut under_way).await?;
            sent += handed_out;
            if handed_out == 0 && under_way.is_empty() {
                self.metrics.waiting(self.outbox.depth().await?);
                return Ok(sent);
            }
            under_way.all().await;
        }
    }

    /// Takes what is due and there is room for, and starts sending it.
    async fn hand_out(self: &Arc<Self>, under_way: &mut InFlight) -> Result<usize, StoreError> {
        let now = self.clock.now();
        under_way.reap();
        let mut left = self.settings.in_all.saturating_sub(under_way.count());
        let mut rooms = Vec::new();
        for outlet in self.outbox.due(now).await? {
            let max = self.settings.per_outlet.saturating_sub(under_way.of(&outlet)).min(left);
            if max > 0 {
                left -= max;
                rooms.push(Room { outlet, max });
            }
        }
        if rooms.is_empty() {
            return Ok(0);
        }
        let mut leased = self.outbox.lease(&self.name, now, self.settings.lease.into(), &rooms).await?;
        // The database was away for longer than a lease, and gives us what we are sending.
        leased.retain(|row| !under_way.has(row.id));
        let handed_out = leased.len();
        for row in leased {
            let outlet = Outlet { receiver: row.notification.receiver.clone(), channel: row.channel };
            let delivery = Arc::clone(self);
            under_way.start(outlet, row.id, async move { delivery.deliver(row).await });
        }
        Ok(handed_out)
    }

    /// Sends one row through its channel and records how that went.
    #[tracing::instrument(
        name = "deliver",
        level = "debug",
        skip_all,
        fields(key = row.notification.key, receiver = row.notification.receiver, attempt = row.attempt)
    )]
    async fn deliver(&self, row: Leased) {
        let receivers = Arc::clone(&self.receivers.read().unwrap_or_else(PoisonError::into_inner));
        let channels = receivers.channels(&row.notification.receiver);
        let count = u32::try_from(channels.len()).unwrap_or(u32::MAX);
        if row.channel == 0
            && count > 1
            && let Err(error) = self.outbox.add_channels(&row, count, self.clock.now()).await
        {
            // The lease ends, and the row is taken again; nothing was sent yet.
            tracing::error!(%error, key = row.notification.key, "its further channels cannot be stored");
            return;
        }
        let channel = usize::try_from(row.channel).ok().and_then(|index| channels.get(index));
        let kind = channel.map_or("none", |channel| channel.kind());
        let begun = tokio::time::Instant::now();
        let answer = match channel {
            Some(channel) => {
                let sending = channel.send(&row.notification, self.clock.now());
                tokio::time::timeout(self.settings.timeout, sending).await.unwrap_or_else(|_| {
                    Answer::retry(format!("no answer within {:?}", self.settings.timeout))
                })
            }
            None => Answer::refused(format!(
                "the receiver {:?} has no channel {} in the routing file any more",
                row.notification.receiver,
                row.channel + 1
            )),
        };
        let latency = begun.elapsed().into();
        self.conclude(&row, kind, answer, latency, &receivers).await;
    }

    /// Decides what becomes of the row, raises the alarm when it is given up, and records it.
    async fn conclude(&self, row: &Leased, kind: &str, answer: Answer, latency: Span, receivers: &Receivers) {
        let at = self.clock.now();
        let outcome = self.outcome(row, answer.verdict, at);
        let mut failover = None;
        if let Outcome::Refused(reason) | Outcome::Expired(reason) = &outcome {
            failover = failover::of(&row.notification, kind, reason, at, receivers);
            if let Some(message) = &mut failover {
                failover::link(message, self.failures.links.as_deref()).await;
            }
            let what = GaveUp {
                notification: row.notification.clone(),
                channel: kind.to_owned(),
                reason: reason.clone(),
                failover: failover.as_ref().map(|next| next.receiver.clone()),
            };
            self.failures.sink.gave_up(&what).await;
        }
        let attempt = Attempt {
            row: row.id,
            attempt: row.attempt,
            at,
            worker: self.name.clone(),
            channel: kind.to_owned(),
            status: answer.status,
            latency,
            excerpt: answer.excerpt,
            outcome,
        };
        let (key, due_at) = (row.notification.key.as_str(), row.notification.due_at);
        NotificationTried { attempt: &attempt, key, due_at }.emit(&self.metrics);
        self.record(&attempt, failover.as_ref(), key).await;
    }

    fn outcome(&self, row: &Leased, verdict: Verdict, now: Timestamp) -> Outcome {
        match verdict {
            Verdict::Accepted => Outcome::Accepted,
            Verdict::Refused(reason) => Outcome::Refused(reason),
            Verdict::Retry { asked, reason } => {
                let settings = &self.settings.retry;
                let random = rand::rng().random();
                match retry::wait(settings, row.attempt, row.first_at, now, asked, random) {
                    Some(after) => Outcome::Retry { after, reason },
                    None => Outcome::Expired(reason),
                }
            }
        }
    }

    /// What was sent should not be sent again only because the database was away for a moment.
    async fn record(&self, attempt: &Attempt, failover: Option<&Notification>, key: &str) {
        let patience = tokio::time::Instant::now() + RECORDING;
        let mut pause = Duration::from_millis(100);
        loop {
            match self.outbox.record(attempt, failover).await {
                Ok(Recorded::Applied) => return,
                Ok(Recorded::LeaseLost) => {
                    tracing::warn!(key, "its lease ended before it was answered; it may arrive twice");
                    return;
                }
                Err(error) if tokio::time::Instant::now() + pause < patience => {
                    tracing::warn!(%error, key, "an attempt cannot be recorded yet");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => {
                    tracing::error!(%error, key, "an attempt was not recorded; the message is sent again");
                    return;
                }
            }
        }
    }

    /// Tells what waits, and now and then forgets what is long done.
    async fn tidy(&self, pruned_at: &mut Timestamp, counted: &mut Option<tokio::time::Instant>) {
        // Counting reads every waiting row, so not at each turn.
        if counted.is_none_or(|last| last.elapsed() >= COUNT_EVERY)
            && let Ok(depth) = self.outbox.depth().await
        {
            self.metrics.waiting(depth);
            *counted = Some(tokio::time::Instant::now());
        }
        let now = self.clock.now();
        if now - *pruned_at < Span::minutes(1) {
            return;
        }
        *pruned_at = now;
        if let Err(error) = self.outbox.prune(now - Span::from(self.settings.keep), 1000).await {
            tracing::warn!(%error, "old notifications cannot be forgotten yet");
        }
    }
}
