//! What happened to the invented platform: what went wrong, the incidents of it, and who was called.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use slo_core::time::{Span, TimeRange, Timestamp};
use slo_model::alert::Priority;
use slo_model::route::local::instant;

use crate::facts::{IncidentFacts, Judgement, PageFacts};
use crate::period::Period;

/// Something that went wrong: when, for how long, and the share of bad events that it made of each objective.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) range: TimeRange,
    pub(super) effects: Vec<(usize, f64)>,
    incident: Option<IncidentFacts>,
    person: usize,
}

/// What went wrong in a period.
pub(super) struct Plan {
    pub(super) troubles: Vec<Trouble>,
}

/// One line of October: day, hour, minute; minutes until it was noticed, until somebody had it, until it ended.
struct Told {
    at: (u32, u32, u32),
    took: (i64, i64, i64),
    title: &'static str,
    rule: &'static str,
    service: &'static str,
    priority: Priority,
    effects: &'static [(usize, f64)],
    judgement: Option<Judgement>,
}

const fn told(
    at: (u32, u32, u32),
    took: (i64, i64, i64),
    title: &'static str,
    (rule, service, priority): (&'static str, &'static str, Priority),
    effects: &'static [(usize, f64)],
    judgement: Option<Judgement>,
) -> Told {
    Told { at, took, title, rule, service, priority, effects, judgement }
}

const USEFUL: Option<Judgement> = Some(Judgement::Useful);
const NOISE: Option<Judgement> = Some(Judgement::Noise);
const FALSE: Option<Judgement> = Some(Judgement::FalsePositive);

const OCTOBER: [Told; 19] = [
    told(
        (3, 1, 8),
        (4, 9, 52),
        "Bank’s gateway timed out",
        ("BookingFastBurn", "booking", Priority::P1),
        &[(0, 0.021), (2, 0.36)],
        USEFUL,
    ),
    told(
        (5, 10, 20),
        (2, 6, 25),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (6, 3, 40),
        (2, 14, 31),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (8, 14, 16),
        (5, 4, 33),
        "Cache node replaced",
        ("SearchSlowBurn", "search", Priority::P2),
        &[(3, 0.022), (4, 0.20)],
        USEFUL,
    ),
    told(
        (9, 23, 5),
        (2, 0, 44),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        None,
    ),
    told(
        (12, 11, 30),
        (3, 8, 40),
        "Disk of the index is nearly full",
        ("IndexDiskLow", "search", Priority::P2),
        &[],
        FALSE,
    ),
    told(
        (14, 9, 36),
        (6, 5, 268),
        "Connection pool exhausted",
        ("BookingFastBurn", "booking", Priority::P1),
        &[(0, 0.019), (1, 1.2), (2, 0.09)],
        USEFUL,
    ),
    told(
        (14, 16, 50),
        (2, 3, 20),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (16, 22, 25),
        (2, 12, 28),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (17, 0, 50),
        (2, 9, 26),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (17, 4, 10),
        (4, 21, 38),
        "Two certificates differ",
        ("BookingFastBurn", "booking", Priority::P1),
        &[(0, 0.012)],
        USEFUL,
    ),
    told(
        (19, 17, 2),
        (5, 11, 50),
        "Ranking model too slow",
        ("SearchSlowBurn", "search", Priority::P2),
        &[(4, 0.26)],
        USEFUL,
    ),
    told(
        (20, 13, 15),
        (2, 0, 22),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        None,
    ),
    told(
        (22, 22, 31),
        (6, 17, 342),
        "Indexer stuck on one message",
        ("SearchStale", "search", Priority::P1),
        &[(5, 1.0)],
        USEFUL,
    ),
    told(
        (24, 6, 22),
        (8, 26, 101),
        "Manifests came late",
        ("ManifestsLate", "manifests", Priority::P1),
        &[(6, 1.0), (7, 0.011)],
        USEFUL,
    ),
    told(
        (26, 9, 45),
        (3, 5, 30),
        "Disk of the index is nearly full",
        ("IndexDiskLow", "search", Priority::P2),
        &[],
        FALSE,
    ),
    told(
        (27, 15, 10),
        (2, 7, 24),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        NOISE,
    ),
    told(
        (28, 11, 11),
        (5, 4, 49),
        "Query plan changed after reindex",
        ("BookingSlowBurn", "booking", Priority::P2),
        &[(1, 0.27), (0, 0.003)],
        USEFUL,
    ),
    told(
        (30, 20, 40),
        (2, 31, 55),
        "Berth queue is deep",
        ("BerthQueueDeep", "booking", Priority::P2),
        &[],
        None,
    ),
];

/// What goes wrong in other months: title, rule, service, priority, effects.
type Kind = (&'static str, &'static str, &'static str, Priority, &'static [(usize, f64)]);
const KINDS: [Kind; 6] = [
    ("Bank’s gateway timed out", "BookingFastBurn", "booking", Priority::P1, &[(0, 0.018), (2, 0.28)]),
    ("Connection pool exhausted", "BookingFastBurn", "booking", Priority::P1, &[(0, 0.012), (1, 0.24)]),
    ("Cache node replaced", "SearchSlowBurn", "search", Priority::P2, &[(3, 0.03), (4, 0.25)]),
    ("Indexer stuck on one message", "SearchStale", "search", Priority::P1, &[(5, 1.0)]),
    ("Berth queue is deep", "BerthQueueDeep", "booking", Priority::P2, &[]),
    ("Manifests came late", "ManifestsLate", "manifests", Priority::P1, &[(6, 1.0), (7, 0.012)]),
];

const PEOPLE: [&str; 5] = ["Amara", "Benedek", "Chiara", "Dai", "Elif"];

impl Plan {
    /// What went wrong in the months that the period touches, and reached into it.
    pub(super) fn of(period: &Period) -> Self {
        let mut troubles = Vec::new();
        let mut first = period.first.with_day(1).unwrap_or(period.first);
        while first < period.end {
            let (year, month) = (first.year(), first.month());
            if (year, month) == (2026, 10) {
                troubles.extend(OCTOBER.iter().filter_map(|told| october(period.zone, told)));
            } else {
                troubles.extend(random(period.zone, first));
            }
            first = first.checked_add_months(chrono::Months::new(1)).unwrap_or(period.end);
        }
        let range = period.range();
        troubles.retain(|trouble| trouble.range.until > range.after && trouble.range.after < range.until);
        Self { troubles }
    }

    pub(super) fn incidents(&self) -> Vec<IncidentFacts> {
        self.troubles.iter().filter_map(|trouble| trouble.incident.clone()).collect()
    }

    /// A page to whoever is on call; another one to the next when nobody answers for a quarter of an hour.
    pub(super) fn pages(&self) -> Vec<PageFacts> {
        let mut pages = Vec::new();
        for trouble in &self.troubles {
            let Some(incident) = &trouble.incident else { continue };
            let page = |at: Timestamp, person: usize, is_escalation: bool| PageFacts {
                at,
                incident: incident.id.clone(),
                whom: PEOPLE.get(person % PEOPLE.len()).copied().unwrap_or_default().to_owned(),
                is_person: true,
                is_escalation,
            };
            pages.push(page(incident.opened_at, trouble.person, false));
            let patience = incident.opened_at + Span::minutes(15);
            if incident.acknowledged_at.is_none_or(|at| at > patience) {
                pages.push(page(patience, trouble.person + 1, true));
            }
        }
        pages
    }
}

fn trouble(zone: Tz, day: NaiveDate, told: &Told) -> Option<Trouble> {
    let (_, hour, minute) = told.at;
    let began = instant(zone, day.and_hms_opt(hour, minute, 0)?);
    let (noticed, answered, lasted) = told.took;
    let opened_at = began + Span::minutes(noticed);
    let end = began + Span::minutes(lasted);
    // Who is on call changes on Mondays.
    let person = usize::try_from(day.iso_week().week()).unwrap_or_default() % PEOPLE.len();
    let answers = if answered > 15 { person + 1 } else { person };
    let incident = IncidentFacts {
        id: format!("{}-{hour:02}{minute:02}", day.format("%Y%m%d")),
        title: told.title.to_owned(),
        rule: told.rule.to_owned(),
        priority: told.priority,
        service: if told.effects.is_empty() { String::new() } else { told.service.to_owned() },
        slo: String::new(),
        objective: String::new(),
        opened_at,
        acknowledged_at: (answered > 0).then(|| opened_at + Span::minutes(answered)),
        acknowledged_by: (answered > 0)
            .then(|| PEOPLE.get(answers % PEOPLE.len()).copied().unwrap_or_default().to_owned()),
        resolved_at: Some(end),
        resolved_by_hand: false,
        reopened: u32::from(told.rule == "BerthQueueDeep" && day.day().is_multiple_of(3)),
        judgement: told.judgement,
    };
    let range = TimeRange::new(began, end);
    Some(Trouble { range, effects: told.effects.to_vec(), incident: Some(incident), person })
}

fn october(zone: Tz, told: &Told) -> Option<Trouble> {
    trouble(zone, NaiveDate::from_ymd_opt(2026, 10, told.at.0)?, told)
}

/// Two to five things that went wrong in another month, always the same.
fn random(zone: Tz, first: NaiveDate) -> Vec<Trouble> {
    let seed = u64::try_from(first.year()).unwrap_or_default() * 12 + u64::from(first.month());
    let pick = |number: u64, most: u64| mix(seed * 1000 + number) % most.max(1);
    let one = |number: u64| {
        let (title, rule, service, priority, effects) =
            KINDS.get(usize::try_from(pick(number * 10, KINDS.len() as u64)).ok()?)?;
        let day = first.with_day(1 + u32::try_from(pick(number * 10 + 1, 27)).ok()?)?;
        let at = (
            day.day(),
            u32::try_from(pick(number * 10 + 2, 24)).ok()?,
            u32::try_from(pick(number * 10 + 3, 60)).ok()?,
        );
        let lasted = i64::try_from(20 + pick(number * 10 + 4, 130)).ok()?;
        let answered = i64::try_from(2 + pick(number * 10 + 5, 18)).ok()?;
        let told = Told {
            at,
            took: (4, answered, lasted),
            title,
            rule,
            service,
            priority: *priority,
            effects,
            judgement: None,
        };
        trouble(zone, day, &told)
    };
    let mut troubles: Vec<Trouble> = (0..2 + pick(999, 4)).filter_map(one).collect();
    troubles.sort_by_key(|trouble| trouble.range.after);
    troubles
}

/// A number that looks random and is not: `SplitMix64`'s finalizer, after Steele, Lea and Flood.
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
