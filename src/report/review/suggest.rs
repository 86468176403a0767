//! What to do: suggestions that follow from the numbers, each with its evidence.

use chrono::Weekday;

use super::objective::{ObjectiveReview, Outcome};
use super::{Review, Spend, words_of};
use crate::words;

/// An objective that spent less than this in each of its months has room.
const ROOM: f64 = 0.5;
/// Months that must be known before a suggestion rests on them.
const FEWEST_MONTHS: usize = 6;
/// A rule that made this share of all pages, and at least so many.
const NOISY: (f64, usize) = (1.0 / 3.0, 5);
/// An incident that never spent this share of a budget.
const NOTHING: f64 = 0.01;
/// An hour of the day that spends this share of a budget outside incidents is worth a look.
const HOUR: f64 = 0.15;
/// Coverage below this is mended first.
const COVERED: f64 = 0.99;
/// So many suggestions; a longer list is not read.
const MOST: usize = 12;

/// Which part of the report a suggestion rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An objective, by its anchor.
    Objective(String),
    /// The spend.
    Spend,
    /// The pages.
    Pages,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its name for programs.
    pub kind: &'static str,
    /// What.
    pub title: String,
    /// Why: the numbers it follows from.
    pub evidence: String,
    /// Who: an owner, if one is known.
    pub whom: Option<String>,
    /// Where the numbers are.
    pub about: About,
}

/// Every suggestion, what spends budgets first.
pub(super) fn all(review: &Review) -> Vec<Suggestion> {
    let mut all = Vec::new();
    repeats(review, &mut all);
    for one in &review.objectives {
        hours(review, one, &mut all);
        outside(review, one, &mut all);
    }
    rules(review, &mut all);
    for one in &review.objectives {
        targets(one, &mut all);
    }
    measuring(review, &mut all);
    people(review, &mut all);
    all.truncate(MOST);
    all
}

fn owner(one: &ObjectiveReview) -> Option<String> {
    one.slo.about.owner.as_deref().map(words::name)
}

fn about(one: &ObjectiveReview) -> About {
    About::Objective(one.anchor.clone())
}

/// Incidents that alone spent half of a budget.
fn repeats(review: &Review, all: &mut Vec<Suggestion>) {
    let mut large: Vec<_> = review.lettered().filter(|(_, one)| one.most() >= 0.5).collect();
    large.sort_by(|a, b| b.1.most().total_cmp(&a.1.most()));
    for (_, incident) in large.into_iter().take(3) {
        let Some(share) = incident.shares.first() else { continue };
        let Some(objective) = review.objectives.get(share.objective) else { continue };
        all.push(Suggestion {
            kind: "incident_spent_much",
            title: format!("Keep “{}” from coming back", incident.title()),
            evidence: format!(
                "Incident {} on {} spent {} % of {}’s budget by itself.",
                incident.letter.as_deref().unwrap_or_default(),
                words::day_of(review.period.zone, incident.began),
                words::number(share.of_budget * 100.0, 1),
                objective.name.clone()
            ),
            whom: owner(objective),
            about: About::Spend,
        });
    }
}

/// The largest part of a budget that an hour of the day spends outside incidents: on weekdays, on weekends, or on all days.
fn hours(review: &Review, one: &ObjectiveReview, all: &mut Vec<Suggestion>) {
    let Some(spend) = &one.spend else { return };
    let quiet = |weekday: usize, hour: usize| {
        let of = |cells: &[[f64; 24]; 7]| cells.get(weekday).and_then(|row| row.get(hour)).copied();
        (of(&spend.by_hour).unwrap_or_default() - of(&spend.in_incidents).unwrap_or_default()).max(0.0)
    };
    let sum = |hour: usize| (0..7).map(|weekday| quiet(weekday, hour)).sum::<f64>();
    let outside: f64 = (0..24).map(sum).sum();
    let Some(worst) = (0..24).max_by(|a, b| sum(*a).total_cmp(&sum(*b)).then(b.cmp(a))) else { return };
    let (bad, usual) = (sum(worst), outside / 24.0);
    let Some(share) = one.share(bad).filter(|share| *share >= HOUR && bad > usual * 3.0) else { return };
    let workdays: f64 = (0..5).map(|weekday| quiet(weekday, worst)).sum();
    let when = if workdays > bad * 0.95 { " on weekdays" } else { "" };
    let single = (0..7).find(|weekday| quiet(*weekday, worst) > bad * 0.9);
    let when = single
        .and_then(|day| Weekday::try_from(u8::try_from(day).ok()?).ok())
        .map_or_else(|| when.to_owned(), |day| format!(" on {}s", words::weekday(day)));
    all.push(Suggestion {
        kind: "hour_of_the_day",
        title: format!("Look at what runs at {worst:02}:00{when}"),
        evidence: format!(
            "That hour spent {} % of {}’s budget outside of incidents, {} times the mean hour; nobody was called for it.",
            words::number(share * 100.0, 1),
            one.name.clone(),
            words::number(bad / usual, 0)
        ),
        whom: owner(one),
        about: About::Spend,
    });
    let _ = review;
}

/// A missed objective that no alert saw being spent.
fn outside(review: &Review, one: &ObjectiveReview, all: &mut Vec<Suggestion>) {
    let spent_outside = |spend: &Spend| one.share(spend.outside);
    let Some(share) = one.spend.as_ref().and_then(spent_outside) else { return };
    if one.outcome != Outcome::Missed || share < 1.0 || review.origin.without_incidents {
        return;
    }
    all.push(Suggestion {
        kind: "spent_without_alert",
        title: format!("Give {} an alert that sees a slow burn", one.name.clone()),
        evidence: format!(
            "{} % of its budget was spent outside of incidents: nobody was told while the objective was missed.",
            words::number(share * 100.0, 0)
        ),
        whom: owner(one),
        about: about(one),
    });
}

fn rules(review: &Review, all: &mut Vec<Suggestion>) {
    let pages = review.pages.pages.len();
    for rule in &review.pages.rules {
        let share = rule.pages as f64 / pages.max(1) as f64;
        let acted =
            format!("{} of its {} had somebody act", rule.acted_upon, words_of(rule.incidents, "incident"));
        if share >= NOISY.0 && rule.pages >= NOISY.1 {
            all.push(Suggestion {
                kind: "noisy_rule",
                title: format!("Change or delete {}", rule.rule),
                evidence: format!(
                    "It made {} of {} ({} %); {acted}{}.",
                    rule.pages,
                    words_of(pages, "page"),
                    words::number(share * 100.0, 0),
                    match rule.most {
                        Some(most) => format!(
                            ", and the most of a budget that one of them spent is {} %",
                            words::number(most * 100.0, 1)
                        ),
                        None => ", and it is about no objective".to_owned(),
                    }
                ),
                whom: None,
                about: About::Pages,
            });
        } else if rule.most.is_some_and(|most| most < NOTHING) && rule.pages >= 2 {
            all.push(Suggestion {
                kind: "page_without_spend",
                title: format!("Do not page for {}", rule.rule),
                evidence: format!(
                    "It paged {} times, and no incident of it spent 1 % of a budget; {acted}.",
                    rule.pages
                ),
                whom: None,
                about: About::Pages,
            });
        } else if rule.flapped >= 3 {
            all.push(Suggestion {
                kind: "flapping_rule",
                title: format!("Keep {} from flapping", rule.rule),
                evidence: format!("Its incidents came back {} times after their end.", rule.flapped),
                whom: None,
                about: About::Pages,
            });
        }
    }
}

/// Objectives that many months met with room, or that none met.
fn targets(one: &ObjectiveReview, all: &mut Vec<Suggestion>) {
    let (met, known) = one.months.met();
    if known < FEWEST_MONTHS {
        return;
    }
    let most = one.months.most().unwrap_or_default();
    if met == 0 {
        all.push(Suggestion {
            kind: "never_met",
            title: format!("Fund {} or promise less", one.name.clone()),
            evidence: format!(
                "None of the last {known} months met {} %.",
                words::target(one.slo.target.ratio())
            ),
            whom: owner(one),
            about: about(one),
        });
    } else if met == known && most < ROOM && most > 0.0 {
        all.push(Suggestion {
            kind: "room",
            title: format!("Promise more, or ship faster, on {}", one.name.clone()),
            evidence: format!(
                "All of the last {known} months met {} %, and none spent more than {} % of its budget.",
                words::target(one.slo.target.ratio()),
                words::number(most * 100.0, 0)
            ),
            whom: owner(one),
            about: about(one),
        });
    }
}

/// Objectives that are not measured, not wholly covered or not owned.
fn measuring(review: &Review, all: &mut Vec<Suggestion>) {
    let named = |is: &dyn Fn(&ObjectiveReview) -> bool| -> Vec<&ObjectiveReview> {
        review.objectives.iter().filter(|one| is(one)).collect()
    };
    let names = |found: &[&ObjectiveReview]| {
        let names: Vec<String> = found.iter().take(4).map(|one| one.name.clone()).collect();
        let more = found.len().saturating_sub(4);
        if more > 0 { format!("{} and {more} more", names.join(", ")) } else { words::listed(&names) }
    };
    let mut add = |kind, title: &str, found: Vec<&ObjectiveReview>, says: &dyn Fn(&str) -> String| {
        let Some(first) = found.first() else { return };
        all.push(Suggestion {
            kind,
            title: title.to_owned(),
            evidence: says(&names(&found)),
            whom: owner(first),
            about: about(first),
        });
    };
    add(
        "no_data",
        "Find out why nothing is counted",
        named(&|one| one.outcome == Outcome::NoData),
        &|names| format!("There is no data of {names}."),
    );
    let thin = |one: &ObjectiveReview| {
        let began_late = one.measured_since(review).is_some();
        one.coverage < COVERED && one.outcome != Outcome::NoData && !began_late
    };
    add("coverage", "Close the gaps in measuring", named(&thin), &|names| {
        format!("Less than 99 % of the time is covered for {names}; what happened in the rest is not known.")
    });
    add("no_owner", "Name an owner", named(&|one| one.slo.about.owner.is_none()), &|names| {
        format!("Nobody owns {names}.")
    });
}

/// Shifts with too many incidents.
fn people(review: &Review, all: &mut Vec<Suggestion>) {
    let heavy: usize = review.pages.people.iter().map(|one| one.heavy.len()).sum();
    let most = review.pages.people.iter().max_by_key(|one| one.heavy.len());
    if let Some(person) = most.filter(|_| heavy > 0) {
        all.push(Suggestion {
            kind: "heavy_shifts",
            title: "Share the load of shifts".to_owned(),
            evidence: format!(
                "{} had more than two incidents, which leaves no time to finish the first; most often {} was called.",
                words_of(heavy, "shift"),
                words::name(&person.whom)
            ),
            whom: None,
            about: About::Pages,
        });
    }
}
