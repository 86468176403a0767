//! How a report was counted, in words, and the line that makes it again.

use slo_core::time::Span;

use crate::review::{Counted, Review, Unit};
use crate::words;

/// How it was counted: heads and sentences.
pub fn method(review: &Review) -> Vec<(&'static str, String)> {
    let zone = review.period.zone;
    let range = review.period.range();
    let origin = &review.origin;
    let mut method = vec![(
        "Time",
        format!(
            "From {}, 00:00 to the end of {} in {}: {} to {}, {} hours.",
            words::long_day(review.period.first),
            words::long_day(review.period.last()),
            zone.name(),
            range.after.rfc3339_seconds(),
            range.until.rfc3339_seconds(),
            words::number(review.period.hours() as f64, 0)
        ),
    )];
    method.push((
        "Windows",
        "Each objective is judged by its target over this time, whatever its own window is: the share of good events in it \
         (occurrences), or of good slices. A budget is 1 − target of what happened; of a calendar window in slices, of all \
         its slices."
            .to_owned(),
    ));
    let (exact, estimated) =
        review.objectives.iter().filter(|one| one.counts.total > 0.0).fold((0, 0), |sum, one| {
            match one.counted {
                Counted::Exactly => (sum.0 + 1, sum.1),
                Counted::Estimated => (sum.0, sum.1 + 1),
            }
        });
    method.push((
        "Counting",
        format!(
            "{exact} of {} objectives were counted sample by sample, {estimated} in part by the source’s arithmetic (~). \
             Buckets of {}.{}",
            exact + estimated,
            slo_core::duration::format(origin.step),
            if review.objectives.iter().any(|one| matches!(one.unit, Unit::Slices(_))) {
                " The twelve months of objectives in time slices are taken from hours, but for this month."
            } else {
                ""
            }
        ),
    ));
    let gaps: Vec<String> = review
        .objectives
        .iter()
        .filter(|one| one.coverage < 0.999)
        .map(|one| format!("{} {} %", one.name.clone(), words::coverage(one.coverage)))
        .collect();
    method.push((
        "Gaps",
        match gaps.len() {
            0 => "None: every objective was measured all the time.".to_owned(),
            1..=6 => format!("Measured for less than all of the time: {}. Nothing is assumed about the rest.", words::listed(&gaps)),
            count => format!("{count} objectives were measured for less than 99.9 % of the time. Nothing is assumed about the rest."),
        },
    ));
    records(review, &mut method);
    method.push((
        "Policy",
        if review.policy.is_empty() {
            "There is none.".to_owned()
        } else {
            format!("{}, asked at the end of this time. {}.", origin.policy, review.policy)
        },
    ));
    method.push((
        "Rounding",
        "Parts are rounded so that they add up to their rounded whole (largest remainder); what was reached is rounded down."
            .to_owned(),
    ));
    method.push(("Source", format!("{}, read by slo {}.", origin.source, origin.version)));
    method
}

/// The line that makes the same report again.
pub fn again(review: &Review) -> String {
    let period = format!("{} --time-zone {}", review.period.option(), review.period.zone);
    if review.origin.invented {
        format!("slo report {}", review.origin.options)
    } else if review.origin.options.is_empty() {
        format!("slo report {period}")
    } else {
        format!("slo report {period} {}", review.origin.options)
    }
}

/// What is known of incidents and pages, and of whom nothing is said.
fn records(review: &Review, method: &mut Vec<(&'static str, String)>) {
    let (origin, zone) = (&review.origin, review.period.zone);
    let range = review.period.range();
    if !origin.undefined.is_empty() {
        let shown: Vec<String> = origin.undefined.iter().take(8).map(|key| words::name(key)).collect();
        let more = origin.undefined.len() - shown.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        method.push((
            "Not in it",
            format!(
                "Counted in this time, and no longer defined under these names: {}{more}.",
                words::listed(&shown)
            ),
        ));
    }
    if !origin.without_incidents {
        method.push((
            "Incidents",
            format!(
                "A bad event belongs to an incident when it happened while that was open and its labels name the objective \
                 (slo, objective), or at least the service; of several, to the one that names it best, then to the first. An \
                 incident reaches back from the moment it was opened over what burned without a break faster than the budget \
                 allows, at most {}. What is counted across one of its edges is divided by time. The rest is called outside.",
                words::length(Span::hours(6))
            ),
        ));
        method.push((
            "Pages",
            match origin.notifications_from {
                Some(from) if from > range.after => format!(
                    "Messages of priority P1 and P2 to people, as recorded since {}; before that, one for each incident, and \
                     who was called is not known.",
                    words::day_of(zone, from)
                ),
                _ => "Messages of priority P1 and P2 to people, as they were recorded; to a receiver, where no person was \
                      chosen. Repeats count, resolutions do not."
                    .to_owned(),
            },
        ));
    }
}
