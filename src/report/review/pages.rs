//! Who was called, when, and whether it was worth it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;

use slo_core::time::{Span, Timestamp};
use slo_model::alert::Priority;
use slo_model::route::local::to_local;

use super::incidents::IncidentReview;
use crate::facts::{Facts, IncidentFacts, Judgement, PageFacts};
use crate::words;

/// Night begins and ends at these local hours.
const NIGHT: (u32, u32) = (22, 7);
/// Shifts of twelve hours begin at these local hours.
const SHIFTS: (u32, u32) = (8, 20);
/// More incidents than this in a shift leave no time to finish the first (Site Reliability Engineering, chapter 11).
pub const MOST_INCIDENTS_A_SHIFT: usize = 2;

/// When in the week somebody was called. Every page belongs to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Night {
    /// Monday to Friday, from 07:00 to 22:00.
    Weekday,
    /// Saturday and Sunday, from 07:00 to 22:00.
    Weekend,
    /// From 22:00 to 07:00 of any day.
    Night,
}

impl Night {
    fn of(zone: Tz, at: Timestamp) -> Self {
        let local = to_local(zone, at);
        if local.hour() >= NIGHT.0 || local.hour() < NIGHT.1 {
            Self::Night
        } else if matches!(local.weekday(), Weekday::Sat | Weekday::Sun) {
            Self::Weekend
        } else {
            Self::Weekday
        }
    }

    /// As it is written in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weekday => "weekday",
            Self::Weekend => "weekend",
            Self::Night => "night",
        }
    }
}

/// A page, with what the period makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReview {
    /// What is recorded.
    pub facts: PageFacts,
    /// How urgent its incident is.
    pub priority: Priority,
    /// The rule that it came from.
    pub rule: String,
    /// When in the week.
    pub night: Night,
    /// It came in a shift with more incidents than a shift should have.
    pub in_heavy_shift: bool,
}

/// Median, 90th percentile and longest of some lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// Of how many.
    pub count: usize,
    /// Half took no longer.
    pub median: Span,
    /// Nine of ten took no longer.
    pub p90: Span,
    /// The longest.
    pub longest: Span,
}

impl Quantiles {
    /// By nearest rank: each is a length that occurred. `None` of nothing.
    pub fn of(mut lengths: Vec<Span>) -> Option<Self> {
        lengths.sort_unstable();
        let rank = |share: usize| lengths.get((lengths.len() * share).div_ceil(100).max(1) - 1).copied();
        Some(Self { count: lengths.len(), median: rank(50)?, p90: rank(90)?, longest: *lengths.last()? })
    }
}

/// How long answers and ends took, of incidents of one priority that were opened in the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// Which.
    pub priority: Priority,
    /// Incidents.
    pub incidents: usize,
    /// From opening to the first acknowledgement.
    pub acknowledge: Option<Quantiles>,
    /// From opening to the end.
    pub resolve: Option<Quantiles>,
    /// Nobody acknowledged them.
    pub unanswered: usize,
    /// They go on.
    pub open: usize,
}

/// What a person was called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonReview {
    /// Who: a person, or a receiver where no person is known.
    pub whom: String,
    /// It is a person.
    pub is_person: bool,
    /// Pages.
    pub pages: usize,
    /// At night.
    pub night: usize,
    /// By day on a weekend.
    pub weekend: usize,
    /// Shifts with a page in them.
    pub shifts: usize,
    /// The most incidents in one shift.
    pub most_in_a_shift: usize,
    /// Shifts with too many incidents: their first days, and whether they are of the night.
    pub heavy: Vec<(NaiveDate, bool)>,
    /// Time to acknowledge of incidents that they took.
    pub acknowledge: Option<Quantiles>,
}

/// What a rule made of its incidents.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleReview {
    /// Which.
    pub rule: String,
    /// Pages.
    pub pages: usize,
    /// Incidents that were opened in the period.
    pub incidents: usize,
    /// Of those: somebody did something.
    pub acted_upon: usize,
    /// Of those: marked as false positives.
    pub false_positives: usize,
    /// Of those: marked as noise.
    pub noise: usize,
    /// How often they came back after their end.
    pub flapped: u32,
    /// The largest share of a budget that one of them spent; `None` when their labels name no objective.
    pub most: Option<f64>,
}

/// Who was called.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PagesReview {
    /// In order of time.
    pub pages: Vec<PageReview>,
    /// By priority, those with incidents, the most urgent first.
    pub times: Vec<Times>,
    /// The most pages first.
    pub people: Vec<PersonReview>,
    /// The most pages first; those with incidents and no page last.
    pub rules: Vec<RuleReview>,
    /// Incidents that were judged, and of those: false positives, noise.
    pub judged: (usize, usize, usize),
    /// Incidents that were opened in the period.
    pub incidents: usize,
    /// Pages of which the record of who was called is gone.
    pub without_record: usize,
}

impl PagesReview {
    /// How many pages were so.
    pub fn count(&self, is: impl Fn(&PageReview) -> bool) -> usize {
        self.pages.iter().filter(|page| is(page)).count()
    }
}

/// The pages of the facts.
pub(super) fn all(facts: &Facts, incidents: &[IncidentReview]) -> PagesReview {
    let zone = facts.period.zone;
    let by_id: BTreeMap<&str, &IncidentFacts> =
        incidents.iter().map(|one| (one.facts.id.as_str(), &one.facts)).collect();
    let mut pages: Vec<PageReview> = facts
        .pages
        .iter()
        .filter_map(|page| {
            let incident = by_id.get(page.incident.as_str())?;
            Some(PageReview {
                facts: page.clone(),
                priority: incident.priority,
                rule: incident.rule.clone(),
                night: Night::of(zone, page.at),
                in_heavy_shift: false,
            })
        })
        .collect();
    let range = facts.period.range();
    let opened: Vec<&IncidentReview> = incidents
        .iter()
        .filter(|one| range.contains(one.facts.opened_at) && one.facts.opened_at <= facts.until)
        .collect();
    let people = people(zone, &mut pages, &opened);
    let judged =
        |is: fn(Judgement) -> bool| opened.iter().filter(|one| one.facts.judgement.is_some_and(is)).count();
    PagesReview {
        times: times(&opened),
        rules: rules(&pages, &opened),
        people,
        judged: (
            judged(|_| true),
            judged(|mark| mark == Judgement::FalsePositive),
            judged(|mark| mark == Judgement::Noise),
        ),
        incidents: opened.len(),
        without_record: pages.iter().filter(|page| page.facts.whom.is_empty()).count(),
        pages,
    }
}

fn times(opened: &[&IncidentReview]) -> Vec<Times> {
    let of = |priority: Priority| {
        let own: Vec<&IncidentFacts> =
            opened.iter().map(|one| &one.facts).filter(|one| one.priority == priority).collect();
        let lengths = |end: fn(&IncidentFacts) -> Option<Timestamp>| {
            Quantiles::of(
                own.iter().filter_map(|one| Some((end(one)? - one.opened_at).max(Span::ZERO))).collect(),
            )
        };
        Times {
            priority,
            incidents: own.len(),
            acknowledge: lengths(|one| one.acknowledged_at),
            resolve: lengths(|one| one.resolved_at),
            unanswered: own.iter().filter(|one| one.acknowledged_at.is_none()).count(),
            open: own.iter().filter(|one| one.resolved_at.is_none()).count(),
        }
    };
    Priority::ALL.into_iter().map(of).filter(|times| times.incidents > 0).collect()
}

/// The half of a day in which a moment lies: the day on which it began, and whether it is the night's.
fn shift(zone: Tz, at: Timestamp) -> (NaiveDate, bool) {
    let local = to_local(zone, at);
    let (day, hour) = (local.date(), local.hour());
    if hour < SHIFTS.0 {
        (day.checked_sub_days(Days::new(1)).unwrap_or(day), true)
    } else {
        (day, hour >= SHIFTS.1)
    }
}

fn people(zone: Tz, pages: &mut [PageReview], opened: &[&IncidentReview]) -> Vec<PersonReview> {
    type Shifts = BTreeMap<(NaiveDate, bool), BTreeSet<String>>;
    let mut shifts: BTreeMap<(bool, String), Shifts> = BTreeMap::new();
    for page in pages.iter().filter(|page| !page.facts.whom.is_empty()) {
        let own = shifts.entry((page.facts.is_person, page.facts.whom.clone())).or_default();
        own.entry(shift(zone, page.facts.at)).or_default().insert(page.facts.incident.clone());
    }
    for page in pages.iter_mut() {
        let own = shifts.get(&(page.facts.is_person, page.facts.whom.clone()));
        let incidents = own.and_then(|own| own.get(&shift(zone, page.facts.at)));
        page.in_heavy_shift = incidents.is_some_and(|them| them.len() > MOST_INCIDENTS_A_SHIFT);
    }
    let mut people: Vec<PersonReview> = shifts
        .into_iter()
        .map(|((is_person, whom), shifts)| {
            let own = |night: Option<Night>| {
                let is = |page: &&PageReview| {
                    page.facts.whom == whom
                        && page.facts.is_person == is_person
                        && night.is_none_or(|night| page.night == night)
                };
                pages.iter().filter(is).count()
            };
            let heavy = shifts.iter().filter(|(_, them)| them.len() > MOST_INCIDENTS_A_SHIFT);
            let took = |one: &&&IncidentReview| one.facts.acknowledged_by.as_deref() == Some(&whom);
            let waited = opened
                .iter()
                .filter(took)
                .filter_map(|one| Some((one.facts.acknowledged_at? - one.facts.opened_at).max(Span::ZERO)));
            PersonReview {
                pages: own(None),
                night: own(Some(Night::Night)),
                weekend: own(Some(Night::Weekend)),
                shifts: shifts.len(),
                most_in_a_shift: shifts.values().map(BTreeSet::len).max().unwrap_or_default(),
                heavy: heavy.map(|(shift, _)| *shift).collect(),
                acknowledge: Quantiles::of(waited.collect()),
                is_person,
                whom,
            }
        })
        .collect();
    people.sort_by(|a, b| {
        b.is_person.cmp(&a.is_person).then(b.pages.cmp(&a.pages)).then_with(|| a.whom.cmp(&b.whom))
    });
    people
}

fn rules(pages: &[PageReview], opened: &[&IncidentReview]) -> Vec<RuleReview> {
    let mut rules: BTreeMap<&str, RuleReview> = BTreeMap::new();
    let empty = |rule: &str| RuleReview {
        rule: words::name(rule),
        pages: 0,
        incidents: 0,
        acted_upon: 0,
        false_positives: 0,
        noise: 0,
        flapped: 0,
        most: None,
    };
    for page in pages {
        rules.entry(&page.rule).or_insert_with(|| empty(&page.rule)).pages += 1;
    }
    for one in opened {
        let rule = rules.entry(&one.facts.rule).or_insert_with(|| empty(&one.facts.rule));
        rule.incidents += 1;
        rule.acted_upon += usize::from(one.facts.acted_upon());
        rule.false_positives += usize::from(one.facts.judgement == Some(Judgement::FalsePositive));
        rule.noise += usize::from(one.facts.judgement == Some(Judgement::Noise));
        rule.flapped += one.facts.reopened;
        if one.names_any {
            rule.most = Some(rule.most.unwrap_or_default().max(one.most()));
        }
    }
    let mut rules: Vec<RuleReview> = rules.into_values().collect();
    let busiest = |a: &RuleReview, b: &RuleReview| {
        b.pages.cmp(&a.pages).then(b.incidents.cmp(&a.incidents)).then_with(|| a.rule.cmp(&b.rule))
    };
    rules.sort_by(busiest);
    rules
}
