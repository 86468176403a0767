//! What is broken for users, in one sentence: how many of what went wrong lately, and how many the objective allows. It
//! says what was counted and no more: a ratio knows that events were bad, a histogram that they were slow.

use super::format::{percent, plain_number, title};
use crate::alert::template::six_digits;
use crate::budget::Sums;
use crate::slo::{Budgeting, Comparison, Indicator, Slo};
use slo_core::duration::format as length;
use slo_core::labels::Labels;
use slo_core::time::Span;

/// E.g. `API availability: 1.2% of requests failed in the last 5m; the objective allows 0.1%`. `sums` are the counts of
/// the time that is named by `when`; `None` without events.
pub fn impact(slo: &Slo, group: &Labels, sums: Sums, when: &str) -> Option<String> {
    let share = 1.0 - sums.tidy().ratio()?;
    let bad = format!("{}%", plain_number(share * 100.0));
    let allowed = percent(slo.target.budget());
    let said = match slo.budgeting {
        Budgeting::Occurrences => went_wrong(&slo.indicator, &bad),
        Budgeting::RatioTimeslices { .. } => format!("{} on average", went_wrong(&slo.indicator, &bad)),
        Budgeting::Timeslices { slice, .. } if slice == Span::minutes(1) => {
            format!("{bad} of the minutes were bad")
        }
        Budgeting::Timeslices { slice, .. } => format!("{bad} of the {} slices were bad", length(slice)),
    };
    let limit = match slo.budgeting {
        Budgeting::Timeslices { .. } => limit(&slo.indicator),
        Budgeting::Occurrences | Budgeting::RatioTimeslices { .. } => String::new(),
    };
    Some(format!("{}: {said} {when}{limit}; the objective allows {allowed}", title(slo, group)))
}

/// What bad events were.
fn went_wrong(indicator: &Indicator, bad: &str) -> String {
    match indicator {
        Indicator::Ratio { numerator, total, .. } => {
            // Good events of a histogram's bucket are those that were fast enough.
            let verb = if numerator.query().text().contains("_bucket") { "were too slow" } else { "failed" };
            format!("{bad} of {} {verb}", events(total.text()))
        }
        Indicator::RawRatio { .. } => format!("the failure ratio was {bad}"),
        Indicator::Threshold { comparison, threshold, .. } => {
            format!("{bad} of the measurements were not {}", bound(*comparison, *threshold))
        }
        Indicator::ClassicHistogram { buckets: series, comparison, threshold }
        | Indicator::NativeHistogram { histogram: series, comparison, threshold } => {
            let metric = series.selector.metric();
            let events = events(metric);
            let seconds = metric.trim_end_matches("_bucket").ends_with("_seconds");
            let slow = matches!(comparison, Comparison::LessOrEqual | Comparison::Less);
            match (seconds, slow) {
                (true, true) => format!("{bad} of {events} took longer than {}", duration(*threshold)),
                (true, false) => format!("{bad} of {events} took less than {}", duration(*threshold)),
                (false, _) => format!("{bad} of {events} were not {}", bound(*comparison, *threshold)),
            }
        }
        Indicator::Composite { .. } => format!("its parts fell short by {bad}"),
    }
}

/// What made a slice bad, where the indicator has a limit.
fn limit(indicator: &Indicator) -> String {
    match indicator {
        Indicator::Threshold { comparison, threshold, .. }
        | Indicator::ClassicHistogram { comparison, threshold, .. }
        | Indicator::NativeHistogram { comparison, threshold, .. } => {
            format!(" (good is {})", bound(*comparison, *threshold))
        }
        Indicator::Ratio { .. } | Indicator::RawRatio { .. } | Indicator::Composite { .. } => String::new(),
    }
}

/// What is counted, as far as the metric's name tells.
fn events(query: &str) -> &'static str {
    if query.contains("request") { "requests" } else { "events" }
}

fn bound(comparison: Comparison, threshold: f64) -> String {
    format!("{} {}", comparison.symbol(), six_digits(threshold))
}

fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{} ms", six_digits(seconds * 1000.0))
    } else {
        format!("{} s", six_digits(seconds))
    }
}
