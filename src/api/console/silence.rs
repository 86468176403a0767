//! Silences as pages show them, and what they mute.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::incident::Desk;
use crate::incident::alerts::Known;
use crate::incident::matcher::MatcherSpec;
use crate::incident::silences::{Silence, SilenceState};

/// A silence and how many of `alerts` it mutes now.
pub(super) fn listed(silence: &Silence, alerts: &[Known], now: i64) -> Value {
    let (starts_at, ends_at) = silence.occurrence(now);
    let state = silence.state(now);
    let mutes = match state {
        SilenceState::Active => muted(silence, alerts, now).count(),
        SilenceState::Pending | SilenceState::Expired => 0,
    };
    json!({
        "id": silence.body.id,
        "state": state.as_str(),
        "matchers": written(&silence.body.matchers),
        "created_by": silence.body.created_by,
        "comment": silence.body.comment,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "again": silence.body.series.as_ref().map(|series| format!("{} ({})", series.rule, series.time_zone)),
        "mutes": mutes,
    })
}

/// Matchers as they can be read again.
pub(super) fn written(matchers: &[MatcherSpec]) -> String {
    matchers.iter().map(MatcherSpec::to_string).collect::<Vec<_>>().join(", ")
}

/// Those of the alerts that fire which it mutes, or would.
pub(super) fn muted<'a>(
    silence: &'a Silence,
    alerts: &'a [Known],
    now: i64,
) -> impl Iterator<Item = &'a Known> {
    alerts.iter().filter(move |(_, alert)| !alert.is_resolved(now) && silence.matches(&alert.labels))
}

/// How many alerts are muted by any, and how many fire.
pub(super) fn muted_and_firing(active: &[Arc<Silence>], alerts: &[Known], now: i64) -> (usize, usize) {
    let firing = || alerts.iter().filter(|(_, alert)| !alert.is_resolved(now));
    let muted = firing().filter(|(_, alert)| active.iter().any(|silence| silence.matches(&alert.labels)));
    (muted.count(), firing().count())
}

/// Those that are not over, in the order in which they end or begin.
pub(super) fn unexpired(desk: &Desk, now: i64) -> Vec<Arc<Silence>> {
    let mut all = desk.silences.all();
    all.retain(|silence| silence.state(now) != SilenceState::Expired);
    all
}
