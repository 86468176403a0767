//! Months that never were, recounted by another way.

use std::sync::Arc;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::facts::{GroupFacts, IncidentFacts, ObjectiveFacts, PageFacts, Piece};
use slo_core::labels::Labels;
use slo_core::time::{Span, TimeRange};
use slo_model::alert::Priority;
use slo_model::budget::Sums;
use slo_model::route::local::to_local;
use slo_model::slo::Slo;

/// An objective of the invented platform, split by route or not.
fn slo(split: bool) -> Slo {
    crate::demo::slos().swap_remove(usize::from(split))
}

const ZONES: [Tz; 7] = [
    chrono_tz::UTC,
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Asia::Kolkata,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Pacific::Apia,
    chrono_tz::America::Sao_Paulo,
];

/// A small generator of its own: proptest's values for 9,000 pieces would take minutes to shrink.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

fn incident(dice: &mut Dice, period: &Period, number: usize, slo: &Slo) -> IncidentFacts {
    let range = period.range();
    let minutes = (range.length() / Span::minutes(1)).unsigned_abs();
    // Some began before the month, some never end.
    let opened_at = range.after + Span::minutes(dice.below(minutes + 3000) as i64 - 3000);
    let resolved_at = (dice.below(8) > 0).then(|| opened_at + Span::minutes(dice.below(2000) as i64));
    let names = dice.below(4);
    IncidentFacts {
        id: format!("i{number}"),
        title: format!("<b>{number}</b>"),
        rule: format!("Rule{}", number % 3),
        priority: Priority::ALL[number % 4],
        service: if names > 0 { slo.service.clone() } else { String::new() },
        slo: if names > 1 { slo.key.name.clone() } else { String::new() },
        objective: String::new(),
        opened_at,
        acknowledged_at: (dice.below(2) == 0).then(|| opened_at + Span::minutes(dice.below(90) as i64)),
        acknowledged_by: None,
        resolved_at,
        resolved_by_hand: false,
        reopened: 0,
        judgement: None,
    }
}

fn pieces(dice: &mut Dice, range: TimeRange) -> Vec<TimeRange> {
    let (mut all, mut after) = (Vec::new(), range.after);
    while after < range.until {
        let length = if dice.below(6) == 0 { Span::minutes(5) } else { Span::hours(1) };
        let until = (after + length).min(range.until);
        // Some of the time nothing was read.
        if dice.below(12) > 0 {
            all.push(TimeRange::new(after, until));
        }
        after = until;
    }
    all
}

/// A month with gaps, incidents on each other, clock changes.
fn month(seed: u64) -> Facts {
    let mut dice = Dice(seed);
    let zone = ZONES[dice.below(ZONES.len() as u64) as usize];
    let (year, number) = (2024 + dice.below(6), 1 + dice.below(12));
    let period = Period::month(&format!("{year}-{number:02}"), zone).unwrap();
    let range = period.range();
    let until =
        if dice.below(4) == 0 { range.after + Span::hours(1 + dice.below(600) as i64) } else { range.until };
    let split = dice.below(2) == 0;
    let slo = slo(split);
    let mut incidents: Vec<IncidentFacts> =
        (0..dice.below(12) as usize).map(|number| incident(&mut dice, &period, number, &slo)).collect();
    incidents.retain(|one| one.range(until).until > range.after && one.opened_at < until);
    incidents.sort_by_key(|one| one.opened_at);
    let cells = pieces(&mut dice, TimeRange::new(range.after, until));
    let names = if split { vec!["/a", "/b", "/c"] } else { vec![""] };
    let busy = dice.below(40);
    let groups = names
        .into_iter()
        .map(|name| GroupFacts {
            group: if name.is_empty() { Labels::new() } else { Labels::from_iter([("http_route", name)]) },
            pieces: cells
                .iter()
                .map(|range| {
                    let total = dice.below(busy * 50) as f64;
                    let bad = if dice.below(9) == 0 { dice.below(total as u64 + 1) as f64 } else { 0.0 };
                    let covered = range.length().as_seconds_f64();
                    Piece { range: *range, sums: Sums { good: total - bad, total, covered } }
                })
                .collect(),
        })
        .collect();
    let objective = ObjectiveFacts {
        slo: Arc::new(slo),
        groups,
        coverage: cells.iter().map(|range| (*range, range.length().as_seconds_f64())).collect(),
        before: None,
        months: vec![None; 12],
        counted_from: Some(range.after),
        estimated: false,
        slices_estimated: false,
        warnings: Vec::new(),
    };
    let pages = incidents
        .iter()
        .filter(|one| range.contains(one.opened_at))
        .map(|one| PageFacts {
            at: one.opened_at,
            incident: one.id.clone(),
            whom: "somebody".to_owned(),
            is_person: true,
            is_escalation: false,
        })
        .collect();
    Facts {
        period,
        until,
        objectives: vec![objective],
        incidents,
        pages,
        policy: crate::demo::policy(),
        origin: Origin::default(),
    }
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * (1.0 + one.abs().max(other.abs()))
}

/// Minute by minute: whose each minute is, without any sweep; a piece's bad events are spread over its minutes.
fn recounted(facts: &Facts, spend: &Spend) -> (Vec<f64>, f64) {
    let slo = &facts.objectives[0].slo;
    let rank = |one: &IncidentFacts| {
        if one.slo == slo.key.name {
            Some(1)
        } else {
            (one.slo.is_empty() && one.service == slo.service).then_some(2)
        }
    };
    let (mut by_incident, mut outside) = (vec![0.0; facts.incidents.len()], 0.0);
    for piece in facts.objectives[0].groups.iter().flat_map(|group| &group.pieces) {
        let bad = piece.sums.total - piece.sums.good;
        let minutes = piece.range.length() / Span::minutes(1);
        for minute in 0..minutes {
            let middle = piece.range.after + Span::minutes(minute) + Span::from_seconds(30);
            let owner = (0..facts.incidents.len())
                .filter(|at| {
                    let one = &facts.incidents[*at];
                    let began = spend.began.get(at).copied().unwrap_or(one.opened_at);
                    rank(one).is_some() && began < middle && middle < one.range(facts.until).until
                })
                .min_by_key(|at| {
                    let one = &facts.incidents[*at];
                    let began = spend.began.get(at).copied().unwrap_or(one.opened_at);
                    (rank(one), began.max(facts.period.range().after), *at)
                });
            match owner {
                Some(at) => by_incident[at] += bad / minutes as f64,
                None => outside += bad / minutes as f64,
            }
        }
    }
    (by_incident, outside)
}

fn check(seed: u64) {
    let facts = month(seed);
    let review = review(&facts);
    let one = &review.objectives[0];
    let all: f64 = facts.objectives[0]
        .groups
        .iter()
        .flat_map(|group| &group.pieces)
        .map(|piece| piece.sums.total - piece.sums.good)
        .sum();
    assert!(near(one.spent, all), "seed {seed}: spent {} of {all}", one.spent);
    let Some(spend) = &one.spend else {
        assert!(all == 0.0, "seed {seed}");
        return;
    };
    let hours: f64 = spend.by_hour.iter().flatten().sum();
    let in_incidents: f64 = spend.in_incidents.iter().flatten().sum();
    let incidents: f64 = spend.by_incident.values().sum();
    let days: f64 = spend.by_day.iter().map(DaySpend::bad).sum();
    for (what, sum) in [
        ("incidents", incidents + spend.outside),
        ("hours", hours),
        ("days", days),
        ("burn-down", spend.burn_down.last().unwrap().1),
    ] {
        assert!(near(sum, all), "seed {seed}: {what} {sum} of {all}");
    }
    assert!(near(in_incidents, incidents), "seed {seed}: {in_incidents} in {incidents}");
    if !spend.by_group.is_empty() {
        assert!(near(spend.by_group.iter().map(|group| group.bad).sum(), all), "seed {seed}: groups");
    }
    // Hours and weekdays, from each piece's own middle.
    let mut cells = [[0.0; 24]; 7];
    for piece in facts.objectives[0].groups.iter().flat_map(|group| &group.pieces) {
        use chrono::{Datelike, Timelike};
        let local = to_local(facts.period.zone, piece.range.after + piece.range.length() / 2);
        cells[local.weekday().num_days_from_monday() as usize][local.hour() as usize] +=
            piece.sums.total - piece.sums.good;
    }
    for (row, other) in cells.iter().zip(&spend.by_hour) {
        assert!(row.iter().zip(other).all(|(one, other)| near(*one, *other)), "seed {seed}: cells");
    }
    let (by_incident, outside) = recounted(&facts, spend);
    assert!(near(outside, spend.outside), "seed {seed}: outside {outside}, not {}", spend.outside);
    for (at, bad) in by_incident.iter().enumerate() {
        let told = spend.by_incident.get(&at).copied().unwrap_or_default();
        assert!(near(*bad, told), "seed {seed}: incident {at} spent {bad}, not {told}");
    }
    let (met, known) = review.met();
    assert!(met <= known && known <= 1);
    // Text takes longer than counting.
    if seed.is_multiple_of(16) {
        assert!(!crate::html(&review).contains("<b>1</b>"), "seed {seed}: a title is not markup");
        for text in [crate::html(&review), crate::markdown(&review), crate::json(&review)] {
            assert!(!text.contains("NaN") && !text.contains("inf "), "seed {seed}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_spent_a_random_month_adds_up_and_equals_a_recount(seed in any::<u64>()) {
        check(seed);
    }
}

#[test]
fn an_incident_begins_where_it_began_also_in_the_time_of_another() {
    check(14_480_435_385_641_154_181);
}

#[test]
fn the_same_facts_give_the_same_bytes_and_an_invented_month_has_every_part() {
    let facts = || crate::demo::facts(Period::month(crate::demo::MONTH, crate::demo::ZONE).unwrap(), "0");
    let (one, other) = (review(&facts()), review(&facts()));
    assert_eq!(crate::html(&one), crate::html(&other));
    assert_eq!(crate::json(&one), crate::json(&other));
    let html = crate::html(&one);
    for part in ["verdict", "objectives", "spend", "pages", "latency", "todo", "method"] {
        assert!(html.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    assert!(html.len() < 400_000, "{} bytes", html.len());
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
    let kinds: Vec<&str> = one.suggestions.iter().map(|one| one.kind).collect();
    for kind in ["incident_spent_much", "hour_of_the_day", "noisy_rule", "room", "coverage", "no_owner"] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
}

#[test]
fn nothing_is_a_report_too() {
    let period = Period::month("2026-02", chrono_tz::UTC).unwrap();
    let mut facts = Facts {
        period,
        until: period.range().until,
        objectives: Vec::new(),
        incidents: Vec::new(),
        pages: Vec::new(),
        policy: crate::demo::policy(),
        origin: Origin::default(),
    };
    let nothing = review(&facts);
    assert!(crate::html(&nothing).contains("0 of 0"));
    // An objective of which nothing is known, with a name that is not one.
    let mut odd = slo(false);
    odd.key.name = "<script>alert(1)</script>\u{202e}日本語 & \"quotes\"".to_owned();
    odd.service = "سلام".to_owned();
    facts.objectives.push(ObjectiveFacts {
        slo: Arc::new(odd),
        groups: Vec::new(),
        coverage: Vec::new(),
        before: None,
        months: vec![None; 12],
        counted_from: None,
        estimated: false,
        slices_estimated: false,
        warnings: Vec::new(),
    });
    let review = review(&facts);
    let html = crate::html(&review);
    assert!(html.contains("Not measured") && !html.contains("<script>") && !html.contains('\u{202e}'));
    assert_eq!(review.objectives[0].outcome, Outcome::NoData);
    assert!(crate::markdown(&review).contains("was not measured"));
    for name in crate::tables::NAMES {
        let table = crate::tables::table(&review, name);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{name}");
        assert!(!crate::csv(&table).contains("NaN"));
    }
}

#[test]
fn ten_thousand_incidents_are_counted_and_few_are_drawn() {
    let mut facts = month(7);
    let slo = Arc::clone(&facts.objectives[0].slo);
    let period = facts.period;
    facts.until = period.range().until;
    let mut dice = Dice(3);
    facts.incidents = (0..10_000).map(|number| incident(&mut dice, &period, number, &slo)).collect();
    facts.incidents.sort_by_key(|one| one.opened_at);
    let review = review(&facts);
    let (one, spend) = review.spent().next().unwrap();
    assert!(near(spend.by_incident.values().sum::<f64>() + spend.outside, one.spent));
    assert!(review.lettered().count() <= MOST_LETTERS);
    let html = crate::html(&review);
    assert!(html.len() < 500_000, "{} bytes", html.len());
}
