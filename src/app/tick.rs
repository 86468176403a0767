//! One turn of the engine: histories that are missing, then the tick, now and then a clean-up.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::App;
use super::events::{TickDone, TickFailed};
use crate::api::EngineMetrics;
use slo_base::clock::Clock;
use slo_base::telemetry::event::Event;
use slo_core::time::Span;
use slo_evaluation::engine::Engine;

/// Ticks between two clean-ups of the ledger: an hour of the usual interval.
const PRUNE_EVERY: u64 = 120;

/// What of history is read before the first tick: all of it where there is little.
const FIRST_FILL: Span = Span::from_seconds(10);

/// Brings SLOs up to date, reads history that they lack, then ticks. False when there is more to fill.
pub(super) async fn round(
    app: &App,
    engine: &mut Engine,
    metrics: &EngineMetrics,
    ticks: u64,
    stop: &CancellationToken,
) -> bool {
    let filled = fill(app, engine, ticks, stop).await;
    if stop.is_cancelled() {
        return filled;
    }
    let started = tokio::time::Instant::now();
    let ticked = engine.tick(app.clock.now()).await;
    let seconds = started.elapsed().as_secs_f64();
    match &ticked {
        Ok(report) => TickDone { seconds, report }.emit(metrics),
        Err(error) => TickFailed { seconds, error }.emit(metrics),
    }
    if ticks.is_multiple_of(PRUNE_EVERY)
        && let Err(error) = engine.prune(app.clock.now()).await
    {
        tracing::warn!(%error, "old history was not dropped");
    }
    filled
}

/// Fills what is missing for at most an interval, so that those that are up to date are not kept waiting. False when
/// there is more to fill.
async fn fill(app: &App, engine: &mut Engine, ticks: u64, stop: &CancellationToken) -> bool {
    let until = stop.child_token();
    let interval = app.settings.interval.max(Span::SECOND);
    let deadline = tokio::time::sleep(if ticks == 0 { interval.min(FIRST_FILL) } else { interval }.to_std());
    let fill = engine.catch_up(app.clock.now(), &until, app.progress.as_ref());
    tokio::pin!(deadline, fill);
    let filled = tokio::select! {
        filled = &mut fill => filled,
        () = &mut deadline => {
            until.cancel();
            fill.await
        }
    };
    if let Err(error) = filled {
        tracing::error!(%error, "history could not be filled; it will be tried again");
    }
    !until.is_cancelled()
}

/// The time until the clock next reaches a multiple of `interval`.
pub(super) fn until_next(clock: &Clock, interval: Span) -> Duration {
    let (now, interval) = (clock.now(), interval.max(Span::SECOND));
    (now.align_down(interval) + interval - now).to_std()
}
