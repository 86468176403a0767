//! The report's tables as values, for CSV.

use slo_core::time::{Span, Timestamp};

use crate::facts::Judgement;
use crate::review::{Counted, Review};
use crate::words;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text, perhaps of others.
    Text(String),
    /// A whole number.
    Whole(usize),
    /// A count of events.
    Count(Option<f64>),
    /// A ratio; people see it in %.
    Ratio(Option<f64>),
    /// A moment.
    Time(Option<Timestamp>),
    /// A length of time; seconds for programs.
    Length(Option<Span>),
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name in `--table`.
    pub name: &'static str,
    /// Names of columns for programs, with units, and for people.
    pub columns: Vec<(&'static str, &'static str)>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// The names of all tables.
pub const NAMES: [&str; 9] =
    ["objectives", "spend", "incidents", "pages", "people", "rules", "latency", "months", "suggestions"];

/// A table by its name; an unknown one is that of objectives.
pub fn table(review: &Review, name: &str) -> Table {
    match name {
        "spend" => spend(review),
        "incidents" => incidents(review),
        "pages" => pages(review),
        "people" => people(review),
        "rules" => rules(review),
        "latency" => latency(review),
        "months" => months(review),
        "suggestions" => suggestions(review),
        _ => objectives(review),
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn objectives(review: &Review) -> Table {
    let columns = vec![
        ("service", "Service"),
        ("objective", "Objective"),
        ("owner", "Owner"),
        ("outcome", "Outcome"),
        ("target_ratio", "Target, %"),
        ("sli_ratio", "Reached, %"),
        ("unit", "Unit"),
        ("good", "Good"),
        ("total", "All"),
        ("allowed", "Bad allowed"),
        ("spent", "Bad"),
        ("left", "Left"),
        ("spent_ratio", "Spent of budget, %"),
        ("spent_before_ratio", "Before, %"),
        ("allowed_outage_seconds", "Outage allowed"),
        ("spent_outage_seconds", "Outage spent"),
        ("coverage_ratio", "Coverage, %"),
        ("counting", "Counting"),
        ("months_met", "Months met"),
        ("months_known", "Of"),
    ];
    let outage = |minutes: f64| Cell::Length(Some(Span::from_seconds((minutes * 60.0).round() as i64)));
    let rows = review.objectives.iter().map(|one| {
        let known = one.counts.total > 0.0;
        let some = |value: f64| Cell::Count(known.then_some(value));
        let (met, months) = one.months.met();
        vec![
            text(words::name(&one.slo.service)),
            text(one.name.clone()),
            text(one.slo.about.owner.as_deref().map(words::name).unwrap_or_default()),
            text(one.outcome.as_str()),
            Cell::Ratio(Some(one.slo.target.ratio())),
            Cell::Ratio(one.counts.ratio()),
            text(one.unit.as_str()),
            some(one.counts.good),
            some(one.counts.total),
            some(one.allowed),
            some(one.spent),
            some(one.left()),
            Cell::Ratio(one.spent_ratio),
            Cell::Ratio(one.before),
            outage(one.allowed_minutes),
            one.spent_minutes().map_or(Cell::Length(None), outage),
            Cell::Ratio(Some(one.coverage)),
            text(counting(one.counted)),
            Cell::Whole(met),
            Cell::Whole(months),
        ]
    });
    Table { name: "objectives", columns, rows: rows.collect() }
}

/// As it is written in JSON and CSV, as `slo status` does.
pub(crate) fn counting(counted: Counted) -> &'static str {
    match counted {
        Counted::Exactly => "exact",
        Counted::Estimated => "estimated",
    }
}

fn spend(review: &Review) -> Table {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let columns = vec![
        ("service", "Service"),
        ("objective", "Objective"),
        ("by", "By"),
        ("item", "Which"),
        ("bad", "Bad"),
        ("share_of_spent_ratio", "Of what was bad, %"),
        ("share_of_budget_ratio", "Of the budget, %"),
    ];
    let mut rows = Vec::new();
    for (one, spend) in review.spent() {
        let mut row = |by: &str, item: String, bad: f64| {
            let of_spent = (spend.bad > 0.0).then(|| bad / spend.bad);
            rows.push(vec![
                text(words::name(&one.slo.service)),
                text(one.name.clone()),
                text(by),
                text(item),
                Cell::Count(Some(bad)),
                Cell::Ratio(of_spent),
                Cell::Ratio(one.share(bad)),
            ]);
        };
        for (place, bad) in &spend.by_incident {
            let id = review.incidents.get(*place).map(|one| words::name(&one.facts.id)).unwrap_or_default();
            row("incident", id, *bad);
        }
        row("incident", "outside incidents".to_owned(), spend.outside);
        for group in &spend.by_group {
            row("group", group.name.clone().unwrap_or_else(|| "all others".to_owned()), group.bad);
        }
        for (day, hours) in WEEKDAYS.iter().zip(&spend.by_hour) {
            for (hour, bad) in hours.iter().enumerate() {
                row("hour", format!("{day} {hour:02}:00"), *bad);
            }
        }
        for day in &spend.by_day {
            row("day", day.day.to_string(), day.bad());
        }
    }
    Table { name: "spend", columns, rows }
}

fn incidents(review: &Review) -> Table {
    let columns = vec![
        ("id", "Incident"),
        ("letter", "Letter"),
        ("title", "Title"),
        ("rule", "Rule"),
        ("priority", "Priority"),
        ("began_at", "Began"),
        ("opened_at", "Opened"),
        ("acknowledged_at", "Acknowledged"),
        ("acknowledged_by", "By"),
        ("resolved_at", "Resolved"),
        ("reopened", "Came back"),
        ("judged", "Judged"),
        ("most_of_a_budget_ratio", "Most of a budget, %"),
        ("objective", "Of which objective"),
    ];
    let rows = review.incidents.iter().map(|one| {
        let facts = &one.facts;
        let objective = one.shares.first().and_then(|share| review.objectives.get(share.objective));
        vec![
            text(words::name(&facts.id)),
            text(one.letter.clone().unwrap_or_default()),
            text(one.title()),
            text(words::name(&facts.rule)),
            text(facts.priority.as_str()),
            Cell::Time(Some(one.began)),
            Cell::Time(Some(facts.opened_at)),
            Cell::Time(facts.acknowledged_at),
            text(facts.acknowledged_by.as_deref().map(words::name).unwrap_or_default()),
            Cell::Time(facts.resolved_at),
            Cell::Whole(facts.reopened as usize),
            text(facts.judgement.map(Judgement::as_str).unwrap_or_default()),
            Cell::Ratio(one.shares.first().map(|share| share.of_budget)),
            text(objective.map(|one| one.name.clone()).unwrap_or_default()),
        ]
    });
    Table { name: "incidents", columns, rows: rows.collect() }
}

fn pages(review: &Review) -> Table {
    let columns = vec![
        ("at", "When"),
        ("incident", "Incident"),
        ("rule", "Rule"),
        ("priority", "Priority"),
        ("whom", "Whom"),
        ("is_person", "Person"),
        ("escalation", "Escalation"),
        ("time_of_week", "Time of the week"),
    ];
    let yes = |is: bool| text(if is { "true" } else { "false" });
    let rows = review.pages.pages.iter().map(|page| {
        vec![
            Cell::Time(Some(page.facts.at)),
            text(words::name(&page.facts.incident)),
            text(words::name(&page.rule)),
            text(page.priority.as_str()),
            text(words::name(&page.facts.whom)),
            yes(page.facts.is_person),
            yes(page.facts.is_escalation),
            text(page.night.as_str()),
        ]
    });
    Table { name: "pages", columns, rows: rows.collect() }
}

fn people(review: &Review) -> Table {
    let columns = vec![
        ("whom", "Who"),
        ("is_person", "Person"),
        ("pages", "Pages"),
        ("night_pages", "At night"),
        ("weekend_pages", "Weekend"),
        ("shifts_with_a_page", "Shifts with a page"),
        ("most_incidents_in_a_shift", "Most incidents in a shift"),
        ("shifts_above_two", "Shifts above two"),
        ("median_acknowledge_seconds", "Median time to acknowledge"),
    ];
    let rows = review.pages.people.iter().map(|one| {
        vec![
            text(words::name(&one.whom)),
            text(if one.is_person { "true" } else { "false" }),
            Cell::Whole(one.pages),
            Cell::Whole(one.night),
            Cell::Whole(one.weekend),
            Cell::Whole(one.shifts),
            Cell::Whole(one.most_in_a_shift),
            Cell::Whole(one.heavy.len()),
            Cell::Length(one.acknowledge.map(|waited| waited.median)),
        ]
    });
    Table { name: "people", columns, rows: rows.collect() }
}

fn rules(review: &Review) -> Table {
    let columns = vec![
        ("rule", "Rule"),
        ("pages", "Pages"),
        ("share_of_pages_ratio", "Of all pages, %"),
        ("incidents", "Incidents"),
        ("acted_upon", "Acted upon"),
        ("false_positives", "False positives"),
        ("noise", "Noise"),
        ("came_back", "Came back"),
        ("most_of_a_budget_ratio", "Most of a budget, %"),
    ];
    let pages = review.pages.pages.len();
    let rows = review.pages.rules.iter().map(|rule| {
        vec![
            text(rule.rule.clone()),
            Cell::Whole(rule.pages),
            Cell::Ratio((pages > 0).then(|| rule.pages as f64 / pages as f64)),
            Cell::Whole(rule.incidents),
            Cell::Whole(rule.acted_upon),
            Cell::Whole(rule.false_positives),
            Cell::Whole(rule.noise),
            Cell::Whole(rule.flapped as usize),
            Cell::Ratio(rule.most),
        ]
    });
    Table { name: "rules", columns, rows: rows.collect() }
}

fn latency(review: &Review) -> Table {
    let columns = vec![
        ("objective", "Objective"),
        ("first_day", "From"),
        ("last_day", "To"),
        ("good", "Within"),
        ("total", "All"),
        ("within_ratio", "Within, %"),
        ("target_ratio", "Target, %"),
    ];
    let mut rows = Vec::new();
    for latency in &review.latency {
        let Some(one) = review.objectives.get(latency.objective) else { continue };
        for week in &latency.weeks {
            rows.push(vec![
                text(one.name.clone()),
                text(week.first.to_string()),
                text(week.last.to_string()),
                Cell::Count(week.sums.map(|sums| sums.good)),
                Cell::Count(week.sums.map(|sums| sums.total)),
                Cell::Ratio(week.within()),
                Cell::Ratio(Some(one.slo.target.ratio())),
            ]);
        }
    }
    Table { name: "latency", columns, rows }
}

fn months(review: &Review) -> Table {
    let columns = vec![
        ("service", "Service"),
        ("objective", "Objective"),
        ("month", "Month"),
        ("spent_ratio", "Spent of budget, %"),
    ];
    let mut rows = Vec::new();
    for one in &review.objectives {
        for (month, spent) in review.period.months().iter().zip(&one.months.spent) {
            rows.push(vec![
                text(words::name(&one.slo.service)),
                text(one.name.clone()),
                text(month.first.format("%Y-%m").to_string()),
                Cell::Ratio(*spent),
            ]);
        }
    }
    Table { name: "months", columns, rows }
}

fn suggestions(review: &Review) -> Table {
    let columns = vec![("kind", "Kind"), ("title", "What"), ("evidence", "Why"), ("whom", "Who")];
    let rows = review.suggestions.iter().map(|one| {
        vec![
            text(one.kind),
            text(one.title.clone()),
            text(one.evidence.clone()),
            text(one.whom.clone().unwrap_or_default()),
        ]
    });
    Table { name: "suggestions", columns, rows: rows.collect() }
}
