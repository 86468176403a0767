//! The verdict on one budget at one moment.

use super::sums::FORECAST_WINDOW;
use super::{BURN_WINDOWS, Sums, WindowSums};
use crate::slo::{Budgeting, Slo};
use slo_core::time::{Span, Timestamp};

/// Data older than this makes a verdict stale; it is Prometheus' own look-back.
pub const STALE_AFTER: Span = Span::minutes(5);

/// What a number means, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Budget is left.
    Ok,
    /// There is data, but nothing happened in the window.
    NoTraffic,
    /// There is no data in the window, or the source does not answer.
    NoData,
    /// There was data, but none for [`STALE_AFTER`].
    Stale,
    /// The budget is spent.
    Exhausted,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Ok, Self::NoTraffic, Self::NoData, Self::Stale, Self::Exhausted];

    /// As it is written in JSON and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoTraffic => "no_traffic",
            Self::NoData => "no_data",
            Self::Stale => "stale",
            Self::Exhausted => "exhausted",
        }
    }
}

/// The error budget of the window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Budget {
    /// Bad events that are allowed: `(1 - target) × total`.
    pub allowed: f64,
    /// Bad events that happened.
    pub spent: f64,
    /// `1 - spent / allowed`; negative when overspent, `None` without events.
    pub remaining_ratio: Option<f64>,
}

/// What is known of one budget at one moment. No number in it is ever NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Counts of the SLO's own window.
    pub counts: Sums,
    /// The share of good events, `None` without events.
    pub sli: Option<f64>,
    /// The budget.
    pub budget: Budget,
    /// Per [`BURN_WINDOWS`]: the outer `None` where the window is longer than the SLO's own, the inner without events.
    pub burn_rates: [Option<Option<f64>>; BURN_WINDOWS.len()],
    /// The counts that the burn rates are of, per [`BURN_WINDOWS`].
    pub windows: [Option<Sums>; BURN_WINDOWS.len()],
    /// The burn rate over the SLO's own window, `None` without events.
    pub burn_rate: Option<f64>,
    /// The share of the window for which the source had data, from 0 to 1.
    pub coverage: f64,
    /// What it means.
    pub state: State,
    /// When the budget ends if the last 6 hours go on; `None` when it does not, or has ended.
    ///
    /// It ends `remaining × window / rate` from now, where `rate` is the burn rate over those hours. A rolling window that
    /// will be full by then (the time it has data of and the time until then are longer than it) lets go of what it began
    /// with, which gives budget back: `rate` is then less by the burn rate of the window before those hours, which is what
    /// leaves on average. When all of that has left, what leaves is what burns now, so what has not ended by then does not
    /// end. Neither does what would end after a calendar window's turn.
    pub exhausts_at: Option<Timestamp>,
}

/// What a verdict needs to know besides the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The moment of the verdict.
    pub at: Timestamp,
    /// The last moment for which there was data.
    pub data_until: Option<Timestamp>,
    /// Whether the source answered.
    pub source_answers: bool,
}

/// Judges `sums` by `slo`.
pub fn verdict(slo: &Slo, sums: &WindowSums, situation: Situation) -> Verdict {
    let Situation { at, .. } = situation;
    let (elapsed, whole) = (slo.window.elapsed(at).length(), slo.window.whole(at));
    let share = slo.target.budget();
    let burn = |sums: Sums| sums.tidy().ratio().map(|ratio| (1.0 - ratio) / share);
    let counts = sums.whole.tidy();
    let allowed = share * budgeted(slo, counts, whole.length());
    let spent = counts.total - counts.good;
    let remaining_ratio = (counts.total > 0.0 && allowed > 0.0).then(|| 1.0 - spent / allowed);
    let coverage =
        if elapsed > Span::ZERO { (counts.covered / elapsed.as_seconds_f64()).clamp(0.0, 1.0) } else { 0.0 };
    let burn_rates = sums.burn.map(|window| window.map(burn));
    let forecast = burn_rates.get(FORECAST_WINDOW).copied().flatten().flatten();
    let state = state(counts, remaining_ratio, situation);
    let exhausts_at = remaining_ratio
        .zip(forecast.or(burn(counts)))
        .and_then(|(remaining, rate)| ends_in(slo, remaining, rate, counts, whole.length()))
        .map(|left| at + left)
        // A calendar window that ends first brings a new budget.
        .filter(|ends| slo.window.is_rolling() || *ends <= whole.until);
    Verdict {
        counts,
        sli: counts.ratio(),
        budget: Budget { allowed, spent, remaining_ratio },
        burn_rates,
        windows: sums.burn,
        burn_rate: burn(counts),
        coverage,
        state,
        exhausts_at,
    }
}

/// How long until the rest of the budget is spent at a burn rate of `rate`; see [`Verdict::exhausts_at`].
fn ends_in(slo: &Slo, remaining: f64, rate: f64, counts: Sums, window: Span) -> Option<Span> {
    let length = window.as_seconds_f64();
    let at_rate = |rate: f64| {
        let seconds = remaining * length / rate;
        (remaining > 0.0 && rate > 0.0 && seconds.is_finite()).then_some(seconds)
    };
    let linear = at_rate(rate)?;
    if !slo.window.is_rolling() {
        return Some(whole_seconds(linear));
    }
    if counts.covered + linear <= length {
        return Some(whole_seconds(linear));
    }
    let whole = counts.ratio().map_or(0.0, |ratio| (1.0 - ratio) / slo.target.budget());
    let hours = BURN_WINDOWS.get(FORECAST_WINDOW).map_or(0.0, |window| window.length.as_seconds_f64());
    let before = length - hours;
    // A window that is no longer than those hours leaves as it burns.
    let leaves = if before > 0.0 { ((whole * length - rate * hours) / before).max(0.0) } else { whole };
    at_rate(rate - leaves).filter(|seconds| *seconds <= before).map(whole_seconds)
}

/// Rounded down: a forecast is no more exact than that.
fn whole_seconds(seconds: f64) -> Span {
    Span::from_seconds(seconds as i64)
}

/// How many events or slices the budget is a share of. Of a calendar window in slices the whole is known from its
/// first day (43.2 minutes of 99.9 % in 30 days); otherwise it is what has happened.
fn budgeted(slo: &Slo, counts: Sums, whole: Span) -> f64 {
    match slo.budgeting {
        Budgeting::Occurrences => counts.total,
        Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice } => {
            if slo.window.is_rolling() || counts.total <= 0.0 {
                counts.total
            } else {
                whole.as_seconds_f64() / slice.max(Span::SECOND).as_seconds_f64()
            }
        }
    }
}

fn state(counts: Sums, remaining: Option<f64>, situation: Situation) -> State {
    let Some(data_until) = situation.data_until.filter(|_| situation.source_answers) else {
        return State::NoData;
    };
    if situation.at - data_until > STALE_AFTER {
        if counts.covered > 0.0 || counts.total > 0.0 { State::Stale } else { State::NoData }
    } else {
        // Without any data of its own this is a calendar window that has just begun.
        match remaining {
            None => State::NoTraffic,
            Some(remaining) if remaining <= 0.0 => State::Exhausted,
            Some(_) => State::Ok,
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
