//! What is known of a budget, in words for people: the same in the terminal's table and in the console. Pure.

use super::Row;
use crate::budget::{BURN_WINDOWS, State};
use slo_core::duration::brief;
use slo_core::time::{Span, Timestamp};

/// How good a piece of news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither.
    Plain,
    /// Nothing to see.
    Dim,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Worth getting up.
    Bad,
}

impl Tone {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Dim => "dim",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In words.
    pub text: String,
    /// How good it is.
    pub tone: Tone,
}

impl Said {
    fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// Whose budget, with the group.
pub fn name(row: &Row) -> Said {
    let key = printable(&row.slo.key.to_string());
    Said::new(if row.group.is_empty() { key } else { format!("{key}{}", row.group) }, Tone::Plain)
}

/// How it stands.
pub fn state(row: &Row) -> Said {
    let tone = match row.verdict.state {
        State::Ok => Tone::Good,
        State::Exhausted => Tone::Bad,
        State::NoData | State::Stale => Tone::Warn,
        State::NoTraffic => Tone::Dim,
    };
    Said::new(row.verdict.state.as_str(), tone)
}

/// What is left of it; a dash without events.
pub fn left(row: &Row) -> Said {
    match row.verdict.budget.remaining_ratio {
        Some(ratio) if ratio <= 0.0 => Said::new(percent(ratio, 1), Tone::Bad),
        Some(ratio) if ratio < 0.25 => Said::new(percent(ratio, 1), Tone::Warn),
        Some(ratio) => Said::new(percent(ratio, 1), Tone::Good),
        None => Said::new("-", Tone::Dim),
    }
}

/// How long it lasts, seen from `at`; empty when it does not end, or has ended.
pub fn ends_in(row: &Row, at: Timestamp) -> Said {
    let Some(left) = row.verdict.exhausts_at.map(|ends| ends - at) else {
        return Said::new("", Tone::Plain);
    };
    let tone = if left < Span::days(1) {
        Tone::Bad
    } else if left < Span::days(7) {
        Tone::Warn
    } else {
        Tone::Plain
    };
    Said::new(brief(left), tone)
}

/// The share of good events; `~` marks an estimate, a dash stands for no events.
pub fn sli(row: &Row) -> Said {
    let estimated = if row.estimated { "~" } else { "" };
    let sli = row.verdict.sli.map_or("-".to_owned(), |sli| format!("{estimated}{}", percent(sli, 4)));
    Said::new(sli, Tone::Plain)
}

/// The share that is promised.
pub fn target(row: &Row) -> Said {
    Said::new(percent(row.slo.target.ratio(), 4), Tone::Plain)
}

/// Over which time.
pub fn window(row: &Row) -> Said {
    Said::new(row.slo.window.to_string(), Tone::Plain)
}

/// The burn rate over one of [`BURN_WINDOWS`], by its name: a dash without events, empty when it is longer than the SLO's
/// own window.
pub fn burn(row: &Row, window: &str) -> Said {
    let position = BURN_WINDOWS.iter().position(|known| known.name == window);
    match position.and_then(|position| row.verdict.burn_rates.get(position).copied().flatten()) {
        None => Said::new("", Tone::Plain),
        Some(None) => Said::new("-", Tone::Dim),
        Some(Some(rate)) => {
            let text = if rate >= 99.95 { format!("{rate:.0}x") } else { format!("{rate:.2}x") };
            let tone = match rate {
                6.0.. => Tone::Bad,
                1.000_001.. => Tone::Warn,
                _ => Tone::Plain,
            };
            Said::new(text, tone)
        }
    }
}

/// For which share of the window there was data.
pub fn coverage(row: &Row) -> Said {
    let tone = if row.verdict.coverage < 0.99 { Tone::Warn } else { Tone::Plain };
    let text = match row.verdict.coverage {
        // A little is not nothing.
        coverage if coverage > 0.0 && coverage < 0.001 => "<0.1%".to_owned(),
        coverage => percent(coverage, 1),
    };
    Said::new(text, tone)
}

/// Text that others wrote, on one line and without what a terminal would obey.
pub fn printable(text: &str) -> String {
    slo_core::text::printable(&text.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

/// A share as a percentage with at most `digits` decimals, rounded towards the bad side, so that 99.9999 % is never
/// shown as 100 %.
pub fn percent(ratio: f64, digits: i32) -> String {
    let scale = 10_f64.powi(digits);
    // The nudge keeps 0.999 × 100 = 99.9 from becoming 99.8999.
    let floor = (ratio * 100.0 * scale + 1e-6).floor() / scale;
    if floor <= -1e6 {
        return "<-1000000%".to_owned();
    }
    let text = format!("{floor:.*}", usize::try_from(digits).unwrap_or_default());
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{}%", if text == "-0" { "0" } else { text })
}
