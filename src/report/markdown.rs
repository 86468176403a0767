//! The report as Markdown, for a pull request, a wiki or a chat: no HTML in it, tables as GitHub writes them.

use std::fmt::Write;

use slo_core::text::cut;

use crate::review::{ObjectiveReview, Outcome, Review, Unit};
use crate::share::apportion;
use crate::{method, words};

/// Characters of a cell.
const MOST_CELL: usize = 80;
/// Rows of a table; the CSV has all.
const MOST_ROWS: usize = 20;

/// The report as Markdown.
pub fn markdown(review: &Review) -> String {
    let mut out = String::new();
    let mut put = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    put(format!("# {} · {}\n", plain(&review.origin.title), review.period.name()));
    let over = if review.is_running() {
        format!(
            " **Not over:** up to {}, {}.",
            words::day_of(review.period.zone, review.until),
            words::clock(review.period.zone, review.until)
        )
    } else {
        String::new()
    };
    put(format!("{}, {}.{over}", review.period.dates(), review.period.zone.name()));
    if review.origin.invented {
        put("\n**Invented:** nothing in it happened.".to_owned());
    }
    put("\n## Verdict\n".to_owned());
    for service in &review.services {
        let letters: Vec<String> = service
            .postmortems
            .iter()
            .filter_map(|place| review.incidents.get(*place)?.letter.clone())
            .collect();
        let postmortem = if letters.is_empty() {
            String::new()
        } else {
            format!(" Postmortem for {}.", words::listed(&letters))
        };
        put(format!(
            "- **{}** {} **{}.** {}{postmortem}",
            plain(&service.service),
            prose(&service.sentence()),
            service.ask.title(),
            prose(&service.why)
        ));
    }
    let (met, known) = review.met();
    put(format!("\n{met} of {known} objectives met."));
    put("\n## Objectives\n".to_owned());
    put(table(
        &[
            "Objective",
            "",
            "Target, %",
            "Reached, %",
            "Bad allowed",
            "Bad",
            "Spent, %",
            "Before, %",
            "Coverage, %",
            "Months met",
        ],
        &review.objectives.iter().map(|one| objective(review, one)).collect::<Vec<_>>(),
    ));
    spend(review, &mut put);
    pages(review, &mut put);
    latency(review, &mut put);
    if !review.suggestions.is_empty() {
        put("## What to do\n".to_owned());
        for (number, one) in review.suggestions.iter().enumerate() {
            let whom = one.whom.as_deref().map_or_else(String::new, |whom| format!(" ({})", plain(whom)));
            put(format!("{}. **{}**{whom}: {}", number + 1, prose(&one.title), prose(&one.evidence)));
        }
        put(String::new());
    }
    put("## Method\n".to_owned());
    for (head, body) in method::method(review) {
        put(format!("- {head}: {}", prose(&body)));
    }
    put(format!("- Once more: `{}`", method::again(review).replace('`', "'")));
    out
}

fn objective(review: &Review, one: &ObjectiveReview) -> Vec<String> {
    let word = match one.outcome {
        Outcome::Missed => "**missed**",
        Outcome::Met if review.is_running() => "met so far",
        Outcome::Met => "met",
        Outcome::NoEvents => "no events",
        Outcome::NoData => "**not measured**",
    };
    let known = one.counts.total > 0.0;
    let some = |value: String| if known { value } else { words::NONE.to_owned() };
    let unit = match one.unit {
        Unit::Slices(_) => " min",
        Unit::Events | Unit::Weighed => "",
    };
    let (met, months) = one.months.met();
    vec![
        plain(&one.name),
        word.to_owned(),
        words::target(one.slo.target.ratio()),
        words::reached(one.counts.ratio(), words::reached_digits(one.slo.target.ratio())),
        some(format!("{}{unit}", words::count(one.allowed))),
        some(format!("{}{unit}", words::count(one.spent))),
        words::percent(one.spent_ratio, 1),
        words::percent(one.before, 1),
        words::coverage(one.coverage),
        if months > 0 { format!("{met} of {months}") } else { words::NONE.to_owned() },
    ]
}

fn spend(review: &Review, put: &mut impl FnMut(String)) {
    let rows: Vec<Vec<String>> = review
        .spent()
        .filter(|(_, spend)| spend.bad > 0.0)
        .take(MOST_ROWS)
        .map(|(one, spend)| {
            let mut parts: Vec<(String, f64)> = spend
                .by_incident
                .iter()
                .filter_map(|(place, bad)| Some((review.incidents.get(*place)?.letter.clone()?, *bad)))
                .collect();
            let named: f64 = parts.iter().map(|part| part.1).sum();
            let others = (spend.by_incident.values().sum::<f64>() - named).max(0.0);
            if others > 0.0 {
                parts.push(("others".to_owned(), others));
            }
            parts.push(("outside".to_owned(), spend.outside));
            let shares: Vec<f64> =
                parts.iter().map(|(_, bad)| one.share(*bad).unwrap_or_default() * 100.0).collect();
            let shown = apportion(&shares, 0.1);
            let listed: Vec<String> = parts
                .iter()
                .zip(&shown)
                .filter(|(_, tenths)| **tenths > 0)
                .map(|((name, _), tenths)| format!("{name} {}", words::number(*tenths as f64 / 10.0, 1)))
                .collect();
            let sum = shown.iter().sum::<i64>() as f64 / 10.0;
            vec![plain(&one.name), listed.join(", "), words::number(sum, 1)]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    put("## What spent the budget\n".to_owned());
    put(table(&["Objective", "% of the budget, by incident", "Spent, %"], &rows));
    let incidents: Vec<Vec<String>> = review
        .lettered()
        .map(|(_, one)| {
            vec![
                one.letter.clone().unwrap_or_default(),
                plain(&one.title()),
                format!(
                    "{}, {}",
                    words::day_of(review.period.zone, one.began),
                    words::clock(review.period.zone, one.began)
                ),
                one.facts
                    .resolved_at
                    .map_or_else(|| "goes on".to_owned(), |end| words::length(end - one.began)),
                one.facts.priority.to_string(),
            ]
        })
        .collect();
    if !incidents.is_empty() {
        put(table(&["", "Incident", "Began", "Lasted", "Priority"], &incidents));
    }
}

fn pages(review: &Review, put: &mut impl FnMut(String)) {
    if review.origin.without_incidents {
        return;
    }
    let all = &review.pages;
    put("## Pages\n".to_owned());
    put(format!(
        "{} pages for {} incidents; {} at night, {} on weekends.\n",
        all.pages.len(),
        all.incidents,
        all.count(|page| page.night == crate::review::Night::Night),
        all.count(|page| page.night == crate::review::Night::Weekend)
    ));
    let length =
        |one: Option<slo_core::time::Span>| one.map_or_else(|| words::NONE.to_owned(), words::length);
    let times: Vec<Vec<String>> = all
        .times
        .iter()
        .flat_map(|one| {
            [("acknowledged", one.acknowledge), ("resolved", one.resolve)].map(|(what, known)| {
                vec![
                    format!("{} {what}", one.priority),
                    length(known.map(|known| known.median)),
                    length(known.map(|known| known.p90)),
                    length(known.map(|known| known.longest)),
                ]
            })
        })
        .collect();
    if !times.is_empty() {
        put(table(&["", "Median", "p90", "Longest"], &times));
    }
    let rules: Vec<Vec<String>> = all
        .rules
        .iter()
        .take(MOST_ROWS)
        .map(|rule| {
            vec![
                plain(&rule.rule),
                rule.pages.to_string(),
                rule.incidents.to_string(),
                rule.acted_upon.to_string(),
                rule.false_positives.to_string(),
                words::percent(rule.most, 1),
            ]
        })
        .collect();
    if !rules.is_empty() {
        put(table(&["Rule", "Pages", "Incidents", "Acted upon", "False", "Most of a budget, %"], &rules));
    }
}

fn latency(review: &Review, put: &mut impl FnMut(String)) {
    let rows: Vec<Vec<String>> = review
        .latency
        .iter()
        .filter_map(|latency| {
            let one = review.objectives.get(latency.objective)?;
            let digits = words::reached_digits(one.slo.target.ratio());
            let weeks: Vec<String> =
                latency.weeks.iter().map(|week| words::reached(week.within(), digits)).collect();
            Some(vec![
                plain(&one.name),
                plain(&one.promise),
                words::target(one.slo.target.ratio()),
                weeks.join(", "),
            ])
        })
        .take(MOST_ROWS)
        .collect();
    if !rows.is_empty() {
        put("## Latency by week\n".to_owned());
        put(table(&["Objective", "Bound", "Target, %", "Reached by week, %"], &rows));
    }
}

/// A table with an empty line after it.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|{}\n", heads.join(" | "), " --- |".repeat(heads.len()));
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| {} |",
            row.iter().map(|cell| cut(cell, MOST_CELL)).collect::<Vec<_>>().join(" | ")
        );
    }
    out
}

/// Text of others without what Markdown or HTML would make something of.
fn plain(text: &str) -> String {
    prose(&words::name(text))
}

/// The same of our own sentences, which are not cut.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.push_str("@\u{2060}"),
            c => out.push(c),
        }
    }
    out
}
