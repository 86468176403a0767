//! The report as JSON. The schema is versioned: fields are added, and none changes its meaning, until `schema` says another
//! number.
//!
//! | field | what |
//! |---|---|
//! | `schema` | `slo-report/1` |
//! | `period` | `name`, `start` (not part of it) and `end` (part of it) in RFC 3339, `time_zone`, `until` (how far it is known), `complete` |
//! | `source` | where it was read; `version`, `again` (the command that makes it again), `invented`, `incidents_recorded`, `undefined` (objectives that were counted and are not defined any more) |
//! | `services` | one verdict each: `sentence`, `ask` (`freeze`, `escalate`, `review`, `measure`, `ship`), `why`, `postmortems` (incident ids) |
//! | `slos` | one each, with the fields of `slo status --format json` for the period: `good`, `total`, `sli` (ratio), `budget` (`allowed` and `spent` in `unit`, `remaining_ratio`), `coverage` (ratio), `counting`, `state` (`ok`, `exhausted`, `no_traffic`, `no_data`); and `outcome`, `unit`, `outage_seconds`, `before_spent_ratio`, `months`, `gaps`, `spend` |
//! | `slos[].spend` | `incidents` (`id`, `bad`, `budget_ratio`), `outside`, `groups`, `hours` (7 rows from Monday, 24 hours each, bad in `unit`), `days` |
//! | `incidents` | what is recorded of each, `letter`, `began_at` |
//! | `pages` | `list`, `times` (seconds), `people`, `rules` |
//! | `latency` | by objective and week: `good`, `total`, `within_ratio` |
//! | `suggestions` | `kind`, `title`, `evidence`, `whom` |
//!
//! Ratios are from 0 to 1 (spent ones may be more), lengths of time in seconds; what is not known is `null`.

use serde_json::{Value, json};

use slo_core::time::Timestamp;
use slo_model::slo::{Budgeting, Window};

use crate::facts::Judgement;
use crate::review::{ObjectiveReview, Outcome, Quantiles, Review, Spend};
use crate::{method, tables};

/// The schema's name and version.
pub const SCHEMA: &str = "slo-report/1";

/// The report as JSON, indented.
pub fn json(review: &Review) -> String {
    let value = json!({
        "schema": SCHEMA,
        "period": period(review),
        "source": {
            "read": review.origin.source,
            "version": review.origin.version,
            "again": method::again(review),
            "invented": review.origin.invented,
            "incidents_recorded": !review.origin.without_incidents,
            "undefined": review.origin.undefined,
        },
        "services": review.services.iter().map(|service| json!({
            "service": service.service,
            "owner": service.owner,
            "sentence": service.sentence(),
            "ask": service.ask.as_str(),
            "why": service.why,
            "postmortems": service.postmortems.iter()
                .filter_map(|place| Some(review.incidents.get(*place)?.facts.id.clone()))
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "slos": review.objectives.iter().map(|one| slo(review, one)).collect::<Vec<_>>(),
        "incidents": incidents(review),
        "pages": pages(review),
        "latency": latency(review),
        "suggestions": review.suggestions.iter().map(|one| json!({
            "kind": one.kind, "title": one.title, "evidence": one.evidence, "whom": one.whom,
        })).collect::<Vec<_>>(),
    });
    // Values made by hand are always written.
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn time(at: Timestamp) -> String {
    at.rfc3339_seconds()
}

fn period(review: &Review) -> Value {
    let range = review.period.range();
    json!({
        "name": review.period.name(),
        "start": time(range.after),
        "end": time(range.until),
        "time_zone": review.period.zone.name(),
        "until": time(review.until),
        "complete": !review.is_running(),
    })
}

/// A ratio or count without digits that floating point made up.
fn tidy(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

fn slo(review: &Review, one: &ObjectiveReview) -> Value {
    let (slo, range) = (&one.slo, review.period.range());
    let duration = match &slo.window {
        Window::Rolling(length) => length.to_string(),
        Window::Calendar(calendar) => calendar.shorthand(),
    };
    let months = review.period.months().iter().zip(&one.months.spent).map(|(month, spent)| {
        json!({"month": month.first.format("%Y-%m").to_string(), "spent_ratio": spent.map(tidy)})
    }).collect::<Vec<_>>();
    json!({
        "name": slo.key.name,
        "objective": slo.key.objective,
        "service": slo.service,
        "owner": slo.about.owner,
        "group": {},
        "target": slo.target.ratio(),
        "window": {
            "duration": review.period.option().trim_start_matches("--"),
            "rolling": false,
            "time_zone": review.period.zone.name(),
            "start": time(range.after),
            "end": time(range.until),
        },
        "own_window": {"duration": duration, "rolling": slo.window.is_rolling()},
        "budgeting": match slo.budgeting {
            Budgeting::Occurrences => "Occurrences",
            Budgeting::Timeslices { .. } => "Timeslices",
            Budgeting::RatioTimeslices { .. } => "RatioTimeslices",
        },
        "unit": one.unit.as_str(),
        "good": tidy(one.counts.good),
        "total": tidy(one.counts.total),
        "sli": one.counts.ratio(),
        "budget": {
            "allowed": tidy(one.allowed),
            "spent": tidy(one.spent),
            "remaining_ratio": one.spent_ratio.map(|spent| tidy(1.0 - spent)),
        },
        "outage_seconds": {
            "allowed": (one.allowed_minutes * 60.0).round(),
            "spent": one.spent_minutes().map(|minutes| (minutes * 60.0).round()),
        },
        "coverage": tidy(one.coverage),
        "counting": tables::counting(one.counted),
        "state": match one.outcome {
            Outcome::Met => "ok",
            Outcome::Missed => "exhausted",
            Outcome::NoEvents => "no_traffic",
            Outcome::NoData => "no_data",
        },
        "outcome": one.outcome.as_str(),
        "before_spent_ratio": one.before.map(tidy),
        "months": months,
        "counted_from": one.counted_from.map(time),
        "gaps": one.gaps.iter().map(|gap| json!({"start": time(gap.after), "end": time(gap.until)})).collect::<Vec<_>>(),
        "warnings": one.warnings,
        "spend": one.spend.as_ref().map(|spent| spend(review, one, spent)),
    })
}

fn spend(review: &Review, one: &ObjectiveReview, spend: &Spend) -> Value {
    let share = |bad: f64| one.share(bad).map(tidy);
    json!({
        "bad": tidy(spend.bad),
        "incidents": spend.by_incident.iter().filter_map(|(place, bad)| {
            let incident = review.incidents.get(*place)?;
            Some(json!({"id": incident.facts.id, "bad": tidy(*bad), "budget_ratio": share(*bad)}))
        }).collect::<Vec<_>>(),
        "outside": {"bad": tidy(spend.outside), "budget_ratio": share(spend.outside)},
        "groups": spend.by_group.iter().map(|group| json!({
            "group": group.name, "bad": tidy(group.bad), "total": tidy(group.total),
        })).collect::<Vec<_>>(),
        "hours": spend.by_hour.iter().map(|row| row.iter().map(|bad| tidy(*bad)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "days": spend.by_day.iter().map(|day| json!({
            "day": day.day.to_string(), "good": tidy(day.sums.good), "total": tidy(day.sums.total),
        })).collect::<Vec<_>>(),
    })
}

fn incidents(review: &Review) -> Vec<Value> {
    review
        .incidents
        .iter()
        .map(|one| {
            let facts = &one.facts;
            json!({
                "id": facts.id,
                "letter": one.letter,
                "title": facts.title,
                "rule": facts.rule,
                "priority": facts.priority.as_str(),
                "began_at": time(one.began),
                "opened_at": time(facts.opened_at),
                "acknowledged_at": facts.acknowledged_at.map(time),
                "acknowledged_by": facts.acknowledged_by,
                "resolved_at": facts.resolved_at.map(time),
                "reopened": facts.reopened,
                "judged": facts.judgement.map(Judgement::as_str),
                "most_of_a_budget_ratio": one.shares.first().map(|share| tidy(share.of_budget)),
            })
        })
        .collect()
}

fn quantiles(known: Option<Quantiles>) -> Value {
    known.map_or(Value::Null, |known| {
        json!({
            "count": known.count,
            "median_seconds": known.median.as_seconds(),
            "p90_seconds": known.p90.as_seconds(),
            "longest_seconds": known.longest.as_seconds(),
        })
    })
}

fn pages(review: &Review) -> Value {
    let all = &review.pages;
    json!({
        "list": all.pages.iter().map(|page| json!({
            "at": time(page.facts.at),
            "incident": page.facts.incident,
            "rule": page.rule,
            "priority": page.priority.as_str(),
            "whom": if page.facts.whom.is_empty() { Value::Null } else { json!(page.facts.whom) },
            "is_person": page.facts.is_person,
            "escalation": page.facts.is_escalation,
            "time_of_week": page.night.as_str(),
        })).collect::<Vec<_>>(),
        "times": all.times.iter().map(|one| json!({
            "priority": one.priority.as_str(),
            "incidents": one.incidents,
            "acknowledge": quantiles(one.acknowledge),
            "resolve": quantiles(one.resolve),
            "never_acknowledged": one.unanswered,
            "open": one.open,
        })).collect::<Vec<_>>(),
        "people": all.people.iter().map(|one| json!({
            "whom": one.whom,
            "is_person": one.is_person,
            "pages": one.pages,
            "night": one.night,
            "weekend": one.weekend,
            "shifts_with_a_page": one.shifts,
            "most_incidents_in_a_shift": one.most_in_a_shift,
            "shifts_above_two": one.heavy.len(),
        })).collect::<Vec<_>>(),
        "rules": all.rules.iter().map(|rule| json!({
            "rule": rule.rule,
            "pages": rule.pages,
            "incidents": rule.incidents,
            "acted_upon": rule.acted_upon,
            "false_positives": rule.false_positives,
            "noise": rule.noise,
            "came_back": rule.flapped,
            "most_of_a_budget_ratio": rule.most.map(tidy),
        })).collect::<Vec<_>>(),
    })
}

fn latency(review: &Review) -> Vec<Value> {
    let of = |one: &crate::review::LatencyReview| {
        let slo = &review.objectives.get(one.objective)?.slo;
        Some(json!({
            "name": slo.key.name,
            "objective": slo.key.objective,
            "weeks": one.weeks.iter().map(|week| json!({
                "first_day": week.first.to_string(),
                "last_day": week.last.to_string(),
                "good": week.sums.map(|sums| tidy(sums.good)),
                "total": week.sums.map(|sums| tidy(sums.total)),
                "within_ratio": week.within().map(tidy),
            })).collect::<Vec<_>>(),
        }))
    };
    review.latency.iter().filter_map(of).collect()
}
